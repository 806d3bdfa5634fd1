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
from scipy.spatial import cKDTree

from territory.errors import Faults, GeodataError
from territory.network.graph import MINUTES_PER_HOUR, links_of, road_graph
from territory.network.matrix import adopted_times
from territory.network.routes import fastest_routes
from territory.scenario import NetworkOptions
from territory.tables import Region, TravelTimes

Vector = NDArray[np.float64]
Nodes = NDArray[np.int64]

_MEAN_DISTANCE_IN_DISC = 2.0 / 3.0
_M_PER_KM = 1000.0
_MOST_TOLD = 20


def travel_times(region: Region, options: NetworkOptions) -> TravelTimes:
    """Return one-way minutes and km for every pair of zone and facility, over the roads or from `options.matrix`.

    Raises
    ------
    GeodataError
        When a point lies too far from the network, or a zone cannot reach a facility over the roads; when a matrix does
        not fit the territory.
    """
    if options.matrix is not None:
        return adopted_times(region, options, options.matrix)
    graph = road_graph(region, options)
    nodes = list(graph.nodes)
    faults = Faults(GeodataError)
    zone_node, zone_snap_km = _snap(region, region.zones, "zone_id", "zones.csv", options, faults)
    place_node, place_snap_km = _snap(region, region.facilities, "facility_id", "facilities.csv", options, faults)
    _check_reached(region, graph, nodes, zone_node, place_node, faults)
    faults.raise_if_any()
    start_km = (zone_snap_km + spread_km(region.zones["area_km2"].to_numpy(dtype=float))) * options.access_detour
    end_km = place_snap_km * options.access_detour
    access_km = start_km[:, None] + end_km[None, :]
    cutoff = np.inf if options.cutoff_minutes is None else options.cutoff_minutes
    minutes, km = fastest_routes(len(nodes), *links_of(graph), zone_node, place_node, cutoff_minutes=cutoff)
    minutes += access_km / options.access_speed_kmh * MINUTES_PER_HOUR
    km += access_km
    zone, place = np.nonzero(minutes <= cutoff)
    if options.cutoff_minutes is not None:
        _check_near(region, zone, cutoff)
    table = pd.DataFrame(
        {
            "zone_id": region.zones["zone_id"].array.take(zone),
            "facility_id": region.facilities["facility_id"].array.take(place),
            "minutes": minutes[zone, place],
            "km": km[zone, place],
        }
    )
    return TravelTimes(table=table)


def spread_km(area_km2: Vector) -> Vector:
    """Return the mean km from the inhabitants of a zone to its point: 2/3 of the radius of a disc of its area."""
    radius: Vector = np.sqrt(area_km2 / np.pi)
    return _MEAN_DISTANCE_IN_DISC * radius


def _snap(
    region: Region, table: pd.DataFrame, id_column: str, file: str, options: NetworkOptions, faults: Faults
) -> tuple[Nodes, Vector]:
    """Return the nearest road node of each point and the straight distance to it in km."""
    tree = cKDTree(region.road_nodes[["x_m", "y_m"]].to_numpy(dtype=float))
    metres, node = tree.query(table[["x_m", "y_m"]].to_numpy(dtype=float))
    km = np.asarray(metres, dtype=float) / _M_PER_KM
    for position in np.flatnonzero(km > options.largest_snap_km)[:_MOST_TOLD]:
        faults.add(
            f"{file}, {id_column} '{table[id_column].iloc[position]}'",
            f"a point {km[position]:.1f} km from the nearest road",
            f"at most {options.largest_snap_km:g} km",
            "Add the road, correct the point, or raise network.largest_snap_km.",
        )
    return np.asarray(node, dtype=np.int64), km


def _check_near(region: Region, zone: Nodes, cutoff_minutes: float) -> None:
    """Refuse a cutoff within which some zone has no facility at all."""
    faults = Faults(GeodataError)
    alone = np.setdiff1d(np.arange(len(region.zones)), zone)
    for position in alone[:_MOST_TOLD]:
        where = f"zones.csv, zone_id '{region.zones['zone_id'].iloc[position]}'"
        found = f"no facility within {cutoff_minutes:g} minutes"
        faults.add(where, found, "one at least", "Raise network.cutoff_minutes.")
    faults.raise_if_any()


def _check_reached(
    region: Region,
    graph: nx.MultiGraph,
    nodes: list[str],
    zone_node: Nodes,
    place_node: Nodes,
    faults: Faults,
) -> None:
    """Note every zone and facility that stands on an island, apart from the largest connected piece of the network."""
    mainland = max(nx.connected_components(graph), key=len)
    on_island = np.array([node not in mainland for node in nodes])
    sides = (
        (region.zones, "zone_id", "zones.csv", on_island[zone_node]),
        (region.facilities, "facility_id", "facilities.csv", on_island[place_node]),
    )
    for table, id_column, file, lost in sides:
        for position in np.flatnonzero(lost)[:_MOST_TOLD]:
            row = table.iloc[position]
            faults.add(
                f"{file}, {id_column} '{row[id_column]}'",
                f"{row['name']} cut off: no road joins it to the rest of the territory",
                "a way from every zone to every facility",
                "Add the missing link to roads.csv.",
            )
