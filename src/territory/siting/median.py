"""Sites of least total travel: the p-median, and fixed-charge location."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from territory.errors import Fault, Faults, SitingError, SolverStopped
from territory.siting.capacitated import assigned
from territory.siting.given import Given, given, opening_costs
from territory.siting.lagrangian import Relaxed, relax
from territory.siting.mip import Floats, solve
from territory.siting.radius import radius_programme
from territory.siting.solution import Siting, nearest_open

TIME_LIMIT_S = 600.0
_LARGEST_WHOLE = 2.0**40
_ROUNDING = 1e-6  # of a bound in the solver


def p_median(
    minutes: Any,
    weights: ArrayLike | None = None,
    *,
    p: int,
    capacities: ArrayLike | None = None,
    single_source: bool = False,
    fixed: Sequence[int] = (),
    forbidden: Sequence[int] = (),
    time_limit_s: float = TIME_LIMIT_S,
) -> Siting:
    """Return the p sites of least weighted travel, sum of weight x minutes (Hakimi, Operations Research 12, 1964).

    Parameters
    ----------
    minutes
        From each client to each site, shape (clients, sites), dense or sparse; inf, or not in a sparse matrix: a client
        cannot use a site. Any other measure of distance will do.
    weights
        Demand of each client, such as its people, shape (clients,); none: 1 each.
    p
        Sites that are open, those that are fixed among them.
    capacities
        Most demand that each site takes, in the unit of the weights, shape (sites,); none: no limit.
    single_source
        With capacities: whether a client's demand goes to one site undivided.
    fixed, forbidden
        Positions of sites that must, or must not, be open.
    time_limit_s
        Seconds after which the best sites so far are returned, with the bound that is proven.

    Raises
    ------
    SitingError
        When the input contradicts itself, or no p sites reach every client within their capacities.
    SolverStopped
        When the time ends before any sites are found.
    """
    known = given(minutes, weights, fixed, forbidden, p=p)
    opening = np.zeros(known.minutes.shape[1])
    if capacities is None:
        return nearest_sites(known, opening, p, time_limit_s)
    return assigned(known, opening, capacities, p, time_limit_s, single_source=single_source)


def fixed_charge(
    minutes: Any,
    weights: ArrayLike | None = None,
    *,
    opening: ArrayLike,
    capacities: ArrayLike | None = None,
    single_source: bool = False,
    fixed: Sequence[int] = (),
    forbidden: Sequence[int] = (),
    time_limit_s: float = TIME_LIMIT_S,
) -> Siting:
    """Return the sites, as many as is best, of least travel and cost of opening.

    Fixed-charge location (Balinski, Management Science 12, 1965). The objective is the sum of weight x minutes and of
    the opening costs of the open sites, `opening`, shape (sites,), in the same unit. The rest as in `p_median`.
    """
    known = given(minutes, weights, fixed, forbidden)
    faults = Faults(SitingError)
    costs = opening_costs(opening, known.minutes.shape[1], faults)
    faults.raise_if_any()
    if capacities is None:
        return nearest_sites(known, costs, None, time_limit_s)
    return assigned(known, costs, capacities, None, time_limit_s, single_source=single_source)


def nearest_sites(known: Given, opening: Floats, count: int | None, time_limit_s: float) -> Siting:
    """Relax, decide what can be decided, and leave the rest to the solver."""
    costs = known.costs
    allowed = np.setdiff1d(np.arange(costs.shape[1]), known.forbidden)
    kept = np.searchsorted(allowed, known.fixed)
    own, own_opening = costs[:, allowed], opening[allowed]
    beyond = 1.0 + 2.0 * float(np.where(np.isfinite(own), own, 0.0).max(axis=1).sum() + own_opening.sum())
    state = relax(np.where(np.isfinite(own), own, beyond), own_opening, kept, count=count, step=_step(own, own_opening))
    chosen, bound, stopped = state.chosen, state.cost, False
    if not state.proven(_step(own, own_opening)):
        chosen, bound, stopped = _finished(own, own_opening, state, count, time_limit_s)
    chosen = allowed[chosen]
    shares, least = nearest_open(costs, chosen)
    if not np.isfinite(least).all():
        raise _none_reach(count)
    objective = float(least.sum() + opening[chosen].sum())
    return Siting(chosen, shares, objective, min(bound, objective), stopped)


def _finished(
    costs: Floats, opening: Floats, state: Relaxed, count: int | None, time_limit_s: float
) -> tuple[Any, float, bool]:
    """Return the best sites, what is proven and whether the solver stopped."""
    left = np.flatnonzero(~state.closed)
    if count is not None and len(left) < count:
        return state.chosen, state.cost, False  # no cheaper set is left
    none_known = not np.isfinite(costs[:, state.chosen].min(axis=1)).all()
    if none_known:
        left = np.arange(costs.shape[1])
    kept = state.kept[left]
    if not np.isfinite(costs[:, left]).any(axis=1).all():
        return state.chosen, state.cost, False  # no cheaper set reaches everybody
    programme, constant = radius_programme(costs[:, left], opening[left], kept, count=count)
    try:
        answer = solve(programme, time_limit_s)
    except SolverStopped:
        if none_known:
            raise
        return state.chosen, state.bound, True
    if answer is None:
        if none_known:
            raise _none_reach(count)
        return state.chosen, state.cost, False
    found = left[answer.values[: len(left)] > 0.5]  # noqa: PLR2004
    cost = float(costs[:, found].min(axis=1).sum() + opening[found].sum())
    bound = max(answer.bound + constant, state.bound)
    step = _step(costs, opening)
    if step:
        bound = step * np.ceil(bound / step - _ROUNDING)
    chosen = found if none_known or cost < state.cost else state.chosen
    return chosen, min(bound, cost, state.cost), answer.stopped


def _none_reach(count: int | None) -> SitingError:
    found = "clients out of reach" if count is None else f"no {count} sites that reach every client"
    return SitingError(Fault("sites", found, "a set that does", "Allow more sites, or raise the reach."))


def _step(costs: Floats, opening: Floats) -> float:
    """Return the step of which every cost is a multiple where all are whole numbers, else 0."""
    numbers = np.concatenate([costs[np.isfinite(costs)], opening])
    if (numbers != np.round(numbers)).any() or numbers.sum() > _LARGEST_WHOLE:
        return 0.0
    return float(max(np.gcd.reduce(numbers.astype(np.int64)), 1))
