"""Who works where and when: from posts, beds, contracts, mobile units and ambulances to the stations of the network."""

from __future__ import annotations

import numpy as np
import pandas as pd

from territory.care.catalogue import Care
from territory.errors import Faults
from territory.simulation import network as net
from territory.simulation.checks import positions
from territory.simulation.draws import Ints, name_key
from territory.simulation.station_book import AMBULANCES, BEDS, StationBook
from territory.simulation.timetable import (
    constant_timetable,
    continuous_timetable,
    day_timetable,
    on_tour,
    tour_timetable,
)
from territory.tables.objects import Plan

_LEAST_FTE = 1e-9  # a solver leaves dust: a smaller part of a post is nobody


def make_stations(
    facilities: pd.DataFrame,
    plan: Plan,
    care: Care,
    ambulances: dict[str, int],
    names: net.Names,
    faults: Faults,
) -> StationBook:
    """Return a station for each facility and group in post, its beds and ambulances, and the stops of mobile units.

    People who tour with a mobile unit are not at their base on those days.

    Parameters
    ----------
    facilities
        Level and beds, a row for each facility in the order of `names`.
    plan
        Its posts, rounds and crews.
    care
        The catalogue: hours of the groups, who is there around the clock.
    ambulances
        Vehicles of each facility, by its level.
    names
        Positions of facilities and groups.
    faults
        Takes a fault for each facility or group of the posts that is not known.
    """
    book = StationBook(names)
    days = _days_of_rounds(plan)
    where = "plan.posts"
    facility = positions(plan.posts["facility_id"], names.facilities, where, "the facilities of the region", faults)
    staff = [group for group in names.groups if group not in (BEDS, AMBULANCES)]
    group = positions(plan.posts["staff_group"], staff, where, "the staff groups of the catalogue", faults)
    known = (facility >= 0) & (group >= 0)
    fte = np.zeros((len(names.facilities), len(names.groups)))
    group_at = np.array([names.groups.index(word) for word in staff], dtype=np.int64)
    fte[facility[known], group_at[group[known]]] = plan.posts["fte_after"].to_numpy()[known]
    fte[:, names.groups.index(BEDS)] = facilities["beds"].fillna(0.0).to_numpy(dtype=np.float64)
    levels = facilities["level"].tolist()
    fte[:, names.groups.index(AMBULANCES)] = [ambulances.get(level, 0) for level in levels]
    around_the_clock = {level.id: set(level.continuous_staff) for level in care.levels}
    hours = {staff_group.id: staff_group.hours_per_year.value for staff_group in care.staff_groups}
    for f, g in zip(*(part.tolist() for part in np.nonzero(fte > _LEAST_FTE)), strict=True):
        word, place = names.groups[g], names.facilities[f]
        if word in (BEDS, AMBULANCES):
            timetable = constant_timetable(max(1, int(fte[f, g])))
        elif word in around_the_clock[levels[f]]:
            timetable = continuous_timetable(fte[f, g], hours[word])
        else:
            timetable = day_timetable(fte[f, g], hours[word], int(name_key(place, word)))
        away = [
            (days[unit], people, tour_hours)
            for unit, base, crew_group, people, tour_hours in plan.crews.itertuples(index=False)
            if (base, crew_group) == (place, word) and unit in days
        ]
        least = 1 if word in around_the_clock[levels[f]] else 0
        for touring, people, tour_hours in away:
            timetable = on_tour(timetable, sorted(touring), round(people), tour_hours, least)
        book.in_post[f, g] = book.add(f, g, timetable)
    _add_stops(book, plan, days, names)
    return book


def _days_of_rounds(plan: Plan) -> dict[str, dict[int, str]]:
    """Return on which days of the week (0 is Monday) each unit stops where: its stops in order, from Monday on."""
    days: dict[str, dict[int, str]] = {}
    for unit, stops in plan.rounds.groupby("unit", sort=True):
        ordered = stops.sort_values("zone_id")
        zones = np.repeat(ordered["zone_id"].to_numpy(), ordered["days_per_week"].to_numpy(dtype=np.int64))
        days[str(unit)] = dict(enumerate(zones[: net.DAYS_PER_WEEK].tolist()))
    return days


def _add_stops(book: StationBook, plan: Plan, days: dict[str, dict[int, str]], names: net.Names) -> None:
    for unit, base, group, people, hours in plan.crews.sort_values(["unit", "staff_group"]).itertuples(index=False):
        if base not in names.facilities or group not in names.groups:
            continue
        f, g = names.facilities.index(base), names.groups.index(group)
        for zone in sorted(set(days.get(unit, {}).values())):
            if zone in names.zones:
                there = [day for day, stop in days[unit].items() if stop == zone]
                timetable = tour_timetable(there, max(1, round(people)), hours)
                book.aboard[unit, names.zones.index(zone), g] = book.add(f, g, timetable)


def stop_of(plan: Plan, names: net.Names) -> dict[tuple[int, int], str]:
    """Return the unit that stops in a zone, by zone and base; of two the first by name."""
    bases = dict(zip(plan.crews["unit"], plan.crews["facility_id"], strict=True))
    found: dict[tuple[int, int], str] = {}
    for unit, zone in sorted(zip(plan.rounds["unit"], plan.rounds["zone_id"], strict=True)):
        base = bases.get(unit)
        if base in names.facilities and zone in names.zones:
            found.setdefault((names.zones.index(zone), names.facilities.index(base)), unit)
    return found


def trips_between(facilities: pd.DataFrame, minutes: np.ndarray, names: net.Names) -> Ints:
    """Return one-way trips between facilities, microseconds; -1: no road.

    The road from a facility is that from the zone where it stands; inside a zone it is the zone's own.
    """
    zone = pd.Index(names.zones).get_indexer(pd.Index(facilities["zone_id"])) if "zone_id" in facilities else []
    if len(zone) == 0:
        return np.full((len(names.facilities),) * 2, net.NONE)
    trip = np.where(np.asarray(zone)[:, np.newaxis] >= 0, minutes[np.maximum(zone, 0), :], np.nan)
    return np.where(np.isnan(trip), net.NONE, np.rint(np.nan_to_num(trip) * net.US_PER_MINUTE)).astype(np.int64)
