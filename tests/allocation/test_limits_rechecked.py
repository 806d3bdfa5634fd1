"""Plans of random regions with random levers: every limit holds, and every aim is what the tables say."""

from __future__ import annotations

import pyomo.environ as pyo
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocation.random_regions import LEVERS, random_options, random_region
from allocation.recheck import Checked
from allocation.recheck_care import recheck_care
from allocation.recheck_costs import recheck_aims, recheck_costs
from allocation.recheck_people import recheck_people
from allocation.solved_apart import Apart
from territory.allocation import build, solve
from territory.allocation.form import Infeasible
from territory.errors import NoFeasiblePlan
from territory.scenario import AllocationOptions
from territory.tables import Plan

LEVER_SETS = st.frozensets(st.sampled_from([*LEVERS, "budgets"]), min_size=2)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), LEVER_SETS)
def test_random_plans_keep_every_limit(seed: int, levers: frozenset[str]) -> None:
    recheck(seed, levers)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), LEVER_SETS)
def test_many_random_plans_keep_every_limit(seed: int, levers: frozenset[str]) -> None:
    recheck(seed, levers)


def recheck(seed: int, levers: frozenset[str]) -> None:
    world = random_region(seed)
    options = AllocationOptions(**random_options(seed, levers, world))
    model = build(*world.inputs(), options)
    try:
        plan = solve(model)
    except NoFeasiblePlan:
        assert impossible(model)  # a plan is only refused where there is none
        return
    checked = Checked(world, options, plan)
    recheck_care(checked)
    recheck_people(checked)
    recheck_costs(checked)
    recheck_aims(checked)
    recheck_first_aim(model, plan)


def impossible(model: pyo.ConcreteModel) -> bool:
    try:
        return Apart(model).best("unmet") is None
    except Infeasible:  # an equation without decisions that does not hold
        return True


def recheck_first_aim(model: pyo.ConcreteModel, plan: Plan) -> None:
    """The first aim is the best there is, or no farther from it than the gap that is told."""
    first = plan.aims[0]
    best = None if first.name == "Weighted_Sum" else Apart(model).best(first.name)
    if best is not None:
        slack = 1e-6 * max(abs(first.value), 1.0)
        assert best - slack <= first.value <= best + first.gap * max(abs(first.value), 1.0) + slack
    assert all(aim.gap <= 1e-6 for aim in plan.aims if aim.proven)
