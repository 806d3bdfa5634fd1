"""What the build of a region estimates, on places that could break it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from shapely import Polygon

BUILD = Path(__file__).parents[2] / "geodata" / "build"
CRS = "EPSG:26191"
DENSITY = 3000.0


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    monkeypatch.syspath_prepend(str(BUILD))
    import areas
    import links

    return areas, links


def zones(points: list[tuple[float, float]], kinds: list[str], people: list[int]) -> pd.DataFrame:
    lon, lat = zip(*points, strict=True)
    return pd.DataFrame(
        {
            "zone_id": [f"z{number}" for number in range(len(points))],
            "province": "P",
            "kind": kinds,
            "population_persons": people,
            "lon": lon,
            "lat": lat,
            "area_km2": np.nan,
            "area_quality": "",
        }
    )


@pytest.mark.parametrize(
    "points",
    [
        [(-5.1, 34.1), (-5.1, 34.1), (-5.4, 34.4)],  # two coincide
        [(-5.1, 34.1), (-9.0, 30.0), (-9.0, 30.1)],  # two far outside, moved to one corner
        [(-5.1, 34.1)],
    ],
)
@pytest.mark.parametrize("towns", [0, 1, 3])
def test_each_zone_has_an_area_and_the_province_its_own(
    build: tuple[Any, Any], points: list[tuple[float, float]], towns: int
) -> None:
    outline = {"P": Polygon([(-5.5, 34.0), (-5.0, 34.0), (-5.0, 34.5), (-5.5, 34.5)])}
    kinds = ["municipality"] * min(towns, len(points)) + ["rural_commune"] * max(len(points) - towns, 0)
    table = zones(points, kinds, [30_000] * len(points))
    areas = build[0].cell_areas(table, outline, CRS, DENSITY)["area_km2"]
    assert (areas > 0).all()
    whole = float(build[0].gpd.GeoSeries(list(outline.values()), crs="EPSG:4326").to_crs(CRS).area.iloc[0]) / 1e6
    assert areas.sum() == pytest.approx(whole, abs=0.01)
    if 0 < towns < len(points):
        assert areas[0] == pytest.approx(10.0, abs=0.01)


@pytest.mark.parametrize("count", [1, 2, 3, 40])
def test_links_join_all_places_even_those_that_coincide(build: tuple[Any, Any], count: int) -> None:
    points = np.random.default_rng(count).uniform(0, 50_000, (count, 2))
    points = np.vstack([points, points[:1]])
    one, other = build[1].gabriel_links(points)
    graph = nx.Graph(zip(one.tolist(), other.tolist(), strict=True))
    graph.add_nodes_from(range(len(points)))
    assert nx.is_connected(graph)


def test_coinciding_places_are_not_joined_by_a_road_of_no_length(build: tuple[Any, Any]) -> None:
    nodes = pd.DataFrame({"node_id": ["z0", "z1"], "lon": [-5.1, -5.1], "lat": [34.1, 34.1]})
    table = zones([(-5.1, 34.1), (-5.1, 34.1)], ["rural_commune"] * 2, [1, 1])
    rules = {name: {"factor": 1.4, "speed_kmh": 40} for name in ("main", "local")}
    links = build[1].estimate_links(rules, nodes, table, {}, CRS)
    assert links["km"].tolist() == [0.1]
