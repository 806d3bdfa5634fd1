"""A simulated plan: what it must share with the plan, and what must not change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from territory.simulation import network as net
from territory.simulation.arrivals import draw_patients
from territory.simulation.draws import run_key
from territory.simulation.replications import run_replication

if TYPE_CHECKING:
    from conftest import TinyRegion

    from territory.tables.objects import Journeys


def same_rows(left: pd.DataFrame, right: pd.DataFrame, zones: tuple[str, ...]) -> None:
    """Hold that the rows of some zones are equal but for the numbers of the patients."""
    pairs = []
    for table in (left, right):
        rows = table.loc[table["zone_id"].isin(zones)].drop(columns="patient")
        words = rows.select_dtypes("category").columns
        rows = rows.astype(dict.fromkeys(words, "str"))
        pairs.append(rows.sort_values(rows.columns.tolist(), ignore_index=True))
    pd.testing.assert_frame_equal(*pairs, check_exact=True)


def waits_hours(journeys: Journeys) -> pd.Series:
    """Return the waits of all steps that began."""
    return 24 * (journeys.table["started_at"] - journeys.table["asked_at"]).dropna()


def test_simulated_acts_are_the_expected_ones(tiny: TinyRegion) -> None:
    region = tiny.but(options={**tiny.options, "days": 84, "replications": 8, "seed": 8})
    region = region.but(posts={post: 5 * fte for post, fte in region.posts.items()})
    table = region.simulate().table
    years = 8 * 84 / 365
    for zone in region.zones:
        cold, injury = (region.episodes[zone, pathway] for pathway in ("cold", "injury"))
        expected = {"visit": cold, "check": 0.3 * cold + 0.5 * injury, "admission": 0.1 * cold + injury}
        found = table.loc[table["zone_id"] == zone, "activity"].value_counts()
        for activity, acts_per_year in expected.items():
            mean = acts_per_year * years
            assert abs(found[activity] - mean) < 3 * np.sqrt(mean), (zone, activity)


def test_follow_ups_of_earlier_episodes_are_there_from_the_first_day(tiny: TinyRegion) -> None:
    path = [("first", "visit", [("again", 0.4, 30.0)]), ("again", "check", [("again", 0.3, 30.0)])]
    region = tiny.but(
        pathways={"cold": (2, path)},
        posts={post: 9 * fte for post, fte in tiny.posts.items()},
        episodes={("north", "cold"): 9000.0},
        options={**tiny.options, "warm_up_days": 0, "days": 28, "replications": 8},
    )
    found = region.simulate().table["activity"].value_counts()
    for activity, acts_per_year in {"visit": 9000.0, "check": 9000.0 * 0.4 / 0.7}.items():
        mean = acts_per_year * 8 * 28 / 365
        assert abs(found[activity] - mean) < 3 * np.sqrt(mean), activity


def test_facilities_share_the_acts_as_planned(tiny: TinyRegion) -> None:
    rows = tiny.but(options={**tiny.options, "days": 364}).drawn()
    visits = (rows.zone == 0) & (rows.activity == 2)
    assert (rows.facility[visits] == 1).mean() == pytest.approx(7 / 9, abs=0.02)


def test_arrivals_keep_the_hours_of_their_pathway(tiny: TinyRegion) -> None:
    network = tiny.but(options={**tiny.options, "days": 364}).network()
    people = draw_patients(network, run_key(1, 0))
    pathway = network.sources.pathway[people.source]
    hour = people.arrival_us % net.US_PER_DAY / net.US_PER_HOUR
    weekday = people.arrival_us % net.US_PER_WEEK // net.US_PER_DAY
    colds, injuries = pathway == 0, pathway == 1
    assert hour[colds].min() >= 8.5
    assert hour[colds].max() < 12
    assert np.unique(weekday[colds]).tolist() == [0, 1, 2, 3, 4]
    assert (hour[injuries] < 6).mean() == pytest.approx(0.25, abs=0.03)
    assert (weekday[injuries] > 4).mean() == pytest.approx(2 / 7, abs=0.03)


def test_every_patient_is_accounted_for(tiny: TinyRegion) -> None:
    region = tiny.but(
        options={**tiny.options, "warm_up_days": 0}, posts={post: 0.7 * fte for post, fte in tiny.posts.items()}
    )
    network = region.network()
    journeys = region.simulate()
    table = journeys.table
    for replication in range(2):
        rows = table[table["replication"] == replication]
        arrivals_us = draw_patients(network, run_key(network.seed, replication)).arrival_us
        last = rows.groupby("patient").tail(1)
        # those who fell ill before time 0 are there with follow-ups only
        assert (rows["step"] == 0).sum() == (arrivals_us >= 0).sum() < len(last)
        before_last = rows.drop(last.index)
        assert (before_last["outcome"] == "done").all()
    begun, ended = table["started_at"].notna(), table["ended_at"].notna()
    assert ((table["outcome"] == "done") == ended).all()
    assert (table["outcome"].isin(["done", "in_care"]) == begun).all()
    assert (table["started_at"] >= table["asked_at"])[begun].all()
    assert (table["ended_at"] > table["started_at"])[ended].all()
    assert table[["asked_at", "started_at", "ended_at"]].max().max() <= 28


def test_no_more_are_in_care_than_there_are_servers(one_station: TinyRegion) -> None:
    table = one_station.simulate().table
    begun = table[(table["replication"] == 0) & table["started_at"].notna()]
    moments = pd.concat(
        [pd.Series(1, begun["started_at"].to_numpy()), pd.Series(-1, begun["ended_at"].dropna().to_numpy())]
    )
    inside = moments.groupby(level=0).sum().sort_index().cumsum()
    assert inside.max() == one_station.network().stations.change_servers.max()


def test_busy_hours_stay_within_open_hours_and_hold_the_work(tiny: TinyRegion) -> None:
    stations = tiny.simulate().stations
    assert (stations["busy_hours"] <= stations["open_hours"]).all()
    nurses = stations[(stations["facility_id"] == "post") & (stations["staff_group"] == "nurse")]
    expected = (7000 + 6000) / 365 * 28 * 10 / 60
    assert nurses["busy_hours"].mean() == pytest.approx(expected, rel=0.1)
    assert nurses["open_hours"].tolist() == pytest.approx([3 * 1825 * 28 / 365] * 2)


@pytest.mark.slow
def test_the_number_of_workers_changes_no_byte(tiny: TinyRegion) -> None:
    region = tiny.but(options={**tiny.options, "replications": 3})
    calls: list[tuple[int, int]] = []
    alone = region.simulate()
    together = region.simulate(workers=2, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(1, 3), (2, 3), (3, 3)]
    pd.testing.assert_frame_equal(alone.table, together.table, check_exact=True)
    pd.testing.assert_frame_equal(alone.stations, together.stations, check_exact=True)
    for column in alone.table.columns:
        left, right = (journeys.table[column] for journeys in (alone, together))
        assert left.to_numpy().tobytes() == right.to_numpy().tobytes() or left.dtype == "category"


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_another_seed_gives_another_history(tiny: TinyRegion, engine: str) -> None:
    first, again, other = (
        run_replication(
            tiny.but(options={**tiny.options, "seed": seed}).network(), 0, engine=engine, recording=True
        ).records
        for seed in (1, 1, 2)
    )
    assert first.tobytes() == again.tobytes() != other.tobytes()


def test_a_further_zone_moves_no_draw_of_the_others(tiny: TinyRegion) -> None:
    roomy = tiny.but(posts={post: 60 * fte for post, fte in tiny.posts.items()})  # nobody waits for anybody
    roomy = roomy.but(facilities={"hospital": ("hospital", 4000.0), "post": ("post", None)})
    visits = {("middle", *key[1:]): acts for key, acts in roomy.visits.items() if key[0] == "north"}
    wider = roomy.but(
        zones=("north", "middle", "south"),
        episodes={("middle", "cold"): 8000.0, **roomy.episodes},
        visits={**roomy.visits, **visits},
    )
    same_rows(roomy.simulate().table, wider.simulate().table, ("north", "south"))


def test_a_further_facility_and_pathway_move_no_draw(tiny: TinyRegion) -> None:
    wider = tiny.but(
        facilities={"annex": ("post", None), **tiny.facilities},
        posts={("annex", "nurse"): 1.0, ("annex", "doctor"): 1.0, **tiny.posts},
        pathways={"birth": (1, [("door", "admission", [])]), **tiny.pathways},
    )
    same_rows(tiny.simulate().table, wider.simulate().table, tiny.zones)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_more_staff_never_lengthens_waits(one_station: TinyRegion, tiny: TinyRegion, seed: int) -> None:
    means = [
        waits_hours(
            one_station.but(
                posts={("here", "staff"): servers}, options={**one_station.options, "seed": seed}
            ).simulate()
        ).mean()
        for servers in (2.9, 3.0, 3.4, 4.0, 6.0)
    ]
    assert means == sorted(means, reverse=True)
    region = tiny.but(options={**tiny.options, "seed": seed})
    means = [
        waits_hours(region.but(posts={post: factor * fte for post, fte in tiny.posts.items()}).simulate()).mean()
        for factor in (0.6, 0.8, 1.0, 1.5)
    ]
    assert means == sorted(means, reverse=True)


def test_the_warm_up_is_left_out(tiny: TinyRegion) -> None:
    journeys = tiny.simulate()
    assert (journeys.measured_from_day, journeys.measured_to_day) == (14.0, 42.0)
    assert journeys.table["asked_at"].min() >= 14
    assert journeys.table["asked_at"].max() < 42


def test_words_are_categories_common_to_all_replications(tiny: TinyRegion) -> None:
    table = tiny.simulate().table
    assert set(table.columns[table.dtypes == "category"]) == {
        "pathway",
        "zone_id",
        "activity",
        "facility_id",
        "mode",
        "outcome",
    }
    assert table["replication"].unique().tolist() == [0, 1]
    assert (table["travel_minutes"] == 10).all()


def test_a_region_where_nobody_falls_ill_has_no_journeys(tiny: TinyRegion) -> None:
    journeys = tiny.but(episodes={}).simulate()
    assert len(journeys.table) == 0
    assert (journeys.stations["busy_hours"] == 0).all()
