"""Read and check a care catalogue from a YAML file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from territory.care.catalogue import Activity, Care, Figure, Pathway
from territory.errors import CareError, Faults, nearest
from territory.yaml_files import model_from, read_yaml

_SHIPPED = Path(__file__).parent / "shipped"
_IN_CLONE = Path(__file__).parents[3] / "scenarios" / "care"


def find_care(name_or_path: str | Path) -> Path:
    """Return the file of a catalogue given by its path, or by the name of one that comes with the package.

    Raises
    ------
    CareError
        When there is no such file.
    """
    path = Path(name_or_path)
    if path.suffix in {".yaml", ".yml"} or path.exists():
        return path
    for folder in (_SHIPPED, _IN_CLONE):
        shipped = folder / f"{name_or_path}.yaml"
        if shipped.is_file():
            return shipped
    known = [file.stem for folder in (_SHIPPED, _IN_CLONE) if folder.is_dir() for file in folder.glob("*.yaml")]
    faults = Faults(CareError)
    faults.add(
        "care",
        f"'{name_or_path}'",
        "a .yaml file or the name of a shipped catalogue",
        nearest(str(name_or_path), known),
    )
    raise CareError(faults.found)


def read_care(name_or_path: str | Path) -> Care:
    """Read a care catalogue and check that its parts meet.

    Parameters
    ----------
    name_or_path
        Path of a YAML file, or the name of a shipped catalogue (``morocco``).

    Raises
    ------
    CareError
        With every fault: unknown keys, ids used but not declared, probabilities beyond one, minutes missing.
    """
    path = find_care(name_or_path)
    care = model_from(Care, read_yaml(path, CareError), path.name, CareError)
    faults = Faults(CareError)
    _check_ids(care, path.name, faults)
    _check_references(care, path.name, faults)
    _check_sources(care, path.name, faults)
    for pathway in care.pathways:
        _check_pathway(pathway, path.name, faults)
    faults.raise_if_any()
    return care


def _check_ids(care: Care, file: str, faults: Faults) -> None:
    lists = {
        "levels": care.level_ids,
        "staff_groups": care.staff_group_ids,
        "activities": care.activity_ids,
        "pathways": [pathway.id for pathway in care.pathways],
    }
    for part, ids in lists.items():
        for word, count in Counter(ids).items():
            if count > 1:
                faults.add(f"{file}, {part}", f"'{word}' {count} times", "each id once", "Rename or remove one.")


def _known(word: str, known: Iterable[str], where: str, faults: Faults) -> None:
    words = list(known)
    if word not in words:
        faults.add(where, f"'{word}'", "an id declared in the same catalogue", nearest(word, words))


def _check_references(care: Care, file: str, faults: Faults) -> None:
    for group in care.staff_groups:
        if group.hours_per_year.value <= 0:
            faults.add(f"{file}, staff_groups.{group.id}.hours_per_year", "0", "more than 0 hours a year")
    for level in care.levels:
        for word in level.activities:
            _known(word, care.activity_ids, f"{file}, levels.{level.id}.activities", faults)
        for word in level.continuous_staff:
            _known(word, care.staff_group_ids, f"{file}, levels.{level.id}.continuous_staff", faults)
    for activity in care.activities:
        _check_activity(care, activity, file, faults)
    for pathway in care.pathways:
        for step in pathway.steps:
            _known(step.activity, care.activity_ids, f"{file}, pathways.{pathway.id}.steps.{step.id}.activity", faults)


def _check_activity(care: Care, activity: Activity, file: str, faults: Faults) -> None:
    where = f"{file}, activities.{activity.id}"
    groups = care.staff_group_ids
    tasks = [*activity.tasks, *((*activity.remote.presenting, *activity.remote.specialist) if activity.remote else ())]
    for task in tasks:
        _known(task.staff_group, groups, f"{where}.tasks", faults)
        if task.minutes.value <= 0:
            faults.add(
                f"{where}, minutes of {task.staff_group}",
                f"{task.minutes.value:g} minutes",
                "more than 0 minutes for every staff group that works on the act",
                "Give the minutes or remove the group from the act.",
            )
    _check_teams(activity, where, faults)
    if activity.remote:
        if activity.remote.largest_share.value > 1:
            found = f"{activity.remote.largest_share.value:g}"
            faults.add(f"{where}.remote.largest_share", found, "a share between 0 and 1")
        for word in activity.remote.levels:
            _known(word, care.level_ids, f"{where}.remote.levels", faults)
    if (activity.attendance == "stay") != (activity.bed_days is not None):
        faults.add(where, "bed_days and attendance that contradict", "bed_days for a stay, and only for a stay")
    if not any(activity.id in level.activities for level in care.levels):
        faults.add(
            where, "no level that may do it", "at least one level that lists it", "Add it to a level's activities."
        )


def _check_teams(activity: Activity, where: str, faults: Faults) -> None:
    """Check that each staff group stands once among the tasks of each side."""
    sides = [activity.tasks, *((activity.remote.presenting, activity.remote.specialist) if activity.remote else ())]
    for side in sides:
        for word, count in Counter(task.staff_group for task in side).items():
            if count > 1:
                faults.add(f"{where}.tasks", f"'{word}' {count} times", "each staff group once", "Add the minutes up.")


def _check_sources(care: Care, file: str, faults: Faults) -> None:
    for where, figure in figures(care):
        if figure.source not in care.sources:
            faults.add(
                f"{file}, {where}.source",
                f"'{figure.source}'",
                "a key of sources",
                nearest(figure.source, care.sources),
            )


def _check_pathway(pathway: Pathway, file: str, faults: Faults) -> None:
    where = f"{file}, pathways.{pathway.id}"
    ids = [step.id for step in pathway.steps]
    for word, count in Counter(ids).items():
        if count > 1:
            faults.add(f"{where}.steps", f"'{word}' {count} times", "each step once")
    for step in pathway.steps:
        for onward in step.next:
            _known(onward.step, ids, f"{where}.steps.{step.id}.next", faults)
        total = sum(onward.probability.value for onward in step.next)
        if total > 1 + 1e-9:
            faults.add(
                f"{where}.steps.{step.id}.next",
                f"probabilities that sum to {total:g}",
                "at most 1",
                "The rest is the end of the episode.",
            )
    if not _all_end(pathway):
        faults.add(where, "steps that never end", "from each step some way out", "Lower a probability below 1.")


def _all_end(pathway: Pathway) -> bool:
    """Whether an episode ends from each step with a probability above zero (the chain is absorbing)."""
    ends = {s.id for s in pathway.steps if sum(n.probability.value for n in s.next) < 1 - 1e-9}
    while True:
        more = {s.id for s in pathway.steps if any(n.step in ends and n.probability.value > 0 for n in s.next)} - ends
        if not more:
            return len(ends) == len({s.id for s in pathway.steps})
        ends |= more


def figures(care: Care) -> list[tuple[str, Figure]]:
    """Return every figure of the catalogue with the place where it stands."""
    found: list[tuple[str, Figure]] = []
    for group in care.staff_groups:
        found.append((f"staff_groups.{group.id}.hours_per_year", group.hours_per_year))
        found.append((f"staff_groups.{group.id}.pay_mad_per_year", group.pay_mad_per_year))
    for activity in care.activities:
        where = f"activities.{activity.id}"
        found.extend((f"{where}.tasks.{task.staff_group}", task.minutes) for task in activity.tasks)
        found.extend([(f"{where}.severity", activity.severity), (f"{where}.tariff_mad", activity.tariff_mad)])
        if activity.bed_days:
            found.append((f"{where}.bed_days", activity.bed_days))
        if activity.remote:
            both = (*activity.remote.presenting, *activity.remote.specialist)
            found.extend((f"{where}.remote.{task.staff_group}", task.minutes) for task in both)
            found.append((f"{where}.remote.largest_share", activity.remote.largest_share))
    for pathway in care.pathways:
        where = f"pathways.{pathway.id}"
        found.extend((f"{where}.rates.{rate.area}.{rate.age}", rate.per_person_per_year) for rate in pathway.rates)
        for step in pathway.steps:
            found.extend((f"{where}.steps.{step.id}.next.{onward.step}", onward.probability) for onward in step.next)
    return found
