"""Counting in the compiled engine: visits when they end, and the hours of stations whenever something changes."""

from __future__ import annotations

import math

from numba import njit

from territory.simulation import tally as count
from territory.simulation.compiled import layout as at
from territory.simulation.network import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_MS, US_PER_SECOND
from territory.simulation.outcomes import DIED, DONE, EIGHT_HOURS_US, GAVE_UP
from territory.simulation.outcomes import WAITING as STILL_WAITING

_ASKED, _BEGUN, _TRIES, _SAME = count.ASKED, count.BEGUN, count.TRIES, count.SAME
_WAIT_MS, _WAIT_MIN2, _SAME_MS = count.WAIT_MS, count.WAIT_MIN2, count.SAME_MS
_LEFT_MS, _ON_SITE_MS = count.LEFT_MS, count.ON_SITE_MS
_EPISODES, _FIRST, _FIRST_MS, _COMPLETE = count.EPISODES, count.FIRST, count.FIRST_MS, count.COMPLETE
_INSIDE, _LENGTH_MS, _TRIPS, _TRAVEL_S, _TRAVEL_M = (
    count.INSIDE,
    count.LENGTH_MS,
    count.TRIPS,
    count.TRAVEL_S,
    count.TRAVEL_M,
)
_SUB_BITS, _SUB_BINS, _WAIT_BINS = count.SUB_BITS, count.SUB_BINS, count.WAIT_BINS
_HOURS_PER_WEEK = count.HOURS_PER_WEEK
_VISIT_COLUMNS, _SOURCE_COLUMNS = count.VISIT_COLUMNS, count.SOURCE_COLUMNS


@njit(cache=True)
def wait_bin(seconds):
    """Return the bin of a wait, see `tally.wait_bin`."""
    _, exponent = math.frexp(float(seconds))
    shift = max(exponent - 1 - _SUB_BITS, 0)
    return min(shift * _SUB_BINS + (seconds >> shift), _WAIT_BINS - 1)


@njit(cache=True)
def touch(ints, sums, stations, station, now):
    """Count the time since the last change at a station; to be called before each change."""
    begin = stations[station * at.STATION_COLUMNS + at.TOUCHED]
    stations[station * at.STATION_COLUMNS + at.TOUCHED] = now
    busy, waiting = (
        stations[station * at.STATION_COLUMNS + at.BUSY],
        stations[station * at.STATION_COLUMNS + at.WAITING],
    )
    if (busy == 0 and waiting == 0) or now <= begin:
        return
    while begin < now:
        hour = begin // US_PER_HOUR
        length = min(now, (hour + 1) * US_PER_HOUR) - begin
        base = sums[at.SERIES] + hour * 2
        sums[base] += busy * length
        sums[base + 1] += waiting * length
        month = ints[ints[at.MONTH_OF_DAY] + hour // 24]
        if month >= 0:
            base = sums[at.HOURS] + (station * _HOURS_PER_WEEK + hour % _HOURS_PER_WEEK) * 2
            sums[base] += busy * length
            sums[base + 1] += waiting * length
            base = sums[at.MONTHS] + (month * ints[at.STATIONS] + station) * 2
            sums[base] += busy * length
            sums[base + 1] += waiting * length
        begin += length


@njit(cache=True)
def _add(sums, base, outcome, tries, begun, waits, wait_us, left_us, on_site_us):
    sums[base + outcome] += 1
    sums[base + _ASKED] += 1
    sums[base + _TRIES] += tries
    sums[base + _LEFT_MS] += left_us // US_PER_MS
    sums[base + _ON_SITE_MS] += on_site_us // US_PER_MS
    if begun:
        sums[base + _BEGUN] += 1
    if waits:
        sums[base + _WAIT_MS] += wait_us // US_PER_MS
        sums[base + _WAIT_MIN2] += (wait_us // US_PER_MINUTE) * (wait_us // US_PER_MINUTE)
        if wait_us <= EIGHT_HOURS_US:
            sums[base + _SAME] += 1
            sums[base + _SAME_MS] += wait_us // US_PER_MS


@njit(cache=True)
def count_visit(ints, sums, slots, records, slot, outcome, ended):
    """Count a visit that has ended, or that the horizon cuts (`ended` -1), and record it."""
    asked, started = slots[slot + at.ASKED], slots[slot + at.STARTED]
    if asked < ints[at.WARM_UP_US]:
        return
    source, option, offer = slots[slot + at.SOURCE], slots[slot + at.OPTION], slots[slot + at.OFFER]
    begun = started >= 0
    waits = begun or outcome == STILL_WAITING
    wait_us = (started if begun else ints[at.HORIZON_US]) - asked if waits else 0
    left_us = ended - asked if outcome in (GAVE_UP, DIED) else 0
    on_site_us = ended - started if outcome == DONE else 0
    class_ = ints[ints[at.OFFER_CLASS] + ints[ints[at.SOURCE_PATHWAY] + source] * ints[at.OFFERS] + offer]
    tries = slots[slot + at.TRIES]
    base = sums[at.OFFER_CELLS] + offer * _VISIT_COLUMNS
    _add(sums, base, outcome, tries, begun, waits, wait_us, left_us, on_site_us)
    base = sums[at.CLASS_CELLS] + class_ * _VISIT_COLUMNS
    _add(sums, base, outcome, tries, begun, waits, wait_us, left_us, on_site_us)
    if waits:
        sums[sums[at.WAITS] + class_ * _WAIT_BINS + wait_bin(wait_us // US_PER_SECOND)] += 1
    month = ints[ints[at.MONTH_OF_DAY] + asked // US_PER_DAY]
    base = sums[at.MONTHLY] + (month * ints[at.CLASSES] + class_) * 2
    sums[base] += 1
    sums[base + 1] += wait_us // US_PER_MS
    sums[sums[at.OPTIONS] + option] += 1
    base = sums[at.EPISODES] + source * _SOURCE_COLUMNS
    sums[base + _TRIPS] += 1
    sums[base + _TRAVEL_S] += ints[ints[at.CHOICE_SECONDS] + option]
    sums[base + _TRAVEL_M] += ints[ints[at.CHOICE_METRES] + option]
    if slots[slot + at.NUMBER] == 0:
        sums[base + _EPISODES] += 1
        if begun:
            sums[base + _FIRST] += 1
            sums[base + _FIRST_MS] += (started - slots[slot + at.ARRIVED]) // US_PER_MS
    if sums[at.RECORDING]:
        row = sums[at.RECORDS]
        sums[at.RECORDS] = row + 1
        records[row * at.RECORD_COLUMNS + 0], records[row * at.RECORD_COLUMNS + 1] = (
            slots[slot + at.PATIENT],
            slots[slot + at.NUMBER],
        )
        records[row * at.RECORD_COLUMNS + 2], records[row * at.RECORD_COLUMNS + 3] = source, option
        (
            records[row * at.RECORD_COLUMNS + 4],
            records[row * at.RECORD_COLUMNS + 5],
            records[row * at.RECORD_COLUMNS + 6],
        ) = asked, started, ended
        records[row * at.RECORD_COLUMNS + 7], records[row * at.RECORD_COLUMNS + 8] = outcome, tries


@njit(cache=True)
def count_complete(ints, sums, slots, slot, now):
    """Count an episode that is over with its last visit."""
    if now < ints[at.WARM_UP_US]:
        return
    base = sums[at.EPISODES] + slots[slot + at.SOURCE] * _SOURCE_COLUMNS
    sums[base + _COMPLETE] += 1
    sums[base + _INSIDE] += slots[slot + at.INSIDE]
    sums[base + _LENGTH_MS] += (now - slots[slot + at.ARRIVED]) // US_PER_MS
