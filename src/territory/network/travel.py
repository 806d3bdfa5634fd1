"""How far is it? Minutes and km from each zone to each facility over the roads.

A trip has three parts. People of a zone are spread over its area, so a trip starts with the way to the zone's point:
for a disc of the zone's area the mean distance to its centre is 2/3 of the radius. Then the roads, by the fastest
route. Then the way from the network to the facility's door. The first and last part are straight lines made longer by
a detour factor and travelled at the access speed; so a trip inside a zone follows from its area and is never zero.
"""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from territory.errors import Faults, GeodataError, ScenarioError, nearest
from territory.network.graph import MINUTES_PER_HOUR, links_of, road_graph
from territory.network.kept import kept_times
from territory.network.matrix import adopted_times
from territory.network.points import check_points, on_the_roads, spread_km
from territory.network.routes import fastest_routes
from territory.network.without_car import routes_without_car, shares_without_car
from territory.scenario import NetworkOptions
from territory.tables import Region, TravelTimes

Floats = NDArray[np.float64]

_MOST_TOLD = 20


def travel_times(region: Region, options: NetworkOptions) -> TravelTimes:
    """Return one-way minutes and km for every pair of zone and facility, over the roads or from `options.matrix`.

    Where people without a car travel otherwise, `table` is the mean over the people of a zone.

    Raises
    ------
    GeodataError
        When a point lies too far from the network, or a zone cannot reach a facility over the roads; when a matrix does
        not fit the territory; when a cutoff leaves a zone without any facility.
    ScenarioError
        When the options name a class of roads or a level of care that the region does not have; when `options.cache`
        cannot be used.
    """
    limits = _limits(region, options)
    if options.matrix is not None:
        travel = _within(adopted_times(region, options, options.matrix), region, limits)
    elif options.cache is not None:
        travel = kept_times(region, options, lambda: _over_the_roads(region, options, limits))
    else:
        travel = _over_the_roads(region, options, limits)
    _check_near(region, travel)
    return travel


def _limits(region: Region, options: NetworkOptions) -> Floats:
    """Return the minutes of the longest trip that is kept to each facility."""
    levels = region.facilities["level"]
    known = sorted(set(levels))
    faults = Faults(ScenarioError)
    for word in options.level_cutoff_minutes:
        if word not in known:
            hint = nearest(word, known)
            faults.add("network.level_cutoff_minutes", f"'{word}'", "a level of the region's facilities", hint)
    faults.raise_if_any()
    usual = np.inf if options.cutoff_minutes is None else options.cutoff_minutes
    return np.array([options.level_cutoff_minutes.get(level, usual) for level in levels], dtype=float)


def _over_the_roads(region: Region, options: NetworkOptions, limits: Floats) -> TravelTimes:
    graph = road_graph(region, options)
    points = on_the_roads(region, graph)
    check_points(points, options)
    spread = spread_km(region.zones, options.settled_density_per_km2)
    by_car = _by_car(graph, points, spread, options, float(limits.max(initial=0.0)))
    if options.without_car is None:
        return TravelTimes(table=_table(region, *by_car, limits))
    without = routes_without_car(region, graph, points, spread, options, options.without_car)
    share = shares_without_car(region.zones, options.without_car)[:, None]
    minutes, km = (
        np.where(share > 0, share * slow, 0.0) + np.where(share < 1, (1 - share) * fast, 0.0)
        for slow, fast in zip(without, _by_car(graph, points, spread, options, np.inf), strict=True)
    )
    return TravelTimes(table=_table(region, minutes, km, limits), by_car=_table(region, *by_car, limits))


def _by_car(
    graph: nx.MultiGraph, points: pd.DataFrame, spread: Floats, options: NetworkOptions, limit_minutes: float
) -> tuple[Floats, Floats]:
    """Return minutes and km of each pair by car, shape (zones, facilities); inf where routes alone pass the limit."""
    zones, places = (points[points["kind"] == kind] for kind in ("zone", "facility"))
    starts, targets = (side["node"].to_numpy() for side in (zones, places))
    minutes, km = fastest_routes(len(graph), *links_of(graph), starts, targets, cutoff_minutes=limit_minutes)
    start_km = (zones["snap_km"].to_numpy() + spread) * options.access_detour
    end_km = places["snap_km"].to_numpy() * options.access_detour
    access_km = start_km[:, None] + end_km[None, :]
    minutes += access_km / options.access_speed_kmh * MINUTES_PER_HOUR
    km += access_km
    return minutes, km


def _table(region: Region, minutes: Floats, km: Floats, limits: Floats) -> pd.DataFrame:
    zone, place = np.nonzero(np.isfinite(minutes) & (minutes <= limits))
    return pd.DataFrame(
        {
            "zone_id": region.zones["zone_id"].array.take(zone),
            "facility_id": region.facilities["facility_id"].array.take(place),
            "minutes": minutes[zone, place],
            "km": km[zone, place],
        }
    )


def _within(travel: TravelTimes, region: Region, limits: Floats) -> TravelTimes:
    limit = travel.table["facility_id"].map(dict(zip(region.facilities["facility_id"], limits, strict=True)))
    return TravelTimes(table=travel.table[travel.table["minutes"] <= limit].reset_index(drop=True))


def _check_near(region: Region, travel: TravelTimes) -> None:
    """Refuse cutoffs within which some zone has no facility at all."""
    faults = Faults(GeodataError)
    lived_in = region.zones[region.zones["population_persons"] > 0]
    alone = lived_in["zone_id"][~lived_in["zone_id"].isin(travel.table["zone_id"].unique())]
    for zone_id in alone.head(_MOST_TOLD):
        where, found = f"zones.csv, zone_id '{zone_id}'", "no facility within the cutoff"
        faults.add(where, found, "one at least", "Raise network.cutoff_minutes or level_cutoff_minutes.")
    if len(alone) > _MOST_TOLD:
        faults.add("zones.csv", f"{len(alone) - _MOST_TOLD} more such zones", "none")
    faults.raise_if_any()
