"""People without a car walk and ride: a case solved by hand, brute force, and what must follow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.sparse.csgraph import floyd_warshall

from territory.errors import ScenarioError
from territory.network import road_graph, travel_times
from territory.network.points import on_the_roads, spread_km
from territory.scenario import NetworkOptions
from territory.tables import Region


def without(share: float = 1.0, **told: object) -> NetworkOptions:
    return NetworkOptions.model_validate({"without_car": {"share": share, **told}})


def minutes(region: Region, options: NetworkOptions) -> np.ndarray:
    return travel_times(region, options).table["minutes"].to_numpy(dtype=float)


def in_the_country(region: Region) -> Region:
    return replace(region, zones=region.zones.assign(urban_persons=0))


def test_a_walk_and_a_ride_by_hand(small: Region) -> None:
    """A zone at one end of a road of 30 km at 60 km/h and two facilities, at the other end and at its own."""
    zone = small.zones.iloc[[0]].assign(area_km2=np.pi * 9.0, population_persons=10_000, urban_persons=0)
    far = small.zones.iloc[[1]].assign(area_km2=np.pi * 9.0, population_persons=10_000, urban_persons=0)
    zones = pd.concat([zone, far], ignore_index=True)
    nodes = small.road_nodes[small.road_nodes["node_id"].isin(zones["zone_id"])].reset_index(drop=True)
    nodes = nodes.assign(x_m=[0.0, 25_000.0], y_m=0.0)
    places = small.facilities.iloc[[0, 1]].assign(zone_id=zones["zone_id"].to_numpy(), x_m=[0.0, 25_000.0], y_m=0.0)
    road = small.roads.iloc[[0]].assign(from_node=nodes["node_id"].iloc[0], to_node=nodes["node_id"].iloc[1])
    road = road.assign(km=30.0, speed_kmh=60.0, terrain_factor=np.nan)
    one = replace(
        small,
        zones=zones.assign(x_m=[0.0, 25_000.0], y_m=0.0),
        road_nodes=nodes,
        facilities=places.reset_index(drop=True),
        roads=road.reset_index(drop=True),
    )
    # 2 km to the middle of a disc of radius 3 km, 2.8 with the detour, on foot at 4 km/h: 42 minutes; then 10 minutes
    # of waiting and 30 / 0.75 of riding. Nobody rides to what is there.
    options = without(walk_speed_kmh=4.0, taxi_wait_minutes=10.0, taxi_speed_factor=0.75)
    table = travel_times(one, options).table
    assert table["minutes"].to_numpy() == pytest.approx([42, 92, 92, 42])
    assert table["km"].to_numpy() == pytest.approx([2.8, 32.8, 32.8, 2.8])
    # In a town the taxi comes to the door: 10 + (2.8 km at 20 x 0.75 km/h = 11.2) + 40, or 21.2 to what is there.
    town = replace(one, zones=one.zones.assign(urban_persons=[6_000, 4_000]))
    table = travel_times(town, options).table
    assert table["minutes"].to_numpy() == pytest.approx([10 + 11.2, 5 + 11.2 + 40 + 5, 92, 42], abs=1e-9)


@pytest.mark.parametrize("classes", [(), ("regional_plain", "regional_hill"), ("local",)])
def test_equal_to_walks_and_rides_tried_one_by_one(small: Region, classes: tuple[str, ...]) -> None:
    """Floyd and Warshall on walks, on rides, and on the better of a walk and a ride with its wait, three closures."""
    region = in_the_country(small)
    options = without(taxi_wait_minutes=12.0, taxi_road_classes=classes)
    graph = road_graph(region, options)
    place = {node: index for index, node in enumerate(graph.nodes)}
    walk, ride = (np.full((len(graph),) * 2, np.inf) for _ in range(2))
    taxis = set(options.without_car.taxi_road_classes) if options.without_car else set()
    for one, other, edge in graph.edges(data=True):
        pair = place[one], place[other]
        for table, time, open_to in (
            (walk, edge["km"] / 4.5 * 60 * edge["terrain_factor"], True),
            (ride, edge["minutes"] / 0.85, not taxis or edge["road_class"] in taxis),
        ):
            if open_to and time < table[pair]:
                table[pair] = table[pair[::-1]] = time
    best = floyd_warshall(np.minimum(floyd_warshall(walk), floyd_warshall(ride) + 12.0))
    points = on_the_roads(region, graph)
    zones, places = (points[points["kind"] == kind] for kind in ("zone", "facility"))
    start = (zones["snap_km"].to_numpy() + spread_km(region.zones, 10.0)) * 1.4 / 4.5 * 60
    end = places["snap_km"].to_numpy() * 1.4 / 4.5 * 60
    expected = start[:, None] + best[np.ix_(zones["node"], places["node"])] + end
    assert minutes(region, options) == pytest.approx(expected.ravel())


def test_the_mean_follows_the_share_of_each_zone(small: Region) -> None:
    driven, carless = minutes(small, NetworkOptions()), minutes(small, without(1.0))
    assert minutes(small, without(0.25)) == pytest.approx(0.25 * carless + 0.75 * driven)
    assert (minutes(small, without(0.0)) == driven).all()
    own = np.where(np.arange(len(small.zones)) % 2, 0.9, np.nan)
    told = replace(small, zones=small.zones.assign(share_without_car=own))
    share = np.repeat(np.where(np.isnan(own), 0.25, own), len(small.facilities))
    assert minutes(told, without(0.25)) == pytest.approx(share * carless + (1 - share) * driven)


def test_rural_people_may_have_a_share_of_their_own(small: Region) -> None:
    rural = 1 - (small.zones["urban_persons"] / small.zones["population_persons"]).to_numpy(dtype=float)
    share = np.repeat(0.6 + rural * (0.9 - 0.6), len(small.facilities))
    driven, carless = minutes(small, NetworkOptions()), minutes(small, without(1.0))
    assert rural.max() > rural.min()
    assert minutes(small, without(0.6, share_rural=0.9)) == pytest.approx(share * carless + (1 - share) * driven)


def test_staff_and_ambulances_drive(small: Region) -> None:
    travel = travel_times(small, without(0.7))
    assert travel.driven.equals(travel_times(small, NetworkOptions()).table)
    assert (travel.table["minutes"] > travel.driven["minutes"]).all()
    assert travel_times(small, NetworkOptions()).by_car is None


def test_a_cutoff_holds_for_the_mean(small: Region) -> None:
    whole = travel_times(small, without(0.5))
    near = travel_times(small, without(0.5).model_copy(update={"cutoff_minutes": 240.0}))
    assert near.table.equals(whole.table[whole.table["minutes"] <= 240].reset_index(drop=True))
    assert near.driven.equals(whole.driven[whole.driven["minutes"] <= 240].reset_index(drop=True))
    assert 0 < len(near.table) < len(whole.table)


@pytest.mark.parametrize(
    ("slower", "faster"),
    [
        ({"taxi_wait_minutes": 30}, {"taxi_wait_minutes": 5}),
        ({"walk_speed_kmh": 3}, {"walk_speed_kmh": 5}),
        ({"taxi_speed_factor": 0.6}, {"taxi_speed_factor": 1.0}),
        ({"taxi_road_classes": ["regional_plain"]}, {}),
    ],
)
def test_directions(small: Region, slower: dict[str, object], faster: dict[str, object]) -> None:
    more, less = minutes(small, without(1.0, **slower)), minutes(small, without(1.0, **faster))
    assert (less <= more + 1e-9).all()
    assert (less < more - 1e-9).any()


def test_a_class_of_roads_that_nobody_knows_is_told(small: Region) -> None:
    with pytest.raises(ScenarioError, match=r"without_car\.taxi_road_classes: found 'nationl'; expected a class"):
        travel_times(small, without(1.0, taxi_road_classes=["nationl"]))


def test_a_matrix_has_its_own_travellers() -> None:
    with pytest.raises(ValueError, match="travel by the matrix, or without_car over the roads, not both"):
        NetworkOptions.model_validate({"matrix": "times.csv", "without_car": {"share": 0.5}})
