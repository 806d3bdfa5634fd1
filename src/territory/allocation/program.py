"""The programme: one linear Pyomo model of record.

Sets
    ARCS        zone, facility, activity, mode       ways to be served
    HUBS        facility, activity                   whose specialists may answer remote acts
    NEEDS       zone, activity
    POSTS       facility, staff group
    LEAVING, JOINING, RECRUITED, UNFILLED            the posts that may do so (subsets of POSTS)
    BASINS      basin, staff group                   inside which people move
    BEDS        facility
Decisions (all >= 0)
    Visits[ARCS], Remote[HUBS], Unmet[NEEDS]         acts a year
    Leave, Join, Recruit, Unfilled                   full-time equivalents
Equations
    Serve_All_Demand, Staff_Hours, Bed_Days, Remote_Answered, Remote_Share, People_Conserved, Leave_Share,
    Closed_Posts, Recruitment_Budget, Recruits_Of_Group
Aims (all minimised)
    Unmet_Need (acts weighted by severity), Travel_Minutes, Disruption (full-time equivalents)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import pandas as pd
import pyomo.environ as pyo
from pyomo.core.expr import LinearExpression

from territory.allocation.problem import MINUTES_PER_HOUR, Problem, may_move, may_recruit, tasks_of

Term = tuple[float, pyo.Var]


def build_program(problem: Problem) -> pyo.ConcreteModel:
    """Return the model of the allocation, with every equation under its name and one objective for each aim."""
    model = pyo.ConcreteModel(name="allocation")
    _declare(model, problem)
    _serve_all_demand(model, problem)
    _staff_hours(model, problem)
    _bed_days(model, problem)
    _remote_answered(model)
    _remote_share(model, problem)
    _people_conserved(model, problem)
    _leave_share(model, problem)
    _closed_posts(model, problem)
    _recruitment_budget(model, problem)
    _recruits_of_group(model, problem)
    _aims(model, problem)
    return model


def _linear(terms: Iterable[Term], constant: float = 0.0) -> LinearExpression:
    listed = list(terms)
    return LinearExpression(
        constant=constant,
        linear_coefs=[factor for factor, _ in listed],
        linear_vars=[variable for _, variable in listed],
    )


def _pairs(table: pd.DataFrame, *columns: str) -> list[tuple[str, ...]]:
    return list(table[list(columns)].itertuples(index=False, name=None))


def _declare(model: pyo.ConcreteModel, problem: Problem) -> None:
    posts = problem.posts
    moving = may_move(posts, problem.options)
    leaving = moving & (posts["fte_before"] > 0)
    names = ("facility_id", "staff_group")
    model.ARCS = pyo.Set(initialize=_pairs(problem.arcs, "zone_id", "facility_id", "activity", "mode"), dimen=4)
    model.HUBS = pyo.Set(initialize=_pairs(problem.hubs, "facility_id", "activity"), dimen=2)
    model.NEEDS = pyo.Set(initialize=_pairs(problem.needs, "zone_id", "activity"), dimen=2)
    model.POSTS = pyo.Set(initialize=_pairs(posts, *names), dimen=2)
    model.LEAVING = pyo.Set(initialize=_pairs(posts[leaving], *names), dimen=2)
    model.JOINING = pyo.Set(initialize=_pairs(posts[moving & posts["open"]], *names), dimen=2)
    model.RECRUITED = pyo.Set(initialize=_pairs(posts[may_recruit(posts, problem.options)], *names), dimen=2)
    model.UNFILLED = pyo.Set(initialize=_pairs(posts[~posts["open"] & (posts["fte_before"] > 0)], *names), dimen=2)
    model.BASINS = pyo.Set(initialize=sorted(set(_pairs(posts[moving], "basin", "staff_group"))), dimen=2)
    model.BEDS = pyo.Set(initialize=problem.beds["facility_id"].tolist())
    model.Visits = pyo.Var(model.ARCS, within=pyo.NonNegativeReals)
    model.Remote = pyo.Var(model.HUBS, within=pyo.NonNegativeReals)
    model.Unmet = pyo.Var(model.NEEDS, within=pyo.NonNegativeReals)
    model.Leave = pyo.Var(model.LEAVING, within=pyo.NonNegativeReals)
    model.Join = pyo.Var(model.JOINING, within=pyo.NonNegativeReals)
    model.Recruit = pyo.Var(model.RECRUITED, within=pyo.NonNegativeReals)
    model.Unfilled = pyo.Var(model.UNFILLED, within=pyo.NonNegativeReals)


def _serve_all_demand(model: pyo.ConcreteModel, problem: Problem) -> None:
    """Visits over facilities and modes + Unmet[z, a] = acts_per_year[z, a], for each need (acts a year)."""
    acts_per_year = dict(zip(model.NEEDS, problem.needs["acts_per_year"], strict=True))
    visits: dict[tuple[str, str], list[Term]] = defaultdict(list)
    for zone, facility, activity, mode in model.ARCS:
        visits[zone, activity].append((1.0, model.Visits[zone, facility, activity, mode]))

    def rule(model: pyo.ConcreteModel, zone: str, activity: str) -> object:
        terms = [*visits[zone, activity], (1.0, model.Unmet[zone, activity])]
        return _linear(terms) == acts_per_year[zone, activity]

    model.Serve_All_Demand = pyo.Constraint(model.NEEDS, rule=rule)


def _staff_hours(model: pyo.ConcreteModel, problem: Problem) -> None:
    """Hours of all acts at f by group g <= workload x hours_per_year[g] x posts after, for each post (hours a year).

    Posts after = fte_before + Join + Recruit - Leave - Unfilled.
    """
    used: dict[tuple[str, str], list[Term]] = defaultdict(list)
    hours = _task_hours(problem)
    for zone, facility, activity, mode in model.ARCS:
        variable = model.Visits[zone, facility, activity, mode]
        for group, hours_per_act in hours[activity, mode]:
            used[facility, group].append((hours_per_act, variable))
    for facility, activity in model.HUBS:
        for group, hours_per_act in hours[activity, "hub"]:
            used[facility, group].append((hours_per_act, model.Remote[facility, activity]))
    posts = {(row.facility_id, row.staff_group): row for row in problem.posts.itertuples()}

    def rule(model: pyo.ConcreteModel, facility: str, group: str) -> object:
        post = posts[facility, group]
        hours_per_fte = problem.options.largest_workload * post.hours_per_year
        changes = [(-hours_per_fte * sign, variable) for sign, variable in post_changes(model, facility, group)]
        if not used[facility, group] and not changes:
            return pyo.Constraint.Skip
        return _linear([*used[facility, group], *changes]) <= hours_per_fte * post.fte_before

    model.Staff_Hours = pyo.Constraint(model.POSTS, rule=rule)


def post_changes(model: pyo.ConcreteModel, facility: str, group: str) -> list[Term]:
    """Return the decisions that change the posts of a group at a facility, each with its sign."""
    signs = ((1.0, model.Join), (1.0, model.Recruit), (-1.0, model.Leave), (-1.0, model.Unfilled))
    return [(sign, decision[facility, group]) for sign, decision in signs if (facility, group) in decision]


def _task_hours(problem: Problem) -> dict[tuple[str, str], list[tuple[str, float]]]:
    """Return hours of each group in one act, by (activity, mode); ``hub``: the specialist's side of a remote act."""
    table: dict[tuple[str, str], list[tuple[str, float]]] = {}
    for activity in problem.care.activities:
        sides = {mode: tasks_of(problem.care, activity.id, mode) for mode in ("in_person", "telemedicine")}
        if activity.remote:
            sides["hub"] = activity.remote.specialist
        for mode, tasks in sides.items():
            table[activity.id, mode] = [(task.staff_group, task.minutes.value / MINUTES_PER_HOUR) for task in tasks]
    return table


def _bed_days(model: pyo.ConcreteModel, problem: Problem) -> None:
    """Bed-days of all stays at f <= bed_days_per_year[f], for each facility (bed-days a year)."""
    days = {activity.id: activity.bed_days.value for activity in problem.care.activities if activity.bed_days}
    limit = dict(zip(problem.beds["facility_id"], problem.beds["bed_days_per_year"], strict=True))
    used: dict[str, list[Term]] = defaultdict(list)
    for zone, facility, activity, mode in model.ARCS:
        if activity in days and mode == "in_person":
            used[facility].append((days[activity], model.Visits[zone, facility, activity, mode]))

    def rule(_: pyo.ConcreteModel, facility: str) -> object:
        return _linear(used[facility]) <= limit[facility] if used[facility] else pyo.Constraint.Skip

    model.Bed_Days = pyo.Constraint(model.BEDS, rule=rule)


def _remote_answered(model: pyo.ConcreteModel) -> None:
    """Remote visits over zones and sites = Remote over hubs, for each remote activity (acts a year)."""
    asked: dict[str, list[Term]] = defaultdict(list)
    for zone, facility, activity, mode in model.ARCS:
        if mode == "telemedicine":
            asked[activity].append((1.0, model.Visits[zone, facility, activity, mode]))
    for facility, activity in model.HUBS:
        asked[activity].append((-1.0, model.Remote[facility, activity]))

    def rule(_: pyo.ConcreteModel, activity: str) -> object:
        return _linear(asked[activity]) == 0

    model.Remote_Answered = pyo.Constraint(sorted(asked), rule=rule)


def _remote_share(model: pyo.ConcreteModel, problem: Problem) -> None:
    """Remote visits of zone z <= largest_share[a] x acts_per_year[z, a], for each need (acts a year)."""
    acts_per_year = dict(zip(model.NEEDS, problem.needs["acts_per_year"], strict=True))
    asked: dict[tuple[str, str], list[Term]] = defaultdict(list)
    for zone, facility, activity, mode in model.ARCS:
        if mode == "telemedicine":
            asked[zone, activity].append((1.0, model.Visits[zone, facility, activity, mode]))
    share = {
        activity.id: activity.remote.largest_share.value for activity in problem.care.activities if activity.remote
    }

    def rule(_: pyo.ConcreteModel, zone: str, activity: str) -> object:
        return _linear(asked[zone, activity]) <= share[activity] * acts_per_year[zone, activity]

    model.Remote_Share = pyo.Constraint(sorted(asked), rule=rule)


def _people_conserved(model: pyo.ConcreteModel, problem: Problem) -> None:
    """Join over facilities of the basin = Leave over the same, for each basin and group (full-time equivalents)."""
    basin = dict(zip(_pairs(problem.posts, "facility_id", "staff_group"), problem.posts["basin"], strict=True))
    moved: dict[tuple[str, str], list[Term]] = defaultdict(list)
    for facility, group in model.JOINING:
        moved[basin[facility, group], group].append((1.0, model.Join[facility, group]))
    for facility, group in model.LEAVING:
        moved[basin[facility, group], group].append((-1.0, model.Leave[facility, group]))

    def rule(_: pyo.ConcreteModel, place: str, group: str) -> object:
        return _linear(moved[place, group]) == 0

    model.People_Conserved = pyo.Constraint(model.BASINS, rule=rule)


def _leave_share(model: pyo.ConcreteModel, problem: Problem) -> None:
    """Leave[f, g] <= largest_share x fte_before[f, g] where the facility stays open (full-time equivalents)."""
    posts = {(row.facility_id, row.staff_group): row for row in problem.posts.itertuples()}
    share = problem.options.mobility.largest_share

    def rule(model: pyo.ConcreteModel, facility: str, group: str) -> object:
        post = posts[facility, group]
        if not post.open:
            return pyo.Constraint.Skip
        return model.Leave[facility, group] <= share * post.fte_before

    model.Leave_Share = pyo.Constraint(model.LEAVING, rule=rule)


def _closed_posts(model: pyo.ConcreteModel, problem: Problem) -> None:
    """Leave[f, g] + Unfilled[f, g] = fte_before[f, g] where the facility closes (full-time equivalents)."""
    fte_before = dict(
        zip(_pairs(problem.posts, "facility_id", "staff_group"), problem.posts["fte_before"], strict=True)
    )

    def rule(model: pyo.ConcreteModel, facility: str, group: str) -> object:
        gone = [(-sign, variable) for sign, variable in post_changes(model, facility, group) if sign < 0]
        return _linear(gone) == fte_before[facility, group]

    model.Closed_Posts = pyo.Constraint(model.UNFILLED, rule=rule)


def _recruitment_budget(model: pyo.ConcreteModel, problem: Problem) -> None:
    """Recruit x pay over all posts <= budget (MAD a year)."""
    pay = dict(zip(_pairs(problem.posts, "facility_id", "staff_group"), problem.posts["pay_mad_per_year"], strict=True))
    if len(model.RECRUITED):
        spent = _linear((pay[post], model.Recruit[post]) for post in model.RECRUITED)
        model.Recruitment_Budget = pyo.Constraint(expr=spent <= problem.options.recruitment.budget_mad_per_year)


def _recruits_of_group(model: pyo.ConcreteModel, problem: Problem) -> None:
    """Recruit over facilities <= largest_posts[g], for each staff group that has a limit (full-time equivalents)."""
    limits = problem.options.recruitment.largest_posts
    recruits: dict[str, list[Term]] = defaultdict(list)
    for facility, group in model.RECRUITED:
        recruits[group].append((1.0, model.Recruit[facility, group]))

    def rule(_: pyo.ConcreteModel, group: str) -> object:
        return _linear(recruits[group]) <= limits[group]

    model.Recruits_Of_Group = pyo.Constraint([group for group in limits if recruits[group]], rule=rule)


def _aims(model: pyo.ConcreteModel, problem: Problem) -> None:
    """Unmet acts weighted by severity; minutes x visits; people who leave, are recruited, or lose their post."""
    severity = {activity.id: activity.severity.value for activity in problem.care.activities}
    unmet = ((severity[activity], model.Unmet[zone, activity]) for zone, activity in model.NEEDS)
    travel = ((minutes, model.Visits[arc]) for arc, minutes in zip(model.ARCS, problem.arcs["minutes"], strict=True))
    # a post lost weighs more than a post moved, so that nobody is left over who could go elsewhere
    weights = ((1.0, model.Leave), (1.0, model.Recruit), (2.0, model.Unfilled))
    moved = [(weight, decision[post]) for weight, decision in weights for post in decision]
    model.Unmet_Need = pyo.Objective(expr=_linear(unmet))
    model.Travel_Minutes = pyo.Objective(expr=_linear(travel))
    if moved:
        model.Disruption = pyo.Objective(expr=_linear(moved))
