"""Small networks told by hand, and how their measures are held to theory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy import stats

from territory.simulation import Experiment, Network, read_network, run_network
from territory.simulation import network as net
from territory.simulation import tally as count

RETRIES = 2  # a true equality fails one time in twenty: three chances leave one failure in 8,000


def exponential(mean: float) -> dict[str, Any]:
    """Return an exponential law."""
    return {"law": "exponential", "mean_minutes": mean}


def one_queue(
    rate_per_hour: float, servers: int, service: dict[str, Any], days: int = 364, **rules: Any
) -> dict[str, Any]:
    """Return a network of one station with Poisson arrivals."""
    return {
        "sources": {"town": {"to": "clinic", "rate_per_hour": rate_per_hour}},
        "stations": {"clinic": {"servers": servers, "service": service, **rules}},
        "days": days,
        "warm_up_days": 28,
    }


def run(told: dict[str, Any] | Network, replications: int = 10, seed: int = 1) -> Experiment:
    """Run a network with the engine there is."""
    network = told if isinstance(told, Network) else read_network(told)
    return run_network(replace(network, seed=seed), replications=replications)


def agrees(values: np.ndarray, theory: float) -> bool:
    """Say whether the 95 % interval of the mean holds the theory."""
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return bool(abs(values.mean() - theory) <= half)


def assert_agrees(told: dict[str, Any] | Network, measure: Any, theory: float, within: float = 0.05) -> None:
    """Hold a measure (a name, or a function of tallies) to its theory at 95 %, with the stated retries.

    The interval must be narrow too, or anything would agree.
    """
    found = []
    for seed in range(1, RETRIES + 2):
        experiment = run(told, seed=seed)
        if isinstance(measure, str):
            values = experiment.values(measure)
        else:
            values = np.array([measure(experiment.network, result.tally) for result in experiment.results])
        found.append(values)
        half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
        assert half < within * abs(theory) + 1e-12, "too few observations"
        if agrees(values, theory):
            return
    raise AssertionError([(values.mean(), values.std(ddof=1) / np.sqrt(len(values)), theory) for values in found])


def cells(network: Network, tally: count.Tally, activity: str | None = None) -> np.ndarray:
    """Return the sums of all visits, or of those at one station (and class)."""
    table = tally.classes
    if activity is not None:
        of_class = np.arange(len(table)) // 2 % len(network.names.activities)
        table = table[of_class == network.names.activities.index(activity)]
    return table.sum(axis=0)


def share(column: int) -> Any:
    """Return the share of visits in a column, as a function of a network and its tally."""
    return lambda network, tally: cells(network, tally)[column] / cells(network, tally)[count.ASKED]


def minutes(milliseconds: float) -> float:
    """Return milliseconds as minutes."""
    return milliseconds / net.MS_PER_MINUTE
