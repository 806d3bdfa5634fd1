"""What a siting problem gives back: open sites, who goes where, the objective and what is proven of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_PROVEN = 1e-7  # a gap this small is the rounding of the solver


@dataclass(frozen=True, eq=False)
class Siting:
    """A set of sites.

    Parameters
    ----------
    open
        Positions of the open sites, ascending.
    assignment
        Share of each client's demand that goes to each site, shape (clients, sites); a client whom no site covers has
        an empty row.
    objective
        What was minimised or maximised, of these sites.
    bound
        No set of sites can be better than this.
    stopped
        Whether the time limit came before the proof.
    """

    open: Ints
    assignment: csr_array
    objective: float
    bound: float
    stopped: bool

    @property
    def gap(self) -> float:
        """Distance from the objective to the bound, as a share of the objective."""
        distance = abs(self.objective - self.bound)
        return float(distance / abs(self.objective) if self.objective else distance)

    @property
    def is_optimal(self) -> bool:
        """Whether it is proven that no set of sites is better."""
        return self.gap <= _PROVEN

    @property
    def site(self) -> Ints:
        """The site to which most of each client's demand goes; -1: none. Shape (clients,)."""
        if not self.assignment.nnz:
            return np.full(self.assignment.shape[0], -1)
        main = np.asarray(self.assignment.argmax(axis=1)).ravel().astype(np.int64)
        return np.where(np.diff(self.assignment.indptr) > 0, main, -1)


def nearest_open(costs: Floats, chosen: Ints) -> tuple[csr_array, Floats]:
    """Return each client's share at its cheapest open site, and that cost (inf and no share where none is in reach)."""
    site, least = nearest_of(costs, chosen)
    served = np.flatnonzero(np.isfinite(least))
    shares = csr_array((np.ones(len(served)), (served, site[served])), shape=costs.shape)
    return shares, least


def nearest_of(costs: Floats, chosen: Ints) -> tuple[Ints, Floats]:
    """Return each client's cheapest site among some, and that cost."""
    own = costs[:, chosen]
    place = own.argmin(axis=1)
    return chosen[place], own[np.arange(len(own)), place]
