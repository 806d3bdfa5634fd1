"""Service in the compiled engine: who waits, starts, is interrupted, lies down. The rules are those of `reference`."""

from __future__ import annotations

import numpy as np
from numba import njit

from territory.simulation import draws
from territory.simulation.compiled import layout as at
from territory.simulation.compiled.arrivals import stay
from territory.simulation.compiled.calendar import (
    append,
    first_in_line,
    forget_served,
    forget_walk_in,
    note_served,
    note_walk_in,
    prepend,
    push,
    queue_of,
    take_out,
)
from territory.simulation.compiled.chance import bits, duration
from territory.simulation.compiled.counts import touch
from territory.simulation.outcomes import (
    SERVED,
    STAY_OVER,
)
from territory.simulation.stations import AT_WORK, BY_AMBULANCE, IN_BED

_JOIN, _PATIENCE, _PERSIST, _RETURN, _TASK = draws.JOIN, draws.PATIENCE, draws.PERSIST, draws.RETURN, draws.TASK


@njit(cache=True)
def put(ints, sums, heap, time, kind, station, key, place):
    """Put an event into the calendar; of one moment they are ordered by kind, station and key."""
    push(ints, sums, heap, time, kind * (ints[at.STATIONS] + 1) + station, key, place)


@njit(cache=True)
def others_free(ints, stations, slots, slot):
    """Say whether the other stations that a task needs have a free server."""
    if slots[slot + at.STAGE] == AT_WORK:
        task = slots[slot + at.TASK]
        for row in range(ints[ints[at.NEED_START] + task] + 1, ints[ints[at.NEED_START] + task + 1]):
            other = ints[ints[at.NEED] + row]
            if stations[other * at.STATION_COLUMNS + at.BUSY] >= stations[other * at.STATION_COLUMNS + at.SERVERS]:
                return False
    return True


@njit(cache=True)
def is_free(ints, stations, slots, slot):
    """Say whether somebody who asks now is served at once."""
    station = slots[slot + at.STATION]
    if stations[station * at.STATION_COLUMNS + at.BUSY] >= stations[station * at.STATION_COLUMNS + at.SERVERS]:
        return False
    return others_free(ints, stations, slots, slot)


@njit(cache=True)
def join(ints, reals, sums, stations, heap, slots, slot, rank, now):
    """Be served at once, interrupt somebody, or wait."""
    if slots[slot + at.STAGE] != IN_BED:
        join_work(ints, reals, sums, stations, heap, slots, slot, rank, now)
        return
    slots[slot + at.RANK] = rank
    if is_free(ints, stations, slots, slot):
        lie_down(ints, reals, sums, stations, heap, slots, slot, now)
    else:
        _wait(ints, sums, stations, slots, slot, now)


@njit(cache=True)
def join_work(ints, reals, sums, stations, heap, slots, slot, rank, now):
    """Do so for anything but a bed."""
    slots[slot + at.RANK] = rank
    station = slots[slot + at.STATION]
    if is_free(ints, stations, slots, slot):
        start(ints, reals, sums, stations, heap, slots, slot, now)
        return
    if ints[ints[at.PREEMPTS] + station] and stations[station * at.STATION_COLUMNS + at.FIRST_SERVED] >= 0:
        victim = last_in_service(stations, slots, station)
        if slots[victim + at.RANK] > rank:
            interrupt(ints, sums, stations, slots, victim, station, now)
            start(ints, reals, sums, stations, heap, slots, slot, now)
            return
    _wait(ints, sums, stations, slots, slot, now)


@njit(cache=True)
def _wait(ints, sums, stations, slots, slot, now):
    station = slots[slot + at.STATION]
    touch(ints, sums, stations, station, now)
    append(sums, slots, queue_of(ints, slots, station, slot), slot)
    slots[slot + at.QUEUED] = 1
    slots[slot + at.JOINED] = now
    stations[station * at.STATION_COLUMNS + at.WAITING] += 1
    if (
        slots[slot + at.STARTED] < 0
        and ints[ints[at.OFFER_WALK_IN] + slots[slot + at.OFFER]]
        and ints[ints[at.CLOSES] + station]
        and slots[slot + at.STAGE] == AT_WORK
    ):
        note_walk_in(stations, slots, station, slot)


@njit(cache=True)
def pull(ints, reals, sums, stations, heap, slots, station, now):
    """Give free servers to those who wait."""
    if (
        stations[station * at.STATION_COLUMNS + at.WAITING] == 0
        or slots[(first_in_line(ints, sums, station)) + at.STAGE] != IN_BED
    ):
        _pull_work(ints, reals, sums, stations, heap, slots, station, now)
        return
    while (
        stations[station * at.STATION_COLUMNS + at.WAITING] > 0
        and stations[station * at.STATION_COLUMNS + at.BUSY] < stations[station * at.STATION_COLUMNS + at.SERVERS]
    ):
        slot = first_in_line(ints, sums, station)
        leave_queue(ints, sums, stations, slots, slot, station, now)
        lie_down(ints, reals, sums, stations, heap, slots, slot, now)


@njit(cache=True)
def _first_ready(ints, sums, stations, slots, station):
    """Return who is served next: the first in line for whom all that he needs is free; -1: nobody."""
    first = sums[at.QUEUES] + station * ints[at.RANKS] * 2
    for queue in range(first, first + ints[at.RANKS] * 2, 2):
        slot = sums[queue]
        while slot >= 0:
            if others_free(ints, stations, slots, slot):
                return slot
            slot = slots[slot + at.NEXT]
    return -1


@njit(cache=True)
def _pull_work(ints, reals, sums, stations, heap, slots, station, now):
    while (
        stations[station * at.STATION_COLUMNS + at.WAITING] > 0
        and stations[station * at.STATION_COLUMNS + at.BUSY] < stations[station * at.STATION_COLUMNS + at.SERVERS]
    ):
        slot = _first_ready(ints, sums, stations, slots, station)
        if slot < 0:
            return
        leave_queue(ints, sums, stations, slots, slot, station, now)
        start(ints, reals, sums, stations, heap, slots, slot, now)


@njit(cache=True)
def leave_queue(ints, sums, stations, slots, slot, station, now):
    touch(ints, sums, stations, station, now)
    take_out(sums, slots, queue_of(ints, slots, station, slot), slot)
    slots[slot + at.QUEUED] = 0
    stations[station * at.STATION_COLUMNS + at.WAITING] -= 1
    forget_walk_in(stations, slots, station, slot)


@njit(cache=True)
def last_in_service(stations, slots, station):
    """Return whose service is interrupted first: of the largest rank, who began last, then the largest key."""
    best = stations[station * at.STATION_COLUMNS + at.FIRST_SERVED]
    slot = slots[best + at.NEXT_SERVED]
    while slot >= 0:
        if slots[slot + at.RANK] != slots[best + at.RANK]:
            later = slots[slot + at.RANK] > slots[best + at.RANK]
        elif slots[slot + at.BEGAN] != slots[best + at.BEGAN]:
            later = slots[slot + at.BEGAN] > slots[best + at.BEGAN]
        else:
            later = np.uint64(slots[slot + at.KEY]) > np.uint64(slots[best + at.KEY])
        if later:
            best = slot
        slot = slots[slot + at.NEXT_SERVED]
    return best


@njit(cache=True)
def start(ints, reals, sums, stations, heap, slots, slot, now):
    """Take the servers that a task or a trip needs."""
    station, stage = slots[slot + at.STATION], slots[slot + at.STAGE]
    touch(ints, sums, stations, station, now)
    stations[station * at.STATION_COLUMNS + at.BUSY] += 1
    slots[slot + at.BEGAN] = now
    slots[slot + at.COMMITTED] = 1
    if stage == BY_AMBULANCE:
        slots[slot + at.DUE] = now + slots[slot + at.TRIP]
        put(ints, sums, heap, slots[slot + at.DUE], SERVED, station, slots[slot + at.KEY], slot)
        return
    if slots[slot + at.STARTED] < 0:
        slots[slot + at.STARTED] = now
    task = slots[slot + at.TASK]
    for row in range(ints[ints[at.NEED_START] + task] + 1, ints[ints[at.NEED_START] + task + 1]):
        touch(ints, sums, stations, ints[ints[at.NEED] + row], now)
        stations[ints[ints[at.NEED] + row] * at.STATION_COLUMNS + at.BUSY] += 1
    length = slots[slot + at.LEFT]
    if length == 0:
        place = task - ints[ints[at.TASK_START] + slots[slot + at.OFFER]]
        random_bits = bits(ints[at.RUN], np.uint64(slots[slot + at.KEY]), slots[slot + at.NUMBER], _TASK + place)
        length = max(1, duration(ints, reals, ints[ints[at.TASK_LAW] + task], random_bits))
    slots[slot + at.DUE] = now + length
    if ints[ints[at.PREEMPTS] + station] or ints[ints[at.INTERRUPTS] + station]:
        note_served(stations, slots, station, slot)
    put(ints, sums, heap, slots[slot + at.DUE], SERVED, station, slots[slot + at.KEY], slot)


@njit(cache=True)
def interrupt(ints, sums, stations, slots, slot, station, now):
    """Send somebody in service back to the head of the queue, with what is left of the service."""
    touch(ints, sums, stations, station, now)
    slots[slot + at.LEFT] = slots[slot + at.DUE] - now
    slots[slot + at.DUE] = -1
    forget_served(stations, slots, station, slot)
    stations[station * at.STATION_COLUMNS + at.BUSY] -= 1
    prepend(sums, slots, queue_of(ints, slots, station, slot), slot)
    slots[slot + at.QUEUED] = 1
    slots[slot + at.JOINED] = now
    stations[station * at.STATION_COLUMNS + at.WAITING] += 1


@njit(cache=True)
def lie_down(ints, reals, sums, stations, heap, slots, slot, now):
    """Take a bed, and ask for the first task in it."""
    key, number, offer, beds = (
        slots[slot + at.KEY],
        slots[slot + at.NUMBER],
        slots[slot + at.OFFER],
        slots[slot + at.STATION],
    )
    touch(ints, sums, stations, beds, now)
    stations[beds * at.STATION_COLUMNS + at.BUSY] += 1
    slots[slot + at.BEGAN] = now
    slots[slot + at.COMMITTED] = 1
    if slots[slot + at.STARTED] < 0:
        slots[slot + at.STARTED] = now
    put(ints, sums, heap, now + stay(ints, reals, np.uint64(key), number, offer), STAY_OVER, beds, key, slot)
    slots[slot + at.HOLDS] = 1
    if slots[slot + at.TASK] < slots[slot + at.TASK_END]:
        slots[slot + at.HOLDS] = 2
        slots[slot + at.STAGE] = AT_WORK
        slots[slot + at.STATION] = ints[ints[at.NEED] + ints[ints[at.NEED_START] + slots[slot + at.TASK]]]
        join_work(ints, reals, sums, stations, heap, slots, slot, ints[ints[at.OFFER_RANK_IN_CARE] + offer], now)


@njit(cache=True)
def pull_here_and_at_partners(ints, reals, sums, stations, heap, slots, station, now):
    """Give a server that came free to those who wait for it, at its own station or at a partner."""
    pull(ints, reals, sums, stations, heap, slots, station, now)
    for row in range(ints[ints[at.PARTNER_START] + station], ints[ints[at.PARTNER_START] + station + 1]):
        pull(ints, reals, sums, stations, heap, slots, ints[ints[at.PARTNER] + row], now)
