"""What later aims may give back, and that small aims are as exact as large ones."""

from __future__ import annotations

import pytest

from allocation.by_hand import bare, fte, line
from allocation.conftest import World
from territory.allocation import build, solve
from territory.scenario import AllocationOptions


def unmet(plan: object) -> float:
    return float(plan.unmet["acts_per_year"].sum())


def two_posts(doctors: tuple[float, float], needs: dict[str, float], minutes: float) -> World:
    """Return a post in each of two zones, the second zone far from the first post."""
    return bare(
        {"post_a": ("za", 0.0), "post_b": ("zb", 30.0)},
        needs={(zone, "visit"): acts for zone, acts in needs.items()},
        posts={("post_a", "doctor"): doctors[0], ("post_b", "doctor"): doctors[1]},
        minutes={
            ("za", "post_a"): 10.0, ("za", "post_b"): minutes, ("zb", "post_a"): minutes, ("zb", "post_b"): 10.0
        },
    )  # fmt: skip


def test_whole_numbers_give_back_the_tolerance_once() -> None:
    """Fewer visit-days disturb less, and shorter ways are travelled by fewer: both would give a tenth."""
    world = bare(
        {"post_a": ("za", 0.0), "post_b": ("zb", 30.0)},
        needs={("zb", "visit"): 60_000.0},
        posts={("post_a", "doctor"): 10.0, ("post_b", "doctor"): 1.0},
        minutes={("zb", "post_b"): 30.0, ("za", "post_b"): 3.0},
    )
    shared = {"groups": ["doctor"], "sites": ["post_b"], "largest_share": 0.5, "smallest_fraction": 0.1}
    best, loose = (world.allocate(shared_posts=shared, aim_tolerance=share) for share in (1e-6, 0.1))
    assert unmet(loose) > 1.05 * unmet(best)
    assert unmet(loose) <= 1.1 * unmet(best) * (1 + 1e-6)
    assert loose.aims[0].value * (1 - loose.aims[0].gap) <= best.aims[0].value * (1 + 1e-6)


@pytest.mark.parametrize("size", [1.0, 1e-5, 1e-9])
def test_weights_count_whatever_their_size(size: float) -> None:
    world = two_posts((4.0, 0.0001), {"za": 8000.0, "zb": 8000.0}, 40.0)
    weights = {"unmet": 1e-4 * size, "travel": 1e-6 * size}
    mobility = {"within": "region", "largest_share": 1.0, "cost_mad_per_person": 100.0}
    plan = world.allocate(aims=["unmet"], aim_weights=weights, mobility=mobility)
    assert (plan.visits["acts_per_year"] * plan.visits["minutes"]).sum() == pytest.approx(160_000, rel=1e-3)
    assert plan.aims[0].value == pytest.approx(0.16 * size, rel=1e-3)


def test_a_share_of_an_inequity_is_a_share_of_it() -> None:
    world = two_posts((0.79, 0.79), {"za": 4000.0, "zb": 4000.0}, 50.0)
    world.province_of = {"zb": "south"}
    best, loose = (world.allocate(aims=["inequity", "travel", "unmet"], aim_tolerance=share) for share in (1e-6, 0.05))
    worst, given = (max(plan.unmet.set_index("zone_id")["acts_per_year"]) / 4000 for plan in (best, loose))
    assert worst == pytest.approx(0.0125, rel=1e-3)
    assert given <= worst * 1.05 * (1 + 1e-3)


def test_a_decision_that_the_user_fixes_is_part_of_the_plan() -> None:
    world = two_posts((2.0, 1.0), {"za": 4000.0, "zb": 4000.0}, 50.0)
    world.pay = {"doctor": 100_000.0}
    options = AllocationOptions(mobility={"within": "region", "largest_share": 1.0, "cost_mad_per_person": 1000.0})
    model = build(*world.inputs(), options)
    model.Leave["post_a", "doctor"].fix(0.5)
    plan = solve(model)
    assert plan.posts.set_index("facility_id")["fte_after"].to_dict() == {"post_a": 1.5, "post_b": 1.5}
    assert fte(plan, "moved") == pytest.approx(0.5)
    assert line(plan, "moves") == pytest.approx(500.0)


def test_a_choice_that_the_user_fixes_is_part_of_the_plan() -> None:
    world = two_posts((2.0, 2.0), {"za": 4000.0, "zb": 4000.0}, 20.0)
    options = AllocationOptions(activity_transfer={"activities": ["visit"]})
    model = build(*world.inputs(), options)
    model.Open["post_a", "visit"].fix(1)
    model.Open["post_b", "visit"].fix(0)
    done = solve(model).activities.set_index("facility_id")
    assert done["open_after"].to_dict() == {"post_a": True, "post_b": False}
