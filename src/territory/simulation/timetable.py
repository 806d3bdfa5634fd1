"""Servers over the week: how posts become people who are there.

A timetable is a weekly step function: `change_minutes` (minutes since Monday 0:00, the first is 0) and the number of
servers from each of them on. Hours are those of the allocation: a full-time post gives ``hours_per_year * 7 / 365``
hours a week, rounded to whole minutes a day. Timetables are nested: with more posts, at no minute is anyone missing who
was there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from territory.scenario.queueing import WEEKDAYS, Shift
from territory.simulation.draws import Ints

MINUTES_PER_DAY = 24 * 60
MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY
WORKING_DAYS = 5
SHIFT_START_MINUTE = 8 * 60 + 30
LONGEST_SHIFT_HOURS = (MINUTES_PER_DAY - SHIFT_START_MINUTE) / 60
WEEKS_PER_YEAR = 365 / 7

_US_PER_HOUR = 3_600_000_000
_US_PER_DAY = 24 * _US_PER_HOUR
_US_PER_WEEK = 7 * _US_PER_DAY
_BLOCKS = 5  # one server at all hours, then four on weekdays
_WEEKDAY_MINUTES = 8 * 60
_DAY_STRIDE = 2  # two days a week are not neighbours
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Timetable:
    """Servers over one week, as a step function.

    Parameters
    ----------
    change_minutes
        Minutes since Monday 0:00 at which the count changes, ascending, the first is 0.
    servers
        Servers from that minute on, same shape.
    """

    change_minutes: Ints
    servers: Ints

    @property
    def server_hours(self) -> float:
        """Hours of servers in a week."""
        lengths = np.diff(np.append(self.change_minutes, MINUTES_PER_WEEK))
        return float((lengths * self.servers).sum()) / 60

    @property
    def by_minute(self) -> Ints:
        """Servers at each minute of the week, shape (10080,)."""
        return np.repeat(self.servers, np.diff(np.append(self.change_minutes, MINUTES_PER_WEEK)))


def shift_hours(hours_per_year: float) -> float:
    """Return the length of a full-time post's working day, hours."""
    return hours_per_year / WEEKS_PER_YEAR / WORKING_DAYS


def day_timetable(fte: float, hours_per_year: float, first_day: int) -> Timetable:
    """Return who is there at a station that works on weekdays from 8:30.

    A fraction of a post is days: 0.4 is two days a week, 0.5 two days and a half. `first_day` (any whole number, of
    which the remainder by five counts) says with which weekday the fraction begins, so that not all shared posts fall
    on Monday.
    """
    shift_minutes = 60 * shift_hours(hours_per_year)
    server_days = int(np.floor(WORKING_DAYS * fte + _ROUNDING))
    part = WORKING_DAYS * fte - server_days
    part_minutes = max(1, round(part * shift_minutes)) if part > _ROUNDING else 0
    servers = np.zeros(MINUTES_PER_WEEK, dtype=np.int64)
    for place in range(WORKING_DAYS):
        day = (first_day + _DAY_STRIDE * place) % WORKING_DAYS
        opens = day * MINUTES_PER_DAY + SHIFT_START_MINUTE
        everyone, further = divmod(server_days, WORKING_DAYS)
        servers[opens : opens + round(shift_minutes)] += everyone + (place < further)
        if place == further:
            servers[opens : opens + part_minutes] += 1
    return _steps(servers)


def continuous_timetable(fte: float, hours_per_year: float) -> Timetable:
    """Return who is there at a station that never closes.

    Hospitals hold their nights with few people and their weekdays with many. Hours are given out in blocks, in turn:
    one server at all hours (168 hours a week), then four who work on weekdays from 8:30 to 16:30 (40 hours each), then
    the next at all hours; the last block may be a part. At least one server is on call at all hours, even when the
    posts pay for fewer hours than the week has.
    """
    minutes_left = round(60 * fte * hours_per_year / WEEKS_PER_YEAR)
    servers = np.zeros(MINUTES_PER_WEEK, dtype=np.int64)
    block = 0
    while minutes_left > 0:
        days = 7 if block % _BLOCKS == 0 else WORKING_DAYS
        longest = MINUTES_PER_DAY if block % _BLOCKS == 0 else _WEEKDAY_MINUTES
        minutes_a_day = min(longest, minutes_left // days)
        for day in range(days):
            opens = day * MINUTES_PER_DAY + SHIFT_START_MINUTE
            servers[np.arange(opens, opens + minutes_a_day) % MINUTES_PER_WEEK] += 1
        minutes_left -= days * longest
        block += 1
    return _steps(np.maximum(servers, 1))


def weekday_timetable(servers: int) -> Timetable:
    """Return the timetable of a station with the same servers on weekdays from 8:30 to 16:30."""
    present = np.zeros(MINUTES_PER_WEEK, dtype=np.int64)
    for day in range(WORKING_DAYS):
        opens = day * MINUTES_PER_DAY + SHIFT_START_MINUTE
        present[opens : opens + _WEEKDAY_MINUTES] = servers
    return _steps(present)


def constant_timetable(servers: int) -> Timetable:
    """Return the timetable of a station with the same servers at all hours, a ward's beds for instance."""
    return Timetable(np.zeros(1, dtype=np.int64), np.full(1, servers, dtype=np.int64))


def _steps(by_minute: Ints) -> Timetable:
    changes = np.concatenate(([0], np.flatnonzero(np.diff(by_minute)) + 1))
    return Timetable(changes, by_minute[changes])


def tour_timetable(days: list[int], people: int, hours_per_day: float) -> Timetable:
    """Return who is at a stop of a mobile unit on some days of the week (0 is Monday), from 8:30."""
    present = np.zeros(MINUTES_PER_WEEK, dtype=np.int64)
    for day in days:
        opens = day * MINUTES_PER_DAY + SHIFT_START_MINUTE
        present[opens : opens + round(60 * hours_per_day)] = people
    return _steps(present)


def on_tour(timetable: Timetable, days: list[int], people: int, hours_per_day: float, least: int) -> Timetable:
    """Return a timetable without those who tour on some days; at least `least` of those who are there stay."""
    present = timetable.by_minute
    away = tour_timetable(days, people, hours_per_day).by_minute
    return _steps(np.minimum(present, np.maximum(present - away, least)))


def shifts_of_week(shifts: tuple[Shift, ...]) -> tuple[Ints, Ints]:
    """Return the moments of the week at which the servers change, the first is 0, and how many there are from then."""
    stretches = list(_stretches(shifts))
    moments = np.unique([0, *(moment for begin, end, _ in stretches for moment in (begin, end % _US_PER_WEEK))])
    there = np.zeros(len(moments), dtype=np.int64)
    for begin, end, count in stretches:
        there[(moments >= begin) & (moments < end)] += count
    kept = np.concatenate(([True], np.diff(there) != 0))
    return moments[kept].astype(np.int64), there[kept]


def _stretches(shifts: tuple[Shift, ...]) -> Iterator[tuple[int, int, int]]:
    for shift in shifts:
        for day in shift.days:
            midnight = WEEKDAYS.index(day) * _US_PER_DAY
            begin, end = (midnight + round(hour * _US_PER_HOUR) for hour in (shift.from_hour, shift.to_hour))
            yield begin, end, shift.servers
