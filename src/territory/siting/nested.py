"""Sites of several levels at once, where a site of a level also does the work of all levels below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import block_diag, csr_array

from territory.errors import Fault, Faults, SitingError
from territory.siting.given import Given, given
from territory.siting.median import TIME_LIMIT_S
from territory.siting.mip import Floats, Programme, solve
from territory.siting.radius import radius_programme
from territory.siting.solution import Siting, nearest_open


@dataclass(frozen=True, eq=False)
class NestedSiting:
    """Sites of several levels: one `Siting` for each, lowest first, with the sites of that level or a higher one.

    `objective`, `bound` and `stopped` are of all levels together.
    """

    levels: tuple[Siting, ...]
    objective: float
    bound: float
    stopped: bool


def nested_median(
    minutes: Any,
    weights: ArrayLike,
    *,
    p: Sequence[int],
    fixed: Sequence[Sequence[int]] = (),
    forbidden: Sequence[int] = (),
    time_limit_s: float = TIME_LIMIT_S,
) -> NestedSiting:
    """Return nested sites of least weighted travel, successively inclusive (Narula, Environment and Planning B, 1984).

    Parameters
    ----------
    minutes
        From each client to each site, shape (clients, sites), dense or sparse.
    weights
        Demand for the care of each level, lowest first, shape (levels, clients).
    p
        Sites of each level or higher, lowest level first: never more than of the level below.
    fixed
        For each level, positions of sites that must be of it or higher.
    forbidden
        Positions of sites that must not be open.
    time_limit_s
        Seconds after which the best sites so far are returned, with the bound that is proven.

    Raises
    ------
    SitingError
        When the input contradicts itself, or no such sites reach every client.
    """
    known = _checked(minutes, np.asarray(weights, dtype=float), p, fixed, forbidden)
    allowed = np.setdiff1d(np.arange(known[0].minutes.shape[1]), known[0].forbidden)
    parts, constant = [], 0.0
    for each, count in zip(known, p, strict=True):
        kept = np.isin(allowed, each.fixed)
        part, own_constant = radius_programme(each.costs[:, allowed], np.zeros(len(allowed)), kept, count=count)
        parts.append(part)
        constant += own_constant
    starts = np.cumsum([0, *(len(part.costs) for part in parts)])
    answer = solve(_joined(parts, starts, len(allowed)), time_limit_s)
    if answer is None:
        raise SitingError(Fault("p", str(tuple(p)), "enough sites of each level", "Allow more sites."))
    levels, bound = [], answer.bound + constant
    for each, start in zip(known, starts, strict=False):
        chosen = allowed[answer.values[start : start + len(allowed)] > 0.5]  # noqa: PLR2004
        shares, least = nearest_open(each.costs, chosen)
        levels.append(Siting(chosen, shares, float(least.sum()), float(least.sum()), answer.stopped))
    objective = sum(level.objective for level in levels)
    return NestedSiting(tuple(levels), objective, min(bound, objective), answer.stopped)


def _checked(
    minutes: Any, demand: Floats, p: Sequence[int], fixed: Sequence[Sequence[int]], forbidden: Sequence[int]
) -> list[Given]:
    """Return the checked input of each level; what is fixed at a level is fixed at those below."""
    faults = Faults(SitingError)
    if not p or demand.ndim != 2 or len(demand) != len(p):  # noqa: PLR2004
        faults.add("weights", f"shape {demand.shape}", f"levels x clients, {len(p)} levels as in p")
    if list(p) != sorted(p, reverse=True):
        faults.add("p", str(tuple(p)), "no more sites of a level than of the one below")
    if fixed and len(fixed) != len(p):
        faults.add("fixed", f"{len(fixed)} lists", f"one for each of the {len(p)} levels")
    faults.raise_if_any()
    must = [sorted({site for above in fixed[level:] for site in above}) for level in range(len(p))]
    return [given(minutes, own, kept, forbidden, p=count) for own, kept, count in zip(demand, must, p, strict=True)]


def _joined(parts: list[Programme], starts: Any, sites: int) -> Programme:
    """Return the programmes of all levels as one, where a site of a level is one of the level below."""
    costs, high, kinds, low = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("costs", "high", "whole", "low")
    )
    whole = Programme(costs, high, kinds, low)
    stacked = [block_diag([part.matrices[k] for part in parts], format="csr") for k in range(2)]
    for k in range(2):
        sides = (np.concatenate([getattr(part, side)[k] for part in parts]) for side in ("row_low", "row_high"))
        whole.add(stacked[k], *sides)
    for below, above in pairwise(starts[:-1]):
        row = np.arange(sites)
        link = csr_array(
            (np.repeat([1.0, -1.0], sites), (np.tile(row, 2), np.concatenate([below + row, above + row]))),
            shape=(sites, len(whole.costs)),
        )
        whole.add(link, 0.0)
    return whole
