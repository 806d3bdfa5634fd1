"""The radius formulation of a median: for each client, how far the nearest open site lies.

Column z of a client and a radius says that no site is open within it; so each radius costs what the next is farther
(Cornuéjols, Nemhauser & Wolsey, SIAM Journal on Algebraic and Discrete Methods 1, 1980; Elloumi, Computational
Optimization and Applications 46, 2010). It has the bound of the formulation with an assignment for each pair, and far
fewer columns where costs repeat or sites are decided.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from territory.siting.mip import Floats, Ints, Programme

Flags = NDArray[np.bool_]


def radius_programme(costs: Floats, opening: Floats, kept: Flags, *, count: int | None) -> tuple[Programme, float]:
    """Return the programme, sites first among its columns, and the constant to add to its costs.

    Parameters
    ----------
    costs
        Cost of serving each client from each site, inf: impossible; shape (clients, sites).
    opening
        Cost of opening each site, shape (sites,).
    kept
        Sites that must be open.
    count
        How many sites are open; None: as many as is best.
    """
    sites = costs.shape[1]
    rows, columns, values, low = [], [], [], []
    radius_costs: list[Floats] = []
    constant, column, row = 0.0, sites, 0
    for own in costs:
        radii, level = _radii(own, kept, count)
        inside = np.flatnonzero(level < len(radii))
        constant += float(radii[0])
        wide = len(radii) - 1  # radii that may be empty: the last one never is
        last_is_sure = bool(kept[inside].any()) or (count is not None and len(inside) + count > sites)
        used = inside[level[inside] < wide] if last_is_sure else inside
        count_rows = wide + (0 if last_is_sure else 1)
        step = np.arange(wide)
        rows += [row + level[used], row + step, row + 1 + step[: count_rows - 1]]
        columns += [used, column + step, column + step[: count_rows - 1]]
        values += [np.ones(len(used)), np.ones(wide), -np.ones(max(count_rows - 1, 0))]
        own_low = np.zeros(count_rows)
        own_low[:1] = 1.0
        low.append(own_low)
        radius_costs.append(np.diff(radii))
        row += count_rows
        column += wide
    matrix = coo_array((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(row, column))
    lowest = np.zeros(column)
    lowest[:sites] = kept
    whole = np.zeros(column, dtype=bool)
    whole[:sites] = True
    programme = Programme(np.concatenate([opening, *radius_costs]), np.ones(column), whole, lowest)
    programme.add(csr_array(matrix), np.concatenate(low))
    if count is not None:
        programme.add(csr_array(np.concatenate([np.ones(sites), np.zeros(column - sites)])[None, :]), count, count)
    return programme, constant


def _radii(own: Floats, kept: Flags, count: int | None) -> tuple[Floats, Ints]:
    """Return the distinct costs that may matter to a client, and at which of them each site lies.

    Nothing beyond the nearest site that is kept matters, and of so many sites open one is always among the nearest.
    """
    radii, level = np.unique(own, return_inverse=True)
    farthest = len(radii) - 1 if np.isfinite(radii[-1]) else len(radii) - 2
    if kept.any():
        farthest = min(farthest, int(level[kept].min()))
    if count is not None:
        nearest = np.sort(level)
        farthest = min(farthest, int(nearest[len(own) - count]))
    return radii[: farthest + 1], level.astype(np.int64)
