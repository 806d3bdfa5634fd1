"""Which runs a study makes, and what is refused before any is made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sweeps import models
from sweeps.conftest import Write

from territory.errors import ScenarioError
from territory.scenario import Factor, read_sweep
from territory.sweeps import sweep
from territory.sweeps.designs import count_runs, make_runs
from territory.sweeps.factors import levels, values_at
from territory.sweeps.variants import parts_of

EVEN = (np.arange(2000) + 0.5) / 2000


@pytest.mark.parametrize(
    ("told", "law"),
    [
        ({"low": 2.0, "high": 6.0}, stats.uniform(2, 4)),
        ({"law": "loguniform", "low": 0.1, "high": 10.0}, stats.loguniform(0.1, 10.0)),
        ({"law": "triangular", "low": 0.0, "mode": 1.0, "high": 4.0}, stats.triang(0.25, 0, 4)),
        ({"law": "normal", "mean": 1.0, "sd": 0.2, "low": 0.8, "high": 1.5}, stats.truncnorm(-1, 2.5, 1, 0.2)),
        ({"law": "normal", "mean": 1.0, "sd": 0.2}, stats.norm(1, 0.2)),
        ({"law": "lognormal", "median": 2.0, "geometric_sd": 1.5}, stats.lognorm(np.log(1.5), scale=2.0)),
    ],
    ids=["uniform", "loguniform", "triangular", "cut_normal", "normal", "lognormal"],
)
def test_a_law_gives_its_quantiles(told: dict[str, Any], law: Any) -> None:
    factor = Factor.model_validate(told)
    found = np.array(values_at(factor, EVEN))
    inside = (EVEN > 0.01) & (EVEN < 0.99)
    assert found[inside] == pytest.approx(law.ppf(EVEN[inside]), rel=0.02)
    assert np.isfinite(values_at(factor, np.array([0.0, 1.0]))).all()
    grid = levels(factor, 5)
    assert len(grid) == 5
    assert grid == sorted(grid)


def test_lists_and_whole_numbers_are_spread_evenly() -> None:
    words = values_at(Factor(values=("a", "b", "c")), EVEN)
    assert [words.count(word) for word in "abc"] == pytest.approx([667, 666, 667], abs=1)
    whole = values_at(Factor(low=2.0, high=5.0), EVEN, whole=True)
    assert [whole.count(number) for number in (2, 3, 4, 5)] == [500] * 4
    assert values_at(Factor(low=2.0, high=5.0), np.array([0.0, 1.0]), whole=True) == [2, 5]
    assert levels(Factor(low=1.0, high=3.0), 9, whole=True) == [1, 2, 3]


@pytest.mark.parametrize(
    ("design", "runs"),
    [
        ({"method": "grid", "steps": 3}, 27),
        ({"method": "one_at_a_time", "steps": 3}, 10),
        ({"method": "latin_hypercube", "samples": 7}, 7),
        ({"method": "morris", "samples": 7}, 28),
        ({"method": "sobol", "samples": 8}, 40),
        ({"method": "fast", "samples": 65}, 195),
    ],
    ids=lambda value: value.get("method") if isinstance(value, dict) else "",
)
def test_a_design_has_the_runs_that_were_counted(study_file: Write, design: dict[str, Any], runs: int) -> None:
    study = read_sweep(study_file(design=design))
    made = make_runs(study, dict.fromkeys(models.FACTORS, 0.5))
    assert count_runs(study) == len(made.table) == runs
    again = make_runs(study, dict.fromkeys(models.FACTORS, 0.5))
    pd.testing.assert_frame_equal(made.table, again.table, check_exact=True)
    if made.places is not None:
        assert made.places.shape == (runs, 3)
        assert ((made.places >= 0) & (made.places <= 1)).all()
    for name, told in models.FACTORS.items():
        assert made.table[name].between(told["low"], told["high"]).all()


def test_a_latin_hypercube_takes_each_slice_once(study_file: Write) -> None:
    made = make_runs(read_sweep(study_file(design={"method": "latin_hypercube", "samples": 50})), {})
    for column in np.asarray(made.places).T:
        assert sorted(np.floor(column * 50).astype(int)) == list(range(50))


def test_levers_are_crossed_with_futures(study_file: Write) -> None:
    file = study_file(
        levers={"allocation.mobility.within": ["none", "region"], "allocation.mobility.largest_share": [0.1, 0.2, 0.3]},
        design={"method": "latin_hypercube", "samples": 4, "crossed": True},
    )
    table = make_runs(read_sweep(file), {}).table
    assert len(table) == count_runs(read_sweep(file)) == 24
    assert table["plan"].tolist() == np.repeat(range(6), 4).tolist()
    futures = table.groupby("future")[list(models.FACTORS)].nunique()
    assert (futures == 1).to_numpy().all()
    assert (
        table.groupby("plan")[["allocation.mobility.within", "allocation.mobility.largest_share"]]
        .nunique()
        .eq(1)
        .all()
        .all()
    )
    assert len(table.drop_duplicates(["allocation.mobility.within", "allocation.mobility.largest_share"])) == 6


def test_a_table_of_runs(study_file: Write, tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text(
        "demand.factor,network.speed_factor,simulation.no_show_share\n1,0.5,0.1\n0.9,1,0\n"
    )
    file = study_file(design={"method": "table", "table": "runs.csv"})
    table = make_runs(read_sweep(file), {}).table
    assert table["demand.factor"].tolist() == [1, 0.9]
    (tmp_path / "runs.csv").write_text("demand.factor,network.speed,simulation.no_show_share\n1,0.5,\n")
    with pytest.raises(ScenarioError) as caught:
        sweep(file, out=tmp_path / "out", model=models.plane)
    assert "row 1: found no column 'network.speed_factor'" in str(caught.value)
    assert "row 1: found a column 'network.speed'" in str(caught.value)
    (tmp_path / "runs.csv").write_text("demand.factor,network.speed_factor,simulation.no_show_share\n1,0.5,\n")
    with pytest.raises(ScenarioError, match=r"row 2, column simulation\.no_show_share: found nothing"):
        sweep(file, out=tmp_path / "out", model=models.plane)
    (tmp_path / "runs.csv").unlink()
    with pytest.raises(ScenarioError, match=r"design\.table, runs\.csv: found no such file"):
        sweep(file, out=tmp_path / "out", model=models.plane)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "unknown key": (
        {"uncertainties": {"demand.factr": {"low": 1, "high": 2}}},
        "uncertainties.demand.factr: found unknown key 'factr'; expected a known key. Did you mean factor?",
    ),
    "upside down": ({"uncertainties": {"demand.factor": {"low": 2, "high": 1}}}, "low below high, not 2 and 1"),
    "no parameters": ({"uncertainties": {"demand.factor": {"law": "normal", "mean": 1}}}, "sd for the law normal"),
    "idle parameter": ({"uncertainties": {"demand.factor": {"low": 1, "high": 2, "sd": 1}}}, "no sd for uniform"),
    "one value": ({"uncertainties": {"demand.factor": [1]}}, "a list of two values or more"),
    "nothing said": ({"uncertainties": {"demand.factor": {}}}, "values, low and high, or a law for 'demand.factor'"),
    "out of bounds": (
        {"uncertainties": {"demand.factor": {"low": 1, "high": 20}}},
        "uncertainties.demand.factor: found 20.0; expected less than or equal to 10",
    ),
    "no such word": (
        {"levers": {"allocation.mobility.within": ["region", "moon"]}},
        "levers.allocation.mobility.within: found 'moon'",
    ),
    "only a name": ({"levers": {"title.fr": ["a", "b"]}}, "found a key that only names the scenario"),
    "siting": ({"levers": {"siting.open": [1, 2]}}, "a key of siting, which no run reads"),
    "idle simulation": ({"stages": "allocation"}, "a key of the simulation, which is not run"),
    "plan made before": (
        {"stages": "simulation", "uncertainties": {"allocation.largest_workload": {"low": 0.5, "high": 1}}},
        "a key of the plan, which is made before the uncertainties are known",
    ),
    "both": (
        {"levers": {"demand.factor": [1, 2]}},
        "'demand.factor' as a lever, as an uncertainty or among the overrides, once",
    ),
    "one inside the other": (
        {
            "levers": {
                "allocation.mobility": [{}, {"within": "region"}],
                "allocation.mobility.within": ["none", "region"],
            }
        },
        "keys apart from each other, not 'allocation.mobility.within' inside 'allocation.mobility'",
    ),
    "no design": ({"design": {"method": "morris"}}, "samples for the method morris"),
    "too few": ({"design": {"method": "fast", "samples": 10}}, "samples of 65 or more for the method fast"),
    "no power": ({"design": {"method": "sobol", "samples": 100}}, "a power of two"),
    "a million": (
        {"design": {"method": "sobol", "samples": 262144}},
        "design: found 1,310,720 runs by the method sobol; expected at most 10,000. Take fewer",
    ),
    "a large grid": ({"design": {"method": "grid", "steps": 100}}, "found 1,000,000 runs by the method grid"),
    "no outcome": ({"outcomes": []}, "outcomes"),
    "strange threshold": ({"thresholds": {"z": {"at_most": 1}}}, "thresholds of outcomes, which 'z' is not"),
    "two thresholds": ({"thresholds": {"y": {"at_most": 1, "at_least": 0}}}, "at_most or at_least, one of the two"),
    "no scenario": ({"scenario": "nowhere.yaml"}, "scenario: found 'nowhere.yaml', which is not there"),
    "crossed alone": ({"design": {"method": "grid", "crossed": True}}, "levers and uncertainties, to be crossed"),
    "unknown word": ({"desing": {}}, "unknown key 'desing'"),
}


@pytest.mark.parametrize("how", BAD)
def test_a_bad_study_is_told_before_any_run(study_file: Write, tmp_path: Path, how: str) -> None:
    told, expected = BAD[how]
    with pytest.raises(ScenarioError) as caught:
        sweep(study_file(**told), out=tmp_path / "out", model=models.plane)
    assert expected in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_one_factor_at_a_time_starts_from_the_scenario(study_file: Write, tmp_path: Path) -> None:
    told = {"allocation.telemedicine.largest_shares.cardiology": {"low": 0.1, "high": 0.4}}
    file = study_file(stages="allocation", uncertainties=told, design={"method": "one_at_a_time"})
    with pytest.raises(ScenarioError, match="a value in the scenario, to start one factor at a time from"):
        sweep(file, out=tmp_path / "out", model=models.plane)


def test_runs_that_differ_in_limits_alone_start_from_one_programme(study_file: Write) -> None:
    file = study_file(
        levers={
            "allocation.mobility.within": ["none", "region"],
            "allocation.recruitment.budget_mad_per_year": [0, 1e6, 2e6, 3e6],
        },
        uncertainties={"demand.factor": {"low": 0.8, "high": 1.2}},
        design={"method": "grid", "steps": 2},
    )
    study = read_sweep(file)
    table = make_runs(study, {}).table
    parts = parts_of(study, table)
    assert sorted(part.number for part in parts) == list(range(len(table)))
    for part in parts:
        own = part.values
        if own["allocation.recruitment.budget_mad_per_year"] == 0:
            assert part.first is None  # two runs are too few to keep a programme for
        else:
            assert part.first is not None
            assert part.first["allocation.mobility.within"] == own["allocation.mobility.within"]
            assert part.first["allocation.recruitment.budget_mad_per_year"] == 1e6
            assert part.first["demand.factor"] == pytest.approx(0.8)


def test_the_upper_tail_of_a_law_is_not_lost() -> None:
    far = Factor(law="normal", mean=1.0, sd=0.1, low=1.9, high=2.5)
    found = np.array(values_at(far, EVEN))
    assert ((found >= 1.9) & (found < 2.1)).all()
    assert len(set(found)) == len(found)
    assert (np.diff(found) > 0).all()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("1,0.5,0.1,7\n", "row 2: found 4 fields; expected 3"),
        ("inf,0.5,0.1\n", r"row 2, column demand\.factor: found inf; expected a finite number"),
        ("x,0.5,0.1\n", r"column demand\.factor: found 'x'"),
        ("1.9,0.5,0.1\n", r"column demand\.factor: found 1\.9; expected a value between low and high"),
    ],
)
def test_values_of_a_table_are_checked(study_file: Write, tmp_path: Path, rows: str, expected: str) -> None:
    head = "demand.factor,network.speed_factor,simulation.no_show_share\n"
    (tmp_path / "runs.csv").write_text(head + rows, encoding="utf-8")
    with pytest.raises(ScenarioError, match=expected):
        sweep(study_file(design={"method": "table", "table": "runs.csv"}), out=tmp_path / "out", model=models.plane)
    assert not (tmp_path / "out").exists()


def test_numbers_that_yaml_takes_for_texts(study_file: Write) -> None:
    """YAML 1.1 reads 4e7 as a text, for it has no point."""
    levers = {
        "allocation.recruitment.budget_mad_per_year": ["0", "4e7", 80000000],
        "allocation.mobility.within": ["none", "region"],
    }
    table = make_runs(read_sweep(study_file(levers=levers, uncertainties={}, design={"method": "grid"})), {}).table
    assert sorted(set(table["allocation.recruitment.budget_mad_per_year"])) == [0, 4e7, 8e7]
    assert set(table["allocation.mobility.within"]) == {"none", "region"}
