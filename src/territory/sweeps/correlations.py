"""Which factors go with an outcome, whatever the design? Partial rank correlations."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from territory.scenario import Sweep
from territory.sweeps.designs import FUTURE
from territory.sweeps.work import DONE

Floats = NDArray[np.float64]

_LEAST_RUNS = 10  # below, a rank correlation of chance alone is often near one
_RESAMPLES = 300
_ENDS = (2.5, 97.5)  # per cent of the resamples
_NOTHING = 1e-9  # share of a spread that is rounding


def correlations(study: Sweep, runs: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Return the partial rank correlation of an outcome with each factor that has numbers, with its 95 % interval.

    What the other factors explain is taken out of both first, so that factors that move together in the design by
    chance are not mistaken for each other (Marino et al., J. Theor. Biol. 254, 2008). The interval is a percentile
    bootstrap over runs; over futures where levers are crossed with them, for runs of one future are not independent.

    Returns
    -------
    pandas.DataFrame
        factor, correlation, low, high; the strongest first. Empty where fewer than ten runs are finished; ends are NaN
        where there are fewer than ten futures.
    """
    done = runs[(runs["status"] == DONE) & runs[outcome].notna()].reset_index(drop=True)
    moved = [name for name in study.factors if len(done[name].unique()) > 1]
    names = [name for name in moved if pd.api.types.is_numeric_dtype(done[name])]
    columns = ["factor", "correlation", "low", "high"]
    if len(done) < max(_LEAST_RUNS, len(moved) + 3) or done[outcome].nunique() < 2 or not names:  # noqa: PLR2004
        return pd.DataFrame(columns=columns)
    words = [pd.get_dummies(done[name].astype(str), dtype=float) for name in moved if name not in names]
    given = np.column_stack([done[names].to_numpy(dtype=float), *(own.to_numpy(dtype=float) for own in words)])
    values = done[outcome].to_numpy(dtype=float)
    found = _partial(given, values, len(names))
    low, high = _ends(given, values, len(names), _units(done), study.design.seed)
    table = pd.DataFrame({"factor": names, "correlation": found, "low": low, "high": high}).dropna(subset="correlation")
    order = table["correlation"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _units(done: pd.DataFrame) -> list[Floats]:
    """Return the rows of each run, or of each future."""
    key = done[FUTURE] if FUTURE in done.columns else done.index
    return [np.asarray(rows) for _, rows in sorted(done.groupby(key).indices.items())]


def _ends(given: Floats, values: Floats, count: int, units: list[Floats], seed: int) -> tuple[Floats, Floats]:
    if len(units) < _LEAST_RUNS:
        unknown = np.full(count, np.nan)
        return unknown, unknown
    chance = np.random.default_rng(seed)
    drawn = []
    for _ in range(_RESAMPLES):
        rows = np.concatenate([units[unit] for unit in chance.integers(len(units), size=len(units))])
        drawn.append(_partial(given[rows], values[rows], count))
    table = np.nan_to_num(np.array(drawn))
    low, high = np.percentile(table, _ENDS, axis=0)
    return low, high


def _partial(given: Floats, values: Floats, count: int) -> Floats:
    """Return the partial rank correlation of values with each of the first columns; NaN for one that others explain.

    `given` has shape (runs, columns), `values` (runs,).
    """
    ranks = stats.rankdata(given, axis=0)
    outcome = stats.rankdata(values)
    found = np.full(count, np.nan)
    for own in range(count):
        others = np.column_stack([np.ones(len(ranks)), np.delete(ranks, own, axis=1)])
        both = np.column_stack([ranks[:, own], outcome])
        left = both - others @ np.linalg.lstsq(others, both, rcond=None)[0]
        spread, whole = np.linalg.norm(left, axis=0), np.linalg.norm(both - both.mean(axis=0), axis=0)
        if spread[0] > _NOTHING * max(whole[0], 1.0):
            moves = spread[1] > _NOTHING * max(whole[1], 1.0)
            found[own] = float(left[:, 0] @ left[:, 1]) / (spread[0] * spread[1]) if moves else 0.0
    return found
