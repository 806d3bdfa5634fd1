"""The pilot region whole: balance, directions, simulated against expected acts, the same bytes for any workers."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import territory as tt
from territory.allocation import AIMS
from territory.care import Care
from territory.scenario import AllocationOptions, DemandOptions, NetworkOptions, SimulationOptions, load_scenario
from territory.simulation.replications import run_replication
from territory.tables import Demand, Plan, Region, TravelTimes

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "scenarios" / "fes-meknes"


@pytest.fixture(scope="module")
def travel(pilot: Region) -> TravelTimes:
    return tt.travel_times(pilot, NetworkOptions())


@pytest.fixture(scope="module")
def demand(pilot: Region, care: Care) -> Demand:
    return tt.estimate_demand(pilot, care, DemandOptions())


@pytest.fixture(scope="module")
def baseline(pilot: Region, travel: TravelTimes, demand: Demand, care: Care) -> Plan:
    return tt.allocate(pilot, travel, demand, care, load_scenario(FOLDER / "baseline.yaml").allocation)


def aims(plan: Plan) -> dict[str, float]:
    names = {name: word for word, name in AIMS.items()}
    return {names[aim.name]: aim.value for aim in plan.aims}


def check_plan(pilot: Region, demand: Demand, care: Care, plan: Plan, options: AllocationOptions) -> None:
    needed = demand.table.set_index(["zone_id", "activity"])["acts_per_year"]
    served = plan.visits.groupby(["zone_id", "activity"])["acts_per_year"].sum().reindex(needed.index).fillna(0)
    unmet = plan.unmet.set_index(["zone_id", "activity"])["acts_per_year"].reindex(needed.index).fillna(0)
    assert (served + unmet - needed).abs().max() < 1e-6
    assert (plan.posts["hours_used"] <= plan.posts["hours_available"] + 1e-6).all()
    level = pilot.facilities.set_index("facility_id")["level"]
    may = {(name.id, activity) for name in care.levels for activity in name.activities}
    on_site = plan.visits[plan.visits["mode"] == "in_person"]
    assert {*zip(level.loc[on_site["facility_id"]], on_site["activity"], strict=True)} <= may
    province = pilot.facilities.set_index("facility_id")["province"]
    basin = province if options.mobility.within == "province" else pd.Series("region", index=province.index)
    gain = (plan.posts["fte_after"] - plan.posts["fte_before"]).groupby(
        [basin.loc[plan.posts["facility_id"]].to_numpy(), plan.posts["staff_group"].to_numpy()]
    )
    hired = plan.moves[plan.moves["from_facility_id"].isna()]
    lost = plan.moves[plan.moves["to_facility_id"].isna()]
    change = gain.sum()
    for moves, place, sign in ((hired, "to_facility_id", -1), (lost, "from_facility_id", 1)):
        keys = [basin.loc[moves[place]].to_numpy(), moves["staff_group"].to_numpy()]
        change = change.add(sign * moves["fte"].groupby(keys).sum(), fill_value=0)
    assert change.abs().max() < 1e-6


@pytest.mark.parametrize("name", ["staff-mobility", "recruitment", "telemedicine", "closures"])
def test_every_shipped_scenario_keeps_its_limits(
    pilot: Region, travel: TravelTimes, demand: Demand, care: Care, baseline: Plan, name: str
) -> None:
    options = load_scenario(FOLDER / f"{name}.yaml").allocation
    plan = tt.allocate(pilot, travel, demand, care, options)
    check_plan(pilot, demand, care, plan, options)
    before, after = aims(baseline), aims(plan)
    if name == "staff-mobility":
        assert after["unmet"] < before["unmet"]
        assert len(plan.moves) > 0
    if name == "recruitment":
        assert after["unmet"] < before["unmet"]
        pay = {group.id: group.pay_mad_per_year.value for group in care.staff_groups}
        assert (plan.moves["fte"] * plan.moves["staff_group"].map(pay)).sum() <= 40e6 * (1 + 1e-6)
    if name == "telemedicine":
        assert after["unmet"] <= before["unmet"] * (1 + 1e-6)
        remote = plan.visits.loc[plan.visits["mode"] == "telemedicine", "acts_per_year"].sum()
        assert remote > 0
        assert plan.remote["acts_per_year"].sum() == pytest.approx(remote)
    if name == "closures":
        assert not plan.visits["facility_id"].isin(options.closures.facilities).any()


def test_the_baseline_keeps_its_limits_and_moves_nobody(
    pilot: Region, demand: Demand, care: Care, baseline: Plan
) -> None:
    check_plan(pilot, demand, care, baseline, AllocationOptions())
    assert baseline.moves.empty
    assert (baseline.posts["fte_after"] == baseline.posts["fte_before"]).all()


def test_without_its_nurses_a_province_has_more_unmet_need(
    pilot: Region, travel: TravelTimes, demand: Demand, care: Care, baseline: Plan
) -> None:
    province = "Taounate"
    here = pilot.facilities.loc[pilot.facilities["province"] == province, "facility_id"]
    nurses = (pilot.posts["staff_group"] == "nurse") & pilot.posts["facility_id"].isin(here)
    without = replace(pilot, posts=pilot.posts[~nurses])
    plan = tt.allocate(without, travel, demand, care, AllocationOptions())
    zones = pilot.zones.loc[pilot.zones["province"] == province, "zone_id"]

    def unmet(own: Plan) -> float:
        return float(own.unmet.loc[own.unmet["zone_id"].isin(zones), "acts_per_year"].sum())

    assert unmet(plan) > unmet(baseline) + 1000


def short(seed: int = 1) -> SimulationOptions:
    return SimulationOptions(seed=seed, replications=2, warm_up_days=7, days=7)


def test_more_staff_never_lengthens_simulated_waits(
    pilot: Region, travel: TravelTimes, demand: Demand, care: Care, baseline: Plan
) -> None:
    posts = baseline.posts.assign(fte_after=baseline.posts["fte_after"] * 1.3)
    both = [
        tt.simulate(pilot, travel, demand, plan, care, short(), workers=2)
        for plan in (baseline, replace(baseline, posts=posts))
    ]
    waits, refused = [], []
    for journeys in both:
        sums = journeys.visits.groupby("replication")[["wait_days", "begun", "waiting", "turned_away", "asked"]].sum()
        waits.append(sums["wait_days"] / (sums["begun"] + sums["waiting"]))
        refused.append(sums["turned_away"].sum() / sums["asked"].sum())
    assert (waits[1] <= waits[0]).all()
    assert refused[1] <= refused[0]


def test_simulated_acts_are_the_expected_acts_within_three_standard_errors(
    pilot: Region, travel: TravelTimes, demand: Demand, care: Care
) -> None:
    """With staff and beds for everybody at every hour; the error is that of a compound Poisson count."""
    rich = replace(
        pilot,
        posts=pilot.posts.assign(fte=pilot.posts["fte"] * 40),
        facilities=pilot.facilities.assign(beds=pilot.facilities["beds"] * 40),
    )
    plan = tt.allocate(rich, travel, demand, care, AllocationOptions())
    assert plan.unmet["acts_per_year"].sum() < 1e-3
    options = SimulationOptions(seed=5, replications=2, warm_up_days=14, days=14)
    network = tt.simulation.describe_network(rich, travel, demand, plan, care, options)
    stations = network.stations
    each = np.arange(len(stations.facility) + 1)
    always = {"change_start": each, "change_us": 0 * each[1:], "change_servers": np.full(len(each) - 1, 10**6)}
    network = replace(network, stations=replace(stations, **always))
    table = tt.simulation.run_network(network, replications=2, workers=2, journeys=True).journeys.table
    assert (table["started_at"] == table["asked_at"])[table["outcome"] == "done"].all()
    expected = demand.table.groupby("activity")["acts_per_year"].sum() * 2 * 14 / 365
    keys = ["replication", "patient", "activity"]
    per_patient = table.groupby(keys, observed=True).size().reset_index(name="acts")
    found = per_patient.groupby("activity", observed=True)["acts"].sum()
    error = np.sqrt((per_patient["acts"] ** 2).groupby(per_patient["activity"], observed=True).sum())
    assert set(found.index) == set(expected.index)
    for activity, acts in expected.items():
        assert abs(found[activity] - acts) <= 3 * error[activity], (activity, found[activity], acts)


def test_one_and_two_workers_give_the_same_bytes(
    pilot: Region, travel: TravelTimes, demand: Demand, care: Care, baseline: Plan
) -> None:
    one, two = (tt.simulate(pilot, travel, demand, baseline, care, short(), workers=n) for n in (1, 2))
    pd.testing.assert_frame_equal(one.table, two.table, check_exact=True)
    pd.testing.assert_frame_equal(one.stations, two.stations, check_exact=True)


@pytest.mark.slow
def test_both_engines_agree_on_the_whole_region_to_the_last_bit(
    pilot: Region, travel: TravelTimes, demand: Demand, care: Care, baseline: Plan
) -> None:
    options = SimulationOptions(
        warm_up_days=7,
        days=7,
        replications=2,
        ambulances={"CHU": 3, "CHR": 3, "CHP": 3, "CSR2": 1},
        return_share=0.5,
        no_show_share=0.2,
        patience_minutes={"minor_emergency": 170},
    )
    network = tt.simulation.describe_network(pilot, travel, demand, baseline, care, options)
    both = [run_replication(network, 0, engine=engine, recording=True) for engine in ("simpy", "compiled")]
    for name in (field.name for field in fields(both[0].tally)):
        assert np.array_equal(*(getattr(run.tally, name) for run in both)), name
    assert np.array_equal(both[0].records, both[1].records)


@pytest.mark.slow
def test_an_overloaded_region_ends_and_its_lists_grow(
    pilot: Region, travel: TravelTimes, demand: Demand, care: Care, baseline: Plan
) -> None:
    """Three times as many fall ill as the plan counts with."""
    episodes = demand.episodes.assign(episodes_per_year=3 * demand.episodes["episodes_per_year"])
    options = SimulationOptions(days=182, warm_up_days=0, replications=2)
    journeys = tt.simulate(pilot, travel, replace(demand, episodes=episodes), baseline, care, options, workers=2)
    waiting = journeys.months.groupby("month")["waiting"].sum()
    assert (waiting.diff().dropna() > 0).all()
    assert waiting.iloc[-1] > 100_000
    assert (journeys.visits[["wait_days", "same_visit_minutes", "waiting"]] >= 0).all().all()
