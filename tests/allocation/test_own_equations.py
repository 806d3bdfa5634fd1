"""A user's own equations, written into the model between build and solve."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyomo.environ as pyo
import pytest

from allocation.conftest import World, aim
from territory.allocation import allocate, build, solve
from territory.scenario import AllocationOptions

REGION = {"mobility": {"within": "region", "largest_share": 0.5}}


def model_of(world: World, **options: Any) -> pyo.ConcreteModel:
    return build(*world.inputs(), AllocationOptions(**options))


def test_build_and_solve_are_allocate(world: World) -> None:
    one, two = solve(model_of(world, **REGION)), allocate(*world.inputs(), AllocationOptions(**REGION))
    for table in ("visits", "unmet", "posts", "moves", "activities", "costs", "shadow_prices"):
        pd.testing.assert_frame_equal(getattr(one, table), getattr(two, table))
    assert one.aims == two.aims


def test_so_many_visits_of_a_zone_at_a_place(world: World) -> None:
    arc = ("zone_south", "post_north", "visit", "in_person")
    assert solve(model_of(world)).visits.set_index(["zone_id", "facility_id"]).index.isin([arc[:2]]).sum() == 0
    model = model_of(world)
    model.Some_Go_North = pyo.Constraint(expr=model.Visits[arc] >= 700)
    plan = solve(model)
    rows = plan.visits[(plan.visits["zone_id"] == arc[0]) & (plan.visits["facility_id"] == arc[1])]
    assert rows["acts_per_year"].sum() == pytest.approx(700)
    # 700 visits of the south lose 10 minutes each, and send as many of the north from 10 to 20 only if need be:
    # the post has 1,000 h for 4,700 visits of 12 minutes, so nobody is sent away
    assert aim(plan, "travel") == pytest.approx(4000 * 10 + 700 * 50 + 4300 * 40 + 300 * 20 + 200 * 40)


def test_a_cap_on_posts_that_move(world: World) -> None:
    free = solve(model_of(world, **REGION))
    assert free.moves["fte"].sum() > 0.3
    model = model_of(world, **REGION)
    model.Few_Moves = pyo.Constraint(expr=sum(model.Leave.values()) <= 0.3)
    plan = solve(model)
    assert plan.moves["fte"].sum() == pytest.approx(0.3, abs=1e-5)
    assert aim(plan, "travel") > aim(free, "travel")


def test_an_equation_over_an_index_and_one_of_two_sides(world: World) -> None:
    world.posts["post_south", "doctor"] = 1.0
    zones = {zone: [arc for arc in model_of(world).ARCS if arc[0] == zone] for zone in world.zones}
    model = model_of(world)
    model.Between = pyo.Constraint(
        list(zones), rule=lambda m, zone: (500.0, sum(m.Visits[arc] for arc in zones[zone]), 1500.0)
    )
    plan = solve(model)
    assert plan.visits.groupby("zone_id")["acts_per_year"].sum().tolist() == pytest.approx([1500, 1500], rel=1e-5)


def test_an_equation_that_the_user_takes_out(world: World) -> None:
    world.facilities["hospital"] = ("hospital", "north", 0.0, False, 10.0)
    assert aim(solve(model_of(world)), "unmet") == pytest.approx(5 * 500)
    model = model_of(world)
    model.Bed_Days.deactivate()
    assert aim(solve(model), "unmet") == pytest.approx(0, abs=1e-6)


def test_a_whole_number_of_the_user(world: World) -> None:
    """A van brings 1,200 visits of the south to the hospital; half a van cannot be bought."""
    model = model_of(world)
    model.Vans = pyo.Var(within=pyo.NonNegativeIntegers, bounds=(0, 9))
    south = model.Visits["zone_south", "hospital", "visit", "in_person"]
    model.Seats = pyo.Constraint(expr=south <= 1200 * model.Vans)
    model.Money = pyo.Constraint(expr=model.Vans <= 2.9)
    plan = solve(model)
    rows = plan.visits[(plan.visits["zone_id"] == "zone_south") & (plan.visits["activity"] == "visit")]
    at = rows.set_index("facility_id")["acts_per_year"]
    assert at["hospital"] == pytest.approx(2400)
    # the post of the north has 1,000 visits to give, and as many more as go from the north to the hospital
    assert at["post_north"] == pytest.approx(2600)


def test_the_best_use_of_a_choice_of_the_user(world: World) -> None:
    """Either the north or the south is asked, by a yes or no of the user; the south has more to lose."""
    model = model_of(world)
    model.North = pyo.Var(within=pyo.Binary)
    arcs = {zone: [arc for arc in model.ARCS if arc[0] == zone and arc[2] == "visit"] for zone in world.zones}
    model.One = pyo.Constraint(expr=sum(model.Visits[arc] for arc in arcs["zone_north"]) <= 9000 * model.North)
    model.Other = pyo.Constraint(expr=sum(model.Visits[arc] for arc in arcs["zone_south"]) <= 9000 * (1 - model.North))
    plan = solve(model)
    assert plan.aims[0].proven
    assert aim(plan, "unmet") == pytest.approx(4000)
    assert set(plan.unmet.loc[plan.unmet["acts_per_year"] > 0.01, "zone_id"]) == {"zone_north"}


def test_a_model_is_solved_again_with_one_equation_more(world: World) -> None:
    model = model_of(world)
    first = aim(solve(model), "unmet")
    model.Less = pyo.Constraint(expr=sum(model.Visits.values()) <= 5000)
    second = solve(model)
    assert first == pytest.approx(0, abs=1e-6)
    # 5 a stay: 500 stays and 4,500 visits
    assert aim(second, "unmet") == pytest.approx(4500)
