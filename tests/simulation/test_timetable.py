"""Timetables: the hours of the allocation, and nested."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from territory.simulation.timetable import (
    MINUTES_PER_DAY,
    constant_timetable,
    continuous_timetable,
    day_timetable,
    shift_hours,
)

posts = st.floats(min_value=0.001, max_value=12.0)
hours = st.floats(min_value=400.0, max_value=2400.0)
first_days = st.integers(min_value=0, max_value=2**64 - 1)


@given(posts, hours, first_days)
def test_weekday_hours_are_those_of_the_posts(fte: float, hours_per_year: float, first_day: int) -> None:
    expected = fte * hours_per_year * 7 / 365
    half_minutes = 5 * fte + 2  # each server-day and the part of one are rounded to a minute
    assert day_timetable(fte, hours_per_year, first_day).server_hours == pytest.approx(expected, abs=half_minutes / 60)


@given(st.floats(min_value=6.0, max_value=60.0), hours)
def test_continuous_hours_are_those_of_the_posts(fte: float, hours_per_year: float) -> None:
    hours_per_week = fte * hours_per_year * 7 / 365
    expected = max(hours_per_week, 168.0)  # one server is on call at all hours, whatever the posts pay for
    assert continuous_timetable(fte, hours_per_year).server_hours == pytest.approx(expected, abs=7 / 60)


@settings(max_examples=60)
@given(posts, posts, hours, first_days)
def test_more_posts_never_miss_anyone_who_was_there(
    fte: float, further: float, hours_per_year: float, first_day: int
) -> None:
    few, many = (day_timetable(n, hours_per_year, first_day).by_minute for n in (fte, fte + further))
    assert np.all(many >= few)
    few, many = (continuous_timetable(10 * n, hours_per_year).by_minute for n in (fte, fte + further))
    assert np.all(many >= few)
    assert few.min() >= 1


def test_two_fifths_of_a_post_are_two_days_apart() -> None:
    timetable = day_timetable(0.4, 1825.0, first_day=1)
    assert shift_hours(1825.0) == 7.0
    opens, closes = 8 * 60 + 30, 15 * 60 + 30
    days = [day * MINUTES_PER_DAY + minute for day in (1, 3) for minute in (opens, closes)]
    assert timetable.change_minutes.tolist() == [0, *days]
    assert timetable.servers.tolist() == [0, 1, 0, 1, 0]


def test_a_part_of_a_day_comes_after_the_whole_ones() -> None:
    by_minute = day_timetable(1.5, 1825.0, first_day=0).by_minute.reshape(7, MINUTES_PER_DAY)
    assert (by_minute == 2).sum(axis=1).tolist() == [420, 0, 420, 0, 210, 0, 0]
    assert (by_minute > 0).sum(axis=1).tolist() == [420, 420, 420, 420, 420, 0, 0]


def test_hours_around_the_clock_are_given_out_in_blocks() -> None:
    # 1.9 posts of 8,760 h are 319 h a week: 168 at all hours, then 40 + 40 + 40 on weekdays, then 31 of the next 40
    by_minute = continuous_timetable(1.9, 8760.0).by_minute
    noon, night, sunday = 12 * 60, 2 * 60, 6 * 1440 + 12 * 60
    assert by_minute[noon] == 5
    assert by_minute[16 * 60 + 29] == 4  # the part of a block ends earlier
    assert by_minute[night] == by_minute[sunday] == by_minute[16 * 60 + 30] == 1


def test_beds_are_there_at_all_hours() -> None:
    assert constant_timetable(12).server_hours == 12 * 168
