"""A good set of sites quickly: greedy, then the best exchange of sites until none is better.

Teitz & Bart (Operations Research 16, 1968), with the gains of all exchanges computed at once as in Resende & Werneck
(European Journal of Operational Research 174, 2007).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LEAST_GAIN = 1e-9  # of the total cost: exchanges that gain less are rounding


def improved(costs: Floats, opening: Floats, chosen: Ints, kept: Ints, *, count: int | None) -> Ints:
    """Return the sites after exchanges, ascending.

    Parameters
    ----------
    costs
        Finite cost of serving each client from each site, shape (clients, sites).
    opening
        Cost of opening each site, shape (sites,).
    chosen
        Sites to begin with; at least one.
    kept
        Sites that must stay, among the chosen.
    count
        How many sites are open in the end; None: as many as is best.
    """
    chosen = np.asarray(chosen, dtype=np.int64)
    while True:
        come, leave, gain = _best_move(costs, opening, chosen, kept, count)
        if gain <= _LEAST_GAIN * (1.0 + total(costs, opening, chosen)):
            return np.sort(chosen)
        if leave >= 0:
            chosen = chosen[chosen != leave]
        if come >= 0:
            chosen = np.append(chosen, come)


def greedy(costs: Floats, opening: Floats, kept: Ints, *, count: int | None) -> Ints:
    """Return sites opened one by one, each the one that saves most."""
    chosen = np.asarray(kept, dtype=np.int64)
    nearest = costs[:, chosen].min(axis=1) if len(chosen) else None
    while count is None or len(chosen) < count:
        if nearest is None:
            gain = -(costs.sum(axis=0) + opening)
        else:
            gain = np.maximum(nearest[:, None] - costs, 0.0).sum(axis=0) - opening
        gain[chosen] = -np.inf
        best = int(np.argmax(gain))
        if len(chosen) == costs.shape[1] or (count is None and nearest is not None and gain[best] <= 0):
            break
        chosen = np.append(chosen, best)
        nearest = costs[:, best] if nearest is None else np.minimum(nearest, costs[:, best])
    return chosen


def total(costs: Floats, opening: Floats, chosen: Ints) -> float:
    """Return the cost of a set of sites."""
    return float(costs[:, chosen].min(axis=1).sum() + opening[chosen].sum())


def _best_move(costs: Floats, opening: Floats, chosen: Ints, kept: Ints, count: int | None) -> tuple[int, int, float]:
    """Return who comes, who leaves (-1: nobody) and what it saves."""
    open_costs = costs[:, chosen]
    place = open_costs.argmin(axis=1)
    nearest = open_costs[np.arange(len(costs)), place]
    second = np.partition(open_costs, 1, axis=1)[:, 1] if len(chosen) > 1 else np.full(len(costs), np.inf)
    gain = np.maximum(nearest[:, None] - costs, 0.0).sum(axis=0) - opening
    gain[chosen] = -np.inf
    stays = np.isin(chosen, kept)
    moves = []
    # What the clients of each open site lose when it goes is what their second costs more, or the one who comes.
    order = np.argsort(place, kind="stable")
    served, starts = np.unique(place[order], return_index=True)
    saved = opening[chosen].copy()
    lost = np.zeros((len(chosen), costs.shape[1]))
    worse = np.minimum(second[order, None], np.maximum(costs[order], nearest[order, None])) - nearest[order, None]
    lost[served] = np.add.reduceat(worse, starts, axis=0)
    swap = gain[None, :] + saved[:, None] - lost
    swap[stays] = -np.inf
    leave, come = np.unravel_index(int(np.argmax(swap)), swap.shape)
    moves.append((int(come), int(chosen[leave]), float(swap[leave, come])))
    if count is None:
        moves.append((int(np.argmax(gain)), -1, float(gain.max())))
        if len(chosen) > 1:
            alone = saved - np.bincount(place, weights=second - nearest, minlength=len(chosen))
            alone[stays] = -np.inf
            moves.append((-1, int(chosen[np.argmax(alone)]), float(alone.max())))
    return max(moves, key=lambda move: move[2])
