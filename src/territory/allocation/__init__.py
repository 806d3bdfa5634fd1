"""Who does what, where? A linear programme over posts and visits, solved by HiGHS.

``allocate`` is the whole way: ``solve(build(...))``. Between the two stands a Pyomo model that a user may extend with
equations of his own. ``frontier`` gives the plans between two aims, ``staffing_need`` the posts by the WISN method.
"""

from __future__ import annotations

from collections.abc import Callable

import pyomo.environ as pyo

from territory.allocation.aims import AIMS
from territory.allocation.checks import check_options, check_region
from territory.allocation.diagnosis import why_no_plan
from territory.allocation.draft import no_garbage_collection
from territory.allocation.form import Infeasible
from territory.allocation.frontier import Frontier, trace
from territory.allocation.kept import MOVING_OPTIONS, KeptProgram
from territory.allocation.limits import steps_of
from territory.allocation.loaded import LoadedProgram
from territory.allocation.problem import Problem, make_problem
from territory.allocation.program import build_program
from territory.allocation.reading import read_plan
from territory.allocation.solution import Solution
from territory.allocation.solver import solve_loaded, turns
from territory.allocation.staffing import staffing_need
from territory.care import Care
from territory.errors import Fault, ScenarioError
from territory.scenario import AimName, AllocationOptions
from territory.tables import Demand, Plan, Region, TravelTimes

__all__ = [
    "AIMS",
    "MOVING_OPTIONS",
    "Frontier",
    "KeptProgram",
    "Problem",
    "Solution",
    "allocate",
    "build",
    "build_program",
    "check_options",
    "check_region",
    "frontier",
    "make_problem",
    "solve",
    "staffing_need",
]


def build(
    region: Region, travel: TravelTimes, demand: Demand, care: Care, options: AllocationOptions
) -> pyo.ConcreteModel:
    """Return the Pyomo model of an allocation, to be solved by `solve`.

    Decisions and equations have the names given in `territory.allocation.program` and the files of
    `territory.allocation.levers`; ``model.Visits[zone, facility, activity, mode]`` are acts a year. Any linear
    ``pyo.Constraint`` added to the model is honoured.

    Raises
    ------
    ScenarioError, GeodataError
        When options, catalogue and region do not speak of the same things.
    """
    check_region(region, care)
    check_options(region, care, options)
    if not (demand.table["acts_per_year"] > 0).any():
        hint = "Check population_persons in zones.csv, the rates of the catalogue and demand.factor."
        raise ScenarioError(Fault("demand", "no need in any zone", "acts above zero", hint))
    return build_program(make_problem(region, travel, demand, care, options))


def solve(model: pyo.ConcreteModel, *, progress: Callable[[str], None] | None = None) -> Plan:
    """Solve a model of `build` for the aims of its options, and return the plan.

    Parameters
    ----------
    model
        From `build`, with or without equations of the user's own.
    progress
        Called with the name of each aim before it is solved.

    Raises
    ------
    NoFeasiblePlan
        When the limits leave no plan: which of them conflict, and the cheapest way out.
    SolverStopped
        When the solver ends without a plan.
    """
    draft, options = model.draft, model.draft.problem.options
    with no_garbage_collection():
        try:
            program = LoadedProgram(model)
            solution = solve_loaded(program, turns(program, options), options, progress, steps=steps_of(draft))
        except Infeasible:
            raise why_no_plan(model) from None
        return read_plan(draft, solution, program.columns)


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
    return solve(build(region, travel, demand, care, options), progress=progress)


def frontier(
    region: Region,
    travel: TravelTimes,
    demand: Demand,
    care: Care,
    options: AllocationOptions,
    *,
    aims: tuple[AimName, AimName] = ("unmet", "cost"),
    points: int = 7,
    progress: Callable[[str], None] | None = None,
) -> Frontier:
    """Return the plans between two aims, from where the first is best to where the second is.

    Parameters
    ----------
    region, travel, demand, care, options
        As for `allocate`; the other aims of the options come after the two, their weights are not used.
    aims
        Two aims, such as ``("unmet", "cost")`` or ``("travel", "inequity")``. Where the unmet need is neither, it is
        first made as small as can be: people who are not served do not travel.
    points
        Plans asked for, evenly spread over the second aim, ends included; equal ones are left out.
    progress
        Called with the name of each aim before it is solved.

    Raises
    ------
    ScenarioError, GeodataError
        When options, catalogue and region do not speak of the same things, or nothing in the plan changes an aim.
    NoFeasiblePlan, SolverStopped
        When there is no plan.
    """
    return trace(lambda own: build(region, travel, demand, care, own), options, aims, points, progress)
