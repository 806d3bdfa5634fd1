"""Studies of a real scenario of a small region: as `territory run` has it, and the same bits whoever runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from distributed import LocalCluster

import territory as tt
from territory.cli import main
from territory.errors import ScenarioError
from territory.sweeps import pools

SCENARIO = """
name: base
territory: {folder}
care: morocco
allocation: {{mobility: {{within: province}}, recruitment: {{budget_mad_per_year: 2000000}}}}
simulation: {{engine: compiled, replications: 2, warm_up_days: 7, days: 7}}
"""
OUTCOMES = ["unmet_share", "travel_minutes_mean", "moved_fte", "unmet_share@province:Ifrane"]
Write = Callable[..., Path]


@pytest.fixture
def write(small_folder: Path, tmp_path: Path) -> Write:
    (tmp_path / "base.yaml").write_text(SCENARIO.format(folder=small_folder), encoding="utf-8")

    def study(**told: Any) -> Path:
        file = tmp_path / "study.yaml"
        content = {"name": "study", "scenario": "base.yaml", "outcomes": OUTCOMES, **told}
        file.write_text(json.dumps(content), encoding="utf-8")
        return file

    return study


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one.drop(columns="seconds"), other.drop(columns="seconds"), check_exact=True)


def test_a_sweep_of_one_run_is_a_run(write: Write, tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("demand.factor,simulation.no_show_share\n1.1,0.1\n", encoding="utf-8")
    file = write(
        stages="both",
        uncertainties={"demand.factor": {}, "simulation.no_show_share": {}},
        design={"method": "table", "table": "one.csv"},
        outcomes=[*OUTCOMES, "wait_minutes_walk_in", "unmet_share_general_consultation", "missing_fte"],
    )
    swept = tt.sweep(file, out=tmp_path / "swept")
    overrides = {"demand.factor": 1.1, "simulation.no_show_share": 0.1}
    run = tt.run_study(tt.load_scenario(tmp_path / "base.yaml", overrides))
    row = swept.runs.iloc[0]
    for outcome in swept.study.outcomes:
        name, _, where = outcome.partition("@")
        assert row[outcome] == run.value(name, where or "region"), outcome
    unmet = run.indicators[run.indicators["indicator"] == "unmet_share"].set_index("where")["value"]
    left = [where.removeprefix("zone:") for where in unmet.index[unmet > 0.2] if where.startswith("zone:")]
    assert list(row["left_behind"]) == sorted(left)
    new = run.plan.activities[run.plan.activities["open_after"] & ~run.plan.activities["open_before"]]
    assert len(row["opened"]) == len(new)


@pytest.mark.slow
def test_workers_and_a_cluster_change_no_bit(write: Write, tmp_path: Path) -> None:
    file = write(
        levers={"allocation.mobility.within": ["province", "region"]},
        uncertainties={
            "demand.factor": {"low": 0.8, "high": 1.4},
            "allocation.recruitment.budget_mad_per_year": {"low": 1e6, "high": 4e6},
            "network.speed_factor": [0.8, 1.0],
        },
        design={"method": "latin_hypercube", "samples": 24},
    )
    one = tt.sweep(file, out=tmp_path / "one")
    assert (one.runs["status"] == "done").all()
    assert one.runs["unmet_share"].nunique() > 20
    same(one.runs, tt.sweep(file, out=tmp_path / "two", workers=2).runs)
    with LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=":0") as cluster:
        same(one.runs, tt.sweep(file, out=tmp_path / "dask", cluster=cluster.scheduler_address).runs)


@pytest.mark.slow
def test_a_kept_programme_gives_what_one_built_anew_does(write: Write, tmp_path: Path) -> None:
    file = write(
        uncertainties={"demand.factor": {"low": 0.8, "high": 1.4}},
        design={"method": "latin_hypercube", "samples": 6},
        outcomes=["unmet_share", "travel_minutes_mean"],
    )
    for row in tt.sweep(file, out=tmp_path / "out").runs.itertuples(index=False):
        scenario = tt.load_scenario(tmp_path / "base.yaml", {"demand.factor": row[1]})
        care, region = tt.read_care(scenario.care), tt.read_region(scenario.territory)
        travel, demand = tt.travel_times(region, scenario.network), tt.estimate_demand(region, care, scenario.demand)
        plan = tt.allocate(region, travel, demand, care, scenario.allocation)
        unmet = plan.unmet["acts_per_year"].sum() / demand.table["acts_per_year"].sum()
        assert row.unmet_share == pytest.approx(unmet, rel=1e-6, abs=1e-9)


def test_a_plan_made_before_meets_futures_it_did_not_know(write: Write, tmp_path: Path) -> None:
    """The plan of all futures is that of the levers; more need than was planned for waits, and nobody moves."""
    file = write(
        stages="simulation",
        levers={"allocation.mobility.within": ["none", "province"]},
        uncertainties={"demand.factor": [1.0, 1.5]},
        design={"method": "grid", "crossed": True},
        outcomes=["moved_fte", "wait_days_appointment", "needed_acts"],
        thresholds={"wait_days_appointment": {"at_most": 3.0}},
    )
    swept = tt.sweep(file, out=tmp_path / "out")
    runs = swept.runs
    assert runs.groupby("plan")["moved_fte"].nunique().eq(1).all()
    assert runs.loc[runs["plan"] == 0, "moved_fte"].eq(0).all()
    assert runs.loc[runs["plan"] == 1, "moved_fte"].gt(0).all()
    assert (runs.groupby("plan")["wait_days_appointment"].diff().dropna() > 0).all()
    assert swept.regret()["futures"].tolist() == [2, 2]


def test_a_run_without_a_plan_says_why(write: Write, tmp_path: Path) -> None:
    file = write(levers={"allocation.equity.largest_unmet_share": [0.0001, 0.9, 0.95, 0.99]}, design={"method": "grid"})
    runs = tt.sweep(file, out=tmp_path / "out").runs
    assert runs["status"].tolist() == ["failed", "done", "done", "done"]
    assert "allocation.equity.largest_unmet_share" in runs["reason"].iloc[0]


def test_an_outcome_that_is_no_indicator(write: Write, tmp_path: Path) -> None:
    file = write(uncertainties={"demand.factor": [1, 2]}, design={"method": "grid"}, outcomes=["unmet_shar"])
    with pytest.raises(ScenarioError, match=r"outcomes: found 'unmet_shar'.*Did you mean unmet_share"):
        tt.sweep(file, out=tmp_path / "out")


def test_the_command(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "_CONNECT_S", 1)
    file = write(uncertainties={"demand.factor": [1, 1.2]}, design={"method": "grid"})
    told = [str(file), "--out", str(tmp_path / "out"), "--workers", "1"]
    assert main(["sweep", *told]) == 0
    assert "2 runs are done, 0 failed." in capsys.readouterr().out
    assert main(["sweep", *told]) == 1
    assert "Go on with --resume" in capsys.readouterr().err
    assert main(["sweep", *told, "--resume"]) == 0
    assert main(["check", str(file)]) == 0
    assert "study 'study' of 2 runs. No fault found." in capsys.readouterr().out
    assert main(["report", str(tmp_path / "out"), "--lang", "en"]) == 0
    assert "What this study says" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    many = write(
        uncertainties={"demand.factor": {"low": 1, "high": 2}},
        design={"method": "latin_hypercube", "samples": 1_000_000},
    )
    assert main(["sweep", str(many), "--out", str(tmp_path / "many")]) == 2
    assert "1,000,000 runs by the method latin_hypercube; expected at most 10,000" in capsys.readouterr().err
    wrong = write(uncertainties={"demand.factr": [1, 2]}, design={"method": "grid"})
    for command in ("sweep", "check"):
        assert main([command, str(wrong)]) == 2
        assert "Did you mean factor?" in capsys.readouterr().err
    here = write(uncertainties={"demand.factor": [1, 2]}, design={"method": "grid"})
    assert main(["sweep", str(here), "--out", str(tmp_path / "no"), "--cluster", "tcp://127.0.0.1:9"]) == 1
    assert "where no scheduler answers" in capsys.readouterr().err


def test_a_study_and_a_scenario_in_each_others_place(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = write(uncertainties={"demand.factor": [1, 1.2]}, design={"method": "grid"})
    scenario = tmp_path / "base.yaml"
    for command in ("run", "site"):
        assert main([command, str(study), "--out", str(tmp_path / "out")]) == 2
        assert "found a study of many runs; expected a scenario" in capsys.readouterr().err
    folder = str(tt.sweep(study, out=tmp_path / "swept").folder)
    for command in (["compare", folder, folder], ["check", folder], ["sweep", folder]):
        assert main(command) == 2
        assert "found the folder of a study of many runs; expected" in capsys.readouterr().err
    assert main(["sweep", str(scenario), "--out", str(tmp_path / "out")]) == 2
    assert "found a scenario; expected a study of many runs" in capsys.readouterr().err


def test_overrides_hold_in_every_run(write: Write, tmp_path: Path) -> None:
    told = {"uncertainties": {"demand.factor": [1, 1.2]}, "design": {"method": "grid"}}
    plain = tt.sweep(write(**told), out=tmp_path / "plain").runs
    moved = tt.sweep(write(**told, overrides={"allocation.mobility.within": "none"}), out=tmp_path / "none").runs
    assert (plain["moved_fte"] > 0).all()
    assert (moved["moved_fte"] == 0).all()
    with pytest.raises(ScenarioError, match="Did you mean mobility"):
        tt.sweep(write(**told, overrides={"allocation.mobilty.within": "none"}), out=tmp_path / "bad")


@pytest.mark.parametrize("chance", ["common", pytest.param("own", marks=pytest.mark.slow)])
def test_what_only_the_simulation_reads_leaves_the_plan_alone(write: Write, tmp_path: Path, chance: str) -> None:
    file = write(
        stages="both",
        chance=chance,
        uncertainties={"simulation.no_show_share": [0.0, 0.1, 0.2]},
        design={"method": "grid"},
        outcomes=["travel_minutes_mean", "moved_fte", "wait_days_appointment"],
    )
    runs = tt.sweep(file, out=tmp_path / "out").runs
    run = tt.run_study(tt.load_scenario(tmp_path / "base.yaml"))
    for outcome in ("travel_minutes_mean", "moved_fte"):
        assert set(runs[outcome]) == {run.value(outcome)}
    assert runs["wait_days_appointment"].nunique() == 3


UNKNOWN_NAMES: dict[str, tuple[dict[str, Any], str]] = {
    "pathway": (
        {"uncertainties": {"demand.pathway_factors.dibetes": {"low": 0.9, "high": 1.1}}},
        "uncertainties.demand.pathway_factors.dibetes: found 'dibetes'; expected a pathway of the care catalogue",
    ),
    "activity": (
        {"uncertainties": {"workload.activity_factors.delivry": {"low": 0.9, "high": 1.1}}},
        "uncertainties.workload.activity_factors.delivry: found 'delivry'",
    ),
    "staff group": (
        {"levers": {"allocation.departures.shares.nurs": [0.0, 0.1]}},
        "levers.allocation.departures.shares.nurs: found 'nurs'",
    ),
    "second word": (
        {"levers": {"allocation.telemedicine.activities": [["mental_health_consultation"], ["mental_helth"]]}},
        "levers.allocation.telemedicine.activities: found",
    ),
    "territory": (
        {"uncertainties": {"territory": ["fes-meknes", "nowhere"]}},
        "uncertainties.territory: found",
    ),
    "province of an outcome": (
        {"uncertainties": {"demand.factor": [1, 2]}, "outcomes": ["unmet_share@province:Ifran"]},
        "outcomes: found 'unmet_share@province:Ifran'; expected a province of the territory. Did you mean Ifrane?",
    ),
    "kind of place": (
        {"uncertainties": {"demand.factor": [1, 2]}, "outcomes": ["unmet_share@planet:Mars"]},
        "outcomes: found 'unmet_share@planet:Mars'; expected an indicator of the region, or `indicator@place`",
    ),
}


@pytest.mark.parametrize("how", UNKNOWN_NAMES)
def test_names_that_nobody_knows_are_told_before_any_run(write: Write, tmp_path: Path, how: str) -> None:
    told, expected = UNKNOWN_NAMES[how]
    with pytest.raises(ScenarioError) as caught:
        tt.sweep(write(design={"method": "latin_hypercube", "samples": 4}, **told), out=tmp_path / "out")
    assert expected in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_longer_acts_meet_a_plan_that_did_not_know_them(write: Write, tmp_path: Path) -> None:
    file = write(
        stages="simulation",
        uncertainties={"workload.factor": [1.0, 1.4]},
        design={"method": "grid"},
        outcomes=["moved_fte", "needed_acts", "wait_days_appointment"],
    )
    runs = tt.sweep(file, out=tmp_path / "out").runs
    assert runs["moved_fte"].nunique() == runs["needed_acts"].nunique() == 1
    assert runs["wait_days_appointment"].diff().iloc[1] > 0
