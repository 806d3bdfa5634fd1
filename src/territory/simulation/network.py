"""The network that patients walk through, as arrays: what every engine reads, with no engine object in it.

Names stand once, sorted, in `Names`; everywhere else a zone, facility, group, activity, pathway or station is its
position. Moments are whole microseconds since Monday 0:00 of the first week: sums of whole numbers are exact, so that
no engine depends on the order in which it adds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from territory.simulation.draws import Floats, Ints, Keys
from territory.tables.vocabulary import MODES

US_PER_MINUTE = 60_000_000
US_PER_HOUR = 60 * US_PER_MINUTE
US_PER_DAY = 24 * US_PER_HOUR
DAYS_PER_WEEK = 7
US_PER_WEEK = DAYS_PER_WEEK * US_PER_DAY

BEDS = "beds"
TELEMEDICINE = MODES.index("telemedicine")
IN_PERSON = MODES.index("in_person")
CONTRACTED = MODES.index("contracted")
MOBILE = MODES.index("mobile")

# The stations of a contracted facility.
WEEKDAY_DOOR = 0
OPEN_DOOR = 1
CONTRACTED_BEDS = 2

# Laws of a duration.
LOGNORMAL = 0
EXPONENTIAL = 1
DETERMINISTIC = 2

# Coefficient of variation of a service: outpatient studies report 0.35 to 0.85 (Cayirli & Veral 2003, Production and
# Operations Management 12(4)).
SERVICE_CV = 0.5
# Coefficient of variation of a stay: an assumption, lengths of stay being about as wide as their mean.
STAY_CV = 1.0

Flags = NDArray[np.bool_]


def starts(counts: Sequence[int]) -> Ints:
    """Return where each of several parts laid end to end begins, and where the last one ends."""
    return np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(np.array(counts, dtype=np.int64))))


@dataclass(frozen=True, eq=False)
class Names:
    """Names behind the positions; `groups` are the staff groups and, last, ``beds``."""

    zones: tuple[str, ...]
    facilities: tuple[str, ...]
    groups: tuple[str, ...]
    activities: tuple[str, ...]
    pathways: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Stations:
    """Where people are served: one station for each facility and group that has anyone.

    Parameters
    ----------
    facility, group
        Of each station, ordered by facility, then group; those of contracted facilities follow, group -1 at a door.
    of
        Station of a facility and group, shape (facilities, groups); -1: none.
    contracted
        Weekday door, open door and beds of a contracted facility, shape (facilities, 3); -1: not contracted.
    change_start
        First change of each station's timetable in the two arrays below, shape (stations + 1,).
    change_minutes, change_servers
        Weekly timetables: minute of the week and servers from then on.
    """

    facility: Ints
    group: Ints
    of: Ints
    contracted: Ints
    change_start: Ints
    change_minutes: Ints
    change_servers: Ints

    @property
    def in_post(self) -> int:
        """How many of the stations, the first ones, are people in post and beds of the plan."""
        return int((self.of >= 0).sum())

    def timetable(self, station: int) -> tuple[Ints, Ints]:
        """Return the change minutes and the servers from then on of one station."""
        part = slice(self.change_start[station], self.change_start[station + 1])
        return self.change_minutes[part], self.change_servers[part]


@dataclass(frozen=True, eq=False)
class Streams:
    """Who falls ill: a Poisson stream of episodes for each zone and pathway that has any."""

    zone: Ints
    pathway: Ints
    key: Keys
    episodes_per_year: Floats


@dataclass(frozen=True, eq=False)
class Pathways:
    """The steps of all pathways.

    Parameters
    ----------
    first_step, priority
        Of each pathway.
    continuous
        Whether episodes start around the clock.
    past_weeks
        How many weeks before time 0 episodes begin, so that follow-ups of the first days are there.
    step_activity
        Activity of each step.
    next_step, next_cumulative, next_after_us
        What may follow each step, shape (steps, most ways out): the step, the cumulative probability up to and with it,
        and the time until it is asked for. Ways that do not exist repeat the last probability; beyond it the episode
        ends.
    """

    first_step: Ints
    priority: Ints
    continuous: Flags
    past_weeks: Ints
    step_activity: Ints
    next_step: Ints
    next_cumulative: Floats
    next_after_us: Ints


@dataclass(frozen=True, eq=False)
class Acts:
    """What an act takes.

    Parameters
    ----------
    walk_in
        Of each activity: whether people come without appointment and may be turned away at closing.
    continuous
        Of each activity: whether it is given around the clock.
    stay_mean_us, stay_law, stay_cv
        Of each activity: the stay in a bed; mean 0: none.
    task_start
        First task of each way of giving an act, shape (2 x activities + 1,): way ``2 a`` is activity `a` on the spot,
        way ``2 a + 1`` the same at a distance.
    task_group, task_at_hub
        Who works on the task, and whether at the hub rather than where the patient is.
    task_mean_us, task_law, task_cv
        How long.
    """

    walk_in: Flags
    continuous: Flags
    stay_mean_us: Floats
    stay_law: Ints
    stay_cv: Floats
    task_start: Ints
    task_group: Ints
    task_at_hub: Flags
    task_mean_us: Floats
    task_law: Ints
    task_cv: Floats


@dataclass(frozen=True, eq=False)
class Routes:
    """Where people go.

    Parameters
    ----------
    start
        First choice of each (zone, activity), shape (zones x activities + 1,), at ``zone * activities + activity``.
    facility, mode, weight, key
        The choices: facility (-1: the plan has no place for them), position in `MODES`, acts a year, key of the draw.
    nearest
        Where people without a place ask, shape (zones, activities); -1: nowhere.
    hub_start
        First hub of each activity, shape (activities + 1,).
    hub_facility, hub_weight, hub_key
        The hubs: facility, acts a year, key of the draw.
    needs_hub
        Whether an act of a mobile unit of this base is answered at a hub, shape (facilities, activities).
    minutes, km
        One-way travel, shape (zones, facilities); NaN: no road.
    stop, stop_minutes
        Of each visit to a mobile unit: ``(zone * activities + activity) * facilities + facility``, ascending, and the
        one-way minutes to its stop.
    """

    start: Ints
    facility: Ints
    mode: Ints
    weight: Floats
    key: Keys
    nearest: Ints
    hub_start: Ints
    hub_facility: Ints
    hub_weight: Floats
    hub_key: Keys
    needs_hub: Flags
    minutes: Floats
    km: Floats
    stop: Ints
    stop_minutes: Floats

    def trips(self, zone: Ints, activity: Ints, facility: Ints, mode: Ints) -> tuple[Floats, Floats]:
        """Return the one-way minutes and km of visits.

        The road leads to the facility, but for a mobile unit to its stop in the commune of the patient: minutes are
        those of the plan, and km, which the plan does not tell, are 0.
        """
        minutes, km = self.minutes[zone, facility], self.km[zone, facility]
        aboard = np.flatnonzero(mode == MOBILE)
        activities, facilities = self.needs_hub.shape[::-1]
        cell = zone[aboard].astype(np.int64) * activities + activity[aboard]
        minutes[aboard] = self.stop_minutes[np.searchsorted(self.stop, cell * facilities + facility[aboard])]
        km[aboard] = 0.0
        return minutes, km


@dataclass(frozen=True, eq=False)
class Network:
    """All that a replication needs besides its number."""

    names: Names
    stations: Stations
    streams: Streams
    pathways: Pathways
    acts: Acts
    routes: Routes
    seed: int
    warm_up_days: int
    days: int

    @property
    def warm_up_us(self) -> int:
        """Moment at which the measured window begins."""
        return self.warm_up_days * US_PER_DAY

    @property
    def horizon_us(self) -> int:
        """Moment at which the run ends."""
        return (self.warm_up_days + self.days) * US_PER_DAY

    def __repr__(self) -> str:
        """Say how much it is."""
        names = self.names
        where = f"{len(names.zones)} zones, {len(names.facilities)} facilities, {len(self.stations.facility)} stations"
        return f"Network({where}, {len(self.streams.key)} streams, {self.warm_up_days} + {self.days} days)"
