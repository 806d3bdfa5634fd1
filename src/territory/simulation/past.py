"""Before the clock starts: when the steps of earlier days were over, at stations where nobody queued.

A run begins with empty queues, yet not with people who have never been ill: episodes begin weeks before time 0, so that
from the first day on patients come back for the follow-up of earlier visits. Their earlier steps only waited for the
door to open.
"""

from __future__ import annotations

import numpy as np

from territory.simulation import network as net
from territory.simulation.draws import Ints
from territory.simulation.network import Stations
from territory.simulation.timetable import MINUTES_PER_WEEK


class Doors:
    """When the stations of a network are open, for many questions at once."""

    def __init__(self, stations: Stations) -> None:
        count = np.diff(stations.change_start)
        self._week_start = np.arange(len(count)) * MINUTES_PER_WEEK
        self._moments = np.repeat(self._week_start, count) + stations.change_minutes
        self._opens_at = np.concatenate(
            [_next_openings(*stations.timetable(station)) for station in range(len(count))]
            or [np.zeros(0, dtype=np.int64)]
        )

    def wait_us(self, station: Ints, moment_us: Ints) -> Ints:
        """Return how long somebody who comes at a moment waits for the door to open; 0 at station -1."""
        into_week_us = np.mod(moment_us, net.US_PER_WEEK)
        known = np.maximum(station, 0)
        asked = self._week_start[known] + into_week_us // net.US_PER_MINUTE
        entry = np.searchsorted(self._moments, asked, side="right") - 1
        opens_us = self._opens_at[entry] * net.US_PER_MINUTE
        wait: Ints = np.where(station >= 0, np.maximum(opens_us - into_week_us, 0), 0)
        return wait


def _next_openings(change_minutes: Ints, servers: Ints) -> Ints:
    """Return, for each change of a timetable, the minute from which somebody is there (beyond the week: next week)."""
    opens = change_minutes[servers > 0]
    if not len(opens):
        return np.zeros(len(servers), dtype=np.int64)
    following = np.searchsorted(opens, change_minutes)
    later: Ints = np.append(opens, opens[0] + MINUTES_PER_WEEK)[following]
    return later
