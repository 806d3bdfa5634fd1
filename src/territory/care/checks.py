"""Does a care catalogue agree with itself? Every misfit goes into one basket."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from territory.care.catalogue import Activity, Care, Figure, Level, Pathway, StaffGroup, SupportFunction
from territory.errors import Faults, nearest

_HOURS_TOLERANCE = 0.02  # a share told with two digits gives the hours within this
_ROUNDING = 1e-9


def check_catalogue(care: Care, file: str, faults: Faults) -> None:
    """Check ids, references, shares and sizes; sources of figures are checked where the figures are listed."""
    _check_ids(care, file, faults)
    for group in care.staff_groups:
        _check_staff_group(group, f"{file}, staff_groups.{group.id}", faults)
    for level in care.levels:
        _check_level(care, level, f"{file}, levels.{level.id}", faults)
    for activity in care.activities:
        _check_activity(care, activity, f"{file}, activities.{activity.id}", faults)
    for room in care.rooms:
        _above_zero(room.hours_per_year, f"{file}, rooms.{room.id}.hours_per_year", "hours a year", faults)
    for function in care.support_functions:
        _check_support_function(care, function, f"{file}, support_functions.{function.id}", faults)
    for pathway in care.pathways:
        _check_pathway(care, pathway, f"{file}, pathways.{pathway.id}", faults)


def _check_ids(care: Care, file: str, faults: Faults) -> None:
    lists = {
        "levels": care.level_ids,
        "staff_groups": care.staff_group_ids,
        "activities": care.activity_ids,
        "pathways": [pathway.id for pathway in care.pathways],
        "rooms": [room.id for room in care.rooms],
        "support_functions": [function.id for function in care.support_functions],
    }
    for part, ids in lists.items():
        _once(ids, f"{file}, {part}", "each id once", "Rename or remove one.", faults)


def _once(words: Iterable[str], where: str, expected: str, hint: str, faults: Faults) -> None:
    for word, count in Counter(words).items():
        if count > 1:
            faults.add(where, f"'{word}' {count} times", expected, hint)


def _known(word: str, known: Iterable[str], where: str, faults: Faults) -> None:
    words = list(known)
    if word not in words:
        faults.add(where, f"'{word}'", "an id declared in the same catalogue", nearest(word, words))


def _above_zero(figure: Figure, where: str, unit: str, faults: Faults) -> None:
    if figure.value <= 0:
        faults.add(where, f"{figure.value:g}", f"more than 0 {unit}")


def _check_staff_group(group: StaffGroup, where: str, faults: Faults) -> None:
    _above_zero(group.hours_per_year, f"{where}.hours_per_year", "hours a year", faults)
    if group.allowances is None:
        return
    available = group.allowances.available_hours_per_year.value
    share = group.allowances.category_share.value
    told = group.hours_per_year.value
    if share >= 1:
        faults.add(f"{where}.allowances.category_share", f"{share:g}", "a share below 1", "Acts need some of the time.")
    elif abs(available * (1 - share) - told) > _HOURS_TOLERANCE * told:
        faults.add(
            f"{where}.allowances",
            f"{available:g} hours x (1 - {share:g}) = {available * (1 - share):.0f} hours",
            f"the {told:g} hours of hours_per_year within {_HOURS_TOLERANCE:.0%}",
            "Change category_share, available_hours_per_year or hours_per_year.",
        )


def _check_level(care: Care, level: Level, where: str, faults: Faults) -> None:
    for word in level.activities:
        _known(word, care.activity_ids, f"{where}.activities", faults)
    for word in level.visiting:
        _known(word, care.activity_ids, f"{where}.visiting", faults)
        if word in level.activities:
            faults.add(
                f"{where}.visiting",
                f"'{word}', which the level may do at any time",
                "activities that are not among its activities",
                "Remove it from one of the two.",
            )
    for word in level.continuous_staff:
        _known(word, care.staff_group_ids, f"{where}.continuous_staff", faults)


def _check_activity(care: Care, activity: Activity, where: str, faults: Faults) -> None:
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
    if activity.room:
        _known(activity.room.room, [room.id for room in care.rooms], f"{where}.room", faults)
        _above_zero(activity.room.minutes, f"{where}.room.minutes", "minutes", faults)
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
        groups = [task.staff_group for task in side]
        _once(groups, f"{where}.tasks", "each staff group once", "Add the minutes up.", faults)


def _check_support_function(care: Care, function: SupportFunction, where: str, faults: Faults) -> None:
    for need in function.needs:
        _known(need.activity, care.activity_ids, f"{where}.needs", faults)
        _above_zero(need.units, f"{where}.needs.{need.activity}.units", "units an act", faults)
    _once([need.activity for need in function.needs], f"{where}.needs", "each activity once", "Add them up.", faults)
    for word in function.levels:
        _known(word, care.level_ids, f"{where}.levels", faults)
    if function.largest_minutes:
        _above_zero(function.largest_minutes, f"{where}.largest_minutes", "minutes", faults)
    _once([size.id for size in function.sizes], f"{where}.sizes", "each id once", "Rename or remove one.", faults)
    for size in function.sizes:
        place = f"{where}.sizes.{size.id}.largest_units_per_year"
        _above_zero(size.largest_units_per_year, place, "units a year", faults)
    for smaller, larger in pairwise(function.sizes):
        least, most = smaller.largest_units_per_year.value, larger.largest_units_per_year.value
        if most <= least:
            faults.add(
                f"{where}.sizes.{larger.id}.largest_units_per_year",
                f"{most:g} units after {least:g} of '{smaller.id}'",
                "sizes from small to large",
                "Change their order or the figure.",
            )
        if larger.mad_per_unit.value > smaller.mad_per_unit.value:
            faults.add(
                f"{where}.sizes.{larger.id}.mad_per_unit",
                f"{larger.mad_per_unit.value:g} MAD after {smaller.mad_per_unit.value:g} of '{smaller.id}'",
                "no dearer unit at a larger size",
                "A larger site that is dearer by the unit would never be chosen.",
            )


def _check_pathway(care: Care, pathway: Pathway, where: str, faults: Faults) -> None:
    ids = [step.id for step in pathway.steps]
    _once(ids, f"{where}.steps", "each step once", "", faults)
    for step in pathway.steps:
        _known(step.activity, care.activity_ids, f"{where}.steps.{step.id}.activity", faults)
        for onward in step.next:
            _known(onward.step, ids, f"{where}.steps.{step.id}.next", faults)
        total = sum(onward.probability.value for onward in step.next)
        if total > 1 + _ROUNDING:
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
    ends = {s.id for s in pathway.steps if sum(n.probability.value for n in s.next) < 1 - _ROUNDING}
    while True:
        more = {s.id for s in pathway.steps if any(n.step in ends and n.probability.value > 0 for n in s.next)} - ends
        if not more:
            return len(ends) == len({s.id for s in pathway.steps})
        ends |= more
