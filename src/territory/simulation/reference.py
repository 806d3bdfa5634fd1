"""The reference engine: one replication in a `simpy.Environment`, with callbacks, no process per patient.

Events happen in the total order (time, kind, station, patient), the patient by key; see `outcomes` for the kinds. SimPy
sorts events of one moment by their priority, a whole number: it carries kind, station and key.

Rules. A station serves by rank, first come first served within: people of the plan already in care, then those of the
plan by priority; after all of them people without a place in the plan, again those already in care first. Who needs two
stations at once waits until both have a free server, and whoever can be served meanwhile overtakes. A patient who ends
a task first moves on, then the server takes the next. When a shift ends, a server finishes the patient in hand and
leaves, or, where the station says so, the service is interrupted and goes on later. Who comes without appointment while
nobody is there is back in the first half of the next opening; who then still waits for care to begin when the last
server's shift ends is turned away: the episode ends, or the patient comes back at the next opening. All others wait for
the next opening. A stay holds a bed until both the stay and the tasks are over. An ambulance that has delivered is free
again after its way back.
"""

from __future__ import annotations

import numpy as np
import simpy

from territory.simulation.course import Course
from territory.simulation.itineraries import Itineraries, draw_itineraries
from territory.simulation.network import NO_LIMIT, NONE, US_PER_WEEK, Network
from territory.simulation.outcomes import (
    ASK,
    BACK,
    CHANGE,
    DIED,
    DONE,
    FAILED,
    GAVE_UP,
    LEAVE,
    NEVER,
    NO_SHOW,
    SERVED,
    STAY_OVER,
    TURNED_AWAY,
)
from territory.simulation.reference_service import Callbacks, Service
from territory.simulation.stations import AT_WORK, BY_AMBULANCE, IN_BED, Columns, Happening, Station, Visit, packed


class ReferenceRun(Service):
    """One replication under way: who asks, moves on, leaves and comes back."""

    def __init__(self, network: Network, rows: Itineraries, env: simpy.Environment | None = None) -> None:
        super().__init__(network, env or simpy.Environment(initial_time=0))
        self.network = network
        self.warm_up_us = network.warm_up_us
        self.horizon_us = network.horizon_us
        self.alone = [(station,) for station in self.stations]
        self.chunks: list[Columns] = []
        self.on_arrive: Callbacks = [self._arrive]
        self.handlers = {
            ASK: [self._asked],
            SERVED: [self._served],
            BACK: [self._back],
            STAY_OVER: [self._stay_over],
            LEAVE: [self._leave],
            CHANGE: [self._change],
        }
        for station in self.stations:
            self._put_change(station, 0)
        self.columns = self.add(rows)
        first = np.flatnonzero(~rows.follows)
        order = np.lexsort((rows.key[first], rows.due_us[first]))
        self.gate = packed(first[order][::-1])  # who arrives, the last first
        self._open_gate(0)

    def add(self, rows: Itineraries) -> Columns:
        """Take in further itineraries."""
        columns = Columns(self.network, rows)
        self.chunks.append(columns)
        return columns

    def _open_gate(self, now: int) -> None:
        """Let the next patient arrive; one at a time, so that the calendar stays short."""
        if self.gate:
            row = self.gate.pop()
            visit = Visit(self.columns, row)
            happening = self.put(ASK, now, self.columns.due[row] - now, self.stations[0], visit)
            happening.callbacks = self.on_arrive

    def _arrive(self, happening: Happening) -> None:
        self._open_gate(happening.at_us)
        self._asked(happening)

    def send(self, rows: Itineraries, now: int) -> None:
        """Let one more patient come now."""
        columns = self.add(rows)
        if columns.count:
            self._put_ask(columns, 0, now, 0)

    def _put_ask(self, rows: Columns, row: int, now: int, delay: int) -> None:
        """Let somebody ask after a while."""
        self.put(ASK, now, delay, self.stations[0], Visit(rows, row))

    def _asked(self, happening: Happening) -> None:
        visit, now = happening.visit, happening.at_us
        self.spare.append(happening)
        rows, row = visit.rows, visit.row
        if visit.gone:
            return
        if rows.asked[row] != NEVER:
            self._take_part(visit, now)
            return
        rows.asked[row] = now
        if visit.vehicle != NONE:
            visit.stage = BY_AMBULANCE
            visit.needs = self.alone[visit.vehicle]
            self.join(visit, rows.rank[row], now)
        else:
            self._come_in(visit, now)
        if rows.patience[row] >= 0 and not visit.committed and not visit.gone:
            self.put(LEAVE, now, rows.patience[row], visit.needs[0], visit)

    def _come_in(self, visit: Visit, now: int) -> None:
        """Ask at the door: it may be closed, full, or the queue too long."""
        self._next_needs(visit)
        station = visit.needs[0]
        if visit.walk_in and not station.servers and station.openings:
            self.put(ASK, now, self._time_to_return(visit, station, now), self.stations[0], visit)
            return
        if station.capacity != NO_LIMIT and station.busy + station.waiting >= station.capacity:
            self._end(visit, TURNED_AWAY, NEVER)
            return
        if station.join_chance and not self.free(visit, station):
            chance = station.join_chance[min(station.waiting, len(station.join_chance) - 1)]
            if visit.rows.joins[visit.row] >= chance:
                self._end(visit, GAVE_UP, now)
                return
        self._take_part(visit, now)

    def _take_part(self, visit: Visit, now: int) -> None:
        self._next_needs(visit)
        self.join(visit, visit.rank, now)

    def _next_needs(self, visit: Visit) -> None:
        rows, row = visit.rows, visit.row
        if rows.bed[row] != NONE and not visit.holds:
            visit.stage = IN_BED
            visit.needs = self.alone[rows.bed[row]]
        else:
            visit.stage = AT_WORK
            visit.needs = self.needs[rows.task[visit.task]]

    def _time_to_return(self, visit: Visit, station: Station, now: int) -> int:
        into_week = now % US_PER_WEEK
        later = [(opens, closes) for opens, closes in station.openings if opens > into_week]
        opens, closes = later[0] if later else station.openings[0]
        until_open = opens - into_week if later else opens - into_week + US_PER_WEEK
        return until_open + int(visit.rows.return_share[visit.row] * ((closes - opens) // 2))

    def _served(self, happening: Happening) -> None:
        visit, station, now = happening.visit, happening.station, happening.at_us
        if visit.due != now or visit.gone:  # interrupted meanwhile
            self.spare.append(happening)
            return
        self.spare.append(happening)
        visit.due = NEVER
        visit.left = 0
        needs = visit.needs
        if now >= self.warm_up_us:
            for need in needs:
                need.served += 1
        if visit.stage == BY_AMBULANCE:
            self._delivered(visit, station, now)
            return
        if station.watched:
            station.serving.remove(visit)
        visit.task += 1
        if visit.task < visit.task_end:
            visit.needs = self.needs[visit.rows.task[visit.task]]
            self.join(visit, visit.rows.rank_in_care[visit.row], now)
        elif visit.holds:
            self._less_to_lie_for(visit, now)
        else:
            self._finish(visit, now)
        for need in needs:
            need.busy -= 1
        self.pull_all(needs, now)

    def _delivered(self, visit: Visit, station: Station, now: int) -> None:
        self.put(BACK, now, visit.rows.trip[visit.row], station, visit)
        visit.vehicle = NONE
        self._come_in(visit, now)

    def _back(self, happening: Happening) -> None:
        station, now = happening.station, happening.at_us
        self.spare.append(happening)
        station.busy -= 1
        self.pull_all((station,), now)

    def _finish(self, visit: Visit, now: int) -> None:
        rows, row = visit.rows, visit.row
        outcome = NO_SHOW if rows.absent[row] else FAILED if rows.fails[row] else DONE
        self._end(visit, outcome, now)
        further = row + 1
        if rows.follows[further] and now + rows.due[further] < self.horizon_us:
            self._put_ask(rows, further, now, rows.due[further])

    def _end(self, visit: Visit, outcome: int, ended: int) -> None:
        visit.rows.ended[visit.row] = ended
        visit.rows.outcome[visit.row] = outcome
        visit.gone = True

    def _leave(self, happening: Happening) -> None:
        visit, now = happening.visit, happening.at_us
        self.spare.append(happening)
        if visit.gone or visit.committed:
            return
        if visit.waits:
            self.leave_queue(visit, visit.needs[0], now)
        self._end(visit, DIED if visit.rows.dies[visit.row] else GAVE_UP, now)

    def _turn_away(self, visit: Visit, station: Station, now: int) -> None:
        """Send a walk-in home at closing; some come back at the next opening."""
        self.leave_queue(visit, station, now)
        rows, row = visit.rows, visit.row
        visit.odds *= rows.returns[row]
        if rows.persists[row] < visit.odds:
            rows.tries[row] += 1
            self.put(ASK, now, self._time_to_return(visit, station, now), self.stations[0], visit)
        else:
            self._end(visit, TURNED_AWAY, NEVER)

    def _stay_over(self, happening: Happening) -> None:
        self.spare.append(happening)
        self._less_to_lie_for(happening.visit, happening.at_us)

    def _less_to_lie_for(self, visit: Visit, now: int) -> None:
        visit.holds -= 1
        if visit.holds:
            return
        beds = self.stations[visit.rows.bed[visit.row]]
        self._finish(visit, now)
        beds.busy -= 1
        if now >= self.warm_up_us:
            beds.served += 1
        self.pull_all((beds,), now)

    def _put_change(self, station: Station, now: int) -> None:
        """Await the next change of a timetable, if it ever changes."""
        if len(station.changes) == 1:
            return
        station.change = (station.change + 1) % len(station.changes)
        delay = (station.changes[station.change][0] - now) % US_PER_WEEK
        self.put(CHANGE, now, delay, station)

    def _change(self, happening: Happening) -> None:
        station, now = happening.station, happening.at_us
        self.spare.append(happening)
        self._put_change(station, now)
        self.set_servers(station, now)

    def set_servers(self, station: Station, now: int) -> None:
        """Let the number of servers be that of the timetable and what a process has added."""
        count = len(station.changes)
        at = (station.change - 1) % count if count > 1 else 0
        station.servers = max(0, station.changes[at][1] + station.extra)
        if station.interrupts:
            while station.busy > station.servers:
                self.interrupt(station.last_in_service(), station, now)
        if station.servers:
            self.pull(station, now)
        else:
            leaving = [visit for visit, entry in station.walk_ins if visit.waits and visit.entry == entry]
            station.walk_ins = []
            for visit in leaving:
                self._turn_away(visit, station, now)
        for partner in station.partners:
            self.pull(self.stations[partner], now)

    def go(self, until_us: int | None = None) -> None:
        """Run to the horizon, or to an earlier moment."""
        self.env.run(until=self.horizon_us if until_us is None else until_us)

    def courses(self) -> list[Course]:
        """Return what happened up to the horizon; who still waits adds the time so far."""
        for station in self.stations:
            for queue in station.queues.values():
                for visit, entry in queue:
                    if visit.waits and visit.entry == entry:
                        self.waiting_spells.extend((station.number, visit.joined, self.horizon_us))
        spells = [self.busy_spells, self.undone_spells, self.waiting_spells]
        busy, undone, waited = (np.array(part, dtype=np.int64).reshape(-1, 3) for part in spells)
        served = np.array([station.served for station in self.stations], dtype=np.int64)
        found = []
        for columns in self.chunks:
            found.append(columns.course(busy, undone, waited, served))
            busy, undone, waited, served = busy[:0], undone[:0], waited[:0], served * 0
        return found


def run_reference(network: Network, replication: int) -> list[Course]:
    """Run one replication event by event, from time 0 and empty to the horizon."""
    run = ReferenceRun(network, draw_itineraries(network, replication))
    run.go()
    return run.courses()
