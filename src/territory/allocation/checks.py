"""Do the scenario, the care catalogue and the region speak of the same things? Every misfit, told at once."""

from __future__ import annotations

from collections.abc import Iterable

from territory.care import Care
from territory.errors import Fault, Faults, GeodataError, ScenarioError, nearest
from territory.scenario import AllocationOptions
from territory.tables import Region

_MOST_TOLD = 5


def check_region(region: Region, care: Care) -> None:
    """Check that every level and staff group of the region stands in the care catalogue.

    Raises
    ------
    GeodataError
        With every facility of an unknown level and every post of an unknown staff group.
    """
    faults = Faults(GeodataError)
    sides = (
        (region.facilities, "level", care.level_ids, "facilities.csv", "a level of the care catalogue"),
        (region.posts, "staff_group", care.staff_group_ids, "posts.csv", "a staff group of the care catalogue"),
    )
    for table, column, known, file, expected in sides:
        for row in table[~table[column].isin(known)].head(_MOST_TOLD).itertuples():
            word = str(getattr(row, column))
            faults.add(
                f"{file}, facility_id '{row.facility_id}', column {column}", f"'{word}'", expected, nearest(word, known)
            )
    faults.raise_if_any()


def check_options(region: Region, care: Care, options: AllocationOptions) -> None:
    """Check that every name in the options exists in the region or the care catalogue.

    Raises
    ------
    ScenarioError
        With every unknown facility, activity, staff group or level, and every level that no facility has.
    """
    faults = Faults(ScenarioError)
    facilities = region.facilities["facility_id"].tolist()
    closures, remote = options.closures, options.telemedicine
    for words, known, where, expected in (
        (closures.facilities, facilities, "closures.facilities", "a facility of the region"),
        (closures.activities, facilities, "closures.activities", "a facility of the region"),
        (remote.sites, facilities, "telemedicine.sites", "a facility of the region"),
        (options.mobility.groups, care.staff_group_ids, "mobility.groups", "a staff group of the care catalogue"),
        (
            options.recruitment.largest_posts,
            care.staff_group_ids,
            "recruitment.largest_posts",
            "a staff group of the care catalogue",
        ),
    ):
        faults.extend(_unknown(words, known, f"allocation.{where}", expected))
    for facility_id, names in closures.activities.items():
        where = f"allocation.closures.activities.{facility_id}"
        faults.extend(_unknown(names, care.activity_ids, where, "an activity of the care catalogue"))
    distant = [activity.id for activity in care.activities if activity.remote]
    faults.extend(
        _unknown(
            remote.activities,
            distant,
            "allocation.telemedicine.activities",
            "an activity that the catalogue says may be remote",
        )
    )
    if remote.activities:
        faults.extend(_empty_levels(region, care, "site_levels", remote.site_levels))
        faults.extend(_empty_levels(region, care, "hub_levels", remote.hub_levels))
    for group, posts in options.recruitment.largest_posts.items():
        if not posts >= 0:
            faults.add(f"allocation.recruitment.largest_posts.{group}", f"{posts:g}", "0 or more")
    faults.raise_if_any()


def _unknown(words: Iterable[str], known: list[str], where: str, expected: str) -> list[Fault]:
    missing = [word for word in words if word not in known]
    return [Fault(where, f"'{word}'", expected, nearest(word, known)) for word in missing]


def _empty_levels(region: Region, care: Care, key: str, levels: Iterable[str]) -> list[Fault]:
    """Return a fault for each level that the catalogue does not know or that no facility has."""
    where = f"allocation.telemedicine.{key}"
    present = set(region.facilities["level"])
    known = [level for level in levels if level in care.level_ids]
    return [
        *_unknown(levels, care.level_ids, where, "a level of the care catalogue"),
        *(
            Fault(where, f"'{level}', a level of no facility", "a level that some facility has")
            for level in known
            if level not in present
        ),
    ]
