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
    severity = severities(draft)
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
        fixed = sum(draft.costs.constant(row) for row in draft.costs.rows)
        model.Running_Cost = pyo.Objective(expr=linear(changing, fixed))
    if "inequity" in {*options.aims, *options.aim_weights}:
        _inequity(draft)


def severities(draft: Draft) -> dict[str, float]:
    """Return the weight of one unmet act of each activity."""
    return {activity.id: activity.severity.value for activity in draft.problem.care.activities}


def unmet_by(draft: Draft, of: str) -> dict[str, tuple[list[Term], float]]:
    """Return, for each province or zone, the weighted unmet acts as terms and the weighted need."""
    severity, place = severities(draft), places(draft, of)
    terms: dict[str, list[Term]] = defaultdict(list)
    need: dict[str, float] = defaultdict(float)
    for (zone, activity), acts in draft.problem.need.items():
        terms[place[zone]].append((severity[activity], draft.model.Unmet[zone, activity]))
        need[place[zone]] += severity[activity] * acts
    return {where: (terms[where], need[where]) for where in sorted(need) if need[where] > 0}


def places(draft: Draft, of: str) -> Mapping[str, str]:
    """Return the province, or the zone itself, of each zone."""
    zones = {zone for zone, _ in draft.problem.need}
    return draft.problem.province_of_zones() if of == "province" else {zone: zone for zone in zones}


def _inequity(draft: Draft) -> None:
    """Unmet[p] <= need[p] x Worst and, for the spread, Unmet[p] >= need[p] x Best (acts a year, weighted)."""
    model, measure = draft.model, draft.problem.options.inequity
    unmet = unmet_by(draft, "zone" if measure == "worst_zone" else "province")
    model.PLACES = pyo.Set(initialize=list(unmet))
    model.Worst = pyo.Var(within=pyo.NonNegativeReals)
    model.Worst_Unmet = pyo.Constraint(
        model.PLACES, rule=lambda m, p: (None, linear([*unmet[p][0], (-unmet[p][1], m.Worst)]), 0.0)
    )
    terms = [(1.0, model.Worst)]
    if measure == "spread":
        model.Best = pyo.Var(within=pyo.NonNegativeReals)
        model.Best_Unmet = pyo.Constraint(
            model.PLACES, rule=lambda m, p: (0.0, linear([*unmet[p][0], (-unmet[p][1], m.Best)]), None)
        )
        terms.append((-1.0, model.Best))
    model.Inequity = pyo.Objective(expr=linear(terms))
