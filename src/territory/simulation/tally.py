"""What is counted of a replication: whole numbers by offer, class, source, station, hour and month.

Everything is a sum of whole numbers, so that it does not depend on the order in which an engine adds. Waits and lengths
are summed in milliseconds, each rounded down: microseconds of a year's list of a million people would overflow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory.simulation.draws import Ints
from territory.simulation.network import US_PER_HOUR, Network

HOURS_PER_WEEK = 168
MONTHS = 12

# Columns of `offers` and `classes`, for visits asked for in the measured window. The outcomes come first, in their
# order; `SAME` are those whom nobody sent home before care began, waiting at most eight hours.
(ASKED, BEGUN, TRIES, SAME, WAIT_MS, WAIT_MIN2, SAME_MS, LEFT_MS, ON_SITE_MS) = range(8, 17)
VISIT_COLUMNS = 17

# Columns of `sources`.
(EPISODES, FIRST, FIRST_MS, COMPLETE, INSIDE, LENGTH_MS, TRIPS, TRAVEL_S, TRAVEL_M) = range(9)
SOURCE_COLUMNS = 9

BUSY, WAITED = range(2)  # last axis of `hours`, `months` and `series`

# Waits are counted in seconds, in bins whose width is at most a 32nd of their place (as in an HDR histogram).
SUB_BITS = 5
SUB_BINS = 1 << SUB_BITS
WAIT_BINS = SUB_BINS * 32


@dataclass(frozen=True, eq=False)
class Tally:
    """The counts of one replication.

    Parameters
    ----------
    offers, classes
        Visits by offer and by class (see `class_of`), shape (..., VISIT_COLUMNS).
    waits
        Visits by class and bin of the wait until care began, or so far, shape (classes, WAIT_BINS).
    monthly
        Visits asked for and their waits in milliseconds, by month and class, shape (MONTHS, classes, 2).
    options
        Visits by option of `Choices`.
    sources
        Episodes by source, shape (sources, SOURCE_COLUMNS).
    served
        Services ended at each station.
    hours, months
        Microseconds of servers at work and of people waiting, shape (stations, 168, 2) and (MONTHS, stations, 2).
    series
        The same over all stations for every hour from time 0 on, shape (hours, 2).
    """

    offers: Ints
    classes: Ints
    waits: Ints
    monthly: Ints
    options: Ints
    sources: Ints
    served: Ints
    hours: Ints
    months: Ints
    series: Ints


def empty_tally(network: Network) -> Tally:
    """Return a tally of nothing."""
    stations, classes = len(network.stations.facility), class_count(network)
    shapes = {
        "offers": (len(network.offers.activity), VISIT_COLUMNS),
        "classes": (classes, VISIT_COLUMNS),
        "waits": (classes, WAIT_BINS),
        "monthly": (MONTHS, classes, 2),
        "options": (len(network.choices.offer),),
        "sources": (len(network.sources.key), SOURCE_COLUMNS),
        "served": (stations,),
        "hours": (stations, HOURS_PER_WEEK, 2),
        "months": (MONTHS, stations, 2),
        "series": (-(-network.horizon_us // US_PER_HOUR), 2),
    }
    return Tally(**{name: np.zeros(shape, dtype=np.int64) for name, shape in shapes.items()})


def class_count(network: Network) -> int:
    """Return how many classes there are: pathway, activity, and whether the plan has a place."""
    return len(network.names.pathways) * len(network.names.activities) * 2


def class_of(network: Network, pathway: Ints, offer: Ints) -> Ints:
    """Return the class of visits: ``(pathway * activities + activity) * 2 + planned``."""
    offers = network.offers
    classes: Ints = (pathway * len(network.names.activities) + offers.activity[offer]) * 2 + offers.planned[offer]
    return classes


def wait_bin(seconds: Ints) -> Ints:
    """Return the bin of waits in whole seconds."""
    _, exponent = np.frexp(seconds.astype(np.float64))  # bits of the number: exact below 2^53 seconds
    shift = np.maximum(exponent.astype(np.int64) - 1 - SUB_BITS, 0)
    bins: Ints = np.minimum(shift * SUB_BINS + (seconds >> shift), WAIT_BINS - 1)
    return bins


def bin_edges_seconds() -> Ints:
    """Return the lower edge of every bin and the upper end of the last, shape (WAIT_BINS + 1,)."""
    bins = np.arange(WAIT_BINS + 1)
    shift = np.maximum(bins // SUB_BINS - 1, 0)
    edges: Ints = (bins - shift * SUB_BINS) << np.minimum(shift, 56)
    return edges


def travel_units(network: Network) -> tuple[Ints, Ints]:
    """Return one-way travel of each option in whole seconds and metres; unknown roads count 0."""
    minutes, km = network.choices.minutes, network.choices.km
    return np.rint(np.nan_to_num(minutes) * 60).astype(np.int64), np.rint(np.nan_to_num(km) * 1000).astype(np.int64)


def add_spells(network: Network, tally: Tally, station: Ints, begin: Ints, end: Ints, column: int, sign: int) -> None:
    """Add stretches of time at stations to the hours, months and series, or take them away (`sign` -1).

    Time before 0 and after the horizon is left out, and hours and months begin with the measured window.
    """
    end = np.minimum(end, network.horizon_us)
    for first in range(0, len(station), _CHUNK):
        part = slice(first, first + _CHUNK)
        _add_part(network, tally, station[part], begin[part], end[part], column, sign)


_CHUNK = 100_000
_MOST_PIECES = 4_000_000  # hours that stretches are cut into at once


def _add_part(network: Network, tally: Tally, station: Ints, begin: Ints, end: Ints, column: int, sign: int) -> None:
    hours = np.where(end > begin, -(-end // US_PER_HOUR) - begin // US_PER_HOUR, 0)
    if len(station) > 1 and hours.sum() > _MOST_PIECES:
        middle = len(station) // 2
        for part in (slice(None, middle), slice(middle, None)):
            _add_part(network, tally, station[part], begin[part], end[part], column, sign)
        return
    row = np.repeat(np.arange(len(station)), hours)
    hour = (begin // US_PER_HOUR)[row] + np.arange(len(row)) - np.repeat(np.cumsum(hours) - hours, hours)
    length = np.minimum(end[row], (hour + 1) * US_PER_HOUR) - np.maximum(begin[row], hour * US_PER_HOUR)
    length *= sign
    np.add.at(tally.series[:, column], hour, length)
    month = network.month_of_day[hour // 24]
    counted = month >= 0
    row, hour, length, month = station[row[counted]], hour[counted], length[counted], month[counted]
    np.add.at(tally.hours[:, :, column], (row, hour % HOURS_PER_WEEK), length)
    np.add.at(tally.months[:, :, column], (month, row), length)
