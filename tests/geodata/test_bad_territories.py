"""Each fault of a territory folder is told: file, row or key, found, expected, and the way out."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from territory.errors import GeodataError
from territory.geodata import read_region
from territory.network import travel_times
from territory.scenario import NetworkOptions

Change = Callable[[pd.DataFrame], pd.DataFrame]


def edit(folder: Path, file: str, change: Change) -> None:
    table = pd.read_csv(folder / file, dtype=str, keep_default_na=False)
    change(table).to_csv(folder / file, index=False)


def put(column: str, row: int, value: str) -> Change:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        table.loc[row, column] = value
        return table

    return change


def faults_of(folder: Path) -> list[str]:
    with pytest.raises(GeodataError) as caught:
        read_region(folder)
    return [str(fault) for fault in caught.value.faults]


CASES = [
    (
        "zones.csv",
        put("population_persons", 3, "-5"),
        r"zones.csv, row 5, column population_persons: found '-5'; .*between 0 and",
    ),
    (
        "zones.csv",
        put("population_persons", 3, "many"),
        r"row 5, column population_persons: found 'many'; .*whole number",
    ),
    (
        "zones.csv",
        put("population_persons", 3, ""),
        r"row 5, column population_persons: found nothing; expected a value",
    ),
    (
        "facilities.csv",
        put("zone_id", 0, "03.999"),
        r"facilities.csv, row 2, column zone_id: found '03.999'; .*zones.csv",
    ),
    (
        "posts.csv",
        put("facility_id", 1, "FM-X"),
        r"posts.csv, row 3, column facility_id: found 'FM-X'; .*facilities.csv",
    ),
    ("roads.csv", put("to_node", 2, "nowhere"), r"roads.csv, row 4, column to_node: found 'nowhere'; .*road_nodes.csv"),
    ("roads.csv", put("km", 2, "0"), r"roads.csv, row 4, column km: found '0'"),
    ("facilities.csv", put("sector", 2, "publik"), r"found 'publik'; .*Did you mean public\?"),
    ("zones.csv", put("source", 2, "hearsay"), r"column source: found 'hearsay'; .*territory.yaml"),
    ("zones.csv", put("urban_persons", 0, "99999999"), r"column urban_persons: found 99999999 of"),
    ("zones.csv", put("share_age_0_4", 0, "inf"), r"column share_age_0_4: found 'inf'"),
]


@pytest.mark.parametrize(("file", "change", "expected"), CASES, ids=[case[2][:40] for case in CASES])
def test_a_broken_value_is_told_with_its_place(folder: Path, file: str, change: Change, expected: str) -> None:
    edit(folder, file, change)
    told = faults_of(folder)
    assert len(told) == 1
    assert re.search(expected, told[0])


def test_two_equal_ids(folder: Path) -> None:
    edit(folder, "facilities.csv", lambda table: pd.concat([table, table.iloc[[4]]]))
    (told,) = faults_of(folder)
    assert "a second time; expected each only once" in told
    assert "facilities.csv, row" in told


def test_an_id_is_the_same_with_spaces_about_it(folder: Path) -> None:
    edit(
        folder,
        "facilities.csv",
        lambda table: pd.concat([table, table.iloc[[4]].assign(facility_id=f" {table.facility_id[4]}\u00a0")]),
    )
    (told,) = faults_of(folder)
    assert "a second time; expected each only once" in told


def test_a_slip_in_the_name_of_an_optional_column_is_told(folder: Path) -> None:
    edit(
        folder,
        "roads.csv",
        lambda table: table.rename(columns={"closed_months": "closed_month"}).assign(closed_month="1"),
    )
    (told,) = faults_of(folder)
    assert (
        "roads.csv: found a column 'closed_month', which nothing reads; expected a known column. Did you mean" in told
    )


def test_a_road_to_itself(folder: Path) -> None:
    edit(
        folder,
        "roads.csv",
        lambda table: table.assign(to_node=table["to_node"].mask(table.index == 3, table["from_node"])),
    )
    assert any("column to_node" in told and "where the link begins too" in told for told in faults_of(folder))


def test_swapped_coordinates_are_recognised(folder: Path) -> None:
    def swap(table: pd.DataFrame) -> pd.DataFrame:
        table.loc[1, ["lon", "lat"]] = table.loc[1, ["lat", "lon"]].to_numpy()
        return table

    edit(folder, "facilities.csv", swap)
    (told,) = faults_of(folder)
    assert "facilities.csv, row 3" in told
    assert "Longitude and latitude look swapped." in told


def test_a_point_outside_the_territory(folder: Path) -> None:
    edit(folder, "zones.csv", put("lat", 0, "48.69"))
    (told,) = faults_of(folder)
    assert "outside the territory" in told
    assert "zones.csv, row 2" in told


def test_empty_and_missing_files_at_once(folder: Path) -> None:
    (folder / "posts.csv").write_text("", encoding="utf-8")
    (folder / "road_nodes.csv").unlink()
    told = "\n".join(faults_of(folder))
    assert "posts.csv: found an empty file" in told
    assert "road_nodes.csv: found no such file" in told


def test_a_missing_column_names_the_nearest_one(folder: Path) -> None:
    edit(folder, "zones.csv", lambda table: table.rename(columns={"population_persons": "population_person"}))
    (told,) = faults_of(folder)
    assert "no column 'population_persons'" in told
    assert "Did you mean population_person?" in told


def test_a_row_with_too_many_fields(folder: Path) -> None:
    with (folder / "roads.csv").open("a", encoding="utf-8") as file:
        file.write("r,1,2,3,4,5,6,7,8,9,10,11\n")
    (told,) = faults_of(folder)
    assert "12 fields" in told


def test_many_broken_rows_are_told_short(folder: Path) -> None:
    edit(folder, "zones.csv", lambda table: table.assign(population_persons="-1", urban_persons="0"))
    told = faults_of(folder)
    assert len(told) == 6
    assert "more rows with the same fault" in told[-1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "an empty file"),
        ("- a\n- b\n", "a list"),
        ("territory_id: [", "territory.yaml, line"),
        ("territory_id: x\nterritory_id: y\n", "a second time"),
    ],
)
def test_broken_territory_yaml(folder: Path, text: str, expected: str) -> None:
    (folder / "territory.yaml").write_text(text, encoding="utf-8")
    assert expected in "\n".join(faults_of(folder))


def test_unknown_key_and_geographic_crs(folder: Path) -> None:
    file = folder / "territory.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("metric_crs:", "metric_csr:"), encoding="utf-8")
    told = "\n".join(faults_of(folder))
    assert "unknown key 'metric_csr'" in told
    assert "Did you mean metric_crs?" in told
    file.write_text(text.replace("EPSG:26191", "EPSG:4326"), encoding="utf-8")
    assert "a projected coordinate system in metres" in "\n".join(faults_of(folder))


def test_broken_outlines(folder: Path) -> None:
    (folder / "provinces.geojson").write_text("{}", encoding="utf-8")
    assert "provinces.geojson" in "\n".join(faults_of(folder))


ROOMS = "facility_id,room,rooms,source,quality\n"


def test_rooms_may_be_told(folder: Path) -> None:
    assert read_region(folder).rooms.empty
    (folder / "rooms.csv").write_text(ROOMS + "FM-H-0017,operating_room,2,moh_2022,estimated\n", encoding="utf-8")
    (row,) = read_region(folder).rooms.to_dict("records")
    assert (row["facility_id"], row["room"], row["rooms"]) == ("FM-H-0017", "operating_room", 2.0)


def test_faults_of_rooms(folder: Path) -> None:
    rows = "FM-X,operating_room,2,moh_2022,estimated\nFM-H-0017,operating_room,1,hearsay,estimated\n"
    (folder / "rooms.csv").write_text(ROOMS + rows, encoding="utf-8")
    unknown, source = faults_of(folder)
    assert "rooms.csv, row 2, column facility_id: found 'FM-X'; expected an id of facilities.csv" in unknown
    assert "rooms.csv, row 3, column source: found 'hearsay'" in source
    twice = "FM-H-0017,operating_room,-1,moh_2022,estimated\n"
    (folder / "rooms.csv").write_text(ROOMS + twice, encoding="utf-8")
    assert "rooms.csv, row 2, column rooms: found '-1'" in faults_of(folder)[0]
    (folder / "rooms.csv").write_text(ROOMS + 2 * twice.replace("-1", "1"), encoding="utf-8")
    assert "a second time" in faults_of(folder)[0]


def test_unknown_territory_names_the_nearest() -> None:
    with pytest.raises(GeodataError, match=r"'fes-mekness'; .*Did you mean fes-meknes\?"):
        read_region("fes-mekness")


def test_an_unreachable_zone_is_told_by_name(folder: Path) -> None:
    zones = pd.read_csv(folder / "zones.csv", dtype=str)
    island = zones["zone_id"].iloc[0]
    edit(folder, "roads.csv", lambda table: table[(table["from_node"] != island) & (table["to_node"] != island)])
    with pytest.raises(GeodataError) as caught:
        travel_times(read_region(folder), NetworkOptions())
    told = str(caught.value)
    assert f"zones.csv, zone_id '{island}'" in told
    assert "Add the missing link to roads.csv." in told


def test_a_point_far_from_every_road(folder: Path) -> None:
    with pytest.raises(GeodataError, match=r"km from the nearest node of the roads; expected at most 0.001 km"):
        travel_times(read_region(folder), NetworkOptions(largest_snap_km=0.001))
