"""A territory is the same in every format: folder, workbook, GeoPackage, layers; and back."""

from __future__ import annotations

import shutil
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest

import territory as tt
from territory.cli import main
from territory.errors import GeodataError
from territory.geodata import read_region, write_blank, write_region
from territory.geodata.sheets import PARTS
from territory.network import travel_times
from territory.report import territory_notes
from territory.scenario import NetworkOptions
from territory.tables import Region


def same(one: Region, other: Region) -> bool:
    for name in PARTS:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    left, right = ({**vars(region), **dict.fromkeys(PARTS)} for region in (one, other))
    return left == right


@pytest.mark.parametrize("target", ["folder", "book.xlsx", "layers.gpkg"])
def test_the_pilot_goes_out_and_comes_back(pilot: Region, tmp_path: Path, target: str) -> None:
    assert same(pilot, read_region(write_region(pilot, tmp_path / target)))


def test_folder_to_workbook_to_folder_changes_no_byte(pilot: Region, tmp_path: Path) -> None:
    first = write_region(pilot, tmp_path / "first")
    book = write_region(read_region(first), tmp_path / "book.xlsx")
    again = write_region(read_region(book), tmp_path / "again")
    assert {file.name for file in first.iterdir()} == {file.name for file in again.iterdir()}
    for file in first.iterdir():
        assert file.read_bytes() == (again / file.name).read_bytes()
    for suffix in (".xlsx", ".gpkg"):
        files = [write_region(pilot, tmp_path / f"{name}{suffix}") for name in ("one", "two", "three")]
        assert len({file.read_bytes() for file in files}) == 1


def encoded(folder: Path, encoding: str, separator: str, decimal: str) -> None:
    for file in folder.glob("*.csv"):
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
        if decimal == ",":
            numbers = {
                column.name
                for column in PARTS[file.stem].schema.columns
                if column.kind in ("number", "integer") and column.name in table
            }
            table[list(numbers)] = table[list(numbers)].replace(r"\.", ",", regex=True)
        names = [name for name in table if encoding == "cp1252" and name.startswith("name_ar")]
        table.drop(columns=names).to_csv(file, index=False, sep=separator, encoding=encoding)


@pytest.mark.parametrize(
    ("encoding", "separator", "decimal"),
    [("cp1252", ";", ","), ("utf-8-sig", ";", ","), ("utf-16", "\t", "."), ("utf-8", "\t", ",")],
)
def test_encodings_and_separators_are_recognised(
    folder: Path, small: Region, encoding: str, separator: str, decimal: str
) -> None:
    encoded(folder, encoding, separator, decimal)
    found = read_region(folder)
    for name in PARTS:
        drop = ["name_ar"] if name == "zones" else []
        pd.testing.assert_frame_equal(getattr(found, name).drop(columns=drop), getattr(small, name).drop(columns=drop))


def test_arabic_letters_of_windows(folder: Path, small: Region) -> None:
    zones = pd.read_csv(folder / "zones.csv", dtype=str, keep_default_na=False)
    zones.assign(name=zones["name_ar"]).to_csv(folder / "zones.csv", index=False, encoding="cp1256", errors="strict")
    assert read_region(folder).zones["name"].tolist() == small.zones["name_ar"].tolist()


def test_numbers_as_french_spreadsheets_write_them(folder: Path, small: Region) -> None:
    zones = pd.read_csv(folder / "zones.csv", dtype=str, keep_default_na=False)
    for column in ("population_persons", "area_km2"):
        zones[column] = [f"{float(value):,.2f}".replace(",", "\u202f").replace(".", ",") for value in zones[column]]
    zones.to_csv(folder / "zones.csv", index=False, sep=";")
    found = read_region(folder).zones
    assert found["population_persons"].tolist() == small.zones["population_persons"].tolist()
    assert found["area_km2"].tolist() == pytest.approx(small.zones["area_km2"].tolist(), abs=0.005)


def as_layer(folder: Path, part: str, crs: str) -> gpd.GeoDataFrame:
    """Take the CSV of a part away and return it as points in a CRS."""
    table = pd.read_csv(folder / f"{part}.csv", dtype=str)
    (folder / f"{part}.csv").unlink()
    table["quality"] = table["quality"].astype(object)
    points = gpd.points_from_xy(table["lon"].astype(float), table["lat"].astype(float), crs="EPSG:4326")
    return gpd.GeoDataFrame(table.drop(columns=["lon", "lat"]), geometry=points).to_crs(crs)


@pytest.mark.filterwarnings("ignore:Column names longer", "ignore:Normalized/laundered")
@pytest.mark.parametrize(
    ("suffix", "crs"), [(".gpkg", "EPSG:26191"), (".geojson", "EPSG:4326"), (".shp", "EPSG:32630")]
)
def test_layers_may_stand_beside_tables(folder: Path, small: Region, suffix: str, crs: str) -> None:
    as_layer(folder, "facilities", crs).to_file(folder / f"facilities{suffix}", engine="pyogrio")
    found = read_region(folder).facilities
    places = ["lon", "lat", "x_m", "y_m"]
    pd.testing.assert_frame_equal(found.drop(columns=places), small.facilities.drop(columns=places))
    pd.testing.assert_frame_equal(found[places], small.facilities[places], atol=0.01, rtol=0)


@pytest.mark.filterwarnings("ignore:Column names longer", "ignore:Normalized/laundered")
def test_a_shapefile_with_every_name_cut(folder: Path, small: Region) -> None:
    layer = as_layer(folder, "zones", "EPSG:4326")
    layer = layer[[column.name for column in PARTS["zones"].schema.columns if column.name in layer] + ["geometry"]]
    layer.to_file(folder / "zones.shp", engine="pyogrio")
    found = read_region(folder).zones
    ages = ["share_age_0_4", "share_age_5_14", "share_age_60_plus", "population_persons", "population_2014_persons"]
    pd.testing.assert_frame_equal(found[ages], small.zones[ages], check_dtype=False)


def test_zones_as_polygons_and_roads_as_lines(folder: Path, small: Region) -> None:
    zones = as_layer(folder, "zones", "EPSG:26191").drop(columns=["area_km2", "area_quality", "point_quality"])
    zones.assign(geometry=zones.buffer(1000.0)).to_file(folder / "zones.gpkg", engine="pyogrio")
    nodes = small.road_nodes.set_index("node_id")
    ends = [nodes.loc[small.roads[end], ["lon", "lat"]].to_numpy() for end in ("from_node", "to_node")]
    lines = gpd.GeoSeries.from_wkt(
        [f"LINESTRING ({a[0]} {a[1]}, {b[0]} {b[1]})" for a, b in zip(*ends, strict=True)], crs="EPSG:4326"
    )
    roads = small.roads[["road_class", "speed_kmh", "source", "quality", "km"]]
    gpd.GeoDataFrame(roads, geometry=lines).to_file(folder / "roads.gpkg", engine="pyogrio")
    for file in ("roads.csv", "road_nodes.csv"):
        (folder / file).unlink()
    found = read_region(folder)
    assert found.zones["area_km2"].tolist() == pytest.approx([3.136] * len(zones), rel=0.01)
    assert set(found.zones["point_quality"]) == {"estimated"}
    assert len(found.road_nodes) == len({*small.roads["from_node"], *small.roads["to_node"]})
    minutes = [travel_times(region, NetworkOptions()).table["minutes"].to_numpy() for region in (found, small)]
    spread = [region.zones["area_km2"].to_numpy() ** 0.5 * 2 / 3 / 3.14159265**0.5 for region in (found, small)]
    off = [(far.reshape(len(zones), -1) - (km * 1.4 * 3)[:, None]) for far, km in zip(minutes, spread, strict=True)]
    assert abs(off[0] - off[1]).max() < 0.5


def test_metres_may_stand_in_place_of_degrees(folder: Path, small: Region) -> None:
    table = pd.read_csv(folder / "facilities.csv", dtype=str).drop(columns=["lon", "lat"])
    table.assign(x_m=small.facilities["x_m"], y_m=small.facilities["y_m"]).to_csv(
        folder / "facilities.csv", index=False
    )
    found = read_region(folder).facilities
    assert found["x_m"].tolist() == pytest.approx(small.facilities["x_m"].tolist(), abs=0.01)


def test_without_outlines(folder: Path, small: Region) -> None:
    (folder / "provinces.geojson").unlink()
    found = read_region(folder)
    assert found.outlines == {}
    pd.testing.assert_frame_equal(found.zones, small.zones)


def test_a_blank_territory_explains_every_column(tmp_path: Path) -> None:
    folder = write_blank(tmp_path / "new", territory_notes())
    book = openpyxl.load_workbook(folder / "territory.xlsx")
    columns = pd.read_csv(folder / "columns.csv")
    assert set(columns.columns) == {"table", "column", "kind", "required", "fr", "en"}
    assert columns.notna().all(axis=None)
    for name, part in PARTS.items():
        assert [cell.value for cell in book[name][1]] == part.schema.names
        assert all(cell.comment and "\n" in cell.comment.text for cell in book[name][1])
        assert (folder / f"{name}.csv").read_text(encoding="utf-8").strip().split(",") == part.schema.names
        assert columns.loc[columns["table"] == name, "column"].tolist() == part.schema.names
    told = (folder / "territory.yaml").read_text(encoding="utf-8")
    assert "# nom dans chaque langue" in told
    assert "# name in each language" in told
    for place in (folder, folder / "territory.xlsx"):
        with pytest.raises(GeodataError, match="Add the rows"):
            read_region(place)


def test_the_blank_workbook_filled_in_is_a_territory(small: Region, tmp_path: Path) -> None:
    folder = write_blank(tmp_path / "new", territory_notes())
    book = openpyxl.load_workbook(folder / "territory.xlsx")
    full = openpyxl.load_workbook(write_region(small, tmp_path / "small.xlsx"))
    for page in full:
        heads = [cell.value for cell in book[page.title][1]]
        names = [cell.value for cell in page[1]]
        start = 1 if page.title != "territory" else book["territory"].max_row
        if page.title == "territory":
            book["territory"].delete_rows(2, start)
        for number, row in enumerate(page.iter_rows(min_row=2, values_only=True), 2):
            for name, value in zip(names, row, strict=True):
                book[page.title].cell(number, heads.index(name) + 1, value)
    book.save(tmp_path / "filled.xlsx")
    assert same(small, read_region(tmp_path / "filled.xlsx"))


def test_the_command_writes_every_format(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", str(tmp_path / "blank")]) == 0
    assert "territory check" in capsys.readouterr().out
    assert main(["check", str(tmp_path / "blank" / "territory.xlsx")]) == 2
    for target in ("copy.xlsx", "copy.gpkg", "copy"):
        assert main(["new", str(tmp_path / target), "--from", str(folder)]) == 0
        assert main(["check", str(tmp_path / target)]) == 0
        assert main(["new", str(tmp_path / target), "--from", str(folder)]) == 2
    assert "a place that holds something" in capsys.readouterr().err


@pytest.mark.slow
def test_a_scenario_runs_on_a_workbook(small: Region, tmp_path: Path) -> None:
    book = write_region(small, tmp_path / "small.xlsx")
    file = tmp_path / "plan.yaml"
    file.write_text(f"name: plan\nterritory: {book}\ncare: morocco\n", encoding="utf-8")
    scenario = tt.load_scenario(file, overrides={"simulation.days": 7, "simulation.warm_up_days": 0})
    run = tt.run_study(scenario, workers=1)
    run.save(tmp_path / "run")
    assert "small.xlsx" in tt.load_run(tmp_path / "run").manifest["checksums"]


def test_files_left_beside_are_not_read(folder: Path) -> None:
    shutil.copy(folder / "zones.csv", folder / "zones (old).csv")
    read_region(folder)
