"""Moves: only those that a plan needs, told and paid once."""

from __future__ import annotations

import pytest

from allocation.by_hand import bare, fte, line, without_roads
from allocation.conftest import World, aim
from allocation.random_regions import random_region

REGION = {"within": "region", "largest_share": 0.5}


def chain(count: int) -> World:
    """Return posts on a line, 10 km apart; everybody is at the first and needed at the last."""
    places = {f"post_{k:02}": (f"z{k:02}", 10.0 * k) for k in range(count)}
    last = list(places.values())[-1][0]
    return without_roads(bare(places, needs={(last, "visit"): 2500.0}, posts={("post_00", "doctor"): 1.0}))


def test_one_move_is_told_as_one() -> None:
    plan = chain(4).allocate(mobility=REGION)
    assert plan.moves[["from_facility_id", "to_facility_id"]].values.tolist() == [["post_00", "post_03"]]
    assert aim(plan, "disruption") == pytest.approx(0.5, abs=1e-5)


def test_a_basin_of_provinces_alone() -> None:
    """Basins that name no single facility."""
    basins = {"all": {"provinces": ["north"]}}
    plan = chain(3).allocate(mobility={"within": "basins", "basins": basins, "largest_share": 0.5})
    assert aim(plan, "unmet") == pytest.approx(0, abs=1e-3)


def test_who_is_in_no_basin_does_not_move() -> None:
    basins = {"some": {"facilities": ["post_01", "post_02"]}}
    plan = chain(3).allocate(mobility={"within": "basins", "basins": basins, "largest_share": 0.5})
    assert len(plan.moves) == 0
    assert aim(plan, "unmet") == pytest.approx(2500)


@pytest.mark.parametrize("aims", [["unmet", "cost"], ["unmet", "travel", "disruption"]])
def test_a_move_pays_its_straight_way(aims: list[str]) -> None:
    """Whether cost is an aim or not: the plan costs what its moves cost."""
    world = random_region(320)
    plan = world.allocate(aims=aims, mobility={**REGION, "cost_mad_per_person": 5_000.0, "cost_mad_per_km": 300.0})
    at = {place: x for place, (*_, x) in world.facilities.items()}
    ways = plan.moves["fte"] * abs(plan.moves["from_facility_id"].map(at) - plan.moves["to_facility_id"].map(at))
    assert line(plan, "moves") == pytest.approx(5_000 * plan.moves["fte"].sum() + 300 * ways.sum(), rel=1e-4)


def test_nobody_moves_without_need() -> None:
    plan = chain(4).allocate(aims=["unmet", "disruption"], mobility={**REGION, "cost_mad_per_person": 1_000.0})
    assert fte(plan, "moved") == pytest.approx(0.5, abs=1e-5)
    assert line(plan, "moves") == pytest.approx(500, rel=1e-4)


def test_nobody_moves_to_where_he_is() -> None:
    plan = random_region(0).allocate(aims=["unmet"], mobility=REGION)
    assert not (plan.moves["from_facility_id"] == plan.moves["to_facility_id"]).any()


def test_a_place_passed_through_bears_nothing() -> None:
    """Fourteen posts on a line: people pass along it, and the region bears the cost of the way."""
    plan = chain(14).allocate(aims=["unmet", "cost"], mobility={**REGION, "cost_mad_per_km": 10.0})
    moves = plan.costs[plan.costs["line"] == "moves"].set_index("where")["mad_after"]
    assert moves.sum() == pytest.approx(0.5 * 130 * 10, rel=1e-4)
    assert set(moves.index) == {"region"}


def test_only_the_moves_that_are_told_are_paid() -> None:
    plan = random_region(0).allocate(aims=["unmet"], mobility={**REGION, "cost_mad_per_person": 1_000.0})
    assert line(plan, "moves") == pytest.approx(1_000 * fte(plan, "moved"), rel=1e-4)


def test_overload_is_told_at_its_cheapest() -> None:
    """Five per cent more hours are needed, and the first step gives them."""
    world = bare({"post_a": ("za", 0.0)}, needs={("za", "visit"): 5250.0}, posts={("post_a", "doctor"): 1.0})
    steps = [{"share": 0.05, "price": 1.25}, {"share": 0.05, "price": 1.5}]
    plan = world.allocate(overload={"steps": steps})
    assert line(plan, "overload") == pytest.approx(50 * 125, rel=1e-4)


def test_a_laboratory_is_told_at_its_cheapest() -> None:
    world = bare({"hospital_a": ("za", 0.0)}, needs={("za", "visit"): 100.0}, posts={("hospital_a", "doctor"): 1.0})
    sizes = {"dear": (1000.0, 90_000.0, 9.0), "cheap": (1000.0, 1_000.0, 1.0)}
    world.support = {"laboratory": ({"visit": 1.0}, sizes, 0.0, ("hospital",))}
    plan = world.allocate(pooled_functions={"functions": ["laboratory"]})
    assert line(plan, "support_functions") == pytest.approx(1_100, rel=1e-4)
