"""What a tester broke the command line with: each ends with one clear error, exit code 2, and nothing lost."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from territory.cli import main
from territory.errors import TableError
from territory.study import load_run


@pytest.fixture
def scenario_file(tmp_path: Path, small_folder: Path) -> Path:
    file = tmp_path / "small.yaml"
    file.write_text(f"name: small\nterritory: {small_folder}\ncare: morocco\n", encoding="utf-8")
    return file


@pytest.mark.parametrize("name", ["../evil", "a/b", ".", "..", " hidden", "", "x" * 300])
def test_a_name_that_is_a_path_is_refused(
    scenario_file: Path, name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["run", str(scenario_file), "--set", f"name='{name}'"]) == 2
    assert "name: found" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("value", ["[a", "{a: b", "@", "`x`", "a: b: c", "&a {b: *a}", "!!int abc"])
def test_an_override_that_is_not_yaml_is_refused(
    scenario_file: Path, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(scenario_file), "--set", f"title={value}"]) == 2
    assert "override title: found" in capsys.readouterr().err


@pytest.mark.parametrize(
    "pair",
    [
        "allocation.aims=[]",
        "allocation.aims=[unmet,unmet]",
        "allocation.aims=[travel]",
        "allocation.sectors=[]",
        "allocation.recruitment.budget_mad_per_year=.inf",
        "demand.factor=.nan",
    ],
)
def test_options_without_sense_are_refused(scenario_file: Path, pair: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(scenario_file), "--set", pair]) == 2
    assert pair.split("=", maxsplit=1)[0] in capsys.readouterr().err


def test_faults_of_every_kind_are_told_at_once(scenario_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A share above one, an unknown key and a text that is no list do not hide what the region does not know."""
    with scenario_file.open("a", encoding="utf-8") as file:
        file.write(
            "allocation:\n"
            "  mobility: {within: region, largest_share: 1.5, groups: [nrse]}\n"
            "  closures: {facilities: [nowhere], activities: {}}\n"
            "  equity: {fuly_served: [delivery], fully_served: [delivry]}\n"
            "  contracting: {levels: CLINIC, activities: {dialysis: {largest_acts_per_facility: 5}},"
            " budget_mad_per_year: -3}\n"
            "  mobile_units: {units: {van: {base: nowhere, staff: {}, zones: [3.1], activities: [nursing_care]}}}\n"
        )
    assert main(["check", str(scenario_file)]) == 2
    told = capsys.readouterr().err
    for where in (
        "mobility.largest_share: found 1.5",
        "mobility.groups: found 'nrse'",
        "closures.facilities: found 'nowhere'",
        "equity.fuly_served: found unknown key",
        "equity.fully_served: found 'delivry'",
        "contracting.levels: found 'CLINIC'; expected a list",
        "contracting.budget_mad_per_year: found -3",
        "mobile_units.units.van.staff: found {}; expected at least one entry",
        "mobile_units.units.van.zones.[0]: found 3.1; expected a text",
    ):
        assert told.count(f"allocation.{where}") == 1
    assert "(9 faults)" in told  # none of them twice, and nothing that only follows from them


def test_a_folder_with_other_things_is_never_replaced(scenario_file: Path, tmp_path: Path) -> None:
    app = tmp_path / "app"
    app.mkdir()
    (app / "manifest.json").write_text('{"name": "My web app"}', encoding="utf-8")
    (app / "thesis.docx").write_text("precious", encoding="utf-8")
    assert main(["run", str(scenario_file), "--out", str(app)]) == 2
    assert sorted(item.name for item in app.iterdir()) == ["manifest.json", "thesis.docx"]
    page = tmp_path / "precious.csv"
    page.write_text("precious", encoding="utf-8")
    assert main(["compare", str(app), str(app), "--out", str(page)]) == 2
    assert page.read_text(encoding="utf-8") == "precious"


@pytest.mark.parametrize("text", ["[]", "null", "{}", '{"status": 1}', "{"])
def test_a_broken_manifest_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(TableError, match="manifest"):
        load_run(tmp_path)


@pytest.mark.parametrize(
    ("file", "column", "value", "expected"),
    [
        ("zones.csv", "province", "Ifran", "Did you mean Ifrane?"),
        ("zones.csv", "share_age_0_4", "0.9", "age shares that sum to"),
        ("zones.csv", "population_persons", "1e300", "between 0 and"),
        ("facilities.csv", "beds", "1e300", "between 0 and"),
    ],
)
def test_values_out_of_the_world_are_told(
    folder: Path, tmp_path: Path, file: str, column: str, value: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    table = pd.read_csv(folder / file, dtype=str, keep_default_na=False)
    table.loc[0, column] = value
    table.to_csv(folder / file, index=False)
    assert main(["check", str(folder)]) == 2
    told = capsys.readouterr().err
    assert f"{file}, row 2" in told
    assert expected in told


@pytest.mark.parametrize("content", [b"a\0b,c\n1,2\n", b'zone_id,"name\n1,2\n', b"zone_id\r1\r", b"\xff\xfea\0,\0"])
def test_files_that_are_no_csv_are_told(folder: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "zones.csv").write_bytes(content)
    assert main(["check", str(folder)]) == 2
    assert "zones.csv" in capsys.readouterr().err


def test_nobody_at_all_needs_anything(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = pd.read_csv(folder / "zones.csv", dtype=str, keep_default_na=False)
    table.assign(population_persons="0", urban_persons="0").to_csv(folder / "zones.csv", index=False)
    file = tmp_path / "empty.yaml"
    file.write_text(f"name: empty\nterritory: {folder}\ncare: morocco\n", encoding="utf-8")
    assert main(["run", str(file), "--out", str(tmp_path / "out")]) == 2
    assert "no need in any zone" in capsys.readouterr().err


def test_a_territory_without_staff_still_gives_a_report(folder: Path, tmp_path: Path) -> None:
    table = pd.read_csv(folder / "posts.csv", dtype=str, keep_default_na=False)
    table.assign(fte="0").to_csv(folder / "posts.csv", index=False)
    file = tmp_path / "alone.yaml"
    options = "simulation: {replications: 2, warm_up_days: 7, days: 7}"
    file.write_text(f"name: alone\nterritory: {folder}\ncare: morocco\n{options}\n", encoding="utf-8")
    assert main(["run", str(file), "--out", str(tmp_path / "out"), "--workers", "1"]) == 0
    aims = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))["aims"]
    assert aims[0]["value"] > 0
