"""A bound and a reduction: the Lagrangian relaxation of 'every client is served once', by subgradients.

Its best bound is that of the linear programme (Cornuéjols, Fisher & Nemhauser, Management Science 23, 1977); sites
whose opening, or closing, would push the bound above the best known cost are fixed (Christofides & Beasley, European
Journal of Operational Research 10, 1982).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from territory.siting.interchange import greedy, improved, total

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_MOST_STEPS = 1500
_PATIENCE = 25  # steps without a better bound before the step length is halved
_SHORTEST = 0.002  # step length, as a share of the distance to the best known cost, at which to stop
_TRY_EVERY = 40  # steps between two searches from the sites of the relaxation
_SAME = 1e-9  # costs that differ by less, as a share, are the same


@dataclass
class Relaxed:
    """What is known after the relaxation: the best sites and their cost, the bound, and which sites are decided.

    The bound and the decided sites hold for sets that are cheaper than the best one known.
    """

    chosen: Ints
    cost: float
    bound: float
    kept: Flags
    closed: Flags

    def proven(self, step: float) -> bool:
        """Say whether nothing cheaper can exist; costs are multiples of `step`, 0: any."""
        return self.cost - self.bound <= max(step * (1.0 - 1e-6), _SAME * abs(self.cost))


def relax(costs: Floats, opening: Floats, kept: Ints, *, count: int | None, step: float) -> Relaxed:
    """Return the best sites found, a bound, and the sites that a cheaper set must, or cannot, have open.

    Parameters
    ----------
    costs
        Finite cost of serving each client from each site, shape (clients, sites).
    opening
        Cost of opening each site, shape (sites,).
    kept
        Sites that must be open.
    count
        How many sites are open; None: as many as is best.
    step
        Every cost of a set of sites is a multiple of it; 0: any.
    """
    chosen = improved(costs, opening, greedy(costs, opening, kept, count=count), kept, count=count)
    flags = np.zeros(costs.shape[1], dtype=bool)
    flags[kept] = True
    state = Relaxed(chosen, total(costs, opening, chosen), -np.inf, flags, np.zeros(costs.shape[1], dtype=bool))
    must = flags.copy()
    prices = np.sort(costs[:, chosen], axis=1)[:, : min(2, len(chosen))].mean(axis=1)
    best_prices, length, since, tried = prices, 2.0, 0, {tuple(chosen.tolist())}
    for number in range(_MOST_STEPS):
        left = np.minimum(costs - prices[:, None], 0.0)
        worth = left.sum(axis=0) + opening
        open_now = _cheapest(worth, state.kept, state.closed, count)
        if count is not None and open_now.sum() != count:  # what is decided leaves no cheaper set
            state.bound = state.cost
            break
        bound = float(prices.sum() + worth[open_now].sum())
        if bound > state.bound + _SAME * abs(bound):
            state.bound, best_prices, since = bound, prices, 0
            _decide(state, worth, open_now, bound, count, step)
        else:
            since += 1
        if number % _TRY_EVERY == 0 or since == _PATIENCE:
            _try(state, costs, opening, np.flatnonzero(open_now), np.flatnonzero(must), count, tried)
        if since == _PATIENCE:
            length, since, prices = length / 2.0, 0, best_prices
            if length < _SHORTEST:
                break
            continue
        slope = 1.0 - (left[:, open_now] < 0).sum(axis=1)
        steepness = float(slope @ slope)
        if state.proven(step) or steepness == 0:
            break
        prices = prices + length * (1.05 * state.cost - bound) / steepness * slope
    return state


def _cheapest(worth: Floats, kept: Flags, closed: Flags, count: int | None) -> Flags:
    """Return the sites of least worth: so many, or all that pay; those kept always, those closed never."""
    chosen = kept.copy()
    free = np.flatnonzero(~kept & ~closed)
    if count is None:
        chosen[free[worth[free] < 0]] = True
        if not chosen.any():
            chosen[free[np.argmin(worth[free])]] = True
    else:
        more = max(count - int(kept.sum()), 0)
        chosen[free[np.argsort(worth[free], kind="stable")[:more]]] = True
    return chosen


def _decide(state: Relaxed, worth: Floats, open_now: Flags, bound: float, count: int | None, step: float) -> None:
    """Fix the sites whose other choice would cost more than the best sites known."""
    room = state.cost - bound - step * (1.0 - _SAME) + _SAME * abs(state.cost)
    free = ~state.kept & ~state.closed
    inside, outside = open_now & free, ~open_now & free
    if count is None:
        if (worth[inside] >= 0).any():  # opened only because one must be
            return
        state.closed |= outside & (worth > room)
        state.kept |= inside & (-worth > room)
        return
    if not inside.any() or not outside.any():
        return
    state.closed |= outside & (worth - worth[inside].max() > room)
    state.kept |= inside & (worth[outside].min() - worth > room)


def _try(
    state: Relaxed,
    costs: Floats,
    opening: Floats,
    sites: Ints,
    must: Ints,
    count: int | None,
    tried: set[tuple[int, ...]],
) -> None:
    """Search from the sites of the relaxation."""
    key = tuple(sites.tolist())
    if key in tried:
        return
    tried.add(key)
    chosen = improved(costs, opening, sites, must, count=count)
    cost = total(costs, opening, chosen)
    if cost < state.cost:
        state.chosen, state.cost = chosen, cost
