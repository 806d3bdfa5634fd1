"""From the tables of the other stages to the network: who works where and when, who falls ill, where people go."""

from __future__ import annotations

import numpy as np
import pandas as pd

from territory.care.catalogue import Care
from territory.errors import Faults, SimulationError
from territory.scenario.schema import SimulationOptions
from territory.simulation import network as net
from territory.simulation.checks import (
    check_catalogue,
    check_contracts,
    check_names,
    check_planned_visits,
    check_remote,
    positions,
)
from territory.simulation.draws import Floats, Ints
from territory.simulation.falling_ill import make_pathways, make_sources
from territory.simulation.laws import LawBook
from territory.simulation.network import NONE
from territory.simulation.offering import OfferBook, make_choices
from territory.simulation.settings import Settings, settle
from territory.simulation.staffing import make_stations, stop_of, trips_between
from territory.simulation.station_book import AMBULANCES, BEDS, StationBook
from territory.tables.objects import Demand, Plan, Region, TravelTimes
from territory.tables.vocabulary import MODES

# A solver leaves dust: fewer acts than one in a million years are no visit.
_LEAST_ACTS_PER_YEAR = 1e-6


def describe_network(
    region: Region,
    travel: TravelTimes,
    demand: Demand,
    plan: Plan,
    care: Care,
    options: SimulationOptions,
    settings: Settings | None = None,
) -> net.Network:
    """Return the network of a plan as arrays; see `territory.simulation.simulate` for what the tables hold.

    `settings` give the window, where it is not that of the options.

    Raises
    ------
    SimulationError
        With one fault for each id the tables do not share, and for each facility where the plan sends people to an
        activity that nobody there can do.
    """
    faults = Faults(SimulationError)
    settings = settings or settle(options)
    names = _names(region, care)
    facilities = region.facilities.set_index("facility_id", drop=False).loc[list(names.facilities)]
    check_catalogue(care, facilities["level"], faults)
    check_names(options, care, region, faults)
    faults.raise_if_any()
    stations = make_stations(facilities, plan, care, dict(options.ambulances), names, faults)
    travelled = _travel(travel.table, names, faults)
    law_book = LawBook()
    sources, windows, rates = make_sources(region, demand, care, options, settings, law_book, names, faults)
    visits = _planned(plan, travelled[0], facilities["level"], care, stations, names, faults)
    nearest = np.full((len(names.zones), len(names.activities)), NONE, dtype=np.int64)
    if options.unmet == "nearest":
        nearest = _nearest(facilities["level"], plan, care, stations, travelled[0], names)
    offers = OfferBook(care, stations, law_book, options)
    inside = _inside(region, facilities, names)
    choices = make_choices(visits, _unmet(visits, plan, names), nearest, offers, travelled, inside)
    pathways = make_pathways(care, options, law_book, names)
    given = offers.finished()
    return net.Network(
        names=names,
        stations=stations.finished(),
        laws=law_book.finished(),
        windows=windows,
        rates=rates,
        sources=sources,
        pathways=pathways,
        offers=given,
        choices=choices,
        ambulances=_ambulances(facilities, stations, _travel(travel.driven, names, faults)[0], names),
        seed=options.seed,
        warm_up_days=settings.warm_up_days,
        days=settings.days,
    )


def _planned(
    plan: Plan,
    minutes: Floats,
    levels: pd.Series,
    care: Care,
    stations: StationBook,
    names: net.Names,
    faults: Faults,
) -> pd.DataFrame:
    """Return the plan's visits with hubs and mobile units; open the doors of contracted facilities.

    Raises
    ------
    SimulationError
        With the faults so far, and one for each place where the plan sends people in vain.
    """
    visits, hubs = _visits(plan, names, faults), _remote(plan, names, faults)
    faults.raise_if_any()
    visits = _at_hubs(_aboard(visits, plan, care, stations, names), hubs, care, names, faults)
    check_planned_visits(visits, minutes, care, stations, names, faults)
    check_contracts(visits, levels, care, names, faults)
    check_remote(visits, care, stations, names, faults)
    faults.raise_if_any()
    for facility in np.unique(visits.loc[visits["mode"] == net.CONTRACTED, "facility"]).tolist():
        stations.contract(facility)
    return visits


def _names(region: Region, care: Care) -> net.Names:
    return net.Names(
        zones=tuple(sorted(region.zones["zone_id"])),
        facilities=tuple(sorted(region.facilities["facility_id"])),
        groups=(*sorted(care.staff_group_ids), BEDS, AMBULANCES),
        activities=tuple(sorted(care.activity_ids)),
        pathways=tuple(sorted(pathway.id for pathway in care.pathways)),
    )


def _travel(trips: pd.DataFrame, names: net.Names, faults: Faults) -> tuple[Floats, Floats]:
    zone = positions(trips["zone_id"], names.zones, "travel", "the zones of the region", faults)
    facility = positions(trips["facility_id"], names.facilities, "travel", "the facilities of the region", faults)
    known = (zone >= 0) & (facility >= 0)
    shape = (len(names.zones), len(names.facilities))
    minutes, km = np.full(shape, np.nan), np.full(shape, np.nan)
    minutes[zone[known], facility[known]] = trips["minutes"].to_numpy()[known]
    km[zone[known], facility[known]] = trips["km"].to_numpy()[known]
    return minutes, km


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
    """Return the plan's remote acts with positions: activity, hub, share of the activity's remote acts; sorted."""
    frame = plan.remote[plan.remote["acts_per_year"] >= _LEAST_ACTS_PER_YEAR]
    hub = positions(frame["facility_id"], names.facilities, "plan.remote", "the facilities of the region", faults)
    activity = positions(frame["activity"], names.activities, "plan.remote", "the activities of the catalogue", faults)
    acts = frame["acts_per_year"].to_numpy(dtype=np.float64)
    hubs = pd.DataFrame({"activity": activity, "hub": hub, "share": acts}).sort_values(["activity", "hub"])
    hubs["share"] /= hubs.groupby("activity")["share"].transform("sum")
    return hubs.reset_index(drop=True)


def _aboard(visits: pd.DataFrame, plan: Plan, care: Care, stations: StationBook, names: net.Names) -> pd.DataFrame:
    """Add to visits the mobile unit they go to, and whether they are given at a distance.

    At a distance are telemedicine, and acts of a mobile unit for which a group is not aboard; where nobody tells who is
    aboard, those for which the base lacks a group.
    """
    stops = stop_of(plan, names)
    units, distant = [], []
    for zone, activity, facility, mode in visits[["zone", "activity", "facility", "mode"]].itertuples(index=False):
        act = care.activity(names.activities[activity])
        unit = stops.get((zone, facility), "") if mode == net.MOBILE else ""
        groups = [stations.group(task.staff_group) for task in act.tasks]
        there = [(unit, zone, g) in stations.aboard if unit else (facility, g) in stations.in_post for g in groups]
        lacks = mode == net.MOBILE and act.remote is not None and not all(there)
        units.append(unit)
        distant.append(mode == net.TELEMEDICINE or lacks)
    return visits.assign(unit=pd.Series(units, dtype=object), distant=np.array(distant, dtype=bool))


def _at_hubs(visits: pd.DataFrame, hubs: pd.DataFrame, care: Care, names: net.Names, faults: Faults) -> pd.DataFrame:
    """Return visits with their hub (-1 on the spot): those at a distance are shared out over the hubs."""
    distant = visits[visits["distant"]]
    for activity, mode in distant[["activity", "mode"]].drop_duplicates().itertuples(index=False):
        name = names.activities[activity]
        where = f"plan.visits, activity '{name}', mode '{MODES[mode]}'"
        if care.activity(name).remote is None:
            faults.add(where, "visits at a distance", "`remote` in the catalogue for such an activity")
        elif activity not in set(hubs["activity"]):
            faults.add(where, "visits at a distance, but no hub", "a row in plan.remote for the activity")
    shared = distant.merge(hubs, on="activity")
    shared["acts_per_year"] *= shared["share"]
    every = pd.concat([visits[~visits["distant"]].assign(hub=NONE), shared.drop(columns="share")], ignore_index=True)
    columns = ["zone", "activity", "facility", "mode", "hub", "unit"]
    whole = dict.fromkeys(["zone", "activity", "facility", "mode", "hub"], "int64")  # an empty part makes them real
    return every.astype(whole).sort_values(columns, ignore_index=True)[[*columns, "acts_per_year", "minutes"]]


def _unmet(visits: pd.DataFrame, plan: Plan, names: net.Names) -> Floats:
    """Return the acts a year without a place by cell; where nobody is expected, whoever comes has none either."""
    activities = len(names.activities)
    unmet = np.zeros(len(names.zones) * activities)
    zone = pd.Index(names.zones).get_indexer(pd.Index(plan.unmet["zone_id"]))
    activity = pd.Index(names.activities).get_indexer(pd.Index(plan.unmet["activity"]))
    known = (zone >= 0) & (activity >= 0)
    unmet[zone[known] * activities + activity[known]] = plan.unmet["acts_per_year"].to_numpy()[known]
    unmet[unmet < _LEAST_ACTS_PER_YEAR] = 0.0
    cell = (visits["zone"] * activities + visits["activity"]).to_numpy(dtype=np.int64)
    unmet[np.bincount(cell, minlength=len(unmet)) == 0] = 1.0
    return unmet


def _nearest(
    levels: pd.Series, plan: Plan, care: Care, stations: StationBook, minutes: Floats, names: net.Names
) -> Ints:
    """Return where people without a place ask: the nearest facility that may serve them, shape (zones, activities).

    It may when its level does the activity (with visiting staff or without), the plan has not closed the activity
    there, someone of the group of the first task works there and, for a stay, there are beds. Of two equally near the
    one with the smaller id is taken.
    """
    closed = plan.activities[~plan.activities["open_after"].fillna(value=True).astype(bool)]
    shut = set(zip(closed["facility_id"], closed["activity"], strict=True))
    may = {level.id: {*level.activities, *level.visiting} for level in care.levels}
    nearest = np.full((len(names.zones), len(names.activities)), NONE, dtype=np.int64)
    for a, activity in enumerate(names.activities):
        act = care.activity(activity)
        needed = [stations.group(act.tasks[0].staff_group), *([stations.group(BEDS)] if act.bed_days else [])]
        able = np.array(
            [
                activity in may[level]
                and (facility, activity) not in shut
                and all((f, group) in stations.in_post for group in needed)
                for f, (facility, level) in enumerate(zip(names.facilities, levels, strict=True))
            ]
        )
        reach = np.where(able[np.newaxis, :] & ~np.isnan(minutes), minutes, np.inf)
        best = reach.argmin(axis=1)
        nearest[:, a] = np.where(np.isfinite(reach[np.arange(len(best)), best]), best, NONE)
    return nearest


def _inside(region: Region, facilities: pd.DataFrame, names: net.Names) -> np.ndarray:
    """Return whether zone and facility lie in one province; everywhere where provinces are not told."""
    if "province" not in region.zones or "province" not in facilities:
        return np.ones((len(names.zones), len(names.facilities)), dtype=bool)
    of_zone = region.zones.set_index("zone_id")["province"].loc[list(names.zones)].to_numpy()
    return np.asarray(of_zone[:, np.newaxis] == facilities["province"].to_numpy()[np.newaxis, :], dtype=bool)


def _ambulances(facilities: pd.DataFrame, stations: StationBook, minutes: Floats, names: net.Names) -> net.Ambulances:
    group = stations.group(AMBULANCES)
    station = [stations.in_post.get((f, group), NONE) for f in range(len(names.facilities))]
    return net.Ambulances(np.array(station, dtype=np.int64), trips_between(facilities, minutes, names))
