"""The aims, all minimised: unmet need, travel, far travel, inequity, running cost, disruption."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import pyomo.environ as pyo

from territory.allocation.draft import Draft, Term, linear

AIMS: Mapping[str, str] = {
    "unmet": "Unmet_Need",
    "travel": "Travel_Minutes",
    "far_travel": "Far_Travel_Minutes",
    "inequity": "Inequity",
    "cost": "Running_Cost",
    "disruption": "Disruption",
}

AIM_UNITS: Mapping[str, str] = {
    "Unmet_Need": "acts a year, weighted by severity",
    "Travel_Minutes": "minutes a year, one way",
    "Far_Travel_Minutes": "minutes a year beyond the limit, one way",
    "Inequity": "share of need unmet, weighted by severity",
    "Running_Cost": "MAD a year",
    "Disruption": "full-time equivalents; a lost post counts twice, an activity opened or closed once",
}


def add_aims(draft: Draft) -> None:
    """Write one objective for each aim that has terms; the inequity only where it is asked for."""
    model, options = draft.model, draft.problem.options
    severity = draft.problem.severities
    unmet = [(severity[activity], model.Unmet[zone, activity]) for zone, activity in model.NEEDS]
    model.Unmet_Need = pyo.Objective(expr=linear(unmet))
    for aim in ("travel", "far_travel"):
        if aim in draft.aims:
            model.add_component(AIMS[aim], pyo.Objective(expr=draft.aims.total(aim)))
    if "disruption" in draft.aims:
        changes = linear(draft.aims.terms("disruption"), draft.aims.constant("disruption"))
        model.Disruption = pyo.Objective(expr=changes)
    changing = [term for row in draft.costs.rows for term in draft.costs.terms(row)]
    if changing:
        model.Running_Cost = pyo.Objective(expr=linear(changing, fixed_cost(draft)))
    if "inequity" in {*options.aims, *options.aim_weights}:
        _inequity(draft)


def fixed_cost(draft: Draft) -> float:
    """Return the running cost that no decision changes."""
    return sum(draft.costs.constant(row) for row in draft.costs.rows)


def unmet_by(draft: Draft, of: str) -> dict[str, list[Term]]:
    """Return the unmet acts, weighted by severity, of each province or zone that needs some."""
    problem, severity = draft.problem, draft.problem.severities
    place, need = problem.place_of_zone[of], problem.weighted_need[of]
    terms: dict[str, list[Term]] = defaultdict(list)
    for zone, activity in problem.need:
        terms[place[zone]].append((severity[activity], draft.model.Unmet[zone, activity]))
    return {where: terms[where] for where in sorted(need) if need[where] > 0}


def _inequity(draft: Draft) -> None:
    """Unmet[p] <= need[p] x Worst and, for the spread, Unmet[p] >= need[p] x Best (acts a year, weighted)."""
    model, measure = draft.model, draft.problem.options.inequity
    of = "zone" if measure == "worst_zone" else "province"
    unmet, need = unmet_by(draft, of), draft.problem.weighted_need[of]
    model.PLACES = pyo.Set(initialize=list(unmet))
    model.Worst = pyo.Var(within=pyo.NonNegativeReals)
    model.Worst_Unmet = pyo.Constraint(
        model.PLACES, rule=lambda m, p: (None, linear([*unmet[p], (-need[p], m.Worst)]), 0.0)
    )
    terms = [(1.0, model.Worst)]
    if measure == "spread":
        model.Best = pyo.Var(within=pyo.NonNegativeReals)
        model.Best_Unmet = pyo.Constraint(
            model.PLACES, rule=lambda m, p: (0.0, linear([*unmet[p], (-need[p], m.Best)]), None)
        )
        terms.append((-1.0, model.Best))
    model.Inequity = pyo.Objective(expr=linear(terms))
