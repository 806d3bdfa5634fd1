"""Sites from which nobody is far: the p-centre."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from territory.errors import Fault, SitingError, SolverStopped
from territory.siting.given import Given, given
from territory.siting.interchange import greedy, improved
from territory.siting.median import TIME_LIMIT_S
from territory.siting.mip import Ints, Programme, solve
from territory.siting.solution import Siting, nearest_open


def p_centre(
    minutes: Any,
    *,
    p: int,
    fixed: Sequence[int] = (),
    forbidden: Sequence[int] = (),
    time_limit_s: float = TIME_LIMIT_S,
) -> Siting:
    """Return the p sites whose farthest client is nearest (Hakimi, Operations Research 12, 1964).

    The radius is found by bisection over the distinct minutes: can p sites reach everybody within it? (Minieka, SIAM
    Review 12, 1970.) Parameters and errors as in `territory.siting.p_median`; the objective is the largest minutes of
    any client.
    """
    known = given(minutes, None, fixed, forbidden, p=p)
    end = time.monotonic() + time_limit_s
    best = _first(known, p)
    radii = np.unique(known.minutes[np.isfinite(known.minutes)])
    farthest_nearest = known.minutes.min(axis=1).max()
    low = int(np.searchsorted(radii, farthest_nearest))  # no radius before this one reaches everybody
    high = len(radii) if best is None else int(np.searchsorted(radii, _radius(known, best)))
    stopped = False
    while low < high and not stopped:
        middle = (low + high) // 2
        try:
            found = _within(known, radii[middle], p, max(end - time.monotonic(), 0.0))
        except SolverStopped:
            stopped = True
            continue
        if found is None:
            low = middle + 1
        else:
            best, high = found, int(np.searchsorted(radii, _radius(known, found)))
    if best is None:
        if stopped:
            raise SolverStopped(Fault("time_limit_s", f"{time_limit_s:g}", "time enough to find sites", "Allow more."))
        raise SitingError(Fault("p", f"{p}", "enough sites to reach every client", "Allow more sites."))
    shares, least = nearest_open(known.minutes, best)
    return Siting(best, shares, float(least.max()), float(radii[low]), stopped)


def _first(known: Given, p: int) -> Ints | None:
    """Return sites of small total travel that reach everybody, where the search finds some."""
    beyond = 2.0 * float(known.minutes[np.isfinite(known.minutes)].max()) * len(known.minutes) + 1.0
    allowed = np.setdiff1d(np.arange(known.minutes.shape[1]), known.forbidden)
    own = known.minutes[:, allowed]
    costs, nothing = np.where(np.isfinite(own), own, beyond), np.zeros(len(allowed))
    kept = np.searchsorted(allowed, known.fixed)
    chosen = allowed[improved(costs, nothing, greedy(costs, nothing, kept, count=p), kept, count=p)]
    return chosen if np.isfinite(_radius(known, chosen)) else None


def _radius(known: Given, chosen: Ints) -> float:
    return float(known.minutes[:, chosen].min(axis=1).max())


def _within(known: Given, radius: float, p: int, time_limit_s: float) -> Ints | None:
    """Return p sites that reach everybody within a radius; None: there are none."""
    reached = np.unique(known.minutes <= radius, axis=0)
    sites = reached.shape[1]
    low, high = np.zeros(sites), np.ones(sites)
    low[known.fixed] = 1.0
    high[known.forbidden] = 0.0
    programme = Programme(np.ones(sites), high, np.ones(sites, dtype=bool), low)
    programme.add(csr_array(reached.astype(float)), 1.0)
    programme.add(csr_array(np.ones((1, sites))), 0.0, float(p))
    programme.enough = float(p)
    answer = solve(programme, time_limit_s)
    if answer is None:
        return None
    chosen = np.flatnonzero(answer.values > 0.5)  # noqa: PLR2004
    others = np.setdiff1d(np.arange(sites), np.concatenate([chosen, known.forbidden]))
    return np.sort(np.concatenate([chosen, others[: p - len(chosen)]]))
