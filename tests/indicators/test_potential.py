"""Potential access on a small real territory: against plain loops, and in which direction a plan moves it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import territory as tt
from territory.care import Care
from territory.indicators import access_between, gini
from territory.scenario import AllocationOptions, DemandOptions, NetworkOptions
from territory.tables import Plan, Region, TravelTimes


@pytest.fixture(scope="module")
def travel(small: Region) -> TravelTimes:
    return tt.travel_times(small, NetworkOptions())


@pytest.fixture(scope="module")
def today(small: Region, travel: TravelTimes, care: Care) -> pd.DataFrame:
    return tt.access(small, travel, care)


@pytest.fixture(scope="module")
def plan(small: Region, travel: TravelTimes, care: Care) -> Plan:
    demand = tt.estimate_demand(small, care, DemandOptions())
    return tt.allocate(small, travel, demand, care, AllocationOptions())


def values(table: pd.DataFrame, indicator: str, kind: str = "zone") -> pd.Series:
    own = table[(table["indicator"] == indicator) & table["where"].str.startswith(f"{kind}:")]
    return own.set_index(own["where"].str.removeprefix(f"{kind}:"))["value"]


def test_two_steps_of_generalists_by_a_plain_loop(small: Region, travel: TravelTimes, today: pd.DataFrame) -> None:
    minutes = travel.table.set_index(["zone_id", "facility_id"])["minutes"]
    people = small.zones.set_index("zone_id")["population_persons"]
    public = small.facilities.loc[small.facilities["sector"] == "public", "facility_id"]
    posts = small.posts[(small.posts["staff_group"] == "generalist") & small.posts["facility_id"].isin(public)]
    expected = dict.fromkeys(people.index, 0.0)
    for post in posts.itertuples():
        near = [zone for zone in people.index if minutes[zone, post.facility_id] <= 30]
        for zone in near:
            expected[zone] += 1000 * post.fte / people[near].sum()
    found = values(today, "access_two_step_generalist")
    assert found.to_dict() == pytest.approx(expected)
    region = today.set_index(["indicator", "where"])["value"]["access_two_step_generalist", "region"]
    assert region == pytest.approx(sum(people[zone] * expected[zone] for zone in people.index) / people.sum())


@pytest.mark.parametrize("activity", ["dialysis", "general_consultation"])
def test_activities_are_near_where_somebody_does_them(
    small: Region, travel: TravelTimes, care: Care, activity: str
) -> None:
    levels = {level.id for level in care.levels if activity in level.activities}
    public = small.facilities[small.facilities["level"].isin(levels) & (small.facilities["sector"] == "public")]
    (tasks,) = (one.tasks for one in care.activities if one.id == activity)
    left = public["facility_id"].iloc[0]  # loses the last group that does it
    posts = small.posts[(small.posts["facility_id"] != left) | (small.posts["staff_group"] != tasks[-1].staff_group)]
    staffed = [set(posts.loc[posts["staff_group"] == task.staff_group, "facility_id"]) for task in tasks]
    doing = set(public["facility_id"]).intersection(*staffed)
    assert doing
    assert left not in doing
    own = travel.table[travel.table["facility_id"].isin(doing)].groupby("zone_id")["minutes"].min()
    found = tt.access(replace(small, posts=posts.reset_index(drop=True)), travel, care)
    assert values(found, f"nearest_minutes_{activity}").to_dict() == pytest.approx(own.to_dict())


def test_a_mean_is_not_known_where_somebody_has_nothing_near(small: Region, travel: TravelTimes, care: Care) -> None:
    level = small.facilities.set_index("facility_id")["level"]
    near = travel.table[(travel.table["minutes"] <= 60) | (travel.table["facility_id"].map(level) == "CSR1")]
    found = tt.access(small, replace(travel, table=near.reset_index(drop=True)), care)
    zones = values(found, "nearest_minutes_CHP").reindex(small.zones["zone_id"])
    region = found.set_index(["indicator", "where"])["value"]
    assert zones.isna().any()
    assert zones.notna().any()
    assert np.isnan(region["nearest_minutes_CHP", "region"])
    assert 0 < region["people_within_60_minutes_CHP", "region"] < 1
    assert region["nearest_minutes_CSR1", "region"] > 0


def test_evenness_is_that_of_the_gaussian_catchment(small: Region, today: pd.DataFrame) -> None:
    own = values(today, "access_gaussian_nurse").loc[small.zones["zone_id"]].to_numpy()
    expected = gini(own, small.zones["population_persons"].to_numpy(dtype=float))
    found = today.set_index(["indicator", "where"])["value"]
    assert found["access_gini_nurse", "region"] == pytest.approx(expected)
    assert -1 <= found["access_concentration_nurse", "region"] <= 1


def test_a_plan_that_moves_nobody_changes_no_catchment(
    small: Region, travel: TravelTimes, care: Care, today: pd.DataFrame, plan: Plan
) -> None:
    changed = access_between(today, tt.access(small, travel, care, plan))
    catchments = changed[changed["indicator"].str.startswith("access_")]
    assert len(catchments) > 100
    assert np.nanmax(np.abs(catchments["difference"])) < 1e-9


def test_more_doctors_bring_access_and_a_closed_centre_takes_it(
    small: Region, travel: TravelTimes, care: Care, plan: Plan
) -> None:
    one = tt.access(small, travel, care, plan)
    doctors = plan.posts["staff_group"] == "generalist"
    more = replace(plan, posts=plan.posts.assign(fte_after=plan.posts["fte_after"] * np.where(doctors, 2.0, 1.0)))
    changed = access_between(one, tt.access(small, travel, care, more)).set_index(["indicator", "where"])
    for measure in ("two_step", "steps", "gaussian", "three_step", "gravity"):
        both = changed.loc[(f"access_{measure}_generalist", "region")]
        assert both["second"] == pytest.approx(2 * both["first"])
    assert changed.loc[("access_raam_generalist", "region"), "difference"] < 0
    assert changed.loc[("access_two_step_nurse", "region"), "difference"] == pytest.approx(0)
    place = small.facilities.loc[small.facilities["level"] == "CSR1", "facility_id"].iloc[0]
    shut = plan.activities.assign(open_after=plan.activities["open_after"] & (plan.activities["facility_id"] != place))
    changed = access_between(one, tt.access(small, travel, care, replace(plan, activities=shut)))
    nearest = changed[changed["indicator"].isin(["nearest_minutes_CSR1", "nearest_minutes_general_consultation"])]
    assert (nearest["difference"] >= 0).all()
    assert (nearest["difference"] > 0).any()


def test_a_plan_does_not_widen_a_catchment(small: Region, travel: TravelTimes, care: Care, plan: Plan) -> None:
    """When all generalists move to hospitals their catchments keep 30 minutes: those of today."""
    posts, hospitals = plan.posts, small.facilities.loc[small.facilities["level"].isin(["HPr", "CHP"]), "facility_id"]
    away = (posts["staff_group"] == "generalist") & ~posts["facility_id"].isin(hospitals)
    moved = replace(plan, posts=posts.assign(fte_after=posts["fte_after"].where(~away, 0.0)))
    found = values(tt.access(small, travel, care, moved), "access_two_step_generalist")
    own = travel.table[travel.table["facility_id"].isin(hospitals)].groupby("zone_id")["minutes"].min()
    assert (found[own.index[own > 30]] == 0).all()
    assert (found > 0).any()


def test_means_leave_out_zones_that_reach_nothing(small: Region, travel: TravelTimes, care: Care) -> None:
    near = TravelTimes(travel.table[travel.table["minutes"] <= 20])
    found = tt.access(small, near, care)
    zones = values(found, "access_raam_surgeon").dropna()
    people = small.zones.set_index("zone_id")["population_persons"][zones.index].astype(float)
    assert 0 < len(zones) < len(small.zones)
    region = found.set_index(["indicator", "where"])["value"]["access_raam_surgeon", "region"]
    assert region == pytest.approx(float((zones * people).sum() / people.sum()))
