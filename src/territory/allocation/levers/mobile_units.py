"""Mobile units: people of a base facility on a weekly round over communes, connected to a hub where needed.

Decisions: Rounds[unit, zone], whole days of the week; MobileVisits[unit, zone, activity] (acts a year).
Equations: Round_Days, Unit_Hours.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pyomo.environ as pyo

from territory.allocation.draft import Draft, Ledger, linear
from territory.allocation.problem import MINUTES_PER_HOUR, Problem, task_hours
from territory.allocation.solution import Solution
from territory.care import Care
from territory.scenario import MobileUnit

Work = Mapping[tuple[str, str], tuple[bool, list[tuple[str, float]]]]


def add(draft: Draft) -> None:
    """Let units tour; their days are work of the base, their acts serve the zones they stop in."""
    model, problem = draft.model, draft.problem
    units = problem.options.mobile_units
    stops = stops_table(problem)
    days = list(zip(stops["unit"], stops["zone_id"], strict=True))
    model.STOPS = pyo.Set(initialize=days, dimen=2)
    model.Rounds = pyo.Var(model.STOPS, within=pyo.NonNegativeIntegers)
    work = work_aboard(problem)
    acts = [
        (unit, zone, activity)
        for unit, zone in days
        for activity in units.units[unit].activities
        if (unit, activity) in work and (zone, activity) in problem.need
    ]
    model.MOBILE = pyo.Set(initialize=acts, dimen=3)
    model.MobileVisits = pyo.Var(model.MOBILE, within=pyo.NonNegativeReals)
    if days:
        _days(draft, stops)
        _acts(draft, work)
        _unit_hours(draft, stops, work)


def stops_table(problem: Problem) -> pd.DataFrame:
    """Return unit, zone_id, minutes, km from the base to each zone it may stop in and reach within its day."""
    units = problem.options.mobile_units
    trips = problem.travel.driven.set_index(["zone_id", "facility_id"])
    rows = [
        (name, zone, float(trips["minutes"].loc[zone, unit.base]), float(trips["km"].loc[zone, unit.base]))
        for name, unit in sorted(units.units.items())
        if unit.base not in problem.options.closures.facilities
        for zone in unit.zones
        if (zone, unit.base) in trips.index
    ]
    table = pd.DataFrame(rows, columns=["unit", "zone_id", "minutes", "km"])
    return table[2.0 * table["minutes"] / MINUTES_PER_HOUR < units.hours_per_day].reset_index(drop=True)


def work_aboard(problem: Problem) -> Work:
    """Return, by unit and activity, whether a hub must answer, and the hours of each group aboard in one act."""
    found = {}
    hours = task_hours(problem.care)
    answered = set(problem.hubs["activity"])
    for name, unit in problem.options.mobile_units.units.items():
        for activity in unit.activities:
            remote = needs_hub(unit, activity, problem.care)
            if remote is None or (remote and activity not in answered):
                continue
            found[name, activity] = (remote, hours[activity, "telemedicine" if remote else "in_person"])
    return found


def needs_hub(unit: MobileUnit, activity_id: str, care: Care) -> bool | None:
    """Return whether a remote specialist must answer aboard the unit; None: the act cannot be given there."""
    activity = care.activity(activity_id)
    if activity.bed_days or activity.room:
        return None
    if all(task.staff_group in unit.staff for task in activity.tasks):
        return False
    remote = activity.remote
    return True if remote and all(task.staff_group in unit.staff for task in remote.presenting) else None


def _days(draft: Draft, stops: pd.DataFrame) -> None:
    """Write Rounds over zones <= days_per_week[u] (days a week); a day is work of the base's posts, and costs km."""
    model, units = draft.model, draft.problem.options.mobile_units
    tour = Ledger()
    for name, zone, km in zip(stops["unit"], stops["zone_id"], stops["km"].tolist(), strict=True):
        unit, days = units.units[name], model.Rounds[name, zone]
        tour.add(name, 1.0, days)
        for group, people in unit.staff.items():
            hours = people * units.hours_per_day * units.weeks_per_year
            draft.hours_used.add((unit.base, group), hours, days)
        if unit.mad_per_km > 0:
            draft.cost("mobile_units", unit.base, 2.0 * km * unit.mad_per_km * units.weeks_per_year, days)
    for name in tour.rows:
        draft.costs.add_constant(("mobile_units", units.units[name].base), units.units[name].mad_per_year)
    model.Round_Days = pyo.Constraint(
        sorted(tour.rows), rule=lambda _, u: (None, tour.total(u), float(units.units[u].days_per_week))
    )


def _acts(draft: Draft, work: Work) -> None:
    """Enter every mobile visit: the need it serves, its travel, the hub it asks."""
    minutes = draft.problem.options.mobile_units.minutes_to_stop
    far = max(minutes - draft.problem.options.far_minutes, 0.0)
    for key in draft.model.MOBILE:
        unit, zone, activity = key
        visit = draft.model.MobileVisits[key]
        draft.served.add((zone, activity), 1.0, visit)
        for aim, factor in (("travel", minutes), ("far_travel", far)):
            if factor > 0:
                draft.aims.add(aim, factor, visit)
        if work[unit, activity][0]:
            draft.remote_asked.add(activity, 1.0, visit)
            draft.remote_of.add((zone, activity), 1.0, visit)


def _unit_hours(draft: Draft, stops: pd.DataFrame, work: Work) -> None:
    """Hours of mobile visits in z by group g <= weeks x (day - road) x people aboard x Rounds[u, z] (hours a year)."""
    units = draft.problem.options.mobile_units
    used = Ledger()
    for unit, zone, activity in draft.model.MOBILE:
        for group, hours in work[unit, activity][1]:
            used.add((unit, zone, group), hours, draft.model.MobileVisits[unit, zone, activity])
    keys = zip(stops["unit"], stops["zone_id"], strict=True)
    road = dict(zip(keys, (2.0 * stops["minutes"] / MINUTES_PER_HOUR).tolist(), strict=True))

    def rule(m: pyo.ConcreteModel, unit: str, zone: str, group: str) -> object:
        there = units.weeks_per_year * (units.hours_per_day - road[unit, zone]) * units.units[unit].staff[group]
        return None, linear([*used.terms((unit, zone, group)), (-there, m.Rounds[unit, zone])]), 0.0

    draft.model.Unit_Hours = pyo.Constraint(pyo.Set(initialize=used.rows, dimen=3), rule=rule)


def read_visits(draft: Draft, solution: Solution) -> pd.DataFrame:
    """Return the mobile visits as rows of the plan's visits, those of two units of one base together."""
    units = draft.problem.options.mobile_units
    rows = [
        (zone, units.units[unit].base, activity, "mobile", units.minutes_to_stop, solution.value(visit))
        for (unit, zone, activity), visit in draft.model.MobileVisits.items()
    ]
    columns = ["zone_id", "facility_id", "activity", "mode", "minutes"]
    table = pd.DataFrame(rows, columns=[*columns, "acts_per_year"])
    return table.groupby(columns, as_index=False)["acts_per_year"].sum()


def read_remote(draft: Draft, solution: Solution) -> pd.DataFrame:
    """Return facility_id (the base), activity, acts_per_year of the mobile visits that a hub answers."""
    work, units = work_aboard(draft.problem), draft.problem.options.mobile_units.units
    rows = [
        (units[unit].base, activity, solution.value(visit))
        for (unit, _, activity), visit in draft.model.MobileVisits.items()
        if work[unit, activity][0]
    ]
    columns = ["facility_id", "activity"]
    table = pd.DataFrame(rows, columns=[*columns, "acts_per_year"])
    return table.groupby(columns, as_index=False)["acts_per_year"].sum()


def read_rounds(draft: Draft, solution: Solution) -> pd.DataFrame:
    """Return the weekly round of each unit: unit, zone_id, days_per_week, km."""
    stops = stops_table(draft.problem)
    days = [round(solution.value(days)) for days in draft.model.Rounds.values()]
    table = stops.assign(days_per_week=days)
    return table[table["days_per_week"] > 0][["unit", "zone_id", "days_per_week", "km"]]


def crews(draft: Draft) -> pd.DataFrame:
    """Return who goes along with each unit: unit, facility_id (the base), staff_group, people, hours_per_day."""
    options = draft.problem.options.mobile_units
    rows = [
        (name, unit.base, group, people, options.hours_per_day)
        for name, unit in options.units.items()
        for group, people in unit.staff.items()
    ]
    return pd.DataFrame(rows, columns=["unit", "facility_id", "staff_group", "people", "hours_per_day"])
