"""Models with known answers, in place of a scenario's stages; in a module of their own, so that workers find them."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any

import numpy as np

from territory.scenario import Scenario

X1, X2, X3 = "demand.factor", "network.speed_factor", "allocation.largest_workload"
SCENARIO = "name: base\nterritory: fes-meknes\ncare: morocco\n"
ONE_WIDE = {"low": 0.0001, "high": 1.0001}  # demand.factor must be above zero


def places(scenario: Scenario) -> tuple[float, float, float]:
    """Return three factors between 0 and 1."""
    return (
        scenario.demand.factor - ONE_WIDE["low"],
        scenario.network.speed_factor - ONE_WIDE["low"],
        scenario.simulation.no_show_share / 0.9,
    )


FACTORS: dict[str, Any] = {
    "demand.factor": ONE_WIDE,
    "network.speed_factor": ONE_WIDE,
    "simulation.no_show_share": {"low": 0.0, "high": 0.9},
}


def ishigami(scenario: Scenario) -> dict[str, float]:
    """Return the function of Ishigami & Homma (1990) with a = 7 and b = 0.1."""
    x, y, z = (np.pi * (2 * place - 1) for place in places(scenario))
    return {"y": float(np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x))}


def sobol_g(scenario: Scenario) -> dict[str, float]:
    """Return the G function of Sobol with a = (0, 1, 9)."""
    return {
        "y": float(np.prod([(abs(4 * x - 2) + a) / (1 + a) for x, a in zip(places(scenario), (0, 1, 9), strict=True)]))
    }


def plane(scenario: Scenario) -> dict[str, float]:
    """Return 3 x + 2 y z: effects that are known at every point."""
    x, y, z = places(scenario)
    return {"y": 3 * x + 2 * y * z}


def planted(scenario: Scenario) -> dict[str, float]:
    """Return 1 inside a box of two factors, else 0."""
    x, y, _ = places(scenario)
    return {"y": float(0.2 <= x <= 0.6 and y >= 0.7)}


def fails_often(scenario: Scenario) -> dict[str, float]:
    """Raise where the first factor is high."""
    x, y, _ = places(scenario)
    if x > 0.8:
        msg = "too much"
        raise ValueError(msg)
    return {"y": x + y}


def slow(scenario: Scenario) -> dict[str, float]:
    """Take a little while."""
    time.sleep(0.01)
    return plane(scenario)


def dies(scenario: Scenario) -> dict[str, float]:
    """End the process where the first factor is high."""
    if places(scenario)[0] > 0.9:
        os.kill(os.getpid(), signal.SIGKILL)
    return plane(scenario)


def leaves(scenario: Scenario) -> dict[str, float]:
    """End the programme."""
    sys.exit(3)


def constant(scenario: Scenario) -> dict[str, float]:
    """Return the same, whatever the factors."""
    return {"y": 2.0}


def draws(scenario: Scenario) -> dict[str, float]:
    """Return a chance of the seed of the scenario."""
    return {"y": float(np.random.default_rng(scenario.simulation.seed).random())}


def broken(scenario: Scenario) -> dict[str, float]:
    """Fail in ways of all kinds."""
    x = places(scenario)[0]
    if x > 0.75:
        return {"y": float("inf")}
    if x > 0.5:
        return None  # type: ignore[return-value]
    if x > 0.25:
        raise OSError("no such file")
    assert x > 0.9
    return {"y": x}
