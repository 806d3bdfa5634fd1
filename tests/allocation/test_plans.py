"""Plans: hand-solved cases, directions, and limits re-checked by independent code."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from allocation.conftest import HOURS_PER_YEAR, World, aim, random_world
from territory.allocation.moves import named_moves
from territory.errors import GeodataError, ScenarioError
from territory.tables import Plan

REGION = {"mobility": {"within": "region", "largest_share": 0.5}}
TOLERANCE = 1e-6


def test_hand_solved(world: World) -> None:
    # doctors: 1 post at the north post (1,000 h), 2 at the hospital (2,000 h). 500 stays take 500 h of the hospital;
    # visits take 12 min: 5,000 at the post, 7,500 at the hospital. All 9,000 visits fit.
    plan = world.allocate()
    assert aim(plan, "unmet") == pytest.approx(0, abs=TOLERANCE)
    # north goes to its own post (10 min); the 1,000 visits of the south it has room for cost 50 min against 40 at the
    # hospital, so the south goes to the hospital: 4,000 x 10 + 5,000 x 40; stays 300 x 20 + 200 x 40
    assert aim(plan, "travel") == pytest.approx(4000 * 10 + 5000 * 40 + 300 * 20 + 200 * 40)
    hospital = plan.posts.set_index(["facility_id", "staff_group"]).loc[("hospital", "doctor")]
    assert hospital["hours_used"] == pytest.approx(5000 * 0.2 + 500)
    assert len(plan.moves) == 0


def test_scarce_doctors_serve_the_severe_first(world: World) -> None:
    world.posts[("hospital", "doctor")] = 0.4
    del world.posts[("post_north", "doctor")]
    plan = world.allocate()
    # 400 h: a stay counts 5 for 1 h, a visit 1 for 0.2 h: both bring 5 an hour; 400 h x 5 = 2,000 of 9,000 + 2,500
    assert aim(plan, "unmet") == pytest.approx(11_500 - 2_000)
    price = plan.shadow_prices[plan.shadow_prices["where"] == "hospital, doctor"].iloc[0]
    assert price["price"] == pytest.approx(5.0 * HOURS_PER_YEAR)
    # one more post serves 1,000 h: what is left of the stays and the visits brings 5 an hour either way
    assert price["one_more"] == pytest.approx(5.0 * HOURS_PER_YEAR)
    assert price["sentence"].startswith("One more doctor at The hospital: ")
    assert price["sentence"].endswith("; unmet need falls by 5,000 acts a year, weighted by severity.")


def test_beds_bind(world: World) -> None:
    world.facilities["hospital"] = ("hospital", "north", 2.0, False, 10.0)
    plan = world.allocate(largest_bed_occupancy=0.8)
    # 2 beds x 365 x 0.8 = 584 bed-days = 146 stays of 4 days
    stays = plan.visits[plan.visits["activity"] == "stay"]["acts_per_year"].sum()
    assert stays == pytest.approx(146)


def test_mobility_moves_a_doctor_to_the_south(world: World) -> None:
    base, moved = world.allocate(), world.allocate(**REGION)
    assert aim(moved, "travel") < aim(base, "travel")
    assert (moved.moves["to_facility_id"] == "post_south").all()
    assert moved.moves["fte"].sum() == pytest.approx(1.0, abs=1e-3)  # 5,000 visits x 12 min


def test_people_stay_inside_their_basin(world: World) -> None:
    plan = world.allocate(mobility={"within": "province", "largest_share": 1.0})
    province = {"post_north": "north", "hospital": "north", "post_south": "south"}
    for move in plan.moves.itertuples():
        assert province[move.from_facility_id] == province[move.to_facility_id]


def test_recruits_go_where_they_serve_within_budget_and_limits(world: World) -> None:
    world.needs["zone_south", "visit"] = 20_000.0
    base = world.allocate()
    plan = world.allocate(recruitment={"budget_mad_per_year": 120_000.0, "largest_posts": {"doctor": 5.0}})
    assert plan.moves["from_facility_id"].isna().all()
    assert plan.moves["fte"].sum() == pytest.approx(1.2)
    assert aim(plan, "unmet") < aim(base, "unmet")
    limited = world.allocate(recruitment={"budget_mad_per_year": 1e7, "largest_posts": {"doctor": 0.5}})
    assert limited.moves["fte"].sum() == pytest.approx(0.5, rel=1e-4)


def test_a_closed_facility_serves_nobody_and_its_people_are_told(world: World) -> None:
    closed = {"facilities": ["post_north"]}
    stay = world.allocate(closures=closed)
    assert "post_north" not in set(stay.visits["facility_id"])
    unfilled = stay.moves[stay.moves["to_facility_id"].isna()]
    assert unfilled["fte"].sum() == pytest.approx(2.0)
    moved = world.allocate(closures=closed, mobility={"within": "region", "largest_share": 0.0})
    assert set(moved.moves["from_facility_id"]) == {"post_north"}
    assert moved.moves["to_facility_id"].notna().all()  # nobody is left over who could go elsewhere
    after = moved.posts.groupby("staff_group")["fte_after"].sum()
    assert after["doctor"] == pytest.approx(3.0)
    assert after["nurse"] == pytest.approx(4.0)


def test_a_closed_activity_is_not_done_there(world: World) -> None:
    plan = world.allocate(closures={"activities": {"post_north": ["visit"]}})
    assert not ((plan.visits["facility_id"] == "post_north") & (plan.visits["activity"] == "visit")).any()
    row = plan.activities.set_index(["facility_id", "activity"]).loc[("post_north", "visit")]
    assert row["open_before"]
    assert not row["open_after"]


def test_telemedicine_brings_care_nearer(world: World) -> None:
    world.remote = {"visit": ({"nurse": 10.0}, {"doctor": 10.0}, ("post",), 0.25)}
    base = world.allocate()
    remote = world.allocate(telemedicine={"activities": ["visit"], "sites": ["post_south"], "hub_levels": ["hospital"]})
    acts = remote.visits[remote.visits["mode"] == "telemedicine"]
    assert set(acts["facility_id"]) == {"post_south"}
    south = acts[acts["zone_id"] == "zone_south"]["acts_per_year"].sum()
    assert south == pytest.approx(0.25 * 5000)  # the largest share
    assert remote.remote["acts_per_year"].sum() == pytest.approx(acts["acts_per_year"].sum())
    assert aim(remote, "travel") < aim(base, "travel")


def test_unknown_names_are_told_together(world: World) -> None:
    with pytest.raises(ScenarioError) as caught:
        world.allocate(
            closures={"facilities": ["post_nort"], "activities": {"hospital": ["visits"]}},
            mobility={"within": "region", "groups": ["docter"]},
            telemedicine={"activities": ["visit"], "hub_levels": ["clinic"]},
        )
    told = str(caught.value)
    assert "Did you mean post_north?" in told
    assert "Did you mean visit?" in told
    assert "Did you mean doctor?" in told
    assert "an activity that the catalogue says may be remote" in told
    assert "allocation.telemedicine.hub_levels: found 'clinic'" in told


def test_a_level_of_no_facility_is_told(world: World) -> None:
    world.remote = {"visit": ({"nurse": 10.0}, {"doctor": 10.0}, ("post",), 0.25)}
    world.levels["clinic"] = ("visit",)
    with pytest.raises(ScenarioError, match="'clinic', a level of no facility"):
        world.allocate(telemedicine={"activities": ["visit"], "hub_levels": ["clinic"]})


def test_a_facility_of_an_unknown_level_is_told(world: World) -> None:
    world.facilities["post_south"] = ("pots", "south", None, False, 30.0)
    with pytest.raises(GeodataError, match=r"'post_south', column level: found 'pots'; .*Did you mean post\?"):
        world.allocate()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_random_plans_keep_every_limit(seed: int) -> None:
    world = random_world(seed)
    levers = {
        "mobility": {"within": "province", "largest_share": 0.3},
        "recruitment": {"budget_mad_per_year": 50_000.0},
        "telemedicine": {"activities": ["visit"], "hub_levels": ["hospital"]},
    }
    plan = world.allocate(**levers)
    recheck(world, plan, share=0.3, budget=50_000.0)
    # the aims equal their re-computation from the tables
    severity = {activity: world.activities[activity][1] for activity in world.activities}
    unmet = sum(severity[row.activity] * row.acts_per_year for row in plan.unmet.itertuples())
    travel = sum(row.acts_per_year * row.minutes for row in plan.visits.itertuples())
    assert aim(plan, "unmet") == pytest.approx(unmet, rel=1e-5, abs=1e-3)
    assert aim(plan, "travel") == pytest.approx(travel, rel=1e-5, abs=1e-3)


def recheck(world: World, plan: Plan, share: float, budget: float) -> None:
    """Check balance, hours, beds, levels, people, budget and remote share from the tables alone."""
    _recheck_care(world, plan)
    _recheck_people(world, plan, share, budget)


def _recheck_care(world: World, plan: Plan) -> None:
    served: dict[tuple[str, str], float] = defaultdict(float)
    hours: dict[tuple[str, str], float] = defaultdict(float)
    bed_days: dict[str, float] = defaultdict(float)
    remote: dict[tuple[str, str], float] = defaultdict(float)
    for row in plan.visits.itertuples():
        served[row.zone_id, row.activity] += row.acts_per_year
        work, _, days = world.activities[row.activity]
        if row.mode == "telemedicine":
            work = world.remote[row.activity][0]
            remote[row.zone_id, row.activity] += row.acts_per_year
            assert world.facilities[row.facility_id][3]
        else:
            assert row.activity in world.levels[world.facilities[row.facility_id][0]]
            bed_days[row.facility_id] += row.acts_per_year * (days or 0.0)
        for group, minutes in work.items():
            hours[row.facility_id, group] += row.acts_per_year * minutes / 60
    for row in plan.remote.itertuples():
        for group, minutes in world.remote[row.activity][1].items():
            hours[row.facility_id, group] += row.acts_per_year * minutes / 60
    for row in plan.unmet.itertuples():
        served[row.zone_id, row.activity] += row.acts_per_year
    for need, acts in world.needs.items():
        assert served[need] == pytest.approx(acts, abs=TOLERANCE)
        assert remote[need] <= 0.3 * acts + TOLERANCE
    for facility, days in bed_days.items():
        assert days <= (world.facilities[facility][2] or 0.0) * 365 * 0.85 + TOLERANCE
    posts = plan.posts.set_index(["facility_id", "staff_group"])
    for post, used in hours.items():
        assert used == pytest.approx(posts.loc[post, "hours_used"], abs=TOLERANCE)
        assert used <= posts.loc[post, "hours_available"] + 1e-4
        assert posts.loc[post, "hours_available"] == pytest.approx(posts.loc[post, "fte_after"] * HOURS_PER_YEAR)


def _recheck_people(world: World, plan: Plan, share: float, budget: float) -> None:
    change = plan.posts.assign(province=[world.facilities[f][1] for f in plan.posts["facility_id"]])
    change["gain"] = change["fte_after"] - change["fte_before"]
    recruited = plan.moves[plan.moves["from_facility_id"].isna()]
    places = [world.facilities[f][1] for f in recruited["to_facility_id"]]
    hired = recruited.assign(province=places).groupby(["province", "staff_group"])["fte"].sum()
    for key, gain in change.groupby(["province", "staff_group"])["gain"].sum().items():
        assert gain == pytest.approx(hired.get(key, 0.0), abs=1e-5)
    assert recruited["fte"].sum() * 100_000 <= budget + 1
    assert (change["gain"] >= -share * change["fte_before"] - TOLERANCE).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_more_freedom_is_never_worse(seed: int) -> None:
    world = random_world(seed)
    worst = None
    for within in ("none", "province", "region"):
        plan = world.allocate(mobility={"within": within, "largest_share": 0.4})
        unmet, travel = aim(plan, "unmet"), aim(plan, "travel")
        if worst is not None:
            assert unmet <= worst[0] + 1e-3
            if unmet == pytest.approx(worst[0], abs=1e-6):
                assert travel <= worst[1] * (1 + 1e-6) + 1e-2
        worst = (unmet, travel)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_the_first_aim_equals_a_dense_programme(seed: int) -> None:
    """The same programme written with dense arrays for SciPy, visits only."""
    world = random_world(seed)
    arcs = [
        (z, f, a)
        for (z, f) in world.minutes
        for a in world.activities
        if a in world.levels[world.facilities[f][0]] and all((f, g) in world.posts for g in world.activities[a][0])
    ]
    rows, limits = [], []
    for need, acts in world.needs.items():
        rows.append([float((z, a) == need) for z, _, a in arcs])
        limits.append(acts)
    for (facility, group), fte in world.posts.items():
        rows.append([world.activities[a][0].get(group, 0.0) / 60 * (f == facility) for _, f, a in arcs])
        limits.append(fte * HOURS_PER_YEAR)
    for facility, (_, _, beds, _, _) in world.facilities.items():
        rows.append([(world.activities[a][2] or 0.0) * (f == facility) for _, f, a in arcs])
        limits.append((beds or 0.0) * 365 * 0.85)
    total = sum(acts * world.activities[a][1] for (_, a), acts in world.needs.items())
    served = 0.0
    if arcs:
        gain = np.array([world.activities[a][1] for _, _, a in arcs])
        served = -linprog(-gain, A_ub=np.array(rows), b_ub=limits).fun
    assert aim(world.allocate(arcs={"within_minutes": 500}), "unmet") == pytest.approx(
        total - served, rel=1e-7, abs=1e-3
    )


def test_moves_are_named_with_the_least_distance(world: World) -> None:
    plan = world.allocate(**REGION)
    positions = world.inputs()[0].facilities.set_index("facility_id")[["x_m", "y_m"]]
    assert plan.moves["staff_group"].isin(["doctor", "nurse"]).all()
    empty = named_moves(
        plan.moves.head(0).rename(columns={"from_facility_id": "facility_id"}).assign(basin="x"),
        plan.moves.head(0).rename(columns={"to_facility_id": "facility_id"}).assign(basin="x"),
        positions,
    )
    assert empty.empty
