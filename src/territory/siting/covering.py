"""Sites that reach people within a time: fewest sites, most people, people reached twice; and the p-centre."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array, eye_array, hstack

from territory.errors import Fault, Faults, SitingError
from territory.siting.given import Given, given, opening_costs
from territory.siting.median import TIME_LIMIT_S, nearest_sites
from territory.siting.mip import Floats, Ints, Programme, solve
from territory.siting.solution import Siting, nearest_open

_OPEN = 0.5


def set_cover(
    minutes: Any,
    *,
    reach_minutes: float,
    opening: ArrayLike | None = None,
    times: int = 1,
    fixed: Sequence[int] = (),
    forbidden: Sequence[int] = (),
    time_limit_s: float = TIME_LIMIT_S,
) -> Siting:
    """Return the fewest, or cheapest, sites that reach every client (Toregas et al., Operations Research 19, 1971).

    Parameters
    ----------
    minutes
        From each client to each site, shape (clients, sites), dense or sparse; inf, or not in a sparse matrix: out of
        reach.
    reach_minutes
        A site reaches who is no farther than this.
    opening
        Cost of opening each site, shape (sites,); none: 1 each.
    times
        How many open sites must reach each client.
    fixed, forbidden
        Positions of sites that must, or must not, be open.
    time_limit_s
        Seconds after which the best sites so far are returned, with the bound that is proven.

    Raises
    ------
    SitingError
        When the input contradicts itself, or a client is not within reach of so many sites.
    """
    known = given(minutes, None, fixed, forbidden, reach_minutes=reach_minutes)
    reached = known.minutes <= reach_minutes
    few = np.flatnonzero(reached.sum(axis=1) < times)
    faults = Faults(SitingError)
    costs = opening_costs(np.ones(reached.shape[1]) if opening is None else opening, reached.shape[1], faults)
    if times < 1:
        faults.add("times", f"{times}", "1 or more")
    elif len(few):
        faults.add(f"client {few[0]}", f"{reached[few[0]].sum()} sites in reach", f"{times} at least")
    faults.raise_if_any()
    programme = _over_sites(known, costs)
    programme.add(csr_array(np.unique(reached, axis=0).astype(float)), float(times))
    answer = solve(programme, time_limit_s)
    if answer is None:
        raise SitingError(Fault("sites", "no set that reaches every client", "one", "Allow more sites."))
    chosen = np.flatnonzero(answer.values > _OPEN)
    bound = _rounded_up(answer.bound, costs)
    return _covering(known, reach_minutes, chosen, float(costs[chosen].sum()), bound, stopped=answer.stopped)


def max_cover(
    minutes: Any,
    weights: ArrayLike | None = None,
    *,
    p: int,
    reach_minutes: float,
    fixed: Sequence[int] = (),
    forbidden: Sequence[int] = (),
    time_limit_s: float = TIME_LIMIT_S,
) -> Siting:
    """Return the p sites that reach most weight.

    Maximal covering (Church & ReVelle, Papers of the Regional Science Association 32, 1974). `weights`, shape
    (clients,), are what is reached: none, 1 each. The rest as in `set_cover`.
    """
    known = given(minutes, weights, fixed, forbidden, p=p, everybody=False, reach_minutes=reach_minutes)
    groups, weight = _groups(known, reach_minutes)
    missed = Given(1.0 - groups, weight, known.fixed, known.forbidden)  # a median of who is missed
    best = nearest_sites(missed, np.zeros(known.minutes.shape[1]), p, time_limit_s)
    total = float(known.weights[(known.minutes <= reach_minutes).any(axis=1)].sum())
    found, bound = total - best.objective, total - best.bound
    return _covering(known, reach_minutes, best.open, found, bound, stopped=best.stopped)


def backup_cover(
    minutes: Any,
    weights: ArrayLike | None = None,
    *,
    p: int,
    reach_minutes: float,
    fixed: Sequence[int] = (),
    forbidden: Sequence[int] = (),
    time_limit_s: float = TIME_LIMIT_S,
) -> Siting:
    """Return the p sites that reach every client, and most weight twice.

    Backup covering (BACOP1; Hogan & ReVelle, Management Science 32, 1986). The objective is the weight that two
    open sites or more reach. The rest as in `max_cover`.
    """
    known = given(minutes, weights, fixed, forbidden, p=p, reach_minutes=reach_minutes)
    groups, weight = _groups(known, reach_minutes)
    programme = _over_sites(known, np.zeros(groups.shape[1]), -weight)
    programme.add(hstack([csr_array(groups.astype(float)), -eye_array(len(weight))]), 1.0)
    sites = (np.arange(len(programme.costs)) < groups.shape[1]).astype(float)
    programme.add(csr_array(sites[None, :]), float(p), float(p))
    answer = solve(programme, time_limit_s)
    if answer is None:
        hint = "Allow more sites, or raise the reach; set_cover says how many it takes."
        raise SitingError(Fault("p", f"{p}", "enough sites to reach every client", hint))
    chosen = np.flatnonzero(answer.values[: groups.shape[1]] > _OPEN)
    twice = (known.minutes[:, chosen] <= reach_minutes).sum(axis=1) > 1
    found = float(known.weights[twice].sum())
    bound = max(_rounded_down(-answer.bound, known.weights), found)
    return _covering(known, reach_minutes, chosen, found, bound, stopped=answer.stopped)


def _over_sites(known: Given, costs: Floats, reached: Floats | None = None) -> Programme:
    """Return a programme whose first columns are sites, and the others whether a group of clients is reached."""
    more = np.zeros(0) if reached is None else reached
    sites, columns = len(costs), len(costs) + len(more)
    low, high = np.zeros(columns), np.ones(columns)
    low[known.fixed] = 1.0
    high[known.forbidden] = 0.0
    return Programme(np.concatenate([costs, more]), high, np.arange(columns) < sites, low)


def _groups(known: Given, reach_minutes: float) -> tuple[Any, Floats]:
    """Return clients that the same sites reach as one: which sites, and their weight; those out of reach left out."""
    reached = known.minutes <= reach_minutes
    groups, group = np.unique(reached, axis=0, return_inverse=True)
    weight = np.bincount(group.ravel(), weights=known.weights, minlength=len(groups))
    some = groups.any(axis=1)
    return groups[some], np.asarray(weight[some], dtype=float)


def _covering(
    known: Given, reach_minutes: float, chosen: Ints, objective: float, bound: float, *, stopped: bool
) -> Siting:
    within = np.where(known.minutes <= reach_minutes, known.minutes, np.inf)
    return Siting(chosen, nearest_open(within, chosen)[0], objective, bound, stopped)


def _rounded_up(bound: float, costs: Floats) -> float:
    """Return a bound as a whole number where all costs are."""
    return float(np.ceil(bound - 1e-6)) if (costs == np.round(costs)).all() else bound


def _rounded_down(bound: float, weights: Floats) -> float:
    return float(np.floor(bound + 1e-6 + 1e-9 * abs(bound))) if (weights == np.round(weights)).all() else bound
