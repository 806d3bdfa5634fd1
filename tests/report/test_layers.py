"""The layers: counts, places, and the outlines back again."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest

from territory.report import RunData, read_outlines, write_layers


def test_layers_counts_and_places(run: RunData, tmp_path: Path) -> None:
    path = tmp_path / "territory.gpkg"
    write_layers(run, path)
    layers = {name: gpd.read_file(path, layer=name) for name in gpd.list_layers(path)["name"]}
    assert {name: len(layer) for name, layer in layers.items()} == {
        "zones": 3,
        "facilities": 3,
        "flows": 4,
        "provinces": 2,
    }
    assert {layer.crs.to_epsg() for layer in layers.values()} == {4326}
    flows = layers["flows"].set_index(["zone_id", "facility_id"])
    assert flows.loc[("z2", "F-2"), "acts_per_year"] == 700.0
    assert list(flows.loc[("z2", "F-1")].geometry.coords) == [(-4.0, 34.2), (-5.01, 34.04)]
    assert flows["acts_per_year"].sum() == run.tables["visits"]["acts_per_year"].sum()
    zones = layers["zones"].set_index("zone_id")
    assert zones.loc["z3", "unmet_share"] == pytest.approx(0.75)
    assert zones.loc["z2", "reach_doctor"] == pytest.approx(2.0)
    assert layers["facilities"].set_index("facility_id").loc["F-1", "workload"] == pytest.approx(0.75)


def test_outlines_come_back(run: RunData, tmp_path: Path) -> None:
    write_layers(run, tmp_path / "territory.gpkg")
    assert read_outlines(tmp_path / "territory.gpkg") == run.outlines


def test_a_bare_run_has_layers(empty_run: RunData, tmp_path: Path) -> None:
    path = tmp_path / "territory.gpkg"
    write_layers(empty_run, path)
    assert sorted(gpd.list_layers(path)["name"]) == ["facilities", "flows", "provinces", "zones"]
    assert read_outlines(path) == {}


def test_same_run_same_bytes_and_nothing_left_behind(run: RunData, tmp_path: Path) -> None:
    for name in ("a.gpkg", "b.gpkg", "b.gpkg"):
        write_layers(run, tmp_path / name)
    assert (tmp_path / "a.gpkg").read_bytes() == (tmp_path / "b.gpkg").read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.gpkg", "b.gpkg"]
