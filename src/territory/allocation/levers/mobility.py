"""Staff mobility: people leave a facility and join another one of the same basin.

Decisions: Leave, Join (full-time equivalents); Pass, from facility to facility, where a km has a price.
Equations: People_Conserved, Leave_Share; Way_Of_People where a km has a price.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd
import pyomo.environ as pyo
from numpy.typing import NDArray
from scipy.spatial import Delaunay, QhullError

from territory.allocation.draft import Draft, Term, linear
from territory.allocation.problem import Problem

_M_PER_KM = 1000.0
_FEW = 12  # up to so many facilities every pair is joined


def add(draft: Draft) -> None:
    """Let people leave and join; write who balances whom."""
    model, problem = draft.model, draft.problem
    posts, mobility = problem.posts, problem.options.mobility
    keys = list(zip(posts["facility_id"], posts["staff_group"], strict=True))
    model.LEAVING = pyo.Set(initialize=[key for key, may in zip(keys, posts["may_leave"], strict=True) if may], dimen=2)
    model.JOINING = pyo.Set(initialize=[key for key, may in zip(keys, posts["may_join"], strict=True) if may], dimen=2)
    model.Leave = pyo.Var(model.LEAVING, within=pyo.NonNegativeReals)
    model.Join = pyo.Var(model.JOINING, within=pyo.NonNegativeReals)
    if not len(model.LEAVING):
        return
    for sign, decision in ((-1.0, model.Leave), (1.0, model.Join)):
        for key in decision:
            draft.posts.add(key, sign, decision[key])
            draft.cost("pay", key[0], sign * problem.post[key].pay_mad_per_year, decision[key])
    for key in model.Leave:
        draft.aims.add("disruption", 1.0, model.Leave[key])
        if mobility.cost_mad_per_person > 0:
            draft.cost("moves", key[0], mobility.cost_mad_per_person, model.Leave[key])
    _incentive_of_movers(draft)
    if mobility.cost_mad_per_km > 0:
        _way_of_people(draft)
    else:
        _people_conserved(draft)
    _leave_share(draft)


def _incentive_of_movers(draft: Draft) -> None:
    hard = draft.problem.options.recruitment.hard_to_staff
    if hard and hard.incentive_mad_per_year:
        for key in draft.model.Join:
            if draft.problem.post[key].hard:
                draft.cost("incentives", key[0], hard.incentive_mad_per_year, draft.model.Join[key])


def _people_conserved(draft: Draft) -> None:
    """Join over facilities of the basin = Leave over the same, for each basin and group (full-time equivalents)."""
    model = draft.model
    moved: dict[tuple[str, str], list[Term]] = defaultdict(list)
    for sign, decision in ((1.0, model.Join), (-1.0, model.Leave)):
        for key in decision:
            moved[draft.problem.post[key].basin, key[1]].append((sign, decision[key]))
    model.BASINS = pyo.Set(initialize=sorted(moved), dimen=2)
    model.People_Conserved = pyo.Constraint(
        model.BASINS, rule=lambda _, basin, group: (0.0, linear(moved[basin, group]), 0.0)
    )


def _leave_share(draft: Draft) -> None:
    """Leave[f, g] <= largest_share[g] x posts today, where the facility stays open for sure (full-time equivalents)."""
    most = draft.limit("Leave_Share", _may_leave)

    def rule(model: pyo.ConcreteModel, facility: str, group: str) -> object:
        if draft.problem.post[facility, group].may_close:
            return pyo.Constraint.Skip
        return None, linear([(1.0, model.Leave[facility, group])]), most((facility, group))

    draft.model.Leave_Share = pyo.Constraint(draft.model.LEAVING, rule=rule)


def _may_leave(problem: Problem, post: tuple[str, str]) -> float:
    mobility = problem.options.mobility
    share = mobility.largest_shares.get(post[1], mobility.largest_share)
    return float(share * problem.post[post].remaining)


def _way_of_people(draft: Draft) -> None:
    """Leave[f, g] + arriving Pass = Join[f, g] + departing Pass, at each facility and group (full-time equivalents).

    People pass from facility to facility along the edges of a triangulation of each basin, so that the km of a move
    are priced without a decision for every pair (a planar spanner: Xia, SIAM J. Comput. 42, 2013, bounds the detour by
    1.998; a few per cent are usual).
    """
    model, problem = draft.model, draft.problem
    edges = pd.concat([_edges(group, rows, problem) for group, rows in problem.posts.groupby("staff_group", sort=True)])
    keys = list(zip(edges["from"], edges["to"], edges["staff_group"], strict=True))
    model.PASSES = pyo.Set(initialize=keys, dimen=3)
    model.Pass = pyo.Var(model.PASSES, within=pyo.NonNegativeReals)
    flow: dict[tuple[str, str], list[Term]] = defaultdict(list)
    price = problem.options.mobility.cost_mad_per_km
    for (start, end, group), km in zip(keys, edges["km"].tolist(), strict=True):
        passing = model.Pass[start, end, group]
        flow[start, group].append((-1.0, passing))
        flow[end, group].append((1.0, passing))
        if km > 0:
            draft.cost("moves", "region", price * km, passing)
    for sign, decision in ((1.0, model.Leave), (-1.0, model.Join)):
        for key in decision:
            flow[key].append((sign, decision[key]))
    model.Way_Of_People = pyo.Constraint(
        pyo.Set(initialize=sorted(flow), dimen=2), rule=lambda _, f, g: (0.0, linear(flow[f, g]), 0.0)
    )


def _edges(group: str, posts: pd.DataFrame, problem: Problem) -> pd.DataFrame:
    """Return from, to, staff_group, km (straight) of the edges that join the facilities of each basin, both ways.

    The edges inside each province are always there, so that a larger basin never makes a way longer.
    """
    posts = posts[posts["may_leave"] | posts["may_join"]]
    posts = posts.assign(province=posts["facility_id"].map(problem.facilities.set_index("facility_id")["province"]))
    positions = problem.positions
    found: set[tuple[str, str]] = set()
    for _, basin in posts.groupby("basin", sort=True):
        for rows in (basin, *(part for _, part in basin.groupby("province", sort=True))):
            ids = rows["facility_id"].tolist()
            for one, other in _joined(positions.loc[ids].to_numpy(dtype=float)):
                found |= {(ids[one], ids[other]), (ids[other], ids[one])}
    edges = pd.DataFrame(sorted(found), columns=["from", "to"]).assign(staff_group=group)
    ways = positions.loc[edges["to"]].to_numpy(dtype=float) - positions.loc[edges["from"]].to_numpy(dtype=float)
    return edges.assign(km=np.hypot(ways[:, 0], ways[:, 1]) / _M_PER_KM)


def _joined(points: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return pairs of points that connect them all: every pair of a few, else the edges of a triangulation."""
    count = len(points)
    if count <= _FEW:
        return [(one, other) for one in range(count) for other in range(one + 1, count)]
    places, place_of = np.unique(points, axis=0, return_inverse=True)
    first = {int(place): position for position, place in reversed(list(enumerate(place_of.ravel())))}
    stacked = [(first[int(place)], at) for at, place in enumerate(place_of.ravel()) if first[int(place)] != at]
    try:
        triangles = Delaunay(places).simplices
        sides = {
            tuple(sorted((int(a), int(b)))) for t in triangles for a, b in ((t[0], t[1]), (t[1], t[2]), (t[2], t[0]))
        }
    except (QhullError, ValueError):  # all on one line, or too few places
        sides = {(at, at + 1) for at in range(len(places) - 1)}
    return sorted(stacked + [(first[a], first[b]) for a, b in sides])
