"""How long do simulated patients wait? One value for each replication, then a mean with its interval.

People whom the plan gives a place and people who come without one are counted apart. A wait that is not over at the end
counts as long as it has lasted so far, which makes the mean a lower bound; `share_still_waiting` says how often.

Walk-in care is asked for at a door that may be closed, for the night or because the only doctor comes twice a week. Who
is seen on the same visit, within eight hours, waits minutes (`wait_minutes_walk_in`); who comes back counts in
`share_another_day`. An act may take several people, one after the other: `minutes_on_site` runs from the first of them
to the end of the act, with the waits between.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from territory.care import Care
from territory.indicators.journeys import journey_values
from territory.indicators.rows import REGION
from territory.tables import Journeys

Row = dict[str, object]

CONFIDENCE = 0.95
_MINUTES_PER_DAY = 1440.0


def simulated_values(journeys: Journeys, care: Care) -> pd.DataFrame:
    """Return indicator, where, replication, value, unit and better: the simulated measures of each replication."""
    attendance = {activity.id: activity.attendance for activity in care.activities}
    visits = journeys.visits.assign(attendance=journeys.visits["activity"].astype("str").map(attendance))
    parts = [*_waits(visits), *_shares(visits), *_occupancy(journeys), *journey_values(journeys)]
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
    half = float(stdtrit(len(kept) - 1, (1 + CONFIDENCE) / 2) * kept.std(ddof=1) / np.sqrt(len(kept)))
    return mean, mean - half, mean + half


def _waits(visits: pd.DataFrame) -> list[pd.DataFrame]:
    found = []
    for attendance, stem, unit in (
        ("walk_in", "wait_minutes_walk_in", "minutes"),
        ("appointment", "wait_days_appointment", "days"),
        ("stay", "wait_days_stay", "days"),
    ):
        own = visits[visits["attendance"] == attendance]
        same = attendance == "walk_in"
        total = own["same_visit_minutes"] if same else own["wait_days"]
        count = own["same_visit"] if same else own["begun"] + own["waiting"]
        waits = own.assign(total=total, count=count)
        placed = waits[waits["placed"]]
        found.append(_measure(_ratio(placed, [], "total", "count"), stem, unit))
        found.append(_measure(_ratio(waits[~waits["placed"]], [], "total", "count"), f"{stem}_no_place", unit))
        found += _by_activity(placed, "total", "count", stem, unit)
        if attendance != "stay":
            on_site = f"minutes_on_site_{attendance}"
            found.append(_measure(_ratio(placed, [], "on_site_minutes", "done"), on_site, "minutes"))
            found += _by_activity(placed, "on_site_minutes", "done", on_site, "minutes")
    return found


def _shares(visits: pd.DataFrame) -> list[pd.DataFrame]:
    everyone = visits.assign(no_place=visits["asked"].where(~visits["placed"], 0))
    placed = visits[visits["placed"]]
    another_day = placed["begun"] + placed["waiting"] - placed["same_visit"]
    placed = placed.assign(another_day=another_day, left=placed["gave_up"] + placed["died"])
    walk_in = placed[placed["attendance"] == "walk_in"]
    found = [_measure(_ratio(everyone, [], "no_place", "asked"), "share_no_place", "share")]
    for own, column, indicator in (
        (walk_in, "turned_away", "share_turned_away"),
        (walk_in, "another_day", "share_another_day"),
        (placed, "waiting", "share_still_waiting"),
        (placed, "left", "share_left_waiting"),
        (placed, "died", "share_died_waiting"),
        (placed[placed["attendance"] == "appointment"], "no_show", "share_no_show"),
    ):
        if indicator.startswith(("share_left", "share_died", "share_no_show")) and not own[column].any():
            continue
        found.append(_measure(_ratio(own, [], column, "asked"), indicator, "share"))
        found += _by_activity(own, column, "asked", indicator, "share")
    return found


def _ratio(table: pd.DataFrame, by: list[str], above: str, below: str) -> pd.Series:
    """Return the quotient of two sums of each replication (and whatever else `by` names)."""
    sums = table.groupby([*by, "replication"], observed=True)[[above, below]].sum()
    sums = sums[sums[below] > 0]
    return sums[above] / sums[below]


def _by_activity(table: pd.DataFrame, above: str, below: str, stem: str, unit: str) -> list[pd.DataFrame]:
    means = _ratio(table, ["activity"], above, below)
    activities = means.index.unique("activity")
    return [_measure(means.xs(activity, level="activity"), f"{stem}_{activity}", unit) for activity in activities]


def _occupancy(journeys: Journeys) -> list[pd.DataFrame]:
    share = _ratio(journeys.stations, ["staff_group"], "busy_hours", "open_hours")
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
