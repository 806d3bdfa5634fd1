"""Floating catchments: how much care each origin can reach, shared with all others who reach it too.

Minutes are dense (origins x facilities; inf or NaN: out of reach) or sparse (what is not stored is out of reach).
Every function returns one number for each origin, shape (origins,): supply for each person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array, issparse

from territory.errors import Fault, Faults, IndicatorError

Floats = NDArray[np.float64]
Weights = Callable[[Floats], Floats]


class Places(NamedTuple):
    """Checked input: minutes, people of each origin, supply of each facility."""

    minutes: Any
    population: Floats
    supply: Floats

    def weighted(self, weights: Weights) -> Any:
        """Return the weight of each pair, 0 out of reach; sparse where the minutes are."""
        own = self.minutes
        if issparse(own):
            return csr_array((weights(own.data), own.indices, own.indptr), own.shape)
        return np.where(np.isfinite(own), weights(np.nan_to_num(own, posinf=0.0)), 0.0)


def two_step(minutes: Any, population: ArrayLike, supply: ArrayLike, *, threshold_minutes: float) -> Floats:
    """Return the two-step floating catchment: everybody within the threshold counts alike.

    Luo & Wang, Environment and Planning B 30 (2003).

    Parameters
    ----------
    minutes
        One-way travel, shape (origins, facilities), dense or sparse.
    population
        People of each origin, shape (origins,).
    supply
        What each facility offers, in any unit, shape (facilities,).
    threshold_minutes
        Size of every catchment; a trip that takes just as long is inside.

    Raises
    ------
    IndicatorError
        With every fault: shapes that differ, numbers that are negative or missing, a threshold that is not above 0.
    """
    return enhanced_two_step(minutes, population, supply, weights=step_weights([threshold_minutes], [1.0]))


def enhanced_two_step(minutes: Any, population: ArrayLike, supply: ArrayLike, *, weights: Weights) -> Floats:
    """Return the enhanced two-step floating catchment: who is farther counts less.

    Luo & Qi, Health & Place 15 (2009), with `step_weights`; Dai, Health & Place 16 (2010), with `gaussian_weights`.
    `weights` makes weights of minutes; the rest, and errors, as in `two_step`.
    """
    places = checked_places(minutes, population, supply)
    weight = places.weighted(weights)
    return np.asarray(weight @ _shared(places.supply, weight.T @ places.population), dtype=float)


def three_step(minutes: Any, population: ArrayLike, supply: ArrayLike, *, weights: Weights) -> Floats:
    """Return the three-step floating catchment: people part themselves among the facilities that they reach.

    The share of a facility is its weight over those of all in reach (Wan, Zou & Sternberg, International Journal of
    Geographical Information Science 26, 2012). Parameters and errors as in `enhanced_two_step`.
    """
    places = checked_places(minutes, population, supply)
    total = np.asarray(places.weighted(weights).sum(axis=1), dtype=float)
    share = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    squared = places.weighted(lambda own: weights(own) ** 2)  # once for the choice, once for the way
    return np.asarray(share * (squared @ _shared(places.supply, squared.T @ (places.population * share))), dtype=float)


def gravity(
    minutes: Any, population: ArrayLike, supply: ArrayLike, *, exponent: float, least_minutes: float = 1.0
) -> Floats:
    """Return the gravity measure with competition: weights fall as a power of the minutes, without a threshold.

    Joseph & Bantock, Social Science & Medicine 16 (1982). Minutes below `least_minutes` count as these. Errors as in
    `two_step`.
    """
    return enhanced_two_step(
        minutes, population, supply, weights=lambda own: np.maximum(own, least_minutes) ** -float(exponent)
    )


def step_weights(limits_minutes: Sequence[float], weights: Sequence[float]) -> Weights:
    """Return weights by zones of travel: the first for trips up to the first limit, and so on; 0 beyond the last."""
    limits, values = np.asarray(limits_minutes, dtype=float), np.append(np.asarray(weights, dtype=float), 0.0)
    faults = Faults(IndicatorError)
    if len(limits) != len(values) - 1 or not (np.diff(limits, prepend=0.0) > 0).all():
        faults.add("limits_minutes", str(list(limits_minutes)), f"{len(values) - 1} rising limits above 0")
    if not (values >= 0).all():
        faults.add("weights", str(list(weights)), "weights of 0 or more")
    faults.raise_if_any()
    return lambda minutes: values[np.searchsorted(limits, minutes, side="left")]


def gaussian_weights(threshold_minutes: float) -> Weights:
    """Return weights that fall from 1 at 0 minutes to 0 at the threshold, along a Gaussian (Dai, 2010)."""
    if not threshold_minutes > 0:
        raise IndicatorError(Fault("threshold_minutes", f"{threshold_minutes:g}", "minutes above 0"))
    end = np.exp(-0.5)
    return lambda minutes: np.where(
        minutes <= threshold_minutes, (np.exp(-0.5 * (minutes / threshold_minutes) ** 2) - end) / (1.0 - end), 0.0
    )


def checked_places(minutes: Any, population: ArrayLike, supply: ArrayLike) -> Places:
    """Return checked input; see `two_step` for what is refused."""
    table = csr_array(minutes).astype(float) if issparse(minutes) else np.array(minutes, dtype=float)
    people, offered = np.asarray(population, dtype=float), np.asarray(supply, dtype=float)
    faults = Faults(IndicatorError)
    if table.ndim != 2:  # noqa: PLR2004
        faults.add("minutes", f"shape {table.shape}", "origins x facilities")
        faults.raise_if_any()
    for name, values, length in (("population", people, table.shape[0]), ("supply", offered, table.shape[1])):
        if values.shape != (length,):
            faults.add(name, f"shape {values.shape}", f"{length} numbers, as in the minutes of shape {table.shape}")
        elif not np.isfinite(values).all() or (values < 0).any():
            faults.add(name, "missing, infinite or negative numbers", "0 or more")
    known = np.asarray(table.data if issparse(table) else table[np.isfinite(table)], dtype=float)
    if not (np.isfinite(known) & (known >= 0)).all():
        faults.add("minutes", "negative numbers, or stored ones that are not finite", "0 or more")
    faults.raise_if_any()
    return Places(table, people, offered)


def _shared(supply: Floats, demand: Floats) -> Floats:
    """Return supply for each person of the catchment; 0 where nobody is in it."""
    return np.divide(supply, demand, out=np.zeros_like(supply), where=demand > 0)
