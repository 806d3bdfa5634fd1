"""The calendar of events (a heap for now, buckets for later) and the lists of waiting and served patients."""

from __future__ import annotations

import numpy as np
from numba import njit

from territory.simulation.compiled import layout as at


@njit(cache=True)
def _before(heap, time, order, key, other):
    """Say whether an event comes before the one in a row of the heap."""
    if time != heap[other * at.EVENT_COLUMNS + at.TIME]:
        return time < heap[other * at.EVENT_COLUMNS + at.TIME]
    if order != heap[other * at.EVENT_COLUMNS + at.ORDER]:
        return order < heap[other * at.EVENT_COLUMNS + at.ORDER]
    return np.uint64(key) < np.uint64(heap[other * at.EVENT_COLUMNS + at.EVENT_KEY])


@njit(cache=True)
def _write(heap, row, time, order, key, place):
    heap[row * at.EVENT_COLUMNS + at.TIME] = time
    heap[row * at.EVENT_COLUMNS + at.ORDER] = order
    heap[row * at.EVENT_COLUMNS + at.EVENT_KEY] = key
    heap[row * at.EVENT_COLUMNS + at.PLACE] = place


@njit(cache=True)
def _move(heap, row, other):
    _write(
        heap,
        row,
        heap[other * at.EVENT_COLUMNS + at.TIME],
        heap[other * at.EVENT_COLUMNS + at.ORDER],
        heap[other * at.EVENT_COLUMNS + at.EVENT_KEY],
        heap[other * at.EVENT_COLUMNS + at.PLACE],
    )


@njit(cache=True)
def push(ints, sums, heap, time, order, key, place):
    """Put one event into the calendar; there must be room.

    Events of the bucket of now go into a heap, all later ones into the list of their bucket of time, of which there is
    a ring: what lies further than one lap ahead stays in its list until its lap comes.
    """
    if time < sums[at.NEAR_UNTIL]:
        push_near(sums, heap, time, order, key, place)
        return
    node = sums[at.FREE_NODE]
    row = at.EVENT_COLUMNS * sums[at.HEAP_ROOM] + node * at.NODE_COLUMNS
    sums[at.FREE_NODE] = heap[row + at.LATER]
    sums[at.LATER_EVENTS] += 1
    heap[row + at.TIME] = time
    heap[row + at.ORDER] = order
    heap[row + at.EVENT_KEY] = key
    heap[row + at.PLACE] = place
    bucket = sums[at.BUCKETS] + ((time // ints[at.BUCKET_US]) & (at.RING - 1))
    heap[row + at.LATER] = sums[bucket]
    sums[bucket] = node


@njit(cache=True)
def next_bucket(ints, sums, heap):
    """Move the events of the next bucket into the heap."""
    begin = sums[at.NEAR_UNTIL]
    until = begin + ints[at.BUCKET_US]
    sums[at.NEAR_UNTIL] = until
    bucket = sums[at.BUCKETS] + ((begin // ints[at.BUCKET_US]) & (at.RING - 1))
    node = sums[bucket]
    sums[bucket] = -1
    while node >= 0:
        row = at.EVENT_COLUMNS * sums[at.HEAP_ROOM] + node * at.NODE_COLUMNS
        following = heap[row + at.LATER]
        if heap[row + at.TIME] < until:
            push_near(
                sums,
                heap,
                heap[row + at.TIME],
                heap[row + at.ORDER],
                heap[row + at.EVENT_KEY],
                heap[row + at.PLACE],
            )
            heap[row + at.LATER] = sums[at.FREE_NODE]
            sums[at.FREE_NODE] = node
            sums[at.LATER_EVENTS] -= 1
        else:
            heap[row + at.LATER] = sums[bucket]
            sums[bucket] = node
        node = following


@njit(cache=True)
def push_near(sums, heap, time, order, key, place):
    """Put one event into the heap."""
    hole = sums[at.EVENTS]
    sums[at.EVENTS] = hole + 1
    while hole > 0:
        parent = (hole - 1) >> 2
        if not _before(heap, time, order, key, parent):
            break
        _move(heap, hole, parent)
        hole = parent
    _write(heap, hole, time, order, key, place)


@njit(cache=True)
def drop_first(sums, heap):
    """Take the first event out of the heap."""
    size = sums[at.EVENTS] - 1
    sums[at.EVENTS] = size
    time, order = heap[size * at.EVENT_COLUMNS + at.TIME], heap[size * at.EVENT_COLUMNS + at.ORDER]
    key, place = heap[size * at.EVENT_COLUMNS + at.EVENT_KEY], heap[size * at.EVENT_COLUMNS + at.PLACE]
    hole = 0
    while True:
        least = 4 * hole + 1
        if least >= size:
            break
        for other in range(least + 1, min(4 * hole + 5, size)):
            if _before(
                heap,
                heap[other * at.EVENT_COLUMNS + at.TIME],
                heap[other * at.EVENT_COLUMNS + at.ORDER],
                heap[other * at.EVENT_COLUMNS + at.EVENT_KEY],
                least,
            ):
                least = other
        if _before(heap, time, order, key, least):
            break
        _move(heap, hole, least)
        hole = least
    _write(heap, hole, time, order, key, place)


@njit(cache=True)
def append(sums, slots, queue, slot):
    """Put a patient at the end of a queue."""
    tail = sums[sums[at.QUEUES] + queue * 2 + 1]
    slots[slot + at.NEXT] = -1
    slots[slot + at.PREVIOUS] = tail
    if tail >= 0:
        slots[tail + at.NEXT] = slot
    else:
        sums[sums[at.QUEUES] + queue * 2 + 0] = slot
    sums[sums[at.QUEUES] + queue * 2 + 1] = slot


@njit(cache=True)
def prepend(sums, slots, queue, slot):
    """Put a patient at the head of a queue."""
    head = sums[sums[at.QUEUES] + queue * 2 + 0]
    slots[slot + at.PREVIOUS] = -1
    slots[slot + at.NEXT] = head
    if head >= 0:
        slots[head + at.PREVIOUS] = slot
    else:
        sums[sums[at.QUEUES] + queue * 2 + 1] = slot
    sums[sums[at.QUEUES] + queue * 2 + 0] = slot


@njit(cache=True)
def take_out(sums, slots, queue, slot):
    """Take a patient out of a queue, wherever he stands."""
    before, after = slots[slot + at.PREVIOUS], slots[slot + at.NEXT]
    if before >= 0:
        slots[before + at.NEXT] = after
    else:
        sums[sums[at.QUEUES] + queue * 2 + 0] = after
    if after >= 0:
        slots[after + at.PREVIOUS] = before
    else:
        sums[sums[at.QUEUES] + queue * 2 + 1] = before


@njit(cache=True)
def note_walk_in(stations, slots, station, slot):
    """Note a walk-in who waits for care to begin, the latest first."""
    head = stations[station * at.STATION_COLUMNS + at.FIRST_WALK]
    slots[slot + at.NEXT_WALK] = head
    slots[slot + at.PREVIOUS_WALK] = -2
    if head >= 0:
        slots[head + at.PREVIOUS_WALK] = slot
    stations[station * at.STATION_COLUMNS + at.FIRST_WALK] = slot


@njit(cache=True)
def forget_walk_in(stations, slots, station, slot):
    """Take a walk-in off the list, if he is on it (-1: he is not, -2: he is the first)."""
    before, after = slots[slot + at.PREVIOUS_WALK], slots[slot + at.NEXT_WALK]
    if before == -1:
        return
    if before >= 0:
        slots[before + at.NEXT_WALK] = after
    else:
        stations[station * at.STATION_COLUMNS + at.FIRST_WALK] = after
    if after >= 0:
        slots[after + at.PREVIOUS_WALK] = before
    slots[slot + at.PREVIOUS_WALK] = -1
    slots[slot + at.NEXT_WALK] = -1


@njit(cache=True)
def note_served(stations, slots, station, slot):
    """Note somebody in service who may be interrupted."""
    head = stations[station * at.STATION_COLUMNS + at.FIRST_SERVED]
    slots[slot + at.NEXT_SERVED] = head
    slots[slot + at.PREVIOUS_SERVED] = -1
    if head >= 0:
        slots[head + at.PREVIOUS_SERVED] = slot
    stations[station * at.STATION_COLUMNS + at.FIRST_SERVED] = slot


@njit(cache=True)
def forget_served(stations, slots, station, slot):
    """Take somebody off that list."""
    before, after = slots[slot + at.PREVIOUS_SERVED], slots[slot + at.NEXT_SERVED]
    if before >= 0:
        slots[before + at.NEXT_SERVED] = after
    else:
        stations[station * at.STATION_COLUMNS + at.FIRST_SERVED] = after
    if after >= 0:
        slots[after + at.PREVIOUS_SERVED] = before


@njit(cache=True)
def first_in_line(ints, sums, station):
    """Return who is served next at a station where somebody waits."""
    queue = station * ints[at.RANKS]
    while sums[sums[at.QUEUES] + queue * 2 + 0] < 0:
        queue += 1
    return sums[sums[at.QUEUES] + queue * 2 + 0]


@njit(cache=True)
def queue_of(ints, slots, station, slot):
    """Return the queue in which somebody stands."""
    return station * ints[at.RANKS] + slots[slot + at.RANK]
