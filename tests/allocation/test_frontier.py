"""The frontier between two aims against programmes solved one by one, and its own promises."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from allocation.conftest import World, aim
from allocation.recheck import Checked
from allocation.recheck_care import balance, hours
from allocation.recheck_people import conserved
from allocation.solved_apart import Apart
from territory.allocation import Frontier, build, frontier
from territory.errors import NoFeasiblePlan, ScenarioError
from territory.scenario import AllocationOptions

RECRUITS = {"recruitment": {"budget_mad_per_year": 400_000.0}, "mobility": {"within": "region", "largest_share": 0.3}}


def scarce(world: World) -> World:
    world.needs["zone_south", "visit"] = 16_000.0
    world.remote = {"visit": ({"nurse": 10.0}, {"doctor": 8.0}, ("post",), 0.5)}
    world.stands_in = {"post_south": "zone_south"}
    world.province_of = {"zone_south": "south", "zone_north": "north"}
    return world


def traced(world: World, aims: tuple[Any, Any], points: int = 5, **options: Any) -> tuple[Frontier, Apart]:
    own = AllocationOptions(**options)
    found = frontier(*world.inputs(), own, aims=aims, points=points)
    built = own.model_copy(update={"aims": ("unmet", *{word for word in aims if word != "unmet"})})
    return found, Apart(build(*world.inputs(), built))


def values(found: Frontier) -> np.ndarray:
    return found.table[list(found.aims)].to_numpy()


SETTINGS: dict[str, tuple[tuple[str, str], dict[str, Any]]] = {
    "money": (("unmet", "cost"), RECRUITS),
    "travel": (("unmet", "travel"), {"mobility": RECRUITS["mobility"]}),
    "fairness": (("unmet", "inequity"), {"inequity": "worst_zone", "recruitment": {"budget_mad_per_year": 30_000.0}}),
    "whole": (
        ("unmet", "cost"),
        {
            "integer_gap": 0.0,
            "telemedicine": {
                "activities": ["visit"], "site_levels": ["post"], "hub_levels": ["hospital"], "most_sites": 2,
                "kit_mad_per_year": 3_000.0,
            },
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("setting", SETTINGS)
def test_points_are_the_best_one_by_one(world: World, setting: str) -> None:
    aims, options = SETTINGS[setting]
    found, apart = traced(scarce(world), aims, **options)
    first, second = aims
    table, spread = values(found), np.maximum(np.ptp(values(found), axis=0), 1e-9)
    # each point: nothing better in the first aim where the second is not worse, and the other way round
    for one, other in table:
        slack = 2e-6 * max(abs(one), abs(other), 1.0)
        assert apart.best(first, [(second, other + slack)]) == pytest.approx(one, abs=1e-3 * spread[0], rel=1e-5)
        assert apart.best(second, [(first, one + slack)]) == pytest.approx(other, abs=1e-3 * spread[1], rel=1e-5)
    # the ends are the aims one after the other
    assert table[0] == pytest.approx(apart.in_turn([first, second]), rel=1e-5, abs=1e-3)
    assert table[-1][::-1] == pytest.approx(apart.in_turn([second, first]), rel=1e-5, abs=1e-3)


@pytest.mark.parametrize("setting", ["money", "whole"])
def test_points_are_in_order_and_none_is_dominated(world: World, setting: str) -> None:
    aims, options = SETTINGS[setting]
    found = frontier(*scarce(world).inputs(), AllocationOptions(**options), aims=aims, points=6)
    table = values(found)
    assert (np.diff(table[:, 0]) > 0).all()
    assert (np.diff(table[:, 1]) < 0).all()
    assert found.table["point"].tolist() == list(range(len(table)))
    assert found.table["proven"].all()
    assert found.units == ("acts a year, weighted by severity", "MAD a year")
    # the knee lies farthest below the straight line between the ends
    scaled = (table - table.min(axis=0)) / np.ptp(table, axis=0)
    depth = 1 - scaled.sum(axis=1)
    assert found.table["knee"].to_numpy().nonzero()[0].tolist() == [int(depth.argmax())]
    assert found.knee is found.plans[int(depth.argmax())]


def test_the_middle_points_are_evenly_spread(world: World) -> None:
    found = frontier(*scarce(world).inputs(), AllocationOptions(**RECRUITS), points=5)
    cost = found.table["cost"].to_numpy()
    assert cost == pytest.approx(np.linspace(cost[0], cost[-1], 5), rel=1e-5)


def test_each_point_is_a_full_plan(world: World) -> None:
    options = AllocationOptions(**RECRUITS)
    found = frontier(*scarce(world).inputs(), options, points=4)
    assert len(found.plans) == len(found.table) == 4
    for plan, (unmet, cost) in zip(found.plans, values(found), strict=True):
        checked = Checked(world, options, plan)
        balance(checked)
        hours(checked)
        conserved(checked)
        assert aim(plan, "unmet") == pytest.approx(unmet, rel=1e-5, abs=1e-6)
        assert aim(plan, "cost") == pytest.approx(cost, rel=1e-5)
        assert plan.costs["mad_after"].sum() == pytest.approx(cost, rel=1e-5)
        weighted = plan.unmet["acts_per_year"] * plan.unmet["activity"].map({"visit": 1.0, "stay": 5.0}).astype(float)
        assert weighted.sum() == pytest.approx(unmet, rel=1e-4, abs=0.05)


def test_other_aims_of_the_options_come_after_the_two(world: World) -> None:
    options = AllocationOptions(**RECRUITS, aims=("unmet", "travel", "disruption"))
    found = frontier(*scarce(world).inputs(), options, points=2)
    names = [reached.name for reached in found.plans[0].aims]
    assert names == ["Unmet_Need", "Running_Cost", "Travel_Minutes", "Disruption"]


def test_a_plan_that_is_best_in_both_is_the_only_point(world: World) -> None:
    # everybody is served by those in post: recruits cost and bring nothing
    found = frontier(*world.inputs(), AllocationOptions(**RECRUITS), points=4)
    assert values(found).tolist() == [[pytest.approx(0, abs=1e-3), pytest.approx(700_000, rel=1e-5)]]
    assert found.table["knee"].tolist() == [True]


@pytest.mark.parametrize(
    ("aims", "points", "found"),
    [
        (("unmet", "unmet"), 7, "('unmet', 'unmet')"),
        (("unmet", "cost"), 1, "1"),
        (("unmet", "cost"), 3.5, "3.5"),
        (("unmet", "kost"), 3, "'kost'"),
        (("unmet", "travel", "cost"), 3, "('unmet', 'travel', 'cost')"),
        ("unmet", 3, "'unmet'"),
        (("unmet", "cost"), 7, "aim 'cost', which nothing in the plan changes"),
    ],
)
def test_what_cannot_be_traced_is_told(world: World, aims: Any, points: Any, found: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        frontier(*world.inputs(), AllocationOptions(), aims=aims, points=points)
    assert [fault.found for fault in caught.value.faults] == [found]


def test_who_is_not_served_does_not_travel_less(world: World) -> None:
    """Between travel and cost every point serves as many as can be served."""
    found, apart = traced(scarce(world), ("travel", "cost"), 4, **RECRUITS)
    assert len(found.plans) > 1
    for plan in found.plans:
        assert aim(plan, "unmet") == pytest.approx(apart.best("unmet"), rel=1e-5)


def test_a_frontier_without_a_plan_says_why(world: World) -> None:
    with pytest.raises(NoFeasiblePlan) as caught:
        frontier(*scarce(world).inputs(), AllocationOptions(**RECRUITS, budgets={"region_mad_per_year": 1000.0}))
    assert "Region_Budget" in {conflict.limit for conflict in caught.value.conflicts}


def test_progress_is_told_aim_by_aim(world: World) -> None:
    told: list[str] = []
    frontier(*scarce(world).inputs(), AllocationOptions(**RECRUITS), points=3, progress=told.append)
    # three plans of four aims each; the ends swap the first two
    assert len(told) == 12
    assert told[:2] == ["Unmet_Need", "Running_Cost"]
    assert told[4:6] == ["Running_Cost", "Unmet_Need"]
