"""What drives an outcome? Sobol indices, elementary effects, one factor at a time, response curves."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from SALib.analyze import fast, morris, sobol

from territory.errors import Fault, Faults, ScenarioError, nearest
from territory.indicators import interval
from territory.scenario import Sweep
from territory.sweeps.designs import (
    FAST_HARMONICS,
    FUTURE,
    MORRIS_LEVELS,
    count_runs,
    levels_of,
    make_runs,
    salib_problem,
)
from territory.sweeps.work import DONE

Floats = NDArray[np.float64]

_CONFIDENCE = 0.95
_RESAMPLES = 1000
_MOST_BINS = 12
_MOST_CELLS = 6
_LEAST_IN_BIN = 5
_LEAST_BLOCKS = 2


def sobol_indices(study: Sweep, runs: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Return the share of the variance of an outcome that each factor explains, with 95 % intervals.

    First-order and total indices as estimated by Saltelli et al. (Comput. Phys. Commun. 181, 2010), intervals by
    bootstrap; or, for a design of the extended FAST, those of Saltelli, Tarantola & Chan (Technometrics 41, 1999),
    which have no interval: one curve through the space cannot be drawn again.

    Parameters
    ----------
    study
        A study with a design of the method ``sobol`` or ``fast``.
    runs
        Its runs. Of a Sobol design, points of which a run failed are left out; FAST needs every run.
    outcome
        One of its outcomes.

    Returns
    -------
    pandas.DataFrame
        factor, first, first_low, first_high, total, total_low, total_high, and points: how many were used.
    """
    names = _of_method(study, ("sobol", "fast"))
    problem = salib_problem(names)
    values = _values(study, runs, outcome)
    if study.design.method == "fast":
        if np.isnan(values).any():
            raise ScenarioError(Fault("design", "failed runs in a design of the method fast", "every run"))
        found = _fast(problem, values, study.design.seed)
        points = study.design.samples or 0
    else:
        kept = _whole_blocks(values, len(names) + 2)
        found = _sobol(problem, kept, study.design.seed)
        points = len(kept) // (len(names) + 2)
    return pd.DataFrame(
        {
            "factor": names,
            **_between("first", found["S1"], found["S1_conf"]),
            **_between("total", found["ST"], found["ST_conf"]),
            "points": points,
        }
    )


def _sobol(problem: dict[str, Any], values: Floats, seed: int) -> dict[str, Any]:
    if values.min() == values.max():  # nothing moves it
        return dict.fromkeys(("S1", "S1_conf", "ST", "ST_conf"), np.zeros(problem["num_vars"]))
    with np.errstate(divide="ignore", invalid="ignore"):  # a sample drawn again may hold one value alone
        found: dict[str, Any] = sobol.analyze(
            problem, values, calc_second_order=False, num_resamples=_RESAMPLES, conf_level=_CONFIDENCE, seed=seed
        )
    return found


def _fast(problem: dict[str, Any], values: Floats, seed: int) -> dict[str, Any]:
    unknown = np.full(problem["num_vars"], np.nan)
    if values.min() == values.max():
        return {"S1": np.zeros_like(unknown), "ST": np.zeros_like(unknown), "S1_conf": unknown, "ST_conf": unknown}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="FAST confidence intervals")  # they are not used
        found = fast.analyze(problem, values, M=FAST_HARMONICS, num_resamples=2, seed=seed)
    return {**found, "S1_conf": unknown, "ST_conf": unknown}


def morris_effects(study: Sweep, runs: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Return the elementary effects of each factor over its whole range (Morris, Technometrics 33, 1991).

    Returns
    -------
    pandas.DataFrame
        factor, mu (mean effect), mu_star (mean size of the effect; Campolongo et al., Environ. Model. Softw. 22, 2007)
        with its 95 % interval mu_star_low, mu_star_high, sigma (how much the effect depends on other factors, or
        bends), and points: trajectories used; those of which a run failed are left out.
    """
    names = _of_method(study, ("morris",))
    places = make_runs(study, {}).places
    values = _values(study, runs, outcome)
    block = len(names) + 1
    whole = np.repeat(~np.isnan(values).reshape(-1, block).any(axis=1), block)
    _check_blocks(int(whole.sum()) // block)
    found = morris.analyze(
        salib_problem(names), np.asarray(places)[whole], values[whole], num_levels=MORRIS_LEVELS,
        num_resamples=_RESAMPLES, conf_level=_CONFIDENCE, seed=study.design.seed,
    )  # fmt: skip
    return pd.DataFrame(
        {
            "factor": names,
            "mu": np.asarray(found["mu"], dtype=float),
            **_between("mu_star", found["mu_star"], found["mu_star_conf"]),
            "sigma": np.asarray(found["sigma"], dtype=float),
            "points": int(whole.sum()) // block,
        }
    )


def tornado(study: Sweep, runs: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Return how far each factor alone moves an outcome from the scenario's, the widest first.

    Returns
    -------
    pandas.DataFrame
        factor, base (the outcome of the scenario), low and high (the smallest and largest outcome), low_at and high_at
        (the values of the factor there), width.
    """
    names = _of_method(study, ("one_at_a_time",))
    values = _values(study, runs, outcome)
    rows, start = [], 1
    for name in names:
        at = levels_of(study, name)
        own = values[start : start + len(at)]
        start += len(at)
        if not np.isnan(own).all():
            least, most = int(np.nanargmin(own)), int(np.nanargmax(own))
            rows.append((name, values[0], own[least], own[most], at[least], at[most], own[most] - own[least]))
    table = pd.DataFrame(rows, columns=["factor", "base", "low", "high", "low_at", "high_at", "width"])
    return table.sort_values("width", ascending=False, kind="stable", ignore_index=True)


def response(study: Sweep, runs: pd.DataFrame, factor: str, outcome: str) -> pd.DataFrame:
    """Return the mean of an outcome along a factor, all others moving, with its 95 % interval (Student's t).

    Where levers are crossed with futures, the runs of one future are put together first: they are not independent.

    Returns
    -------
    pandas.DataFrame
        value (of the factor; the mean of a bin where there are many), mean, low, high, runs (or futures).
    """
    check_names(study, (factor,), outcome)
    done = runs[(runs["status"] == DONE) & runs[outcome].notna()]
    value, rows = _binned(done[factor], _MOST_BINS), []
    if FUTURE in done.columns:
        means = done.groupby([value, done[FUTURE]], observed=True)[outcome].mean()
        done = means.rename(outcome).reset_index()
        value = done[factor]
    for at, own in done.groupby(value, observed=True)[outcome]:
        rows.append((at, *interval(own.to_numpy(dtype=float)), len(own)))
    return pd.DataFrame(rows, columns=["value", "mean", "low", "high", "runs"])


def heat(study: Sweep, runs: pd.DataFrame, one: str, other: str, outcome: str) -> pd.DataFrame:
    """Return the mean of an outcome over two factors: a row for each value of one, a column for each of the other.

    Many values are put together in bins of as many runs, named by their mean; a cell without a run is NaN.
    """
    check_names(study, (one, other), outcome)
    done = runs[(runs["status"] == DONE) & runs[outcome].notna()]
    at = {name: _binned(done[name], _MOST_CELLS) for name in (one, other)}
    return done.assign(**at).pivot_table(index=one, columns=other, values=outcome, aggfunc="mean", observed=True)


def _binned(values: pd.Series, most: int) -> pd.Series:
    """Return values, or the mean of the bin they are in where there are more than so many."""
    if values.nunique() <= most or not pd.api.types.is_numeric_dtype(values):
        return values
    bins = pd.qcut(values, max(min(most, values.nunique() // _LEAST_IN_BIN), 1), duplicates="drop")
    return values.groupby(bins, observed=True).transform("mean")


def check_names(study: Sweep, factors: Sequence[str], outcome: str) -> None:
    """Refuse names that are no factors or no outcome of the study, and a factor against itself."""
    faults = Faults(ScenarioError)
    for name in factors:
        if name not in study.factors:
            faults.add("factor", f"'{name}'", "a factor of the study", nearest(str(name), study.factors))
    if len(set(factors)) < len(factors):
        faults.add("factor", f"'{factors[0]}' twice", "two factors of the study")
    if outcome not in study.outcomes:
        faults.add("outcome", f"'{outcome}'", "an outcome of the study", nearest(str(outcome), study.outcomes))
    faults.raise_if_any()


def _of_method(study: Sweep, methods: tuple[str, ...]) -> list[str]:
    if study.design.method not in methods or study.design.crossed:
        found = f"{study.design.method}{', crossed' if study.design.crossed else ''}"
        raise ScenarioError(Fault("design.method", found, " or ".join(methods), "This reading needs its own design."))
    return list(study.factors)


def _values(study: Sweep, runs: pd.DataFrame, outcome: str) -> Floats:
    """Return an outcome of every run of the design in its order; NaN where the run failed or is not there yet."""
    check_names(study, (), outcome)
    found = runs.set_index("run")[outcome].reindex(range(count_runs(study)))
    return np.asarray(found, dtype=np.float64)


def _whole_blocks(values: Floats, block: int) -> Floats:
    """Return the values of the points of which no run failed."""
    table = values.reshape(-1, block)
    kept = table[~np.isnan(table).any(axis=1)]
    _check_blocks(len(kept))
    return kept.ravel()


def _check_blocks(count: int) -> None:
    if count < _LEAST_BLOCKS:
        hint = "See the reasons of the failed runs."
        raise ScenarioError(Fault("runs", f"{count} points without a failed run", f"{_LEAST_BLOCKS} at least", hint))


def _between(name: str, value: Any, half_width: Any) -> dict[str, Floats]:
    middle, half = np.asarray(value, dtype=float), np.asarray(half_width, dtype=float)
    return {name: middle, f"{name}_low": middle - half, f"{name}_high": middle + half}
