"""From a place between 0 and 1 to the value of a factor: the inverse of its distribution."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from territory.scenario import Factor

Floats = NDArray[np.float64]

_HALF = 0.5
_TAIL = 1e-3  # laws without ends are taken between these shares: a design may ask for the share 0 itself


def values_at(factor: Factor, places: Floats, *, whole: bool = False) -> list[Any]:
    """Return the value of a factor at each place of the unit interval, shape (runs,).

    Parameters
    ----------
    factor
        A list of values, each with an equal part of the interval, or a law.
    places
        Shares of the distribution, between 0 and 1.
    whole
        Whether the key takes whole numbers: they are spread evenly from low to high, ends included.
    """
    if factor.values:
        count = len(factor.values)
        return [factor.values[min(int(place * count), count - 1)] for place in places]
    if whole and factor.law == "uniform":
        low, high = int(np.ceil(factor.low or 0.0)), int(np.floor(factor.high or 0.0))
        return [min(low + int(place * (high - low + 1)), high) for place in places]
    numbers = quantiles(factor, places)
    return [round(number) if whole else number for number in numbers.tolist()]


def levels(factor: Factor, steps: int, *, whole: bool = False) -> list[Any]:
    """Return the values of a factor in a grid: its list, or so many from the lowest to the highest."""
    if factor.values:
        return list(factor.values)
    low, high = ends(factor)
    spaced = np.geomspace if factor.law == "loguniform" else np.linspace
    numbers = spaced(low, high, steps)
    numbers[0], numbers[-1] = low, high
    return list(dict.fromkeys(round(number) if whole else number for number in numbers.tolist()))


def ends(factor: Factor) -> tuple[float, float]:
    """Return the smallest and largest value of a law; without ends of its own, those at its outer thousandths."""
    low, high = quantiles(factor, np.array([0.0, 1.0])).tolist()
    return low, high


def quantiles(factor: Factor, places: Floats) -> Floats:
    """Return the quantiles of a law, shape (places,)."""
    low = -np.inf if factor.low is None else factor.low
    high = np.inf if factor.high is None else factor.high
    match factor.law:
        case "uniform":
            found = low + places * (high - low)
        case "loguniform":
            found = np.exp(np.log(low) + places * (np.log(high) - np.log(low)))
        case "triangular":
            mode = (float(factor.mode or 0.0) - low) / (high - low)
            found = stats.triang.ppf(places, mode, loc=low, scale=high - low)
        case "normal":
            found = _cut(stats.norm(factor.mean, factor.sd), places, low, high)
        case "lognormal":
            law = stats.lognorm(s=np.log(float(factor.geometric_sd or 1.0)), scale=factor.median)
            found = _cut(law, places, low, high)
    return np.asarray(np.clip(found, low, high), dtype=np.float64)


def _cut(law: Any, places: Floats, low: float, high: float) -> Floats:
    """Return quantiles of a law cut at low and high."""
    if np.isfinite(low) and law.cdf(low) > _HALF:  # in the upper tail shares are told from above: none is near 1
        above = law.sf(low)
        beyond = law.sf(high) if np.isfinite(high) else above * _TAIL
        return np.asarray(law.isf(above - places * (above - beyond)), dtype=np.float64)
    bottom = law.cdf(low) if np.isfinite(low) else _TAIL
    top = law.cdf(high) if np.isfinite(high) else 1.0 - _TAIL
    return np.asarray(law.ppf(bottom + places * (top - bottom)), dtype=np.float64)
