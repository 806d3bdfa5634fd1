"""Whole journeys in the report: by pathway, waiting lists by staff group, and the hours of the week."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from territory.report.data import Figure, RunData, figure, labels
from territory.report.views import Column, View
from territory.report.words import Words

_MOST_LINES = 6
_WEEKDAYS = 5


def journey_view(run: RunData, words: Words) -> View:
    """Return each pathway: episodes a year, time to care, travel of an episode, share inside the province."""
    episodes = run.tables["simulated_episodes"]
    window = run.manifest.get("journeys_window") or {}
    years = (window["to_day"] - window["from_day"]) / 365 * window["replications"] if window else np.nan
    frame = episodes.groupby("pathway", observed=True)["episodes"].sum().reset_index().astype({"pathway": object})
    frame["per_year"] = frame["episodes"] / years
    for name, factor in (
        ("time_to_care_days", 24 * 60),
        ("travel_minutes_per_episode", 1),
        ("share_inside_province", 1),
    ):
        told = [figure(run, f"{name}_{pathway}").times(factor) for pathway in frame["pathway"]]
        _add(frame, name, told)
    frame = frame.assign(name=labels(run, "pathways", frame["pathway"], words.lang))
    columns = (
        Column("name", words("pathway")),
        Column("per_year", words("episodes_per_year"), "whole"),
        Column("time_to_care_days", words("time_to_care"), "wait", interval=True),
        Column("travel_minutes_per_episode", words("travel_per_episode"), "minutes"),
        Column("share_inside_province", words("inside_province"), "share"),
    )
    order = frame.sort_values(["per_year", "pathway"], ascending=[False, True], ignore_index=True)
    return View(words("journeys_title"), columns, order, words("journeys_note"))


def list_view(run: RunData, words: Words) -> View:
    """Return the waiting list of each staff group: people, days at the pace of the run, occupancy; longest first."""
    groups = sorted(run.tables["simulated_stations"]["staff_group"].astype(object).unique())
    frame = pd.DataFrame({"group": pd.Series(groups, dtype=object)})
    for name in ("waiting_list", "waiting_list_days", "occupancy_simulated"):
        _add(frame, name, [figure(run, f"{name}_{group}") for group in groups])
    frame = frame[frame["waiting_list"].notna()].sort_values(
        ["waiting_list_days", "group"], ascending=[False, True], ignore_index=True
    )
    named = labels(run, "staff_groups", frame["group"], words.lang)
    frame = frame.assign(name=named.where(frame["group"] != "beds", words("beds")))
    columns = (
        Column("name", words("staff_group")),
        Column("waiting_list", words("waiting_list"), "whole", interval=True),
        Column("waiting_list_days", words("waiting_list_days"), "days", interval=True),
        Column("occupancy_simulated", words("occupancy"), "share", interval=True),
    )
    return View(words("lists_title"), columns, frame, words("lists_note"))


def _add(frame: pd.DataFrame, name: str, told: list[Figure]) -> None:
    frame[name] = [one.value for one in told]
    frame[f"{name}_low"] = [one.low for one in told]
    frame[f"{name}_high"] = [one.high for one in told]


def hours_chart(run: RunData, words: Words) -> go.Figure:
    """Return how many wait at each hour of a weekday, for the staff groups with the most people waiting."""
    hours = run.tables["simulated_hours"]
    hours = hours[(hours["hour"] < 24 * _WEEKDAYS) & ~hours["staff_group"].isin(["beds", "ambulances"])]
    hours = hours.assign(of_day=hours["hour"] % 24, staff_group=hours["staff_group"].astype(object))
    table = hours.pivot_table(index="staff_group", columns="of_day", values="waiting", aggfunc="sum", fill_value=0.0)
    table = table.reindex(columns=range(24), fill_value=0.0) / _WEEKDAYS
    table = table.loc[table.sum(axis=1).sort_values(ascending=False, kind="stable").index[:_MOST_LINES]]
    names = labels(run, "staff_groups", pd.Series(table.index.astype(object)), words.lang).tolist()
    chart = go.Figure(
        [
            go.Scatter(x=list(range(24)), y=row.round(2).tolist(), mode="lines+markers", name=str(name))
            for name, (_, row) in zip(names, table.iterrows(), strict=True)
        ]
    )
    chart.update_layout(
        template="none",
        margin={"l": 60, "r": 10, "t": 10, "b": 50},
        font={"family": "system-ui, sans-serif", "size": 13, "color": "#26323a"},
        separators=words("decimal_mark") + words("group_mark"),
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        dragmode=False,
        xaxis={"title": {"text": words("hour_of_day")}, "dtick": 2},
        yaxis={"title": {"text": words("people_waiting")}, "type": "log", "gridcolor": "#e5e2d9"},  # lists differ a lot
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
    )
    return chart


def notes(run: RunData, words: Words) -> list[str]:
    """Return what a reader must know of the simulation: which engine ran, and what went otherwise than asked."""
    told = run.manifest.get("simulation") or {}
    if not told:
        return []
    return [words.named("engine", str(told["engine"])), *(words.named("engine_note", note) for note in told["notes"])]
