"""The engine against queueing theory: one station that never closes, Poisson arrivals, known laws of service."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from territory.simulation import network as net
from territory.simulation.replications import run_replication

if TYPE_CHECKING:
    from conftest import TinyRegion

HOURS_OF_A_YEAR = 8760.0
MINUTES = 10.0
REPLICATIONS = 5


def erlang_c(servers: int, load: float) -> float:
    """Return the probability of waiting in M/M/c with `load` Erlang."""
    blocking = 1.0
    for busy in range(1, servers + 1):
        blocking = load * blocking / (busy + load * blocking)
    return blocking / (1 - load / servers * (1 - blocking))


def with_law(network: net.Network, law: int) -> net.Network:
    """Return the network with one law for all services."""
    acts = replace(network.acts, task_law=np.full_like(network.acts.task_law, law))
    return replace(network, acts=acts)


def at_all_hours(network: net.Network, servers: int) -> net.Network:
    """Return the network of one station with so many servers around the clock, as the theory has it."""
    zero = np.zeros(1, dtype=np.int64)
    stations = replace(
        network.stations, change_start=np.array([0, 1]), change_minutes=zero, change_servers=zero + servers
    )
    return replace(network, stations=stations)


def mean_waits(network: net.Network) -> np.ndarray:
    """Return the mean wait in minutes of each replication and priority, shape (replications, priorities)."""
    means = []
    for number in range(REPLICATIONS):
        rows = run_replication(network, number)
        begun = rows.started_us >= 0
        waits = (rows.started_us - rows.asked_us) / net.US_PER_MINUTE
        means.append([waits[begun & (rows.priority == level)].mean() for level in np.unique(rows.priority)])
    return np.array(means)


def assert_agrees(means: np.ndarray, theory: float) -> None:
    """Hold the mean to the theory within four standard errors, and those below 5 % of the theory."""
    error = means.std(ddof=1) / math.sqrt(len(means))
    assert error < 0.05 * theory
    assert abs(means.mean() - theory) < 4 * error


def loaded(one_station: TinyRegion, servers: int, use: float, days: int = 182) -> TinyRegion:
    """Return the station with so many servers, each in use for the share `use` of the time."""
    per_year = use * servers * 60 / MINUTES * HOURS_OF_A_YEAR
    return one_station.but(
        posts={("here", "staff"): float(servers)},
        episodes={("town", "come"): per_year},
        options={"seed": 11, "warm_up_days": 7, "days": days},
    )


@pytest.mark.slow
@pytest.mark.parametrize(("servers", "use"), [(1, 0.7), (3, 0.8), (8, 0.9)])
def test_mean_wait_is_that_of_erlang_c(one_station: TinyRegion, servers: int, use: float) -> None:
    network = at_all_hours(with_law(loaded(one_station, servers, use).network(), net.EXPONENTIAL), servers)
    theory = erlang_c(servers, use * servers) * MINUTES / (servers * (1 - use))
    assert_agrees(mean_waits(network)[:, 0], theory)


@pytest.mark.parametrize(
    ("law", "squared_variation"),
    [(net.EXPONENTIAL, 1.0), (net.LOGNORMAL, net.SERVICE_CV**2), (net.DETERMINISTIC, 0.0)],
)
def test_mean_wait_of_one_server_is_that_of_pollaczek_and_khinchine(
    one_station: TinyRegion, law: int, squared_variation: float
) -> None:
    use = 0.7
    network = with_law(loaded(one_station, 1, use).network(), law)
    theory = use / (1 - use) * MINUTES * (1 + squared_variation) / 2
    assert_agrees(mean_waits(network)[:, 0], theory)


def test_two_priorities_wait_as_cobham_says(one_station: TinyRegion) -> None:
    use_high, use_low = 0.3, 0.4
    per_year = 60 / MINUTES * HOURS_OF_A_YEAR
    region = loaded(one_station, 1, 0.7, days=364).but(
        pathways={"urgent": (0, [("door", "act", [])]), "later": (5, [("door", "act", [])])},
        episodes={("town", "urgent"): use_high * per_year, ("town", "later"): use_low * per_year},
    )
    means = mean_waits(with_law(region.network(), net.EXPONENTIAL))
    residual = (use_high + use_low) * MINUTES
    assert_agrees(means[:, 0], residual / (1 - use_high))
    assert_agrees(means[:, 1], residual / ((1 - use_high) * (1 - use_high - use_low)))


def test_stays_fill_beds_as_little_says(one_station: TinyRegion) -> None:
    beds, days_of_stay = 60.0, 3.0
    region = one_station.but(
        activities={"act": ({"staff": 10.0}, "stay", "continuous", days_of_stay)},
        facilities={"here": ("clinic", beds)},
        episodes={("town", "come"): 0.6 * beds / days_of_stay * 365},
        options={"seed": 3, "warm_up_days": 28, "days": 364},
    )
    journeys = region.simulate()
    rows = journeys.stations.loc[journeys.stations["staff_group"] == "beds"]
    occupied = rows["busy_hours"].sum() / rows["open_hours"].sum()
    assert occupied == pytest.approx(0.6, rel=0.03)
