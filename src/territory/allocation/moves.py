"""Name the moves: who goes from where to where, so that people travel as little as possible in all."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyomo.environ as pyo
from scipy.optimize import linprog
from scipy.sparse import csr_array, kron

from territory.allocation.draft import Draft
from territory.allocation.solution import Solution
from territory.errors import Fault, SolverStopped

_LEAST_FTE = 1e-7
_M_PER_KM = 1000.0
_COLUMNS = ["from_facility_id", "to_facility_id", "staff_group", "fte"]


def moves_table(draft: Draft, solution: Solution) -> pd.DataFrame:
    """Return who moves, shares a post, is recruited, departs from the territory, or leaves a post unfilled."""
    model, problem = draft.model, draft.problem

    def amounts(decision: pyo.Var, column: str) -> pd.DataFrame:
        rows = [(*key, solution.value(part)) for key, part in decision.items()]
        table = pd.DataFrame(rows, columns=[column, "staff_group", "fte"])
        return table[table["fte"] > _LEAST_FTE]

    leave, join = _net(amounts(model.Leave, "facility_id"), amounts(model.Join, "facility_id"))
    leave, join = (table.assign(basin=_basins(table, problem.posts)) for table in (leave, join))
    departed = problem.posts.assign(fte=problem.posts["fte_before"] * problem.posts["departing_share"])
    departed = departed[departed["fte"] > _LEAST_FTE].rename(columns={"facility_id": "from_facility_id"})
    parts = {
        "moved": named_moves(leave, join, problem.positions),
        "shared": _shared(draft, solution),
        "recruited": amounts(model.Recruit, "to_facility_id"),
        "departed": departed,
        "unfilled": amounts(model.Unfilled, "from_facility_id"),
    }
    tables = [
        table.assign(kind=kind).reindex(columns=[*_COLUMNS, "kind"]) for kind, table in parts.items() if len(table)
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=[*_COLUMNS, "kind"])


def _net(leave: pd.DataFrame, join: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return who leaves and who joins without those who would do both at the same place."""
    keys = ["facility_id", "staff_group"]
    both = leave.merge(join, on=keys, how="outer", suffixes=("_out", "_in")).fillna({"fte_out": 0.0, "fte_in": 0.0})
    net = both["fte_out"] - both["fte_in"]
    sides = (both[keys].assign(fte=sign * net) for sign in (1.0, -1.0))
    out, into = (side[side["fte"] > _LEAST_FTE].reset_index(drop=True) for side in sides)
    return out, into


def _basins(table: pd.DataFrame, posts: pd.DataFrame) -> np.ndarray:
    keys = pd.MultiIndex.from_frame(table[["facility_id", "staff_group"]])
    basins: np.ndarray = posts.set_index(["facility_id", "staff_group"])["basin"].reindex(keys).to_numpy()
    return basins


def _shared(draft: Draft, solution: Solution) -> pd.DataFrame:
    part = draft.problem.options.shared_posts.smallest_fraction
    rows = [(*key, part * round(solution.value(days))) for key, days in draft.model.VisitDays.items()]
    table = pd.DataFrame(rows, columns=_COLUMNS)
    return table[table["fte"] > _LEAST_FTE]


def named_moves(leave: pd.DataFrame, join: pd.DataFrame, positions: pd.DataFrame) -> pd.DataFrame:
    """Return moves from facility to facility with the smallest total straight-line distance.

    A transportation problem (Hitchcock, J. Math. Phys. 20, 1941) for each basin and staff group.

    Parameters
    ----------
    leave, join
        facility_id, staff_group, basin, fte (full-time equivalents).
    positions
        ``x_m, y_m`` (metres) by facility.
    """
    moves = []
    for (_, group), leavers in leave.groupby(["basin", "staff_group"], sort=True):
        joiners = join[(join["basin"] == leavers["basin"].iloc[0]) & (join["staff_group"] == group)]
        moves.append(_cheapest(leavers, joiners, positions).assign(staff_group=group))
    found = [table for table in moves if len(table)]
    return pd.concat(found, ignore_index=True)[_COLUMNS] if found else pd.DataFrame(columns=_COLUMNS)


def _cheapest(leavers: pd.DataFrame, joiners: pd.DataFrame, positions: pd.DataFrame) -> pd.DataFrame:
    start = positions.loc[leavers["facility_id"]].to_numpy(dtype=float)
    end = positions.loc[joiners["facility_id"]].to_numpy(dtype=float)
    km = np.hypot(*(start[:, None, :] - end[None, :, :]).transpose(2, 0, 1)) / _M_PER_KM
    rows, columns = km.shape
    leaving = kron(csr_array(np.eye(rows)), np.ones((1, columns)))
    arriving = kron(np.ones((1, rows)), csr_array(np.eye(columns)))
    given = leavers["fte"].to_numpy(dtype=float)
    taken = joiners["fte"].to_numpy(dtype=float)
    # the two sides are equal up to the solver's rounding: the arrivals bind, the departures are their ceiling
    ceiling = given * max(taken.sum() / given.sum(), 1.0) + _LEAST_FTE
    solved = linprog(km.ravel(), A_ub=leaving, b_ub=ceiling, A_eq=arriving, b_eq=taken, method="highs")
    if solved.status != 0:
        raise SolverStopped(Fault("moves", f"solver said '{solved.message}'", "moves from facility to facility"))
    fte = solved.x.reshape(rows, columns)
    used = np.argwhere(fte > _LEAST_FTE)
    return pd.DataFrame(
        {
            "from_facility_id": leavers["facility_id"].to_numpy()[used[:, 0]],
            "to_facility_id": joiners["facility_id"].to_numpy()[used[:, 1]],
            "fte": fte[used[:, 0], used[:, 1]],
        }
    )
