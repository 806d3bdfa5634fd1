"""Honest whole numbers: what is not proven is told, with its gap; rounding gives a plan where there is no time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from allocation.conftest import World, aim
from allocation.random_regions import random_options, random_region
from allocation.solved_apart import Apart
from allocation.test_whole_numbers import connecting
from territory.allocation import build
from territory.allocation.integers import best_integers, gap_of
from territory.allocation.loaded import LoadedProgram
from territory.errors import SolverStopped
from territory.scenario import AllocationOptions


def lumpy(world: World) -> dict[str, Any]:
    """Return visit-days of which the best fill the hours of nobody: fractions would be better by far."""
    world.posts = {("hospital", "doctor"): 1.7, ("post_north", "nurse"): 1.0, ("post_south", "nurse"): 1.0}
    world.needs = {("zone_south", "visit"): 9000.0, ("zone_north", "visit"): 9000.0}
    shared = {"groups": ["doctor"], "site_levels": ["post"], "smallest_fraction": 0.4, "largest_share": 1.0}
    return {"aims": ["travel", "unmet"], "shared_posts": shared, "equity": {"largest_unmet_share": 0.7, "of": "zone"}}


def test_a_gap_that_is_good_enough_is_told(world: World) -> None:
    """The search may end at half the bound: the plan is not called proven, and its gap covers the best there is."""
    options = lumpy(world)
    loose = world.allocate(**options, integer_gap=0.5)
    first = loose.aims[0]
    assert not first.proven
    assert 1e-6 < first.gap <= 0.5
    exact = world.allocate(**options, integer_gap=0.0)
    assert exact.aims[0].proven
    assert exact.aims[0].gap <= 1e-6
    assert first.value * (1 - first.gap) - 1e-6 <= exact.aims[0].value <= first.value + 1e-6


def no_time(_: LoadedProgram, __: np.ndarray, start: np.ndarray | None, *___: object) -> tuple[Any, float]:
    return start, -np.inf


def test_rounding_gives_a_plan_where_there_is_no_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {**connecting(world), "aims": ["travel", "unmet"], "equity": {"largest_unmet_share": 0.0}}
    world.posts = {**world.posts, ("post_north", "doctor"): 0.0, ("hospital", "doctor"): 3.0}
    exact = world.allocate(**options, integer_gap=0.0)
    monkeypatch.setattr(LoadedProgram, "improve", no_time)
    plan = world.allocate(**options, integer_gap=0.0)
    sites = set(plan.visits.loc[plan.visits["mode"] == "telemedicine", "facility_id"])
    assert len(sites) == 1  # whole, and no more than allowed
    assert plan.visits["acts_per_year"].sum() + plan.unmet["acts_per_year"].sum() == pytest.approx(9500)
    travel, best = plan.aims[0], exact.aims[0]
    assert not travel.proven
    assert travel.gap > 1e-6
    assert travel.value * (1 - travel.gap) <= best.value * (1 + 1e-6) <= travel.value * (1 + 2e-6)
    # the gap is that to the programme without whole numbers
    bound = Apart(build(*world.inputs(), AllocationOptions(**options))).held({}).best("travel")
    assert travel.value * (1 - travel.gap) == pytest.approx(bound, rel=1e-5)


def test_no_plan_found_in_time_is_not_called_impossible(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    options = lumpy(world)
    world.allocate(**options)
    monkeypatch.setattr(LoadedProgram, "improve", no_time)
    with pytest.raises(SolverStopped):
        world.allocate(**options)


def test_no_time_and_no_rounding_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LoadedProgram, "_run", lambda self, _seconds: self.highs.setOptionValue("time_limit", 0.0))
    with pytest.raises(SolverStopped) as caught:
        world.allocate()
    assert caught.value.faults[0].expected == "a plan"


def test_a_time_limit_of_nothing_stops_or_plans_honestly(world: World) -> None:
    """However little time there is: a plan that says what it is, or word that there was no time."""
    try:
        plan = world.allocate(**lumpy(world), time_limit_s=1e-9)
    except SolverStopped as stopped:
        assert [fault.hint for fault in stopped.faults] == ["Raise allocation.time_limit_s."]  # noqa: PT017
    else:
        assert all(reached.proven == (reached.gap <= 1e-6) for reached in plan.aims)


@pytest.mark.parametrize(
    ("value", "bound", "gap"),
    [
        (100.0, 99.0, 0.01),
        (100.0, 100.0, 0.0),
        (100.0, 100.1, 0.0),
        (0.5, 0.0, 1.0),
        (0.02, 0.0191, 0.045),
        (-2.0, -3.0, 0.5),
    ],
)
def test_the_gap_is_a_share_of_the_value(value: float, bound: float, gap: float) -> None:
    assert gap_of(value, bound) == pytest.approx(gap)


def test_no_bound_is_no_promise() -> None:
    assert gap_of(5.0, -np.inf) == np.inf


@pytest.mark.parametrize("seed", [2, 3])
def test_bounds_lie_below_the_best(seed: int) -> None:
    """The bound of the first aim is one: SciPy finds nothing below it, and the plan is not below the best."""
    levers = frozenset({"activity_transfer", "shared_posts", "mobile_units"})
    world = random_region(seed)
    options = AllocationOptions(**random_options(seed, levers, world))
    model = build(*world.inputs(), options)
    program = LoadedProgram(model)
    cost, constant = program.costs["Unmet_Need"]
    found, bound = best_integers(program, cost, None, 60.0, 1e-2)
    best = Apart(model).best("unmet")
    assert bound + constant <= best + 1e-6 * best
    assert best <= float(cost @ found) + constant + 1e-6 * best
    whole = found[program.integers]
    assert np.abs(whole - np.round(whole)).max() <= 1e-6


@pytest.mark.parametrize(
    ("seed", "levers"),
    [
        (1040, {"mobile_units", "mobility", "shared_posts"}),
        (1490, {"budgets", "contracting", "mobile_units", "mobility", "pooled_functions", "telemedicine"}),
    ],
)
def test_the_dive_does_not_stop_the_solver(seed: int, levers: set[str]) -> None:
    world = random_region(seed)
    world.allocate(**random_options(seed, frozenset(levers), world))


def test_aims_without_whole_numbers_are_proven(world: World) -> None:
    plan = world.allocate(mobility={"within": "region", "largest_share": 0.5})
    assert all(reached.proven and reached.gap == 0 for reached in plan.aims)
    assert aim(plan, "disruption") > 0
