"""Private contracting: acts for public patients bought from private facilities at a tariff.

The acts are visits in the mode ``contracted``. Equations: Contract_Volume, Contract_Budget.
"""

from __future__ import annotations

import pyomo.environ as pyo

from territory.allocation.draft import Draft, Ledger
from territory.allocation.problem import Problem


def tariffs(problem: Problem) -> dict[str, float]:
    """Return the price of one contracted act, MAD: the contract's, else the reference tariff."""
    return {
        activity: problem.care.activity(activity).tariff_mad.value
        if contract.tariff_mad is None
        else contract.tariff_mad
        for activity, contract in problem.options.contracting.activities.items()
    }


def add(draft: Draft) -> None:
    """Charge the contracted visits; limit their volume at each facility, and the budget."""
    model, problem = draft.model, draft.problem
    tariff = tariffs(problem)
    bought, spent = Ledger(), Ledger()
    arcs = problem.arcs[problem.arcs["mode"] == "contracted"]
    if arcs.empty:
        return
    for zone, facility, activity in zip(arcs["zone_id"], arcs["facility_id"], arcs["activity"], strict=True):
        visit = model.Visits[zone, facility, activity, "contracted"]
        bought.add((facility, activity), 1.0, visit)
        draft.cost("contracts", facility, tariff[activity], visit)
        spent.add("all", tariff[activity], visit)
    # contracted visits at f for a <= largest_acts_per_facility[a] (acts a year)
    most = draft.limit(
        "Contract_Volume", lambda own, key: own.options.contracting.activities[key[1]].largest_acts_per_facility
    )
    model.Contract_Volume = pyo.Constraint(
        pyo.Set(initialize=sorted(bought.rows), dimen=2),
        rule=lambda _, f, a: (None, bought.total((f, a)), most((f, a))),
    )
    # contracted visits x tariff <= budget (MAD a year)
    budget = draft.limit("Contract_Budget", lambda own, _: own.options.contracting.budget_mad_per_year)
    model.Contract_Budget = pyo.Constraint(expr=(None, spent.total("all"), budget(None)))
