"""Transfer of activities: open, close or keep an activity at a facility, or close a whole facility.

Decisions: Open[facility, activity], Close[facility] (yes or no).
Equations: Only_Where_Open, Smallest_Safe_Volume, Not_In_Closed_Facility, Close_Posts, Leave_When_Closed,
Unfilled_When_Closed, Lend_When_Open, Changes_In_Year, Transition_Budget.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyomo.environ as pyo

from territory.allocation.draft import Draft, Ledger, Term, linear
from territory.allocation.staff import in_post
from territory.allocation.ways import all_staffed

Pair = tuple[str, str]


@dataclass(frozen=True)
class _Candidates:
    """What may change: (facility, activity) pairs, which of them are open today, and the most acts they can have."""

    pairs: list[Pair]
    open_today: set[Pair]
    reach: dict[Pair, float]


def add(draft: Draft) -> None:
    """Write what may open and close, and what a change costs."""
    model, problem = draft.model, draft.problem
    transfer = problem.options.activity_transfer
    candidates = _candidates(draft)
    model.TRANSFERS = pyo.Set(initialize=candidates.pairs, dimen=2)
    model.CLOSABLE = pyo.Set(initialize=sorted(set(transfer.facilities) & set(problem.facilities["facility_id"])))
    model.Open = pyo.Var(model.TRANSFERS, within=pyo.Binary)
    model.Close = pyo.Var(model.CLOSABLE, within=pyo.Binary)
    for facility, activity in candidates.pairs:
        if activity in transfer.keep.get(facility, ()):
            model.Open[facility, activity].setlb(1)
            if facility in model.CLOSABLE:
                model.Close[facility].setub(0)
    if candidates.pairs:
        _volumes(draft, candidates)
    if len(model.CLOSABLE):
        _whole_facilities(draft)
    _changes(draft, candidates)


def _candidates(draft: Draft) -> _Candidates:
    problem = draft.problem
    chosen = set(problem.options.activity_transfer.activities)
    today = in_post(problem.posts)
    reach: dict[Pair, float] = {}
    arcs = problem.arcs[(problem.arcs["mode"] == "in_person") & problem.arcs["activity"].isin(chosen)]
    for zone, facility, activity in zip(arcs["zone_id"], arcs["facility_id"], arcs["activity"], strict=True):
        reach[facility, activity] = reach.get((facility, activity), 0.0) + problem.need[zone, activity]
    pairs = sorted(reach)
    works = {pair for pair in pairs if all_staffed(pair[0], problem.care.activity(pair[1]).tasks, today)}
    return _Candidates(pairs, works, reach)


def _volumes(draft: Draft, candidates: _Candidates) -> None:
    """Acts[f, a] <= reach or largest volume x Open; Acts >= smallest volume x (Open - Close) (acts a year)."""
    model, transfer = draft.model, draft.problem.options.activity_transfer
    smallest = {
        activity: transfer.smallest_volumes.get(activity, figure.value if figure else 0.0)
        for activity in transfer.activities
        for figure in (draft.problem.care.activity(activity).smallest_volume,)
    }

    def only(m: pyo.ConcreteModel, f: str, a: str) -> object:
        most = min(candidates.reach[f, a], transfer.largest_volumes.get(a, candidates.reach[f, a]))
        return None, linear([*draft.acts.terms((f, a)), (-most, m.Open[f, a])]), 0.0

    def safe(m: pyo.ConcreteModel, f: str, a: str) -> object:
        if smallest[a] <= 0:
            return pyo.Constraint.Skip
        draft.fixed.add_constant(("Smallest_Safe_Volume", (f, a)), smallest[a])
        # a facility that closes as a whole is one change: its activities need no volume then
        whole = [(smallest[a], m.Close[f])] if f in m.CLOSABLE else []
        return 0.0, linear([*draft.acts.terms((f, a)), (-smallest[a], m.Open[f, a]), *whole]), None

    model.Only_Where_Open = pyo.Constraint(model.TRANSFERS, rule=only)
    model.Smallest_Safe_Volume = pyo.Constraint(model.TRANSFERS, rule=safe)


def _whole_facilities(draft: Draft) -> None:
    """Write that a closed facility gives no acts, keeps no posts, and lets everybody go."""
    model, problem = draft.model, draft.problem
    acts, reach = Ledger(), Ledger()
    for zone, facility, activity, mode in model.ARCS:
        if facility in model.CLOSABLE:
            acts.add(facility, 1.0, model.Visits[zone, facility, activity, mode])
            reach.add_constant(facility, problem.need[zone, activity])
    posts = [key for key in problem.post if key[0] in model.CLOSABLE]
    most = {key: problem.posts.loc[problem.posts["staff_group"] == key[1], "fte_before"].sum() for key in posts}
    recruits = problem.options.recruitment
    for key in posts:
        by_budget = recruits.budget_mad_per_year / max(problem.post[key].pay_mad_per_year, 1.0)
        most[key] += min(by_budget, recruits.largest_posts.get(key[1], by_budget))

    # all acts of f <= all needs in its reach x (1 - Close[f]) (acts a year)
    model.Not_In_Closed_Facility = pyo.Constraint(
        model.CLOSABLE,
        rule=lambda m, f: (None, linear([*acts.terms(f), (reach.constant(f), m.Close[f])]), reach.constant(f)),
    )
    # posts after[f, g] <= all there can be x (1 - Close[f]) (full-time equivalents)
    model.Close_Posts = pyo.Constraint(
        pyo.Set(initialize=posts, dimen=2),
        rule=lambda m, f, g: (
            None,
            linear([*draft.posts.terms((f, g)), (most[f, g], m.Close[f])]),
            most[f, g] - problem.post[f, g].remaining,
        ),
    )
    _leave_when_closed(draft)
    _lend_when_open(draft)


def _lend_when_open(draft: Draft) -> None:
    """VisitDays x fraction over sites <= posts today x (1 - Close), for each home that may close (FTE)."""
    model, problem = draft.model, draft.problem
    part, lent = problem.options.shared_posts.smallest_fraction, Ledger()
    for (home, _, group), days in model.VisitDays.items():
        if home in model.CLOSABLE:
            lent.add((home, group), part, days)

    def rule(m: pyo.ConcreteModel, f: str, g: str) -> object:
        posts = problem.post[f, g].remaining
        return None, linear([*lent.terms((f, g)), (posts, m.Close[f])]), posts

    if lent.rows:
        model.Lend_When_Open = pyo.Constraint(pyo.Set(initialize=lent.rows, dimen=2), rule=rule)


def _leave_when_closed(draft: Draft) -> None:
    """Leave <= share x posts + (1 - share) x posts x Close; Unfilled <= posts x Close (full-time equivalents)."""
    model, problem = draft.model, draft.problem
    mobility = problem.options.mobility

    def leave(m: pyo.ConcreteModel, f: str, g: str) -> object:
        posts = problem.post[f, g].remaining
        share = mobility.largest_shares.get(g, mobility.largest_share)
        if f not in m.CLOSABLE:
            return pyo.Constraint.Skip
        return None, linear([(1.0, m.Leave[f, g]), (-(1.0 - share) * posts, m.Close[f])]), share * posts

    def unfilled(m: pyo.ConcreteModel, f: str, g: str) -> object:
        if f not in m.CLOSABLE:
            return pyo.Constraint.Skip
        return None, linear([(1.0, m.Unfilled[f, g]), (-problem.post[f, g].remaining, m.Close[f])]), 0.0

    model.Leave_When_Closed = pyo.Constraint(model.LEAVING, rule=leave)
    model.Unfilled_When_Closed = pyo.Constraint(model.UNFILLED, rule=unfilled)


def _changes(draft: Draft, candidates: _Candidates) -> None:
    """Count and price the changes: openings, closings of activities, closings of facilities."""
    model, transfer = draft.model, draft.problem.options.activity_transfer
    count: list[Term] = []
    spent: list[Term] = []
    closed_by_none = 0
    for pair in candidates.pairs:
        opening = pair not in candidates.open_today
        sign, cost = (1.0, transfer.opening_cost_mad) if opening else (-1.0, transfer.closing_cost_mad)
        closed_by_none += 0 if opening else 1
        count.append((sign, model.Open[pair]))
        spent.append((sign * cost, model.Open[pair]))
        draft.cost("transitions", pair[0], sign * cost, model.Open[pair])
        draft.aims.add("disruption", sign, model.Open[pair])
        if not opening:
            draft.costs.add_constant(("transitions", pair[0]), cost)
    for facility in model.CLOSABLE:
        count.append((1.0, model.Close[facility]))
        spent.append((transfer.closing_cost_mad, model.Close[facility]))
        draft.cost("transitions", facility, transfer.closing_cost_mad, model.Close[facility])
        draft.aims.add("disruption", 1.0, model.Close[facility])
    draft.aims.add_constant("disruption", float(closed_by_none))
    if count and transfer.most_changes is not None:
        # as many openings and closings as may be in a year
        draft.fixed.add_constant(("Changes_In_Year", None), float(closed_by_none))
        model.Changes_In_Year = pyo.Constraint(
            expr=(None, linear(count), float(transfer.most_changes - closed_by_none))
        )
    if count and transfer.budget_mad is not None:
        # cost of all changes <= budget (MAD once)
        fixed = closed_by_none * transfer.closing_cost_mad
        draft.fixed.add_constant(("Transition_Budget", None), fixed)
        limit = transfer.budget_mad - fixed
        model.Transition_Budget = pyo.Constraint(expr=(None, linear(spent), limit))
