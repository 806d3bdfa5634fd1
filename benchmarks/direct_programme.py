"""The programme of an allocation written as arrays: the peer's half before the solver.

Rows and columns stand in the order of the package's model, so that the solver has the same work. It knows posts, beds,
rooms and the mobility of staff inside a province or the region; other levers are refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array

from territory.care import Care
from territory.scenario import AllocationOptions
from territory.tables import Demand, Region, TravelTimes

Vector = NDArray[np.float64]
Places = NDArray[np.intp]

_DAYS, _MINUTES = 365.0, 60.0
_INF = highspy.kHighsInf
_MOVING = {"province", "region"}
_AIMS = {"unmet": "Unmet_Need", "travel": "Travel_Minutes", "disruption": "Disruption", "cost": "Running_Cost"}
_KNOWN = {
    *("sectors", "aims", "aim_tolerance", "time_limit_s", "arcs", "mobility"),
    *("largest_workload", "largest_bed_occupancy", "largest_room_use"),
}


@dataclass(frozen=True)
class Matrices:
    """Inputs by position: zones, facilities, activities and groups are sorted by id.

    ``minutes`` zone x facility (infinite where there is no way); ``far`` facility, reached from farther; ``gives``
    facility x activity; ``today`` and ``posts`` facility x group: full-time equivalents, and whether a post may be
    there; ``work`` activity x group, hours an act; ``basin`` facility.
    """

    zones: NDArray[np.object_]
    facilities: NDArray[np.object_]
    activities: NDArray[np.object_]
    groups: NDArray[np.object_]
    minutes: Vector
    far: NDArray[np.bool_]
    gives: NDArray[np.bool_]
    today: Vector
    posts: NDArray[np.bool_]
    work: Vector
    basin: Places


@dataclass(frozen=True)
class Columns:
    """Unmet needs, visits, leavers, joiners, in this order; each block by places in the matrices.

    ``needs`` zone and activity; ``arcs`` zone, activity and facility; ``leave`` and ``join`` facility and group.
    """

    needs: tuple[Places, Places]
    acts: Vector
    arcs: tuple[Places, Places, Places]
    leave: tuple[Places, Places]
    join: tuple[Places, Places]

    @property
    def counts(self) -> list[int]:
        """How many of each block."""
        return [len(self.acts), len(self.arcs[0]), len(self.leave[0]), len(self.join[0])]

    @property
    def blocks(self) -> tuple[Places, Places, Places, Places]:
        """The columns of each block."""
        ends = np.cumsum(self.counts)
        unmet, visits, leaving, joining = np.split(np.arange(ends[-1]), ends[:-1])
        return unmet, visits, leaving, joining


@dataclass(frozen=True)
class Programme:
    """What is loaded into the solver, and what it means.

    ``first`` is the first row of each block, ``pay_today`` what the running cost holds that no decision changes, MAD.
    """

    matrices: Matrices
    columns: Columns
    matrix: csc_array
    row_low: Vector
    row_high: Vector
    first: dict[str, int]
    aims: dict[str, Vector]
    pay_today: float


def _matrices(region: Region, travel: TravelTimes, care: Care, options: AllocationOptions) -> Matrices:
    places = region.facilities[region.facilities["sector"].isin(options.sectors)].sort_values("facility_id")
    zones = pd.Index(np.sort(region.zones["zone_id"].to_numpy(dtype=object)))
    facilities = pd.Index(places["facility_id"].to_numpy(dtype=object))
    activities = pd.Index(sorted(care.activity_ids), dtype=object)
    groups = pd.Index(sorted(care.staff_group_ids), dtype=object)
    level = pd.Index(care.level_ids, dtype=object).get_indexer(places["level"])

    minutes = np.full((len(zones), len(facilities)), np.inf)
    row, column = zones.get_indexer(travel.table["zone_id"]), facilities.get_indexer(travel.table["facility_id"])
    there = (row >= 0) & (column >= 0)
    minutes[row[there], column[there]] = travel.table["minutes"].to_numpy(dtype=float)[there]

    work = np.zeros((len(activities), len(groups)))
    for activity in care.activities:
        for task in activity.tasks:
            at = activities.get_loc(activity.id), groups.get_loc(task.staff_group)
            work[at] += task.minutes.value / _MINUTES
    gives = np.array([np.isin(activities, care_level.activities) for care_level in care.levels])[level]
    far = np.array([care_level.tier in {"hospital", "private"} for care_level in care.levels])[level]
    posts = (gives.astype(np.int64) @ (work > 0)) > 0
    today = np.zeros(posts.shape)
    row, column = facilities.get_indexer(region.posts["facility_id"]), groups.get_indexer(region.posts["staff_group"])
    there = row >= 0
    today[row[there], column[there]] = region.posts["fte"].to_numpy(dtype=float)[there]
    posts[row[there], column[there]] = True
    provinces = pd.factorize(places["province"], sort=True)[0]
    basin = provinces if options.mobility.within == "province" else np.zeros(len(facilities), dtype=np.intp)
    names = (index.to_numpy(dtype=object) for index in (zones, facilities, activities, groups))
    return Matrices(*names, minutes, far, gives, today, posts, work, basin)


def _arcs(data: Matrices, needed: NDArray[np.bool_], options: AllocationOptions) -> tuple[Places, Places, Places]:
    """Return zone, activity and facility of each way to be served; nearest first in each zone and activity."""
    moving = options.mobility.within in _MOVING
    tasks = data.work > 0
    staffed = data.posts if moving else data.today > 0
    able = data.gives & ((~staffed).astype(np.int64) @ tasks.T == 0)
    works = data.gives & ((data.today <= 0).astype(np.int64) @ tasks.T == 0)
    order = np.argsort(data.minutes, axis=1, kind="stable")
    minutes = np.take_along_axis(data.minutes, order, axis=1)
    radius = np.where(data.far, options.arcs.hospitals_within_minutes, options.arcs.within_minutes)
    inside, reached = minutes <= radius[order], np.isfinite(minutes)
    most = max(options.arcs.at_most, options.arcs.nearest)
    found = []
    for activity in np.flatnonzero(needed.any(axis=0) & able.any(axis=0)):
        kept = np.zeros(order.shape, dtype=bool)
        for own in (data.gives[:, activity], works[:, activity]):
            some = own[order] & reached
            rank = np.cumsum(some, axis=1, dtype=np.int32) - 1
            kept |= some & (inside | (rank < options.arcs.nearest)) & (rank < most)
        kept &= able[:, activity][order] & needed[:, activity][:, None]
        zone, place = np.nonzero(kept)
        found.append((zone, np.full(len(zone), activity), order[zone, place]))
    zone, activity, facility = (np.concatenate(parts) for parts in zip(*found, strict=True))
    by_zone = np.argsort(zone, kind="stable")
    return zone[by_zone], activity[by_zone], facility[by_zone]


class _Rows:
    """Entries of the matrix, block of rows after block of rows."""

    def __init__(self) -> None:
        self.entries: list[tuple[Places, Places, Vector]] = []
        self.sides: list[tuple[Vector, Vector]] = []
        self.first: dict[str, int] = {}
        self.count = 0

    def block(self, name: str, low: Vector, high: Vector, *parts: tuple[Places, Places, Vector | float]) -> None:
        """Add rows with their sides; each part gives row inside the block, column and factor."""
        self.first[name] = self.count
        for row, column, factor in parts:
            self.entries.append((row + self.count, column, np.broadcast_to(np.asarray(factor, dtype=float), row.shape)))
        self.sides.append((low, high))
        self.count += len(high)

    def at_most(self, name: str, high: Vector, *parts: tuple[Places, Places, Vector | float]) -> None:
        """Add rows that have a ceiling only; rows without an entry are left out."""
        used = np.zeros(len(high), dtype=bool)
        for row, _, _ in parts:
            used[row] = True
        place = np.cumsum(used) - 1
        moved = [(place[row], column, factor) for row, column, factor in parts]
        self.block(name, np.full(used.sum(), -_INF), high[used], *moved)


def write(region: Region, travel: TravelTimes, demand: Demand, care: Care, options: AllocationOptions) -> Programme:
    """Return the programme as arrays."""
    _refuse_others(options)
    data = _matrices(region, travel, care, options)
    columns = _columns(data, demand, options)
    need_of = np.full((len(data.zones), len(data.activities)), -1)
    need_of[columns.needs] = np.arange(len(columns.acts))
    zone, activity, _ = columns.arcs
    unmet, visits, _, _ = columns.blocks
    rows = _Rows()
    if columns.counts[2]:
        _mobility_rows(rows, data, columns, options)
    rows.block("demand", columns.acts, columns.acts, (need_of[zone, activity], visits, 1.0), (unmet, unmet, 1.0))
    _hours_rows(rows, data, columns, care, options)
    _bed_and_room_rows(rows, data, columns, region, care, options)
    row, column, factor = (np.concatenate(parts) for parts in zip(*rows.entries, strict=True))
    matrix = coo_array((factor, (row, column)), shape=(rows.count, sum(columns.counts))).tocsc()
    low, high = (np.concatenate(parts) for parts in zip(*rows.sides, strict=True))
    pay_today = float((data.today @ _pay(data, care)).sum())
    return Programme(data, columns, matrix, low, high, rows.first, _aims(data, columns, care, options), pay_today)


def _columns(data: Matrices, demand: Demand, options: AllocationOptions) -> Columns:
    needs = demand.table[demand.table["acts_per_year"] > 0]
    places = (
        pd.Index(data.zones).get_indexer(needs["zone_id"]),
        pd.Index(data.activities).get_indexer(needs["activity"]),
    )
    needed = np.zeros((len(data.zones), len(data.activities)), dtype=bool)
    needed[places] = True
    moving = options.mobility.within in _MOVING
    return Columns(
        needs=places,
        acts=needs["acts_per_year"].to_numpy(dtype=float),
        arcs=_arcs(data, needed, options),
        leave=np.nonzero((data.today > 0) & moving),
        join=np.nonzero(data.posts & moving),
    )


def _refuse_others(options: AllocationOptions) -> None:
    plain = AllocationOptions()
    others = [key for key in type(options).model_fields if key not in _KNOWN]
    refused = [key for key in others if getattr(options, key) != getattr(plain, key)]
    refused += [aim for aim in options.aims if aim not in _AIMS or aim == "cost"]
    mobility = options.mobility
    if mobility.within == "basins" or mobility.groups or mobility.cost_mad_per_km:
        refused.append("mobility by basin, group or km")
    if refused:
        msg = f"the direct programme does not know {', '.join(refused)}"
        raise ValueError(msg)


def _mobility_rows(rows: _Rows, data: Matrices, columns: Columns, options: AllocationOptions) -> None:
    """Joiners = leavers in each basin and group; leavers <= a share of the posts."""
    _, _, leaving, joining = columns.blocks
    (from_, leaver), (to, joiner) = columns.leave, columns.join
    count = len(data.groups)
    of = np.concatenate([data.basin[to] * count + joiner, data.basin[from_] * count + leaver])
    used, place = np.unique(of, return_inverse=True)
    zeros = np.zeros(len(used))
    sign = np.repeat([1.0, -1.0], [len(joining), len(leaving)])
    rows.block("basins", zeros, zeros, (place, np.concatenate([joining, leaving]), sign))
    mobility = options.mobility
    share = np.array([mobility.largest_shares.get(group, mobility.largest_share) for group in data.groups])
    rows.at_most("leaving", share[leaver] * data.today[columns.leave], (np.arange(len(leaving)), leaving, 1.0))


def _hours_rows(rows: _Rows, data: Matrices, columns: Columns, care: Care, options: AllocationOptions) -> None:
    """Hours of work at each post <= hours of those in post, less those who leave, with those who join."""
    _, visits, leaving, joining = columns.blocks
    _, activity, facility = columns.arcs
    group_hours = {group.id: group.hours_per_year.value for group in care.staff_groups}
    hours = options.largest_workload * np.array([group_hours[group] for group in data.groups])
    post_of = np.cumsum(data.posts.ravel()).reshape(data.posts.shape) - 1
    tasks = [np.flatnonzero(row) for row in data.work]
    counts = np.array([len(groups) for groups in tasks])
    arc = np.repeat(np.arange(len(visits)), counts[activity])
    within = np.arange(len(arc)) - np.repeat(np.cumsum(counts[activity]) - counts[activity], counts[activity])
    group = np.concatenate(tasks)[(np.cumsum(counts) - counts)[activity[arc]] + within]
    rows.at_most(
        "hours",
        (hours * data.today)[data.posts],
        (post_of[facility[arc], group], visits[arc], data.work[activity[arc], group]),
        (post_of[columns.leave], leaving, hours[columns.leave[1]]),
        (post_of[columns.join], joining, -hours[columns.join[1]]),
    )


def _bed_and_room_rows(
    rows: _Rows, data: Matrices, columns: Columns, region: Region, care: Care, options: AllocationOptions
) -> None:
    """Bed-days and room hours of all acts <= those a plan may fill."""
    _, activity, facility = columns.arcs
    visits = columns.blocks[1]
    bed_days = {a.id: a.bed_days.value for a in care.activities if a.bed_days}
    days = np.array([bed_days.get(word, 0.0) for word in data.activities])
    beds = region.facilities.set_index("facility_id")["beds"].reindex(data.facilities).fillna(0.0)
    inpatient = np.flatnonzero(days[activity] > 0)
    rows.at_most(
        "beds",
        beds.to_numpy(dtype=float) * _DAYS * options.largest_bed_occupancy,
        (facility[inpatient], visits[inpatient], days[activity[inpatient]]),
    )
    hours = {room.id: room.hours_per_year.value for room in care.rooms}
    at = pd.Index(data.facilities)
    known = region.rooms[region.rooms["facility_id"].isin(at) & region.rooms["room"].isin(hours)]
    parts = []
    for place, (where, room) in enumerate(zip(at.get_indexer(known["facility_id"]), known["room"], strict=True)):
        used = {a.id: a.room.minutes.value / _MINUTES for a in care.activities if a.room and a.room.room == room}
        factor = np.array([used.get(word, 0.0) for word in data.activities])
        some = np.flatnonzero((facility == where) & (factor[activity] > 0))
        parts.append((np.full(len(some), place), visits[some], factor[activity[some]]))
    high = known["rooms"].to_numpy(dtype=float) * known["room"].map(hours).to_numpy(dtype=float)
    rows.at_most("rooms", high * options.largest_room_use, *parts)


def _aims(data: Matrices, columns: Columns, care: Care, options: AllocationOptions) -> dict[str, Vector]:
    """Return the cost vector of each aim that has terms, in the order of the options; the running cost comes last."""
    unmet, visits, leaving, joining = columns.blocks
    zone, _, facility = columns.arcs
    severity = {activity.id: activity.severity.value for activity in care.activities}
    weights = np.array([severity[word] for word in data.activities])
    pay = _pay(data, care)
    found = {}
    for aim in (*options.aims, "cost"):
        cost = np.zeros(sum(columns.counts))
        if aim == "unmet":
            cost[unmet] = weights[columns.needs[1]]
        elif aim == "travel":
            cost[visits] = data.minutes[zone, facility]
        elif aim == "disruption":
            cost[leaving] = 1.0
        else:
            cost[leaving] = options.mobility.cost_mad_per_person - pay[columns.leave[1]]
            cost[joining] = pay[columns.join[1]]
        if cost.any():
            found[_AIMS[aim]] = cost
    return found


def _pay(data: Matrices, care: Care) -> Vector:
    pay = {group.id: group.pay_mad_per_year.value for group in care.staff_groups}
    return np.array([pay[group] for group in data.groups])
