"""Do the scenario, the care catalogue and the region speak of the same things? Every misfit, told at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from territory.allocation.lever_checks import lever_faults
from territory.allocation.setting import Setting
from territory.care import Care
from territory.errors import Fault, Faults, GeodataError, ScenarioError, nearest
from territory.scenario import AllocationOptions
from territory.tables import Region

_MOST_TOLD = 5


def check_region(region: Region, care: Care) -> None:
    """Check that every level, staff group and kind of room of the region stands in the care catalogue.

    Raises
    ------
    GeodataError
        With every facility of an unknown level, every post of an unknown group, every room of an unknown kind.
    """
    faults = Faults(GeodataError)
    rooms = [room.id for room in care.rooms]
    sides = (
        (region.facilities, "level", care.level_ids, "facilities.csv", "a level of the care catalogue"),
        (region.posts, "staff_group", care.staff_group_ids, "posts.csv", "a staff group of the care catalogue"),
        (region.rooms, "room", rooms, "rooms.csv", "a kind of room of the care catalogue"),
    )
    for table, column, known, file, expected in sides:
        for row in table[~table[column].isin(known)].head(_MOST_TOLD).itertuples():
            word = str(getattr(row, column))
            faults.add(
                f"{file}, facility_id '{row.facility_id}', column {column}", f"'{word}'", expected, nearest(word, known)
            )
    faults.raise_if_any()


def check_options(region: Region, care: Care, options: AllocationOptions) -> None:
    """Check that every name in the options exists, and that no lever asks for what cannot be.

    Raises
    ------
    ScenarioError
        With every unknown name, every number out of its bounds, and every lever that contradicts itself.
    """
    faults = Faults(ScenarioError)
    for where, words, kind in _names(options):
        known, expected = _known(kind, region, care)
        faults.extend(unknown(words, known, f"allocation.{where}", expected))
    for where, numbers, low, high in _numbers(options):
        for word, number in numbers.items():
            if not low <= number <= high:
                expected = f"a share between {low:g} and {high:g}" if high == 1 else f"{low:g} or more"
                faults.add(f"allocation.{where}.{word}", f"{number:g}", expected)
    faults.extend(lever_faults(Setting(region, care, options)))
    faults.found = list(dict.fromkeys(faults.found))
    faults.raise_if_any()


def _names(options: AllocationOptions) -> Iterator[tuple[str, Iterable[str], str]]:
    """Yield the key, the words and the kind of thing they must be."""
    mobility, shared, hard = options.mobility, options.shared_posts, options.recruitment.hard_to_staff
    yield "mobility.groups", mobility.groups, "staff group"
    yield "mobility.largest_shares", mobility.largest_shares, "staff group"
    for name, basin in mobility.basins.items():
        yield f"mobility.basins.{name}.provinces", basin.provinces, "province"
        yield f"mobility.basins.{name}.facilities", basin.facilities, "facility"
    yield "shared_posts.groups", shared.groups, "staff group"
    yield "shared_posts.sites", shared.sites, "facility"
    yield "shared_posts.site_levels", shared.site_levels, "level"
    yield "recruitment.largest_posts", options.recruitment.largest_posts, "staff group"
    if hard:
        yield "recruitment.hard_to_staff.zones", hard.zones, "zone"
        yield "recruitment.hard_to_staff.provinces", hard.provinces, "province"
        yield "recruitment.hard_to_staff.kinds", hard.kinds, "kind of zone"
        yield "recruitment.hard_to_staff.groups", hard.groups, "staff group"
    yield "departures.shares", options.departures.shares, "staff group"
    yield from _names_of_activities(options)
    yield from _names_of_sites(options)


def _names_of_activities(options: AllocationOptions) -> Iterator[tuple[str, Iterable[str], str]]:
    transfer = options.activity_transfer
    yield "closures.facilities", options.closures.facilities, "facility"
    yield "closures.activities", options.closures.activities, "facility"
    for facility, names in options.closures.activities.items():
        yield f"closures.activities.{facility}", names, "activity"
    yield "activity_transfer.activities", transfer.activities, "activity"
    yield "activity_transfer.facilities", transfer.facilities, "facility"
    yield "activity_transfer.keep", transfer.keep, "facility"
    for facility, names in transfer.keep.items():
        yield f"activity_transfer.keep.{facility}", names, "activity"
    yield "activity_transfer.smallest_volumes", transfer.smallest_volumes, "activity"
    yield "activity_transfer.largest_volumes", transfer.largest_volumes, "activity"
    yield "equity.fully_served", options.equity.fully_served, "activity"


def _names_of_sites(options: AllocationOptions) -> Iterator[tuple[str, Iterable[str], str]]:
    pooled, remote, contracts = options.pooled_functions, options.telemedicine, options.contracting
    yield "pooled_functions.functions", pooled.functions, "support function"
    yield "pooled_functions.sites", pooled.sites, "facility"
    yield "pooled_functions.site_levels", pooled.site_levels, "level"
    yield "pooled_functions.most_sites", pooled.most_sites, "support function"
    yield "telemedicine.activities", remote.activities, "remote activity"
    yield "telemedicine.largest_shares", remote.largest_shares, "remote activity"
    yield "telemedicine.sites", remote.sites, "facility"
    yield "telemedicine.site_levels", remote.site_levels, "level"
    yield "telemedicine.hub_levels", remote.hub_levels, "level"
    for name, unit in options.mobile_units.units.items():
        where = f"mobile_units.units.{name}"
        yield f"{where}.base", (unit.base,), "facility"
        yield f"{where}.staff", unit.staff, "staff group"
        yield f"{where}.zones", unit.zones, "zone"
        yield f"{where}.activities", unit.activities, "activity"
    yield "contracting.activities", contracts.activities, "activity"
    yield "contracting.facilities", contracts.facilities, "facility"
    yield "contracting.levels", contracts.levels, "level"
    yield "overload.groups", options.overload.groups, "staff group"
    yield "budgets.facilities_mad_per_year", options.budgets.facilities_mad_per_year, "facility"


def _numbers(options: AllocationOptions) -> Iterator[tuple[str, dict[str, Any], float, float]]:
    """Yield the key, the numbers by name, and their bounds."""
    transfer = options.activity_transfer
    yield "mobility.largest_shares", options.mobility.largest_shares, 0.0, 1.0
    yield "departures.shares", options.departures.shares, 0.0, 1.0
    yield "telemedicine.largest_shares", options.telemedicine.largest_shares, 0.0, 1.0
    yield "recruitment.largest_posts", options.recruitment.largest_posts, 0.0, float("inf")
    yield "activity_transfer.smallest_volumes", transfer.smallest_volumes, 0.0, float("inf")
    yield "activity_transfer.largest_volumes", transfer.largest_volumes, 0.0, float("inf")
    yield "pooled_functions.most_sites", options.pooled_functions.most_sites, 1.0, float("inf")
    yield "budgets.facilities_mad_per_year", options.budgets.facilities_mad_per_year, 0.0, float("inf")


def _known(kind: str, region: Region, care: Care) -> tuple[list[str], str]:
    """Return the words that are known for a kind of thing, and how to call it."""
    of_care = "of the care catalogue"
    known: dict[str, tuple[Iterable[str], str]] = {
        "facility": (region.facilities["facility_id"], "a facility of the region"),
        "zone": (region.zones["zone_id"], "a zone of the region"),
        "province": (region.facilities["province"].unique(), "a province of the region"),
        "kind of zone": (
            region.zones["kind"].unique() if kind == "kind of zone" else (),
            "a kind of zone of the region",
        ),
        "level": (care.level_ids, f"a level {of_care}"),
        "activity": (care.activity_ids, f"an activity {of_care}"),
        "staff group": (care.staff_group_ids, f"a staff group {of_care}"),
        "support function": ([function.id for function in care.support_functions], f"a support function {of_care}"),
        "remote activity": (
            [activity.id for activity in care.activities if activity.remote],
            "an activity that the catalogue says may be remote",
        ),
    }
    words, expected = known[kind]
    return list(words), expected


def unknown(words: Iterable[str], known: list[str], where: str, expected: str) -> list[Fault]:
    """Return a fault for each word that is not known."""
    there = set(known)
    return [Fault(where, f"'{word}'", expected, nearest(word, known)) for word in words if word not in there]
