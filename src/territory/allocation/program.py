"""The programme: one linear Pyomo model of record.

Sets
    ARCS        zone, facility, activity, mode       ways to be served
    NEEDS       zone, activity
    POSTS       facility, staff group
    BEDS        facility
    ROOMS       facility, kind of room
Decisions (all >= 0)
    Visits[ARCS], Unmet[NEEDS]                       acts a year
Equations
    Serve_All_Demand, Staff_Hours, Bed_Days, Room_Hours
Aims (all minimised)
    see `territory.allocation.aims`

Each lever adds decisions, equations and terms of its own: see the files of `territory.allocation.levers`.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd
import pyomo.environ as pyo

from territory.allocation.aims import add_aims
from territory.allocation.draft import Draft, linear, no_garbage_collection
from territory.allocation.levers import LEVERS
from territory.allocation.problem import MINUTES_PER_HOUR, Problem, task_hours

_KEYS = ["facility_id", "staff_group"]


def build_program(problem: Problem) -> pyo.ConcreteModel:
    """Return the model of the allocation, with every equation under its name and one objective for each aim.

    ``model.draft`` holds the problem and the sums it was written from.
    """
    with no_garbage_collection():
        draft = Draft(problem, pyo.ConcreteModel(name="allocation"))
        _declare(draft)
        _work_of_arcs(draft)
        enter_pay(draft)
        for lever in LEVERS:
            lever.add(draft)
        _serve_all_demand(draft)
        _staff_hours(draft)
        _bed_days(draft)
        _room_hours(draft)
        add_aims(draft)
        draft.own_equations = frozenset(part.local_name for part in draft.model.component_objects(pyo.Constraint))
        draft.model.draft = draft
    return draft.model


def _declare(draft: Draft) -> None:
    model, problem = draft.model, draft.problem

    def pairs(table: pd.DataFrame, *columns: str) -> list[tuple[str, ...]]:
        return list(zip(*(table[column].tolist() for column in columns), strict=True))

    model.ARCS = pyo.Set(initialize=pairs(problem.arcs, "zone_id", "facility_id", "activity", "mode"), dimen=4)
    model.NEEDS = pyo.Set(initialize=pairs(problem.needs, "zone_id", "activity"), dimen=2)
    model.POSTS = pyo.Set(initialize=pairs(problem.posts, *_KEYS), dimen=2)
    model.BEDS = pyo.Set(initialize=problem.beds["facility_id"].tolist())
    model.ROOMS = pyo.Set(initialize=pairs(problem.rooms, "facility_id", "room"), dimen=2)
    model.Visits = pyo.Var(model.ARCS, within=pyo.NonNegativeReals)
    model.Unmet = pyo.Var(model.NEEDS, within=pyo.NonNegativeReals)


def _work_of_arcs(draft: Draft) -> None:
    """Enter every visit: the need it serves, the hours it takes, the acts of its facility, its travel."""
    problem = draft.problem
    arcs = problem.arcs.assign(arc=np.arange(len(problem.arcs)))
    visits = np.array([*draft.model.Visits.values(), None], dtype=object)[:-1]
    ones = np.ones(len(arcs))

    rows = _rows(arcs, "zone_id", "activity")
    draft.served.add_many(*rows, ones, visits)
    remote = arcs[arcs["mode"] == "telemedicine"]
    taken = remote["arc"].to_numpy()
    draft.remote_asked.add_many(*_rows(remote, "activity"), ones[taken], visits[taken])
    draft.remote_of.add_many(*_rows(remote, "zone_id", "activity"), ones[taken], visits[taken])
    at_facility = arcs[arcs["mode"] == "in_person"]
    taken = at_facility["arc"].to_numpy()
    draft.acts.add_many(*_rows(at_facility, "facility_id", "activity"), ones[taken], visits[taken])

    work = pd.DataFrame(
        [(*way, group, hours) for way, tasks in task_hours(problem.care).items() for group, hours in tasks],
        columns=["activity", "mode", "staff_group", "hours"],
    )
    used = arcs.merge(work, on=["activity", "mode"])
    draft.hours_used.add_many(*_rows(used, *_KEYS), used["hours"].to_numpy(), visits[used["arc"].to_numpy()])

    minutes = arcs["minutes"].to_numpy(dtype=float)
    far = np.maximum(minutes - problem.options.far_minutes, 0.0)
    for aim, factors in (("travel", minutes), ("far_travel", far)):
        some = np.flatnonzero(factors > 0)
        draft.aims.add_many([aim], np.zeros(len(some), dtype=np.intp), factors[some], visits[some])


def _rows(table: pd.DataFrame, *columns: str) -> tuple[list[object], np.ndarray]:
    """Return the distinct keys of some columns and, for each row of the table, the position of its key."""
    codes = table.groupby(list(columns), sort=False).ngroup().to_numpy()
    firsts = table.drop_duplicates(list(columns))
    if len(columns) == 1:
        return firsts[columns[0]].tolist(), codes
    return list(zip(*(firsts[column].tolist() for column in columns), strict=True)), codes


def enter_pay(draft: Draft) -> None:
    """Enter those in post who do not depart, and their pay; the levers enter what they change."""
    pay: dict[str, float] = defaultdict(float)
    for key, post in draft.problem.post.items():
        pay[post.facility_id] += post.pay_mad_per_year * post.remaining
        draft.posts.set_constant(key, post.remaining - post.fte_before)
    for facility, mad in pay.items():
        draft.costs.set_constant(("pay", facility), mad)


def _serve_all_demand(draft: Draft) -> None:
    """Visits over facilities and modes + Unmet[z, a] = acts_per_year[z, a], for each need (acts a year)."""
    for need, unmet in draft.model.Unmet.items():
        draft.served.add(need, 1.0, unmet)
    acts_per_year = draft.limit("Serve_All_Demand", lambda problem, need: problem.need[need])

    def rule(_: pyo.ConcreteModel, zone: str, activity: str) -> object:
        acts = acts_per_year((zone, activity))
        return acts, draft.served.total((zone, activity)), acts

    draft.model.Serve_All_Demand = pyo.Constraint(draft.model.NEEDS, rule=rule)


def _staff_hours(draft: Draft) -> None:
    """Hours of all work at f by group g <= workload x hours_per_year[g] x posts after + extra hours (hours a year)."""
    largest_workload = draft.problem.options.largest_workload
    of_posts = draft.limit(
        "Staff_Hours",
        lambda own, key: largest_workload * own.post[key].hours_per_year * own.post[key].remaining,
    )

    def rule(_: pyo.ConcreteModel, facility: str, group: str) -> object:
        key = (facility, group)
        post = draft.problem.post[key]
        hours_per_fte = largest_workload * post.hours_per_year
        used = draft.hours_used.terms(key)
        changes = [*draft.posts.terms(key, -hours_per_fte), *draft.extra_hours.terms(key, -1.0)]
        if not used and not changes:
            return pyo.Constraint.Skip
        return None, linear([*used, *changes]), of_posts(key)

    draft.model.Staff_Hours = pyo.Constraint(draft.model.POSTS, rule=rule)


def _bed_days(draft: Draft) -> None:
    """Bed-days of all stays at f <= bed_days_per_year[f], for each facility (bed-days a year)."""
    problem = draft.problem
    days = {activity.id: activity.bed_days.value for activity in problem.care.activities if activity.bed_days}
    limit = draft.limit("Bed_Days", lambda problem, facility: problem.usable_bed_days[facility])

    def rule(_: pyo.ConcreteModel, facility: str) -> object:
        terms = [term for activity in days for term in draft.acts.terms((facility, activity), days[activity])]
        return (None, linear(terms), limit(facility)) if terms else pyo.Constraint.Skip

    draft.model.Bed_Days = pyo.Constraint(draft.model.BEDS, rule=rule)


def _room_hours(draft: Draft) -> None:
    """Hours of all acts that need room r at f <= hours_per_year[f, r], where the rooms are known (hours a year)."""
    problem = draft.problem
    uses = {activity.id: activity.room for activity in problem.care.activities if activity.room}
    limit = draft.limit("Room_Hours", lambda problem, room: problem.usable_room_hours[room])

    def rule(_: pyo.ConcreteModel, facility: str, room: str) -> object:
        terms = [
            term
            for activity, use in uses.items()
            if use.room == room
            for term in draft.acts.terms((facility, activity), use.minutes.value / MINUTES_PER_HOUR)
        ]
        return (None, linear(terms), limit((facility, room))) if terms else pyo.Constraint.Skip

    draft.model.Room_Hours = pyo.Constraint(draft.model.ROOMS, rule=rule)
