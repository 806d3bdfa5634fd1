"""Read: the solver's numbers -> the tables of a plan."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from territory.allocation.aims import AIM_UNITS
from territory.allocation.costs import costs_table
from territory.allocation.draft import Draft
from territory.allocation.levers import mobile_units, pooled_functions
from territory.allocation.moves import moves_table
from territory.allocation.shadow_prices import shadow_prices
from territory.allocation.solution import AimReached, Solution
from territory.allocation.solver import WEIGHTED
from territory.allocation.staff import in_post
from territory.allocation.ways import all_staffed
from territory.tables import Aim, Plan

_LEAST_ACTS = 1e-9  # smaller numbers are the solver's rounding
_LEAST_FTE = 1e-7
_HALF = 0.5


def read_plan(draft: Draft, solution: Solution, columns: Iterable[Any]) -> Plan:
    """Return the plan that a solution of the model means; `columns` are its decisions in the solver's order."""
    problem, model = draft.problem, draft.model
    visits = _visits(draft, solution)
    unmet = problem.needs[["zone_id", "activity"]].assign(
        acts_per_year=[solution.value(unmet) for unmet in model.Unmet.values()]
    )
    remote = problem.hubs.assign(acts_per_year=[solution.value(acts) for acts in model.Remote.values()])
    return Plan(
        visits=visits,
        unmet=unmet[unmet["acts_per_year"] > _LEAST_ACTS],
        posts=_posts(draft, solution),
        moves=moves_table(draft, solution),
        activities=_activities(draft, solution, visits),
        shadow_prices=shadow_prices(draft, solution, columns),
        remote=remote[remote["acts_per_year"] > _LEAST_ACTS],
        mobile_remote=mobile_units.read_remote(draft, solution),
        costs=costs_table(draft, solution),
        support=pooled_functions.read(draft, solution),
        rounds=mobile_units.read_rounds(draft, solution),
        crews=mobile_units.crews(draft),
        aims=tuple(_aim(aim) for aim in solution.aims),
    )


def _aim(aim: AimReached) -> Aim:
    unit = "sum of the aims with their weights" if aim.name == WEIGHTED else AIM_UNITS[aim.name]
    return Aim(aim.name, unit, aim.value, aim.proven, aim.gap)


def _visits(draft: Draft, solution: Solution) -> pd.DataFrame:
    arcs = draft.problem.arcs
    acts = np.array([solution.value(visit) for visit in draft.model.Visits.values()])
    fixed = arcs.assign(acts_per_year=acts)
    mobile = mobile_units.read_visits(draft, solution)
    table = pd.concat([fixed, mobile], ignore_index=True) if len(mobile) else fixed
    return table[table["acts_per_year"] > _LEAST_ACTS].reset_index(drop=True)


def _posts(draft: Draft, solution: Solution) -> pd.DataFrame:
    table = draft.problem.posts
    keys = list(zip(table["facility_id"], table["staff_group"], strict=True))
    net = np.array([draft.posts.value(key, solution.values) for key in keys])
    after = np.maximum(table["fte_before"].to_numpy() + np.where(np.abs(net) < _LEAST_FTE, 0.0, net), 0.0)
    extra = np.array([draft.extra_hours.value(key, solution.values) for key in keys])
    posts = table.assign(
        fte_after=np.where(after < _LEAST_FTE, 0.0, after),
        hours_available=after * table["hours_per_year"] + extra,
        hours_used=[draft.hours_used.value(key, solution.values) for key in keys],
    )
    return posts[(posts["fte_before"] > 0) | (posts["fte_after"] > 0)].reset_index(drop=True)


def _activities(draft: Draft, solution: Solution, visits: pd.DataFrame) -> pd.DataFrame:
    """Return what each facility does; acts of today are not known, so `acts_before` stays missing.

    Open is what the level may do; of the activities that may be transferred, what somebody in post does.
    """
    acts = visits.groupby(["facility_id", "activity"])["acts_per_year"].sum()
    known = pd.MultiIndex.from_frame(draft.problem.activities[["facility_id", "activity"]])
    opened = acts.index.difference(known).to_frame(index=False).assign(open_before=False, open_after=True)
    table = (
        pd.concat([draft.problem.activities, opened], ignore_index=True) if len(opened) else draft.problem.activities
    )
    keys = list(zip(table["facility_id"], table["activity"], strict=True))
    shut = {key for key, decision in draft.model.Open.items() if solution.value(decision) < _HALF}
    today = in_post(draft.problem.posts)
    shut_before = {
        key for key in draft.model.Open if not all_staffed(key[0], draft.problem.care.activity(key[1]).tasks, today)
    }
    closed = {facility for facility, decision in draft.model.Close.items() if solution.value(decision) > _HALF}
    return table.assign(
        open_before=[bool(was) and key not in shut_before for key, was in zip(keys, table["open_before"], strict=True)],
        open_after=[
            bool(was) and key not in shut and key[0] not in closed
            for key, was in zip(keys, table["open_after"], strict=True)
        ],
        acts_before=np.nan,
        acts_after=acts.reindex(pd.MultiIndex.from_tuples(keys, names=acts.index.names)).fillna(0.0).to_numpy(),
    )
