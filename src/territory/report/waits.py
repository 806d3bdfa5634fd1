"""What simulated patients met: waits and refusals by activity and by facility, counted and never listed.

Means and their intervals are the indicators of the run; what is counted here stands beside them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from territory.report.data import Figure, RunData, figure

MINUTES_PER_DAY = 24 * 60
_STEMS = {"wait_minutes_walk_in": 1, "wait_days_appointment": MINUTES_PER_DAY, "wait_days_stay": MINUTES_PER_DAY}
_MEASURES = ("wait", "turned", "another")
_NAMES = [f"{name}{end}" for name in _MEASURES for end in ("", "_low", "_high")]


def wait_facts(run: RunData) -> pd.DataFrame:
    """Return each simulated activity, for people with a place in the plan, the longest wait first.

    Columns: activity, steps (visits asked for, mean of the replications), waiting (share of them); then wait (minutes),
    turned and another (shares of the visits of people turned away, and seen on another day), each with its interval in
    ``_low`` and ``_high``.
    """
    visits = run.tables["simulated_visits"]
    visits = visits[visits["placed"].astype(bool)]
    out = visits.groupby("activity", observed=True)[["asked", "waiting"]].sum().reset_index()
    out["waiting"] = out["waiting"] / out["asked"]
    out["steps"] = out["asked"] / max(1, visits["replication"].nunique())
    out = out.drop(columns="asked").astype({"activity": object})
    told = [_told(run, str(activity)) for activity in out["activity"]]
    out[_NAMES] = pd.DataFrame(told, columns=_NAMES, index=out.index, dtype=float)
    return out.sort_values(["wait", "activity"], ascending=[False, True], ignore_index=True)


def pressed_facilities(run: RunData) -> pd.DataFrame:
    """Return each simulated facility with everyone who came, the most refusals first.

    Columns: facility_id, weekly (attendances a week), turned (share), turned_weekly.
    """
    visits = run.tables["simulated_visits"]
    window = run.manifest.get("journeys_window") or {}
    weeks = (window["to_day"] - window["from_day"]) / 7 * window["replications"] if window else np.nan
    out = visits.groupby("facility_id", observed=True)[["asked", "turned_away"]].sum().reset_index()
    out = out.astype({"facility_id": object})
    out["turned"] = out["turned_away"] / out["asked"]
    out["weekly"] = out["asked"] / weeks
    out["turned_weekly"] = out["turned_away"] / weeks
    columns = ["facility_id", "weekly", "turned", "turned_weekly"]
    return out[columns].sort_values(["turned_weekly", "facility_id"], ascending=[False, True], ignore_index=True)


def _told(run: RunData, activity: str) -> list[float]:
    """Return wait in minutes, share turned away and share seen another day of one activity, each with its interval."""
    waits = {stem: figure(run, f"{stem}_{activity}") for stem in _STEMS}
    stem = next((stem for stem, told in waits.items() if told.known), None)
    wait = waits[stem].times(_STEMS[stem]) if stem else Figure()
    turned, another = (figure(run, f"{stem}_{activity}") for stem in ("share_turned_away", "share_another_day"))
    return [end for told in (wait, turned, another) for end in (told.value, told.low, told.high)]
