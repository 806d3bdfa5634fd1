"""Experiments: replications of a network, what they measured, and how sure that is."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from territory.simulation import network as net
from territory.simulation.draws import Floats
from territory.simulation.measures import check_measures, half_width, is_precise, measure, warm_up_hours
from territory.simulation.recorded import joined, table_of
from territory.simulation.replications import Order, Progress, Replication, run_replications
from territory.simulation.results import journeys_of
from territory.simulation.settings import choose_engine
from territory.tables.objects import Journeys
from territory.tables.schemas import JOURNEYS

HOURS_PER_DAY = 24
WARM_UP_NOT_FOUND = "warm_up_not_found"
STOPPED = "simulation_stopped"
NOT_PRECISE = "replications_not_precise"


@dataclass(frozen=True)
class Experiment:
    """Finished replications of one network.

    Parameters
    ----------
    network
        What was run.
    results
        The replications in their order.
    engine
        ``simpy`` or ``compiled``.
    notes
        What a reader must know; see `Journeys`.
    file
        Where every step was written, if so.
    """

    network: net.Network
    results: list[Replication]
    engine: str
    notes: tuple[str, ...] = ()
    file: Path | None = None

    @cached_property
    def journeys(self) -> Journeys:
        """The counts as tables, and every step where they were recorded."""
        tallies = [result.tally for result in self.results]
        journeys = journeys_of(self.network, tallies, engine=self.engine, notes=self.notes)
        tables = [
            table_of(self.network, result.records, number)
            for number, result in enumerate(self.results)
            if result.records is not None
        ]
        table = pd.concat(tables, ignore_index=True) if tables else JOURNEYS.empty()
        return replace(journeys, table=table, file=self.file)

    def values(self, name: str) -> Floats:
        """Return a measure of each replication: ``wait`` (minutes), ``wait_STATION``, ``share_turned_away``, ..."""
        check_measures(self.network, {name: 1.0})
        return np.array([measure(self.network, result.tally, name) for result in self.results])

    def interval(self, name: str) -> tuple[float, float, float]:
        """Return the mean of a measure and its 95 % interval over the replications (Student's t)."""
        values = self.values(name)
        mean, half = float(values.mean()), half_width(values)
        return mean, mean - half, mean + half

    def difference(self, other: Experiment, name: str) -> tuple[float, float, float]:
        """Return how much larger a measure is than in another experiment, with the 95 % interval of paired differences.

        Both must have the same seed; replications that both have are compared one by one, on the same patients.
        """
        own, others = self.values(name), other.values(name)
        count = min(len(own), len(others))
        differences = own[:count] - others[:count]
        mean, half = float(differences.mean()), half_width(differences)
        return mean, mean - half, mean + half


def run_network(
    network: net.Network,
    *,
    replications: int = 5,
    engine: str = "auto",
    workers: int = 1,
    half_widths: dict[str, float] | None = None,
    most_replications: int = 50,
    find_warm_up: bool = False,
    journeys: bool | Path = False,
    progress: Progress | None = None,
) -> Experiment:
    """Run replications of a network.

    Parameters
    ----------
    network
        From `read_network` or `describe_network`.
    replications
        Independent runs, at least.
    engine
        ``auto``, ``simpy`` or ``compiled``; the result does not depend on it.
    workers
        Processes; the result does not depend on them. More than one needs a script guarded by
        ``if __name__ == "__main__"``.
    half_widths, most_replications
        Measures and the half-width of their 95 % interval as a share of the mean at which replications stop; at most so
        many.
    find_warm_up
        Whether the warm-up is found by MSER-5 instead of taken from the network.
    journeys
        Whether to keep every step in memory, or the Parquet file to write them to.
    progress
        Called with the replications done and their total so far.

    Raises
    ------
    SimulationError
        When the compiled engine is asked for and missing, a measure is unknown, or `workers` is below 1.
    """
    chosen = choose_engine(engine)
    aims = half_widths or {}
    check_measures(network, aims)
    notes: tuple[str, ...] = ()
    if find_warm_up:
        network, notes = _with_warm_up(network, replications, chosen, workers)
    file = journeys if isinstance(journeys, Path) else None
    with ExitStack() as stack:
        scratch = TemporaryDirectory(dir=file.parent, prefix=".journeys-", ignore_cleanup_errors=True) if file else None
        folder = Path(stack.enter_context(scratch)) if scratch else None
        order = Order(network, chosen, recording=bool(journeys), folder=folder)
        series = run_replications(
            order, replications, most=most_replications, half_widths=aims, workers=workers, progress=progress
        )
        if file is not None:
            joined([order.part(number) for number in range(len(series.results))], file)
    tallies = [result.tally for result in series.results]
    stopped = (STOPPED,) if series.stopped else ()
    imprecise = () if is_precise(network, tallies, aims) else (NOT_PRECISE,)
    return Experiment(network, series.results, chosen, (*notes, *stopped, *imprecise), file)


def _with_warm_up(
    network: net.Network, replications: int, engine: str, workers: int
) -> tuple[net.Network, tuple[str, ...]]:
    """Return the network with the warm-up that MSER-5 finds, whole days or, where its week has a shape, whole weeks."""
    whole = replace(network, warm_up_days=0, days=network.warm_up_days + network.days)
    results = run_replications(Order(whole, engine), replications, workers=workers).results
    hours, trusted = warm_up_hours(network, [result.tally for result in results])
    days = -(-hours // HOURS_PER_DAY)
    return _begun_later(network, days), () if trusted else (WARM_UP_NOT_FOUND,)


def _begun_later(network: net.Network, warm_up_days: int) -> net.Network:
    """Return the network with another warm-up; seasons and outbreaks stay where they are in the measured window."""
    rates, seasonal = network.rates, set(network.sources.seasonal.tolist())
    shares, moments, periods = [], [], rates.period_us.copy()
    for table in range(len(rates.period_us)):
        part = slice(rates.start[table], rates.start[table + 1])
        share, moment = rates.share[part], rates.from_us[part]
        if table in seasonal:
            share = np.concatenate((np.full(warm_up_days, share[network.warm_up_days]), share[network.warm_up_days :]))
            moment = np.arange(len(share)) * net.US_PER_DAY
            periods[table] = len(share) * net.US_PER_DAY
        shares.append(share)
        moments.append(moment)
    if shares:
        start = net.starts([len(share) for share in shares])
        rates = net.Rates(start, np.concatenate(moments), np.concatenate(shares), periods)
    return replace(network, warm_up_days=warm_up_days, rates=rates)
