"""Many runs: replications in this process or in a pool of others, put together in their order."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from territory.errors import Fault, SimulationError
from territory.simulation import network as net
from territory.simulation.draws import Floats, Ints
from territory.simulation.itineraries import draw_itineraries
from territory.simulation.reference import OUTCOME_WORDS, run_reference
from territory.simulation.timetable import Timetable
from territory.tables.objects import Journeys
from territory.tables.vocabulary import MODES

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Replication:
    """The measured steps of one replication, as narrow arrays that travel well between processes.

    Parameters
    ----------
    patient, step, zone, pathway, activity, facility, mode, priority, outcome
        Of each step asked for inside the measured window, by patient and step.
    asked_us, started_us, ended_us
        Moments; -1: not up to the horizon.
    busy_us
        Time the servers of each station worked inside the window.
    """

    patient: NDArray[np.int32]
    step: NDArray[np.int16]
    zone: NDArray[np.int32]
    pathway: NDArray[np.int16]
    activity: NDArray[np.int16]
    facility: NDArray[np.int32]
    mode: NDArray[np.int8]
    priority: NDArray[np.int8]
    outcome: NDArray[np.int8]
    asked_us: Ints
    started_us: Ints
    ended_us: Ints
    busy_us: Ints


def run_replication(network: net.Network, replication: int) -> Replication:
    """Run one replication from time 0 and empty, and keep the steps asked for after the warm-up."""
    rows = draw_itineraries(network, replication)
    course = run_reference(network, rows)
    kept = course.asked_us >= network.warm_up_us
    return Replication(
        patient=rows.patient[kept].astype(np.int32),
        step=rows.step[kept].astype(np.int16),
        zone=rows.zone[kept].astype(np.int32),
        pathway=rows.pathway[kept].astype(np.int16),
        activity=rows.activity[kept].astype(np.int16),
        facility=rows.facility[kept].astype(np.int32),
        mode=rows.mode[kept].astype(np.int8),
        priority=rows.priority[kept].astype(np.int8),
        outcome=course.outcome[kept].astype(np.int8),
        asked_us=course.asked_us[kept],
        started_us=course.started_us[kept],
        ended_us=course.ended_us[kept],
        busy_us=course.busy_us,
    )


def run_replications(
    network: net.Network, replications: int, *, workers: int, progress: Progress | None
) -> list[Replication]:
    """Return all replications in their order; how many processes run them changes nothing in them.

    Raises
    ------
    SimulationError
        When `workers` is less than one.
    """
    if workers < 1:
        raise SimulationError(Fault("workers", str(workers), "1 or more", "1 runs everything in this process."))
    results: dict[int, Replication] = {}
    runs = _here(network, replications) if workers == 1 else _in_pool(network, replications, min(workers, replications))
    for number, result in runs:
        results[number] = result
        if progress is not None:
            progress(len(results), replications)
    return [results[number] for number in range(replications)]


def _here(network: net.Network, replications: int) -> Iterator[tuple[int, Replication]]:
    for number in range(replications):
        yield number, run_replication(network, number)


_NETWORK: list[net.Network] = []  # in a worker: the network, sent once when the process starts


def _receive(network: net.Network) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # an interrupt ends a worker without a traceback of its own
    _NETWORK[:] = [network]


def _run_received(replication: int) -> Replication:
    return run_replication(_NETWORK[0], replication)


def _in_pool(network: net.Network, replications: int, workers: int) -> Iterator[tuple[int, Replication]]:
    """Yield replications as they are done; on an interrupt or an error no worker is left behind."""
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_receive, initargs=(network,))
    try:
        awaited: dict[Future[Replication], int] = {
            pool.submit(_run_received, number): number for number in range(replications)
        }
        while awaited:
            done, _ = wait(awaited, return_when=FIRST_COMPLETED)
            for future in done:
                yield awaited.pop(future), future.result()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - others:
            child.terminate()
        raise
    pool.shutdown()


def assemble(network: net.Network, results: list[Replication]) -> Journeys:
    """Return the journeys of all replications as one table, words as categories.

    Raises
    ------
    TableError
        When a column breaks its declaration.
    """
    names = network.names

    def joined(column: str) -> NDArray[np.int64]:
        return np.concatenate([getattr(result, column) for result in results])

    def words(column: str, categories: tuple[str, ...]) -> pd.Series:
        return _words(joined(column), categories)

    def days(column: str) -> Floats:
        moments = joined(column)
        return np.where(moments < 0, np.nan, moments / net.US_PER_DAY)

    minutes, km = network.routes.trips(joined("zone"), joined("activity"), joined("facility"), joined("mode"))
    table = pd.DataFrame(
        {
            "patient": joined("patient"),
            "replication": np.repeat(np.arange(len(results)), [len(result.patient) for result in results]),
            "pathway": words("pathway", names.pathways),
            "zone_id": words("zone", names.zones),
            "step": joined("step"),
            "activity": words("activity", names.activities),
            "facility_id": words("facility", names.facilities),
            "mode": words("mode", MODES),
            "priority": joined("priority"),
            "asked_at": days("asked_us"),
            "started_at": days("started_us"),
            "ended_at": days("ended_us"),
            "travel_minutes": minutes,
            "travel_km": km,
            "outcome": words("outcome", OUTCOME_WORDS),
        }
    )
    return Journeys(
        table=table,
        stations=_stations(network, results),
        measured_from_day=float(network.warm_up_days),
        measured_to_day=float(network.warm_up_days + network.days),
        replications=len(results),
    )


def _words(codes: Ints, categories: tuple[str, ...]) -> pd.Series:
    return pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(categories)))


def _stations(network: net.Network, results: list[Replication]) -> pd.DataFrame:
    """Return the busy and the open hours of each station inside the window, a row for each replication.

    Contracted facilities have no row: nobody knows their hours.
    """
    names, stations = network.names, network.stations
    count = stations.in_post
    open_hours = [network.days / 7 * Timetable(*stations.timetable(station)).server_hours for station in range(count)]
    return pd.DataFrame(
        {
            "replication": np.repeat(np.arange(len(results)), count),
            "facility_id": _words(np.tile(stations.facility[:count], len(results)), names.facilities),
            "staff_group": _words(np.tile(stations.group[:count], len(results)), names.groups),
            "busy_hours": np.concatenate([result.busy_us[:count] for result in results]) / net.US_PER_HOUR,
            "open_hours": np.tile(np.array(open_hours), len(results)),
        }
    )
