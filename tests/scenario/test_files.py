"""Scenario files: one base, dotted overrides, every change told; every fault with the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from territory.errors import ScenarioError
from territory.scenario import is_whole, load_scenario, with_overrides

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "scenarios" / "fes-meknes"
BASE = "name: base\nterritory: fes-meknes\ncare: morocco\n"


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder / f"{next(iter(files))}.yaml"


def told_of(path: Path, overrides: dict[str, object] | None = None) -> str:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path, overrides)
    return str(caught.value)


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_shipped_scenarios_read(file: Path) -> None:
    scenario = load_scenario(file)
    assert scenario.name == file.stem
    assert set(scenario.title) == set(scenario.description) == {"fr", "en", "ar"}


def test_extends_merges_and_tells_what_differs(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        more="extends: base.yaml\nname: more\nallocation:\n  mobility: {within: region}\n  largest_workload: 0.9\n",
        base=BASE + "allocation: {mobility: {largest_share: 0.5}}\n",
    )
    scenario = load_scenario(path)
    assert scenario.allocation.mobility.within == "region"
    assert scenario.allocation.mobility.largest_share == 0.5
    assert scenario.changes == ("allocation.mobility.within: none -> region", "allocation.largest_workload: 1.0 -> 0.9")


def test_overrides_win_in_order_and_are_told() -> None:
    scenario = load_scenario(
        FOLDER / "staff-mobility.yaml",
        {"allocation.mobility.largest_share": "0.3", "simulation.seed": 7, "allocation.mobility.groups": "[nurse]"},
    )
    assert scenario.allocation.mobility.largest_share == 0.3
    assert scenario.allocation.mobility.groups == ("nurse",)
    assert scenario.changes[-3:] == (
        "allocation.mobility.largest_share: 0.2 -> 0.3",
        "simulation.seed: 1 -> 7",
        "allocation.mobility.groups: - -> ['nurse']",
    )


def test_options_are_frozen() -> None:
    scenario = load_scenario(FOLDER / "baseline.yaml")
    with pytest.raises(ValueError, match="frozen"):
        scenario.allocation.largest_workload = 0.5


def test_paths_are_relative_to_the_file_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "land").mkdir()
    (tmp_path / "land" / "territory.yaml").touch()
    (tmp_path / "deep").mkdir()
    write(tmp_path, base=BASE.replace("fes-meknes", "land"))
    path = write(tmp_path / "deep", own="extends: ../base.yaml\nname: own\n")
    assert Path(load_scenario(path).territory).resolve() == (tmp_path / "land").resolve()


CASES = [
    ("alocation: {}", "unknown key 'alocation'; expected a known key. Did you mean allocation?"),
    (
        "allocation: {mobility: {whithin: region}}",
        "allocation.mobility.whithin: found unknown key 'whithin'; .*Did you mean within?",
    ),
    (
        "allocation: {mobility: {within: country}}",
        "allocation.mobility.within: found 'country'; .*'none', 'facility', 'province', 'region' or 'basins'",
    ),
    ("allocation: {largest_workload: 1.5}", "allocation.largest_workload: found 1.5; .*less than or equal to 1"),
    ("simulation: {days: 10}", "simulation.days: found 10; .*multiple of 7"),
    ("simulation: {replications: 1}", "simulation.replications: found 1; .*greater than or equal to 2"),
    ("demand: {factor: .inf}", "demand.factor: found inf"),
    ("changes: [a]", "unknown key 'changes'"),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[case[0] for case in CASES])
def test_a_fault_is_told(tmp_path: Path, text: str, expected: str) -> None:
    import re

    told = told_of(write(tmp_path, base=BASE + text + "\n"))
    assert "base.yaml" in told
    assert re.search(expected.replace("?", r"\?"), told)


def test_several_faults_at_once(tmp_path: Path) -> None:
    told = told_of(write(tmp_path, base="territory: fes-meknes\nsimulatoin: {}\nallocation: {largest_workload: 2}\n"))
    assert "(4 faults)" in told
    assert "nothing; expected a value for 'name'" in told


def test_a_scenario_that_extends_itself(tmp_path: Path) -> None:
    assert "a.yaml -> a.yaml" in told_of(write(tmp_path, a="extends: a.yaml\nname: a\n"))
    path = write(tmp_path, b="extends: c.yaml\nname: b\n", c="extends: b.yaml\nname: c\n")
    told = told_of(path)
    assert "b.yaml -> c.yaml -> b.yaml; expected a base that does not lead back" in told
    assert "Remove one `extends`." in told


def test_a_base_that_is_not_there(tmp_path: Path) -> None:
    assert "'none.yaml', which is not there" in told_of(write(tmp_path, a="extends: none.yaml\n"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "an empty file"),
        ("a: [", "a.yaml, line"),
        ("- x", "a list"),
        ("name: a\nname: b\n", "key 'name' a second time"),
    ],
)
def test_broken_yaml(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in told_of(write(tmp_path, a=text))


def test_latin_1_and_a_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes("name: Fès\n".encode("latin-1"))
    assert "UTF-8" in told_of(path)
    assert "no such file" in told_of(tmp_path / "none.yaml")
    assert "a folder" in told_of(tmp_path)


def test_an_unknown_override_is_told() -> None:
    told = told_of(FOLDER / "baseline.yaml", {"allocation.mobilty.within": "region"})
    assert "unknown key 'mobilty'" in told
    assert "Did you mean mobility?" in told


def test_a_cache_stands_beside_the_file_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    write(tmp_path, base=BASE + "network: {cache: kept}\n")
    child = write(tmp_path / "deep", child="extends: ../base.yaml\nname: child\n")
    grandchild = write(tmp_path / "deep", grandchild="extends: child.yaml\nname: grandchild\n")
    places = {Path(str(load_scenario(file).network.cache)).resolve() for file in (child, grandchild)}
    assert places == {tmp_path / "kept"}
    assert load_scenario(child, {"network.cache": "here"}).network.cache == "here"


def test_a_territory_of_one_file_is_found_beside_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "mine.xlsx").write_bytes(b"")
    file = write(tmp_path / "deep", one="name: one\nterritory: ../mine.xlsx\ncare: morocco\n")
    assert Path(load_scenario(file).territory).resolve() == tmp_path / "mine.xlsx"


@pytest.mark.parametrize("key", ["month: 1", "speed_factor: 0.5", "class_speed_factors: {track: 0.5}"])
def test_options_of_roads_do_not_go_with_a_matrix(tmp_path: Path, key: str) -> None:
    told = told_of(write(tmp_path, one=BASE + f"network: {{matrix: a.csv, {key}}}\n"))
    assert f"travel by the matrix, or {key.split(':', maxsplit=1)[0]} over the roads, not both" in told


def test_a_yes_is_read_where_one_is_asked_for_and_nowhere_else(tmp_path: Path) -> None:
    asked = write(tmp_path, one=BASE + "simulation: {journeys: true}\n")
    assert load_scenario(asked).simulation.journeys
    assert load_scenario(asked, {"simulation.journeys": "false"}).simulation.journeys is False
    for text in ("simulation: {seed: true}", "demand: {pathway_factors: {diabetes: yes}}", "demand: true"):
        assert "not yes or no" in told_of(write(tmp_path, one=BASE + text + "\n"))


def test_overrides_of_a_read_scenario_are_those_of_its_file(tmp_path: Path) -> None:
    file = FOLDER / "telemedicine.yaml"
    told: dict[str, object] = {"demand.factor": "1.2", "simulation.journeys": True, "network.cutoff_minutes": 300}
    assert with_overrides(load_scenario(file), told, file) == load_scenario(file, told)
    with pytest.raises(ScenarioError, match=r"override, demand: found unknown key|override, demand\.factr"):
        with_overrides(load_scenario(file), {"demand.factr": 1}, file)


@pytest.mark.parametrize(
    ("key", "whole"),
    [
        ("simulation.replications", True),
        ("simulation.ambulances.CHP", True),
        ("allocation.telemedicine.most_sites", True),
        ("allocation.mobile_units.units.van.days_per_week", True),
        ("demand.factor", False),
        ("allocation.recruitment.largest_posts.nurse", False),
        ("no.such.key", False),
    ],
)
def test_which_keys_are_whole_numbers(key: str, whole: bool) -> None:
    assert is_whole(key) is whole


def test_a_warm_up_may_be_found_or_told(tmp_path: Path) -> None:
    file = write(tmp_path, one=BASE)
    assert load_scenario(file, {"simulation.warm_up_days": "auto"}).simulation.warm_up_days == "auto"
    assert load_scenario(file, {"simulation.warm_up_days": 28}).simulation.warm_up_days == 28
    for wrong in (-7, 10, 7000, "often"):
        told = told_of(file, {"simulation.warm_up_days": wrong})
        assert "override, simulation.warm_up_days: found" in told
        assert "(1 fault)" in told
    told = told_of(file, {"siting.candidates": "zone", "siting.open": 3})
    assert "override, siting.candidates: found 'zone'; expected 'zones' or" in told
