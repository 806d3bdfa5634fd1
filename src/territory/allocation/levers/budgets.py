"""Budgets: the running cost of the territory, or of one facility, may not pass a limit.

Equations: Region_Budget, Facility_Budget.
"""

from __future__ import annotations

import pyomo.environ as pyo

from territory.allocation.draft import Draft, Term, linear


def add(draft: Draft) -> None:
    """Write the limits of the running cost."""
    budgets, costs = draft.problem.options.budgets, draft.costs

    def sides(equation: tuple[str, str | None], rows: list[tuple[str, str]], limit: float) -> object:
        terms: list[Term] = [term for row in rows for term in costs.terms(row)]
        fixed = sum(costs.constant(row) for row in rows)
        draft.fixed.add_constant(equation, fixed)
        return None, linear(terms), limit - fixed

    if budgets.region_mad_per_year is not None:
        # all lines of the running cost <= budget (MAD a year)
        draft.model.Region_Budget = pyo.Constraint(
            expr=sides(("Region_Budget", None), costs.rows, budgets.region_mad_per_year)
        )
    limits = budgets.facilities_mad_per_year
    if limits:
        # the lines borne by f <= budget[f] (MAD a year)
        draft.model.Facility_Budget = pyo.Constraint(
            sorted(limits),
            rule=lambda _, f: sides(("Facility_Budget", f), [row for row in costs.rows if row[1] == f], limits[f]),
        )
