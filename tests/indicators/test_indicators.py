"""Indicators against closed forms, plain rewrites and hand-made tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from counted import visits_of
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import territory as tt
from territory.care import Care
from territory.indicators import gini, interval
from territory.indicators.access import nearness
from territory.indicators.waits import simulated_values
from territory.scenario import NetworkOptions
from territory.tables import COSTS, JOURNEYS, RUN_TABLES, SHADOW_PRICES, Journeys, Region
from territory.tables.columns import Schema
from territory.tables.schemas import ACTIVITIES, MOVES, POSTS, REMOTE, UNMET, VISITS


def test_gini_of_an_exponential_is_a_half() -> None:
    # quantiles of an exponential law: its Gini coefficient is 1/2
    values = -np.log1p(-(np.arange(20_000) + 0.5) / 20_000)
    assert gini(values, np.ones_like(values)) == pytest.approx(0.5, abs=1e-3)


@given(st.lists(st.tuples(st.floats(0.1, 100), st.integers(1, 20)), min_size=1, max_size=12))
def test_gini_equals_the_mean_difference_of_all_pairs(rows: list[tuple[float, int]]) -> None:
    people = np.repeat([value for value, _ in rows], [count for _, count in rows])
    by_pairs = np.abs(people[:, None] - people[None, :]).mean() / (2 * people.mean())
    found = gini(np.array([value for value, _ in rows]), np.array([count for _, count in rows], dtype=float))
    assert found == pytest.approx(by_pairs, abs=1e-9)


def test_interval_is_students() -> None:
    values = np.array([4.0, 5.0, 6.0, 9.0])
    mean, low, high = interval(values)
    expected = stats.t.interval(0.95, 3, loc=values.mean(), scale=stats.sem(values))
    assert (mean, low, high) == pytest.approx((6.0, *expected))
    assert np.isnan(interval(np.array([1.0]))[1])
    assert np.isnan(interval(np.array([]))[0])


def test_people_near_facilities_by_a_plain_loop(small: Region, care: Care) -> None:
    travel = tt.travel_times(small, NetworkOptions())
    closed = small.facilities.loc[small.facilities["level"] == "CSR1", "facility_id"].iloc[0]
    plan = made_plan(closed)
    found = {(row["indicator"], row["where"]): row["value"] for row in nearness(small, travel, plan, care)}
    levels = {"primary": {"DR", "CSR1", "CSR2", "CSU1", "CSU2"}, "HPr": {"HPr"}}
    for name, members in levels.items():
        near = set(small.facilities.loc[small.facilities["level"].isin(members), "facility_id"]) - {closed}
        people = within = 0.0
        for zone in small.zones.itertuples():
            own = travel.table[(travel.table["zone_id"] == zone.zone_id) & travel.table["facility_id"].isin(near)]
            people += zone.population_persons
            within += zone.population_persons * (own["minutes"].min() <= 30)
        assert found[f"people_within_30_minutes_{name}", "region"] == pytest.approx(within / people)


def rows(schema: Schema, *found: tuple[object, ...]) -> pd.DataFrame:
    return schema.check(pd.DataFrame(list(found), columns=schema.names))


def made_plan(closed: str | None = None) -> tt.Plan:
    activities = [] if closed is None else [(closed, "nursing_care", True, False, np.nan, 0.0)]
    return tt.Plan(
        visits=rows(VISITS, ("z", "f", "general_consultation", "in_person", 100.0, 5.0)),
        unmet=rows(UNMET),
        posts=rows(POSTS, ("f", "nurse", 2.0, 1.5, 0.0, 0.0)),
        moves=rows(MOVES),
        activities=rows(ACTIVITIES, *activities),
        shadow_prices=SHADOW_PRICES.empty(),
        remote=rows(REMOTE),
        costs=rows(COSTS, ("pay", "f", 200.0, 150.0)),
    )


def journeys(rows: list[tuple[int, str, int, float, float | None, str]]) -> Journeys:
    columns = ["replication", "activity", "priority", "asked_at", "started_at", "outcome"]
    table_starts = [row[4] for row in rows]
    table = pd.DataFrame(rows, columns=columns).assign(
        patient=range(len(rows)),
        pathway="p",
        zone_id="z",
        step=0,
        facility_id="f",
        mode="in_person",
        ended_at=[None if start is None else start + 25 / 1440 for start in table_starts],
        travel_minutes=5.0,
        travel_km=1.0,
    )[JOURNEYS.names]
    stations = pd.DataFrame(
        [(0, "f", "nurse", 4, 3.0, 10.0, 2.0), (1, "f", "nurse", 4, 5.0, 10.0, 2.0)],
        columns=RUN_TABLES["simulated_stations"].names,
    )
    episodes = pd.DataFrame(
        [(0, "z", "p", 4, 4, 1.0, 2, 1, 3.0, 5, 50.0, 9.0), (1, "z", "p", 2, 2, 1.0, 2, 2, 3.0, 2, 10.0, 9.0)],
        columns=RUN_TABLES["simulated_episodes"].names,
    )
    others = {name: RUN_TABLES[f"simulated_{name}"].empty() for name in ("classes", "hours", "months", "seasons")}
    return Journeys(
        visits=visits_of(JOURNEYS.check(table), to_day=14.0),
        episodes=episodes,
        stations=stations,
        **others,
        measured_from_day=7.0,
        measured_to_day=14.0,
        replications=2,
    )


def test_waits_are_told_apart(care: Care) -> None:
    minute = 1 / 1440
    made = journeys(
        [
            (0, "general_consultation", 2, 8.0, 8.0 + 10 * minute, "done"),
            (0, "general_consultation", 2, 8.0, 8.0 + 30 * minute, "in_care"),
            (0, "general_consultation", 2, 8.0, 9.5, "done"),  # back on another day
            (0, "general_consultation", 2, 8.0, None, "turned_away"),
            (0, "general_consultation", 12, 8.0, 8.0 + 90 * minute, "done"),  # no place in the plan
            (0, "cardiology_consultation", 2, 8.0, 11.0, "done"),
            (0, "cardiology_consultation", 2, 12.0, None, "waiting"),  # two days so far
            (1, "general_consultation", 2, 8.0, 8.0 + 40 * minute, "done"),
            (1, "cardiology_consultation", 2, 8.0, 9.0, "done"),
        ]
    )
    values = simulated_values(made, care).query("where == 'region'").set_index(["indicator", "replication"])["value"]
    assert values["wait_minutes_walk_in", 0] == pytest.approx(20)
    assert values["wait_minutes_walk_in", 1] == pytest.approx(40)
    assert values["wait_minutes_walk_in_no_place", 0] == pytest.approx(90)
    assert values["wait_days_appointment", 0] == pytest.approx(2.5)
    assert values["minutes_on_site_walk_in", 1] == pytest.approx(25)
    assert values["share_turned_away", 0] == pytest.approx(1 / 4)
    assert values["share_another_day", 0] == pytest.approx(1 / 4)
    assert values["share_still_waiting", 0] == pytest.approx(1 / 6)
    assert values["share_no_place", 0] == pytest.approx(1 / 7)
    assert values["occupancy_simulated_nurse", 1] == pytest.approx(0.5)
    assert values["time_to_care_days", 0] == pytest.approx(0.25)
    assert values["travel_minutes_per_episode", 0] == pytest.approx(25)  # 50 minutes one way, four episodes
    assert values["share_inside_province", 0] == pytest.approx(0.5)
    assert values["waiting_list_nurse", 0] == pytest.approx(2 / (7 * 24))
    assert values["waiting_list_days_nurse", 0] == pytest.approx(2 / 24 / 4)  # Little: waited by the four served
