"""Read: the solver's numbers -> the tables of a plan."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyomo.environ as pyo

from territory.allocation.moves import named_moves
from territory.allocation.problem import MINUTES_PER_HOUR, Problem, tasks_of
from territory.allocation.program import post_changes
from territory.allocation.shadow_prices import shadow_prices
from territory.allocation.solver import Solution
from territory.tables import Aim, Plan

_LEAST_ACTS = 1e-9  # smaller numbers are the solver's rounding
_LEAST_FTE = 1e-7

_AIM_UNITS: Mapping[str, str] = {
    "Unmet_Need": "acts a year, weighted by severity",
    "Travel_Minutes": "minutes a year, one way",
    "Disruption": "full-time equivalents; a lost post counts twice",
}


def read_plan(problem: Problem, model: pyo.ConcreteModel, solution: Solution) -> Plan:
    """Return the plan that a solution of the model means."""
    visits = _visits(problem, model, solution)
    unmet = problem.needs[["zone_id", "activity"]].assign(
        acts_per_year=[solution.value(model.Unmet[need]) for need in model.NEEDS]
    )
    remote = problem.hubs.assign(acts_per_year=[solution.value(model.Remote[hub]) for hub in model.HUBS])
    remote = remote[remote["acts_per_year"] > _LEAST_ACTS]
    posts = _posts(problem, model, solution, visits, remote)
    return Plan(
        visits=visits,
        unmet=unmet[unmet["acts_per_year"] > _LEAST_ACTS],
        posts=posts,
        moves=_moves(problem, model, solution),
        activities=_activities(problem, visits),
        shadow_prices=shadow_prices(problem, solution),
        remote=remote,
        aims=tuple(Aim(aim.name, _AIM_UNITS[aim.name], aim.value, aim.proven) for aim in solution.aims),
    )


def _visits(problem: Problem, model: pyo.ConcreteModel, solution: Solution) -> pd.DataFrame:
    acts = np.array([solution.value(model.Visits[arc]) for arc in model.ARCS])
    return problem.arcs.assign(acts_per_year=acts)[acts > _LEAST_ACTS].reset_index(drop=True)


def _posts(
    problem: Problem, model: pyo.ConcreteModel, solution: Solution, visits: pd.DataFrame, remote: pd.DataFrame
) -> pd.DataFrame:
    net = [
        sum(sign * solution.value(variable) for sign, variable in post_changes(model, facility, group))
        for facility, group in model.POSTS
    ]
    change = np.where(np.abs(net) < _LEAST_FTE, 0.0, net)
    after = np.maximum(problem.posts["fte_before"].to_numpy() + change, 0.0)
    used = _hours_used(problem, visits, remote)
    keys = pd.MultiIndex.from_frame(problem.posts[["facility_id", "staff_group"]])
    posts = problem.posts.assign(
        fte_after=after,
        hours_available=after * problem.posts["hours_per_year"],
        hours_used=used.reindex(keys).fillna(0.0).to_numpy(),
    )
    return posts[(posts["fte_before"] > 0) | (posts["fte_after"] > 0)].reset_index(drop=True)


def _hours_used(problem: Problem, visits: pd.DataFrame, remote: pd.DataFrame) -> pd.Series:
    """Return hours a year by facility and staff group, from the acts of the plan."""
    rows = []
    for activity in problem.care.activities:
        for mode in ("in_person", "telemedicine"):
            rows += [
                (activity.id, mode, task.staff_group, task.minutes.value)
                for task in tasks_of(problem.care, activity.id, mode)
            ]
        if activity.remote:
            rows += [(activity.id, "hub", task.staff_group, task.minutes.value) for task in activity.remote.specialist]
    work = pd.DataFrame(rows, columns=["activity", "mode", "staff_group", "minutes_per_act"])
    acts = pd.concat([visits[["facility_id", "activity", "mode", "acts_per_year"]], remote.assign(mode="hub")])
    done = acts.groupby(["facility_id", "activity", "mode"], as_index=False)["acts_per_year"].sum()
    table = done.merge(work, on=["activity", "mode"])
    table["hours"] = table["acts_per_year"] * table["minutes_per_act"] / MINUTES_PER_HOUR
    return table.groupby(["facility_id", "staff_group"])["hours"].sum()


def _moves(problem: Problem, model: pyo.ConcreteModel, solution: Solution) -> pd.DataFrame:
    """Return who moves from where to where, who is recruited, and whose post is left unfilled."""
    posts = problem.posts.set_index(["facility_id", "staff_group"])

    def amounts(decision: pyo.Var) -> pd.DataFrame:
        rows = [(*post, solution.value(decision[post])) for post in decision]
        table = pd.DataFrame(rows, columns=["facility_id", "staff_group", "fte"])
        table = table[table["fte"] > _LEAST_FTE]
        keys = pd.MultiIndex.from_frame(table[["facility_id", "staff_group"]])
        return table.assign(basin=posts["basin"].reindex(keys).to_numpy())

    moved = named_moves(amounts(model.Leave), amounts(model.Join), problem.positions)
    recruited = amounts(model.Recruit).rename(columns={"facility_id": "to_facility_id"}).assign(from_facility_id=pd.NA)
    unfilled = amounts(model.Unfilled).rename(columns={"facility_id": "from_facility_id"}).assign(to_facility_id=pd.NA)
    columns = ["from_facility_id", "to_facility_id", "staff_group", "fte"]
    parts = [part[columns] for part in (moved, recruited, unfilled) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _activities(problem: Problem, visits: pd.DataFrame) -> pd.DataFrame:
    """Return what each facility does; acts of today are not known, so `acts_before` stays missing."""
    acts = visits.groupby(["facility_id", "activity"])["acts_per_year"].sum()
    remote_sites = acts.index.difference(pd.MultiIndex.from_frame(problem.activities[["facility_id", "activity"]]))
    opened = remote_sites.to_frame(index=False).assign(open_before=False, open_after=True)
    table = pd.concat([problem.activities, opened], ignore_index=True) if len(opened) else problem.activities
    keys = pd.MultiIndex.from_frame(table[["facility_id", "activity"]])
    return table.assign(acts_before=np.nan, acts_after=acts.reindex(keys).fillna(0.0).to_numpy())
