"""How precise is it? Measures of a replication, their intervals, and the warm-up found by MSER-5."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import stdtrit

from territory.errors import Fault, SimulationError, nearest
from territory.simulation import network as net
from territory.simulation import tally as count
from territory.simulation.draws import Floats
from territory.simulation.outcomes import GAVE_UP, TURNED_AWAY, WAITING
from territory.simulation.tally import Tally

CONFIDENCE = 0.95
_BATCH = 5
_LEAST_BATCHES = 5  # near the end a few batches that happen to be alike give a false minimum


def measures(activities: Sequence[str]) -> list[str]:
    """Return the measures of a network: waits in minutes, of everybody and by activity, and shares."""
    return ["wait", "share_turned_away", "share_gave_up", *(f"wait_{word}" for word in activities)]


def measure(network: net.Network, tally: Tally, name: str) -> float:
    """Return one measure of a replication; NaN where nobody asked."""
    cells = tally.classes
    if name.startswith("wait_"):
        activity = network.names.activities.index(name.removeprefix("wait_"))
        of_class = np.arange(len(cells)) // 2 % len(network.names.activities)
        cells = cells[of_class == activity]
    total = cells.sum(axis=0)
    if name == "share_turned_away":
        return float(total[TURNED_AWAY] / total[count.ASKED]) if total[count.ASKED] else np.nan
    if name == "share_gave_up":
        return float(total[GAVE_UP] / total[count.ASKED]) if total[count.ASKED] else np.nan
    waits = total[count.BEGUN] + total[WAITING]
    return float(total[count.WAIT_MS] / waits / net.MS_PER_MINUTE) if waits else np.nan


def check_measures(network: net.Network, half_widths: dict[str, float]) -> None:
    """Refuse measures that the network does not have.

    Raises
    ------
    SimulationError
        With one fault for each of them.
    """
    known = measures(network.names.activities)
    faults = [
        Fault("simulation.half_widths", f"'{name}'", "a measure of the network", nearest(name, known))
        for name in half_widths
        if name not in known
    ]
    if faults:
        raise SimulationError(faults)


def half_width(values: Floats) -> float:
    """Return the half-width of the 95 % interval of the mean of independent values (Student's t)."""
    if len(values) < 2 or np.isnan(values).any():  # noqa: PLR2004
        return float("inf")
    quantile = stdtrit(len(values) - 1, (1 + CONFIDENCE) / 2)
    return float(quantile * values.std(ddof=1) / np.sqrt(len(values)))


def is_precise(network: net.Network, tallies: Sequence[Tally], half_widths: dict[str, float]) -> bool:
    """Say whether every measure has the half-width asked for, as a share of its mean."""
    for name, share in half_widths.items():
        values = np.array([measure(network, tally, name) for tally in tallies])
        if not half_width(values) <= share * abs(float(values.mean())):  # of no value nothing is known
            return False
    return True


def mser5(series: Floats) -> tuple[int, bool]:
    """Return how many values to leave out at the start of a series, and whether that can be trusted.

    The series is cut into batches of five; what is left out minimises the squared standard error of the mean of the
    rest (White, Cobb & Spratt 2000, *A comparison of five steady-state truncation heuristics for simulation*, Winter
    Simulation Conference). When the minimum lies past the middle, the series has not settled: run longer.
    """
    batches = len(series) // _BATCH
    if batches <= _LEAST_BATCHES:
        return 0, False
    means = series[: batches * _BATCH].reshape(batches, _BATCH).mean(axis=1)
    errors = [means[left_out:].var() / (batches - left_out) for left_out in range(batches - _LEAST_BATCHES + 1)]
    best = int(np.argmin(errors))
    return best * _BATCH, best <= batches / 2


def warm_up_hours(network: net.Network, tallies: Sequence[Tally]) -> tuple[int, bool]:
    """Return the warm-up found from the number of people waiting, hours, and whether it can be trusted.

    A network whose week has a shape is judged by whole weeks, any other by hours.
    """
    waiting = np.mean([tally.series[:, count.WAITED] for tally in tallies], axis=0) / net.US_PER_HOUR
    step = count.HOURS_PER_WEEK if _has_a_week(network) else 1
    values = waiting[: len(waiting) // step * step].reshape(-1, step).mean(axis=1)
    left_out, trusted = mser5(values)
    return left_out * step, trusted


def _has_a_week(network: net.Network) -> bool:
    varies = (network.sources.window != net.NONE).any() or (network.sources.weekly != net.NONE).any()
    return bool(varies or len(network.stations.change_us) > len(network.stations.facility))
