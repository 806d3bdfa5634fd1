"""Visits in the compiled engine: who asks, comes back, moves on and leaves. The rules are those of `reference`."""

from __future__ import annotations

import numpy as np
from numba import njit

from territory.simulation import draws
from territory.simulation.compiled import layout as at
from territory.simulation.compiled.arrivals import choose, does_fail, is_absent, onward, stay, way_out
from territory.simulation.compiled.calendar import (
    forget_served,
)
from territory.simulation.compiled.chance import bits, duration, uniform
from territory.simulation.compiled.counts import count_complete, count_visit, touch
from territory.simulation.compiled.service import (
    is_free,
    join,
    join_work,
    leave_queue,
    pull_here_and_at_partners,
    put,
)
from territory.simulation.network import US_PER_WEEK
from territory.simulation.outcomes import (
    ASK,
    BACK,
    DIED,
    DONE,
    FAILED,
    GAVE_UP,
    LEAVE,
    NO_SHOW,
    TURNED_AWAY,
)
from territory.simulation.stations import AT_WORK, BY_AMBULANCE, IN_BED

_JOIN, _PATIENCE, _PERSIST, _RETURN, _TASK = draws.JOIN, draws.PATIENCE, draws.PERSIST, draws.RETURN, draws.TASK


@njit(cache=True)
def new_slot(sums, slots):
    """Return a free slot; there must be one."""
    slot = sums[at.FREE_SLOT]
    sums[at.FREE_SLOT] = slots[slot + at.NEXT]
    return slot


@njit(cache=True)
def free_slot(sums, slots, slot):
    """Give a slot back; events that still point to it find that nobody is there."""
    slots[slot + at.KEY] = 0
    slots[slot + at.DUE] = -1
    slots[slot + at.ASKS] = -1
    slots[slot + at.LEAVES] = -1
    slots[slot + at.NEXT] = sums[at.FREE_SLOT]
    sums[at.FREE_SLOT] = slot


@njit(cache=True)
def begin_episode(ints, reals, sums, stations, heap, slots, records, slot, now):
    """Let a patient ask for the first step; steps before time 0 are taken as done without a wait."""
    source, key = slots[slot + at.SOURCE], np.uint64(slots[slot + at.KEY])
    if slots[slot + at.PATIENT] < 0:
        slots[slot + at.PATIENT] = sums[at.PATIENTS]
        sums[at.PATIENTS] += 1
    slots[slot + at.ARRIVED] = now
    slots[slot + at.INSIDE] = 1
    zone, step, number, time, carried_from = (
        ints[ints[at.SOURCE_ZONE] + source],
        ints[ints[at.SOURCE_STEP] + source],
        0,
        now,
        -1,
    )
    cell = zone * ints[at.ACTIVITIES] + ints[ints[at.STEP_ACTIVITY] + step]
    while True:
        option = choose(ints, reals, key, number, cell)
        offer = ints[ints[at.CHOICE_OFFER] + option]
        if offer < 0:
            free_slot(sums, slots, slot)
            return
        if time >= 0:
            break
        time += stay(ints, reals, key, number, offer)
        step, cell, delay, carried_from = onward(ints, reals, key, number, zone, step, option)
        time += delay
        if step < 0 or time >= ints[at.HORIZON_US]:
            free_slot(sums, slots, slot)
            return
        number += 1
    set_visit(ints, reals, slots, slot, step, number, option, carried_from)
    if time == now:
        ask(ints, reals, sums, stations, heap, slots, records, slot, now)
    else:
        slots[slot + at.ASKS] = time
        put(ints, sums, heap, time, ASK, 0, slots[slot + at.KEY], slot)


@njit(cache=True)
def set_visit(ints, reals, slots, slot, step, number, option, carried_from):
    """Write the next visit of a patient into his slot."""
    key = np.uint64(slots[slot + at.KEY])
    offer = ints[ints[at.CHOICE_OFFER] + option]
    slots[slot + at.STEP], slots[slot + at.NUMBER], slots[slot + at.OPTION], slots[slot + at.OFFER] = (
        step,
        number,
        option,
        offer,
    )
    if not ints[ints[at.CHOICE_INSIDE] + option]:
        slots[slot + at.INSIDE] = 0
    slots[slot + at.ASKED] = -1
    slots[slot + at.STARTED] = -1
    slots[slot + at.TASK] = ints[ints[at.TASK_START] + offer]
    slots[slot + at.ABSENT] = is_absent(ints, reals, key, number, offer)
    slots[slot + at.FAILS] = does_fail(ints, reals, key, number, offer)
    slots[slot + at.TASK_END] = (
        ints[ints[at.TASK_START] + offer] + 1 if slots[slot + at.ABSENT] else ints[ints[at.TASK_START] + offer + 1]
    )
    slots[slot + at.HOLDS] = 0
    slots[slot + at.LEFT] = 0
    slots[slot + at.DUE] = -1
    slots[slot + at.LEAVES] = -1
    slots[slot + at.COMMITTED] = 0
    slots[slot + at.TRIES] = 0
    slots[slot + at.QUEUED] = 0
    slots[slot + at.VEHICLE] = -1
    to = ints[ints[at.OFFER_FACILITY] + offer]
    if carried_from >= 0 and carried_from != to:
        trip = ints[ints[at.TRIP_US] + carried_from * ints[at.FACILITIES] + to]
        if ints[ints[at.AMBULANCE] + carried_from] >= 0 and trip > 0:
            slots[slot + at.VEHICLE], slots[slot + at.TRIP] = ints[ints[at.AMBULANCE] + carried_from], trip
    slots[slot + at.PREVIOUS_WALK] = -1


@njit(cache=True)
def ask(ints, reals, sums, stations, heap, slots, records, slot, now):
    """Ask for a visit, the first time or again."""
    slots[slot + at.ASKS] = -1
    if slots[slot + at.ASKED] >= 0:
        take_part(ints, reals, sums, stations, heap, slots, slot, now)
        return
    slots[slot + at.ASKED] = now
    key = np.uint64(slots[slot + at.KEY])
    number, step = slots[slot + at.NUMBER], slots[slot + at.STEP]
    law = ints[ints[at.PATIENCE_LAW] + step]
    if law >= 0:
        patience = duration(ints, reals, law, bits(ints[at.RUN], key, number, _PATIENCE))
        slots[slot + at.LEAVES] = now + patience
    if slots[slot + at.VEHICLE] >= 0:
        slots[slot + at.STAGE] = BY_AMBULANCE
        slots[slot + at.STATION] = slots[slot + at.VEHICLE]
        join(
            ints,
            reals,
            sums,
            stations,
            heap,
            slots,
            slot,
            ints[
                ints[at.OFFER_RANK]
                + ints[ints[at.SOURCE_PATHWAY] + slots[slot + at.SOURCE]] * ints[at.OFFERS]
                + slots[slot + at.OFFER]
            ],
            now,
        )
    else:
        come_in(ints, reals, sums, stations, heap, slots, records, slot, now)
    if (
        law >= 0
        and slots[slot + at.LEAVES] >= 0
        and np.uint64(slots[slot + at.KEY]) == key
        and not slots[slot + at.COMMITTED]
    ):
        put(
            ints,
            sums,
            heap,
            slots[slot + at.LEAVES],
            LEAVE,
            slots[slot + at.STATION],
            slots[slot + at.KEY],
            slot,
        )


@njit(cache=True)
def come_in(ints, reals, sums, stations, heap, slots, records, slot, now):
    """Ask at the door: it may be closed, full, or the queue too long."""
    next_needs(ints, slots, slot)
    station = slots[slot + at.STATION]
    offer = slots[slot + at.OFFER]
    if (
        ints[ints[at.OFFER_WALK_IN] + offer]
        and stations[station * at.STATION_COLUMNS + at.SERVERS] == 0
        and ints[ints[at.OPENING_START] + station + 1] > ints[ints[at.OPENING_START] + station]
    ):
        come_back(ints, sums, heap, slots, slot, station, now)
        return
    if (
        ints[ints[at.CAPACITY] + station] >= 0
        and stations[station * at.STATION_COLUMNS + at.BUSY] + stations[station * at.STATION_COLUMNS + at.WAITING]
        >= ints[ints[at.CAPACITY] + station]
    ):
        count_visit(ints, sums, slots, records, slot, TURNED_AWAY, -1)
        free_slot(sums, slots, slot)
        return
    first, last = ints[ints[at.JOIN_START] + station], ints[ints[at.JOIN_START] + station + 1]
    if last > first and not is_free(ints, stations, slots, slot):
        chance = reals[
            ints[at.JOIN_CHANCE] + min(first + stations[station * at.STATION_COLUMNS + at.WAITING], last - 1)
        ]
        if uniform(ints[at.RUN], np.uint64(slots[slot + at.KEY]), slots[slot + at.NUMBER], _JOIN) >= chance:
            count_visit(ints, sums, slots, records, slot, GAVE_UP, now)
            free_slot(sums, slots, slot)
            return
    take_part(ints, reals, sums, stations, heap, slots, slot, now)


@njit(cache=True)
def come_back(ints, sums, heap, slots, slot, station, now):
    """Let a walk-in come back in the first half of the next opening."""
    into_week = now % US_PER_WEEK
    first, last = ints[ints[at.OPENING_START] + station], ints[ints[at.OPENING_START] + station + 1]
    row = first
    while row < last and ints[ints[at.OPENING_FROM] + row] <= into_week:
        row += 1
    wait = -into_week
    if row == last:
        row = first
        wait += US_PER_WEEK
    opens, closes = ints[ints[at.OPENING_FROM] + row], ints[ints[at.OPENING_TO] + row]
    share = uniform(ints[at.RUN], np.uint64(slots[slot + at.KEY]), slots[slot + at.NUMBER], _RETURN)
    time = now + wait + opens + np.int64(share * ((closes - opens) // 2))
    slots[slot + at.ASKS] = time
    put(ints, sums, heap, time, ASK, 0, slots[slot + at.KEY], slot)


@njit(cache=True)
def take_part(ints, reals, sums, stations, heap, slots, slot, now):
    """Join the queue of what the visit needs first."""
    next_needs(ints, slots, slot)
    pathway = ints[ints[at.SOURCE_PATHWAY] + slots[slot + at.SOURCE]]
    join(
        ints,
        reals,
        sums,
        stations,
        heap,
        slots,
        slot,
        ints[ints[at.OFFER_RANK] + pathway * ints[at.OFFERS] + slots[slot + at.OFFER]],
        now,
    )


@njit(cache=True)
def next_needs(ints, slots, slot):
    bed = ints[ints[at.OFFER_BED] + slots[slot + at.OFFER]]
    if bed >= 0 and slots[slot + at.HOLDS] == 0:
        slots[slot + at.STAGE] = IN_BED
        slots[slot + at.STATION] = bed
    else:
        slots[slot + at.STAGE] = AT_WORK
        slots[slot + at.STATION] = ints[ints[at.NEED] + ints[ints[at.NEED_START] + slots[slot + at.TASK]]]


@njit(cache=True)
def served(ints, reals, sums, stations, heap, slots, records, slot, now):
    """End a task or a trip: move on, then let the servers take the next."""
    station, task = slots[slot + at.STATION], slots[slot + at.TASK]
    slots[slot + at.DUE] = -1
    slots[slot + at.LEFT] = 0
    counted = now >= ints[at.WARM_UP_US]
    if slots[slot + at.STAGE] == BY_AMBULANCE:
        if counted:
            sums[sums[at.SERVED] + station] += 1
        put(ints, sums, heap, now + slots[slot + at.TRIP], BACK, station, slots[slot + at.KEY], station)
        slots[slot + at.VEHICLE] = -1
        come_in(ints, reals, sums, stations, heap, slots, records, slot, now)
        return
    first, last = ints[ints[at.NEED_START] + task], ints[ints[at.NEED_START] + task + 1]
    if counted:
        for row in range(first, last):
            sums[sums[at.SERVED] + ints[ints[at.NEED] + row]] += 1
    if ints[ints[at.PREEMPTS] + station] or ints[ints[at.INTERRUPTS] + station]:
        forget_served(stations, slots, station, slot)
    slots[slot + at.TASK] = task + 1
    if task + 1 < slots[slot + at.TASK_END]:
        slots[slot + at.STATION] = ints[ints[at.NEED] + ints[ints[at.NEED_START] + task + 1]]
        join_work(
            ints,
            reals,
            sums,
            stations,
            heap,
            slots,
            slot,
            ints[ints[at.OFFER_RANK_IN_CARE] + slots[slot + at.OFFER]],
            now,
        )
    elif slots[slot + at.HOLDS] > 0:
        less_to_lie_for(ints, reals, sums, stations, heap, slots, records, slot, now)
    else:
        finish(ints, reals, sums, heap, slots, records, slot, now)
    for row in range(first, last):
        touch(ints, sums, stations, ints[ints[at.NEED] + row], now)
        stations[ints[ints[at.NEED] + row] * at.STATION_COLUMNS + at.BUSY] -= 1
    for row in range(first, last):
        pull_here_and_at_partners(ints, reals, sums, stations, heap, slots, ints[ints[at.NEED] + row], now)


@njit(cache=True)
def less_to_lie_for(ints, reals, sums, stations, heap, slots, records, slot, now):
    slots[slot + at.HOLDS] -= 1
    if slots[slot + at.HOLDS] > 0:
        return
    beds = ints[ints[at.OFFER_BED] + slots[slot + at.OFFER]]
    finish(ints, reals, sums, heap, slots, records, slot, now)
    touch(ints, sums, stations, beds, now)
    stations[beds * at.STATION_COLUMNS + at.BUSY] -= 1
    if now >= ints[at.WARM_UP_US]:
        sums[sums[at.SERVED] + beds] += 1
    pull_here_and_at_partners(ints, reals, sums, stations, heap, slots, beds, now)


@njit(cache=True)
def finish(ints, reals, sums, heap, slots, records, slot, now):
    """End a visit, and put the next one into the calendar."""
    key, number, step, option = (
        np.uint64(slots[slot + at.KEY]),
        slots[slot + at.NUMBER],
        slots[slot + at.STEP],
        slots[slot + at.OPTION],
    )
    outcome = NO_SHOW if slots[slot + at.ABSENT] else (FAILED if slots[slot + at.FAILS] else DONE)
    count_visit(ints, sums, slots, records, slot, outcome, now)
    if outcome == DONE and way_out(ints, reals, key, number, step) == ints[at.WAYS]:
        count_complete(ints, sums, slots, slot, now)
        free_slot(sums, slots, slot)
        return
    zone = ints[ints[at.SOURCE_ZONE] + slots[slot + at.SOURCE]]
    following, cell, delay, carried_from = onward(ints, reals, key, number, zone, step, option)
    if following < 0 or now + delay >= ints[at.HORIZON_US]:
        free_slot(sums, slots, slot)
        return
    option = choose(ints, reals, key, number + 1, cell)
    if ints[ints[at.CHOICE_OFFER] + option] < 0:
        free_slot(sums, slots, slot)
        return
    set_visit(ints, reals, slots, slot, following, number + 1, option, carried_from)
    slots[slot + at.ASKS] = now + delay
    put(ints, sums, heap, now + delay, ASK, 0, slots[slot + at.KEY], slot)


@njit(cache=True)
def leave(ints, sums, stations, slots, records, slot, now):
    """End the patience of somebody whose care has not begun."""
    if slots[slot + at.QUEUED]:
        leave_queue(ints, sums, stations, slots, slot, slots[slot + at.STATION], now)
    count_visit(
        ints,
        sums,
        slots,
        records,
        slot,
        DIED if ints[ints[at.DIES] + slots[slot + at.STEP]] else GAVE_UP,
        now,
    )
    free_slot(sums, slots, slot)


@njit(cache=True)
def turn_away(ints, reals, sums, stations, heap, slots, records, slot, station, now):
    """Send a walk-in home at closing; some come back at the next opening."""
    leave_queue(ints, sums, stations, slots, slot, station, now)
    share = reals[ints[at.OFFER_RETURNS] + slots[slot + at.OFFER]]
    odds = 1.0
    for _ in range(slots[slot + at.TRIES] + 1):
        odds *= share
    if uniform(ints[at.RUN], np.uint64(slots[slot + at.KEY]), slots[slot + at.NUMBER], _PERSIST) < odds:
        slots[slot + at.TRIES] += 1
        come_back(ints, sums, heap, slots, slot, station, now)
    else:
        count_visit(ints, sums, slots, records, slot, TURNED_AWAY, -1)
        free_slot(sums, slots, slot)
