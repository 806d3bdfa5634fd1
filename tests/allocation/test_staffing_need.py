"""The WISN method, worked by hand."""

from __future__ import annotations

import math

import pytest

from allocation.by_hand import bare
from allocation.conftest import World, figure, name
from territory.allocation import allocate, staffing_need
from territory.allocation.staffing import required_posts
from territory.care import Allowances, StaffGroup
from territory.scenario import AllocationOptions


def group(available: float, category: float, individual: float) -> StaffGroup:
    allowances = Allowances(
        available_hours_per_year=figure(available),
        category_share=figure(category),
        individual_hours_per_year=figure(individual),
    )
    return StaffGroup(
        id="midwife",
        name=name("midwife"),
        hours_per_year=figure(1000),
        pay_mad_per_year=figure(1),
        allowances=allowances,
    )


def test_the_steps_of_the_method() -> None:
    # A midwife has 52 weeks x 5 days less 20 of leave, 12 holidays, 6 of illness and 2 of training: 220 days of 7 h,
    # 1,540 h. 2,000 births of 5.5 h and 9,000 consultations of 20 minutes are 11,000 + 3,000 = 14,000 h, 9.0909 posts.
    # Records, meetings and cleaning take 25 % of everybody's time: 9.0909 / 0.75 = 12.1212 posts.
    # Of the group, one writes reports and orders for 385 h a year: 385 / 1,540 = 0.25 post. In all 12.3712 posts.
    midwife = group(1540.0, 0.25, 385.0)
    assert required_posts(midwife, 14_000.0) == pytest.approx(12.3712, abs=1e-4)
    assert required_posts(midwife, 14_000.0) == pytest.approx(14_000 / 1540 * (1 / (1 - 0.25)) + 385 / 1540)


def test_no_work_needs_nobody() -> None:
    assert required_posts(group(1540.0, 0.25, 385.0), 0.0) == 0.0


def test_without_allowances_the_hours_for_care_count() -> None:
    plain = group(1540.0, 0.25, 385.0).model_copy(update={"allowances": None})
    assert required_posts(plain, 2500.0) == pytest.approx(2.5)


def test_the_individual_allowance_counts_once_a_facility() -> None:
    midwife = group(1000.0, 0.0, 100.0)
    # twice the work in one place asks for less than the same work in two
    assert required_posts(midwife, 2000.0) == pytest.approx(2.1)
    assert 2 * required_posts(midwife, 1000.0) == pytest.approx(2.2)


def needs(world: World, **options: object) -> dict[tuple[str, str], dict[str, float]]:
    inputs = world.inputs()
    plan = allocate(*inputs, AllocationOptions(**options))
    table = staffing_need(inputs[0], inputs[1], plan, inputs[3])
    return {(row["facility_id"], row["staff_group"]): row for row in table.to_dict("records")}


def test_posts_against_what_is_asked_for(world: World) -> None:
    """The south has no doctor: its 5,000 visits are served at the hospital, and none is left over."""
    rows = needs(world)
    # post_north: 4,000 visits of 12 minutes of a doctor, 6 of a nurse: 800 h and 400 h; 1,000 h a post
    north = rows["post_north", "doctor"]
    assert (north["workload_hours_per_year"], north["required_fte"]) == (pytest.approx(800), pytest.approx(0.8))
    assert (north["difference_before"], north["ratio_before"]) == (pytest.approx(0.2), pytest.approx(1.25))
    hospital = rows["hospital", "doctor"]
    # 5,000 visits and 500 stays of an hour: 1,500 h, two posts
    assert hospital["required_fte"] == pytest.approx(1.5)
    assert hospital["ratio_after"] == pytest.approx(2 / 1.5)
    # the nurse of post_south has nothing to do
    south = rows["post_south", "nurse"]
    assert (south["required_fte"], south["difference_before"]) == (pytest.approx(0, abs=1e-6), pytest.approx(1))


def test_a_ratio_to_nothing_is_missing(world: World) -> None:
    assert math.isnan(needs(world)["post_south", "nurse"]["ratio_before"])


def test_unmet_acts_are_asked_for_at_the_nearest(world: World) -> None:
    world.posts = {("post_north", "doctor"): 0.5, ("post_north", "nurse"): 1.0, ("hospital", "nurse"): 1.0}
    rows = needs(world)
    # 500 h serve 2,500 visits of the north; its other 1,500 are asked for at its post, 10 minutes away, and the 5,000
    # of the south at post_south; stays only at the hospital
    assert rows["post_north", "doctor"]["workload_hours_per_year"] == pytest.approx(4000 * 0.2)
    assert rows["post_north", "doctor"]["ratio_after"] == pytest.approx(0.5 / 0.8)
    assert rows["post_south", "doctor"]["required_fte"] == pytest.approx(5000 * 0.2 / 1000)
    assert rows["post_south", "doctor"]["ratio_before"] == 0
    assert rows["post_south", "nurse"]["required_fte"] == pytest.approx(5000 * 0.1 / 1000)
    assert rows["hospital", "doctor"]["workload_hours_per_year"] == pytest.approx(500)


def test_remote_and_mobile_acts_are_work_of_both_sides(world: World) -> None:
    world.remote = {"visit": ({"nurse": 10.0}, {"doctor": 8.0}, ("post",), 0.25)}
    rows = needs(world, telemedicine={"activities": ["visit"], "sites": ["post_south"], "hub_levels": ["hospital"]})
    # a quarter of the 5,000 visits of the south: 1,250 x 10 minutes of the nurse there, 8 of a doctor at the hospital
    assert rows["post_south", "nurse"]["workload_hours_per_year"] == pytest.approx(1250 / 6)
    assert rows["hospital", "doctor"]["workload_hours_per_year"] == pytest.approx(3750 * 0.2 + 500 + 1250 * 8 / 60)
    unit = {"base": "hospital", "staff": {"doctor": 1, "nurse": 1}, "zones": ["zone_south"], "activities": ["visit"]}
    rows = needs(world, mobile_units={"units": {"van": {**unit, "days_per_week": 1}}})
    # one day leaves 46 x (7 - 80 / 60) = 260.67 h in the south: 1,303.3 visits there, the others at the hospital: the
    # work is the same, the road is not a service
    assert rows["hospital", "doctor"]["workload_hours_per_year"] == pytest.approx(5000 * 0.2 + 500)


def test_mobile_acts_that_a_hub_answers_are_presented_aboard() -> None:
    """A nurse goes aboard, the doctor is at the hub: nobody needs a doctor at the base."""
    world = bare(
        {"post_a": ("za", 0.0), "hospital_h": ("zh", 30.0)},
        needs={("zb", "visit"): 500.0},
        posts={("post_a", "nurse"): 2.0, ("hospital_h", "doctor"): 1.0},
        minutes={("zb", "post_a"): 30.0, ("za", "post_a"): 1.0, ("zh", "hospital_h"): 1.0},
        activities={"visit": ({"doctor": 12.0}, 1.0, None), "care": ({"nurse": 6.0}, 1.0, None)},
        levels={"post": ("care",), "hospital": ("visit",)},
    )
    world.remote = {"visit": ({"nurse": 10.0}, {"doctor": 6.0}, ("post",), 1.0)}
    unit = {"base": "post_a", "staff": {"nurse": 1}, "zones": ["zb"], "activities": ["visit"]}
    rows = needs(
        world,
        telemedicine={"activities": ["visit"], "hub_levels": ["hospital"]},
        mobile_units={"units": {"van": {**unit, "days_per_week": 5}}},
    )
    assert rows["post_a", "nurse"]["workload_hours_per_year"] == pytest.approx(500 * 10 / 60)
    assert rows["hospital_h", "doctor"]["workload_hours_per_year"] == pytest.approx(500 * 6 / 60)
    assert ("post_a", "doctor") not in rows


def test_allowances_of_the_catalogue_are_used(world: World) -> None:
    world.allowances = {"doctor": (1250.0, 0.2, 125.0)}
    rows = needs(world)
    # 800 h / 1,250 h / (1 - 0.2) + 125 / 1,250
    assert rows["post_north", "doctor"]["required_fte"] == pytest.approx(0.64 / 0.8 + 0.1)
    assert rows["post_north", "nurse"]["required_fte"] == pytest.approx(0.4)


def test_contracted_acts_are_nobodys_work_here(world: World) -> None:
    world.facilities["clinic"] = ("clinic", "south", None, False, 35.0)
    world.levels["clinic"] = ("visit",)
    world.minutes |= {("zone_north", "clinic"): 90.0, ("zone_south", "clinic"): 5.0}
    world.tariff_mad = 10.0
    bought = {"activities": {"visit": {"largest_acts_per_facility": 5000.0}}, "levels": ["clinic"]}
    rows = needs(world, contracting={**bought, "budget_mad_per_year": 1e6})
    assert not [key for key in rows if key[0] == "clinic"]
    assert rows["hospital", "doctor"]["workload_hours_per_year"] == pytest.approx(500)
