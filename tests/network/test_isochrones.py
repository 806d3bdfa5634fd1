"""Isochrones against travel itself: a point is inside just when a facility is so near."""

from __future__ import annotations

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from scipy.spatial import cKDTree

import territory as tt
from territory.errors import GeodataError
from territory.network import road_graph
from territory.scenario import NetworkOptions
from territory.tables import Region

OPTIONS = NetworkOptions()


def minutes_from(points: np.ndarray, region: Region, facilities: list[str]) -> np.ndarray:
    """Return minutes from points to the nearest facility, by another way: NetworkX from each of them."""
    graph = road_graph(region, OPTIONS)
    names = region.road_nodes["node_id"].to_numpy()
    tree = cKDTree(region.road_nodes[["x_m", "y_m"]].to_numpy(dtype=float))
    per_metre = OPTIONS.access_detour / OPTIONS.access_speed_kmh * 60 / 1000
    away, node = tree.query(points)
    least = np.full(len(points), np.inf)
    for place in region.facilities[region.facilities["facility_id"].isin(facilities)].itertuples():
        door, start = tree.query([place.x_m, place.y_m])
        routes = nx.single_source_dijkstra_path_length(graph, names[start], weight="minutes")
        roads = np.array([routes[name] for name in names[node]])
        least = np.minimum(least, roads + (away + door) * per_metre)
    return least


def test_a_point_is_inside_just_when_a_facility_is_so_near(small: Region) -> None:
    facilities = small.facilities["facility_id"].iloc[[0, 20, 40]].tolist()
    limits = [20, 45, 90]
    found = tt.isochrones(small, OPTIONS, facilities, limits)
    assert found.crs.to_epsg() == 4326
    assert found["minutes"].tolist() == limits
    draw = np.random.default_rng(3)
    low, high = (small.zones[["x_m", "y_m"]].agg(how).to_numpy() for how in ("min", "max"))
    points = draw.uniform(low, high, (400, 2))
    minutes = minutes_from(points, small, facilities)
    inside = gpd.GeoSeries(shapely.points(points), crs=small.metric_crs).to_crs(4326)
    for limit, shape in zip(limits, found.geometry, strict=True):
        clear = np.abs(minutes - limit) > 0.3  # a disc is drawn with corners
        assert clear.sum() > 300
        assert (shape.contains(inside.array)[clear] == (minutes <= limit)[clear]).all()
    assert found.geometry.iloc[1].contains(found.geometry.iloc[0].buffer(-1e-6))


def test_nothing_may_be_so_near(small: Region) -> None:
    far = small.facilities.assign(x_m=small.facilities["x_m"] + 1e6)
    region = Region(**{**vars(small), "facilities": far})
    found = tt.isochrones(region, OPTIONS, far["facility_id"].tolist()[:1], [5])
    assert found.geometry.is_empty.all()


def test_unknown_facilities_and_limits_are_told_at_once(small: Region) -> None:
    with pytest.raises(GeodataError, match=r"found 'FM-X'") as caught:
        tt.isochrones(small, OPTIONS, ["FM-X"], [-5, np.nan])
    assert len(caught.value.faults) == 3
    with pytest.raises(GeodataError, match="facilities: found none; expected one at least"):
        tt.isochrones(small, OPTIONS, [], [30])
