"""Whole numbers against brute force: every choice held by hand, and the linear programme that is left solved apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyomo.environ as pyo
import pytest

from allocation.conftest import World, aim
from allocation.solved_apart import Apart
from territory.allocation import AIMS, build, solve
from territory.scenario import AllocationOptions

Setting = Callable[[World], dict[str, Any]]


def shared_posts(_: World) -> dict[str, Any]:
    return {
        "shared_posts": {
            "groups": ["doctor"],
            "sites": ["post_north", "post_south"],
            "smallest_fraction": 0.25,
            "largest_share": 0.5,
        }
    }


def opening(world: World) -> dict[str, Any]:
    """Where to do visits and stays: a safe volume, a largest one, costs, and a hospital that may close."""
    world.needs["zone_south", "visit"] = 3000.0
    return {
        "aims": ["unmet", "cost", "travel"],
        "mobility": {"within": "region", "largest_share": 0.5},
        "activity_transfer": {
            "activities": ["visit", "stay"],
            "facilities": ["post_north"],
            "smallest_volumes": {"visit": 2500.0},
            "largest_volumes": {"visit": 5000.0},
            "opening_cost_mad": 900.0,
            "closing_cost_mad": 300.0,
            "budget_mad": 1500.0,
        },
    }


def connecting(world: World) -> dict[str, Any]:
    world.remote = {"visit": ({"nurse": 10.0}, {"doctor": 10.0}, ("post",), 0.4)}
    sites = {"sites": ["post_north", "post_south"], "most_sites": 1, "kit_mad_per_year": 2000.0}
    return {"telemedicine": {"activities": ["visit"], "hub_levels": ["hospital"], **sites}}


def touring(world: World) -> dict[str, Any]:
    """Two units: one with a doctor aboard, one whose nurse presents patients to a hub."""
    world.remote = {"visit": ({"nurse": 10.0}, {"doctor": 8.0}, ("post",), 0.5)}
    world.needs["zone_south", "visit"] = 9000.0
    units = {
        "doctors": {"base": "hospital", "staff": {"doctor": 1.0, "nurse": 1.0}, "days_per_week": 2},
        "nurses": {"base": "post_south", "staff": {"nurse": 1.0}, "days_per_week": 2},
    }
    where = {"zones": ["zone_north", "zone_south"], "activities": ["visit"], "mad_per_km": 5.0}
    return {
        "telemedicine": {"activities": ["visit"], "hub_levels": ["hospital"]},
        "mobile_units": {"units": {unit: {**parts, **where} for unit, parts in units.items()}},
    }


def pooling(world: World) -> dict[str, Any]:
    sizes = {"small": (2500.0, 6_000.0, 4.0), "large": (50_000.0, 16_000.0, 2.0)}
    world.support = {"laboratory": ({"visit": 0.5, "stay": 3.0}, sizes, 0.1, ("post", "hospital"))}
    world.stands_in = {"post_south": "zone_south"}
    sites = {"sites": ["post_north", "hospital"], "most_sites": {"laboratory": 2}}
    return {"aims": ["unmet", "cost"], "pooled_functions": {"functions": ["laboratory"], **sites}}


CASES: dict[str, tuple[Setting, int]] = {
    lever.__name__: (lever, most)
    for lever, most in ((shared_posts, 4), (opening, 1), (connecting, 1), (touring, 2), (pooling, 1))
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("scarcity", [1.0, 0.6])
def test_the_best_of_every_choice_of_whole_numbers_is_found(world: World, case: str, scarcity: float) -> None:
    setting, most = CASES[case]
    options = AllocationOptions(**setting(world), integer_gap=0.0)
    world.posts = {post: fte * scarcity if post[0] == "hospital" else fte for post, fte in world.posts.items()}
    model = build(*world.inputs(), options)
    found = Apart(model).by_enumeration(options.aims, most)
    assert found is not None
    plan = solve(model)
    for word, best in zip(options.aims, found[0], strict=True):
        assert aim(plan, word) == pytest.approx(best, rel=1e-4, abs=1e-2), word
    assert all(reached.proven for reached in plan.aims)


def test_holding_each_choice_in_the_model_gives_the_same(world: World) -> None:
    """The choices fixed in the Pyomo model, each solved as a plan of its own."""
    settings = connecting(world)
    options = AllocationOptions(**settings, integer_gap=0.0)
    values = []
    for north, south in ((0, 0), (0, 1), (1, 0)):  # one site at most
        model = build(*world.inputs(), options)
        model.Connect["post_north"].fix(north)
        model.Connect["post_south"].fix(south)
        plan = solve(model)
        values.append((aim(plan, "unmet"), aim(plan, "travel"), aim(plan, "disruption") + north + south))
    chosen = world.allocate(**settings, integer_gap=0.0)
    assert aim(chosen, "unmet") == pytest.approx(min(values)[0], abs=1e-3)
    assert aim(chosen, "travel") == pytest.approx(min(values)[1], rel=1e-6)


def test_several_levers_together(world: World) -> None:
    together = {**connecting(world), **shared_posts(world)}
    together["shared_posts"] |= {"sites": ["post_south"], "smallest_fraction": 0.5}
    together["activity_transfer"] = {"activities": ["visit"], "smallest_volumes": {"visit": 1000.0}}
    world.posts["hospital", "doctor"] = 1.5
    options = AllocationOptions(**together, aims=("unmet", "travel"), integer_gap=0.0)
    model = build(*world.inputs(), options)
    found = Apart(model).by_enumeration(options.aims, 2)
    assert found is not None
    plan = solve(model)
    assert [aim(plan, word) for word in options.aims] == pytest.approx(found[0], rel=1e-4, abs=1e-2)


def test_the_enumeration_reaches_every_choice(world: World) -> None:
    options = AllocationOptions(**touring(world))
    model = build(*world.inputs(), options)
    assert len(list(Apart(model)._choices(2))) == 3**4
    assert {AIMS["unmet"], AIMS["travel"]} <= {part.local_name for part in model.component_objects(pyo.Objective)}
