"""Where to open, from a scenario: against every choice of a small territory, and what is refused."""

from __future__ import annotations

import html
import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

import territory as tt
from territory.cli import main
from territory.errors import ScenarioError, SitingError
from territory.scenario import NetworkOptions
from territory.study import run_siting
from territory.tables import Region


def scenario(folder: Path, tmp_path: Path, **siting: Any) -> Path:
    file = tmp_path / "where.yaml"
    told = {"name": "where", "territory": str(folder), "care": "morocco", "siting": siting}
    file.write_text(yaml.safe_dump(told), encoding="utf-8")
    return file


def test_two_centres_are_the_best_of_all_pairs(small_folder: Path, small: Region, tmp_path: Path) -> None:
    file = scenario(small_folder, tmp_path, open=2, existing=["CSR2"], candidates=["CSR1", "CSU1"])
    run = run_siting(tt.load_scenario(file))
    travel = tt.travel_times(small, NetworkOptions()).table
    wide = travel.pivot_table(index="zone_id", columns="facility_id", values="minutes").loc[small.zones["zone_id"]]
    people = small.zones["population_persons"].to_numpy(dtype=float)
    places = small.facilities
    existing = places.loc[places["level"] == "CSR2", "facility_id"].tolist()
    may = places.loc[places["level"].isin(["CSR1", "CSU1"]), "facility_id"].tolist()
    costs = {
        pair: float(people @ wide[[*existing, *pair]].min(axis=1).to_numpy())
        for pair in itertools.combinations(sorted(may), 2)
    }
    assert run.sites.siting.objective == pytest.approx(min(costs.values()))
    assert costs[tuple(sorted(run.new["facility_id"]))] == pytest.approx(min(costs.values()))
    before, after = run.minutes
    assert after == pytest.approx(min(costs.values()) / people.sum())
    assert before == pytest.approx(float(people @ wide[existing].min(axis=1).to_numpy()) / people.sum())
    assert run.sites.table["weight"].sum() == pytest.approx(people.sum())


def test_the_command_writes_where_to_open(
    small_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = scenario(small_folder, tmp_path, open=3, existing=["CSR1", "CSR2", "CSU1", "CSU2"])
    for _ in range(2):  # an answer of the same kind is replaced
        assert main(["site", str(file), "--lang", "en", "--out", str(tmp_path / "answer")]) == 0
    told = capsys.readouterr().out
    assert "proven best" in told
    sites = pd.read_csv(tmp_path / "answer" / "sites.csv")
    assert sites["new"].sum() == 3
    assert sites.loc[sites["new"], "facility_id"].str.startswith("new:").all()
    nearest = pd.read_csv(tmp_path / "answer" / "nearest.csv")
    assert (nearest["minutes"] <= nearest["minutes_before"] + 1e-9).all()
    answer = json.loads((tmp_path / "answer" / "siting.json").read_text(encoding="utf-8"))
    assert answer["proven"] is True
    assert answer["estimated_road_share"] > 0.9
    assert any("OpenStreetMap" in line for line in answer["sources"])
    assert "of the kilometres of road are estimated" in told
    page = (tmp_path / "answer" / "report.html").read_text(encoding="utf-8")
    assert 'lang="en"' in page
    assert "Sought: the shortest mean travel. New sites: 3; proven best." in page
    assert all(f"<bdi>{html.escape(name)}</bdi>" in page for name in sites.loc[sites["new"], "name"])
    assert page.count('"symbol":"star"') == 1
    assert sorted(file.name for file in tmp_path.iterdir()) == ["answer", "where.yaml"]


@pytest.mark.parametrize("problem", ["p_centre", "set_cover", "max_cover", "backup_cover", "fixed_charge"])
def test_every_problem_runs_on_a_territory(small_folder: Path, tmp_path: Path, problem: str) -> None:
    told: dict[str, Any] = {"problem": problem, "weights": ["general_consultation"]}
    if problem in ("set_cover", "max_cover", "backup_cover"):
        told["reach_minutes"] = 90.0
    if problem not in ("set_cover", "fixed_charge"):
        told["open"] = 6
    if problem == "fixed_charge":
        told["opening"] = 20_000.0
    run = run_siting(tt.load_scenario(scenario(small_folder, tmp_path, **told)))
    assert run.sites.siting.is_optimal
    assert "open" not in told or len(run.new) == 6
    assert len(run.new) > 0
    assert np.isnan(run.minutes[0])
    assert json.loads((run.save(tmp_path / "answer") / "siting.json").read_text(encoding="utf-8"))["proven"] is True


def test_zones_that_no_site_reaches_are_named(small_folder: Path, tmp_path: Path) -> None:
    file = scenario(small_folder, tmp_path, problem="set_cover", reach_minutes=1.0, candidates=["CHP"])
    with pytest.raises(
        SitingError, match=r"zone '03\.\S+' \(.+\): found no site, and no place .* siting\.reach_minutes"
    ):
        run_siting(tt.load_scenario(file))


def test_options_of_another_problem_are_refused(small_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no reach_minutes for p_median"):
        tt.load_scenario(scenario(small_folder, tmp_path, open=1, reach_minutes=30.0))
    with pytest.raises(ScenarioError, match="no `opening` for p_median"):
        tt.load_scenario(scenario(small_folder, tmp_path, open=1, opening=30.0))
    with pytest.raises(ScenarioError, match=r"siting\.weights"):
        tt.load_scenario(scenario(small_folder, tmp_path, open=1, weights=[]))


def test_what_cannot_be_sited_is_refused(
    small_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = {"problem": "max_cover", "existing": ["CSR9"], "weights": ["cardiology"], "candidates": ["CHV"]}
    file = scenario(small_folder, tmp_path, open=0, reach_minutes=-3, **told)
    assert main(["site", str(file)]) == 2
    text = capsys.readouterr().err
    assert "siting.open: found 0; expected greater than or equal to 1" in text
    assert "siting.reach_minutes: found -3" in text
    file = scenario(small_folder, tmp_path, open=1, reach_minutes=30, **told)
    assert main(["site", str(file)]) == 2
    text = capsys.readouterr().err
    assert "siting.existing: found 'CSR9'; expected a name of the care catalogue. Did you mean CSR" in text
    assert "siting.weights: found 'cardiology'" in text
    assert "siting.candidates: found 'CHV'" in text
    with pytest.raises(ScenarioError, match=r"reach_minutes, for max_cover"):
        tt.load_scenario(scenario(small_folder, tmp_path, problem="max_cover", open=1))
    with pytest.raises(ScenarioError, match=r"`open`, the number of new sites, for p_median"):
        tt.load_scenario(scenario(small_folder, tmp_path))
    with pytest.raises(SitingError, match=r"siting\.candidates: found 0 places; expected 1 at least"):
        run_siting(tt.load_scenario(scenario(small_folder, tmp_path, open=1, candidates=["CHU"])))
    with pytest.raises(ScenarioError, match="expected a block that says where to open"):
        run_siting(tt.load_scenario(scenario(small_folder, tmp_path, open=1)).model_copy(update={"siting": None}))


def test_a_matrix_has_no_times_to_the_points_of_zones(small_folder: Path, small: Region, tmp_path: Path) -> None:
    times = tmp_path / "times.csv"
    tt.travel_times(small, NetworkOptions()).table.to_csv(times, index=False)
    told = {"name": "where", "territory": str(small_folder), "care": "morocco", "network": {"matrix": "times.csv"}}
    file = tmp_path / "where.yaml"
    file.write_text(yaml.safe_dump({**told, "siting": {"open": 1}}), encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"siting\.candidates: found the points of zones, to which network\.matrix"):
        run_siting(tt.load_scenario(file))
    assert main(["check", str(file)]) == 2
    file.write_text(yaml.safe_dump({**told, "siting": {"open": 1, "candidates": ["CSR1"]}}), encoding="utf-8")
    assert len(run_siting(tt.load_scenario(file)).new) == 1


def test_another_folder_is_not_replaced(small_folder: Path, tmp_path: Path) -> None:
    run = run_siting(tt.load_scenario(scenario(small_folder, tmp_path, open=1)))
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "thesis.docx").touch()
    with pytest.raises(ScenarioError, match="which holds something else"):
        run.save(taken)
    assert [file.name for file in taken.iterdir()] == ["thesis.docx"]
