"""Budgets: the running cost of the territory, or of one facility, may not pass a limit.

Equations: Region_Budget, Facility_Budget.
"""

from __future__ import annotations

from functools import partial

import pyomo.environ as pyo
from pyomo.core.expr import LinearExpression

from territory.allocation.draft import Draft, Term, linear
from territory.allocation.problem import Problem


def add(draft: Draft) -> None:
    """Write the limits of the running cost."""
    budgets, costs = draft.problem.options.budgets, draft.costs

    def total(rows: list[tuple[str, str]]) -> LinearExpression:
        terms: list[Term] = [term for row in rows for term in costs.terms(row)]
        return linear(terms)

    enter_fixed(draft)
    if budgets.region_mad_per_year is not None:
        # all lines of the running cost <= budget (MAD a year)
        in_all = total(costs.rows)
        limit = draft.limit("Region_Budget", partial(_left, draft))
        draft.model.Region_Budget = pyo.Constraint(expr=(None, in_all, limit(None)))
    facilities = sorted(budgets.facilities_mad_per_year)
    if facilities:
        # the lines borne by f <= budget[f] (MAD a year)
        borne = {f: total([row for row in costs.rows if row[1] == f]) for f in facilities}
        limit = draft.limit("Facility_Budget", partial(_left, draft))
        draft.model.Facility_Budget = pyo.Constraint(facilities, rule=lambda _, f: (None, borne[f], limit(f)))


def enter_fixed(draft: Draft) -> None:
    """Enter what no decision changes of each sum that has a budget."""
    budgets, costs = draft.problem.options.budgets, draft.costs
    if budgets.region_mad_per_year is not None:
        draft.fixed.set_constant(("Region_Budget", None), sum(costs.constant(row) for row in costs.rows))
    for facility in budgets.facilities_mad_per_year:
        borne = sum(costs.constant(row) for row in costs.rows if row[1] == facility)
        draft.fixed.set_constant(("Facility_Budget", facility), borne)


def _left(draft: Draft, problem: Problem, facility: str | None) -> float:
    """Return what a budget leaves for the decisions: without what no decision changes."""
    budgets = problem.options.budgets
    if facility is None:
        return float(budgets.region_mad_per_year or 0.0) - draft.fixed.constant(("Region_Budget", None))
    return budgets.facilities_mad_per_year[facility] - draft.fixed.constant(("Facility_Budget", facility))
