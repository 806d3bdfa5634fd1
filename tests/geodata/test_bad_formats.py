"""What is wrong in a layer, a workbook, a GeoPackage or a CSV file is told with its place and the way out."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from openpyxl import Workbook
from shapely import LineString, Point, Polygon

from territory.cli import main
from territory.errors import GeodataError
from territory.geodata import read_region, write_region
from territory.tables import Region


def told_of(place: Path) -> str:
    with pytest.raises(GeodataError) as caught:
        read_region(place)
    return "\n".join(str(fault) for fault in caught.value.faults)


def points(folder: Path, part: str = "facilities") -> gpd.GeoDataFrame:
    """Take the CSV of a part away and return it as a layer."""
    table = pd.read_csv(folder / f"{part}.csv", dtype=str)
    (folder / f"{part}.csv").unlink()
    shapes = gpd.points_from_xy(table["lon"].astype(float), table["lat"].astype(float), crs="EPSG:4326")
    return gpd.GeoDataFrame(table.drop(columns=["lon", "lat"]), geometry=shapes)


def without_crs(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return layer.set_crs(None, allow_override=True)


def degrees_called_metres(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return layer.set_crs("EPSG:26191", allow_override=True)


def metres_called_degrees(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return layer.to_crs("EPSG:26191").set_crs("EPSG:4326", allow_override=True)


def another_zone(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return layer.to_crs("EPSG:26191").set_crs("EPSG:26192", allow_override=True)


def a_line(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    layer.loc[layer.index[2], "geometry"] = LineString([(-5.0, 33.5), (-5.1, 33.5)])
    return layer


def no_shape(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    layer.loc[layer.index[2], "geometry"] = None
    return layer


def no_rows(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return layer.iloc[:0]


def twice(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return pd.concat([layer, layer.iloc[[0]]], ignore_index=True)


LAYERS = [
    (without_crs, r"facilities.gpkg: found no coordinate system; .*Set it in QGIS"),
    (degrees_called_metres, r"found coordinates within [\d.]+ called metres .* look like degrees: .*EPSG:4326"),
    (metres_called_degrees, r"found coordinates to [\d,]+ called degrees .* look like metres"),
    (another_zone, r"facilities.gpkg, row 1: found facility_id .* outside the territory"),
    (a_line, r"facilities.gpkg, row 3: found a LineString; expected a Point or Polygon"),
    (no_shape, r"facilities.gpkg, row 3: found no shape"),
    (no_rows, r"facilities.gpkg: found no features"),
    (twice, r"facilities.gpkg, row \d+: found facility_id .* a second time"),
]


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
@pytest.mark.parametrize(("spoil", "expected"), LAYERS, ids=[case[0].__name__ for case in LAYERS])
def test_a_spoilt_layer(folder: Path, spoil: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame], expected: str) -> None:
    spoil(points(folder)).to_file(folder / "facilities.gpkg", engine="pyogrio")
    assert re.search(expected, told_of(folder))


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".shp"])
@pytest.mark.filterwarnings("ignore:Column names longer", "ignore:Normalized/laundered")
def test_a_layer_cut_short(folder: Path, suffix: str) -> None:
    file = folder / f"facilities{suffix}"
    points(folder).to_file(file, engine="pyogrio")
    if suffix == ".shp":
        file.with_suffix(".dbf").unlink()
        file.with_suffix(".shx").unlink()
    file.write_bytes(file.read_bytes()[:60])
    assert re.search(rf"facilities{suffix}: found a file that cannot be read", told_of(folder))


@pytest.mark.filterwarnings("ignore:Column names longer", "ignore:Normalized/laundered")
def test_names_of_a_shapefile_that_may_be_two_columns(folder: Path) -> None:
    layer = points(folder, "zones").drop(columns="share_age_5_14")
    layer.to_file(folder / "zones.shp", engine="pyogrio")
    told = told_of(folder)
    assert re.search(r"zones.shp: found 2 field\(s\) share_age_, share_ag_1 for share_age_0_4, share_age_5_14", told)
    assert "use a GeoPackage" in told


def test_two_files_of_one_table(folder: Path) -> None:
    outlines = gpd.read_file(folder / "provinces.geojson")
    outlines.to_file(folder / "provinces.gpkg", engine="pyogrio")
    table = pd.read_csv(folder / "zones.csv", dtype=str)
    points(folder, "zones").to_file(folder / "zones.gpkg", engine="pyogrio")
    table.to_csv(folder / "zones.csv", index=False)
    told = told_of(folder)
    assert "found zones.csv and zones.gpkg; expected one file of zones" in told
    assert "found provinces.gpkg and provinces.geojson; expected one file of provinces" in told


def test_outlines_that_cross_themselves_do_not_break_the_check(folder: Path) -> None:
    bow = Polygon([(-6, 33), (-6, 35), (-4, 35), (-4, 32.8), (-3.8, 33)])
    assert not bow.is_valid
    gpd.GeoDataFrame({"province": ["Ifrane"]}, geometry=[bow], crs="EPSG:4326").to_file(
        folder / "provinces.geojson", engine="pyogrio"
    )
    read_region(folder)


def test_points_far_off_without_outlines(folder: Path) -> None:
    (folder / "provinces.geojson").unlink()
    table = pd.read_csv(folder / "facilities.csv", dtype=str)
    table.loc[0, ["lon", "lat"]] = ["6.18", "48.69"]
    table.to_csv(folder / "facilities.csv", index=False)
    told = told_of(folder)
    assert re.search(
        r"facilities.csv, row 2: .* outside the territory; expected a point inside the area of Merchich", told
    )


def merged(book: Workbook) -> None:
    book["zones"].merge_cells("A1:C1")


def a_date(book: Workbook) -> None:
    book["zones"]["A4"] = dt.date(2026, 3, 1)


def an_error(book: Workbook) -> None:
    book["posts"]["C5"] = "#REF!"


def a_gap(book: Workbook) -> None:
    book["facilities"].insert_rows(4)


def a_sheet_less(book: Workbook) -> None:
    del book["posts"]


def a_head_twice(book: Workbook) -> None:
    book["zones"]["B1"] = "zone_id"


def no_heads(book: Workbook) -> None:
    book["zones"].insert_rows(1)


def no_crs(book: Workbook) -> None:
    for row in book["territory"].iter_rows(min_row=2):
        if row[0].value == "metric_crs":
            row[1].value = "EPSG:4326"


def no_key(book: Workbook) -> None:
    book["territory"]["A1"] = "ky"


WORKBOOKS = [
    (merged, r"sheet zones, cells A1:C1: found merged cells; .* Unmerge them"),
    (a_date, r"sheet zones, cell A4: found the date 2026-03-01.*; expected a code .* format the column as text"),
    (an_error, r"sheet posts, cell C5: found the error #REF!"),
    (a_gap, r"sheet facilities, row 4: found an empty row; .* Delete it"),
    (a_sheet_less, r"found no sheet 'posts'; expected a sheet for each table"),
    (a_head_twice, r"sheet zones, row 1: found column 'zone_id' twice"),
    (no_heads, r"sheet zones, row 1: found no names of columns"),
    (no_crs, r"bad.xlsx, metric_crs: found 'EPSG:4326' \(WGS 84\); expected a projected"),
    (no_key, r"sheet territory: found no column 'key'"),
]


@pytest.mark.parametrize(("spoil", "expected"), WORKBOOKS, ids=[case[0].__name__ for case in WORKBOOKS])
def test_a_spoilt_workbook(small: Region, tmp_path: Path, spoil: Callable[[Workbook], None], expected: str) -> None:
    book = openpyxl.load_workbook(write_region(small, tmp_path / "good.xlsx"))
    spoil(book)
    book.save(tmp_path / "bad.xlsx")
    assert re.search(expected, told_of(tmp_path / "bad.xlsx"))


def test_all_faults_of_a_workbook_at_once(small: Region, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_region(small, tmp_path / "good.xlsx"))
    no_key(book)
    a_date(book)
    book["facilities"]["C2"] = "publik"
    book["roads"]["F3"] = -1
    book.save(tmp_path / "bad.xlsx")
    told = told_of(tmp_path / "bad.xlsx")
    for expected in ("no column 'key'", "the date 2026-03-01", "sheet roads, row 3"):
        assert expected in told


@pytest.mark.parametrize("name", ["bad.xlsx", "bad.gpkg"])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.6])
def test_a_file_cut_short(
    small: Region, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, share: float
) -> None:
    whole = write_region(small, tmp_path / f"good{Path(name).suffix}").read_bytes()
    (tmp_path / name).write_bytes(whole[: int(len(whole) * share)])
    assert name in told_of(tmp_path / name)
    assert main(["check", str(tmp_path / name)]) == 2
    assert "cannot be used" in capsys.readouterr().err


def test_layers_that_lack_in_a_geopackage(tmp_path: Path) -> None:
    layer = gpd.GeoDataFrame({"zone_id": ["a"]}, geometry=[Point(-5, 33.5)], crs="EPSG:4326")
    layer.to_file(tmp_path / "a.gpkg", layer="zone", engine="pyogrio")
    told = told_of(tmp_path / "a.gpkg")
    assert "a.gpkg: found no layer 'zones'" in told
    assert "Did you mean zone?" in told
    assert "found no layer 'sources'" in told


def test_letters_of_two_alphabets_in_one_file(folder: Path) -> None:
    lines = (folder / "zones.csv").read_bytes().split(b"\n")
    lines[5] = lines[5].decode("utf-8").replace("a", "é").encode("cp1252", errors="ignore")
    (folder / "zones.csv").write_bytes(b"\n".join(lines))
    assert re.search(r"zones.csv, row 6: found letters .*; expected UTF-8 throughout", told_of(folder))


def test_thousands_told_with_commas_are_not_taken_for_decimals(folder: Path) -> None:
    zones = pd.read_csv(folder / "zones.csv", dtype=str, keep_default_na=False)
    zones["area_km2"] = [f"{float(area) * 100:,.2f}" for area in zones["area_km2"]]
    zones.to_csv(folder / "zones.csv", index=False, sep=";")
    assert re.search(r"column area_km2: found '\d+,\d+\.\d+'; expected a number", told_of(folder))
