"""What simulated patients met: waits and refusals by activity and by facility, counted and never listed.

Means and their intervals are the indicators of the run; what is counted here stands beside them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from territory.report.data import Figure, RunData, figure
from territory.tables import NO_PLACE_PRIORITY

MINUTES_PER_DAY = 24 * 60
_STEMS = {"wait_minutes_walk_in": 1, "wait_days_appointment": MINUTES_PER_DAY, "wait_days_stay": MINUTES_PER_DAY}
_MEASURES = ("wait", "turned", "another")
_NAMES = [f"{name}{end}" for name in _MEASURES for end in ("", "_low", "_high")]


def wait_facts(run: RunData) -> pd.DataFrame:
    """Return each simulated activity, for people with a place in the plan, the longest wait first.

    Columns: activity, steps, waiting (share of the steps); then wait (minutes), turned and another (shares of the steps
    of people turned away, and seen on another day), each with its interval in ``_low`` and ``_high``.
    """
    steps = _steps(run)
    steps = steps[steps["place"]]
    groups = steps.groupby("activity", observed=True)
    out = groups.agg(steps=("turned", "size"), waiting=("waiting", "mean"))
    out = out.reset_index().astype({"activity": object})
    told = [_told(run, str(activity)) for activity in out["activity"]]
    out[_NAMES] = pd.DataFrame(told, columns=_NAMES, index=out.index, dtype=float)
    return out.sort_values(["wait", "activity"], ascending=[False, True], ignore_index=True)


def pressed_facilities(run: RunData) -> pd.DataFrame:
    """Return each simulated facility with everyone who came, the most refusals first.

    Columns: facility_id, weekly (attendances a week), turned (share), turned_weekly.
    """
    steps = _steps(run)
    window = run.manifest.get("journeys_window") or {}
    weeks = (window["to_day"] - window["from_day"]) / 7 * window["replications"] if window else np.nan
    groups = steps.groupby("facility_id", observed=True)
    out = groups.agg(weekly=("turned", "size"), turned=("turned", "mean"), turned_weekly=("turned", "sum"))
    out = out.reset_index().astype({"facility_id": object})
    out["weekly"] = out["weekly"] / weeks
    out["turned_weekly"] = out["turned_weekly"] / weeks
    return out.sort_values(["turned_weekly", "facility_id"], ascending=[False, True], ignore_index=True)


def _steps(run: RunData) -> pd.DataFrame:
    """Return what counts of each step."""
    journeys = run.tables["journeys"]
    outcome = journeys["outcome"].astype("category")
    return pd.DataFrame(
        {
            "activity": journeys["activity"].astype("category"),
            "facility_id": journeys["facility_id"].astype("category"),
            "place": (journeys["priority"] < NO_PLACE_PRIORITY).to_numpy(dtype=bool),
            "turned": (outcome == "turned_away").to_numpy(dtype=bool),
            "waiting": (outcome == "waiting").to_numpy(dtype=bool),
        }
    )


def _told(run: RunData, activity: str) -> list[float]:
    """Return wait in minutes, share turned away and share seen another day of one activity, each with its interval."""
    waits = {stem: figure(run, f"{stem}_{activity}") for stem in _STEMS}
    stem = next((stem for stem, told in waits.items() if told.known), None)
    wait = waits[stem].times(_STEMS[stem]) if stem else Figure()
    turned, another = (figure(run, f"{stem}_{activity}") for stem in ("share_turned_away", "share_another_day"))
    return [end for told in (wait, turned, another) for end in (told.value, told.low, told.high)]
