"""Two engines, one truth: every count and every record of the reference and the compiled engine are equal."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simulation.queues import exponential, one_queue

from territory.simulation import Network, read_network, run_network
from territory.simulation import network as net
from territory.simulation import tally as count
from territory.simulation.replications import run_replication

if TYPE_CHECKING:
    from conftest import TinyRegion

pytest.importorskip("numba")

DAY_SHIFT = [{"days": ["mon", "tue", "thu"], "from_hour": 8.5, "to_hour": 15, "servers": 2}]
NIGHT = [{"from_hour": 0, "to_hour": 24, "servers": 1}, *DAY_SHIFT]


def assert_equal(network: Network, replication: int = 0) -> None:
    """Hold all counts and all records of both engines to be the same bits."""
    both = [run_replication(network, replication, engine=engine, recording=True) for engine in ("simpy", "compiled")]
    for name in (field.name for field in fields(both[0].tally)):
        left, right = (getattr(run.tally, name) for run in both)
        assert left.dtype == right.dtype
        assert np.array_equal(left, right), name
    assert np.array_equal(both[0].records, both[1].records)


NETWORKS: dict[str, dict[str, Any]] = {
    "one queue": one_queue(12, 3, exponential(12), days=28),
    "every law": {
        "sources": {"a": {"to": "0", "rate_per_hour": 3}},
        "stations": {
            str(place): {"servers": 2, "service": law}
            for place, law in enumerate(
                [
                    exponential(20),
                    {"law": "deterministic", "mean_minutes": 20},
                    {"law": "erlang", "mean_minutes": 20, "shape": 4},
                    {"law": "gamma", "mean_minutes": 20, "shape": 0.4},
                    {"law": "lognormal", "mean_minutes": 20, "cv": 1.2},
                    {"law": "uniform", "low_minutes": 5, "high_minutes": 35},
                    {"law": "hyperexponential", "values_minutes": [5, 50], "weights": [2, 1]},
                    {"law": "empirical", "values_minutes": [0, 10, 40], "weights": [1, 1, 1]},
                ]
            )
        },
        "routes": {str(place): {str(place + 1): 0.9} for place in range(7)},
        "travel_minutes": {"0": {"1": 33}, "3": {"4": 5000}},
        "days": 42,
    },
    "rules of queues": {
        "classes": {
            "urgent": {"priority": 0},
            "other": {"priority": 2, "patience": {"law": "gamma", "mean_minutes": 40, "shape": 2}},
            "weak": {"priority": 1, "patience": exponential(90), "dies": True},
        },
        "sources": {
            "urgent": {"to": "first", "patients": "urgent", "rate_per_hour": 3},
            "other": {
                "to": "first",
                "patients": "other",
                "rate_per_hour": [{"from_hour": 0, "per_hour": 2}, {"from_hour": 9, "per_hour": 9}],
            },
            "weak": {
                "to": "second",
                "patients": "weak",
                "between": {"law": "uniform", "low_minutes": 1, "high_minutes": 40},
            },
            "booked": {
                "to": "second",
                "patients": "other",
                "every_minutes": 15,
                "late": {"law": "lognormal", "mean_minutes": 9, "cv": 1},
                "batch": {"sizes": [1, 3], "weights": [3, 1]},
            },
        },
        "stations": {
            "first": {"servers": NIGHT, "service": exponential(9), "preemptive": True, "shift_end": "interrupt"},
            "second": {
                "servers": 4,
                "service": exponential(11),
                "capacity": 12,
                "joins": [1, 0.7, 0.4],
                "no_show": 0.1,
            },
        },
        "routes": {"first": {"second": 0.5, "first": 0.1}, "second": {"urgent": {"first": 0.9}}},
        "days": 56,
        "warm_up_days": 7,
    },
    "doors, rooms and beds": {
        "sources": {"town": {"to": "door", "rate_per_hour": 4}, "again": {"to": "theatre", "rate_per_hour": 0.4}},
        "stations": {
            "door": {"servers": DAY_SHIFT, "service": exponential(12), "walk_in": True, "returns": 0.7},
            "doctor": {"servers": NIGHT, "service": exponential(20), "needs": ["room", "nurse"]},
            "nurse": {"servers": 2, "service": exponential(6)},
            "room": {"servers": DAY_SHIFT},
            "theatre": {
                "servers": NIGHT,
                "service": exponential(60),
                "needs": ["room"],
                "bed": "ward",
                "stay": {"law": "lognormal", "mean_minutes": 2000, "cv": 1},
            },
            "ward": {"servers": 9},
        },
        "routes": {"door": {"doctor": 0.3, "nurse": 0.3}, "doctor": {"theatre": 0.1, "door": 0.2}},
        "days": 84,
    },
    "far too many": one_queue(60, 2, exponential(12), days=14),
}


# What makes arrays grow all at once: a room that opens for thousands, a batch, and a list as long as a year.
NETWORKS["thousands wait for one room"] = {
    "sources": {"a": {"to": "doctor", "every_minutes": 0.5}},
    "stations": {
        "doctor": {"servers": 3000, "service": {"law": "deterministic", "mean_minutes": 3000}, "needs": ["room"]},
        "room": {"servers": [{"days": ["tue"], "from_hour": 20, "to_hour": 24, "servers": 3000}]},
    },
    "days": 2,
}
NETWORKS["a batch of a thousand, turned away at closing"] = {
    "sources": {"a": {"to": "door", "rate_per_hour": 1, "batch": {"sizes": [1000], "weights": [1]}}},
    "stations": {"door": {"servers": DAY_SHIFT, "service": exponential(3), "walk_in": True, "returns": 0.9}},
    "days": 4,
}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("replication", [0, pytest.param(3, marks=pytest.mark.slow)])
def test_networks_told_by_hand(name: str, replication: int) -> None:
    assert_equal(read_network(NETWORKS[name]), replication)


def test_the_region_of_every_rule(tiny: TinyRegion) -> None:
    region = tiny.but(
        remote={"check": ({"nurse": 20.0}, {"doctor": 10.0})},
        remote_acts={("hospital", "check"): 3000.0},
        visits={**tiny.visits, ("north", "post", "check", "telemedicine"): 3000.0},
        unmet={("south", "visit"): 3000.0},
        posts={post: 0.7 * fte for post, fte in tiny.posts.items()},
        pathways={
            **tiny.pathways,
            "injury": (0, [("door", "visit", [("ward", 0.6, 0.0)]), ("ward", "admission", [])]),
        },
        places={"hospital": "north", "post": "south"},
        options={
            **tiny.options,
            "no_show_share": 0.1,
            "telemedicine_failure_share": 0.2,
            "return_share": 0.6,
            "patience_minutes": {"injury": 300},
            "die_waiting": ["injury"],
            "ambulances": {"post": 1},
            "seasons": {"cold": [1.5, 0.5] * 6},
            "outbreaks": [{"pathway": "injury", "from_day": 3, "to_day": 9, "factor": 4}],
        },
    )
    network = region.network()
    assert_equal(network)
    ambulances = region.simulate().stations.query("staff_group == 'ambulances'")
    assert (ambulances["served"] > 0).all()


laws = st.sampled_from(
    [exponential(10), {"law": "deterministic", "mean_minutes": 10}, {"law": "erlang", "mean_minutes": 10, "shape": 2}]
)
stations = st.fixed_dictionaries(
    {"servers": st.integers(1, 3) | st.just(DAY_SHIFT) | st.just(NIGHT), "service": laws},
    optional={
        "shift_end": st.sampled_from(["finish", "interrupt"]),
        "preemptive": st.booleans(),
        "capacity": st.integers(1, 9),
        "joins": st.lists(st.floats(0, 1), min_size=1, max_size=3),
        "walk_in": st.booleans(),
        "returns": st.floats(0, 0.9),
        "no_show": st.floats(0, 0.5),
    },
)


@st.composite
def networks(draw: st.DrawFn) -> dict[str, Any]:
    """Return a small network with any rules."""
    names = ["a", "b", "c"][: draw(st.integers(1, 3))]
    classes = {"x": {"priority": 0}, "y": {"priority": 1, "patience": exponential(draw(st.integers(5, 200)))}}
    return {
        "classes": classes,
        "sources": {
            word: {"to": draw(st.sampled_from(names)), "patients": word, "rate_per_hour": draw(st.integers(1, 12))}
            for word in classes
        },
        "stations": {name: draw(stations) for name in names},
        "routes": {name: {other: draw(st.floats(0, 0.9 / len(names))) for other in names} for name in names},
        "days": 7,
        "seed": draw(st.integers(0, 10)),
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(told=networks())
def test_any_network(told: dict[str, Any]) -> None:
    assert_equal(read_network(told))


def test_the_seed_of_a_replication_is_not_that_of_another() -> None:
    network = read_network(NETWORKS["one queue"])
    first, second = (run_replication(network, number, engine="compiled", recording=True).records for number in (0, 1))
    assert not np.array_equal(first[:100], second[:100])
    other = run_replication(replace(network, seed=2), 0, engine="compiled", recording=True).records
    assert not np.array_equal(first[:100], other[:100])


def test_sums_of_very_long_lists_do_not_overflow() -> None:
    told = one_queue(100, 1, exponential(60_000), days=364)
    (result,) = run_network(read_network(told), replications=1, engine="compiled").results
    assert (result.tally.classes >= 0).all()
    mean_days = result.tally.classes[1, count.WAIT_MS] / result.tally.classes[1, count.ASKED] / net.MS_PER_DAY
    assert mean_days == pytest.approx(182, rel=0.02)


def test_more_servers_than_anybody_needs_take_no_room() -> None:
    shift = [{"days": ["mon"], "from_hour": 8, "to_hour": 16, "servers": 1_000_000}]
    network = read_network({**one_queue(100, 1, exponential(5), days=7), "warm_up_days": 0})
    stations = {**one_queue(100, 1, exponential(5))["stations"]["clinic"], "servers": shift}
    wide = read_network({**one_queue(100, 1, exponential(5), days=7), "stations": {"clinic": stations}})
    for own in (network, wide):
        (result,) = run_network(own, replications=1, engine="compiled", journeys=True).results
        assert len(result.records)
