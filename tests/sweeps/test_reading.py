"""Boxes, regret and shares of futures against planted and hand-made answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sweeps import models
from sweeps.conftest import Write

from territory.errors import ScenarioError
from territory.scenario import Sweep
from territory.sweeps import Swept, proposed, sweep


def test_prim_finds_a_planted_box(study_file: Write, tmp_path: Path) -> None:
    file = study_file(design={"method": "latin_hypercube", "samples": 1500}, thresholds={"y": {"at_most": 0.5}})
    done = sweep(file, out=tmp_path / "out", model=models.planted)
    found = done.prim("y")
    assert found[0].limits == {}
    assert found[0].mass == 1.0
    best = proposed(found)
    assert set(best.limits) == {"demand.factor", "network.speed_factor"}
    assert best.density > 0.8
    assert best.coverage > 0.8
    assert best.limits["demand.factor"] == pytest.approx((0.2, 0.6), abs=0.05)
    low, high = best.limits["network.speed_factor"]
    assert low == pytest.approx(0.7, abs=0.08)
    assert high == np.inf


def test_prim_says_what_it_lacks(study_file: Write, tmp_path: Path) -> None:
    done = sweep(study_file(), out=tmp_path / "out", model=models.plane)
    with pytest.raises(ScenarioError, match=r"thresholds\.y: found nothing"):
        done.prim("y")
    easy = Sweep.model_validate({**done.study.model_dump(), "thresholds": {"y": {"at_most": 100}}})
    with pytest.raises(ScenarioError, match="0 of 20 runs break the threshold"):
        replace(done, study=easy).prim("y")


def hand_made(**told: Any) -> tuple[Sweep, pd.DataFrame]:
    study = Sweep.model_validate(
        {
            "name": "study",
            "scenario": "base.yaml",
            "levers": {"allocation.mobility.within": ["none", "region"]},
            "uncertainties": {"demand.factor": [1, 2, 3]},
            "design": {"method": "grid", "crossed": True},
            "outcomes": ["unmet", "served"],
            "thresholds": {"unmet": {"at_most": 10}, "served": {"at_least": 5}},
            **told,
        }
    )
    runs = pd.DataFrame(
        {
            "run": range(6),
            "plan": [0, 0, 0, 1, 1, 1],
            "future": [0, 1, 2, 0, 1, 2],
            "allocation.mobility.within": ["none"] * 3 + ["region"] * 3,
            "demand.factor": [1, 2, 3] * 2,
            "status": ["done"] * 5 + ["failed"],
            "unmet": [4.0, 12.0, 20.0, 6.0, 9.0, np.nan],
            "served": [9.0, 7.0, 6.0, 8.0, 8.0, np.nan],
            "opened": [["F1 surgery"], [], ["F1 surgery", "F2 birth"], [], [], []],
            "left_behind": [["z1"], ["z1"], ["z1", "z2"], [], ["z1"], []],
        }
    )
    return study, runs


def done(study: Sweep, runs: pd.DataFrame) -> Swept:
    return Swept(Path("nowhere"), study, {"runs": len(runs)}, runs)


def test_regret_by_hand() -> None:
    found = done(*hand_made()).regret().set_index("plan")
    assert found.loc[0, "good_enough"] == pytest.approx(1 / 3)
    assert found.loc[1, "good_enough"] == pytest.approx(2 / 3)  # a failed run is not good enough
    assert found.index.tolist() == [1, 0]
    assert found.loc[1, "failed"] == 1
    assert found.loc[0, "unmet_regret"] == 3.0  # 12 - 9 in the second future
    assert found.loc[1, "unmet_regret"] == 2.0  # 6 - 4 in the first
    assert found.loc[0, "served_regret"] == 1.0  # 8 - 7: more is better
    assert found.loc[1, "served_regret"] == 1.0
    assert found.loc[0, "unmet"] == 12.0
    assert found.loc[1, "allocation.mobility.within"] == "region"


def test_a_response_counts_futures_not_runs() -> None:
    found = done(*hand_made()).response("demand.factor", "unmet")
    assert found["mean"].tolist() == [5.0, 10.5, 20.0]  # of both plans in each future, then over futures
    assert found["runs"].tolist() == [1, 1, 1]
    assert found[["low", "high"]].isna().all(axis=None)


def test_regret_says_what_it_lacks() -> None:
    study, runs = hand_made(thresholds={})
    with pytest.raises(ScenarioError, match="thresholds: found none"):
        done(study, runs).regret()
    with pytest.raises(ScenarioError, match=r"design\.crossed: found a design that is not crossed"):
        done(hand_made()[0], runs.drop(columns="plan")).regret()


def test_shares_of_futures_by_hand() -> None:
    read = done(*hand_made())
    assert read.left_behind().to_dict() == {"z1": pytest.approx(4 / 5), "z2": pytest.approx(1 / 5)}
    opened = read.opened().set_index(["facility_id", "activity"])["share"]
    assert opened.to_dict() == {("F1", "surgery"): pytest.approx(2 / 5), ("F2", "birth"): pytest.approx(1 / 5)}
