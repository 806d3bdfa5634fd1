"""The ways in which people of a zone may be given an activity: at a facility, in a mode, not too far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from territory.allocation.staff import Pairs
from territory.care import Care, Task
from territory.scenario import AllocationOptions
from territory.tables import Region, TravelTimes

COLUMNS = ["zone_id", "facility_id", "activity", "mode", "minutes"]
_PAIR_COLUMNS = ["facility_id", "activity", "mode", "able", "today", "added"]


def all_staffed(facility_id: str, tasks: tuple[Task, ...], staffed: Pairs) -> bool:
    """Whether every group of the tasks has, or may get, somebody at the facility."""
    return all((facility_id, task.staff_group) in staffed for task in tasks)


def activities_table(facilities: pd.DataFrame, care: Care, options: AllocationOptions) -> pd.DataFrame:
    """Return facility x activity for what each level may do, and what the scenario closes.

    What a level may do only while staff visits it is there at the sites of shared posts, and not open before.
    """
    rows = [(level.id, activity, True) for level in care.levels for activity in level.activities]
    rows += [(level.id, activity, False) for level in care.levels for activity in level.visiting]
    allowed = pd.DataFrame(rows, columns=["level", "activity", "open_before"])
    table = facilities[["facility_id", "level"]].merge(allowed, on="level")
    shared = options.shared_posts
    visited = table["facility_id"].isin(shared.sites) | table["level"].isin(shared.site_levels)
    table = table[table["open_before"] | (visited & bool(shared.groups))]
    closed = table["facility_id"].isin(options.closures.facilities)
    for facility_id, names in options.closures.activities.items():
        closed |= (table["facility_id"] == facility_id) & table["activity"].isin(names)
    table = table.assign(open_after=~closed)
    return table[["facility_id", "activity", "open_before", "open_after"]].reset_index(drop=True)


def connected_sites(facilities: pd.DataFrame, options: AllocationOptions) -> tuple[set[str], set[str]]:
    """Return the facilities connected for telemedicine today, and those the scenario connects beside them."""
    closed = facilities["facility_id"].isin(options.closures.facilities)
    today = facilities["telemedicine"].fillna(value=False).astype(bool) & ~closed
    remote = options.telemedicine
    chosen = facilities["facility_id"].isin(remote.sites) | facilities["level"].isin(remote.site_levels)
    return set(facilities.loc[today, "facility_id"]), set(facilities.loc[chosen & ~today & ~closed, "facility_id"])


def in_person(activities: pd.DataFrame, staffed: Pairs, in_post: Pairs, care: Care) -> pd.DataFrame:
    """Return facility x activity where the activity is open, whether the work can be done there, and by whom today.

    `able`: every group of its tasks has, or may get, somebody; `today`: has somebody in post.
    """
    tasks = {activity.id: activity.tasks for activity in care.activities}
    rows = activities[activities["open_after"]]
    pairs = list(zip(rows["facility_id"], rows["activity"], strict=True))
    return rows[["facility_id", "activity"]].assign(
        mode="in_person",
        able=[all_staffed(f, tasks[a], staffed) for f, a in pairs],
        today=[all_staffed(f, tasks[a], in_post) for f, a in pairs],
        added=~rows["open_before"],
    )


def _pairs(rows: list[tuple[str, str, str, bool, bool, bool]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=_PAIR_COLUMNS)
    return table.astype({"able": bool, "today": bool, "added": bool})


def hub_levels(care: Care, options: AllocationOptions) -> list[str]:
    """Return the levels whose specialists may answer; where the options name none, every level of the tier hospital."""
    return list(options.telemedicine.hub_levels) or [level.id for level in care.levels if level.tier == "hospital"]


def hubs_table(
    facilities: pd.DataFrame, activities: pd.DataFrame, staffed: Pairs, care: Care, options: AllocationOptions
) -> pd.DataFrame:
    """Return the facilities whose specialists may answer, for each activity that may be remote."""
    remote = {activity.id: activity.remote for activity in care.activities if activity.remote}
    of_level = set(facilities.loc[facilities["level"].isin(hub_levels(care, options)), "facility_id"])
    rows = activities[
        activities["open_after"]
        & activities["activity"].isin(set(options.telemedicine.activities) & set(remote))
        & activities["facility_id"].isin(of_level)
    ]
    able = [all_staffed(row.facility_id, remote[row.activity].specialist, staffed) for row in rows.itertuples()]
    return rows.loc[able, ["facility_id", "activity"]].reset_index(drop=True)


def remote(
    facilities: pd.DataFrame, staffed: Pairs, hubs: pd.DataFrame, care: Care, options: AllocationOptions
) -> pd.DataFrame:
    """Return site x activity for acts that may be given from a connected site."""
    today, new = connected_sites(facilities, options)
    rows = []
    for activity in care.activities:
        if activity.remote is None or activity.id not in set(hubs["activity"]):
            continue
        sites = facilities[
            facilities["level"].isin(activity.remote.levels) & facilities["facility_id"].isin(today | new)
        ]
        rows += [
            (site, activity.id, "telemedicine", True, site in today, True)
            for site in sites["facility_id"]
            if all_staffed(site, activity.remote.presenting, staffed)
        ]
    return _pairs(rows)


def contracted_facilities(region: Region, options: AllocationOptions) -> pd.DataFrame:
    """Return the open private facilities that may be contracted; none where they take part with their posts."""
    contracts, facilities = options.contracting, region.facilities
    if not contracts.activities or "private" in options.sectors:
        return facilities.iloc[:0]
    chosen = facilities["facility_id"].isin(contracts.facilities) | facilities["level"].isin(contracts.levels)
    closed = facilities["facility_id"].isin(options.closures.facilities)
    return facilities[chosen & ~closed & (facilities["sector"] == "private")]


def contracted(region: Region, care: Care, options: AllocationOptions) -> pd.DataFrame:
    """Return facility x activity for what may be bought where; the level must allow it."""
    may = {level.id: set(level.activities) for level in care.levels}
    rows = [
        (row.facility_id, activity, "contracted", True, False, True)
        for row in contracted_facilities(region, options).itertuples()
        for activity in options.contracting.activities
        if activity in may[row.level] and activity not in options.closures.activities.get(row.facility_id, ())
    ]
    return _pairs(rows)


@dataclass(frozen=True)
class Trips:
    """The trips of a territory as arrays, by zone and then the nearest first; ids are sorted, arrays hold positions.

    `inside`: within the radius of the facility's tier.
    """

    zones: NDArray[np.object_]
    facilities: NDArray[np.object_]
    zone: NDArray[np.intp]
    facility: NDArray[np.intp]
    minutes: NDArray[np.float64]
    inside: NDArray[np.bool_]


def trips_of(travel: TravelTimes, region: Region, care: Care, options: AllocationOptions) -> Trips:
    """Return the trips of the travel table, nearest first."""
    far_levels = {level.id for level in care.levels if level.tier in {"hospital", "private"}}
    far_ids = region.facilities.loc[region.facilities["level"].isin(far_levels), "facility_id"]
    zone, zones = pd.factorize(travel.table["zone_id"], sort=True)
    facility, facilities = pd.factorize(travel.table["facility_id"], sort=True)
    minutes = travel.table["minutes"].to_numpy(dtype=float)
    far = np.isin(facilities.to_numpy(dtype=object), far_ids.to_numpy(dtype=object))
    radius = np.where(far, options.arcs.hospitals_within_minutes, options.arcs.within_minutes)
    order = np.lexsort((facility, minutes, zone))
    return Trips(
        zones=zones.to_numpy(dtype=object),
        facilities=facilities.to_numpy(dtype=object),
        zone=zone[order],
        facility=facility[order],
        minutes=minutes[order],
        inside=(minutes <= radius[facility])[order],
    )


def nearest_arcs(pairs: pd.DataFrame, trips: Trips, needs: pd.DataFrame, options: AllocationOptions) -> pd.DataFrame:
    """Join zones to the pairs (facility, activity, mode) they may be sent to.

    A lever that lets more facilities work must never take an arc away. So the nearest few are counted among all that
    are open, whether somebody works there or not, and among those that work today. What a lever adds (connected,
    visited and contracted sites) is not counted: outside the radius it is an arc when it is no farther than the nearest
    few that are open without it.
    """
    zones = {word: _mask(trips.zones, rows["zone_id"]) for word, rows in needs.groupby("activity", sort=False)}
    limits = options.arcs
    usual = pairs[(pairs["mode"] == "in_person") & ~pairs["added"]]
    parts = []
    for (activity, mode), rows in pairs.groupby(["activity", "mode"], sort=True):
        if activity not in zones:
            continue
        wanted = zones[activity][trips.zone]
        kept = np.zeros(len(trips.zone), dtype=bool)
        for own in (rows[~rows["added"]], rows[rows["today"]]):
            some = np.flatnonzero(wanted & _mask(trips.facilities, own["facility_id"])[trips.facility])
            rank = _rank(trips.zone[some])
            near = (trips.inside[some] | (rank < limits.nearest)) & (rank < max(limits.at_most, limits.nearest))
            kept[some[near]] = True
        added = rows.loc[rows["added"], "facility_id"]
        if len(added):
            reach = _reach(usual.loc[usual["activity"] == activity, "facility_id"], trips, limits.nearest)
            near = trips.inside | (trips.minutes <= reach[trips.zone])
            kept |= wanted & near & _mask(trips.facilities, added)[trips.facility]
        kept &= _mask(trips.facilities, rows.loc[rows["able"], "facility_id"])[trips.facility]
        parts.append((np.flatnonzero(kept), activity, mode))
    return _arcs(parts, trips)


def _reach(facilities: pd.Series, trips: Trips, nearest: int) -> NDArray[np.float64]:
    """Return the minutes from each zone to the last of its nearest few facilities; infinite where there is none."""
    some = np.flatnonzero(_mask(trips.facilities, facilities)[trips.facility])
    few = some[_rank(trips.zone[some]) < nearest]
    reach = np.full(len(trips.zones), -np.inf)
    np.maximum.at(reach, trips.zone[few], trips.minutes[few])
    return np.where(np.isneginf(reach), np.inf, reach)


def _mask(ids: NDArray[np.object_], chosen: pd.Series) -> NDArray[np.bool_]:
    """Return which of the sorted ids are chosen, shape (ids,)."""
    mask = np.zeros(len(ids), dtype=bool)
    words = chosen.unique()
    places = np.searchsorted(ids, words) if len(ids) else np.zeros(0, dtype=np.intp)
    known = places < len(ids)
    mask[places[known][ids[places[known]] == np.asarray(words)[known]]] = True
    return mask


def _rank(zone: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the place of each trip among those of its zone, 0 first; zones stand together."""
    if not len(zone):
        return np.zeros(0, dtype=np.intp)
    starts = np.flatnonzero(np.concatenate(([True], zone[1:] != zone[:-1])))
    counts = np.diff(np.append(starts, len(zone)))
    return np.arange(len(zone)) - np.repeat(starts, counts)


def _arcs(parts: list[tuple[NDArray[np.intp], str, str]], trips: Trips) -> pd.DataFrame:
    """Return the arcs by zone, activity and mode, the nearest first."""
    at = np.concatenate([rows for rows, _, _ in parts] or [np.zeros(0, dtype=np.intp)])
    way = np.repeat(np.arange(len(parts)), [len(rows) for rows, _, _ in parts])
    order = np.lexsort((at, way, trips.zone[at]))  # ways are sorted by activity and mode, trips by minutes
    at, way = at[order], way[order]
    activity, mode = (np.array([part[k] for part in parts] or [""], dtype=object) for k in (1, 2))
    return pd.DataFrame(
        {
            "zone_id": trips.zones[trips.zone[at]],
            "facility_id": trips.facilities[trips.facility[at]],
            "activity": activity[way] if len(parts) else np.array([], dtype=object),
            "mode": mode[way] if len(parts) else np.array([], dtype=object),
            "minutes": trips.minutes[at],
        },
        columns=COLUMNS,
    )
