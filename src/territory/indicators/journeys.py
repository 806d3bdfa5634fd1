"""Whole journeys: how soon care begins, how far people go, what stays in the province, what telemedicine spares.

Travel counts both ways. What an ambulance does is what its station did.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from territory.indicators.rows import REGION
from territory.tables import Journeys

DAYS_PER_YEAR = 365.0
_AMBULANCES = "ambulances"


def journey_values(journeys: Journeys) -> list[pd.DataFrame]:
    """Return the measures of whole journeys of each replication, of the region, by zone, by pathway, by staff group.

    `time_to_care_days`: from falling ill to care. `travel_minutes_per_episode` and `travel_minutes_per_year` (all
    people together): both ways. `share_inside_province`: of complete episodes, those with every visit in the province
    where the people live. `trips_by_telemedicine`: visits a year at a connected site near the patient in place of a
    trip to the specialist. `waiting_list`: people who wait, in the mean, for a staff group; `waiting_list_days`: how
    long the list lasts at the pace of the year. `ambulance_hours_per_year`, `ambulance_wait_minutes`: of the vehicles.
    """
    years = (journeys.measured_to_day - journeys.measured_from_day) / DAYS_PER_YEAR
    episodes = journeys.episodes.assign(
        both_ways=2.0 * journeys.episodes["travel_minutes"], zone="zone:" + journeys.episodes["zone_id"].astype(str)
    )
    found = []
    for above, below, name, unit, better in (
        ("time_to_care_days", "seen", "time_to_care_days", "days", "down"),
        ("both_ways", "episodes", "travel_minutes_per_episode", "minutes", "down"),
        ("inside_province", "complete", "share_inside_province", "share", "up"),
    ):
        found.append(_rows(_quotient(episodes, [], above, below), name, unit, better))
        found.append(_rows(_quotient(episodes, ["zone"], above, below), name, unit, better, "zone"))
        by_pathway = _quotient(episodes, ["pathway"], above, below)
        for pathway in by_pathway.index.unique("pathway"):
            own = by_pathway.xs(pathway, level="pathway")
            found.append(_rows(own, f"{name}_{pathway}", unit, better))
    per_year = episodes.groupby("replication")["both_ways"].sum() / years
    found.append(_rows(per_year, "travel_minutes_per_year", "minutes", "down"))
    found += _telemedicine(journeys, years)
    found += _lists(journeys, years)
    found += _ambulances(journeys, years)
    return found


def _telemedicine(journeys: Journeys, years: float) -> list[pd.DataFrame]:
    visits = journeys.visits
    remote = visits[(visits["mode"] == "telemedicine") & visits["placed"]]
    if remote.empty:
        return []
    by_run = remote.groupby("replication")[["done"]].sum()["done"] / years
    return [_rows(by_run, "trips_by_telemedicine", "trips a year", "up")]


def _lists(journeys: Journeys, years: float) -> list[pd.DataFrame]:
    """Return how many people wait for each group, and how many days their list lasts."""
    hours = years * DAYS_PER_YEAR * 24.0
    stations = journeys.stations[~journeys.stations["staff_group"].isin([_AMBULANCES])]
    sums = stations.groupby(["staff_group", "replication"], observed=True)[["waiting_hours", "served"]].sum()
    waiting = sums["waiting_hours"] / hours
    pace = sums["served"] / (years * DAYS_PER_YEAR)
    days = (waiting / pace)[pace > 0]
    found = []
    for group in waiting.index.unique("staff_group"):
        found.append(_rows(waiting.xs(group, level="staff_group"), f"waiting_list_{group}", "persons", "down"))
        if group in days.index.unique("staff_group"):
            found.append(_rows(days.xs(group, level="staff_group"), f"waiting_list_days_{group}", "days", "down"))
    return found


def _ambulances(journeys: Journeys, years: float) -> list[pd.DataFrame]:
    own = journeys.stations[journeys.stations["staff_group"] == _AMBULANCES]
    if own.empty:
        return []
    sums = own.groupby("replication")[["busy_hours", "waiting_hours", "served"]].sum()
    wait = (60.0 * sums["waiting_hours"] / sums["served"])[sums["served"] > 0]
    return [
        _rows(sums["busy_hours"] / years, "ambulance_hours_per_year", "hours a year", None),
        _rows(sums["served"] / years, "ambulance_transfers_per_year", "transfers a year", None),
        _rows(wait, "ambulance_wait_minutes", "minutes", "down"),
    ]


def _quotient(table: pd.DataFrame, by: list[str], above: str, below: str) -> pd.Series:
    sums = table.groupby([*by, "replication"], observed=True)[[above, below]].sum()
    sums = sums[sums[below] > 0]
    return sums[above] / sums[below]


def _rows(values: pd.Series, indicator: str, unit: str, better: str | None, where: str | None = None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "indicator": indicator,
            "where": values.index.get_level_values(where).astype(str) if where else REGION,
            "replication": values.index.get_level_values("replication"),
            "value": values.to_numpy(dtype=np.float64),
            "unit": unit,
            "better": better,
        }
    )
