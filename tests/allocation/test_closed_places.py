"""What closes is closed for every lever, whether the scenario closes it or the plan does."""

from __future__ import annotations

from typing import Any

import pytest

from allocation.by_hand import bare, fte, served
from allocation.conftest import World, aim
from territory.errors import ScenarioError

PLACES = {"post_a": ("za", 0.0), "post_b": ("zb", 5.0), "hospital_c": ("zc", 9.0)}
# the plan is to cost as little as may be while half of the need is served: one place closes
CHEAP = {"aims": ["cost", "unmet"], "equity": {"largest_unmet_share": 0.5}}


def three() -> World:
    needs = {(zone, "visit"): 2000.0 for zone, _ in PLACES.values()}
    return bare(PLACES, needs=needs, posts={(place, "doctor"): 1.0 for place in PLACES})


def closing(place: str, **transfer: Any) -> dict[str, Any]:
    return {**CHEAP, "activity_transfer": {"facilities": [place], **transfer}}


def test_a_place_that_closes_keeps_nothing() -> None:
    plan = three().allocate(**closing("post_a"))
    assert fte(plan, "unfilled", from_facility_id="post_a") == pytest.approx(1.0)
    assert served(plan, facility_id="post_a") == 0
    assert not plan.activities.set_index("facility_id")["open_after"]["post_a"]


def test_a_unit_of_a_place_that_closes_does_not_tour() -> None:
    unit = {"base": "post_a", "staff": {"doctor": 0.5}, "zones": ["zb"], "activities": ["visit"]}
    plan = three().allocate(**closing("post_a"), mobile_units={"units": {"van": unit}})
    assert fte(plan, "unfilled", from_facility_id="post_a") == pytest.approx(1.0)
    assert len(plan.rounds) == 0


def test_a_place_that_closes_lends_nobody() -> None:
    world = three()
    # 400 h are enough for half of the need, so the least cost keeps 0.4 of a post, lent to post_b
    world.posts = {("post_a", "doctor"): 1.0}
    shared = {"groups": ["doctor"], "sites": ["post_b"], "largest_share": 0.8}
    plan = world.allocate(**{**closing("post_a"), "equity": {"largest_unmet_share": 0.8}}, shared_posts=shared)
    closed = fte(plan, "unfilled", from_facility_id="post_a") > 0
    assert not (closed and fte(plan, "shared", from_facility_id="post_a") > 0)


def test_a_place_that_closes_is_no_site() -> None:
    world = three()
    world.support = {"laboratory": ({"visit": 0.5}, {"only": (1e5, 1_000.0, 1.0)}, 0.0, ("post",))}
    pooled = {"functions": ["laboratory"], "sites": ["post_a"]}
    plan = world.allocate(**closing("post_a"), pooled_functions=pooled)
    if fte(plan, "unfilled", from_facility_id="post_a") > 0:
        assert len(plan.support) == 0
    assert served(plan) == pytest.approx(2 * plan.support["units_per_year"].sum())


def test_a_place_with_a_kept_activity_may_not_close() -> None:
    transfer = {"activities": ["visit"], "keep": {"post_a": ["visit"]}}
    with pytest.raises(ScenarioError, match=r"'post_a', which activity_transfer.facilities may close"):
        three().allocate(**closing("post_a", **transfer))


def test_a_function_whose_only_site_closes_is_refused() -> None:
    world = three()
    world.support = {"laboratory": ({"visit": 0.5}, {"only": (1e5, 1_000.0, 1.0)}, 0.0, ("post",))}
    pooled = {"functions": ["laboratory"], "sites": ["post_a"]}
    with pytest.raises(ScenarioError, match=r"'post_a', which closures.facilities closes"):
        world.allocate(closures={"facilities": ["post_a"]}, pooled_functions=pooled)


def test_a_unit_whose_base_is_closed_is_refused() -> None:
    unit = {"base": "post_a", "staff": {"doctor": 0.5}, "zones": ["zb"], "activities": ["visit"], "mad_per_year": 9.0}
    with pytest.raises(ScenarioError, match=r"'post_a', which closures.facilities closes"):
        three().allocate(closures={"facilities": ["post_a"]}, mobile_units={"units": {"van": unit}})


def test_an_activity_that_closes_is_not_answered_either() -> None:
    world = three()
    world.activities["exam"] = ({"cardio": 12.0}, 1.0, None)
    world.levels = {"post": ("visit",), "hospital": ("visit", "exam")}
    world.needs["za", "exam"] = 1000.0
    world.posts["hospital_c", "cardio"] = 1.0
    world.remote = {"exam": ({"doctor": 1.0}, {"cardio": 12.0}, ("post",), 1.0)}
    # in person 1,000 acts are too few; by telemedicine they would be given by a service that is closed
    transfer = {"activities": ["exam"], "smallest_volumes": {"exam": 1500.0}}
    remote = {"activities": ["exam"], "sites": ["post_a"]}
    plan = world.allocate(activity_transfer=transfer, telemedicine=remote)
    exams = plan.activities.set_index(["facility_id", "activity"])["open_after"]
    assert not (plan.remote["acts_per_year"].sum() > 0 and not exams["hospital_c", "exam"])
    assert aim(plan, "unmet") == pytest.approx(1000)


def test_who_asks_for_nothing_is_supplied_with_nothing() -> None:
    world = three()
    world.activities["exam"] = ({"doctor": 12.0}, 1.0, None)
    world.levels = {"post": ("exam",), "hospital": ("visit",)}
    world.support = {"laboratory": ({"visit": 0.5}, {"only": (1e5, 1_000.0, 1.0)}, 0.0, ("post", "hospital"))}
    world.needs["za", "exam"] = 100.0
    model = world.model(pooled_functions={"functions": ["laboratory"]})
    assert {key[:2] for key in model.SUPPLIES} <= set(model.Support_Answered)
