"""Roads -> graph: nodes at the ends of links, edges with minutes and km."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from territory.errors import Faults, ScenarioError, nearest
from territory.scenario import NetworkOptions
from territory.tables import Region

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MINUTES_PER_HOUR = 60.0


def road_graph(region: Region, options: NetworkOptions) -> nx.MultiGraph:
    """Return the roads of a region as an undirected multigraph, without those closed in the month of the options.

    Nodes carry ``x_m, y_m`` (metres) and ``lon, lat``; edges carry ``minutes``, ``km``, ``road_class`` and
    ``terrain_factor`` (1 where none is told). Parallel roads stay apart, so that each can be looked at; routes take the
    fastest.

    Raises
    ------
    ScenarioError
        When the options name a class of roads that the region does not have.
    """
    _check_classes(region, options)
    graph = nx.MultiGraph()
    for node in region.road_nodes.itertuples():
        graph.add_node(node.node_id, x_m=node.x_m, y_m=node.y_m, lon=node.lon, lat=node.lat)
    for road in _open_roads(region.roads, options.month).itertuples():
        factor = options.speed_factor * options.class_speed_factors.get(road.road_class, 1.0)
        terrain = road.terrain_factor if pd.notna(road.terrain_factor) else 1.0
        graph.add_edge(
            road.from_node,
            road.to_node,
            key=road.road_id,
            minutes=road.km / (road.speed_kmh * factor) * MINUTES_PER_HOUR * terrain,
            km=road.km,
            road_class=road.road_class,
            terrain_factor=terrain,
        )
    return graph


def links_of(graph: nx.MultiGraph) -> tuple[Ints, Floats, Floats]:
    """Return the ends of each link, as positions among the nodes, shape (links, 2), its minutes and its km."""
    position = {node: index for index, node in enumerate(graph.nodes)}
    ends = [(position[one], position[other]) for one, other in graph.edges()]
    minutes, km = ([edge[name] for _, _, edge in graph.edges(data=True)] for name in ("minutes", "km"))
    return np.array(ends, dtype=np.int64).reshape(-1, 2), np.array(minutes, dtype=float), np.array(km, dtype=float)


def _open_roads(roads: pd.DataFrame, month: int | None) -> pd.DataFrame:
    if month is None:
        return roads
    closed = roads["closed_months"].fillna("").str.split().map(lambda months: str(month) in months)
    return roads[~closed.astype(bool)]


def _check_classes(region: Region, options: NetworkOptions) -> None:
    faults = Faults(ScenarioError)
    known = sorted(set(region.roads["road_class"]))
    for word in options.class_speed_factors:
        if word not in known:
            faults.add(
                "network.class_speed_factors", f"'{word}'", "a class of roads of the region", nearest(word, known)
            )
    faults.raise_if_any()
