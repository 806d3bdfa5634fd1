"""Roads -> graph: nodes at the ends of links, edges with minutes and km."""

from __future__ import annotations

import networkx as nx

from territory.scenario import NetworkOptions
from territory.tables import Region

MINUTES_PER_HOUR = 60.0


def road_graph(region: Region, options: NetworkOptions) -> nx.MultiGraph:
    """Return the roads of a region as an undirected multigraph.

    Nodes carry ``x_m, y_m`` (metres) and ``lon, lat``; edges carry ``minutes``, ``km`` and ``road_class``. Parallel
    roads stay apart, so that each can be looked at; routes take the fastest.
    """
    graph = nx.MultiGraph()
    for node in region.road_nodes.itertuples():
        graph.add_node(node.node_id, x_m=node.x_m, y_m=node.y_m, lon=node.lon, lat=node.lat)
    for road in region.roads.itertuples():
        minutes = road.km / (road.speed_kmh * options.speed_factor) * MINUTES_PER_HOUR
        graph.add_edge(
            road.from_node, road.to_node, key=road.road_id, minutes=minutes, km=road.km, road_class=road.road_class
        )
    return graph
