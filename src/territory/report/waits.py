"""What simulated patients met: waits and refusals by activity and by facility, counted and never listed.

Means and their intervals are the indicators of the run; what is counted here stands beside them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from territory.report.data import Figure, RunData, figure

MINUTES_PER_DAY = 24 * 60
_HIGH_QUANTILE = 0.9
# From this priority on, a patient comes without a place in the plan; those are told apart in the key figures.
_NO_PLACE = 10
_STEMS = {"wait_minutes_walk_in": 1, "wait_days_appointment": MINUTES_PER_DAY, "wait_days_stay": MINUTES_PER_DAY}
_NAMES = ["wait", "wait_low", "wait_high", "turned", "turned_low", "turned_high"]


def wait_facts(run: RunData) -> pd.DataFrame:
    """Return each simulated activity, for people with a place in the plan, the longest wait first.

    Columns: activity, steps, wait, wait_low, wait_high, wait_90 (minutes), turned, turned_low, turned_high and waiting
    (shares of the steps).
    """
    steps = _steps(run)
    steps = steps[steps["place"]]
    groups = steps.groupby("activity", observed=True)
    out = groups.agg(steps=("turned", "size"), waiting=("waiting", "mean"))
    seen = steps[~steps["turned"]]
    out["wait_90"] = seen.groupby("activity", observed=True)["minutes"].quantile(_HIGH_QUANTILE)
    out = out.reset_index().astype({"activity": object})
    told = [_told(run, str(activity)) for activity in out["activity"]]
    out[_NAMES] = pd.DataFrame(told, columns=_NAMES, index=out.index, dtype=float)
    return out.sort_values(["wait", "activity"], ascending=[False, True], ignore_index=True)


def pressed_facilities(run: RunData) -> pd.DataFrame:
    """Return each simulated facility with everyone who came, the most refusals first.

    Columns: facility_id, weekly (attendances a week), wait (mean minutes), turned (share), turned_weekly.
    """
    steps = _steps(run)
    window = run.manifest.get("journeys_window") or {}
    weeks = (window["to_day"] - window["from_day"]) / 7 * window["replications"] if window else np.nan
    groups = steps.groupby("facility_id", observed=True)
    out = groups.agg(weekly=("turned", "size"), turned=("turned", "mean"), turned_weekly=("turned", "sum"))
    out["wait"] = steps[~steps["turned"]].groupby("facility_id", observed=True)["minutes"].mean()
    out = out.reset_index().astype({"facility_id": object})
    out["weekly"] = out["weekly"] / weeks
    out["turned_weekly"] = out["turned_weekly"] / weeks
    order = ["turned_weekly", "wait", "facility_id"]
    return out.sort_values(order, ascending=[False, False, True], ignore_index=True)


def _steps(run: RunData) -> pd.DataFrame:
    """Return what counts of each step; a wait that is not over counts as long as it has lasted."""
    journeys = run.tables["journeys"]
    end = float((run.manifest.get("journeys_window") or {}).get("to_day", np.nan))
    outcome = journeys["outcome"].astype("category")
    return pd.DataFrame(
        {
            "activity": journeys["activity"].astype("category"),
            "facility_id": journeys["facility_id"].astype("category"),
            "place": (journeys["priority"] < _NO_PLACE).to_numpy(dtype=bool),
            "minutes": (journeys["started_at"].fillna(end) - journeys["asked_at"]) * MINUTES_PER_DAY,
            "turned": (outcome == "turned_away").to_numpy(dtype=bool),
            "waiting": (outcome == "waiting").to_numpy(dtype=bool),
        }
    )


def _told(run: RunData, activity: str) -> list[float]:
    """Return the wait in minutes and the share turned away of one activity, each with its interval."""
    waits = {stem: figure(run, f"{stem}_{activity}") for stem in _STEMS}
    stem = next((stem for stem, told in waits.items() if told.known), None)
    wait = waits[stem].times(_STEMS[stem]) if stem else Figure()
    turned = figure(run, f"share_turned_away_{activity}")
    return [wait.value, wait.low, wait.high, turned.value, turned.low, turned.high]
