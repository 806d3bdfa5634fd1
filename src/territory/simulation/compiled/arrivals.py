"""Who comes next, and where people go: the draws of `arrivals` and `itineraries`, when they are needed."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from territory.simulation import draws
from territory.simulation.compiled import layout as at
from territory.simulation.compiled.calendar import push
from territory.simulation.compiled.chance import bits, duration, mix, patient_key, uniform, unit
from territory.simulation.network import US_PER_WEEK
from territory.simulation.outcomes import ASK

_ARRIVAL, _THIN, _FACILITY, _NEXT, _DELAY = draws.ARRIVAL, draws.THIN, draws.FACILITY, draws.NEXT, draws.DELAY
_NO_SHOW, _FAIL, _STAY = draws.NO_SHOW, draws.FAIL, draws.STAY


@njit(cache=True)
def _calendar(ints, profile, moment):
    if profile < 0:
        return moment
    weeks, into = moment // ints[ints[at.WINDOW_WEEK] + profile], moment % ints[ints[at.WINDOW_WEEK] + profile]
    window = ints[ints[at.WINDOW_START] + profile]
    while into >= ints[ints[at.WINDOW_LASTS] + window]:
        into -= ints[ints[at.WINDOW_LASTS] + window]
        window += 1
    return weeks * US_PER_WEEK + ints[ints[at.WINDOW_OPENS] + window] + into


@njit(cache=True)
def _share(ints, reals, table, moment):
    if table < 0:
        return 1.0
    into = moment % ints[ints[at.RATE_PERIOD] + table]
    row, last = ints[ints[at.RATE_START] + table], ints[ints[at.RATE_START] + table + 1] - 1
    while row < last and ints[ints[at.RATE_FROM] + row + 1] <= into:
        row += 1
    return reals[ints[at.RATE_SHARE] + row]


@njit(cache=True)
def send_next(ints, reals, sums, heap, source):
    """Put the next patient of a source into the calendar, unless he comes after the horizon."""
    asks = ASK * (ints[at.STATIONS] + 1)
    while True:
        key = patient_key(ints[ints[at.SOURCE_KEY] + source], sums[sums[at.CANDIDATES] + source])
        sums[sums[at.CANDIDATES] + source] += 1
        sums[sums[at.MOMENTS] + source] += duration(
            ints, reals, ints[ints[at.SOURCE_GAP] + source], bits(ints[at.RUN], key, 0, _ARRIVAL)
        )
        time = (
            _calendar(ints, ints[ints[at.SOURCE_WINDOW] + source], sums[sums[at.MOMENTS] + source])
            - ints[ints[at.SOURCE_PAST] + source]
        )
        if time >= ints[at.HORIZON_US]:
            return
        if ints[ints[at.SOURCE_WEEKLY] + source] >= 0 or ints[ints[at.SOURCE_SEASONAL] + source] >= 0:
            share = _share(ints, reals, ints[ints[at.SOURCE_WEEKLY] + source], time) * _share(
                ints, reals, ints[ints[at.SOURCE_SEASONAL] + source], time
            )
            if uniform(ints[at.RUN], key, 0, _THIN) >= share:
                continue
        push(ints, sums, heap, time, asks, np.int64(key), -source - 1)
        return


@njit(cache=True)
def choose(ints, reals, key, number, cell):
    """Return the option that a patient takes in a cell; they race, see `draws.race`."""
    first, last = ints[ints[at.CHOICE_START] + cell], ints[ints[at.CHOICE_START] + cell + 1]
    if last - first == 1:
        return first
    random_bits = bits(ints[at.RUN], key, number, _FACILITY)
    best = first
    least = np.inf
    for option in range(first, last):
        time = (
            -math.log(unit(mix(random_bits ^ np.uint64(ints[ints[at.CHOICE_KEY] + option]))))
            / reals[ints[at.CHOICE_WEIGHT] + option]
        )
        if time < least:
            least = time
            best = option
    return best


@njit(cache=True)
def is_absent(ints, reals, key, number, offer):
    share = reals[ints[at.OFFER_NO_SHOW] + offer]
    return share > 0.0 and uniform(ints[at.RUN], key, number, _NO_SHOW) < share


@njit(cache=True)
def does_fail(ints, reals, key, number, offer):
    share = reals[ints[at.OFFER_FAILS] + offer]
    return share > 0.0 and uniform(ints[at.RUN], key, number, _FAIL) < share


@njit(cache=True)
def stay(ints, reals, key, number, offer):
    """Return the stay in a bed; 0: none."""
    law = ints[ints[at.OFFER_STAY] + offer]
    if law < 0:
        return 0
    return max(1, duration(ints, reals, law, bits(ints[at.RUN], key, number, _STAY)))


@njit(cache=True)
def way_out(ints, reals, key, number, step):
    """Return the way out of a step; as many as there are columns when the episode ends with it."""
    ways = ints[at.WAYS]
    chance = uniform(ints[at.RUN], key, number, _NEXT)
    way = 0
    while way < ways and chance >= reals[ints[at.NEXT_CUMULATIVE] + step * ints[at.WAYS] + way]:
        way += 1
    return way


@njit(cache=True)
def onward(ints, reals, key, number, zone, step, option):
    """Return next step (-1: none), cell, delay, and the facility whence an ambulance carries (-1: none)."""
    offer = ints[ints[at.CHOICE_OFFER] + option]
    if is_absent(ints, reals, key, number, offer):
        return -1, -1, 0, -1
    if does_fail(ints, reals, key, number, offer):
        cell = ints[ints[at.CHOICE_FALLBACK] + option]
        return (step if cell >= 0 else -1), cell, 0, -1
    way = way_out(ints, reals, key, number, step)
    if way == ints[at.WAYS]:
        return -1, -1, 0, -1
    following = ints[ints[at.NEXT_STEP] + step * ints[at.WAYS] + way]
    law = ints[ints[at.NEXT_LAW] + step * ints[at.WAYS] + way]
    delay = 0
    if law >= 0:
        delay = duration(ints, reals, law, bits(ints[at.RUN], key, number, _DELAY))
    carried_from = (
        ints[ints[at.OFFER_FACILITY] + offer] if ints[ints[at.NEXT_URGENT] + step * ints[at.WAYS] + way] else -1
    )
    return following, zone * ints[at.ACTIVITIES] + ints[ints[at.STEP_ACTIVITY] + following], delay, carried_from
