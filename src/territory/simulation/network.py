"""The network that patients walk through, as arrays: what every engine reads, with no engine object in it.

Names stand once, in `Names`; everywhere else a zone, facility, group, activity, pathway or station is its position.
Moments are whole microseconds since Monday 0:00 of the first week: sums of whole numbers are exact, so that no engine
depends on the order in which it adds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from territory.simulation.draws import Floats, Ints, Keys
from territory.simulation.laws import Laws
from territory.tables.vocabulary import MODES

US_PER_MS = 1000
US_PER_SECOND = 1_000_000
US_PER_MINUTE = 60 * US_PER_SECOND
MS_PER_MINUTE = 60_000
MS_PER_DAY = 24 * 60 * MS_PER_MINUTE
US_PER_HOUR = 60 * US_PER_MINUTE
US_PER_DAY = 24 * US_PER_HOUR
DAYS_PER_WEEK = 7
US_PER_WEEK = DAYS_PER_WEEK * US_PER_DAY

TELEMEDICINE = MODES.index("telemedicine")
IN_PERSON = MODES.index("in_person")
CONTRACTED = MODES.index("contracted")
MOBILE = MODES.index("mobile")

NOWHERE = -1  # an offer: there is no place to ask
NONE = -1  # a station, law or table that is not there
NO_LIMIT = -1

Flags = NDArray[np.bool_]


def starts(counts: Sequence[int] | Ints) -> Ints:
    """Return where each of several parts laid end to end begins, and where the last one ends."""
    return np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(np.array(counts, dtype=np.int64))))


@dataclass(frozen=True, eq=False)
class Names:
    """Names behind the positions; `groups` are what stations serve with: staff groups, beds, ambulances."""

    zones: tuple[str, ...]
    facilities: tuple[str, ...]
    groups: tuple[str, ...]
    activities: tuple[str, ...]
    pathways: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Stations:
    """Where people are served.

    Parameters
    ----------
    facility, group
        What each station is called; group -1: a door.
    known
        Whether its servers are known: those of a contracted facility are not.
    change_start
        First change of each station's timetable in the two arrays below, shape (stations + 1,).
    change_us, change_servers
        Weekly timetables: moment of the week, the first is 0, and servers from then on.
    capacity
        Most people in the station, waiting and served; -1: no limit. Who asks when it is full is turned away.
    preempts
        Whether a smaller rank interrupts the service of a larger one; it goes on later where it stopped.
    interrupts
        Rule at the end of a shift: interrupt services (they go on later where they stopped), or finish them.
    join_start, join_chance
        Balking: the chance that somebody who would have to wait joins, by how many wait already; the last one stands
        for all longer queues; no entry: everybody joins.
    partner_start, partner
        Stations whose first in line may be waiting for a server of this one as well.
    """

    facility: Ints
    group: Ints
    known: Flags
    change_start: Ints
    change_us: Ints
    change_servers: Ints
    capacity: Ints
    preempts: Flags
    interrupts: Flags
    join_start: Ints
    join_chance: Floats
    partner_start: Ints
    partner: Ints

    def timetable(self, station: int) -> tuple[Ints, Ints]:
        """Return the moments of change in a week and the servers from then on of one station."""
        part = slice(self.change_start[station], self.change_start[station + 1])
        return self.change_us[part], self.change_servers[part]


@dataclass(frozen=True, eq=False)
class Windows:
    """Weekly windows in which sources send people: opening and length of each, a row of `start` for each profile."""

    start: Ints
    opens_us: Ints
    lasts_us: Ints


@dataclass(frozen=True, eq=False)
class Rates:
    """Piecewise constant shares of a peak rate, for thinning: a share in [0, 1] from each moment of a period on."""

    start: Ints
    from_us: Ints
    share: Floats
    period_us: Ints


@dataclass(frozen=True, eq=False)
class Sources:
    """Who falls ill: a stream of episodes for each zone and pathway that has any.

    Parameters
    ----------
    zone, pathway, step
        Where they live, which pathway, and its first step.
    key
        Key of the draws.
    gap_law
        Time from one to the next, at the peak rate, inside the windows.
    window
        Profile in `windows`; -1: at all hours.
    weekly, seasonal
        Tables in `rates` that thin the stream: one over the week, one over the whole run; -1: none.
    batch_law
        How many come at once, a law of whole numbers; -1: one.
    late_law
        How late after the moment of the stream somebody comes; -1: at once.
    past_us
        How long before time 0 episodes begin, so that follow-ups of the first days are there.
    """

    zone: Ints
    pathway: Ints
    step: Ints
    key: Keys
    gap_law: Ints
    window: Ints
    weekly: Ints
    seasonal: Ints
    batch_law: Ints
    late_law: Ints
    past_us: Ints


@dataclass(frozen=True, eq=False)
class Pathways:
    """The steps of all pathways.

    Parameters
    ----------
    priority
        Of each pathway; a smaller one goes first.
    step_activity
        Activity of each step.
    patience_law, dies
        Of each step: how long somebody waits for care to begin (-1: for ever), and whether who waits longer dies
        rather than gives up.
    next_step, next_cumulative, next_law
        What may follow each step, shape (steps, most ways out): the step, the cumulative probability up to and with it,
        and the law of the time until it is asked for (-1: at once). Ways that do not exist repeat the last probability;
        beyond it the episode ends.
    next_urgent
        Whether a patient who goes on this way to another facility is carried by an ambulance.
    """

    priority: Ints
    step_activity: Ints
    patience_law: Ints
    dies: Flags
    next_step: Ints
    next_cumulative: Floats
    next_law: Ints
    next_urgent: Flags


@dataclass(frozen=True, eq=False)
class Offers:
    """Ways of giving an act: where, how, and what it takes.

    Parameters
    ----------
    activity, facility, mode, planned
        What, where, position in `MODES`, and whether the plan has a place for those who come.
    walk_in
        Whether people come without appointment and may find the door closed.
    bed, stay_law
        Station held from the beginning to the end (-1: none), and how long at least.
    no_show
        Share of those whose turn comes who are not there: their slot is lost, and they leave.
    fails
        Share of acts that fail for technical reasons; the patient then asks at the fallback of the choice.
    returns
        Share of those turned away at closing who come back at the next opening, each time again.
    task_start
        First task of each offer, shape (offers + 1,).
    task_law
        How long each task takes.
    need_start, need
        Stations that a task needs together, shape (tasks + 1,); people queue at the first of them.
    """

    activity: Ints
    facility: Ints
    mode: Ints
    planned: Flags
    walk_in: Flags
    bed: Ints
    stay_law: Ints
    no_show: Floats
    fails: Floats
    returns: Floats
    task_start: Ints
    task_law: Ints
    need_start: Ints
    need: Ints


@dataclass(frozen=True, eq=False)
class Choices:
    """Where people go.

    Parameters
    ----------
    start
        First option of each cell, shape (cells + 1,). The cell of a zone and an activity is ``zone * activities +
        activity``; cells beyond them are fallbacks.
    offer, weight, key
        The options: offer (-1: nowhere, the episode ends), acts a year, key of the draw.
    fallback
        Cell where somebody asks when the act of this option fails; -1: nowhere.
    minutes, km
        One-way travel of each option.
    inside
        Whether the option lies in the province where the people live.
    """

    start: Ints
    offer: Ints
    weight: Floats
    key: Keys
    fallback: Ints
    minutes: Floats
    km: Floats
    inside: Flags


@dataclass(frozen=True, eq=False)
class Ambulances:
    """Who carries whom: the station of the vehicles of each facility (-1: none), and one-way trips between facilities.

    `trip_us` has shape (facilities, facilities); -1: no road.
    """

    station: Ints
    trip_us: Ints


@dataclass(frozen=True, eq=False)
class Network:
    """All that a replication needs besides its number."""

    names: Names
    stations: Stations
    laws: Laws
    windows: Windows
    rates: Rates
    sources: Sources
    pathways: Pathways
    offers: Offers
    choices: Choices
    ambulances: Ambulances
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

    @property
    def places(self) -> int:
        """How many priorities there are; ranks of people without a place in the plan begin after them."""
        return int(self.pathways.priority.max(initial=0)) + 1

    @property
    def month_of_day(self) -> Ints:
        """Month of each day of the run: 0 to 11 from the beginning of the measured window; -1 in the warm-up."""
        measured = np.arange(self.days) % DAYS_PER_YEAR
        months = np.searchsorted(MONTH_BEGINS, measured, side="right") - 1
        return np.concatenate((np.full(self.warm_up_days, -1), months)).astype(np.int64)

    def __repr__(self) -> str:
        """Say how much it is."""
        names = self.names
        where = f"{len(names.zones)} zones, {len(names.facilities)} facilities, {len(self.stations.facility)} stations"
        return f"Network({where}, {len(self.sources.key)} sources, {self.warm_up_days} + {self.days} days)"


DAYS_PER_YEAR = 365
MONTH_BEGINS = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334])


def rank(priority: Ints, planned: Flags, places: int) -> Ints:
    """Return the rank in which people who are not in care yet wait: those of the plan first, then by priority."""
    return priority + 1 + np.where(planned, 0, places + 1)


def rank_in_care(planned: Flags, places: int) -> Ints:
    """Return the rank in which people already in care wait: before all others of their kind."""
    return np.where(planned, 0, places + 1)


def openings(changes: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the times of the week at which a station opens and closes, from its changes (moment, servers)."""
    found = []
    opened = NONE
    for moment, count in changes:
        if count and opened == NONE:
            opened = moment
        elif not count and opened != NONE:
            found.append((opened, moment))
            opened = NONE
    if opened != NONE:
        found.append((opened, US_PER_WEEK))
    return found


def all_openings(network: Network) -> tuple[Ints, Ints, Ints]:
    """Return first opening of each station, then when all of them open and close."""
    found = []
    for station in range(len(network.stations.facility)):
        moments, servers = (part.tolist() for part in network.stations.timetable(station))
        found.append(openings(list(zip(moments, servers, strict=True))))
    flat = np.array([pair for part in found for pair in part], dtype=np.int64).reshape(-1, 2)
    return starts([len(part) for part in found]), flat[:, 0], flat[:, 1]
