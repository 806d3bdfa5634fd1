"""How long do acts take? The minutes of the care catalogue, as a scenario supposes them."""

from __future__ import annotations

from territory.care import Activity, Care, Figure, Task
from territory.errors import Faults, ScenarioError, nearest
from territory.scenario import WorkloadOptions


def with_workload(care: Care, options: WorkloadOptions) -> Care:
    """Return the care catalogue with the minutes of its acts multiplied: those of staff, near or remote, and of rooms.

    Parameters
    ----------
    care
        Its activities tell minutes for each staff group and room in one act.
    options
        Factors on all minutes, or on those of one activity.

    Raises
    ------
    ScenarioError
        When a factor names an activity that the catalogue does not have.
    """
    faults = Faults(ScenarioError)
    known = [activity.id for activity in care.activities]
    for word in options.activity_factors:
        if word not in known:
            where = f"workload.activity_factors.{word}"
            faults.add(where, f"'{word}'", "an activity of the care catalogue", nearest(word, known))
    faults.raise_if_any()
    activities = tuple(
        _longer(activity, options.factor * options.activity_factors.get(activity.id, 1.0))
        for activity in care.activities
    )
    return care.model_copy(update={"activities": activities})


def _longer(activity: Activity, factor: float) -> Activity:
    """Return an activity with its minutes multiplied; the same where nothing changes."""
    if factor == 1.0:
        return activity
    remote, room = activity.remote, activity.room
    if remote is not None:
        both = {kind: _tasks(getattr(remote, kind), factor) for kind in ("presenting", "specialist")}
        remote = remote.model_copy(update=both)
    if room is not None:
        room = room.model_copy(update={"minutes": _times(room.minutes, factor)})
    return activity.model_copy(update={"tasks": _tasks(activity.tasks, factor), "remote": remote, "room": room})


def _tasks(tasks: tuple[Task, ...], factor: float) -> tuple[Task, ...]:
    return tuple(task.model_copy(update={"minutes": _times(task.minutes, factor)}) for task in tasks)


def _times(figure: Figure, factor: float) -> Figure:
    return figure.model_copy(update={"value": figure.value * factor})
