"""From the counts of replications to tables with names and units."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from territory.simulation import network as net
from territory.simulation import tally as count
from territory.simulation.draws import Floats, Ints
from territory.simulation.outcomes import DIED, DONE, FAILED, GAVE_UP, IN_CARE, NO_SHOW, TURNED_AWAY, WAITING
from territory.simulation.tally import HOURS_PER_WEEK, MONTHS, Tally
from territory.simulation.timetable import Timetable
from territory.tables.objects import Journeys
from territory.tables.vocabulary import MODES

_HOURS_PER_DAY = 24
_QUANTILES = {"wait_p50_minutes": 0.5, "wait_p90_minutes": 0.9, "wait_p95_minutes": 0.95}
_COUNTS = {
    "asked": count.ASKED,
    "begun": count.BEGUN,
    "done": DONE,
    "turned_away": TURNED_AWAY,
    "gave_up": GAVE_UP,
    "died": DIED,
    "no_show": NO_SHOW,
    "failed": FAILED,
    "waiting": WAITING,
    "in_care": IN_CARE,
    "came_back": count.TRIES,
    "same_visit": count.SAME,
}
_SUMS = {
    "wait_days": (count.WAIT_MS, net.MS_PER_DAY),
    "same_visit_minutes": (count.SAME_MS, net.MS_PER_MINUTE),
    "left_days": (count.LEFT_MS, net.MS_PER_DAY),
    "on_site_minutes": (count.ON_SITE_MS, net.MS_PER_MINUTE),
}


def journeys_of(
    network: net.Network, tallies: Sequence[Tally], *, engine: str, notes: tuple[str, ...] = ()
) -> Journeys:
    """Return the counts of all replications as tables."""
    return Journeys(
        visits=_each(tallies, lambda tally: visits_table(network, tally)),
        classes=_each(tallies, lambda tally: classes_table(network, tally)),
        episodes=_each(tallies, lambda tally: episodes_table(network, tally)),
        stations=_each(tallies, lambda tally: stations_table(network, tally)),
        hours=hours_table(network, tallies),
        months=months_table(network, tallies),
        seasons=seasons_table(network, tallies),
        measured_from_day=float(network.warm_up_days),
        measured_to_day=float(network.warm_up_days + network.days),
        replications=len(tallies),
        engine=engine,
        notes=notes,
    )


def _each(tallies: Sequence[Tally], table: Callable[[Tally], pd.DataFrame]) -> pd.DataFrame:
    frames = []
    for replication, tally in enumerate(tallies):
        frame = table(tally)
        frame.insert(0, "replication", replication)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def words(codes: Ints, categories: tuple[str, ...]) -> pd.Series:
    """Return codes as words."""
    return pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(categories)))


def _went(cells: Ints) -> dict[str, np.ndarray]:
    counts = {name: cells[:, column] for name, column in _COUNTS.items()}
    return {**counts, **{name: cells[:, column] / unit for name, (column, unit) in _SUMS.items()}}


def visits_table(network: net.Network, tally: Tally) -> pd.DataFrame:
    """Return visits by facility, activity, mode and whether the plan has a place."""
    offers, names = network.offers, network.names
    frame = pd.DataFrame(
        {"facility": offers.facility, "activity": offers.activity, "mode": offers.mode, "placed": offers.planned}
    )
    frame = pd.concat([frame, pd.DataFrame(tally.offers)], axis=1)
    frame = frame.groupby(["facility", "activity", "mode", "placed"], as_index=False).sum()
    cells = frame[list(range(count.VISIT_COLUMNS))].to_numpy()
    frame, cells = frame[cells[:, count.ASKED] > 0].reset_index(drop=True), cells[cells[:, count.ASKED] > 0]
    return pd.DataFrame(
        {
            "facility_id": words(frame["facility"].to_numpy(), names.facilities),
            "activity": words(frame["activity"].to_numpy(), names.activities),
            "mode": words(frame["mode"].to_numpy(), MODES),
            "placed": frame["placed"].to_numpy(dtype=bool),
            **_went(cells),
        }
    )


def classes_table(network: net.Network, tally: Tally) -> pd.DataFrame:
    """Return visits by pathway, activity and whether the plan has a place, with spread and quantiles of the wait."""
    names = network.names
    used = np.flatnonzero(tally.classes[:, count.ASKED])
    cells = tally.classes[used]
    pathway, rest = np.divmod(used, 2 * len(names.activities))
    waits = np.maximum(cells[:, count.BEGUN] + cells[:, WAITING], 1)
    minutes = cells[:, count.WAIT_MS] / net.MS_PER_MINUTE
    variance = np.maximum(cells[:, count.WAIT_MIN2] / waits - (minutes / waits) ** 2, 0.0)
    known = cells[:, count.BEGUN] + cells[:, WAITING] > 0
    return pd.DataFrame(
        {
            "pathway": words(pathway, names.pathways),
            "activity": words(rest // 2, names.activities),
            "placed": (rest % 2).astype(bool),
            **_went(cells),
            "wait_sd_minutes": np.where(known, np.sqrt(variance), np.nan),
            **{name: wait_quantiles(tally.waits[used], share) for name, share in _QUANTILES.items()},
        }
    )


def wait_quantiles(waits: Ints, share: float) -> Floats:
    """Return a quantile of each row of counted waits, minutes; within its bin the wait is taken as even.

    NaN for a row without waits.
    """
    edges = count.bin_edges_seconds() / 60.0
    totals = waits.sum(axis=1)
    cumulative = np.cumsum(waits, axis=1)
    aim = share * totals
    place = (cumulative < aim[:, np.newaxis]).sum(axis=1)
    place = np.minimum(place, waits.shape[1] - 1)
    row = np.arange(len(waits))
    inside = waits[row, place]
    before = cumulative[row, place] - inside
    into = np.where(inside > 0, (aim - before) / np.maximum(inside, 1), 0.0)
    found = edges[place] + into * (edges[place + 1] - edges[place])
    return np.where(totals > 0, found, np.nan)


def episodes_table(network: net.Network, tally: Tally) -> pd.DataFrame:
    """Return episodes by zone and pathway."""
    sources, names, cells = network.sources, network.names, tally.sources
    return (
        pd.DataFrame(
            {
                "zone_id": words(sources.zone, names.zones),
                "pathway": words(sources.pathway, names.pathways),
                "episodes": cells[:, count.EPISODES],
                "seen": cells[:, count.FIRST],
                "time_to_care_days": cells[:, count.FIRST_MS] / net.MS_PER_DAY,
                "complete": cells[:, count.COMPLETE],
                "inside_province": cells[:, count.INSIDE],
                "length_days": cells[:, count.LENGTH_MS] / net.MS_PER_DAY,
                "trips": cells[:, count.TRIPS],
                "travel_minutes": cells[:, count.TRAVEL_S] / 60.0,
                "travel_km": cells[:, count.TRAVEL_M] / 1000.0,
            }
        )
        .groupby(["zone_id", "pathway"], as_index=False, observed=True)
        .sum()
    )


def _places(network: net.Network) -> tuple[Ints, pd.DataFrame]:
    """Return the stations whose servers are known, and what they are called."""
    stations, names = network.stations, network.names
    known = np.flatnonzero(stations.known)
    frame = pd.DataFrame(
        {
            "facility_id": words(stations.facility[known], names.facilities),
            "staff_group": words(stations.group[known], names.groups),
        }
    )
    return known, frame


def _open_minutes(network: net.Network, known: Ints) -> Ints:
    """Return minutes of servers present in each hour of the week, shape (stations, 168)."""
    hours = [
        Timetable(moments // net.US_PER_MINUTE, servers).by_minute.reshape(HOURS_PER_WEEK, 60).sum(axis=1)
        for moments, servers in (network.stations.timetable(station) for station in known.tolist())
    ]
    return np.array(hours, dtype=np.int64).reshape(len(known), HOURS_PER_WEEK)


def _occurrences(network: net.Network) -> Ints:
    """Return how often each hour of the week occurs in the measured window, shape (168,)."""
    hours = np.arange(network.warm_up_days * _HOURS_PER_DAY, (network.warm_up_days + network.days) * _HOURS_PER_DAY)
    return np.bincount(hours % HOURS_PER_WEEK, minlength=HOURS_PER_WEEK)


def stations_table(network: net.Network, tally: Tally) -> pd.DataFrame:
    """Return what servers did in the measured window, by facility and group."""
    known, frame = _places(network)
    hours = tally.hours[known].sum(axis=1) / net.US_PER_HOUR
    frame["served"] = tally.served[known]
    frame["busy_hours"] = hours[:, count.BUSY]
    frame["open_hours"] = (_open_minutes(network, known) * _occurrences(network)).sum(axis=1) / 60.0
    frame["waiting_hours"] = hours[:, count.WAITED]
    return frame.groupby(["facility_id", "staff_group"], as_index=False, observed=True).sum()


def hours_table(network: net.Network, tallies: Sequence[Tally]) -> pd.DataFrame:
    """Return mean servers present, at work, and people waiting, for each hour of the week with any of them."""
    known, places = _places(network)
    often = _occurrences(network)
    total = np.sum([tally.hours[known] for tally in tallies], axis=0) / net.US_PER_HOUR / len(tallies)
    total = total / np.maximum(often, 1)[np.newaxis, :, np.newaxis]
    row = np.repeat(np.arange(len(known)), HOURS_PER_WEEK)
    frame = places.iloc[row].reset_index(drop=True)
    frame["hour"] = np.tile(np.arange(HOURS_PER_WEEK), len(known))
    frame["servers"] = (_open_minutes(network, known) * (often > 0)).ravel() / 60.0
    frame["busy"] = total[:, :, count.BUSY].ravel()
    frame["waiting"] = total[:, :, count.WAITED].ravel()
    frame = frame.groupby(["facility_id", "staff_group", "hour"], as_index=False, observed=True).sum()
    return frame[(frame[["servers", "busy", "waiting"]] > 0).any(axis=1)].reset_index(drop=True)


def months_table(network: net.Network, tallies: Sequence[Tally]) -> pd.DataFrame:
    """Return the work done in each month and how many people waited in the mean."""
    known, places = _places(network)
    lengths = np.bincount(network.month_of_day[network.month_of_day >= 0], minlength=MONTHS) * 24.0
    months = np.flatnonzero(lengths)
    total = np.mean([tally.months[:, known] for tally in tallies], axis=0) / net.US_PER_HOUR
    frame = places.iloc[np.tile(np.arange(len(known)), len(months))].reset_index(drop=True)
    frame.insert(0, "month", np.repeat(months + 1, len(known)))
    frame["busy_hours"] = total[months, :, count.BUSY].ravel()
    frame["waiting"] = (total[months, :, count.WAITED] / lengths[months, np.newaxis]).ravel()
    return frame.groupby(["month", "facility_id", "staff_group"], as_index=False, observed=True).sum()


def seasons_table(network: net.Network, tallies: Sequence[Tally]) -> pd.DataFrame:
    """Return visits and waits by month of asking."""
    names = network.names
    total = np.mean([tally.monthly for tally in tallies], axis=0)
    month, class_ = np.nonzero(total[:, :, 0])
    pathway, rest = np.divmod(class_, 2 * len(names.activities))
    return pd.DataFrame(
        {
            "month": month + 1,
            "pathway": words(pathway, names.pathways),
            "activity": words(rest // 2, names.activities),
            "placed": (rest % 2).astype(bool),
            "asked": total[month, class_, 0],
            "wait_days": total[month, class_, 1] / net.MS_PER_DAY,
        }
    )
