"""A kept programme against one built anew: the same limits, the same factors, the same aims, whatever came between."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from allocation.conftest import World
from allocation.random_regions import random_region
from territory.allocation import MOVING_OPTIONS, KeptProgram, allocate, build, make_problem
from territory.allocation.loaded import LoadedProgram
from territory.allocation.problem import Problem
from territory.errors import NoFeasiblePlan
from territory.scenario import AllocationOptions
from territory.tables import Demand

EPISODES = ["zone_id", "pathway", "episodes_per_year"]
RICH: dict[str, Any] = {
    "aims": ["unmet", "travel", "disruption"],
    "aim_weights": {"cost": 0.01, "far_travel": 1.0},
    "mobility": {"within": "region", "largest_share": 0.4, "largest_shares": {"nurse": 0.2}, "cost_mad_per_km": 50.0},
    "recruitment": {"budget_mad_per_year": 300_000.0, "largest_posts": {"doctor": 0.7, "nurse": 0.9}},
    "telemedicine": {"activities": ["consult"], "site_levels": ["post"], "largest_shares": {"consult": 0.3}},
    "contracting": {
        "activities": {
            "consult": {"largest_acts_per_facility": 300.0},
            "operation": {"largest_acts_per_facility": 50.0},
        },
        "levels": ["clinic"],
        "budget_mad_per_year": 40_000.0,
    },
    "overload": {"steps": [{"share": 0.1, "price": 1.25}], "budget_mad_per_year": 50_000.0},
    "budgets": {"region_mad_per_year": 4e6, "facilities_mad_per_year": {"h1": 2e6}},
    "equity": {"largest_unmet_share": 0.9, "of": "zone"},
    "departures": {"shares": {"nurse": 0.1, "doctor": 0.05}},
}
MOVED: dict[str, dict[str, Any]] = {
    "aim_tolerance": {"aim_tolerance": 1e-3},
    "aim_weights": {"aim_weights": {"cost": 0.5, "far_travel": 0.2}},
    "budgets.facilities_mad_per_year": {"budgets": {"facilities_mad_per_year": {"h1": 1.9e6}}},
    "budgets.region_mad_per_year": {"budgets": {"region_mad_per_year": 3.5e6}},
    "contracting.activities.*.largest_acts_per_facility": {
        "contracting": {"activities": {"consult": {"largest_acts_per_facility": 120.0}}}
    },
    "contracting.budget_mad_per_year": {"contracting": {"budget_mad_per_year": 10_000.0}},
    "departures.shares": {"departures": {"shares": {"nurse": 0.2}}},
    "equity.largest_unmet_share": {"equity": {"largest_unmet_share": 0.8}},
    "largest_bed_occupancy": {"largest_bed_occupancy": 0.6},
    "largest_room_use": {"largest_room_use": 0.5},
    "mobility.largest_share": {"mobility": {"largest_share": 0.1}},
    "mobility.largest_shares": {"mobility": {"largest_shares": {"nurse": 0.5}}},
    "overload.budget_mad_per_year": {"overload": {"budget_mad_per_year": 5_000.0}},
    "recruitment.budget_mad_per_year": {"recruitment": {"budget_mad_per_year": 100_000.0}},
    "recruitment.largest_posts": {"recruitment": {"largest_posts": {"doctor": 0.2}}},
    "telemedicine.largest_shares": {"telemedicine": {"largest_shares": {"consult": 0.05}}},
}


def merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    return base | {
        key: merged(base[key], value) if isinstance(value, dict) and isinstance(base.get(key), dict) else value
        for key, value in own.items()
    }


def options(own: dict[str, Any] | None = None) -> AllocationOptions:
    return AllocationOptions.model_validate(merged(RICH, own or {}))


def kept(world: World, own: AllocationOptions) -> KeptProgram:
    return KeptProgram(build(*world.inputs(), own))


def problem(world: World, own: AllocationOptions, factor: float = 1.0) -> Problem:
    region, travel, demand, care = world.inputs()
    table = demand.table.assign(acts_per_year=demand.table["acts_per_year"] * factor)
    return make_problem(region, travel, Demand(table, demand.episodes), care, own)


def takes(program: KeptProgram, asked: Problem) -> bool:
    return program.moved(Demand(asked.needs, pd.DataFrame(columns=EPISODES)), asked.options) is not None


def equals_a_new_one(program: KeptProgram, asked: Problem) -> None:
    demand = Demand(asked.needs, pd.DataFrame(columns=EPISODES))
    moved = program.moved(demand, asked.options)
    assert moved is not None
    for name in ("arcs", "hubs", "needs", "posts", "shares", "beds", "rooms", "activities"):
        pd.testing.assert_frame_equal(getattr(moved, name), getattr(asked, name), check_exact=True)
    inputs = (asked.region, asked.travel, demand, asked.care, asked.options)
    fresh = LoadedProgram(build(*inputs))
    low, high = program._limits_with(asked)
    np.testing.assert_array_equal(low, fresh.row_low)
    np.testing.assert_array_equal(high, fresh.row_high)
    assert (program._program.matrix != fresh.matrix).nnz == 0
    assert program._program.rows == fresh.rows
    offsets = {name: constant for name, (_, constant) in fresh.costs.items()}
    try:
        expected = allocate(*inputs)
    except NoFeasiblePlan:
        with pytest.raises(NoFeasiblePlan):
            program.solve_again(asked)
        return
    found = program.solve_again(asked)
    assert {name: constant for name, (_, constant) in program._program.costs.items()} == pytest.approx(offsets)
    for one, other in zip(found.aims, expected.aims, strict=True):
        assert one.name == other.name
        assert one.value == pytest.approx(other.value, rel=1e-4, abs=1e-4)  # each keeps the one before it within 1e-6
    assert found.aims[0].value == pytest.approx(expected.aims[0].value, rel=1e-9, abs=1e-6)


def test_every_moving_option_is_moved_here() -> None:
    assert set(MOVED) == set(MOVING_OPTIONS)


@pytest.mark.parametrize("path", MOVED)
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def test_an_option_that_moves_limits_gives_the_programme_built_anew(path: str, seed: int) -> None:
    world = random_region(seed)
    equals_a_new_one(kept(world, options()), problem(world, options(MOVED[path])))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("factor", [0.6, 1.3])
def test_needs_move_limits(seed: int, factor: float) -> None:
    world = random_region(seed)
    equals_a_new_one(kept(world, options()), problem(world, options(), factor))


@pytest.mark.slow
def test_what_came_between_changes_no_bit() -> None:
    world = random_region(4)
    program = kept(world, options())
    asked = [problem(world, options(own), factor) for own in MOVED.values() for factor in (0.8, 1.1)][::3]
    first = [program.solve_again(one) for one in asked]
    again = [program.solve_again(one) for one in reversed(asked)][::-1]
    anew = [kept(world, options()).solve_again(one) for one in asked[:2]]
    for one, other in [*zip(first, again, strict=True), *zip(anew, first, strict=False)]:
        for name in ("visits", "unmet", "posts", "moves", "costs"):
            pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)


def test_its_own_plan_is_that_of_an_allocation() -> None:
    world = random_region(2)
    program = kept(world, options())
    expected = allocate(*world.inputs(), options())
    program.solve_again(problem(world, options(), 0.5))
    for name in ("visits", "unmet", "posts", "moves", "costs", "shadow_prices"):
        pd.testing.assert_frame_equal(getattr(program.plan, name), getattr(expected, name), check_exact=True)


@pytest.mark.parametrize(
    "own",
    [
        {"largest_workload": 0.9},
        {"far_minutes": 30.0},
        {"recruitment": {"budget_mad_per_year": 0.0}},
        {"budgets": {"region_mad_per_year": None}},
        {"telemedicine": {"largest_shares": {}}},
        {"departures": {"shares": {"nurse": 1.0}}},
        {"departures": {"shares": {"surgeon": 0.1}}},
        {"shared_posts": {"groups": ["cardio"], "site_levels": ["post"]}},
    ],
)
def test_what_changes_more_than_limits_is_not_taken(own: dict[str, Any]) -> None:
    world = random_region(2)
    program = kept(world, options())
    other = (
        options(own)
        if "telemedicine" not in own
        else options().model_copy(
            update={"telemedicine": options().telemedicine.model_copy(update={"largest_shares": {}})}
        )
    )
    assert not takes(program, problem(world, other))


def test_needs_in_the_factors_of_an_aim_are_not_moved() -> None:
    world, fair = random_region(3), options({"aims": ["unmet", "inequity"]})
    program = kept(world, fair)
    assert takes(program, problem(world, options({"aims": ["unmet", "inequity"], "largest_room_use": 0.5})))
    assert not takes(program, problem(world, fair, 1.1))


def test_a_programme_with_whole_numbers_is_not_taken() -> None:
    world, whole = random_region(3), options({"telemedicine": {"most_sites": 1, "kit_mad_per_year": 10.0}})
    assert not takes(kept(world, whole), problem(world, whole))
