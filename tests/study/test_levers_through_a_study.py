"""The levers through the whole row: what is built, what it costs, and how sure the plan is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import territory as tt
from territory.care import Care
from territory.cli import main
from territory.report import write_page
from territory.study import load_run
from territory.tables import Aim, Region

SHORT = "simulation: {replications: 2, warm_up_days: 7, days: 7}"


@pytest.fixture(scope="module")
def scenario_file(tmp_path_factory: pytest.TempPathFactory, small_folder: Path, small: Region) -> Path:
    file = tmp_path_factory.mktemp("levers") / "levers.yaml"
    zone = small.zones.sort_values("population_persons")["zone_id"].iloc[-1]
    hospital = small.facilities.dropna(subset="beds")["facility_id"].iloc[0]
    file.write_text(
        f"""\
name: levers
territory: {small_folder}
care: morocco
{SHORT}
investments:
  facilities:
    - {{facility_id: N-1, name: "New <b>hospital</b>", level: HPr, zone_id: "{zone}", beds: 45, cost_mad: 110000000,
        source: a test}}
  added_beds: {{{hospital}: 5}}
allocation:
  integer_gap: 0.02
  mobility: {{within: region, largest_share: 0.2, cost_mad_per_person: 1000}}
  shared_posts: {{groups: [gynaecologist], sites: [N-1]}}
  recruitment: {{budget_mad_per_year: 2000000, largest_posts: {{generalist: 5}}}}
  departures: {{shares: {{nurse: 0.02}}}}
  pooled_functions: {{functions: [sterilisation], site_levels: [CHP, HPr]}}
""",
        encoding="utf-8",
    )
    return file


@pytest.fixture(scope="module")
def run(scenario_file: Path) -> tt.Run:
    return tt.run_study(tt.load_scenario(scenario_file))


def test_what_is_built_is_part_of_the_region(run: tt.Run, tmp_path: Path) -> None:
    data = run.data()
    facilities = data.tables["facilities"].set_index("facility_id")
    assert facilities.loc["N-1", "beds"] == 45
    assert (data.tables["travel_times"]["facility_id"] == "N-1").any()
    assert data.manifest["scenario"]["investments"]["facilities"][0]["cost_mad"] == 110_000_000
    write_page(data, tmp_path / "report.html", "en")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert (
        "The scenario builds 1 facility (New &lt;b&gt;hospital&lt;/b&gt;), with 50 beds, for MAD\u00a0110.0 million"
        in text
    )


def test_access_today_knows_nothing_of_what_is_built(run: tt.Run, small: Region, care: Care) -> None:
    found = run.data().tables["access"].set_index(["indicator", "where"])
    today = tt.access(small, run.travel, care).set_index(["indicator", "where"])["value"]
    assert found["before"].dropna().to_dict() == pytest.approx(today.dropna().to_dict())
    then = tt.access(run.region, run.travel, care, run.plan).set_index(["indicator", "where"])["value"]
    assert found["after"].dropna().to_dict() == pytest.approx(then.dropna().to_dict())
    nearer = found.loc["nearest_minutes_hospital"]
    assert nearer.loc["region", "after"] < nearer.loc["region", "before"]


def test_the_new_tables_and_indicators_speak_of_the_same_costs(run: tt.Run) -> None:
    tables = run.data().tables
    assert run.value("running_cost") == pytest.approx(tables["costs"]["mad_after"].sum())
    spending = tables["accounts"][tables["accounts"]["mad_per_year"] < 0]["mad_per_year"].sum()
    assert run.value("running_cost") == pytest.approx(-spending)
    assert len(tables["staffing_need"]) > 0
    assert run.value("support_sites") == len(tables["support"][["function", "site_facility_id"]].drop_duplicates()) > 0
    for kind in ("moved", "shared", "recruited", "departed"):
        moves = tables["moves"]
        assert run.value(f"{kind}_fte") == pytest.approx(moves.loc[moves["kind"] == kind, "fte"].sum())
    assert run.value("recruited_fte") > 0
    assert run.value("departed_fte") > 0


def test_labels_name_what_is_pooled(run: tt.Run) -> None:
    manifest = run.data().manifest
    assert manifest["labels"]["support_functions"]["sterilisation"]["fr"] == "Stérilisation"
    assert manifest["labels"]["support_units"]["sterilisation"]["en"] == "tray of instruments"
    assert manifest["tasks"]["nursing_care"] == ["nurse"]


def aims(*gaps: tuple[bool, float]) -> tuple[Aim, ...]:
    return tuple(Aim(f"Aim_{place}", "units", 10.0, proven, gap) for place, (proven, gap) in enumerate(gaps))


@pytest.mark.parametrize(
    ("gaps", "status"),
    [
        ([(True, 0.0), (True, 1e-7)], "finished"),
        ([(True, 0.0), (False, 0.015)], "within the gap asked for"),
        ([(True, 0.015)], "within the gap asked for"),
        ([(False, 0.015), (False, 0.03)], "stopped at the time limit"),
        ([(False, float("inf"))], "stopped at the time limit"),
        ([(False, 0.0)], "stopped at the time limit"),
    ],
)
def test_a_plan_is_called_finished_only_when_every_aim_is_proven(
    run: tt.Run, gaps: list[tuple[bool, float]], status: str
) -> None:
    open_run = replace(run, plan=replace(run.plan, aims=aims(*gaps)))
    manifest = open_run.data().manifest
    assert manifest["status"] == status
    assert bool(open_run.open_aims) == (status != "finished")
    told = json.loads(json.dumps(manifest["aims"], allow_nan=False))
    for aim, (proven, gap) in zip(told, gaps, strict=True):
        assert aim["proven"] == (proven and gap <= 1e-6)
        assert aim["gap"] == (None if gap == float("inf") or (not proven and gap == 0) else gap)


def test_the_door_tells_each_aim_that_is_not_proven_with_its_gap(
    run: tt.Run,
    scenario_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plan = replace(run.plan, aims=aims((True, 0.0), (False, 0.0123), (False, 2e-6), (False, float("inf"))))
    monkeypatch.setattr("territory.study.run.allocate", lambda *_: plan)
    assert main(["run", str(scenario_file), "--out", str(tmp_path / "run"), "--workers", "1"]) == 0
    told = capsys.readouterr().err
    assert "Aim_0" not in told
    assert "The aim Aim_1 is not proven best: a better plan may lie up to 1.23% below it." in told
    assert "The aim Aim_2 is not proven best: a better plan may lie up to 0.01% below it." in told
    assert "The aim Aim_3 is not proven best: the solver stopped before it knew" in told
    assert load_run(tmp_path / "run").manifest["status"] == "stopped at the time limit"


def told_faults(scenario_file: Path, **changes: Any) -> str:
    overrides = {key.replace("__", "."): value for key, value in changes.items()}
    return "\n".join(map(str, tt.check_scenario(tt.load_scenario(scenario_file, overrides))))


def test_options_may_name_what_is_built(scenario_file: Path) -> None:
    assert told_faults(scenario_file) == ""
    assert "N-1" in told_faults(scenario_file, investments__facilities=[])


def test_faults_of_what_is_built_are_told_with_the_others(scenario_file: Path) -> None:
    told = told_faults(scenario_file, investments__added_beds={"X-9": 5.0}, care="moroco")
    assert "investments.added_beds.X-9" in told
    assert "Did you mean morocco?" in told
    assert "shared_posts" not in told
    new = {"facility_id": "N-1", "name": "n", "level": "HPx", "zone_id": "nowhere", "source": "s"}
    assert "nowhere" in told_faults(scenario_file, investments__facilities=[new])


def test_the_level_of_what_is_built_is_checked(scenario_file: Path, small: Region) -> None:
    zone = small.zones["zone_id"].iloc[0]
    new = {"facility_id": "N-1", "name": "n", "level": "HPx", "zone_id": zone, "source": "s"}
    assert "'HPx'" in told_faults(scenario_file, investments__facilities=[new])


def test_compare_tells_what_changed_and_what_it_cost(
    run: tt.Run, small_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run.save(tmp_path / "levers", lang="en")
    plain = tmp_path / "plain.yaml"
    plain.write_text(f"name: plain\nterritory: {small_folder}\ncare: morocco\n{SHORT}\n", encoding="utf-8")
    tt.run_study(tt.load_scenario(plain)).save(tmp_path / "plain", lang="en")
    runs = [str(tmp_path / name) for name in ("plain", "levers")]
    assert main(["compare", *runs, "--out", str(tmp_path / "compare.html"), "--lang", "fr"]) == 0
    told = capsys.readouterr().out
    for indicator in ("running_cost", "unmet_acts", "travel_gini", "shared_fte", "contracted_acts", "mobile_acts"):
        assert f"\n{indicator} " in told
    assert "levers, against plain:\n  What changes: Posts moved (FTE): +" in told
    assert "  What it brings and costs: " in told
    assert "Facilities built: +1; Cost of building, paid once: +MAD\u00a0110.0 million." in told
    assert "Ce que cela apporte et coûte" in (tmp_path / "compare.html").read_text(encoding="utf-8")
