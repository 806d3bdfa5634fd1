"""Service in the reference engine: the calendar, and who waits, starts, is interrupted, lies down."""

from __future__ import annotations

from array import array
from collections.abc import Callable

import numpy as np
import simpy

from territory.simulation.network import Network
from territory.simulation.outcomes import IN_CARE, NEVER, SERVED, STAY_OVER
from territory.simulation.stations import AT_WORK, BY_AMBULANCE, IN_BED, Happening, Station, Visit

Callbacks = list[Callable[[Happening], None]]


class Service:
    """The stations of a run and its calendar; what follows an event is in `handlers`, by kind."""

    def __init__(self, network: Network, env: simpy.Environment) -> None:
        self.env = env
        self.handlers: dict[int, Callbacks] = {}
        self._nursery = simpy.Environment()
        self.spare: list[Happening] = []
        self.stations = [Station(network, number) for number in range(len(network.stations.facility))]
        offers = network.offers
        together = np.split(offers.need, offers.need_start[1:-1]) if len(offers.task_law) else []
        self.needs = [tuple(self.stations[number] for number in part.tolist()) for part in together]
        self.busy_spells = array("q")  # station, from, to
        self.undone_spells = array("q")
        self.waiting_spells = array("q")

    def put(self, kind: int, now: int, delay: int, station: Station, visit: Visit | None = None) -> Happening:
        """Put one event into the calendar.

        An event that has succeeded once may be scheduled again and again with new callbacks, so that each is used many
        times. It succeeds for the first time in a calendar of its own, where nothing else happens.
        """
        if self.spare:
            happening = self.spare.pop()
        else:
            happening = Happening(self._nursery)
            happening.succeed()
            self._nursery.run()
        happening.at_us = now + delay
        happening.station = station
        order = station.orders[kind]
        if visit is not None:
            happening.visit = visit
            order += visit.key
        happening.callbacks = self.handlers[kind]
        self.env.schedule(happening, order, delay)  # type: ignore[arg-type]
        return happening

    def free(self, visit: Visit, station: Station) -> bool:
        """Say whether somebody is served at once.

        Whoever waits beside a free server waits for another station: nobody who could start is ever left waiting.
        """
        return station.busy < station.servers and visit.others_free()

    def join(self, visit: Visit, rank: int, now: int) -> None:
        """Be served at once, interrupt somebody, or wait."""
        station = visit.needs[0]
        visit.rank = rank
        if self.free(visit, station):
            self.start(visit, now)
            return
        if station.preempts and station.serving:
            victim = station.last_in_service()
            if victim.rank > rank:
                self.interrupt(victim, station, now)
                self.start(visit, now)
                return
        station.append(visit, rank, now)
        if visit.started == NEVER and visit.walk_in and station.closes and visit.stage == AT_WORK:
            station.walk_ins.append((visit, visit.entry))

    def pull(self, station: Station, now: int) -> None:
        """Give free servers to those who wait."""
        while station.waiting and station.busy < station.servers:
            visit = station.first_ready()
            if visit is None:
                return
            self.leave_queue(visit, station, now)
            self.start(visit, now)

    def pull_all(self, freed: tuple[Station, ...], now: int) -> None:
        """Give the servers that came free to those who wait for them, at their own station or at a partner."""
        for station in freed:
            if station.waiting:
                self.pull(station, now)
            for partner in station.partners:
                if self.stations[partner].waiting:
                    self.pull(self.stations[partner], now)

    def leave_queue(self, visit: Visit, station: Station, now: int) -> None:
        """End the wait of somebody in a queue."""
        visit.waits = False
        station.waiting -= 1
        if now > visit.joined:
            self.waiting_spells.extend((station.number, visit.joined, now))

    def start(self, visit: Visit, now: int) -> None:
        """Take the servers that the stage needs."""
        rows, row = visit.rows, visit.row
        station = visit.needs[0]
        for need in visit.needs:
            need.busy += 1
        visit.began = now
        visit.committed = True
        if visit.stage == BY_AMBULANCE:
            visit.due = now + rows.trip[row]
            self.busy_spells.extend((station.number, now, now + 2 * rows.trip[row]))
            self.put(SERVED, now, rows.trip[row], station, visit)
            return
        if visit.started == NEVER:
            visit.started = rows.started[row] = now
            rows.outcome[row] = IN_CARE
        if visit.stage == IN_BED:
            self.lie_down(visit, station, now)
            return
        length = visit.left or rows.task_us[visit.task]
        visit.due = now + length
        for need in visit.needs:
            self.busy_spells.extend((need.number, now, visit.due))
        if station.watched:
            station.serving.append(visit)
        self.put(SERVED, now, length, station, visit)

    def interrupt(self, visit: Visit, station: Station, now: int) -> None:
        """Send somebody in service back to the head of the queue, with what is left of the service."""
        visit.left = visit.due - now
        self.undone_spells.extend((station.number, now, visit.due))
        visit.due = NEVER
        station.serving.remove(visit)
        station.busy -= 1
        station.put_back(visit, now)

    def lie_down(self, visit: Visit, beds: Station, now: int) -> None:
        """Begin a stay, and ask for the first task in it."""
        rows, row = visit.rows, visit.row
        self.put(STAY_OVER, now, rows.stay[row], beds, visit)
        visit.holds = 1
        if visit.task < visit.task_end:
            visit.holds = 2
            visit.stage = AT_WORK
            visit.needs = self.needs[rows.task[visit.task]]
            self.join(visit, rows.rank_in_care[row], now)
