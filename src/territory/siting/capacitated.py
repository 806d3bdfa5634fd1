"""Sites with capacities: each pair of client and site has a share, held below its site's being open."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import coo_array, csr_array

from territory.errors import Fault, Faults, SitingError
from territory.siting.given import Given
from territory.siting.mip import Floats, Programme, solve
from territory.siting.solution import Siting

_NOTHING = 1e-9


def assigned(
    known: Given,
    opening: Floats,
    capacities: ArrayLike,
    count: int | None,
    time_limit_s: float,
    *,
    single_source: bool,
) -> Siting:
    """Return the best sites and shares (the strong formulation of Balinski, with capacities).

    Raises
    ------
    SitingError
        When the capacities cannot hold the demand.
    """
    capacity = _checked(known, capacities, count)
    costs = known.costs
    client, site = np.nonzero(np.isfinite(costs))
    if single_source:
        fits = known.weights[client] <= capacity[site]
        client, site = client[fits], site[fits]
    clients, sites = costs.shape
    pairs, pair = len(client), np.arange(len(client))
    of_pair = sites + pair
    columns = sites + pairs
    programme = Programme(
        np.concatenate([opening, costs[client, site]]),
        np.ones(columns),
        np.concatenate([np.ones(sites, dtype=bool), np.full(pairs, single_source)]),
        np.isin(np.arange(columns), known.fixed).astype(float),
    )
    programme.high[known.forbidden] = 0.0
    ones = np.ones(pairs)

    def rows(height: int, *parts: tuple[Floats, object, object]) -> csr_array:
        values, row, column = (np.concatenate([np.asarray(part[k]) for part in parts]) for k in range(3))
        return csr_array(coo_array((values, (row, column)), shape=(height, columns)))

    every_site = np.arange(sites)
    programme.add(rows(clients, (ones, client, of_pair)), 1.0, 1.0)
    programme.add(rows(pairs, (ones, pair, site), (-ones, pair, of_pair)), 0.0)
    programme.add(rows(sites, (capacity, every_site, every_site), (-known.weights[client], site, of_pair)), 0.0)
    if count is not None:
        programme.add(rows(1, (np.ones(sites), 0 * every_site, every_site)), count, count)
    answer = solve(programme, time_limit_s)
    if answer is None:
        raise SitingError(
            Fault("capacities", "no sites that hold all demand", "sites that do", "Allow more sites or larger ones.")
        )
    shares = np.where(answer.values[sites:] > _NOTHING, answer.values[sites:], 0.0)
    shares = np.round(shares) if single_source else shares
    assignment = csr_array(coo_array((shares, (client, site)), shape=(clients, sites)))
    assignment.eliminate_zeros()
    chosen = np.flatnonzero(answer.values[:sites] > 0.5)  # noqa: PLR2004
    objective = float(opening[chosen].sum() + (costs[client, site] * shares).sum())
    return Siting(chosen, assignment, objective, min(answer.bound, objective), answer.stopped)


def _checked(known: Given, capacities: ArrayLike, count: int | None) -> Floats:
    capacity = np.asarray(capacities, dtype=float)
    sites, demand = known.minutes.shape[1], float(known.weights.sum())
    faults = Faults(SitingError)
    if capacity.shape != (sites,):
        faults.add("capacities", f"shape {capacity.shape}", f"one for each of the {sites} sites")
    elif np.isnan(capacity).any() or (capacity < 0).any():
        faults.add("capacities", "missing or negative numbers", "0 or more, inf: no limit")
    faults.raise_if_any()
    capacity = np.asarray(np.minimum(capacity, demand), dtype=float)
    capacity[known.forbidden] = 0.0
    most = float(np.sort(capacity)[::-1][: count or sites].sum())
    if most < demand * (1.0 - _NOTHING):
        room = "all sites" if count is None else f"the {count} largest sites"
        raise SitingError(
            Fault(
                "capacities", f"{room} hold {most:g}", f"the demand of {demand:g}", "Allow more sites or larger ones."
            )
        )
    return capacity
