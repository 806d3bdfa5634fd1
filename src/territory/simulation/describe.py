"""From the tables of the other stages to the network: who works where and when, who falls ill, where people go."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
import pandas as pd

from territory.care.catalogue import Care, Pathway, Task
from territory.errors import Faults, SimulationError
from territory.scenario.schema import SimulationOptions
from territory.simulation import network as net
from territory.simulation.checks import (
    check_catalogue,
    check_contracts,
    check_planned_visits,
    check_remote,
    positions,
)
from territory.simulation.draws import Floats, Ints, name_key
from territory.simulation.staffing import hub_needs, make_stations, with_contracts
from territory.simulation.ways import ways_of
from territory.tables.objects import Demand, Plan, Region, TravelTimes
from territory.tables.vocabulary import MODES

# A solver leaves dust: fewer acts than one in a million years are no visit.
_LEAST_ACTS_PER_YEAR = 1e-6

_LEAST_CHANCE = 1e-4
_MOST_STEPS_OF_THE_PAST = 100  # a pathway without an end is refused when it is walked


def describe_network(
    region: Region, travel: TravelTimes, demand: Demand, plan: Plan, care: Care, options: SimulationOptions
) -> net.Network:
    """Return the network of a plan as arrays.

    Parameters
    ----------
    region
        Zones and facilities with their level and beds.
    travel
        Minutes and km, zone x facility.
    demand
        Its `episodes` are the new episodes a year, zone x pathway.
    plan
        Visits, unmet acts, posts and remote acts of the plan.
    care
        The catalogue.
    options
        Seed, window, and what people do whose need the plan leaves unmet.

    Raises
    ------
    SimulationError
        With one fault for each id the tables do not share, and for each facility where the plan sends people to an
        activity that nobody there can do.
    """
    faults = Faults(SimulationError)
    names = _names(region, care)
    facilities = region.facilities.set_index("facility_id").loc[list(names.facilities)]
    check_catalogue(care, facilities["level"], faults)
    faults.raise_if_any()
    acts = _acts(care, names)
    stations = make_stations(facilities, plan, care, names, faults)
    minutes, km = _travel(travel, names, faults)
    streams = _streams(demand, names, faults)
    visits = _visits(plan, names, faults)
    hubs = _remote(plan, names, faults)
    faults.raise_if_any()
    needs_hub = hub_needs(acts, stations)
    activity, facility, mode = (visits[column].to_numpy() for column in ("activity", "facility", "mode"))
    visits["way"] = ways_of(activity, facility, mode, needs_hub)
    check_planned_visits(visits, minutes, acts, stations, names, faults)
    check_contracts(visits, facilities["level"], care, names, faults)
    check_remote(visits, hubs, care, acts, stations, names, faults)
    faults.raise_if_any()
    nearest = np.full((len(names.zones), len(names.activities)), -1, dtype=np.int64)
    if options.unmet == "nearest":
        nearest = _nearest(facilities["level"], plan, care, acts, stations, minutes, names)
    return net.Network(
        names=names,
        stations=with_contracts(stations, visits, len(names.groups) - 1),
        streams=streams,
        pathways=_pathways(care, names),
        acts=acts,
        routes=_routes(visits, plan, hubs, nearest, needs_hub, (minutes, km), names),
        seed=options.seed,
        warm_up_days=options.warm_up_days,
        days=options.days,
    )


def _names(region: Region, care: Care) -> net.Names:
    return net.Names(
        zones=tuple(sorted(region.zones["zone_id"])),
        facilities=tuple(sorted(region.facilities["facility_id"])),
        groups=(*sorted(care.staff_group_ids), net.BEDS),
        activities=tuple(sorted(care.activity_ids)),
        pathways=tuple(sorted(pathway.id for pathway in care.pathways)),
    )


def _acts(care: Care, names: net.Names) -> net.Acts:
    activities = [care.activity(activity) for activity in names.activities]
    ways: list[list[tuple[Task, bool]]] = []
    for activity in activities:
        ways.append([(task, False) for task in activity.tasks])
        remote = activity.remote
        at_site = [(task, False) for task in remote.presenting] if remote else []
        ways.append(at_site + [(task, True) for task in remote.specialist] if remote else [])
    tasks = [task for way in ways for task in way]
    stay_days = [activity.bed_days.value if activity.bed_days else 0.0 for activity in activities]
    return net.Acts(
        walk_in=np.array([activity.attendance == "walk_in" for activity in activities], dtype=bool),
        continuous=np.array([activity.hours == "continuous" for activity in activities], dtype=bool),
        stay_mean_us=np.array(stay_days) * net.US_PER_DAY,
        stay_law=np.full(len(activities), net.LOGNORMAL, dtype=np.int64),
        stay_cv=np.full(len(activities), net.STAY_CV),
        task_start=net.starts([len(way) for way in ways]),
        task_group=np.array([names.groups.index(task.staff_group) for task, _ in tasks], dtype=np.int64),
        task_at_hub=np.array([at_hub for _, at_hub in tasks], dtype=bool),
        task_mean_us=np.array([task.minutes.value for task, _ in tasks], dtype=np.float64) * net.US_PER_MINUTE,
        task_law=np.full(len(tasks), net.LOGNORMAL, dtype=np.int64),
        task_cv=np.full(len(tasks), net.SERVICE_CV),
    )


def _travel(travel: TravelTimes, names: net.Names, faults: Faults) -> tuple[Floats, Floats]:
    zone = positions(travel.table["zone_id"], names.zones, "travel", "the zones of the region", faults)
    facility = positions(
        travel.table["facility_id"], names.facilities, "travel", "the facilities of the region", faults
    )
    known = (zone >= 0) & (facility >= 0)
    shape = (len(names.zones), len(names.facilities))
    minutes, km = np.full(shape, np.nan), np.full(shape, np.nan)
    minutes[zone[known], facility[known]] = travel.table["minutes"].to_numpy()[known]
    km[zone[known], facility[known]] = travel.table["km"].to_numpy()[known]
    return minutes, km


def _streams(demand: Demand, names: net.Names, faults: Faults) -> net.Streams:
    frame = demand.episodes[demand.episodes["episodes_per_year"] > 0]
    zone = positions(frame["zone_id"], names.zones, "demand.episodes", "the zones of the region", faults)
    pathway = positions(frame["pathway"], names.pathways, "demand.episodes", "the pathways of the catalogue", faults)
    keys = [name_key(zone_id, word) for zone_id, word in zip(frame["zone_id"], frame["pathway"], strict=True)]
    order = np.lexsort((pathway, zone))
    return net.Streams(
        zone=zone[order],
        pathway=pathway[order],
        key=np.array(keys, dtype=np.uint64)[order],
        episodes_per_year=frame["episodes_per_year"].to_numpy(dtype=np.float64)[order],
    )


def _visits(plan: Plan, names: net.Names, faults: Faults) -> pd.DataFrame:
    """Return the plan's visits with positions: zone, activity, facility, mode, acts_per_year, minutes; sorted."""
    frame = plan.visits[plan.visits["acts_per_year"] >= _LEAST_ACTS_PER_YEAR]
    known = [
        ("zone", "zone_id", names.zones, "the zones of the region"),
        ("activity", "activity", names.activities, "the activities of the catalogue"),
        ("facility", "facility_id", names.facilities, "the facilities of the region"),
        ("mode", "mode", MODES, "a mode"),
    ]
    found = {name: positions(frame[column], words, "plan.visits", what, faults) for name, column, words, what in known}
    figures = {column: frame[column].to_numpy(dtype=np.float64) for column in ("acts_per_year", "minutes")}
    return pd.DataFrame({**found, **figures}).sort_values(list(found), ignore_index=True)


def _remote(plan: Plan, names: net.Names, faults: Faults) -> pd.DataFrame:
    """Return the plan's remote acts with positions: activity, facility (the hub), acts_per_year; sorted."""
    frame = plan.remote[plan.remote["acts_per_year"] >= _LEAST_ACTS_PER_YEAR]
    facility = positions(frame["facility_id"], names.facilities, "plan.remote", "the facilities of the region", faults)
    activity = positions(frame["activity"], names.activities, "plan.remote", "the activities of the catalogue", faults)
    acts = frame["acts_per_year"].to_numpy(dtype=np.float64)
    hubs = pd.DataFrame({"activity": activity, "facility": facility, "acts_per_year": acts})
    return hubs.sort_values(["activity", "facility"], ignore_index=True)


def _nearest(
    levels: pd.Series, plan: Plan, care: Care, acts: net.Acts, stations: net.Stations, minutes: Floats, names: net.Names
) -> Ints:
    """Return where people without a place ask: the nearest facility that may serve them, shape (zones, activities).

    It may when its level does the activity (with visiting staff or without), the plan has not closed the activity
    there, someone of the group of the first task works there and, for a stay, there are beds. Of two equally near the
    one with the smaller id is taken.
    """
    closed = plan.activities[~plan.activities["open_after"].fillna(value=True).astype(bool)]
    shut = set(zip(closed["facility_id"], closed["activity"], strict=True))
    may = {level.id: {*level.activities, *level.visiting} for level in care.levels}
    nearest = np.full((len(names.zones), len(names.activities)), -1, dtype=np.int64)
    for a, activity in enumerate(names.activities):
        pairs = zip(names.facilities, levels, strict=True)
        able = np.array([activity in may[level] and (facility, activity) not in shut for facility, level in pairs])
        able &= stations.of[:, acts.task_group[acts.task_start[2 * a]]] >= 0
        if acts.stay_mean_us[a] > 0:
            able &= stations.of[:, -1] >= 0
        reach = np.where(able[np.newaxis, :] & ~np.isnan(minutes), minutes, np.inf)
        best = reach.argmin(axis=1)
        nearest[:, a] = np.where(np.isfinite(reach[np.arange(len(best)), best]), best, -1)
    return nearest


def _pathways(care: Care, names: net.Names) -> net.Pathways:
    pathways = sorted(care.pathways, key=lambda pathway: pathway.id)
    steps = [(pathway, step) for pathway in pathways for step in pathway.steps]
    number = {(pathway.id, step.id): place for place, (pathway, step) in enumerate(steps)}
    ways_out = max(1, *(len(step.next) for _, step in steps)) if steps else 1
    next_step = np.full((len(steps), ways_out), -1, dtype=np.int64)
    next_cumulative = np.zeros((len(steps), ways_out))
    next_after_us = np.zeros((len(steps), ways_out), dtype=np.int64)
    for place, (pathway, step) in enumerate(steps):
        total = 0.0
        for way, following in enumerate(step.next):
            total += following.probability.value
            next_step[place, way] = number[pathway.id, following.step]
            next_after_us[place, way] = round(following.after_days * net.US_PER_DAY)
            next_cumulative[place, way:] = total
    first = [number[pathway.id, pathway.steps[0].id] for pathway in pathways]
    doors = [care.activity(pathway.steps[0].activity) for pathway in pathways]
    return net.Pathways(
        first_step=np.array(first, dtype=np.int64),
        priority=np.array([pathway.priority for pathway in pathways], dtype=np.int64),
        continuous=np.array([door.hours == "continuous" for door in doors], dtype=bool),
        past_weeks=np.array([_past_weeks(pathway) for pathway in pathways], dtype=np.int64),
        step_activity=np.array([names.activities.index(step.activity) for _, step in steps], dtype=np.int64),
        next_step=next_step,
        next_cumulative=next_cumulative,
        next_after_us=next_after_us,
    )


def _past_weeks(pathway: Pathway) -> int:
    """Return the whole weeks after which an episode asks for nothing more, but for one step in ten thousand."""
    steps = {step.id: step for step in pathway.steps}
    chances = {(pathway.steps[0].id, 0.0): 1.0}  # of being at a step so many days after the episode began
    longest_days = 0.0
    for _ in range(_MOST_STEPS_OF_THE_PAST):
        if not chances:
            break
        onward: dict[tuple[str, float], float] = defaultdict(float)
        for (step, days), chance in chances.items():
            longest_days = max(longest_days, days)
            for following in steps[step].next:
                onward[following.step, days + following.after_days] += chance * following.probability.value
        chances = {place: chance for place, chance in onward.items() if chance > _LEAST_CHANCE}
    return math.ceil(longest_days / net.DAYS_PER_WEEK)


def _routes(
    visits: pd.DataFrame,
    plan: Plan,
    hubs: pd.DataFrame,
    nearest: Ints,
    needs_hub: net.Flags,
    travel: tuple[Floats, Floats],
    names: net.Names,
) -> net.Routes:
    zones, activities = len(names.zones), len(names.activities)
    cell = visits["zone"].to_numpy() * activities + visits["activity"].to_numpy()
    unmet = np.zeros(zones * activities)
    zone_at = pd.Index(names.zones).get_indexer(pd.Index(plan.unmet["zone_id"]))
    activity_at = pd.Index(names.activities).get_indexer(pd.Index(plan.unmet["activity"]))
    known = (zone_at >= 0) & (activity_at >= 0)
    unmet[zone_at[known] * activities + activity_at[known]] = plan.unmet["acts_per_year"].to_numpy()[known]
    unmet[np.bincount(cell, minlength=len(unmet)) == 0] = (
        1.0  # nobody expected there: whoever comes has no place either
    )
    without = np.flatnonzero(unmet >= _LEAST_ACTS_PER_YEAR)
    facility = np.concatenate((visits["facility"].to_numpy(), np.full(len(without), -1)))
    mode = np.concatenate((visits["mode"].to_numpy(), np.full(len(without), net.IN_PERSON)))
    cells = np.concatenate((cell, without))
    order = np.lexsort((mode, facility, cells))
    keys = [name_key(names.facilities[f] if f >= 0 else "", MODES[m]) for f, m in zip(facility, mode, strict=True)]
    stops = visits[visits["mode"] == net.MOBILE]
    hub_facility = hubs["facility"].to_numpy(dtype=np.int64)
    return net.Routes(
        start=net.starts(np.bincount(cells, minlength=len(unmet)).tolist()),
        facility=facility[order],
        mode=mode[order],
        weight=np.concatenate((visits["acts_per_year"].to_numpy(), unmet[without]))[order],
        key=np.array(keys, dtype=np.uint64)[order],
        nearest=nearest,
        hub_start=net.starts(np.bincount(hubs["activity"].to_numpy(dtype=np.int64), minlength=activities).tolist()),
        hub_facility=hub_facility,
        hub_weight=hubs["acts_per_year"].to_numpy(),
        hub_key=np.array([name_key(names.facilities[f]) for f in hub_facility], dtype=np.uint64),
        needs_hub=needs_hub,
        minutes=travel[0],
        km=travel[1],
        stop=((stops["zone"] * activities + stops["activity"]) * len(names.facilities) + stops["facility"]).to_numpy(),
        stop_minutes=stops["minutes"].to_numpy(),
    )
