"""Matrices made elsewhere: every way of writing one gives the same travel; what does not fit is told by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import territory as tt
from territory.errors import GeodataError
from territory.scenario import NetworkOptions
from territory.tables import Region


@pytest.fixture(scope="module")
def pairs(small: Region) -> pd.DataFrame:
    return tt.travel_times(small, NetworkOptions()).table


def wide(pairs: pd.DataFrame, column: str, small: Region) -> pd.DataFrame:
    table = pairs.pivot_table(index="zone_id", columns="facility_id", values=column)
    return table.loc[small.zones["zone_id"], small.facilities["facility_id"]]


def adopted(small: Region, file: Path) -> pd.DataFrame:
    return tt.travel_times(small, NetworkOptions(matrix=str(file))).table


def osrm(pairs: pd.DataFrame, small: Region) -> dict[str, Any]:
    minutes, km = (wide(pairs, column, small) for column in ("minutes", "km"))

    def places(table: pd.DataFrame) -> list[dict[str, Any]]:
        return [{"name": "", "location": point} for point in table[["lon", "lat"]].to_numpy(dtype=float).tolist()]

    return {
        "code": "Ok",
        "durations": (minutes * 60).to_numpy().tolist(),
        "distances": (km * 1000).to_numpy().tolist(),
        "sources": places(small.zones),
        "destinations": places(small.facilities),
    }


def write_package(pairs: pd.DataFrame, _: Region, file: Path) -> None:
    pairs.sample(frac=1.0, random_state=1).to_csv(file, index=False)


def write_r5(pairs: pd.DataFrame, _: Region, file: Path) -> None:
    names = {"zone_id": "from_id", "facility_id": "to_id", "minutes": "travel_time"}
    pairs.rename(columns=names).to_csv(file, index=False)


def write_accessmod(pairs: pd.DataFrame, _: Region, file: Path) -> None:
    table = pd.DataFrame(
        {
            "from__id": pairs["zone_id"],
            "from__name": "été",
            "to__id": pairs["facility_id"],
            "distance_m": pairs["km"] * 1000,
            "time_m": pairs["minutes"],
        }
    )
    table.to_csv(file, index=False, sep=";", decimal=",", encoding="cp1252")


def write_osrm(pairs: pd.DataFrame, small: Region, file: Path) -> None:
    file.write_text(json.dumps(osrm(pairs, small)), encoding="utf-8")


@pytest.mark.parametrize(
    ("write", "name"),
    [(write_package, "own.csv"), (write_r5, "r5.csv"), (write_accessmod, "accessmod.csv"), (write_osrm, "osrm.json")],
)
def test_every_way_of_writing_gives_the_same_travel(
    small: Region, pairs: pd.DataFrame, tmp_path: Path, write: Callable[..., None], name: str
) -> None:
    write(pairs, small, tmp_path / name)
    found = adopted(small, tmp_path / name)
    assert found["zone_id"].tolist() == pairs["zone_id"].tolist()
    assert found["facility_id"].tolist() == pairs["facility_id"].tolist()
    assert found["minutes"].to_numpy() == pytest.approx(pairs["minutes"].to_numpy())
    assert found["km"].to_numpy() == pytest.approx(pairs["km"].to_numpy())


def test_a_wide_table_has_minutes_alone(small: Region, pairs: pd.DataFrame, tmp_path: Path) -> None:
    wide(pairs, "minutes", small).to_csv(tmp_path / "wide.csv", sep="\t")
    found = adopted(small, tmp_path / "wide.csv")
    assert found["minutes"].to_numpy() == pytest.approx(pairs["minutes"].to_numpy())
    zones, places = small.zones.set_index("zone_id"), small.facilities.set_index("facility_id")
    first = found.iloc[5]
    apart = zones.loc[first["zone_id"], ["x_m", "y_m"]] - places.loc[first["facility_id"], ["x_m", "y_m"]]
    assert first["km"] == pytest.approx(1.4 * np.hypot(*apart.astype(float)) / 1000)


def test_pairs_without_a_way_are_left_out(small: Region, pairs: pd.DataFrame, tmp_path: Path) -> None:
    told = osrm(pairs, small)
    told["durations"][0][3] = None
    (tmp_path / "osrm.json").write_text(json.dumps(told), encoding="utf-8")
    found = adopted(small, tmp_path / "osrm.json")
    assert len(found) == len(pairs) - 1
    assert np.isfinite(found["minutes"]).all()


def test_other_places_in_the_file_do_no_harm(small: Region, pairs: pd.DataFrame, tmp_path: Path) -> None:
    more = pd.DataFrame({"zone_id": ["elsewhere"], "facility_id": ["far"], "minutes": [1.0], "km": [1.0]})
    pd.concat([pairs, more]).to_csv(tmp_path / "more.csv", index=False)
    assert len(adopted(small, tmp_path / "more.csv")) == len(pairs)


def test_a_study_runs_on_a_matrix(small_folder: Path, small: Region, pairs: pd.DataFrame, tmp_path: Path) -> None:
    keep = np.random.default_rng(4).random(len(pairs)) < 0.9
    pairs[keep].to_csv(tmp_path / "travel.csv", index=False)
    (tmp_path / "study.yaml").write_text(
        f"name: study\nterritory: {small_folder}\ncare: morocco\nnetwork: {{matrix: travel.csv}}\n"
        "simulation: {replications: 2, warm_up_days: 7, days: 7}\n",
        encoding="utf-8",
    )
    run = tt.run_study(tt.load_scenario(tmp_path / "study.yaml"))
    used = run.plan.visits.merge(pairs[keep], on=["zone_id", "facility_id"], suffixes=("", "_told"))
    assert len(used) == len(run.plan.visits)
    assert used["minutes"].to_numpy() == pytest.approx(used["minutes_told"].to_numpy())


def spoiled(pairs: pd.DataFrame, how: str) -> pd.DataFrame:
    table = pairs.copy()
    match how:
        case "zone":
            return table[table["zone_id"] != table["zone_id"].iloc[0]]
        case "negative":
            table.loc[7, "minutes"] = -4.0
        case "sentinel":
            table.loc[5, "minutes"] = 2147483647.0
        case "seconds" | "hours" | "zeros":
            table["minutes"] *= {"seconds": 60.0, "hours": 1 / 60, "zeros": 0.0}[how]
        case "twice":
            return pd.concat([table, table.tail(1)])
        case "word":
            return table.astype({"minutes": object}).assign(
                minutes=lambda own: own["minutes"].mask(own.index == 2, "far")
            )
        case "lost":
            table.loc[table["facility_id"] == table["facility_id"].iloc[0], "minutes"] = np.nan
        case "names":
            return table.rename(columns={"minutes": "temps"})
    return table


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("zone", r"zone '.+': found not in the matrix; expected every zone of the territory"),
        ("negative", r"found -4; expected 0 or more"),
        ("seconds", r"km/h over straight lines; expected 2 to 200 km/h\. Are these seconds\?"),
        ("sentinel", r"found 2\.14748e\+09 minutes; expected 7200 minutes at most\. Leave the cell empty"),
        ("zeros", r"found 0 for every pair"),
        ("hours", r"Are these hours\?"),
        ("twice", r"told twice; expected each pair once"),
        ("word", r"row 4, column 'minutes': found 'far'; expected a number"),
        ("lost", r"facility '.+': found no way to or from it; expected one at least"),
        ("names", r"no column of travel times; expected one of minutes, travel_time"),
    ],
)
def test_what_does_not_fit_is_told(small: Region, pairs: pd.DataFrame, tmp_path: Path, how: str, told: str) -> None:
    spoiled(pairs, how).to_csv(tmp_path / "travel.csv", index=False)
    with pytest.raises(GeodataError, match=told):
        adopted(small, tmp_path / "travel.csv")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "an empty file"),
        (b"\0\1\2", "a NUL byte"),
        (b"a\n1\n", "a single column"),
        (b"a,b\n1,2,3\n", "row 2: found 3 fields"),
        (b'zone_id,facility_id,minutes\n"x,y', "expected"),
    ],
)
def test_what_is_no_matrix_is_told(small: Region, tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "travel.csv").write_bytes(content)
    with pytest.raises(GeodataError, match=told):
        adopted(small, tmp_path / "travel.csv")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda own: own.update(code="InvalidQuery", message="coordinates are wrong"), "found coordinates are wrong"),
        (lambda own: own.update(durations=own["durations"][1:]), r"durations: found 25 x \d+; expected 26 zones"),
        (lambda own: own.update(durations=[["a"]]), "no matrix of numbers"),
        (lambda own: own["sources"].reverse(), "expected the same order as in the territory's files"),
        (lambda own: own["sources"].pop(), "found 25 places; expected 26"),
    ],
)
def test_an_answer_of_osrm_that_does_not_fit_is_told(
    small: Region, pairs: pd.DataFrame, tmp_path: Path, spoil: Callable[[dict[str, Any]], Any], told: str
) -> None:
    answer = osrm(pairs, small)
    spoil(answer)
    (tmp_path / "osrm.json").write_text(json.dumps(answer), encoding="utf-8")
    with pytest.raises(GeodataError, match=told):
        adopted(small, tmp_path / "osrm.json")
    (tmp_path / "osrm.json").write_text("{", encoding="utf-8")
    with pytest.raises(GeodataError, match="text that is not JSON"):
        adopted(small, tmp_path / "osrm.json")


def test_a_file_that_is_not_there_is_told(small: Region, tmp_path: Path) -> None:
    with pytest.raises(GeodataError, match="no such file; expected a travel matrix"):
        adopted(small, tmp_path / "travel.csv")
