"""Travel of people without a car: on foot, and by collective taxi where one goes.

The roads are there twice, once for walks and once for rides. Between the two layers a link at each node stands for
getting into a taxi, and out: half the wait each way, so that a ride waits once and a trip back takes as long. Zones and
facilities are nodes too, joined to the walks at their node of the roads, and in towns, where a taxi comes to the door,
to the rides. The fastest route over all of it is the quickest mix; a short trip is a walk.
"""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from territory.errors import Faults, ScenarioError, nearest
from territory.network.graph import MINUTES_PER_HOUR, links_of
from territory.network.routes import fastest_routes
from territory.scenario import NetworkOptions, WithoutCar
from territory.tables import Region

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_TOWN = 0.5  # part of the people of a zone that are urban from which it is a town
_LEAST_MINUTES = np.finfo(float).tiny  # no link may take no time at all


def shares_without_car(zones: pd.DataFrame, profile: WithoutCar) -> Floats:
    """Return the part of each zone's people without a car: the zone's own, else that of its urban and rural people."""
    people, urban = (zones[name].to_numpy(dtype=float) for name in ("population_persons", "urban_persons"))
    in_town = np.divide(urban, people, out=np.ones(len(zones)), where=people > 0)
    rural = profile.share if profile.share_rural is None else profile.share_rural
    usual = in_town * profile.share + (1 - in_town) * rural
    own = zones["share_without_car"].to_numpy(dtype=float)
    return np.asarray(np.where(np.isnan(own), usual, own))


def routes_without_car(
    region: Region,
    graph: nx.MultiGraph,
    points: pd.DataFrame,
    spread: Floats,
    options: NetworkOptions,
    profile: WithoutCar,
) -> tuple[Floats, Floats]:
    """Return minutes and km from each zone to each facility without a car, shape (zones, facilities).

    Parameters
    ----------
    region, graph
        The roads as the options open them.
    points
        Where zones and facilities meet the roads, of `points.on_the_roads`.
    spread
        Mean km from the people of each zone to its point, shape (zones,).
    options, profile
        Speeds.

    Raises
    ------
    ScenarioError
        When taxis take a class of roads that the region does not have.
    """
    _check_classes(region, profile)
    links = [*_roads(graph, profile), *_doors(region, points, spread, options, profile, len(graph))]
    ends, minutes, km = (np.concatenate(parts) for parts in zip(*links, strict=True))
    zones, places = len(region.zones), len(region.facilities)
    first = 2 * len(graph)
    starts, targets = np.arange(first, first + zones), np.arange(first + zones, first + zones + places)
    return fastest_routes(first + zones + places, ends, np.maximum(minutes, _LEAST_MINUTES), km, starts, targets)


def _check_classes(region: Region, profile: WithoutCar) -> None:
    faults = Faults(ScenarioError)
    known = sorted(set(region.roads["road_class"]))
    for word in profile.taxi_road_classes:
        if word not in known:
            where = "network.without_car.taxi_road_classes"
            faults.add(where, f"'{word}'", "a class of roads of the region", nearest(word, known))
    faults.raise_if_any()


def _roads(graph: nx.MultiGraph, profile: WithoutCar) -> list[tuple[Ints, Floats, Floats]]:
    """Return the links of walks, of rides and between them: ends, minutes, km."""
    count = len(graph)
    ends, driven, km = links_of(graph)
    ease = np.array([edge["terrain_factor"] for _, _, edge in graph.edges(data=True)], dtype=float)
    classes = np.array([edge["road_class"] for _, _, edge in graph.edges(data=True)], dtype=object)
    taxi = np.isin(classes, list(profile.taxi_road_classes)) | (not profile.taxi_road_classes)
    node = np.arange(count)
    wait = np.full(count, profile.taxi_wait_minutes / 2)
    return [
        (ends, km / profile.walk_speed_kmh * MINUTES_PER_HOUR * ease, km),
        (ends[taxi] + count, driven[taxi] / profile.taxi_speed_factor, km[taxi]),
        (np.column_stack([node, node + count]), wait, np.zeros(count)),
    ]


def _doors(
    region: Region, points: pd.DataFrame, spread: Floats, options: NetworkOptions, profile: WithoutCar, count: int
) -> list[tuple[Ints, Floats, Floats]]:
    """Return the links from zones and facilities to the walks, and in towns to the rides: ends, minutes, km."""
    own = region.zones.set_index("zone_id")
    town = own["urban_persons"] >= _TOWN * own["population_persons"]
    in_town = np.concatenate([town.to_numpy(), town.reindex(region.facilities["zone_id"]).to_numpy()]).astype(bool)
    door = 2 * count + np.arange(len(points))
    node = points["node"].to_numpy()
    km = points["snap_km"].to_numpy() + np.concatenate([spread, np.zeros(len(region.facilities))])
    km *= options.access_detour
    ride = km / (options.access_speed_kmh * profile.taxi_speed_factor) * MINUTES_PER_HOUR
    return [
        (np.column_stack([door, node]), km / profile.walk_speed_kmh * MINUTES_PER_HOUR, km),
        (
            np.column_stack([door, node + count])[in_town],
            ride[in_town] + profile.taxi_wait_minutes / 2,
            km[in_town],
        ),
    ]
