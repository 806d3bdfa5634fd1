"""Indices, effects and curves against functions whose answers are known, through the whole machinery."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sweeps import models
from sweeps.conftest import Write

from territory.errors import ScenarioError
from territory.scenario import Scenario
from territory.sweeps import Swept, sweep

Model = Callable[[Scenario], dict[str, float]]


def swept(file: Path, model: Model, folder: Path) -> Swept:
    return sweep(file, out=folder / "out", model=model, most_runs=100_000)


def ishigami_known() -> tuple[list[float], list[float]]:
    a, b = 7.0, 0.1
    one = 0.5 * (1 + b * np.pi**4 / 5) ** 2
    two = a**2 / 8
    both = b**2 * np.pi**8 * (1 / 18 - 1 / 50)
    all_of_it = one + two + both
    return [one / all_of_it, two / all_of_it, 0.0], [(one + both) / all_of_it, two / all_of_it, both / all_of_it]


def sobol_g_known() -> tuple[list[float], list[float]]:
    own = [1 / 3 / (1 + a) ** 2 for a in (0, 1, 9)]
    whole = np.prod([1 + v for v in own]) - 1
    return [v / whole for v in own], [v * np.prod([1 + w for w in own if w is not v]) / whole for v in own]


@pytest.mark.parametrize(
    ("model", "known"),
    [(models.ishigami, ishigami_known()), pytest.param(models.sobol_g, sobol_g_known(), marks=pytest.mark.slow)],
    ids=["ishigami", "g"],
)
@pytest.mark.parametrize(("method", "samples"), [("sobol", 256), ("fast", 300)])
def test_known_indices(study_file: Write, tmp_path: Path, model: Model, known: Any, method: str, samples: int) -> None:
    done = swept(study_file(design={"method": method, "samples": samples}), model, tmp_path)
    found = done.sobol_indices("y")
    assert len(done.runs) == samples * (5 if method == "sobol" else 3)
    near = 0.08 if method == "sobol" else 0.1
    assert found["first"].to_numpy() == pytest.approx(known[0], abs=near)
    assert found["total"].to_numpy() == pytest.approx(known[1], abs=near)
    assert found["first_low"].isna().all() == (method == "fast")
    if method == "sobol":
        assert (found["first_low"] <= found["first"]).all()
        assert (found["total"] <= found["total_high"]).all()
        assert (np.array(known[1]) >= found["total_low"] - 0.02).all()
        assert (np.array(known[1]) <= found["total_high"] + 0.02).all()


def test_known_effects(study_file: Write, tmp_path: Path) -> None:
    done = swept(study_file(design={"method": "morris", "samples": 40}), models.plane, tmp_path)
    found = done.morris_effects("y").set_index("factor")
    assert found.loc["demand.factor", "mu"] == pytest.approx(3.0)
    assert found.loc["demand.factor", "sigma"] == pytest.approx(0.0, abs=1e-9)
    for name in ("network.speed_factor", "simulation.no_show_share"):  # 2 z and 2 y, about 1
        assert found.loc[name, "mu_star"] == pytest.approx(1.0, abs=0.25)
        assert found.loc[name, "sigma"] == pytest.approx(2 * np.sqrt(5 / 36), abs=0.2)
        assert found.loc[name, "mu_star_low"] < 1.0 < found.loc[name, "mu_star_high"]


def test_a_factor_alone_moves_an_outcome_as_far_as_it_does(study_file: Write, tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(
        models.SCENARIO
        + "demand: {factor: 0.5001}\nnetwork: {speed_factor: 0.5001}\nsimulation: {no_show_share: 0.45}\n",
        encoding="utf-8",
    )
    done = swept(study_file(design={"method": "one_at_a_time", "steps": 3}), models.plane, tmp_path)
    assert len(done.runs) == 10
    found = done.tornado("y")
    assert found["factor"].tolist() == ["demand.factor", "network.speed_factor", "simulation.no_show_share"]
    assert found["width"].to_numpy() == pytest.approx([3.0, 1.0, 1.0])
    assert found["base"].to_numpy() == pytest.approx(2.0)
    assert found["low"].to_numpy() == pytest.approx([0.5, 1.5, 1.5])
    assert found["high_at"].to_numpy(dtype=float) == pytest.approx([1.0001, 1.0001, 0.9])


def test_a_response_curve_follows_the_mean_of_the_others(study_file: Write, tmp_path: Path) -> None:
    done = swept(study_file(design={"method": "latin_hypercube", "samples": 600}), models.plane, tmp_path)
    found = done.response("demand.factor", "y")
    assert found["runs"].sum() == 600
    assert found["mean"].to_numpy() == pytest.approx(3 * found["value"].to_numpy() + 0.5, abs=0.25)
    assert ((found["low"] < found["mean"]) & (found["mean"] < found["high"])).all()


def test_correlations_have_the_sign_and_the_order(study_file: Write, tmp_path: Path) -> None:
    done = swept(study_file(design={"method": "latin_hypercube", "samples": 300}), models.plane, tmp_path)
    found = done.correlations("y")
    assert found["factor"].iloc[0] == "demand.factor"
    assert (found["correlation"] > 0).all()
    assert found["low"].iloc[0] > 0.8


def test_failed_runs_take_their_points_with_them(study_file: Write, tmp_path: Path) -> None:
    done = swept(study_file(design={"method": "morris", "samples": 40}), models.fails_often, tmp_path)
    failed = done.runs[done.runs["status"] == "failed"]
    assert 0 < len(failed) < len(done.runs)
    assert (failed["reason"] == "ValueError: too much").all()
    found = done.morris_effects("y").set_index("factor")
    assert 2 <= found["points"].iloc[0] < 40
    assert found.loc["network.speed_factor", "mu"] == pytest.approx(1.0)


def test_a_reading_needs_its_design(study_file: Write, tmp_path: Path) -> None:
    done = swept(study_file(), models.plane, tmp_path)
    for reading in (done.sobol_indices, done.morris_effects, done.tornado):
        with pytest.raises(ScenarioError, match=r"design\.method: found latin_hypercube; expected"):
            reading("y")
    fast = swept(study_file(design={"method": "fast", "samples": 65}), models.fails_often, tmp_path / "fast")
    with pytest.raises(ScenarioError, match="failed runs in a design of the method fast"):
        fast.sobol_indices("y")


@pytest.mark.parametrize("design", [{"method": "sobol", "samples": 8}, {"method": "fast", "samples": 65}])
def test_nothing_drives_what_does_not_move(study_file: Write, tmp_path: Path, design: dict[str, Any]) -> None:
    done = sweep(study_file(design=design), out=tmp_path / "out", model=models.constant)
    assert done.sobol_indices("y")[["first", "total"]].eq(0.0).all(axis=None)
    assert done.correlations("y").empty


def test_no_correlation_of_a_few_runs(study_file: Write, tmp_path: Path) -> None:
    for samples, factors in ((9, 0), (10, 3)):
        file = study_file(design={"method": "latin_hypercube", "samples": samples})
        done = sweep(file, out=tmp_path / f"{samples}", model=models.plane)
        assert len(done.correlations("y")) == factors


def test_readings_name_what_they_do_not_know(study_file: Write, tmp_path: Path) -> None:
    done = sweep(study_file(design={"method": "morris", "samples": 4}), out=tmp_path / "out", model=models.plane)
    one, other = "demand.factor", "network.speed_factor"
    for read, expected in (
        (lambda: done.response("demand.facto", "y"), "factor: found 'demand.facto'.*Did you mean demand.factor"),
        (lambda: done.response(one, one), "outcome: found 'demand.factor'; expected an outcome of the study"),
        (lambda: done.heat(one, one, "y"), "found 'demand.factor' twice"),
        (lambda: done.heat(one, other, "seconds"), "outcome: found 'seconds'"),
        (lambda: done.plot_drivers("z"), "outcome: found 'z'"),
        (lambda: done.plot_heat("y"), "'y', of which these runs and this design give no such figure"),
    ):
        with pytest.raises(ScenarioError, match=expected):
            read()
    assert len(done.plot_opened().data) > 0
