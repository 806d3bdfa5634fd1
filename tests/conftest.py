"""What many tests share: the pilot region, and a small real one cut out of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from territory.care import Care, read_care
from territory.geodata import read_region
from territory.tables import Region

ROOT = Path(__file__).parents[1]
PILOT = ROOT / "geodata" / "fes-meknes"
SMALL_PROVINCES = ("Ifrane", "El Hajeb")


@pytest.fixture(scope="session")
def care() -> Care:
    return read_care("morocco")


@pytest.fixture(scope="session")
def pilot() -> Region:
    return read_region(PILOT)


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a territory folder of two real provinces (26 zones), cut out of the pilot region."""
    folder = tmp_path_factory.mktemp("territories") / "small"
    folder.mkdir()
    for file in ("territory.yaml", "provinces.geojson"):
        shutil.copy(PILOT / file, folder / file)
    tables = {file.stem: pd.read_csv(file, dtype=str, keep_default_na=False) for file in PILOT.glob("*.csv")}
    zones = tables["zones"][tables["zones"]["province"].isin(SMALL_PROVINCES)]
    facilities = tables["facilities"][tables["facilities"]["zone_id"].isin(zones["zone_id"])]
    nodes = tables["road_nodes"][tables["road_nodes"]["node_id"].isin(zones["zone_id"])]
    roads = tables["roads"]
    cut = {
        "zones": zones,
        "facilities": facilities,
        "posts": tables["posts"][tables["posts"]["facility_id"].isin(facilities["facility_id"])],
        "road_nodes": nodes,
        "roads": roads[roads["from_node"].isin(nodes["node_id"]) & roads["to_node"].isin(nodes["node_id"])],
    }
    for name, table in cut.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder


@pytest.fixture(scope="session")
def small(small_folder: Path) -> Region:
    return read_region(small_folder)


@pytest.fixture
def folder(small_folder: Path, tmp_path: Path) -> Path:
    """Return a copy of the small territory that a test may break."""
    copy = tmp_path / "broken"
    shutil.copytree(small_folder, copy)
    return copy
