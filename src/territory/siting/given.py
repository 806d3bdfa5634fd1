"""What a siting problem is given: minutes, weights, sites that must or must not open; all its faults at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse

from territory.errors import Fault, Faults, SitingError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MOST_TOLD = 10


@dataclass(frozen=True, eq=False)
class Given:
    """Checked input.

    `minutes` (clients, sites) are inf where a client cannot use a site, and at every forbidden site; `fixed` are
    positions of sites that must be open.
    """

    minutes: Floats
    weights: Floats
    fixed: Ints
    forbidden: Ints

    @property
    def costs(self) -> Floats:
        """Weighted minutes; inf where the minutes are, even of a client without weight."""
        with np.errstate(invalid="ignore"):
            return np.where(np.isinf(self.minutes), np.inf, self.minutes * self.weights[:, None])


def given(
    minutes: Any,
    weights: ArrayLike | None,
    fixed: Sequence[int],
    forbidden: Sequence[int],
    *,
    p: int | None = None,
    everybody: bool = True,
    reach_minutes: float = np.inf,
) -> Given:
    """Return checked input; `everybody`: each client must be able to use some site within `reach_minutes`.

    Raises
    ------
    SitingError
        With every fault: shapes that differ, negative or missing numbers, positions that do not exist, sites both fixed
        and forbidden, more fixed sites than may open, clients out of reach of every site.
    """
    faults = Faults(SitingError)
    table = _dense(minutes)
    if np.isnan(reach_minutes) or reach_minutes < 0:
        faults.add("reach_minutes", f"{reach_minutes:g}", "0 or more")
    if table.ndim != 2 or 0 in table.shape:  # noqa: PLR2004
        faults.add("minutes", f"shape {table.shape}", "clients x sites, one of each at least")
        faults.raise_if_any()
    _check_numbers("minutes", table, faults, "Write inf, or leave the entry out of a sparse matrix, for out of reach.")
    weight = np.ones(len(table)) if weights is None else np.asarray(weights, dtype=float)
    if weight.shape != (len(table),):
        faults.add("weights", f"shape {weight.shape}", f"one for each of the {len(table)} clients")
    elif not np.isfinite(weight).all() or (weight < 0).any():
        faults.add("weights", "missing, infinite or negative numbers", "numbers of 0 or more")
    sites = table.shape[1]
    must, must_not = (
        _positions(name, told, sites, faults) for name, told in (("fixed", fixed), ("forbidden", forbidden))
    )
    for site in np.intersect1d(must, must_not):
        faults.add(f"site {site}", "fixed and forbidden", "one of the two")
    _check_count(p, len(must), sites - len(must_not), faults)
    faults.raise_if_any()
    table[:, must_not] = np.inf
    checked = Given(table, weight, must, must_not)
    if everybody:
        check_reached(checked, reach_minutes)
    return checked


def opening_costs(told: ArrayLike, sites: int, faults: Faults) -> Floats:
    """Return the cost of opening each site; what is wrong with it goes to the faults."""
    costs = np.asarray(told, dtype=float)
    if costs.shape != (sites,):
        faults.add("opening", f"shape {costs.shape}", f"one for each of the {sites} sites")
    elif not np.isfinite(costs).all() or (costs < 0).any():
        faults.add("opening", "missing, infinite or negative numbers", "costs of 0 or more")
    return costs


def check_reached(known: Given, reach_minutes: float) -> None:
    """Refuse clients that no allowed site reaches."""
    alone = np.flatnonzero((known.minutes > reach_minutes).all(axis=1) | np.isinf(known.minutes).all(axis=1))
    if len(alone):
        raise SitingError(_out_of_reach(alone))


def _out_of_reach(clients: Ints) -> Fault:
    told = ", ".join(str(client) for client in clients[:_MOST_TOLD])
    more = f" and {len(clients) - _MOST_TOLD} more" if len(clients) > _MOST_TOLD else ""
    hint = "Allow more sites, raise the reach, or leave these clients out."
    return Fault(f"clients {told}{more}", "no allowed site in reach", "one at least for each client", hint)


def _dense(minutes: Any) -> Floats:
    """Return a copy as a full matrix; what a sparse one does not hold is out of reach."""
    if not issparse(minutes):
        try:
            return np.array(minutes, dtype=float)
        except (TypeError, ValueError):
            raise SitingError(Fault("minutes", "what is not numbers", "clients x sites of numbers")) from None
    pairs = minutes.tocoo()
    table = np.full(pairs.shape, np.inf)
    row, column = pairs.coords if hasattr(pairs, "coords") else (pairs.row, pairs.col)
    table[row, column] = pairs.data
    return table


def _check_numbers(where: str, table: Floats, faults: Faults, hint: str) -> None:
    for name, wrong in (("missing numbers", np.isnan(table)), ("negative numbers", table < 0)):
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            faults.add(f"{where}, row {row}, column {column}", f"{name} ({wrong.sum()} in all)", "0 or more", hint)


def _positions(name: str, told: Sequence[int], sites: int, faults: Faults) -> Ints:
    listed = np.asarray(list(told))
    if listed.size and not np.issubdtype(listed.dtype, np.integer):
        faults.add(name, f"{listed.tolist()[:_MOST_TOLD]}", f"positions of sites, whole numbers from 0 to {sites - 1}")
        return np.zeros(0, dtype=np.int64)
    positions = np.unique(listed.astype(np.int64))
    wrong = positions[(positions < 0) | (positions >= sites)]
    for site in wrong:
        faults.add(name, f"site {site}", f"0 to {sites - 1}")
    return positions[(positions >= 0) & (positions < sites)]


def _check_count(p: int | None, fixed: int, allowed: int, faults: Faults) -> None:
    if p is None:
        return
    if not isinstance(p, int | np.integer) or p < 1:
        faults.add("p", f"{p!r}", "a whole number of 1 or more")
    elif p < fixed:
        faults.add("p", f"{p}", f"at least the {fixed} fixed sites", "p counts the fixed sites too.")
    elif p > allowed:
        faults.add("p", f"{p}", f"at most the {allowed} sites that are allowed")
