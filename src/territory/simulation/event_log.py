"""An event log of patients, as animations and process mining read it (the columns of the package vidigi, 2.0)."""

from __future__ import annotations

import heapq

import pandas as pd

from territory.errors import Fault, SimulationError
from territory.tables.objects import Journeys

_MINUTES_PER_DAY = 1440.0


def event_log(journeys: Journeys, replication: int = 0) -> pd.DataFrame:
    """Return what happened to patients of one replication, an event a row, times in minutes.

    Columns: entity_id, event_type (``arrival_departure``, ``queue``, ``resource_use``, ``resource_use_end``), event,
    time, pathway, run_number, resource_id. An event is ``wait FACILITY ACTIVITY`` or ``FACILITY ACTIVITY``; a visit
    holds the free place of the smallest number at its facility and activity, from 1.

    Raises
    ------
    SimulationError
        When the journeys were not recorded.
    """
    steps = journeys.table[journeys.table["replication"] == replication]
    if steps.empty:
        hint = "Set simulation.journeys to true."
        raise SimulationError(Fault("journeys", "no recorded steps", "recorded journeys", hint))
    steps = steps.sort_values(["patient", "step"], ignore_index=True)
    events = steps["facility_id"].astype(str) + " " + steps["activity"].astype(str)
    place = _places(steps, events)
    parts = [
        _rows(steps, "queue", "wait " + events, steps["asked_at"]),
        _rows(steps, "resource_use", events, steps["started_at"], place),
        _rows(steps, "resource_use_end", events + " ends", steps["ended_at"].where(steps["started_at"].notna()), place),
    ]
    first = steps.groupby("patient").first().reset_index()
    last = steps.groupby("patient").last().reset_index()
    left = last["ended_at"].where(last["ended_at"].notna(), last["asked_at"].where(last["outcome"] == "turned_away"))
    parts.append(_rows(first, "arrival_departure", "arrival", first["asked_at"]))
    parts.append(_rows(last, "arrival_departure", "depart", left))
    order = {"arrival": 0, "depart": 9}
    log = pd.concat(parts, ignore_index=True).dropna(subset=["time"])
    log["_order"] = log["event"].map(order).fillna(log["event_type"].map({"queue": 1, "resource_use": 2})).fillna(0.5)
    log = log.sort_values(["time", "entity_id", "_order"], kind="stable", ignore_index=True)
    return log.drop(columns="_order")


def _rows(
    steps: pd.DataFrame, event_type: str, event: pd.Series | str, days: pd.Series, place: pd.Series | None = None
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "entity_id": steps["patient"].astype("int64"),
            "event_type": event_type,
            "event": event,
            "time": days.astype("float64") * _MINUTES_PER_DAY,
            "pathway": steps["pathway"].astype(str),
            "run_number": steps["replication"].astype("int64"),
            "resource_id": pd.array([None] * len(steps), dtype="Int64") if place is None else place,
        }
    )


def _places(steps: pd.DataFrame, events: pd.Series) -> pd.Series:
    """Return the place that each visit holds: the free one of the smallest number when it begins."""
    place = pd.Series(pd.array([None] * len(steps), dtype="Int64"), index=steps.index)
    begun = steps[steps["started_at"].notna()]
    for _, own in begun.groupby(events[begun.index], sort=False):
        free: list[int] = []
        until: list[tuple[float, int]] = []
        for row, start, end in own.sort_values("started_at")[["started_at", "ended_at"]].itertuples():
            while until and until[0][0] <= start:
                heapq.heappush(free, heapq.heappop(until)[1])
            number = heapq.heappop(free) if free else len(until) + 1
            place[row] = number
            heapq.heappush(until, (float("inf") if pd.isna(end) else end, number))
    return place
