"""The compiled engine: the same events in the same order on the same draws as the reference, in machine code."""

from __future__ import annotations

import numpy as np
from numba import njit

from territory.simulation import draws
from territory.simulation.compiled import layout as at
from territory.simulation.compiled.arrivals import send_next
from territory.simulation.compiled.calendar import drop_first, next_bucket
from territory.simulation.compiled.chance import bits, duration, member_key
from territory.simulation.compiled.counts import count_visit, touch
from territory.simulation.compiled.pointers import pointer_to
from territory.simulation.compiled.service import (
    interrupt,
    last_in_service,
    pull,
    pull_here_and_at_partners,
    put,
)
from territory.simulation.compiled.visits import (
    ask,
    begin_episode,
    leave,
    less_to_lie_for,
    new_slot,
    served,
    turn_away,
)
from territory.simulation.network import US_PER_WEEK
from territory.simulation.outcomes import ASK, BACK, IN_CARE, LEAVE, SERVED, STAY_OVER
from territory.simulation.outcomes import CHANGE as CHANGES
from territory.simulation.outcomes import WAITING as STILL_WAITING

_BATCH, _LATE = draws.BATCH, draws.LATE
_SPARE = 64  # room for what one ordinary event puts into the calendar or the records


@njit(cache=True)
def _prepare(ints, reals, sums, stations, heap):
    for source in range(ints[at.SOURCES]):
        send_next(ints, reals, sums, heap, source)
    for station in range(ints[at.STATIONS]):
        _put_change(ints, sums, stations, heap, station, 0)


@njit(cache=True)
def _put_change(ints, sums, stations, heap, station, now):
    first, last = ints[ints[at.CHANGE_START] + station], ints[ints[at.CHANGE_START] + station + 1]
    if last - first == 1:
        return
    row = (stations[station * at.STATION_COLUMNS + at.CHANGE] + 1) % (last - first)
    stations[station * at.STATION_COLUMNS + at.CHANGE] = row
    put(
        ints,
        sums,
        heap,
        now + (ints[ints[at.CHANGE_US] + first + row] - now) % US_PER_WEEK,
        CHANGES,
        station,
        0,
        station,
    )


@njit(cache=True)
def _change(ints, reals, sums, stations, heap, slots, records, station, now):
    _put_change(ints, sums, stations, heap, station, now)
    set_servers(ints, reals, sums, stations, heap, slots, records, station, now)


@njit(cache=True)
def set_servers(ints, reals, sums, stations, heap, slots, records, station, now):
    """Let the number of servers be that of the timetable and what a process has added."""
    first, last = ints[ints[at.CHANGE_START] + station], ints[ints[at.CHANGE_START] + station + 1]
    row = (stations[station * at.STATION_COLUMNS + at.CHANGE] - 1) % (last - first) if last - first > 1 else 0
    servers = max(0, ints[ints[at.CHANGE_SERVERS] + first + row] + stations[station * at.STATION_COLUMNS + at.EXTRA])
    touch(ints, sums, stations, station, now)
    stations[station * at.STATION_COLUMNS + at.SERVERS] = servers
    if ints[ints[at.INTERRUPTS] + station]:
        while stations[station * at.STATION_COLUMNS + at.BUSY] > servers:
            interrupt(
                ints,
                sums,
                stations,
                slots,
                last_in_service(stations, slots, station),
                station,
                now,
            )
    if servers > 0:
        pull(ints, reals, sums, stations, heap, slots, station, now)
    else:
        slot = stations[station * at.STATION_COLUMNS + at.FIRST_WALK]
        while slot >= 0:
            following = slots[slot + at.NEXT_WALK]
            turn_away(ints, reals, sums, stations, heap, slots, records, slot, station, now)
            slot = following
    for row in range(ints[ints[at.PARTNER_START] + station], ints[ints[at.PARTNER_START] + station + 1]):
        pull(ints, reals, sums, stations, heap, slots, ints[ints[at.PARTNER] + row], now)


@njit(cache=True)
def _arrive(ints, reals, sums, stations, heap, slots, records, source, key, now):
    """Let the patient, or the batch, of a source come, and await the next."""
    send_next(ints, reals, sums, heap, source)
    if ints[ints[at.SOURCE_BATCH] + source] < 0 and ints[ints[at.SOURCE_LATE] + source] < 0:
        slot = new_slot(sums, slots)
        slots[slot + at.PATIENT] = -1
        slots[slot + at.KEY] = key
        slots[slot + at.SOURCE] = source
        begin_episode(ints, reals, sums, stations, heap, slots, records, slot, now)
        return
    size = 1
    if ints[ints[at.SOURCE_BATCH] + source] >= 0:
        size = duration(
            ints, reals, ints[ints[at.SOURCE_BATCH] + source], bits(ints[at.RUN], np.uint64(key), 0, _BATCH)
        )
    for number in range(size):
        own = member_key(np.uint64(key), number)
        time = now
        if ints[ints[at.SOURCE_LATE] + source] >= 0:
            time += duration(ints, reals, ints[ints[at.SOURCE_LATE] + source], bits(ints[at.RUN], own, 0, _LATE))
        slot = new_slot(sums, slots)
        slots[slot + at.KEY] = np.int64(own)
        slots[slot + at.SOURCE] = source
        slots[slot + at.PATIENT] = -1
        slots[slot + at.NUMBER] = -1
        slots[slot + at.ASKED] = -1
        slots[slot + at.ASKS] = time
        put(ints, sums, heap, time, ASK, 0, slots[slot + at.KEY], slot)


@njit(cache=True)
def _size_of_event(ints, reals, stations, kind, place, key):
    """Return for how many patients an event may need room."""
    if kind == CHANGES:
        waiting = stations[place * at.STATION_COLUMNS + at.WAITING]
        for row in range(ints[ints[at.PARTNER_START] + place], ints[ints[at.PARTNER_START] + place + 1]):
            waiting += stations[ints[ints[at.PARTNER] + row] * at.STATION_COLUMNS + at.WAITING]
        return waiting
    if kind == ASK and place < 0 and ints[ints[at.SOURCE_BATCH] + -place - 1] >= 0:
        return duration(
            ints, reals, ints[ints[at.SOURCE_BATCH] + -place - 1], bits(ints[at.RUN], np.uint64(key), 0, _BATCH)
        )
    return 0


@njit(cache=True)
def _slots_left(sums, slots, wanted):
    """Say whether so many slots are free."""
    slot = sums[at.FREE_SLOT]
    while wanted > 0 and slot < sums[at.SLOTS_ROOM]:
        slot = slots[slot + at.NEXT]
        wanted -= 1
    return wanted == 0


@njit(cache=True)
def _handle(ints, reals, sums, stations, heap, slots, records, kind, key, place, now):  # noqa: C901
    if kind == ASK and place < 0:
        _arrive(ints, reals, sums, stations, heap, slots, records, -place - 1, key, now)
    elif kind == CHANGES:
        _change(ints, reals, sums, stations, heap, slots, records, place, now)
    elif kind == BACK:
        touch(ints, sums, stations, place, now)
        stations[place * at.STATION_COLUMNS + at.BUSY] -= 1
        pull_here_and_at_partners(ints, reals, sums, stations, heap, slots, place, now)
    elif slots[place + at.KEY] != key:
        return  # he has left meanwhile
    elif kind == SERVED:
        if slots[place + at.DUE] == now:
            served(ints, reals, sums, stations, heap, slots, records, place, now)
    elif kind == STAY_OVER:
        less_to_lie_for(ints, reals, sums, stations, heap, slots, records, place, now)
    elif kind == LEAVE:
        if slots[place + at.LEAVES] == now and not slots[place + at.COMMITTED]:
            leave(ints, sums, stations, slots, records, place, now)
    elif slots[place + at.ASKS] == now:
        if slots[place + at.NUMBER] < 0:
            begin_episode(ints, reals, sums, stations, heap, slots, records, place, now)
        else:
            ask(ints, reals, sums, stations, heap, slots, records, place, now)


@njit(cache=True)
def _advance(ints, reals, sums, stations, heap, slots, records, until):
    stride = ints[at.STATIONS] + 1
    while True:
        while sums[at.EVENTS] == 0:
            if sums[at.LATER_EVENTS] == 0 or sums[at.NEAR_UNTIL] >= until:
                return at.DONE
            next_bucket(ints, sums, heap)
        if heap[at.TIME] >= until:
            return at.DONE
        now, order, key, place = heap[at.TIME], heap[at.ORDER], heap[at.EVENT_KEY], heap[at.PLACE]
        kind = order // stride
        room = _SPARE + _size_of_event(ints, reals, stations, kind, place, key)
        if sums[at.EVENTS] + sums[at.LATER_EVENTS] + 2 * room > sums[at.HEAP_ROOM]:
            return at.HEAP_FULL
        if kind == ASK and place < 0 and not _slots_left(sums, slots, room - _SPARE + 1):
            return at.SLOTS_FULL
        if sums[at.RECORDING] and sums[at.RECORDS] + room > sums[at.RECORDS_ROOM]:
            return at.RECORDS_FULL
        drop_first(sums, heap)
        _handle(ints, reals, sums, stations, heap, slots, records, kind, key, place, now)


@njit(cache=True)
def _close(ints, sums, stations):
    for station in range(ints[at.STATIONS]):
        touch(ints, sums, stations, station, ints[at.HORIZON_US])


@njit(cache=True)
def _cut(ints, sums, slots, records, first):
    for slot in range(first, sums[at.SLOTS_ROOM], at.SLOT_COLUMNS):
        if sums[at.RECORDING] and sums[at.RECORDS] == sums[at.RECORDS_ROOM]:
            return slot
        if slots[slot + at.KEY] != 0 and slots[slot + at.PATIENT] >= 0 and slots[slot + at.ASKED] >= 0:
            outcome = IN_CARE if slots[slot + at.STARTED] >= 0 else STILL_WAITING
            count_visit(ints, sums, slots, records, slot, outcome, -1)
    return -1


# What the run calls: arrays in, pointers on.


@njit(cache=True)
def prepare(ints, reals, sums, stations, heap):
    """Put the first event of every source and station into the calendar; there must be room."""
    _prepare(pointer_to(ints), pointer_to(reals), pointer_to(sums), pointer_to(stations), pointer_to(heap))


@njit(cache=True)
def advance(ints, reals, sums, stations, heap, slots, records, until):
    """Let everything happen before a moment; stop earlier when an array is full, and say which."""
    return _advance(
        pointer_to(ints),
        pointer_to(reals),
        pointer_to(sums),
        pointer_to(stations),
        pointer_to(heap),
        pointer_to(slots),
        pointer_to(records),
        until,
    )


@njit(cache=True)
def close(ints, sums, stations):
    """Count the time at every station up to the horizon."""
    _close(pointer_to(ints), pointer_to(sums), pointer_to(stations))


@njit(cache=True)
def cut(ints, sums, slots, records, first):
    """Count visits under way from a slot on; return where to go on when the records are full, -1 at the end."""
    return _cut(pointer_to(ints), pointer_to(sums), pointer_to(slots), pointer_to(records), first)


@njit(cache=True)
def change_servers(ints, reals, sums, stations, heap, slots, records, station, change, now):
    """Add servers to a station, or take some away, whatever the timetable says; there must be room for who starts."""
    row = station * at.STATION_COLUMNS + at.EXTRA
    stations[row] += change
    set_servers(
        pointer_to(ints),
        pointer_to(reals),
        pointer_to(sums),
        pointer_to(stations),
        pointer_to(heap),
        pointer_to(slots),
        pointer_to(records),
        station,
        now,
    )


@njit(cache=True)
def send(ints, sums, heap, slots, source, key, number, now):
    """Let somebody of a source fall ill now, besides all who come anyway; there must be room."""
    heap_at, slots_at, sums_at = pointer_to(heap), pointer_to(slots), pointer_to(sums)
    slot = new_slot(sums_at, slots_at)
    slots[slot + at.KEY] = key
    slots[slot + at.SOURCE] = source
    slots[slot + at.PATIENT] = number
    slots[slot + at.NUMBER] = -1
    slots[slot + at.ASKED] = -1
    slots[slot + at.ASKS] = now
    put(pointer_to(ints), sums_at, heap_at, now, ASK, 0, key, slot)
