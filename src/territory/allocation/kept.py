"""A programme that stays loaded: when only limits or weights change, it is solved again from the basis it ended at.

Needs, budgets, shares and occupancies are limits of equations. Moving them leaves an optimal basis dual feasible, so
the dual simplex goes on from there (Chvátal, Linear Programming, 1983, chapter 10): nothing is built or loaded anew.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from territory.allocation.aims import AIMS, fixed_cost
from territory.allocation.draft import Draft, no_garbage_collection
from territory.allocation.form import Infeasible, Vector
from territory.allocation.levers.budgets import enter_fixed
from territory.allocation.limits import steps_of
from territory.allocation.loaded import LoadedProgram
from territory.allocation.problem import Problem, needs_of, with_limits
from territory.allocation.program import enter_pay
from territory.allocation.reading import read_plan
from territory.allocation.solver import solve_loaded, turns
from territory.errors import Fault, NoFeasiblePlan
from territory.scenario import AllocationOptions
from territory.tables import Demand, Plan

MOVING_OPTIONS = (
    "aim_tolerance",
    "aim_weights",
    "budgets.facilities_mad_per_year",
    "budgets.region_mad_per_year",
    "contracting.activities.*.largest_acts_per_facility",
    "contracting.budget_mad_per_year",
    "departures.shares",
    "equity.largest_unmet_share",
    "largest_bed_occupancy",
    "largest_room_use",
    "mobility.largest_share",
    "mobility.largest_shares",
    "overload.budget_mad_per_year",
    "recruitment.budget_mad_per_year",
    "recruitment.largest_posts",
    "telemedicine.largest_shares",
)
"""Options of the allocation that only move limits or weights, as long as they stay given or missing, and above zero."""


class KeptProgram:
    """A solved model, kept to be solved again. It has no whole numbers to choose.

    `plan` is its own, prices included, the same as `territory.allocate` gives. Making one raises NoFeasiblePlan or
    SolverStopped where there is none.
    """

    def __init__(self, model: Any) -> None:
        self._draft: Draft = model.draft
        self._first = self._draft.problem
        self._skeleton = _skeleton(self._first.options)
        self._program = LoadedProgram(model)
        with no_garbage_collection():
            self.plan = self._solve(self._first, with_prices=True)
        self._bases = dict(self._program.bases)

    def moved(self, demand: Demand, options: AllocationOptions) -> Problem | None:
        """Return the first problem with other needs and options; None where more than limits and weights changes.

        Parameters
        ----------
        demand
            Needs of the same zones and activities.
        options
            Options that were checked (`territory.allocation.check_options`).
        """
        first = self._first
        if len(self._program.integers) or _skeleton(options) != self._skeleton:
            return None
        if any(share >= 1 for own in (first.options, options) for share in own.departures.shares.values()):
            return None  # a group of which nobody is left has other equations
        needs, keys = needs_of(demand), ["zone_id", "activity"]
        # the inequity weighs each place by its need, which then stands in the factors of the decisions
        weighs_needs = "inequity" in {*options.aims, *options.aim_weights}
        if not (first.needs.equals(needs) if weighs_needs else first.needs[keys].equals(needs[keys])):
            return None
        return with_limits(first, needs, options)

    def solve_again(self, problem: Problem) -> Plan:
        """Return the plan of a problem from `moved`, without prices.

        It depends on the problem alone, not on what was solved before. Its aims are those of a programme built anew; of
        several plans that are equally good it may be another one.

        Raises
        ------
        NoFeasiblePlan, SolverStopped
            When there is no plan.
        """
        self._program.move_limits(*self._limits_with(problem))
        self._program.begin_again(self._bases)
        with no_garbage_collection():
            return self._solve(problem, with_prices=False)

    def _solve(self, problem: Problem, *, with_prices: bool) -> Plan:
        program, options = self._program, problem.options
        steps = steps_of(self._draft) if with_prices else None
        try:
            solution = solve_loaded(program, turns(program, options), options, steps=steps)
        except Infeasible:
            hint = "territory.allocate says which of them conflict."
            raise NoFeasiblePlan(Fault("allocation", "limits that leave no plan", "a plan", hint)) from None
        return read_plan(self._draft, solution, program.columns)

    def _limits_with(self, problem: Problem) -> tuple[Vector, Vector]:
        """Put a problem in place of the one before; return the lower and upper limits of the rows of the program."""
        self._draft.problem = problem
        enter_pay(self._draft)
        enter_fixed(self._draft)
        self._program.set_constant(AIMS["cost"], fixed_cost(self._draft))
        low, high = self._program.row_low.copy(), self._program.row_high.copy()
        for row, (equation, index) in enumerate(self._program.rows):
            limit = self._draft.limits.get(equation)
            if limit is not None:
                value = limit(problem, index)
                low[row] = value if np.isfinite(low[row]) else low[row]
                high[row] = value if np.isfinite(high[row]) else high[row]
        return low, high


def _skeleton(options: AllocationOptions) -> dict[str, Any]:
    """Return the options, of what only moves limits no more than its names and whether it is given and above zero."""
    tree = options.model_dump()
    for path in MOVING_OPTIONS:
        _blot(tree, path.split("."))
    return tree


def _blot(tree: dict[str, Any], steps: list[str]) -> None:
    first, *rest = steps
    for key in list(tree) if first == "*" else [first]:
        if rest:
            _blot(tree[key], rest)
        elif isinstance(tree[key], dict):
            tree[key] = {name: number > 0 for name, number in tree[key].items()}
        elif tree[key] is not None:
            tree[key] = tree[key] > 0
