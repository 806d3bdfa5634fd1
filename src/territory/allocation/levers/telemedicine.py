"""Telemedicine: a nurse presents the patient at a connected site, a specialist of a hub answers.

Decisions: Remote[hub, activity] (acts a year); Connect[site] (yes or no) where the sites are to be chosen.
Equations: Remote_Answered, Remote_Share, Hub_Share; Answered_Where_Open where activities may close; Connected_Sites and
Only_When_Connected where sites are chosen.
"""

from __future__ import annotations

import pyomo.environ as pyo

from territory.allocation.draft import Draft, Ledger, linear
from territory.allocation.problem import Problem, task_hours
from territory.allocation.ways import connected_sites


def add(draft: Draft) -> None:
    """Let hubs answer what sites ask, within the share of acts that may be remote."""
    model, problem = draft.model, draft.problem
    hours = task_hours(problem.care)
    model.HUBS = pyo.Set(
        initialize=list(zip(problem.hubs["facility_id"], problem.hubs["activity"], strict=True)), dimen=2
    )
    model.Remote = pyo.Var(model.HUBS, within=pyo.NonNegativeReals)
    answered = Ledger()
    for facility, activity in model.HUBS:
        draft.remote_asked.add(activity, -1.0, model.Remote[facility, activity])
        for group, hours_per_act in hours[activity, "hub"]:
            draft.hours_used.add((facility, group), hours_per_act, model.Remote[facility, activity])
            answered.add((facility, group), hours_per_act, model.Remote[facility, activity])
    _remote_answered(draft)
    _remote_share(draft)
    if problem.options.telemedicine.hub_largest_share < 1:
        _hub_share(draft, answered)
    _answered_where_open(draft)
    _sites(draft)


def _answered_where_open(draft: Draft) -> None:
    """Remote[f, a] <= all needs of a x Open[f, a], where the activity may close at the hub (acts a year)."""
    model = draft.model
    hubs = [hub for hub in model.HUBS if hub in model.TRANSFERS]
    needs = draft.problem.needs.groupby("activity")["acts_per_year"].sum()
    if hubs:
        model.Answered_Where_Open = pyo.Constraint(
            pyo.Set(initialize=hubs, dimen=2),
            rule=lambda m, f, a: (None, linear([(1.0, m.Remote[f, a]), (-float(needs[a]), m.Open[f, a])]), 0.0),
        )


def _remote_answered(draft: Draft) -> None:
    """Remote visits over zones and sites = Remote over hubs, for each remote activity (acts a year)."""
    asked = draft.remote_asked
    draft.model.Remote_Answered = pyo.Constraint(
        sorted(asked.rows), rule=lambda _, activity: (0.0, asked.total(activity), 0.0)
    )


def _remote_share(draft: Draft) -> None:
    """Remote visits of zone z <= largest_share[a] x acts_per_year[z, a], for each need (acts a year)."""
    share = {a.id: a.remote.largest_share.value for a in draft.problem.care.activities if a.remote}

    def most(problem: Problem, need: tuple[str, str]) -> float:
        lowered = problem.options.telemedicine.largest_shares.get(need[1], 1.0)
        return min(share[need[1]], lowered) * problem.need[need]

    limit = draft.limit("Remote_Share", most)
    draft.model.Remote_Share = pyo.Constraint(
        pyo.Set(initialize=sorted(draft.remote_of.rows), dimen=2),
        rule=lambda _, z, a: (None, draft.remote_of.total((z, a)), limit((z, a))),
    )


def _hub_share(draft: Draft, answered: Ledger) -> None:
    """Hours of Remote at hub f by group g <= hub_largest_share x hours of its posts after (hours a year)."""
    share = draft.problem.options.telemedicine.hub_largest_share
    most = draft.limit("Hub_Share", lambda own, key: share * own.post[key].hours_per_year * own.post[key].remaining)

    def rule(_: pyo.ConcreteModel, facility: str, group: str) -> object:
        post = draft.problem.post[facility, group]
        hours_per_fte = share * post.hours_per_year
        terms = [*answered.terms((facility, group)), *draft.posts.terms((facility, group), -hours_per_fte)]
        return None, linear(terms), most((facility, group))

    draft.model.Hub_Share = pyo.Constraint(pyo.Set(initialize=sorted(answered.rows), dimen=2), rule=rule)


def _sites(draft: Draft) -> None:
    """Charge the kits of new sites; where only so many may be connected, choose them."""
    model, problem = draft.model, draft.problem
    remote = problem.options.telemedicine
    if not remote.activities:
        return
    _, new = connected_sites(problem.facilities, problem.options)
    asked = Ledger()
    reach = dict.fromkeys(new, 0.0)
    arcs = problem.arcs[(problem.arcs["mode"] == "telemedicine") & problem.arcs["facility_id"].isin(new)]
    for zone, facility, activity in zip(arcs["zone_id"], arcs["facility_id"], arcs["activity"], strict=True):
        asked.add(facility, 1.0, model.Visits[zone, facility, activity, "telemedicine"])
        reach[facility] += problem.need[zone, activity]
    useful = sorted(asked.rows)
    if remote.most_sites is None:
        for site in useful:
            draft.costs.add_constant(("telemedicine", site), remote.kit_mad_per_year)
        return
    model.SITES = pyo.Set(initialize=useful)
    model.Connect = pyo.Var(model.SITES, within=pyo.Binary)
    for site in useful:
        draft.aims.add("disruption", 1.0, model.Connect[site])
        if remote.kit_mad_per_year > 0:
            draft.cost("telemedicine", site, remote.kit_mad_per_year, model.Connect[site])
    # sum of Connect over sites <= most_sites (sites)
    model.Connected_Sites = pyo.Constraint(
        expr=(None, linear([(1.0, model.Connect[site]) for site in useful]), float(remote.most_sites))
    )
    # remote visits at site s <= all needs in its reach x Connect[s] (acts a year)
    model.Only_When_Connected = pyo.Constraint(
        model.SITES, rule=lambda m, s: (None, linear([*asked.terms(s), (-reach[s], m.Connect[s])]), 0.0)
    )
