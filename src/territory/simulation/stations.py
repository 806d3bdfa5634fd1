"""What the events of the reference engine touch: stations with their queues, visits, and the columns of itineraries.

Everything is small and plain Python, so that what one event needs lies together in memory; with a million steps,
columns of Python numbers would not.
"""

from __future__ import annotations

from array import array
from collections import deque

import numpy as np
import simpy

from territory.simulation.course import Course
from territory.simulation.draws import Ints
from territory.simulation.itineraries import Itineraries
from territory.simulation.network import Network, openings
from territory.simulation.outcomes import NEVER, WAITING

BY_AMBULANCE, IN_BED, AT_WORK = range(3)  # the stages of a visit


def packed(values: Ints) -> array[int]:
    """Return whole numbers as an array that a loop reads faster than numpy's and that is smaller than a list."""
    return array("q", values.astype(np.int64).tobytes())


class Columns:
    """The columns of itineraries that the events read, and what happened to each row."""

    def __init__(self, network: Network, rows: Itineraries) -> None:
        count = len(rows.patient)
        self.count = count
        self.rows = rows
        self.key = array("Q", rows.key.tobytes())
        self.rank = packed(rows.rank)
        self.rank_in_care = packed(rows.rank_in_care)
        self.follows = bytes(np.append(rows.follows, np.False_))
        self.due = packed(rows.due_us)
        self.walk_in = bytes(rows.walk_in)
        self.absent = bytes(rows.absent)
        self.fails = bytes(rows.fails)
        self.dies = bytes(rows.dies)
        self.return_share, self.persists, self.joins = (
            array("d", column.tobytes()) for column in (rows.return_share, rows.persists, rows.joins)
        )
        self.returns = array("d", network.offers.returns[network.choices.offer[rows.option]].tobytes())
        self.patience = packed(rows.patience_us)
        self.vehicle = packed(rows.vehicle)
        self.trip = packed(rows.trip_us)
        self.bed = packed(rows.bed)
        self.stay = packed(rows.stay_us)
        self.task_start = packed(rows.task_start)
        self.task = packed(rows.task)
        self.task_us = packed(rows.task_us)
        self.asked, self.started, self.ended = (packed(np.full(count, NEVER)) for _ in range(3))
        self.tries = packed(np.zeros(count, dtype=np.int64))
        self.outcome = bytearray([WAITING]) * count

    def course(self, busy: Ints, undone: Ints, waited: Ints, served: Ints) -> Course:
        """Return what happened to the rows, and what stations did meanwhile."""
        return Course(
            rows=self.rows,
            asked_us=np.array(self.asked, dtype=np.int64),
            started_us=np.array(self.started, dtype=np.int64),
            ended_us=np.array(self.ended, dtype=np.int64),
            outcome=np.frombuffer(self.outcome, dtype=np.uint8).astype(np.int64),
            tries=np.array(self.tries, dtype=np.int64),
            busy=busy,
            undone=undone,
            waited=waited,
            served=served,
        )


class Visit:
    """A patient at one step: made when the step is put into the calendar, dropped when it is over."""

    __slots__ = (
        "began",
        "committed",
        "due",
        "entry",
        "gone",
        "holds",
        "joined",
        "key",
        "left",
        "needs",
        "odds",
        "rank",
        "row",
        "rows",
        "stage",
        "started",
        "task",
        "task_end",
        "vehicle",
        "waits",
        "walk_in",
    )

    def __init__(self, rows: Columns, row: int) -> None:
        self.rows = rows
        self.row = row
        self.key = rows.key[row]
        self.rank = rows.rank[row]
        self.walk_in = rows.walk_in[row]
        self.task = rows.task_start[row]
        self.task_end = self.task + 1 if rows.absent[row] else rows.task_start[row + 1]
        self.vehicle = rows.vehicle[row]
        self.needs: tuple[Station, ...] = ()
        self.stage = AT_WORK
        self.started = NEVER
        self.joined = NEVER
        self.began = NEVER
        self.due = NEVER  # when the service under way ends
        self.left = 0  # what is left of an interrupted service
        self.holds = 0  # what still holds the bed: the stay, the tasks
        self.odds = 1.0  # chance of coming back so often
        self.waits = False  # in a queue
        self.entry = 0  # how often he has entered a queue: older places in line are void
        self.committed = False  # served or carried already: his patience no longer counts
        self.gone = False

    def others_free(self) -> bool:
        """Say whether the other stations that he needs have a free server."""
        return len(self.needs) == 1 or all(other.busy < other.servers for other in self.needs[1:])


def _stands(visit: Visit, entry: int) -> bool:
    """Say whether a place in line is still taken."""
    return visit.waits and visit.entry == entry


class Happening(simpy.Event):
    """An event of one visit, or of one station's timetable, at a moment."""

    at_us: int
    visit: Visit
    station: Station


class Station:
    """Servers of one group at one facility, and who waits for them: a queue for each rank."""

    __slots__ = (
        "busy",
        "capacity",
        "change",
        "changes",
        "closes",
        "extra",
        "interrupts",
        "join_chance",
        "number",
        "openings",
        "orders",
        "partners",
        "preempts",
        "queues",
        "served",
        "servers",
        "serving",
        "waiting",
        "walk_ins",
        "watched",
    )

    def __init__(self, network: Network, number: int) -> None:
        stations = network.stations
        moments, servers = (part.tolist() for part in stations.timetable(number))
        self.number = number
        self.changes = list(zip(moments, servers, strict=True))
        self.change = 0
        self.servers = servers[0]
        self.extra = 0  # servers that a process has added
        self.closes = 0 in servers
        self.openings = openings(self.changes)
        self.capacity = int(stations.capacity[number])
        self.preempts = bool(stations.preempts[number])
        self.interrupts = bool(stations.interrupts[number])
        self.join_chance = stations.join_chance[stations.join_start[number] : stations.join_start[number + 1]].tolist()
        self.partners = stations.partner[stations.partner_start[number] : stations.partner_start[number + 1]].tolist()
        self.busy = 0
        self.waiting = 0
        self.served = 0
        self.queues: dict[int, deque[tuple[Visit, int]]] = {}  # by rank; an empty one is not kept
        self.walk_ins: list[tuple[Visit, int]] = []
        self.watched = self.preempts or self.interrupts  # whether somebody in service may be interrupted
        self.serving: list[Visit] = []
        # SimPy sorts the events of one moment by these numbers and the key of the patient; those of a planner's own
        # processes are 0 and 1, so that they come first.
        self.orders = [((1 + kind) * len(stations.facility) + number + 1) << 64 for kind in range(6)]

    def append(self, visit: Visit, rank: int, now: int) -> None:
        """Put somebody at the end of the queue."""
        visit.entry += 1
        place = (visit, visit.entry)
        if rank in self.queues:
            self.queues[rank].append(place)
        else:
            self.queues[rank] = deque((place,))
        visit.waits = True
        visit.joined = now
        self.waiting += 1

    def first_ready(self) -> Visit | None:
        """Take out of the queue who is served next: the first in line for whom all that he needs is free."""
        for rank in sorted(self.queues) if len(self.queues) > 1 else list(self.queues):
            queue = self.queues[rank]
            while queue and not _stands(*queue[0]):
                queue.popleft()
            for visit, entry in queue:
                if _stands(visit, entry) and visit.others_free():
                    return visit
        self.queues = {rank: queue for rank, queue in self.queues.items() if queue}
        return None

    def put_back(self, visit: Visit, now: int) -> None:
        """Put somebody whose service is interrupted before all others of the rank."""
        visit.entry += 1
        self.queues.setdefault(visit.rank, deque()).appendleft((visit, visit.entry))
        visit.waits = True
        visit.joined = now
        self.waiting += 1

    def last_in_service(self) -> Visit:
        """Return whose service is interrupted first: of the largest rank, who began last, then the largest key."""
        return max(self.serving, key=lambda visit: (visit.rank, visit.began, visit.key))
