"""Counts of a run made from its rows, as a reader of the tables would make them: nothing of the engines is used."""

from __future__ import annotations

import pandas as pd

from territory.tables import RUN_TABLES

OUTCOMES = ("done", "turned_away", "gave_up", "died", "no_show", "failed", "waiting", "in_care")


def visits_of(journeys: pd.DataFrame, to_day: float, *, tries: dict[int, int] | None = None) -> pd.DataFrame:
    """Return the table `simulated_visits` of rows of `journeys`; `tries`: row -> times that the patient came back."""
    rows = journeys.copy()
    rows["placed"] = rows["priority"] < 10
    outcome = rows["outcome"].astype(str)
    begun = rows["started_at"].notna()
    waits = begun | (outcome == "waiting")
    wait_days = (rows["started_at"].fillna(to_day) - rows["asked_at"]).where(waits, 0.0)
    same = waits & (wait_days <= 8 / 24 + 1e-12)
    rows = rows.assign(
        asked=1,
        begun=begun.astype(int),
        **{word: (outcome == word).astype(int) for word in OUTCOMES},
        came_back=pd.Series(tries or {}, index=rows.index, dtype=float).fillna(0).astype(int),
        same_visit=same.astype(int),
        wait_days=wait_days,
        same_visit_minutes=(wait_days * 1440).where(same, 0.0),
        left_days=(rows["ended_at"] - rows["asked_at"]).where(outcome.isin(["gave_up", "died"]), 0.0),
        on_site_minutes=((rows["ended_at"] - rows["started_at"]) * 1440).where(outcome == "done", 0.0),
    )
    schema = RUN_TABLES["simulated_visits"]
    keys = ["replication", "facility_id", "activity", "mode", "placed"]
    counts = [name for name in schema.names if name not in keys]
    words = dict.fromkeys(keys[1:4], str)
    return schema.check(rows.astype(words).groupby(keys, as_index=False)[counts].sum())
