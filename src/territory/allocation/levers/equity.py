"""Equity as a hard limit: no province or zone, and no listed activity, may be left behind.

Equations: Largest_Unmet_Share, Fully_Served.
"""

from __future__ import annotations

import pyomo.environ as pyo

from territory.allocation.aims import unmet_by
from territory.allocation.draft import Draft, linear


def add(draft: Draft) -> None:
    """Write what the plan owes everybody."""
    model, equity = draft.model, draft.problem.options.equity
    if equity.largest_unmet_share is not None:
        unmet = unmet_by(draft, equity.of)
        # unmet acts of place p, weighted by severity <= share x need of p, weighted (acts a year)
        limit = draft.limit(
            "Largest_Unmet_Share",
            lambda own, place: (
                float(own.options.equity.largest_unmet_share or 0.0) * own.weighted_need[equity.of][place]
            ),
        )
        model.Largest_Unmet_Share = pyo.Constraint(
            sorted(unmet), rule=lambda _, place: (None, linear(unmet[place]), limit(place))
        )
    if equity.fully_served:
        needs = [need for need in model.NEEDS if need[1] in equity.fully_served]
        # Unmet[z, a] <= 0 for a listed activity (acts a year)
        model.Fully_Served = pyo.Constraint(
            pyo.Set(initialize=needs, dimen=2), rule=lambda m, z, a: (None, linear([(1.0, m.Unmet[z, a])]), 0.0)
        )
