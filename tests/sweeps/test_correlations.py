"""Partial rank correlations are those of residuals, tell factors apart that move together, and count futures once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from territory.scenario import Sweep
from territory.sweeps.correlations import correlations

WIDE = {"low": 0.5, "high": 1.5}


def study(*, crossed: bool = False, words: bool = False) -> Sweep:
    levers = {"allocation.mobility.within": ["none", "region"]} if crossed or words else {}
    return Sweep.model_validate(
        {
            "name": "study",
            "scenario": "base.yaml",
            "levers": levers,
            "uncertainties": {"demand.factor": WIDE, "workload.factor": WIDE},
            "design": {"method": "latin_hypercube", "samples": 40, "crossed": crossed},
            "outcomes": ["y"],
        }
    )


def together(count: int) -> pd.DataFrame:
    """Return two factors that move together, and an outcome that only the first moves."""
    chance = np.random.default_rng(5)
    one = chance.uniform(0.5, 1.5, count)
    other = 0.7 * one + 0.3 * chance.uniform(0.5, 1.5, count)
    y = one + chance.normal(0, 0.1, count)
    return pd.DataFrame({"run": range(count), "demand.factor": one, "workload.factor": other, "status": "done", "y": y})


def test_the_correlation_of_residuals() -> None:
    runs = together(60)
    ranks = runs[["demand.factor", "workload.factor", "y"]].rank().to_numpy()
    left = [ranks[:, at] - np.polyval(np.polyfit(ranks[:, 1], ranks[:, at], 1), ranks[:, 1]) for at in (0, 2)]
    found = correlations(study(), runs, "y").set_index("factor")
    assert found.loc["demand.factor", "correlation"] == pytest.approx(np.corrcoef(*left)[0, 1], abs=1e-9)


def test_a_factor_that_only_moves_with_another_drives_nothing() -> None:
    runs = together(200)
    plain = stats.spearmanr(runs["workload.factor"], runs["y"]).statistic
    found = correlations(study(), runs, "y").set_index("factor")
    assert plain > 0.7
    assert abs(found.loc["workload.factor", "correlation"]) < 0.2
    assert found.loc["workload.factor", "low"] < 0 < found.loc["workload.factor", "high"]
    assert found.loc["demand.factor", "low"] > 0.5


def test_words_are_taken_out_too() -> None:
    runs = together(60).assign(**{"allocation.mobility.within": ["none", "region"] * 30})
    moved = runs.assign(y=runs["y"] + 100.0 * (runs["allocation.mobility.within"] == "region"))
    found = correlations(study(words=True), moved, "y").set_index("factor")
    assert found.loc["demand.factor", "correlation"] > 0.5  # most of the spread is that of the words


def test_plans_of_one_future_are_one_case() -> None:
    """The same futures under more and more plans say no more about the futures."""
    alone = together(20).assign(future=range(20))
    plans = pd.concat([alone.assign(run=alone["run"] + 20 * plan, plan=plan) for plan in range(6)], ignore_index=True)
    plans["allocation.mobility.within"] = np.where(plans["plan"] < 3, "none", "region")
    one = correlations(study(), alone.drop(columns="future"), "y").set_index("factor")
    six = correlations(study(crossed=True), plans, "y").set_index("factor")
    for factor in one.index:
        assert six.loc[factor, "correlation"] == pytest.approx(one.loc[factor, "correlation"], abs=0.02)
        widths = [float(found.loc[factor, "high"] - found.loc[factor, "low"]) for found in (one, six)]
        assert widths[1] == pytest.approx(widths[0], rel=0.25)


def test_few_futures_have_no_interval() -> None:
    runs = pd.concat([together(5).assign(future=range(5), plan=plan) for plan in range(4)], ignore_index=True)
    runs["allocation.mobility.within"] = np.where(runs["plan"] < 2, "none", "region")
    found = correlations(study(crossed=True), runs, "y")
    assert len(found) == 2
    assert found[["low", "high"]].isna().all(axis=None)
