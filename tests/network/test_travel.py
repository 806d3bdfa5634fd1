"""Travel equals brute force on the graph, and a hand-solved case."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from territory.errors import GeodataError, ScenarioError
from territory.geodata import read_region
from territory.network import road_graph, travel_times
from territory.network.points import spread_km
from territory.scenario import NetworkOptions
from territory.tables import Region


def spread_of(region: Region, zone_id: str) -> float:
    zones = region.zones
    return float(spread_km(zones, NetworkOptions().settled_density_per_km2)[zones["zone_id"] == zone_id][0])


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
            access_km = 1.4 * (metres.min() / 1000 + spread_of(small, zone.zone_id))
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
    access = 1.4 * (metres.min() / 1000 + spread_of(small, zone["zone_id"]))
    assert table.loc[(zone["zone_id"], place["facility_id"]), "km"] == pytest.approx(on_road + access, rel=1e-9)


def test_inside_a_zone_travel_follows_from_its_area_and_is_never_zero(pilot: Region) -> None:
    table = travel_times(pilot, NetworkOptions()).table
    assert (table["minutes"] > 0).all()
    assert (table["km"] > 0).all()
    # a disc of pi square km has radius 1 km: people live 2/3 km from its centre
    zone = pd.DataFrame({"area_km2": [np.pi], "population_persons": [1000]})
    assert spread_km(zone, 10.0) == pytest.approx([2 / 3])


def test_people_of_a_desert_live_on_the_land_that_they_fill() -> None:
    zones = pd.DataFrame({"area_km2": [20_000.0, 20_000.0, 20.0], "population_persons": [100 * np.pi, 0.0, 1000.0]})
    settled, empty, usual = spread_km(zones, 1.0)
    assert settled == pytest.approx(2 / 3 * 10)
    assert empty == pytest.approx(2 / 3 * np.sqrt(20_000 / np.pi))
    assert usual == pytest.approx(2 / 3 * np.sqrt(20 / np.pi))


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


def changed(region: Region, road: int, **columns: object) -> Region:
    roads = region.roads.copy()
    for name, value in columns.items():
        roads[name] = roads[name].astype(object).where(roads.index != road, value)
    return replace(region, roads=roads)


def test_a_pass_closed_in_winter_lengthens_trips_of_that_month_alone(small: Region) -> None:
    graph = road_graph(small, NetworkOptions())
    simple = nx.Graph(graph)
    bridges = {frozenset(pair) for pair in nx.bridges(simple)}
    ends = small.roads[["from_node", "to_node"]].apply(frozenset, axis=1)
    alone = ends.map(ends.value_counts()) == 1
    loop = int(small.roads.index[alone & ~ends.isin(bridges)][0])
    winter = changed(small, loop, closed_months="12 1 2")
    open_all_year = travel_times(small, NetworkOptions()).table["minutes"]
    for month, closed in ((1, True), (7, False), (12, True), (None, False)):
        found = travel_times(winter, NetworkOptions(month=month)).table["minutes"]
        assert (found >= open_all_year - 1e-9).all()
        assert bool((found > open_all_year + 1e-9).any()) == closed
    cut = changed(small, int(small.roads.index[alone & ends.isin(bridges)][0]), closed_months="1")
    with pytest.raises(GeodataError, match="cut off: no road open in month 1 joins it"):
        travel_times(cut, NetworkOptions(month=1))


def test_terrain_and_class_change_the_minutes_of_a_road(small: Region) -> None:
    road = small.roads.iloc[0]
    steep = road_graph(changed(small, 0, terrain_factor=1.5), NetworkOptions())
    ends = road["from_node"], road["to_node"], road["road_id"]
    plain = road["km"] / road["speed_kmh"] * 60
    assert steep.edges[ends]["minutes"] == pytest.approx(1.5 * plain)
    slow = road_graph(small, NetworkOptions(class_speed_factors={road["road_class"]: 0.5}))
    assert slow.edges[ends]["minutes"] == pytest.approx(2 * plain)
    with pytest.raises(ScenarioError, match=r"class_speed_factors: found 'motorwey'; expected a class of roads"):
        road_graph(small, NetworkOptions(class_speed_factors={"motorwey": 0.5}))


def test_months_that_are_none_are_told(folder: Path) -> None:
    roads = pd.read_csv(folder / "roads.csv", dtype=str)
    roads.assign(closed_months="").assign(
        closed_months=lambda own: own["closed_months"].where(own.index != 2, "12 13")
    ).to_csv(folder / "roads.csv", index=False)
    with pytest.raises(GeodataError, match=r"roads\.csv, row 4, column closed_months: found '13'; expected months"):
        read_region(folder)
