"""A planner's own processes beside the patients: watch a station, change its servers, send patients.

A process is a SimPy generator that gets the `World`. It runs with either engine and meets the same patients at the same
moments: what it does at a moment happens before all that the network does at that moment. The compiled engine is itself
one SimPy process, which runs ahead to the next moment at which any other has something to do.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

import numpy as np
import simpy

from territory.errors import Fault, SimulationError, nearest
from territory.simulation import draws
from territory.simulation.arrivals import Patients
from territory.simulation.course import tally_of
from territory.simulation.experiment import Experiment
from territory.simulation.itineraries import draw_itineraries, itineraries_of
from territory.simulation.network import US_PER_DAY, Network
from territory.simulation.recorded import in_order, records_of
from territory.simulation.reference import ReferenceRun
from territory.simulation.replications import Replication
from territory.simulation.settings import choose_engine

Process = Callable[["World"], Generator[simpy.Event, Any, None]]

_FIRST_SENT = 1 << 40  # numbers of patients that processes send
_LAST = 1 << 80  # priority of the compiled engine's own wake-ups: after everything else of a moment


class World:
    """What a process sees of a running network.

    Parameters
    ----------
    network
        The network.
    env
        The SimPy environment; its clock counts whole microseconds.
    """

    def __init__(self, network: Network, env: simpy.Environment, engine: Any) -> None:
        self.network = network
        self.env = env
        self._engine = engine
        self._sent = 0

    @property
    def day(self) -> float:
        """Days since the run began."""
        return float(self.env.now) / US_PER_DAY

    def wait(self, *, days: float) -> simpy.Event:
        """Return an event to yield: so many days from now."""
        return self.env.timeout(round(days * US_PER_DAY))

    def station(self, facility: str, group: str | None = None) -> StationView:
        """Return a station by the facility it stands in, and what it serves with where there are several.

        Raises
        ------
        SimulationError
            When there is none, or more than one.
        """
        names, stations = self.network.names, self.network.stations
        found = [
            number
            for number, (f, g) in enumerate(zip(stations.facility.tolist(), stations.group.tolist(), strict=True))
            if names.facilities[f] == facility and (group is None or (g >= 0 and names.groups[g] == group))
        ]
        if len(found) != 1:
            called = f"'{facility}'" + (f", group '{group}'" if group else "")
            hint = nearest(facility, names.facilities) if facility not in names.facilities else "Name its group."
            raise SimulationError(Fault("station", f"{len(found)} stations of {called}", "exactly one", hint))
        return StationView(self, found[0])

    def send(self, pathway: str, zone: str = "") -> None:
        """Let one more patient of a pathway fall ill in a zone now.

        Raises
        ------
        SimulationError
            When nobody of that pathway comes from that zone.
        """
        names, sources = self.network.names, self.network.sources
        for source, (p, z) in enumerate(zip(sources.pathway.tolist(), sources.zone.tolist(), strict=True)):
            if names.pathways[p] == pathway and names.zones[z] == zone:
                key = draws.patient_keys(np.array([draws.name_key("sent", zone, pathway)]), np.array([self._sent]))
                self._engine.send_patient(source, key, _FIRST_SENT + self._sent, int(self.env.now))
                self._sent += 1
                return
        expected = "a pathway and a zone with a source"
        raise SimulationError(Fault("send", f"'{pathway}' from '{zone}'", expected, nearest(pathway, names.pathways)))


class StationView:
    """A station as a process sees it."""

    def __init__(self, world: World, number: int) -> None:
        self._world = world
        self._number = number

    @property
    def waiting(self) -> int:
        """People waiting."""
        return int(self._world._engine.look(self._number)[0])  # noqa: SLF001

    @property
    def busy(self) -> int:
        """Servers at work."""
        return int(self._world._engine.look(self._number)[1])  # noqa: SLF001

    @property
    def servers(self) -> int:
        """Servers present."""
        return int(self._world._engine.look(self._number)[2])  # noqa: SLF001

    def add_servers(self, change: int) -> None:
        """Add servers to those of the timetable from now on, or take some away."""
        self._world._engine.change(self._number, change, int(self._world.env.now))  # noqa: SLF001


def run_with(
    network: Network,
    processes: Sequence[Process],
    *,
    replication: int = 0,
    engine: str = "auto",
    recording: bool = False,
) -> Experiment:
    """Run one replication with a planner's own processes.

    Parameters
    ----------
    network
        The network.
    processes
        Functions that take the `World` and return a SimPy generator.
    replication
        Number of the replication.
    engine
        ``auto``, ``simpy`` or ``compiled``; the result does not depend on it.
    recording
        Whether to keep every step.

    Raises
    ------
    SimulationError
        When the compiled engine is asked for and missing.
    """
    chosen = choose_engine(engine)
    env = simpy.Environment(initial_time=0)
    make = _Compiled if chosen == "compiled" else _Reference
    side = make(network, replication, env, recording=recording)
    world = World(network, env, side)
    for process in processes:
        env.process(process(world))
    env.run(until=network.horizon_us)
    return Experiment(network, [side.finish()], engine=chosen)


class _Reference:
    """The reference engine in the environment of the processes."""

    def __init__(self, network: Network, replication: int, env: simpy.Environment, *, recording: bool) -> None:
        self._network = network
        self._key = draws.run_key(network.seed, replication)
        self._run = ReferenceRun(network, draw_itineraries(network, replication), env)
        self._recording = recording

    def look(self, station: int) -> tuple[int, int, int]:
        own = self._run.stations[station]
        return own.waiting, own.busy, own.servers

    def change(self, station: int, change: int, now: int) -> None:
        own = self._run.stations[station]
        own.extra += change
        self._run.set_servers(own, now)

    def send_patient(self, source: int, key: draws.Keys, number: int, now: int) -> None:
        people = Patients(np.array([source]), key, np.array([now]))
        self._run.send(itineraries_of(self._network, self._key, people, number), now)

    def finish(self) -> Replication:
        courses = self._run.courses()
        records = records_of(self._network, courses) if self._recording else None
        return Replication(tally_of(self._network, courses), records)


class _Compiled:
    """The compiled engine as one process among those of the planner."""

    def __init__(self, network: Network, replication: int, env: simpy.Environment, *, recording: bool) -> None:
        from territory.simulation.compiled import CompiledRun  # noqa: PLC0415  (Numba is an extra)

        self._network = network
        self._env = env
        self._blocks: list[draws.Ints] = []
        self._recording = recording
        self._run = CompiledRun(network, replication, self._blocks.append if recording else None)
        env.process(self._ahead())

    def _ahead(self) -> Generator[simpy.Event, Any, None]:
        """Run ahead to the next moment at which another process has something to do."""
        yield self._last_of_the_moment(0)
        while self._env.now < self._network.horizon_us:
            until = min(self._env.peek(), self._network.horizon_us)
            self._run.advance(int(until))
            yield self._last_of_the_moment(int(until) - int(self._env.now))

    def _last_of_the_moment(self, delay: int) -> simpy.Event:
        event = simpy.Event(self._env)
        event._ok, event._value = True, None  # noqa: SLF001  (as a Timeout does)
        self._env.schedule(event, _LAST, delay)  # type: ignore[arg-type]
        return event

    def look(self, station: int) -> tuple[int, int, int]:
        return self._run.seen(station)

    def change(self, station: int, change: int, now: int) -> None:
        self._run.add_servers(station, change, now)

    def send_patient(self, source: int, key: draws.Keys, number: int, now: int) -> None:
        self._run.send(source, int(key.view(np.int64)[0]), number, now)

    def finish(self) -> Replication:
        tally = self._run.finish()
        records = None
        if self._recording:
            records = in_order(np.concatenate(self._blocks)) if self._blocks else np.zeros((0, 9), dtype=np.int64)
        return Replication(tally, records)
