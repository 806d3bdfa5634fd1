"""Each lever on a case solved by hand."""

from __future__ import annotations

import numpy as np
import pytest

from allocation.by_hand import bare, fte, line, served, without_roads
from allocation.conftest import PAY, aim


def test_contracts_buy_the_most_unmet_need_for_each_dirham() -> None:
    world = bare(
        {"post_a": ("za", 0.0), "clinic_a": ("za", 1.0)},
        needs={("za", "visit"): 1000.0, ("za", "exam"): 1000.0},
        activities={"visit": ({"doctor": 12.0}, 1.0, None), "exam": ({"doctor": 60.0}, 2.0, None)},
        levels={"post": ("visit",), "clinic": ("visit", "exam")},
    )
    # a visit is 1 for 40 MAD (1/40), an exam 2 for 100 (1/50): first the 100 visits there may be, 4,000 MAD,
    # then exams for the 6,000 MAD that are left
    bought = {
        "visit": {"largest_acts_per_facility": 100.0, "tariff_mad": 40.0},
        "exam": {"largest_acts_per_facility": 500.0, "tariff_mad": 100.0},
    }
    contracts = {"activities": bought, "levels": ["clinic"], "budget_mad_per_year": 10_000.0}
    plan = world.allocate(contracting=contracts)
    assert served(plan, activity="visit", mode="contracted") == pytest.approx(100)
    assert served(plan, activity="exam", mode="contracted") == pytest.approx(60)
    assert aim(plan, "unmet") == pytest.approx(1000 + 2 * 1000 - 100 - 2 * 60)
    assert line(plan, "contracts") == pytest.approx(10_000)


def test_a_contract_without_tariff_pays_the_reference() -> None:
    world = bare({"post_a": ("za", 0.0), "clinic_a": ("za", 1.0)}, needs={("za", "visit"): 1000.0}, tariff_mad=80.0)
    contracts = {"activities": {"visit": {"largest_acts_per_facility": 1e6}}, "facilities": ["clinic_a"]}
    plan = world.allocate(contracting={**contracts, "budget_mad_per_year": 4_000.0})
    assert served(plan, mode="contracted") == pytest.approx(50)


OVERLOAD = {"steps": [{"share": 0.05, "price": 1.25}, {"share": 0.1, "price": 1.5}]}


def test_overload_takes_the_cheapest_step_first() -> None:
    # 1,000 h of a post; 5,500 visits ask for 1,100 h: 50 h at 1.25 and 50 h at 1.5 times the 100 MAD of an hour
    world = bare({"post_a": ("za", 0.0)}, needs={("za", "visit"): 5500.0}, posts={("post_a", "doctor"): 1.0})
    plan = world.allocate(aims=["unmet", "cost"], overload=OVERLOAD)
    assert aim(plan, "unmet") == pytest.approx(0, abs=1e-6)
    assert line(plan, "overload") == pytest.approx(50 * 125 + 50 * 150, rel=1e-4)
    assert plan.posts["hours_available"].tolist() == pytest.approx([1100], rel=1e-5)


def test_an_overload_budget_buys_cheap_hours_first() -> None:
    # 10,000 MAD: 50 h at 125 MAD, and 3,750 / 150 = 25 h of the second step: 1,075 h are 5,375 visits
    world = bare({"post_a": ("za", 0.0)}, needs={("za", "visit"): 9000.0}, posts={("post_a", "doctor"): 1.0})
    plan = world.allocate(overload={**OVERLOAD, "budget_mad_per_year": 10_000.0})
    assert served(plan) == pytest.approx(5375)
    # the shares end it where the budget does not: 1,150 h
    free = world.allocate(overload=OVERLOAD)
    assert served(free) == pytest.approx(5750)


def test_only_the_groups_named_work_longer() -> None:
    world = bare({"post_a": ("za", 0.0)}, needs={("za", "visit"): 9000.0}, posts={("post_a", "doctor"): 1.0})
    world.activities["visit"] = ({"doctor": 12.0, "nurse": 6.0}, 1.0, None)
    world.posts["post_a", "nurse"] = 2.0
    assert served(world.allocate(overload={**OVERLOAD, "groups": ["nurse"]})) == pytest.approx(5000)


def test_a_move_priced_by_km_comes_from_the_nearer() -> None:
    # post_c lacks half a doctor; one is to spare 10 km away and another 40 km away on the other side
    places = {"post_a": ("za", 0.0), "post_b": ("zb", 50.0), "post_c": ("zc", 10.0)}
    posts = {("post_a", "doctor"): 1.0, ("post_b", "doctor"): 1.0}
    world = without_roads(bare(places, needs={("zc", "visit"): 2500.0}, posts=posts))
    mobility = {"within": "region", "largest_share": 1.0, "cost_mad_per_person": 2_000.0, "cost_mad_per_km": 100.0}
    plan = world.allocate(aims=["unmet", "cost"], mobility=mobility)
    assert fte(plan, "moved", from_facility_id="post_a", to_facility_id="post_c") == pytest.approx(0.5, abs=1e-4)
    assert line(plan, "moves") == pytest.approx(0.5 * (2_000 + 10 * 100), rel=1e-3)


def test_moves_among_many_facilities_cost_little_more_than_straight_ways() -> None:
    """Beyond a dozen facilities people pass along a triangulation, whose ways are at most 1.998 times the straight."""
    draw = np.random.default_rng(5)
    places = {f"post_{k}": (f"z{k:02}", float(draw.uniform(0, 100))) for k in range(16)}
    full = list(places)[:8]
    world = bare(
        places,
        minutes={(zone, place): 0.0 for place, (zone, _) in places.items()},
        needs={(zone, "visit"): 2500.0 for place, (zone, _) in places.items() if place not in full},
        posts={(place, "doctor"): 0.5 for place in full},
        y_km={place: float(draw.uniform(0, 100)) for place in places},
    )
    mobility = {"within": "region", "largest_share": 1.0, "cost_mad_per_km": 100.0}
    plan = world.allocate(aims=["unmet", "cost"], mobility=mobility)
    assert aim(plan, "unmet") == pytest.approx(0, abs=1e-3)
    xy = {place: np.array([x, world.y_km[place]]) for place, (_, x) in places.items()}
    straight = sum(
        row.fte * np.linalg.norm(xy[row.from_facility_id] - xy[row.to_facility_id]) for row in plan.moves.itertuples()
    )
    assert straight * 100 * (1 - 1e-4) <= line(plan, "moves") <= 1.2 * straight * 100


def test_hard_to_staff_places_get_nobody_without_an_incentive() -> None:
    places = {"post_a": ("za", 0.0), "post_b": ("zb", 50.0)}
    needs = {("za", "visit"): 9000.0, ("zb", "visit"): 9000.0}
    world = without_roads(bare(places, needs=needs, posts={("post_a", "doctor"): 1.0}))
    mobility, money = {"within": "region", "largest_share": 0.5}, {"budget_mad_per_year": 110_000.0}
    hard = {"zones": ["zb"]}
    barred = world.allocate(mobility=mobility, recruitment={**money, "hard_to_staff": hard})
    # nobody moves or comes to zb; 0.8 more posts serve the 4,000 visits that post_a has no hours for
    assert served(barred, zone_id="zb") == 0
    assert aim(barred, "unmet") == pytest.approx(9000)
    assert set(barred.moves["to_facility_id"]) == {"post_a"}
    # with 30,000 MAD a post filled there, 80,000 MAD go to post_a and the other 30,000 to 3/13 of a post in zb
    paid = {**hard, "incentive_mad_per_year": 30_000.0}
    filled = world.allocate(recruitment={**money, "hard_to_staff": paid})
    assert fte(filled, "recruited", to_facility_id="post_a") == pytest.approx(0.8)
    assert fte(filled, "recruited", to_facility_id="post_b") == pytest.approx(3 / 13, rel=1e-4)
    assert line(filled, "incentives") == pytest.approx(3 / 13 * 30_000, rel=1e-4)


def test_departures_leave_posts_vacant() -> None:
    world = bare({"post_a": ("za", 0.0)}, needs={("za", "visit"): 9000.0}, posts={("post_a", "doctor"): 2.0})
    plan = world.allocate(departures={"shares": {"doctor": 0.2}})
    # 2 x 0.8 posts x 1,000 h x 5 visits an hour
    assert served(plan) == pytest.approx(8000)
    assert fte(plan, "departed", from_facility_id="post_a") == pytest.approx(0.4)
    assert line(plan, "pay") == pytest.approx(1.6 * PAY)
    # who is recruited takes the place of who left
    again = world.allocate(departures={"shares": {"doctor": 0.2}}, recruitment={"budget_mad_per_year": 20_000.0})
    assert served(again) == pytest.approx(9000)


@pytest.mark.parametrize(("mad_per_unit_km", "sites"), [(0.05, 1), (1.0, 2)])
def test_one_pooled_laboratory_or_two(mad_per_unit_km: float, sites: int) -> None:
    # 1,000 units at each of two hospitals 60 km apart. Apart: 2 x (10,000 + 5 x 1,000) = 30,000 MAD.
    # Together: 15,000 + 2 x 2,000 + 1,000 x 60 x carriage = 22,000 at 0.05 MAD, 79,000 at 1 MAD a unit and km.
    places = {"hospital_a": ("za", 0.0), "hospital_b": ("zb", 60.0)}
    needs = {("za", "visit"): 1000.0, ("zb", "visit"): 1000.0}
    posts = {(place, "doctor"): 1.0 for place in places}
    sizes = {"small": (1200.0, 10_000.0, 5.0), "large": (5000.0, 15_000.0, 2.0)}
    support = {"laboratory": ({"visit": 1.0}, sizes, mad_per_unit_km, ("hospital",))}
    world = bare(places, needs=needs, posts=posts, support=support)
    plan = world.allocate(aims=["unmet", "travel", "cost"], pooled_functions={"functions": ["laboratory"]})
    assert plan.support["site_facility_id"].nunique() == sites
    assert set(plan.support["size"]) == ({"large"} if sites == 1 else {"small"})
    assert line(plan, "support_functions") == pytest.approx({1: 22_000, 2: 30_000}[sites], rel=1e-4)
    # before: each with its own laboratory of the cheapest size
    before = plan.costs.loc[plan.costs["line"] == "support_functions", "mad_before"].sum()
    assert before == pytest.approx(30_000, rel=1e-4)


def test_two_of_the_largest_where_one_does_not_hold_all() -> None:
    places = {"hospital_a": ("za", 0.0), "hospital_b": ("zb", 60.0)}
    needs = {("za", "visit"): 1000.0, ("zb", "visit"): 1000.0}
    support = {"laboratory": ({"visit": 1.0}, {"only": (1500.0, 10_000.0, 5.0)}, 0.0, ("hospital",))}
    world = bare(places, needs=needs, posts={(place, "doctor"): 1.0 for place in places}, support=support)
    one = {"functions": ["laboratory"], "most_sites": {"laboratory": 1}}
    # an act without its laboratory is not given: 500 visits are left over
    assert aim(world.allocate(pooled_functions=one), "unmet") == pytest.approx(500)
    assert aim(world.allocate(pooled_functions={"functions": ["laboratory"]}), "unmet") == pytest.approx(0, abs=1e-6)


VAN = {"base": "hospital_a", "staff": {"doctor": 1.0}, "zones": ["zb"], "activities": ["visit"], "days_per_week": 5}


def test_a_day_of_the_mobile_unit() -> None:
    # 60 minutes to zb: of a day of 7 h, 5 h are left there; 46 weeks of one day are 230 h, 1,150 visits.
    # 2,000 visits need two days, which take 2 x 7 x 46 = 644 h of the doctor at the base.
    world = bare(
        {"hospital_a": ("za", 0.0)},
        needs={("zb", "visit"): 2000.0},
        posts={("hospital_a", "doctor"): 1.0},
        minutes={("za", "hospital_a"): 0.0, ("zb", "hospital_a"): 60.0},
    )
    unit = {**VAN, "mad_per_year": 50_000.0, "mad_per_km": 2.0}
    plan = world.allocate(aims=["unmet", "travel", "cost"], mobile_units={"units": {"van": unit}})
    assert plan.rounds[["unit", "zone_id", "days_per_week"]].values.tolist() == [["van", "zb", 2]]
    assert served(plan, mode="mobile") == pytest.approx(2000)
    assert plan.posts["hours_used"].tolist() == pytest.approx([644])
    assert aim(plan, "travel") == pytest.approx(2000 * 15)  # people go 15 minutes to the stop
    # there and back 120 km, two days of 46 weeks, 2 MAD a km
    assert line(plan, "mobile_units") == pytest.approx(50_000 + 120 * 2 * 46 * 2)


def test_a_shared_post_works_less_for_its_road() -> None:
    # 0.2 of a post is 200 h; there and back take 1 h on each of 210 x 0.2 = 42 days: 158 h are left, 790 visits
    world = bare(
        {"hospital_a": ("za", 0.0), "post_b": ("zb", 30.0)},
        needs={("zb", "visit"): 790.0},
        posts={("hospital_a", "doctor"): 1.0},
        minutes={("za", "hospital_a"): 0.0, ("za", "post_b"): 30.0, ("zb", "post_b"): 5.0, ("zb", "hospital_a"): 400.0},
    )
    shared = {"groups": ["doctor"], "sites": ["post_b"], "largest_share": 0.2}
    plan = world.allocate(shared_posts=shared, arcs={"nearest": 1})
    assert served(plan, facility_id="post_b") == pytest.approx(790)
    assert fte(plan, "shared", from_facility_id="hospital_a", to_facility_id="post_b") == pytest.approx(0.2)
    site = plan.posts.set_index("facility_id").loc["post_b"]
    assert site["hours_available"] == pytest.approx(200)
    assert site["hours_used"] == pytest.approx(42 + 158)
