"""Who does what, where? A linear programme over posts and visits, solved by HiGHS.

``allocate`` is the whole way. Its steps can be taken one by one: `make_problem`, `build_program` (a Pyomo model),
`solve_program`, `read_plan`.
"""

from __future__ import annotations

from collections.abc import Callable

from territory.allocation.checks import check_options, check_region
from territory.allocation.problem import Problem, make_problem
from territory.allocation.program import build_program
from territory.allocation.reading import read_plan
from territory.allocation.solver import Solution, solve_program
from territory.care import Care
from territory.errors import Fault, ScenarioError
from territory.scenario import AllocationOptions
from territory.tables import Demand, Plan, Region, TravelTimes

__all__ = [
    "AIMS",
    "Problem",
    "Solution",
    "allocate",
    "build_program",
    "check_options",
    "check_region",
    "make_problem",
    "read_plan",
    "solve_program",
]

AIMS = {"unmet": "Unmet_Need", "travel": "Travel_Minutes", "disruption": "Disruption"}


def allocate(
    region: Region,
    travel: TravelTimes,
    demand: Demand,
    care: Care,
    options: AllocationOptions,
    *,
    progress: Callable[[str], None] | None = None,
) -> Plan:
    """Return the plan that is best for the aims in their order.

    Parameters
    ----------
    region, travel, demand, care
        What is there, how far it is, how much is needed, and what each act takes.
    options
        Limits, levers and aims.
    progress
        Called with the name of each aim before it is solved.

    Raises
    ------
    ScenarioError, GeodataError
        When options, catalogue and region do not speak of the same things.
    NoFeasiblePlan, SolverStopped
        When there is no plan.
    """
    check_region(region, care)
    check_options(region, care, options)
    if not (demand.table["acts_per_year"] > 0).any():
        hint = "Check population_persons in zones.csv, the rates of the catalogue and demand.factor."
        raise ScenarioError(Fault("demand", "no need in any zone", "acts above zero", hint))
    problem = make_problem(region, travel, demand, care, options)
    model = build_program(problem)
    aims = [AIMS[aim] for aim in options.aims]
    solution = solve_program(model, aims, options.aim_tolerance, options.time_limit_s, progress)
    return read_plan(problem, model, solution)
