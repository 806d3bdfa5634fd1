"""How long do simulated patients wait? One value for each replication, then a mean with its interval.

People whom the plan gives a place and people who come without one are counted apart: the simulation gives the second
a priority of `NO_PLACE_PRIORITY` or more. A wait that is not over at the end counts as long as it has lasted so far,
which makes the mean a lower bound; `share_still_waiting` says how often.

Walk-in care is asked for at a door that may be closed, for the night or because the only doctor comes twice a week. Who
is seen on the same visit waits minutes (`wait_minutes_walk_in`); who comes back counts in `share_another_day`. An act
may take several people, one after the other: `minutes_on_site` runs from the first of them to the end of the act, with
the waits between.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import t as student_t

from territory.care import Care
from territory.indicators.rows import REGION
from territory.tables import NO_PLACE_PRIORITY, Journeys

Row = dict[str, object]

CONFIDENCE = 0.95
_MINUTES_PER_DAY = 1440.0
_SAME_VISIT_DAYS = 8.0 / 24.0  # who waits longer for walk-in care has gone home and come back


def simulated_values(journeys: Journeys, care: Care) -> pd.DataFrame:
    """Return indicator, where, replication, value, unit and better: the simulated measures of each replication."""
    steps = journeys.table
    attendance = steps["activity"].astype("str").map({activity.id: activity.attendance for activity in care.activities})
    days = (steps["started_at"].fillna(journeys.measured_to_day) - steps["asked_at"]).to_numpy(dtype=float)
    turned_away = (steps["outcome"] == "turned_away").to_numpy(dtype=bool)
    table = pd.DataFrame(
        {
            "replication": steps["replication"].to_numpy(dtype=np.int64),
            "activity": steps["activity"],
            "attendance": attendance.to_numpy(),
            "place": (steps["priority"] < NO_PLACE_PRIORITY).to_numpy(dtype=bool),
            "days": days,
            "another_day": (days > _SAME_VISIT_DAYS) & ~turned_away,
            "on_site_minutes": ((steps["ended_at"] - steps["started_at"]) * _MINUTES_PER_DAY).to_numpy(dtype=float),
            "turned_away": turned_away,
            "waiting": (steps["outcome"] == "waiting").to_numpy(dtype=bool),
        }
    )
    parts = [*_waits(table), *_shares(table), *_occupancy(journeys)]
    columns = ["indicator", "where", "replication", "value", "unit", "better"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def simulated_indicators(values: pd.DataFrame) -> list[Row]:
    """Return the mean of each measure over replications with its 95 % interval (Student's t)."""
    found: list[Row] = []
    for (indicator, where, unit, better), own in values.groupby(
        ["indicator", "where", "unit", "better"], sort=True, dropna=False
    ):
        mean, low, high = interval(own["value"].to_numpy(dtype=float))
        low = max(low, 0.0)  # a wait or a share is never negative
        if unit == "share" and not indicator.startswith("occupancy"):  # servers who finish late are over their hours
            high = min(high, 1.0)
        found.append(
            {
                "indicator": indicator,
                "where": where,
                "value": mean,
                "low": low,
                "high": high,
                "unit": unit,
                "better": None if pd.isna(better) else better,
            }
        )
    return found


def interval(values: np.ndarray) -> tuple[float, float, float]:
    """Return mean, lower and upper end of the 95 % interval of independent values; NaN ends for fewer than two."""
    kept = values[~np.isnan(values)]
    if len(kept) == 0:
        return float("nan"), float("nan"), float("nan")
    mean = float(kept.mean())
    if len(kept) == 1:
        return mean, float("nan"), float("nan")
    half = float(student_t.ppf((1 + CONFIDENCE) / 2, len(kept) - 1) * kept.std(ddof=1) / np.sqrt(len(kept)))
    return mean, mean - half, mean + half


def _waits(table: pd.DataFrame) -> list[pd.DataFrame]:
    found = []
    for attendance, stem, unit, factor in (
        ("walk_in", "wait_minutes_walk_in", "minutes", _MINUTES_PER_DAY),
        ("appointment", "wait_days_appointment", "days", 1.0),
        ("stay", "wait_days_stay", "days", 1.0),
    ):
        own = table[(table["attendance"] == attendance) & ~table["turned_away"]]
        if attendance == "walk_in":
            own = own[~own["another_day"]]
        placed = own[own["place"]]
        found.append(_measure(placed.groupby("replication")["days"].mean() * factor, stem, unit))
        others = own[~own["place"]]
        found.append(_measure(others.groupby("replication")["days"].mean() * factor, f"{stem}_no_place", unit))
        found += _by_activity(placed.assign(days=placed["days"] * factor), "days", stem, unit)
        if attendance != "stay":
            on_site = placed.groupby("replication")["on_site_minutes"].mean()
            found.append(_measure(on_site, f"minutes_on_site_{attendance}", "minutes"))
            found += _by_activity(placed, "on_site_minutes", f"minutes_on_site_{attendance}", "minutes")
    return found


def _shares(table: pd.DataFrame) -> list[pd.DataFrame]:
    everyone = table.assign(no_place=~table["place"]).groupby("replication")["no_place"].mean()
    placed = table[table["place"]]
    walk_in = placed[placed["attendance"] == "walk_in"]
    found = [_measure(everyone, "share_no_place", "share")]
    for own, column, indicator in (
        (walk_in, "turned_away", "share_turned_away"),
        (walk_in, "another_day", "share_another_day"),
        (placed, "waiting", "share_still_waiting"),
    ):
        found.append(_measure(own.groupby("replication")[column].mean(), indicator, "share"))
        found += _by_activity(own, column, indicator, "share")
    return found


def _by_activity(table: pd.DataFrame, column: str, stem: str, unit: str) -> list[pd.DataFrame]:
    means = table.groupby(["activity", "replication"], observed=True)[column].mean()
    activities = means.index.unique("activity")
    return [_measure(means.xs(activity, level="activity"), f"{stem}_{activity}", unit) for activity in activities]


def _occupancy(journeys: Journeys) -> list[pd.DataFrame]:
    sums = journeys.stations.groupby(["staff_group", "replication"], observed=True)[["busy_hours", "open_hours"]].sum()
    share = (sums["busy_hours"] / sums["open_hours"])[sums["open_hours"] > 0]
    return [
        _measure(share.xs(group, level="staff_group"), f"occupancy_simulated_{group}", "share", None)
        for group in share.index.unique("staff_group")
    ]


def _measure(values: pd.Series, indicator: str, unit: str, better: str | None = "down") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "indicator": indicator,
            "where": REGION,
            "replication": values.index.to_numpy(),
            "value": values.to_numpy(dtype=float),
            "unit": unit,
            "better": better,
        }
    )
