"""The figures of the reports, one by one, for a notebook: each returns a Plotly figure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pandas as pd
import plotly.graph_objects as go

from territory.errors import Fault, ScenarioError, nearest
from territory.report import journeys, maps, reach, sweep_charts
from territory.report.data import RunData
from territory.report.sweep_data import SweepData
from territory.report.words import read_words

_INK, _KNEE = "#0b5563", "#c1121f"
_HEIGHT = 520


def plot_travel(run: RunData, *, lang: str = "en") -> go.Figure:
    """Return the map of mean travel by zone in the plan, with the facilities."""
    return _sized(maps.travel_map(run, read_words(lang)))


def plot_unmet(run: RunData, *, lang: str = "en") -> go.Figure:
    """Return the map of the unmet share by zone in the plan."""
    return _sized(maps.unmet_map(run, read_words(lang)))


def plot_reach(run: RunData, *, lang: str = "en") -> go.Figure:
    """Return the map of posts within reach by zone in the plan, with a menu of the staff groups."""
    return _sized(reach.reach_map(run, read_words(lang)))


def plot_care(run: RunData, *, lang: str = "en") -> go.Figure:
    """Return the map of the simulated time from falling ill to care, by zone."""
    return _sized(maps.care_map(run, read_words(lang)))


def plot_hours(run: RunData, *, lang: str = "en") -> go.Figure:
    """Return the simulated arrivals by hour of the day."""
    return journeys.hours_chart(run, read_words(lang))


def plot_frontier(table: pd.DataFrame, aims: Sequence[str], units: Sequence[str] = ("", "")) -> go.Figure:
    """Return the plans between two aims as a line, with the knee.

    Parameters
    ----------
    table
        The table of a `territory.allocation.Frontier`: point, the two aims, knee, proven.
    aims, units
        Its aims, such as ``("unmet", "cost")``, and the unit of each.
    """
    one, other = aims
    chart = go.Figure(
        go.Scatter(x=table[other].tolist(), y=table[one].tolist(), mode="lines+markers", marker_color=_INK, name="")
    )
    knee = table[table["knee"]]
    marker = {"color": _KNEE, "size": 12, "symbol": "diamond"}
    chart.add_trace(
        go.Scatter(x=knee[other].tolist(), y=knee[one].tolist(), mode="markers", marker=marker, name="knee")
    )
    titles = [f"{aim}, {unit}" if unit else aim for aim, unit in zip(aims, units, strict=True)]
    chart.update_layout(
        template="plotly_white", height=_HEIGHT, xaxis_title=titles[1], yaxis_title=titles[0], showlegend=False
    )
    return chart


def plot_drivers(data: SweepData, outcome: str, *, lang: str = "en") -> go.Figure:
    """Return what drives an outcome of a study as bars with their intervals."""
    _check_shown(data, data.drivers, outcome)
    return sweep_charts.drivers_chart(data, outcome, read_words(lang))


def plot_responses(data: SweepData, outcome: str, *, lang: str = "en") -> go.Figure:
    """Return the mean of an outcome of a study along each factor, with its interval."""
    _check_shown(data, [own for own, curves in data.curves.items() if curves], outcome)
    return sweep_charts.response_chart(data, outcome, read_words(lang))


def plot_heat(data: SweepData, outcome: str, *, lang: str = "en") -> go.Figure:
    """Return the mean of an outcome of a study over the two factors that drive it most."""
    _check_shown(data, data.heats, outcome)
    return sweep_charts.heat_chart(data, outcome, read_words(lang))


def plot_left_behind(data: SweepData, *, lang: str = "en") -> go.Figure:
    """Return the map of the share of runs of a study in which each zone is left behind."""
    return _sized(sweep_charts.left_map(data, read_words(lang)))


def plot_opened(data: SweepData, *, lang: str = "en") -> go.Figure:
    """Return the map of the facilities where some run of a study opens an activity."""
    return _sized(sweep_charts.opened_map(data, read_words(lang)))


def _check_shown(data: SweepData, shown: Collection[str], outcome: str) -> None:
    """Refuse an outcome that the study does not have, or of which its runs give no such figure.

    Raises
    ------
    ScenarioError
        With the outcomes of which there is one.
    """
    if outcome not in data.outcomes:
        hint = nearest(str(outcome), data.outcomes)
        raise ScenarioError(Fault("outcome", f"'{outcome}'", "an outcome of the study", hint))
    if outcome not in shown:
        found = f"'{outcome}', of which these runs and this design give no such figure"
        raise ScenarioError(Fault("outcome", found, ", ".join(shown) or "another design, or more finished runs"))


def _sized(chart: go.Figure) -> go.Figure:
    return chart.update_layout(height=_HEIGHT)
