"""When does an outcome break its threshold? Boxes of factors found by the Patient Rule Induction Method.

Friedman & Fisher, Statistics and Computing 9, 1999; for plans under uncertainty Bryant & Lempert, Technological
Forecasting and Social Change 77, 2010.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from territory.errors import Fault, ScenarioError
from territory.scenario import Sweep
from territory.sweeps.work import DONE

Flags = NDArray[np.bool_]
Limits = dict[str, tuple[Any, ...]]

_PEEL = 0.05  # share of the box that one step takes off
_LEAST_RUNS = 10
_UNLIKELY = 0.05
_LEAST_MASS = 0.05
_LEAST_DENSITY = 0.8  # of the box that is proposed, where one has it


@dataclass(frozen=True)
class Box:
    """A part of the space of factors: limits by factor, all others free.

    `limits`: (low, high) of factors with numbers, both included, infinite where that end is free; a tuple of values of
    the others. `coverage`: share of the cases of interest that it holds; `density`: share of its runs that are of
    interest; `mass`: share of all runs.
    """

    limits: Limits
    coverage: float
    density: float
    mass: float


def prim(study: Sweep, runs: pd.DataFrame, outcome: str) -> list[Box]:
    """Return ever smaller boxes in which an outcome ever more often breaks its threshold.

    Each box is the one before without the twentieth of its runs that leaves the largest share of cases of interest;
    limits that may be chance are left out of what is told of it.

    Raises
    ------
    ScenarioError
        When the outcome has no threshold, no run breaks it, or there are too few runs.
    """
    if outcome not in study.thresholds:
        raise ScenarioError(Fault(f"thresholds.{outcome}", "nothing", "at_most or at_least for the outcome"))
    done = runs[(runs["status"] == DONE) & runs[outcome].notna()].reset_index(drop=True)
    broken = ~done[outcome].map(study.thresholds[outcome].holds).to_numpy(dtype=bool)
    if len(done) < _LEAST_RUNS or not broken.any():
        found = f"{broken.sum()} of {len(done)} runs break the threshold of '{outcome}'"
        raise ScenarioError(Fault("runs", found, f"{_LEAST_RUNS} runs, and one that breaks it"))
    return boxes(done[list(study.factors)], broken)


def boxes(factors: pd.DataFrame, of_interest: Flags) -> list[Box]:
    """Return the boxes of `prim` for runs of a table of factors, the whole space first."""
    limits: Limits = {}
    found = [_box(factors, of_interest, limits)]
    least = max(_LEAST_MASS * len(factors), 2)
    while True:
        peeled = _peel(factors, of_interest, limits)
        if peeled is None or _holds(factors, peeled).sum() < least:
            return found
        if _density(factors, of_interest, peeled) < _density(factors, of_interest, limits):
            return found
        limits = peeled
        found.append(_box(factors, of_interest, _pasted(factors, of_interest, limits)))


def proposed(found: list[Box]) -> Box:
    """Return the box with the most cases among those of which four runs in five are of interest, or the densest."""
    dense = [box for box in found if box.density >= _LEAST_DENSITY]
    if dense:
        return max(dense, key=lambda box: (box.coverage, -len(box.limits)))
    return max(found, key=lambda box: (box.density, box.coverage))


def _peel(factors: pd.DataFrame, of_interest: Flags, limits: Limits) -> Limits | None:
    """Return the box smaller by one step that holds the largest share of cases of interest; None: there is none."""
    inside = _holds(factors, limits)
    best: tuple[float, int] | None = None
    chosen = None
    for smaller in _smaller(factors, limits, inside):
        own = _holds(factors, smaller)
        if not own.any() or own.sum() == inside.sum():
            continue
        rank = (float(of_interest[own].mean()), int(own.sum()))
        if best is None or rank > best:
            best, chosen = rank, smaller
    return chosen


def _smaller(factors: pd.DataFrame, limits: Limits, inside: Flags) -> Iterator[Limits]:
    """Yield every box that is smaller by one step: a little less at either end of a factor, or a value less."""
    for name in factors.columns:
        own = factors.loc[inside, name]
        if pd.api.types.is_numeric_dtype(own):
            numbers = np.unique(own.to_numpy(dtype=float))
            low, high = np.quantile(own.to_numpy(dtype=float), [_PEEL, 1 - _PEEL])
            bottom, top = limits.get(name, (-np.inf, np.inf))
            above, below = numbers[numbers > max(low, numbers[0])], numbers[numbers < min(high, numbers[-1])]
            if len(above) and len(below):
                yield {**limits, name: (float(above[0]), top)}
                yield {**limits, name: (bottom, float(below[-1]))}
        else:
            values = sorted(own.unique(), key=str)
            for value in values:
                yield {**limits, name: tuple(other for other in values if other != value)}


def _pasted(factors: pd.DataFrame, of_interest: Flags, limits: Limits) -> Limits:
    """Return the box without the limits that may be chance.

    A limit stays when its absence would make as many cases of interest in the box unlikely (the quasi-p-value of Bryant
    & Lempert, 2010: a binomial test against the share of the box without the limit).
    """
    limits = dict(limits)
    while limits:
        chances = {name: _by_chance(factors, of_interest, limits, name) for name in limits}
        weakest = max(chances, key=lambda name: chances[name])
        if chances[weakest] <= _UNLIKELY:
            break
        del limits[weakest]
    return limits


def _by_chance(factors: pd.DataFrame, of_interest: Flags, limits: Limits, name: str) -> float:
    inside = _holds(factors, limits)
    wider = {other: limit for other, limit in limits.items() if other != name}
    cases = int(of_interest[inside].sum())
    return float(stats.binom.sf(cases - 1, int(inside.sum()), _density(factors, of_interest, wider)))


def _holds(factors: pd.DataFrame, limits: Limits) -> Flags:
    inside = np.ones(len(factors), dtype=bool)
    for name, limit in limits.items():
        values = factors[name]
        numeric = pd.api.types.is_numeric_dtype(values)
        inside &= (values.between(*limit) if numeric else values.isin(limit)).to_numpy()
    return inside


def _density(factors: pd.DataFrame, of_interest: Flags, limits: Limits) -> float:
    return float(of_interest[_holds(factors, limits)].mean())


def _box(factors: pd.DataFrame, of_interest: Flags, limits: Limits) -> Box:
    inside = _holds(factors, limits)
    held = of_interest[inside]
    return Box(limits, float(held.sum() / of_interest.sum()), float(held.mean()), float(inside.mean()))
