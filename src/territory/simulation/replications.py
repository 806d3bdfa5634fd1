"""Many runs: replications in this process or in a pool of others, until they are as many or as precise as asked."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from territory.errors import Fault, SimulationError
from territory.processes import IF_A_WORKER_ENDED, in_processes
from territory.simulation import network as net
from territory.simulation.course import tally_of
from territory.simulation.draws import Ints
from territory.simulation.measures import is_precise
from territory.simulation.recorded import JourneysFile, in_order, records_of
from territory.simulation.reference import run_reference
from territory.simulation.tally import Tally

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Replication:
    """One finished replication: its counts, and its records where they were asked for and not written to a file."""

    tally: Tally
    records: Ints | None = None


@dataclass(frozen=True)
class Order:
    """What is run: the network, the engine, and whether every step is kept, here or in files of a folder."""

    network: net.Network
    engine: str
    recording: bool = False
    folder: Path | None = None

    def part(self, replication: int) -> Path:
        """Return the file of one replication's journeys."""
        return (self.folder or Path()) / f"journeys.{replication}.parquet"


@dataclass(frozen=True)
class Series:
    """Finished replications in their order, and whether the user stopped them early."""

    results: list[Replication]
    stopped: bool = False


def run_replication(
    network: net.Network, replication: int, *, engine: str = "simpy", recording: bool = False
) -> Replication:
    """Run one replication from time 0 and empty."""
    return _run(Order(network, engine, recording), replication)


def _run(order: Order, replication: int) -> Replication:
    network = order.network
    file = JourneysFile(network, order.part(replication), replication) if order.folder is not None else None
    if order.engine == "compiled":
        from territory.simulation.compiled import CompiledRun  # noqa: PLC0415  (Numba is an extra)

        blocks: list[Ints] = []
        take = file.take if file else blocks.append if order.recording else None
        tally = CompiledRun(network, replication, take).finish()
        records = in_order(np.concatenate(blocks)) if blocks else np.zeros((0, 9), dtype=np.int64)
    else:
        courses = run_reference(network, replication)
        tally = tally_of(network, courses)
        records = records_of(network, courses) if order.recording else np.zeros((0, 9), dtype=np.int64)
        if file is not None:
            file.take(records)
    if file is not None:
        file.close()
    return Replication(tally, records if order.recording and file is None else None)


def run_replications(
    order: Order,
    least: int,
    *,
    most: int | None = None,
    half_widths: dict[str, float] | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Series:
    """Return replications in their order; how many processes run them changes nothing in them.

    Parameters
    ----------
    order
        What is run.
    least, most
        Replications to begin with, and at most where they are not precise by then.
    half_widths
        Measures and the half-width of their interval, as a share of the mean; see `measures`. Replications stop at the
        first number at which all are as precise.
    workers
        Processes.
    progress
        Called with the replications done and their total so far.

    Raises
    ------
    SimulationError
        When `workers` is less than one, or a process ends before its work is done.
    KeyboardInterrupt
        When the user stops before two replications are done; later, what was done is returned.
    """
    if workers < 1:
        raise SimulationError(Fault("workers", str(workers), "1 or more", "1 runs everything in this process."))
    aims = half_widths or {}
    most = max(least, most or least) if aims else least
    results: dict[int, Replication] = {}
    runs = _here(order, most) if workers == 1 else _in_pool(order, most, min(workers, most))
    enough = least
    try:
        for number, result in runs:
            results[number] = result
            while (
                enough < most
                and all(n in results for n in range(enough))
                and not _precise(order, results, enough, aims)
            ):
                enough += 1
            if progress is not None:
                progress(min(len(results), enough), enough)
            if all(n in results for n in range(enough)) and (enough == most or _precise(order, results, enough, aims)):
                break
    except KeyboardInterrupt:
        done = [results[number] for number in range(most) if all(n in results for n in range(number + 1))]
        if len(done) < _LEAST_FOR_AN_INTERVAL:
            raise
        return Series(done, stopped=True)
    finally:
        runs.close()
    return Series([results[number] for number in range(enough)])


_LEAST_FOR_AN_INTERVAL = 2


def _precise(order: Order, results: dict[int, Replication], count: int, aims: dict[str, float]) -> bool:
    return is_precise(order.network, [results[number].tally for number in range(count)], aims)


def _here(order: Order, replications: int) -> Generator[tuple[int, Replication], None, None]:
    for number in range(replications):
        yield number, _run(order, number)


def _in_pool(order: Order, replications: int, workers: int) -> Generator[tuple[int, Replication], None, None]:
    """Yield replications as they are done."""
    try:
        yield from in_processes(_run, order, range(replications), workers)
    except BrokenProcessPool:
        found = f"{workers}, of which one ended before its work was done"
        expected = "processes that start, and memory for all of them"
        raise SimulationError(Fault("workers", found, expected, IF_A_WORKER_ENDED)) from None
