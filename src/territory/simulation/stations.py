"""What the events touch: stations with their queues, visits of patients, and the columns that describe them.

Everything is small and plain Python, so that what one event needs lies together in memory; with a million steps,
columns of Python numbers would not.
"""

from __future__ import annotations

from array import array
from collections import deque

import numpy as np
import simpy

from territory.simulation.draws import Ints
from territory.simulation.itineraries import Itineraries
from territory.simulation.network import US_PER_MINUTE, US_PER_WEEK, Network
from territory.tables.vocabulary import NO_PLACE_PRIORITY

NEVER = -1

# Kinds of events, in their order within one moment: a timetable changes, a service ends, a stay ends, a patient asks.
_KINDS = 4


def packed(values: Ints) -> array[int]:
    """Return whole numbers as an array that a loop reads faster than numpy's and that is smaller than a list."""
    return array("q", values.astype(np.int64).tobytes())


class Columns:
    """The columns of the itineraries that the events read."""

    def __init__(self, rows: Itineraries, used: Ints) -> None:
        self.patient = packed(rows.patient)
        unplanned = rows.priority >= NO_PLACE_PRIORITY
        self.rank = packed(rows.priority + 1 + unplanned)
        self.rank_in_care = packed(np.where(unplanned, NO_PLACE_PRIORITY + 1, 0))
        self.follows = bytes(np.append(rows.follows, np.False_))
        self.due = packed(rows.due_us)
        self.walk_in = bytes(rows.walk_in)
        self.return_share = array("d", rows.return_share.tobytes())
        self.stay = packed(rows.stay_us)
        self.first_station = packed(np.searchsorted(used, rows.first_station))
        self.task_start = packed(rows.task_start)
        self.task_station = packed(np.searchsorted(used, rows.task_station))
        self.task_us = packed(rows.task_us)


class Visit:
    """A patient at one step: made when the step is put into the calendar, dropped when it is over."""

    __slots__ = (
        "holds",
        "patient",
        "rank",
        "rank_in_care",
        "row",
        "started",
        "task",
        "task_end",
        "turned_away",
        "walk_in",
    )

    def __init__(self, rows: Columns, row: int) -> None:
        self.row = row
        self.patient = rows.patient[row]
        self.rank = rows.rank[row]
        self.rank_in_care = rows.rank_in_care[row]
        self.walk_in = rows.walk_in[row]
        self.task = rows.task_start[row]
        self.task_end = rows.task_start[row + 1]
        self.started = NEVER
        self.turned_away = False
        self.holds = 0  # what still holds the bed: the stay, the tasks


class Happening(simpy.Event):
    """An event of one visit, or of one station's timetable, at a moment."""

    at_us: int
    visit: Visit
    station: Station


class Station:
    """Servers of one group at one facility, and who waits for them: a queue for each rank."""

    __slots__ = (
        "ask_order",
        "busy",
        "busy_us",
        "change",
        "change_order",
        "changes",
        "closes",
        "is_beds",
        "number",
        "openings",
        "queues",
        "served_order",
        "servers",
        "stay_over_order",
        "walk_ins",
    )

    def __init__(self, network: Network, number: int, patients: int) -> None:
        minutes, servers = (part.tolist() for part in network.stations.timetable(number))
        self.number = number
        self.is_beds = int(network.stations.group[number]) == len(network.names.groups) - 1
        self.changes = [(minute * US_PER_MINUTE, count) for minute, count in zip(minutes, servers, strict=True)]
        self.change = 0
        self.servers = servers[0]
        self.closes = 0 in servers
        self.openings = _openings(self.changes)
        self.busy = 0
        self.busy_us = 0
        self.queues: dict[int, deque[Visit]] = {}  # by rank; an empty one is not kept
        self.walk_ins: list[Visit] = []
        # SimPy sorts the events of one moment by these numbers plus the patient; it keeps 0 for the end of the run.
        kinds = [1 + (kind * len(network.stations.facility) + number) * patients for kind in range(_KINDS)]
        self.change_order, self.served_order, self.stay_over_order, self.ask_order = kinds


def _openings(changes: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the times of the week at which a station opens and closes."""
    openings = []
    opened = NEVER
    for moment, count in changes:
        if count and opened == NEVER:
            opened = moment
        elif not count and opened != NEVER:
            openings.append((opened, moment))
            opened = NEVER
    if opened != NEVER:
        openings.append((opened, US_PER_WEEK))
    return openings
