"""What happened in a run of the reference engine, and how it is counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory.simulation import tally as count
from territory.simulation.draws import Ints
from territory.simulation.itineraries import Itineraries
from territory.simulation.network import NONE, US_PER_MINUTE, US_PER_MS, US_PER_SECOND, Network
from territory.simulation.outcomes import DIED, DONE, EIGHT_HOURS_US, GAVE_UP, WAITING
from territory.simulation.tally import Tally


@dataclass(frozen=True, eq=False)
class Course:
    """What happened: moments of each row of the itineraries (-1: never), how it stands, and when servers worked.

    Parameters
    ----------
    rows
        The itineraries.
    asked_us, started_us, ended_us, outcome, tries
        Of each row; `tries`: how often the patient came back after closing.
    busy, undone, waited
        Stretches of time, shape (stretches, 3), as station, from, to: servers at work as foreseen, what interruptions
        took from them, and people waiting.
    served
        Services ended at each station inside the measured window.
    """

    rows: Itineraries
    asked_us: Ints
    started_us: Ints
    ended_us: Ints
    outcome: Ints
    tries: Ints
    busy: Ints
    undone: Ints
    waited: Ints
    served: Ints


def tally_of(network: Network, courses: list[Course]) -> Tally:
    """Return the counts of one replication, from its itineraries and those that were added to it."""
    tally = count.empty_tally(network)
    for course in courses:
        _add_visits(network, tally, course)
        _add_episodes(network, tally, course)
        for spells, column, sign in (
            (course.busy, count.BUSY, 1),
            (course.undone, count.BUSY, -1),
            (_beds(network, course), count.BUSY, 1),
            (course.waited, count.WAITED, 1),
        ):
            count.add_spells(network, tally, spells[:, 0], spells[:, 1], spells[:, 2], column, sign)
        np.add(tally.served, course.served, out=tally.served)
    return tally


def _beds(network: Network, course: Course) -> Ints:
    rows = np.flatnonzero((course.rows.bed != NONE) & (course.started_us >= 0))
    end = np.where(course.ended_us[rows] >= 0, course.ended_us[rows], network.horizon_us)
    return np.column_stack((course.rows.bed[rows], course.started_us[rows], end))


def _add_visits(network: Network, tally: Tally, course: Course) -> None:
    measured = np.flatnonzero(course.asked_us >= network.warm_up_us)
    asked, started, ended = (column[measured] for column in (course.asked_us, course.started_us, course.ended_us))
    outcome, tries = course.outcome[measured], course.tries[measured]
    option = course.rows.option[measured]
    offer = network.choices.offer[option]
    class_ = count.class_of(network, network.sources.pathway[course.rows.source[measured]], offer)
    begun = started >= 0
    waits = begun | (outcome == WAITING)
    wait_us = np.where(waits, np.where(begun, started, network.horizon_us) - asked, 0)
    same = waits & (wait_us <= EIGHT_HOURS_US)
    columns = {
        count.ASKED: np.ones(len(measured), dtype=np.int64),
        count.BEGUN: begun,
        count.TRIES: tries,
        count.SAME: same,
        count.WAIT_MS: wait_us // US_PER_MS,
        count.WAIT_MIN2: (wait_us // US_PER_MINUTE) ** 2,
        count.SAME_MS: np.where(same, wait_us // US_PER_MS, 0),
        count.LEFT_MS: np.where((outcome == GAVE_UP) | (outcome == DIED), (ended - asked) // US_PER_MS, 0),
        count.ON_SITE_MS: np.where(outcome == DONE, (ended - started) // US_PER_MS, 0),
    }
    for target, place in ((tally.offers, offer), (tally.classes, class_)):
        np.add.at(target, (place, outcome), 1)
        for column, values in columns.items():
            np.add.at(target[:, column], place, values)
    np.add.at(tally.waits, (class_[waits], count.wait_bin(wait_us[waits] // US_PER_SECOND)), 1)
    month = network.month_of_day[asked // (24 * 60 * US_PER_MINUTE)]
    np.add.at(tally.monthly[:, :, 0], (month, class_), 1)
    np.add.at(tally.monthly[:, :, 1], (month, class_), wait_us // US_PER_MS)
    np.add.at(tally.options, option, 1)


def _add_episodes(network: Network, tally: Tally, course: Course) -> None:
    rows, sources = course.rows, tally.sources
    measured = course.asked_us >= network.warm_up_us
    first = measured & (rows.number == 0)
    begun = first & (course.started_us >= 0)
    ended = rows.completes & (course.outcome == DONE) & (course.ended_us >= network.warm_up_us)
    inside = _inside_so_far(network, course)
    seconds, metres = count.travel_units(network)
    for column, where, values in (
        (count.EPISODES, first, None),
        (count.FIRST, begun, None),
        (count.FIRST_MS, begun, (course.started_us - rows.arrival_us) // US_PER_MS),
        (count.COMPLETE, ended, None),
        (count.INSIDE, ended & inside, None),
        (count.LENGTH_MS, ended, (course.ended_us - rows.arrival_us) // US_PER_MS),
        (count.TRIPS, measured, None),
        (count.TRAVEL_S, measured, seconds[rows.option]),
        (count.TRAVEL_M, measured, metres[rows.option]),
    ):
        np.add.at(sources[:, column], rows.source[where], 1 if values is None else values[where])


def _inside_so_far(network: Network, course: Course) -> np.ndarray:
    """Return whether all visits of a patient up to each row lie in the province where he lives."""
    rows = course.rows
    outside = np.cumsum(~network.choices.inside[rows.option])
    begins = np.flatnonzero(~rows.follows)
    before = np.concatenate(([0], outside))[begins]
    return np.asarray(outside == np.repeat(before, np.diff(np.append(begins, len(rows.patient)))))
