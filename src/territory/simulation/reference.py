"""The reference engine: one replication in a `simpy.Environment`, with callbacks, no process per patient.

Events happen in the total order (time, kind, station, patient). Kinds, in order: a timetable changes, a service ends, a
stay ends, a patient asks. So at 8:30 the door opens before those who come at 8:30 ask. SimPy sorts events of one moment
by their priority, a whole number: it carries kind, station and patient.

Rules. A station serves by rank, first come first served within: people of the plan already in care, then those of the
plan by priority; after all of them people without a place in the plan, again those already in care first.
A patient who ends a task first moves on, then the server takes the next. When a shift ends, a server finishes the
patient in hand and leaves. Who comes without appointment while nobody is there is back in the first half of the next
opening; who then still waits for care to begin when the last server's shift ends is turned away, and the episode ends.
All others wait for the next opening. A stay holds a bed until both the stay and the tasks are over.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import simpy

from territory.simulation.draws import Ints
from territory.simulation.itineraries import Itineraries
from territory.simulation.network import US_PER_WEEK, Network
from territory.simulation.stations import NEVER, Columns, Happening, Station, Visit, packed

# How a step stands at the horizon; the order of the codes is that of OUTCOME_WORDS.
WAITING = 0
IN_CARE = 1
DONE = 2
TURNED_AWAY = 3
OUTCOME_WORDS = ("waiting", "in_care", "done", "turned_away")

Callbacks = list[Callable[[Happening], None]]


@dataclass(frozen=True, eq=False)
class Course:
    """What happened: moments of each row of the itineraries (-1: never), how it stands, and the work of each station.

    Parameters
    ----------
    asked_us, started_us, ended_us, outcome
        Of each row.
    busy_us
        Time servers of each station worked inside the measured window.
    """

    asked_us: Ints
    started_us: Ints
    ended_us: Ints
    outcome: Ints
    busy_us: Ints


class _Run:
    """One replication under way."""

    def __init__(self, network: Network, rows: Itineraries) -> None:
        self.env = simpy.Environment(initial_time=0)
        self.nursery = simpy.Environment()
        self.spare: list[Happening] = []
        self.warm_up_us = network.warm_up_us
        self.horizon_us = network.horizon_us
        count = len(rows.patient)
        patients = int(rows.patient[-1]) + 1 if count else 1
        used = np.union1d(rows.first_station, rows.task_station)
        self.rows = Columns(rows, used)
        self.stations = [Station(network, number, patients) for number in used.tolist()]
        self.asked, self.started, self.ended = (packed(np.full(count, NEVER)) for _ in range(3))
        self.outcome = bytearray(count)
        first = np.flatnonzero(~rows.follows)
        order = np.lexsort((rows.patient[first], rows.first_station[first], rows.due_us[first]))
        self.gate = packed(first[order][::-1])  # who arrives, the last first
        self.on_arrive: Callbacks = [self._arrive]
        self.on_ask: Callbacks = [self._ask]
        self.on_come_back: Callbacks = [self._come_back]
        self.on_served: Callbacks = [self._served]
        self.on_stay_over: Callbacks = [self._stay_over]
        self.on_change: Callbacks = [self._change]

    # --- the calendar ---------------------------------------------------------------------------------------------

    def _put(
        self, then: Callbacks, order: int, now: int, delay: int, station: Station, visit: Visit | None = None
    ) -> None:
        """Put one event into the calendar.

        An event that has succeeded once may be scheduled again and again with new callbacks, so that each is used many
        times. It succeeds for the first time in a calendar of its own, where nothing else happens.
        """
        if self.spare:
            happening = self.spare.pop()
        else:
            happening = Happening(self.nursery)
            happening.succeed()
            self.nursery.run()
        happening.at_us = now + delay
        happening.station = station
        if visit is not None:
            happening.visit = visit
        happening.callbacks = then
        self.env.schedule(happening, order, delay)  # type: ignore[arg-type]

    def go(self) -> None:
        """Run to the horizon."""
        for station in self.stations:
            self._put_change(station, 0)
        self._open_gate(0)
        self.env.run(until=self.horizon_us)

    # --- arrivals -------------------------------------------------------------------------------------------------

    def _open_gate(self, now: int) -> None:
        """Let the next patient arrive; one at a time, so that the calendar stays short."""
        if self.gate:
            row = self.gate.pop()
            self._put_ask(self.on_arrive, row, now, self.rows.due[row] - now)

    def _put_ask(self, then: Callbacks, row: int, now: int, delay: int) -> None:
        visit = Visit(self.rows, row)
        station = self.stations[self.rows.first_station[row]]
        self._put(then, station.ask_order + visit.patient, now, delay, station, visit)

    def _arrive(self, happening: Happening) -> None:
        self._open_gate(happening.at_us)
        self._ask(happening)

    def _ask(self, happening: Happening) -> None:
        visit, station, now = happening.visit, happening.station, happening.at_us
        self.spare.append(happening)
        self.asked[visit.row] = now
        if visit.walk_in and not station.servers:
            delay = self._time_to_return(visit.row, station, now)
            self._put(self.on_come_back, station.ask_order + visit.patient, now, delay, station, visit)
        else:
            self._join(visit, station, visit.rank, now)

    def _time_to_return(self, row: int, station: Station, now: int) -> int:
        into_week = now % US_PER_WEEK
        later = [(opens, closes) for opens, closes in station.openings if opens > into_week]
        opens, closes = later[0] if later else station.openings[0]
        until_open = opens - into_week if later else opens - into_week + US_PER_WEEK
        return until_open + int(self.rows.return_share[row] * ((closes - opens) // 2))

    def _come_back(self, happening: Happening) -> None:
        self.spare.append(happening)
        self._join(happening.visit, happening.station, happening.visit.rank, happening.at_us)

    # --- service --------------------------------------------------------------------------------------------------

    def _join(self, visit: Visit, station: Station, rank: int, now: int) -> None:
        if station.busy < station.servers:
            self._start(visit, station, now)
            return
        if rank in station.queues:
            station.queues[rank].append(visit)
        else:
            station.queues[rank] = deque((visit,))
        if visit.started < 0 and visit.walk_in and station.closes:
            station.walk_ins.append(visit)

    def _pull(self, station: Station, now: int) -> None:
        """Give free servers to those who wait."""
        queues = station.queues
        while queues and station.busy < station.servers:
            rank = min(queues)
            visit = queues[rank].popleft()
            if not queues[rank]:
                del queues[rank]
            if not visit.turned_away:
                self._start(visit, station, now)

    def _start(self, visit: Visit, station: Station, now: int) -> None:
        station.busy += 1
        if visit.started < 0:
            visit.started = self.started[visit.row] = now
            self.outcome[visit.row] = IN_CARE
        if station.is_beds:
            self._lie_down(visit, station, now)
            return
        length = self.rows.task_us[visit.task]
        self._work(station, now, now + length)
        self._put(self.on_served, station.served_order + visit.patient, now, length, station, visit)

    def _served(self, happening: Happening) -> None:
        visit, station, now = happening.visit, happening.station, happening.at_us
        self.spare.append(happening)
        visit.task += 1
        if visit.task < visit.task_end:
            self._join(visit, self.stations[self.rows.task_station[visit.task]], visit.rank_in_care, now)
        elif visit.holds:
            self._less_to_lie_for(visit, now)
        else:
            self._finish(visit.row, now)
        station.busy -= 1
        if station.queues:
            self._pull(station, now)

    def _finish(self, row: int, now: int) -> None:
        self.ended[row] = now
        self.outcome[row] = DONE
        further = row + 1
        if self.rows.follows[further] and now + self.rows.due[further] < self.horizon_us:
            self._put_ask(self.on_ask, further, now, self.rows.due[further])

    # --- stays ----------------------------------------------------------------------------------------------------

    def _lie_down(self, visit: Visit, beds: Station, now: int) -> None:
        stay = self.rows.stay[visit.row]
        self._put(self.on_stay_over, beds.stay_over_order + visit.patient, now, stay, beds, visit)
        visit.holds = 1
        if visit.task < visit.task_end:
            visit.holds = 2
            self._join(visit, self.stations[self.rows.task_station[visit.task]], visit.rank_in_care, now)

    def _stay_over(self, happening: Happening) -> None:
        self.spare.append(happening)
        self._less_to_lie_for(happening.visit, happening.at_us)

    def _less_to_lie_for(self, visit: Visit, now: int) -> None:
        visit.holds -= 1
        if visit.holds:
            return
        beds = self.stations[self.rows.first_station[visit.row]]
        self._finish(visit.row, now)
        beds.busy -= 1
        self._work(beds, visit.started, now)
        self._pull(beds, now)

    # --- timetables -----------------------------------------------------------------------------------------------

    def _put_change(self, station: Station, now: int) -> None:
        """Await the next change of a timetable, if it ever changes."""
        if len(station.changes) == 1:
            return
        station.change = (station.change + 1) % len(station.changes)
        delay = (station.changes[station.change][0] - now) % US_PER_WEEK
        self._put(self.on_change, station.change_order, now, delay, station)

    def _change(self, happening: Happening) -> None:
        station, now = happening.station, happening.at_us
        self.spare.append(happening)
        station.servers = station.changes[station.change][1]
        self._put_change(station, now)
        if station.servers:
            self._pull(station, now)
            return
        for visit in station.walk_ins:
            if visit.started < 0:
                visit.turned_away = True
                self.outcome[visit.row] = TURNED_AWAY
        station.walk_ins = []

    # --- results --------------------------------------------------------------------------------------------------

    def _work(self, station: Station, begin: int, end: int) -> None:
        """Count the part of a server's work that lies inside the measured window."""
        begin = max(begin, self.warm_up_us)
        end = min(end, self.horizon_us)
        if end > begin:
            station.busy_us += end - begin

    def course(self, stations: int) -> Course:
        """Return what happened up to the horizon."""
        asked_us, started_us, ended_us = (np.array(moments) for moments in (self.asked, self.started, self.ended))
        first_station = np.array(self.rows.first_station)
        for row in np.flatnonzero((started_us >= 0) & (ended_us < 0)):
            station = self.stations[first_station[row]]
            if station.is_beds:
                self._work(station, int(started_us[row]), self.horizon_us)
        busy_us = np.zeros(stations, dtype=np.int64)
        for station in self.stations:
            busy_us[station.number] = station.busy_us
        outcome = np.frombuffer(self.outcome, dtype=np.uint8).astype(np.int64)
        return Course(asked_us=asked_us, started_us=started_us, ended_us=ended_us, outcome=outcome, busy_us=busy_us)


def run_reference(network: Network, itineraries: Itineraries) -> Course:
    """Run one replication event by event, from time 0 and empty to the horizon.

    Parameters
    ----------
    network
        Stations and timetables.
    itineraries
        Who asks for what, drawn beforehand.
    """
    run = _Run(network, itineraries)
    run.go()
    return run.course(len(network.stations.facility))
