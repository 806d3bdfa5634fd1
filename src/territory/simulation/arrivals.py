"""Who falls ill when: Poisson streams of episodes through a weekly profile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory.simulation import draws
from territory.simulation.draws import Ints, Keys
from territory.simulation.network import DAYS_PER_WEEK, US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_WEEK, Network
from territory.simulation.timetable import WEEKS_PER_YEAR, WORKING_DAYS

# People go to a consultation on weekday mornings, 8:30 to 12:00, evenly: shifts begin at 8:30, and few outlast midday.
# Who comes after the end of a shorter shift is back at the next opening (walk-in) or on the list (appointment).
ASKING_FROM_US = 8 * US_PER_HOUR + 30 * US_PER_MINUTE
ASKING_FOR_US = 3 * US_PER_HOUR + 30 * US_PER_MINUTE

_LONGEST_GAP_US = float(1 << 56)


@dataclass(frozen=True, eq=False)
class Patients:
    """The patients of one replication, by (moment of arrival, key): their stream, key and moment.

    Who falls ill before time 0 has a moment below zero.
    """

    stream: Ints
    key: Keys
    arrival_us: Ints


def draw_patients(network: Network, run: np.uint64) -> Patients:
    """Return everyone who falls ill before the horizon, from `past_weeks` before time 0.

    A stream is a homogeneous Poisson process in operational time (the hours in which its pathway starts), carried to
    the calendar by the inverse of the weekly profile. Gaps are rounded to whole microseconds, so that their sums are
    exact and do not depend on which other streams there are.
    """
    streams = network.streams
    continuous = network.pathways.continuous[streams.pathway]
    week_us = np.where(continuous, US_PER_WEEK, WORKING_DAYS * ASKING_FOR_US)
    past_weeks = network.pathways.past_weeks[streams.pathway]
    horizon_us = ((network.warm_up_days + network.days) // DAYS_PER_WEEK + past_weeks) * week_us
    mean_gap_us = week_us * WEEKS_PER_YEAR / streams.episodes_per_year
    expected = horizon_us / mean_gap_us
    count = np.ceil(expected + 6 * np.sqrt(expected) + 6).astype(np.int64)
    found: list[tuple[Ints, Keys, Ints]] = []
    open_streams = np.arange(len(streams.key))
    while len(open_streams):
        stream, keys, moments = _gaps_summed(network, run, open_streams, count[open_streams], mean_gap_us)
        last = moments[np.cumsum(count[open_streams]) - 1]
        covered = np.zeros(len(streams.key), dtype=bool)
        covered[open_streams] = last >= horizon_us[open_streams]
        kept = covered[stream] & (moments < horizon_us[stream])
        found.append((stream[kept], keys[kept], moments[kept]))
        open_streams = open_streams[~covered[open_streams]]
        count[open_streams] *= 2
    stream = np.concatenate([part[0] for part in found]) if found else np.zeros(0, dtype=np.int64)
    keys = np.concatenate([part[1] for part in found]) if found else np.zeros(0, dtype=np.uint64)
    moments = np.concatenate([part[2] for part in found]) if found else np.zeros(0, dtype=np.int64)
    calendar_us = np.where(continuous[stream], moments, _into_mornings(moments))
    arrival_us = calendar_us - past_weeks[stream] * US_PER_WEEK
    order = np.lexsort((keys, arrival_us))
    return Patients(stream[order], keys[order], arrival_us[order])


def _gaps_summed(
    network: Network, run: np.uint64, which: Ints, count: Ints, mean_gap_us: draws.Floats
) -> tuple[Ints, Keys, Ints]:
    """Return stream, patient key and operational moment of the first `count` patients of each stream in `which`."""
    stream = np.repeat(which, count)
    ends = np.cumsum(count)
    numbers = np.arange(len(stream)) - np.repeat(ends - count, count)
    keys = draws.patient_keys(network.streams.key[stream], numbers)
    gaps = -np.log(draws.uniform(run, keys, 0, draws.ARRIVAL)) * mean_gap_us[stream]
    total = np.cumsum(np.rint(np.minimum(gaps, _LONGEST_GAP_US)).astype(np.int64))  # may wrap; differences stay exact
    before = np.concatenate((np.zeros(1, dtype=np.int64), total))[ends - count]
    return stream, keys, total - np.repeat(before, count)


def _into_mornings(moments: Ints) -> Ints:
    """Carry operational time (weekday mornings end to end) to the calendar."""
    mornings, into = np.divmod(moments, ASKING_FOR_US)
    weeks, weekday = np.divmod(mornings, WORKING_DAYS)
    calendar: Ints = weeks * US_PER_WEEK + weekday * US_PER_DAY + ASKING_FROM_US + into
    return calendar
