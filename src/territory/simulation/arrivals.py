"""Who comes when: a stream of gaps for each source, carried through the windows of the week and thinned.

A source that varies over the day, the week or the year runs at its peak rate, and each of its patients is kept with the
share that the rate of that moment has in the peak (thinning: Lewis & Shedler 1979, *Simulation of nonhomogeneous
Poisson processes by thinning*, Naval Research Logistics 26(3)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory.simulation import draws
from territory.simulation.draws import Ints, Keys
from territory.simulation.laws import durations, means_us
from territory.simulation.network import NONE, US_PER_WEEK, Flags, Network


@dataclass(frozen=True, eq=False)
class Patients:
    """The patients of one replication, by (moment of arrival, key): their source, key and moment.

    Who falls ill before time 0 has a moment below zero.
    """

    source: Ints
    key: Keys
    arrival_us: Ints


def draw_patients(network: Network, run: np.uint64) -> Patients:
    """Return everyone who comes before the horizon, from `past_us` before time 0."""
    source, keys, moments = _streams(network, run)
    calendar_us = _calendar(network, source, moments) - network.sources.past_us[source]
    kept = (calendar_us < network.horizon_us) & _kept(network, run, source, keys, calendar_us)
    source, keys, arrival_us = _members(network, run, source[kept], keys[kept], calendar_us[kept])
    late_law = network.sources.late_law[source]
    late = np.flatnonzero(late_law != NONE)
    arrival_us[late] += durations(network.laws, late_law[late], draws.bits(run, keys[late], 0, draws.LATE))
    before_the_end = arrival_us < network.horizon_us
    source, keys, arrival_us = source[before_the_end], keys[before_the_end], arrival_us[before_the_end]
    order = np.lexsort((keys, arrival_us))
    return Patients(source[order], keys[order], arrival_us[order])


def _streams(network: Network, run: np.uint64) -> tuple[Ints, Keys, Ints]:
    """Return source, key and moment (on the clock of its windows) of all that a source sends in whole weeks."""
    sources = network.sources
    weeks = -(-(network.horizon_us + sources.past_us) // US_PER_WEEK)
    until_us = weeks * week_us(network)[sources.window]
    expected = until_us / means_us(network.laws)[sources.gap_law]
    count = np.ceil(expected + 6 * np.sqrt(expected) + 6).astype(np.int64)
    found = [(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64))]
    open_sources = np.arange(len(sources.key))
    while len(open_sources):
        source, keys, moments = _gaps_summed(network, run, open_sources, count[open_sources])
        covered = np.zeros(len(sources.key), dtype=bool)
        covered[open_sources] = moments[np.cumsum(count[open_sources]) - 1] >= until_us[open_sources]
        kept = covered[source] & (moments < until_us[source])
        found.append((source[kept], keys[kept], moments[kept]))
        open_sources = open_sources[~covered[open_sources]]
        count[open_sources] *= 2
    source, keys, moments = (np.concatenate([part[column] for part in found]) for column in range(3))
    return source, keys, moments


def _gaps_summed(network: Network, run: np.uint64, which: Ints, count: Ints) -> tuple[Ints, Keys, Ints]:
    """Return source, patient key and moment of the first `count` patients of each source in `which`."""
    source = np.repeat(which, count)
    ends = np.cumsum(count)
    numbers = np.arange(len(source)) - np.repeat(ends - count, count)
    keys = draws.patient_keys(network.sources.key[source], numbers)
    gaps = durations(network.laws, network.sources.gap_law[source], draws.bits(run, keys, 0, draws.ARRIVAL))
    total = np.cumsum(gaps)  # may wrap; differences stay exact
    before = np.concatenate((np.zeros(1, dtype=np.int64), total))[ends - count]
    return source, keys, total - np.repeat(before, count)


def week_us(network: Network) -> Ints:
    """Return how long the windows of a week last together, for each profile; the last entry (-1) is a whole week."""
    windows = network.windows
    total = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(windows.lasts_us)))
    return np.append(total[windows.start[1:]] - total[windows.start[:-1]], US_PER_WEEK)


def _calendar(network: Network, source: Ints, moments: Ints) -> Ints:
    """Carry moments on the clock of the windows (laid end to end) to the calendar."""
    windows = network.windows
    profile = network.sources.window[source]
    carried = moments.copy()
    for number in np.unique(profile[profile != NONE]):
        rows = np.flatnonzero(profile == number)
        part = slice(windows.start[number], windows.start[number + 1])
        ends = np.cumsum(windows.lasts_us[part])
        weeks, into = np.divmod(moments[rows], ends[-1])
        window = np.searchsorted(ends, into, side="right")
        carried[rows] = (
            weeks * US_PER_WEEK + windows.opens_us[part][window] + into - (ends - windows.lasts_us[part])[window]
        )
    return carried


def _kept(network: Network, run: np.uint64, source: Ints, keys: Keys, moments: Ints) -> Flags:
    """Return who is left after thinning."""
    sources = network.sources
    thinned = np.flatnonzero((sources.weekly[source] != NONE) | (sources.seasonal[source] != NONE))
    kept = np.ones(len(source), dtype=bool)
    share = np.ones(len(thinned))
    for tables in (sources.weekly, sources.seasonal):
        share *= shares(network, tables[source[thinned]], moments[thinned])
    kept[thinned] = draws.uniform(run, keys[thinned], 0, draws.THIN) < share
    return kept


def shares(network: Network, table: Ints, moments: Ints) -> draws.Floats:
    """Return the share of the peak rate at each moment by its table; 1 without one. Before time 0 the table repeats."""
    rates = network.rates
    found = np.ones(len(table))
    for number in np.unique(table[table != NONE]):
        rows = np.flatnonzero(table == number)
        part = slice(rates.start[number], rates.start[number + 1])
        into = np.mod(moments[rows], rates.period_us[number])
        found[rows] = rates.share[part][np.searchsorted(rates.from_us[part], into, side="right") - 1]
    return found


def _members(network: Network, run: np.uint64, source: Ints, keys: Keys, moments: Ints) -> tuple[Ints, Keys, Ints]:
    """Return everybody of batches, the first with the key of the batch."""
    law = network.sources.batch_law[source]
    batched = np.flatnonzero(law != NONE)
    size = np.ones(len(source), dtype=np.int64)
    size[batched] = durations(network.laws, law[batched], draws.bits(run, keys[batched], 0, draws.BATCH))
    member = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    own = np.repeat(keys, size)
    return np.repeat(source, size), draws.member_keys(own, member), np.repeat(moments, size)
