"""What a plan changes and costs: counts, running cost, staffing need and accounts on hand-made tables."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from indicators.test_indicators import made_plan, rows

import territory as tt
from territory.care import Care
from territory.indicators import changed_activities
from territory.indicators.access import travel_of_plan
from territory.indicators.changes import changes
from territory.indicators.costs import running_cost, staffing
from territory.indicators.service import unmet_need
from territory.scenario import DemandOptions, NetworkOptions
from territory.tables import COSTS, STAFFING_NEED, SUPPORT, Accounts, Plan, Region
from territory.tables.schemas import ACTIVITIES, MOVES, POSTS, UNMET, VISITS

TASKS = {"surgery": ["surgeon", "nurse"], "dressing": ["nurse"]}


def values(found: list[dict[str, object]], where: str = "region") -> dict[str, float]:
    return {str(row["indicator"]): float(str(row["value"])) for row in found if row["where"] == where}


def changed(activities: list[tuple[object, ...]], posts: list[tuple[object, ...]], *given: tuple[object, ...]) -> set:
    visits = [("z", *visit[:2], visit[2] if len(visit) > 2 else "in_person", 10.0, 5.0) for visit in given]
    table = changed_activities(
        rows(ACTIVITIES, *((*row, None, 0.0) for row in activities)),
        rows(POSTS, *((*row, 0.0, 0.0) for row in posts)),
        rows(VISITS, *visits),
        TASKS,
    )
    return set(table[["facility_id", "activity", "change"]].itertuples(index=False, name=None))


def test_an_activity_opens_where_it_is_given_and_could_not_be() -> None:
    activities = [("f", "surgery", True, True), ("f", "dressing", True, True)]
    came = [("f", "surgeon", 0.0, 0.4), ("f", "nurse", 1.0, 1.0)]
    assert changed(activities, came, ("f", "surgery"), ("f", "dressing")) == {("f", "surgery", "opened")}
    assert changed(activities, came, ("f", "dressing")) == set()


def test_what_a_level_merely_allows_is_neither_opened_nor_closed() -> None:
    nurse = [("f", "nurse", 1.0, 1.0)]
    visited = [("f", "surgery", False, True), ("f", "dressing", True, True)]
    assert changed(visited, nurse, ("f", "dressing")) == set()
    never_done = [("f", "surgery", True, False), ("f", "dressing", True, True)]
    assert changed(never_done, nurse, ("f", "dressing")) == set()


def test_remote_bought_and_mobile_acts_open_nothing() -> None:
    activities = [("f", "surgery", False, True), ("f", "dressing", True, True)]
    posts = [("f", "nurse", 1.0, 1.0)]
    for mode in ("telemedicine", "contracted", "mobile"):
        assert changed(activities, posts, ("f", "surgery", mode)) == set()


def test_a_closed_activity_is_told_apart_from_a_closed_facility() -> None:
    posts = [("f", "surgeon", 1.0, 0.0), ("f", "nurse", 1.0, 1.0), ("g", "nurse", 1.0, 0.0)]
    activities = [("f", "surgery", True, False), ("f", "dressing", True, True), ("g", "dressing", True, False)]
    assert changed(activities, posts, ("f", "dressing")) == {
        ("f", "surgery", "closed"),
        ("g", "dressing", "facility_closed"),
    }
    left_by_its_surgeon = [("f", "surgery", True, True), ("f", "dressing", True, True)]
    assert changed(left_by_its_surgeon, posts, ("f", "dressing")) == {("f", "surgery", "closed")}


def test_posts_are_counted_by_kind_and_acts_by_mode(care: Care) -> None:
    hours = care.staff_group("nurse").hours_per_year.value
    plan = replace(
        made_plan(),
        moves=rows(
            MOVES,
            ("a", "b", "nurse", 3.0, "moved"),
            ("a", "b", "nurse", 0.4, "shared"),
            (None, "b", "nurse", 2.0, "recruited"),
            ("a", None, "nurse", 0.5, "departed"),
            ("c", None, "nurse", 1.0, "unfilled"),
        ),
        visits=rows(
            VISITS,
            ("z", "f", "nursing_care", "in_person", 100.0, 5.0),
            ("z", "f", "nursing_care", "telemedicine", 20.0, 5.0),
            ("z", "p", "nursing_care", "contracted", 30.0, 5.0),
            ("z", "f", "nursing_care", "mobile", 40.0, 15.0),
        ),
        posts=rows(POSTS, ("f", "nurse", 2.0, 2.0, 2.0 * hours + 50.0, 0.0), ("g", "nurse", 1.0, 1.0, hours, 0.0)),
        support=rows(
            SUPPORT,
            ("laboratory", "f", "f", "hospital", 10.0, 0.0),
            ("laboratory", "g", "f", "hospital", 10.0, 9.0),
            ("pharmacy", "g", "f", "hospital", 10.0, 9.0),
        ),
    )
    found = values(changes(plan, care))
    expected = {
        "moved_fte": 3.0,
        "shared_fte": 0.4,
        "recruited_fte": 2.0,
        "departed_fte": 0.5,
        "unfilled_fte": 1.0,
        "telemedicine_acts": 20.0,
        "contracted_acts": 30.0,
        "mobile_acts": 40.0,
        "overload_hours": pytest.approx(50.0),
        "activities_opened": 0.0,
        "activities_closed": 0.0,
        "facilities_closed": 0.0,
        "support_sites": 2.0,
    }
    assert found == expected


def test_running_cost_before_after_and_by_line() -> None:
    costs = rows(COSTS, ("pay", "f", 100.0, 80.0), ("pay", "g", 50.0, 70.0), ("contracts", "p", 0.0, 30.0))
    assert values(running_cost(replace(made_plan(), costs=costs))) == {
        "running_cost": 180.0,
        "running_cost_before": 150.0,
        "running_cost_change": 30.0,
        "cost_pay": 150.0,
        "cost_contracts": 30.0,
    }
    assert running_cost(replace(made_plan(), costs=COSTS.empty())) == []


def test_posts_to_spare_do_not_make_up_for_posts_missing() -> None:
    need = rows(
        STAFFING_NEED,
        ("f", "nurse", 100.0, 4.0, 1.0, 3.0, -3.0, -1.0, 0.25, 0.75),
        ("g", "nurse", 100.0, 2.0, 5.0, 5.0, 3.0, 3.0, 2.5, 2.5),
        ("g", "midwife", 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, None, None),
    )
    found = values(staffing(need))
    assert found["missing_fte"] == 1.0
    assert found["staffing_ratio_nurse"] == pytest.approx(8 / 6)
    assert pd.isna(found["staffing_ratio_midwife"])
    assert staffing(STAFFING_NEED.empty()) == []


@pytest.fixture(scope="module")
def travel(small: Region) -> tt.TravelTimes:
    return tt.travel_times(small, NetworkOptions())


def far_plan(small: Region, travel: tt.TravelTimes) -> Plan:
    """Return a plan of two visits: 30 acts near, 10 acts farther than an hour, and 5 acts of a mobile unit."""
    table = travel.table.sort_values("minutes")
    near, far = table.iloc[0], table.iloc[-1]
    return replace(
        made_plan(),
        visits=rows(
            VISITS,
            (near["zone_id"], near["facility_id"], "nursing_care", "in_person", 30.0, 10.0),
            (far["zone_id"], far["facility_id"], "nursing_care", "in_person", 10.0, 61.0),
            (near["zone_id"], far["facility_id"], "nursing_care", "mobile", 5.0, 60.0),
        ),
    )


def test_far_travel_is_the_share_of_acts_beyond_an_hour(small: Region, travel: tt.TravelTimes) -> None:
    found = travel_of_plan(small, travel, far_plan(small, travel))
    assert values(found)["far_travel_share"] == pytest.approx(10 / 45)
    shares = [row["value"] for row in found if row["indicator"] == "far_travel_share" and row["where"] != "region"]
    assert 0.0 < max(shares) <= 1.0  # type: ignore[type-var]


def test_people_at_the_stop_of_a_mobile_unit_travel_no_km(small: Region, travel: tt.TravelTimes) -> None:
    plan = far_plan(small, travel)
    without = replace(plan, visits=plan.visits[plan.visits["mode"] != "mobile"])
    km = [values(travel_of_plan(small, travel, each))["travel_km_per_year"] for each in (plan, without)]
    assert km[0] == km[1] > 0


def test_the_worst_province_and_zone(small: Region, care: Care) -> None:
    demand = tt.estimate_demand(small, care, DemandOptions())
    zone = small.zones["zone_id"].iloc[0]
    own = demand.table[(demand.table["zone_id"] == zone) & (demand.table["acts_per_year"] > 0)]
    unmet = UNMET.check(own.assign(acts_per_year=own["acts_per_year"] * 0.5))
    found = unmet_need(small, demand, replace(made_plan(), unmet=unmet))
    province = small.zones["province"].iloc[0]
    assert values(found)["unmet_share_worst_zone"] == pytest.approx(0.5)
    worst = values(found, f"province:{province}")["unmet_share"]
    assert values(found)["unmet_share_worst_province"] == pytest.approx(worst)
    assert 0 < worst < 0.5


def test_accounts_are_the_lines_of_the_plan_and_acts_at_tariff(care: Care) -> None:
    books = tt.accounts(made_plan(), care)
    assert isinstance(books, Accounts)
    lines = books.table.set_index("line")["mad_per_year"]
    assert lines["pay"] == -150.0
    assert lines["acts at tariff"] == pytest.approx(100 * care.activity("general_consultation").tariff_mad.value)


def test_contracts_are_paid_by_the_group_and_earned_once(care: Care) -> None:
    plan = replace(
        made_plan(),
        visits=rows(
            VISITS,
            ("z", "f", "dialysis", "in_person", 10.0, 5.0),
            ("z", "p", "dialysis", "contracted", 30.0, 5.0),
            ("z", "q", "dialysis", "contracted", 5.0, 5.0),
        ),
        costs=rows(
            COSTS, ("pay", "f", 900.0, 800.0), ("contracts", "p", 0.0, 24_000.0), ("contracts", "q", 0.0, 4_000.0)
        ),
    )
    table = tt.accounts(plan, care).table
    sums = table.set_index(["where", "line"])["mad_per_year"].to_dict()
    assert sums == {
        ("f", "acts at tariff"): pytest.approx(10 * care.activity("dialysis").tariff_mad.value),
        ("f", "pay"): -800.0,
        ("p", "contracts"): 24_000.0,
        ("q", "contracts"): 4_000.0,
        ("region", "contracts"): -28_000.0,
    }
    assert table.loc[table["line"] == "contracts", "mad_per_year"].sum() == 0.0
