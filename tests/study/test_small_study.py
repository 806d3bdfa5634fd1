"""The whole row on two real provinces: run folder, determinism, directions, the command line."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from pathlib import Path

import pandas as pd
import pytest

import territory as tt
from territory.cli import main
from territory.tables import RUN_TABLES

ROOT = Path(__file__).parents[2]
SHORT = {"simulation.replications": 2, "simulation.warm_up_days": 7, "simulation.days": 7}


@pytest.fixture(scope="module")
def scenario_file(tmp_path_factory: pytest.TempPathFactory, small_folder: Path) -> Path:
    file = tmp_path_factory.mktemp("scenarios") / "small.yaml"
    lines = [
        "name: small",
        f"territory: {small_folder}",
        "care: morocco",
        "simulation: {replications: 2, warm_up_days: 7, days: 7}",
    ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def run(scenario_file: Path) -> tt.Run:
    return tt.run_study(tt.load_scenario(scenario_file))


@pytest.fixture(scope="module")
def saved(run: tt.Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "small"
    run.save(folder, lang="en", csv=True)
    return folder


def test_the_run_folder_holds_what_the_contract_says(saved: Path) -> None:
    assert sorted(item.name for item in saved.iterdir()) == [
        "manifest.json",
        "report.html",
        "tables",
        "territory.gpkg",
        "workbook.xlsx",
    ]
    for name, schema in RUN_TABLES.items():
        assert list(pd.read_parquet(saved / "tables" / f"{name}.parquet").columns) == schema.names
        assert list(pd.read_csv(saved / "tables" / f"{name}.csv", nrows=1).columns) == schema.names
    assert len(list((saved / "tables").iterdir())) == 2 * len(RUN_TABLES)


def test_the_manifest_tells_how_the_run_was_made(saved: Path) -> None:
    manifest = json.loads((saved / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["status"] == "finished"
    assert manifest["scenario"]["investments"]["facilities"] == []
    assert manifest["seed"] == 1
    assert set(manifest["seconds"]) == {"read", "travel", "demand", "allocate", "simulate", "indicators"}
    assert all(aim["proven"] for aim in manifest["aims"])
    assert len(manifest["checksums"]["zones.csv"]) == 64
    assert {"input", "quantity", "official", "osm", "geonames", "estimated"} == set(manifest["provenance"][0])
    for part in manifest["provenance"]:
        assert sum(part[word] for word in ("official", "osm", "geonames", "estimated")) == pytest.approx(1)


def test_a_saved_run_loads_as_it_was(run: tt.Run, saved: Path) -> None:
    loaded = tt.load_run(saved)
    for name, table in run.data().tables.items():
        left = table.astype({column: "str" for column in table.columns if table[column].dtype == "category"})
        right = loaded.tables[name]
        right = right.astype({column: "str" for column in right.columns if right[column].dtype == "category"})
        pd.testing.assert_frame_equal(left, right, check_dtype=False)


def digest(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted((folder / "tables").iterdir())}


def test_same_seed_same_bytes_whatever_the_workers(scenario_file: Path, saved: Path, tmp_path: Path) -> None:
    again = tt.run_study(tt.load_scenario(scenario_file), workers=2)
    again.save(tmp_path / "again", lang="en", csv=True)
    assert digest(tmp_path / "again") == digest(saved)
    for file in ("report.html", "workbook.xlsx", "territory.gpkg"):
        if file != "report.html":
            assert (tmp_path / "again" / file).read_bytes() == (saved / file).read_bytes()


def test_another_seed_changes_the_journeys_only(scenario_file: Path, run: tt.Run) -> None:
    other = tt.run_study(tt.load_scenario(scenario_file, {"simulation.seed": 2}))
    pd.testing.assert_frame_equal(other.plan.visits, run.plan.visits)
    assert not other.journeys.visits["wait_days"].equals(run.journeys.visits["wait_days"])


def test_the_baseline_moves_nobody(run: tt.Run) -> None:
    assert run.plan.moves.empty
    assert run.plan.posts["fte_after"].tolist() == run.plan.posts["fte_before"].tolist()
    assert run.value("moved_fte") == 0
    assert run.value("activities_opened") == run.value("activities_closed") == run.value("facilities_closed") == 0
    assert run.value("running_cost_change") == pytest.approx(0)


def test_balance(run: tt.Run) -> None:
    served = run.plan.visits.groupby(["zone_id", "activity"])["acts_per_year"].sum()
    unmet = run.plan.unmet.set_index(["zone_id", "activity"])["acts_per_year"]
    demand = run.demand.table.set_index(["zone_id", "activity"])["acts_per_year"]
    total = served.reindex(demand.index).fillna(0) + unmet.reindex(demand.index).fillna(0)
    assert (total - demand).abs().max() < 1e-6
    assert (run.plan.posts["hours_used"] <= run.plan.posts["hours_available"] + 1e-6).all()


def test_paired_comparison(scenario_file: Path, saved: Path, tmp_path: Path) -> None:
    more = tt.run_study(tt.load_scenario(scenario_file, {"name": "more", "allocation.mobility.within": "region"}))
    more.save(tmp_path / "more")
    table = tt.compare([tt.load_run(saved), tt.load_run(tmp_path / "more")])
    region = table[table["where"] == "region"].set_index(["run", "indicator"])
    assert region.loc[("more", "unmet_share"), "difference"] <= 1e-9
    waits = region.loc[("more", "wait_minutes_walk_in")]
    assert waits["difference_low"] <= waits["difference"] <= waits["difference_high"]
    assert region.loc["small"]["difference"].fillna(0).eq(0).all()


def test_runs_of_different_names_and_territories_only(saved: Path) -> None:
    one = tt.load_run(saved)
    with pytest.raises(tt.TerritoryError, match="two runs or more"):
        tt.compare([one])
    with pytest.raises(tt.TerritoryError, match="two runs called 'small'"):
        tt.compare([one, one])


def test_a_spoilt_run_folder_is_told(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(tt.TerritoryError, match=r"no manifest.json; expected a run folder"):
        tt.load_run(tmp_path)
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(saved, copy)
    (copy / "tables" / "visits.parquet").write_bytes(b"nothing")
    (copy / "tables" / "unmet.parquet").unlink()
    with pytest.raises(tt.TerritoryError) as caught:
        tt.load_run(copy)
    assert len(caught.value.faults) == 2


@pytest.mark.slow
def test_the_scenario_script(tmp_path: Path, small_folder: Path) -> None:
    file = ROOT / "scenarios" / "fes-meknes" / "mobility_steps.py"
    spec = importlib.util.spec_from_file_location("mobility_steps", file)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    table = script.widen_basin(tmp_path, overrides={**SHORT, "territory": str(small_folder)})
    assert set(table["run"]) == {"mobility-none", "mobility-province", "mobility-region"}
    unmet = table[table["indicator"] == "unmet_share"].set_index("run")["value"]
    assert unmet["mobility-region"] <= unmet["mobility-province"] + 1e-9 <= unmet["mobility-none"] + 2e-9
    assert (tmp_path / "comparison.csv").is_file()
    assert (tmp_path / "mobility-region" / "report.html").is_file()


# --- the command line -----------------------------------------------------------------------------------------------


def test_run_compare_and_report(scenario_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = tmp_path / "one", tmp_path / "two"
    assert main(["run", str(scenario_file), "--out", str(first), "--workers", "1", "--lang", "ar"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"The report is at {first / 'report.html'}"
    more = ["--set", "name=two", "--set", "allocation.mobility.within=region"]
    assert main(["run", str(scenario_file), "--out", str(second), "--workers", "1", *more]) == 0
    page = tmp_path / "compare.html"
    assert main(["compare", str(first), str(second), "--out", str(page), "--lang", "en"]) == 0
    told = capsys.readouterr().out
    assert "unmet_share" in told
    assert "two, against small:\n  What changes: Posts moved (FTE): +" in told
    assert page.is_file()
    assert main(["report", str(first), "--lang", "fr"]) == 0
    assert 'lang="fr"' in (first / "report.html").read_text(encoding="utf-8")[:400]


def test_check_runs_nothing_and_tells(
    scenario_file: Path, small_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(scenario_file)]) == 0
    assert main(["check", str(small_folder)]) == 0
    assert capsys.readouterr().out.count("No fault found.") == 2


def test_bad_input_ends_with_2_and_leaves_nothing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    zones = (folder / "zones.csv").read_text(encoding="utf-8")
    (folder / "zones.csv").write_text(zones.replace(",official\n", ",offical\n", 1), encoding="utf-8")
    roads = (folder / "roads.csv").read_text(encoding="utf-8").splitlines()
    (folder / "roads.csv").write_text("\n".join([roads[0], roads[1], roads[1], *roads[2:]]) + "\n", encoding="utf-8")
    file = tmp_path / "bad.yaml"
    file.write_text(f"name: bad\nterritory: {folder}\ncare: moroco\n", encoding="utf-8")
    out = tmp_path / "out"
    assert main(["run", str(file), "--out", str(out)]) == 2
    assert main(["check", str(file)]) == 2
    told = capsys.readouterr().err
    assert "Did you mean official?" in told
    assert "a second time" in told
    assert "Did you mean morocco?" in told
    assert "Traceback" not in told
    assert not out.exists()
    assert sorted(item.name for item in tmp_path.iterdir()) == ["bad.yaml", "broken"]


def test_bad_words_on_the_command_line(scenario_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(scenario_file), "--set", "nonsense"]) == 2
    assert main(["run", str(tmp_path / "none.yaml")]) == 2
    assert main(["check", str(tmp_path / "none")]) == 2
    assert main(["report", str(tmp_path)]) == 2
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.doc").write_text("precious")
    assert main(["run", str(scenario_file), "--out", str(tmp_path / "full")]) == 2
    assert (tmp_path / "full" / "thesis.doc").read_text() == "precious"
    told = capsys.readouterr().err
    assert "expected KEY=VALUE" in told
    assert "is not a run folder" in told
    with pytest.raises(SystemExit) as stop:
        main(["run", str(scenario_file), "--workers", "0"])
    assert stop.value.code == 2
