"""Travel equals brute force on the graph, and a hand-solved case."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest

from territory.network import road_graph, travel_times
from territory.network.travel import spread_km
from territory.scenario import NetworkOptions
from territory.tables import Region


def test_minutes_and_km_equal_networkx(small: Region) -> None:
    options = NetworkOptions()
    table = travel_times(small, options).table.set_index(["zone_id", "facility_id"])
    graph = road_graph(small, options)
    nodes = small.road_nodes.set_index("node_id")
    places = small.facilities.set_index("facility_id")
    for zone in small.zones.itertuples():
        lengths = nx.single_source_dijkstra_path_length(graph, zone.zone_id, weight="minutes")
        for facility_id, place in places.iterrows():
            metres = np.hypot(nodes["x_m"] - place["x_m"], nodes["y_m"] - place["y_m"])
            access_km = 1.4 * (metres.min() / 1000 + spread_km(np.array([zone.area_km2]))[0])
            expected = lengths[metres.idxmin()] + access_km / 20 * 60
            assert table.loc[(zone.zone_id, facility_id), "minutes"] == pytest.approx(expected, rel=1e-9)


def test_km_follow_the_fastest_route(small: Region) -> None:
    options = NetworkOptions()
    graph = road_graph(small, options)
    table = travel_times(small, options).table.set_index(["zone_id", "facility_id"])
    zone = small.zones.iloc[0]
    place = small.facilities[small.facilities["zone_id"] != zone["zone_id"]].iloc[-1]
    nodes = small.road_nodes.set_index("node_id")
    metres = np.hypot(nodes["x_m"] - place["x_m"], nodes["y_m"] - place["y_m"])
    route = nx.dijkstra_path(graph, zone["zone_id"], metres.idxmin(), weight="minutes")
    hops = pairwise(route)
    on_road = sum(min(graph[a][b].values(), key=lambda edge: edge["minutes"])["km"] for a, b in hops)
    access = 1.4 * (metres.min() / 1000 + spread_km(np.array([zone["area_km2"]]))[0])
    assert table.loc[(zone["zone_id"], place["facility_id"]), "km"] == pytest.approx(on_road + access, rel=1e-9)


def test_inside_a_zone_travel_follows_from_its_area_and_is_never_zero(pilot: Region) -> None:
    table = travel_times(pilot, NetworkOptions()).table
    assert (table["minutes"] > 0).all()
    assert (table["km"] > 0).all()
    # a disc of pi square km has radius 1 km: people live 2/3 km from its centre
    assert spread_km(np.array([np.pi])) == pytest.approx([2 / 3])


def test_faster_roads_never_lengthen_a_trip(small: Region) -> None:
    slow = travel_times(small, NetworkOptions(speed_factor=0.8)).table["minutes"]
    fast = travel_times(small, NetworkOptions(speed_factor=1.2)).table["minutes"]
    assert (fast <= slow).all()
    assert (fast < slow).any()


def test_every_pair_is_there(pilot: Region) -> None:
    table = travel_times(pilot, NetworkOptions()).table
    assert len(table) == 199 * 502
    assert np.isfinite(table[["minutes", "km"]].to_numpy()).all()


def test_cited_distance_of_the_pilot(pilot: Region) -> None:
    """Taounate to the CHU is 87 km by the press; the estimated roads, 97 km by way of Fès, are too long there."""
    graph = road_graph(pilot, NetworkOptions())
    route = nx.dijkstra_path(graph, "03.531.01.05", "03.231.01.05", weight="minutes")
    hops = pairwise(route)
    km = sum(min(graph[a][b].values(), key=lambda edge: edge["minutes"])["km"] for a, b in hops)
    assert km == pytest.approx(87, rel=0.15)
