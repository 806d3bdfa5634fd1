"""An extract of OpenStreetMap gives roads, facilities and places, alike from both of its formats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from extract import write_extract
from pyproj import Geod

from territory.cli import main
from territory.errors import GeodataError
from territory.geodata import osm as osm_room
from territory.geodata import read_osm, read_region, write_draft
from territory.network import travel_times
from territory.scenario import NetworkOptions


@pytest.fixture(scope="module")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_extract(tmp_path_factory.mktemp("extract"))


def test_both_formats_give_the_same_tables(extracts: tuple[Path, Path]) -> None:
    text, binary = (read_osm(file) for file in extracts)
    for name, table in text.tables.items():
        pd.testing.assert_frame_equal(table, binary.tables[name], check_dtype=False)
    assert text.head == binary.head
    assert text.head["metric_crs"] == "EPSG:32630"


def test_roads_run_from_junction_to_junction(extracts: tuple[Path, Path]) -> None:
    roads = read_osm(extracts[0]).tables["roads"].set_index(["from_node", "to_node"])
    assert roads.index.tolist() == [("n1", "n3"), ("n3", "n4"), ("n3", "n5")]  # no footway; node 2 is no junction
    assert roads["road_class"].tolist() == ["primary", "track", "secondary"]
    assert roads["speed_kmh"].tolist() == [60.0, 15.0, 0.9 * 40.0]
    metres = Geod(ellps="WGS84").line_length([-5.2, -5.15, -5.1], [33.5, 33.48, 33.45])
    assert roads["km"].iloc[0] == pytest.approx(metres / 1000.0, rel=0.005)  # the libraries measure on a sphere
    assert set(roads["quality"]) == {"estimated"}  # speeds are supposed


def test_facilities_are_those_of_care(extracts: tuple[Path, Path]) -> None:
    facilities = read_osm(extracts[1]).tables["facilities"].set_index("name")
    assert facilities["level"].to_dict() == {"Hôpital A": "hospital", "Centre B": "centre", "Clinique C": "clinic"}
    assert facilities["zone_id"].tolist() == ["osm-n1", "osm-n4", "osm-n4"]
    assert facilities.loc["Hôpital A", ["sector", "beds", "beds_quality"]].tolist() == ["public", 45.0, "osm"]
    assert facilities.loc["Centre B", ["sector", "beds", "beds_quality"]].isna().all()


def test_people_are_told_only_where_they_are_mapped(extracts: tuple[Path, Path]) -> None:
    zones = read_osm(extracts[0]).tables["zones"].set_index("name")
    assert zones["population_persons"].isna().tolist() == [False, True]
    assert zones.loc["Alif", "population_persons"] == 12_000


@pytest.mark.parametrize("which", [0, 1])
def test_an_extract_becomes_a_territory(extracts: tuple[Path, Path], tmp_path: Path, which: int) -> None:
    folder = tmp_path / "new"
    assert main(["new", str(folder), "--from", str(extracts[which])]) == 0
    with pytest.raises(GeodataError) as caught:
        read_region(folder)
    told = str(caught.value)
    assert "zones.csv, row 3, column population_persons: found nothing" in told
    assert "zones.csv, row 2, column population_persons" not in told
    complete(folder)
    region = read_region(folder)
    minutes = travel_times(region, NetworkOptions()).table.set_index(["zone_id", "facility_id"])["minutes"]
    assert len(minutes) == 2 * 3
    assert minutes["osm-n1", "osm-n10"] < minutes["osm-n1", "osm-w103"] < minutes["osm-n1", "osm-n11"]


def complete(folder: Path) -> None:
    """Fill in what the map does not tell."""
    head = yaml.safe_load((folder / "territory.yaml").read_text(encoding="utf-8"))
    head["provinces"] = [{"province": "P", "fr": "P", "en": "P", "ar": "P"}]
    (folder / "territory.yaml").write_text(yaml.safe_dump(head), encoding="utf-8")
    zones = pd.read_csv(folder / "zones.csv")
    shares = {"share_age_0_4": 0.1, "share_age_5_14": 0.2, "share_age_60_plus": 0.1}
    zones["population_persons"] = zones["population_persons"].fillna(900).astype(int)
    zones = zones.assign(province="P", urban_persons=0, area_km2=10.0, area_quality="estimated", **shares)
    zones.to_csv(folder / "zones.csv", index=False)
    facilities = pd.read_csv(folder / "facilities.csv")
    facilities.assign(province="P", sector=facilities["sector"].fillna("public")).to_csv(
        folder / "facilities.csv", index=False
    )
    posts = "facility_id,staff_group,fte,source,quality\nosm-n10,nurse,2,osm,estimated\n"
    (folder / "posts.csv").write_text(posts, encoding="utf-8")


@pytest.mark.parametrize("suffix", [".xlsx", ".gpkg"])
def test_an_extract_goes_into_every_format(extracts: tuple[Path, Path], tmp_path: Path, suffix: str) -> None:
    place = write_draft(read_osm(extracts[0]), tmp_path / f"a{suffix}")
    with pytest.raises(GeodataError, match=r"population_persons|provinces"):
        read_region(place)


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.97])
def test_a_file_cut_short_is_told(extracts: tuple[Path, Path], tmp_path: Path, which: int, share: float) -> None:
    whole = extracts[which].read_bytes()
    cut = tmp_path / extracts[which].name
    cut.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(GeodataError, match=f"{cut.name}: found a file that cannot be read"):
        read_osm(cut)


def test_no_file_no_roads_and_no_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(GeodataError, match="no such file"):
        read_osm(tmp_path / "none.osm")
    empty = tmp_path / "empty.osm"
    empty.write_text('<osm version="0.6"><node id="1" lat="33" lon="-5"/></osm>', encoding="utf-8")
    with pytest.raises(GeodataError, match=r"empty\.osm: found no roads"):
        read_osm(empty)
    monkeypatch.setattr(osm_room, "find_spec", lambda name: None if name == "pyrosm" else np)
    with pytest.raises(GeodataError, match=r"no pyrosm; expected .* pip install 'territory\[osm\]'"):
        read_osm(empty)


def test_places_may_lack(tmp_path: Path) -> None:
    bare = tmp_path / "bare.osm"
    way = '<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="road"/></way>'
    nodes = '<node id="1" lat="33" lon="-5"/><node id="2" lat="33.1" lon="-5"/>'
    bare.write_text(f'<osm version="0.6">{nodes}{way}</osm>', encoding="utf-8")
    tables = read_osm(bare).tables
    assert [len(tables[name]) for name in ("zones", "facilities", "road_nodes", "roads")] == [0, 0, 2, 1]
