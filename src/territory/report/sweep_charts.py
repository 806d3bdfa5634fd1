"""The figures of a study: what drives an outcome, along each factor, over two of them, and where people are left."""

from __future__ import annotations

import html
import math
from textwrap import wrap

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from territory.report import maps
from territory.report.data import label
from territory.report.sweep_data import SweepData, factor_name, kind_of, outcome_name, show_value, unit_of
from territory.report.words import Words

_COLUMNS = 3
_INK, _BAR, _SOFT = "#26323a", "#0b5563", "#9fc1c9"
_ROW_PX, _PANEL_PX, _HEAD_PX = 34, 230, 90
_PER_CENT = {"share": 100.0}
_MOST_FACTORS = 20
_TITLE_LETTERS = 26  # of a panel


def drivers_chart(data: SweepData, outcome: str, words: Words) -> go.Figure:
    """Return what drives an outcome as bars with their intervals, the strongest on top."""
    method, table = data.drivers[outcome]
    shown = table.head(_MOST_FACTORS).iloc[::-1]
    names = [factor_name(data, factor, words) for factor in shown["factor"]]
    chart = go.Figure()
    scale = _scale(outcome) if method in {"effect", "alone"} else 1.0
    if method == "alone":
        low, high = (shown[key].to_numpy(dtype=float) * scale for key in ("low", "high"))
        chart.add_trace(go.Bar(y=names, x=(high - low).tolist(), base=low.tolist(), orientation="h", marker_color=_BAR))
        base = float(shown["base"].iloc[0]) * scale
        chart.add_vline(x=base, line={"color": _INK, "width": 1})
    else:
        if method == "variance":
            chart.add_trace(_bars(names, shown, "first", 1.0, words("first_order"), _SOFT))
        title = {"variance": "total_order", "effect": "mean_effect"}.get(method, "rank_correlation")
        chart.add_trace(_bars(names, shown, "value", scale, words(title), _BAR))
    _dress(chart, words)
    chart.update_layout(height=_HEAD_PX + _ROW_PX * max(len(names), 2) * (2 if method == "variance" else 1))
    chart.update_xaxes(title=_axis(data, outcome, words) if method in {"effect", "alone"} else None)
    if method == "correlation":
        chart.update_xaxes(title=words("rank_correlation"), range=[-1, 1])
    chart.update_yaxes(automargin=True)
    return chart


def _bars(names: list[str], table: pd.DataFrame, key: str, scale: float, title: str, colour: str) -> go.Bar:
    prefix = "" if key == "value" else f"{key}_"
    value = table[key].to_numpy(dtype=float) * scale
    high, low = (table[f"{prefix}{end}"].to_numpy(dtype=float) * scale for end in ("high", "low"))
    known = np.isfinite(high) & np.isfinite(low)
    spread = {
        "array": np.where(known, high - value, 0.0).tolist(),
        "arrayminus": np.where(known, value - low, 0.0).tolist(),
    }
    return go.Bar(
        y=names, x=value.tolist(), orientation="h", name=title, marker_color=colour,
        error_x={"type": "data", "symmetric": False, "color": _INK, "thickness": 1, "width": 3, **spread},
    )  # fmt: skip


def response_chart(data: SweepData, outcome: str, words: Words) -> go.Figure:
    """Return the mean of an outcome along each factor with its interval, a panel for each factor."""
    curves = data.curves[outcome]
    names = list(curves)
    rows = max(math.ceil(len(names) / _COLUMNS), 1)
    titles = ["<br>".join(wrap(factor_name(data, factor, words), _TITLE_LETTERS)) for factor in names]
    chart = make_subplots(rows, _COLUMNS, subplot_titles=titles, shared_yaxes="all", vertical_spacing=0.34 / rows)
    scale = _scale(outcome)
    for position, factor in enumerate(names):
        curve = curves[factor]
        numbers = pd.api.types.is_numeric_dtype(curve["value"])
        at = curve["value"].tolist() if numbers else [show_value(value, words) for value in curve["value"]]
        mean = curve["mean"].to_numpy(dtype=float) * scale
        half = np.nan_to_num(curve["high"].to_numpy(dtype=float) * scale - mean)
        chart.add_trace(
            go.Scatter(
                x=at, y=mean.tolist(), mode="lines+markers" if numbers else "markers", showlegend=False,
                line={"color": _BAR}, marker={"size": 6}, error_y={"type": "data", "array": half.tolist(), "width": 2},
            ),
            row=position // _COLUMNS + 1, col=position % _COLUMNS + 1,
        )  # fmt: skip
    _dress(chart, words)
    chart.update_layout(height=_HEAD_PX + _PANEL_PX * rows)
    chart.update_yaxes(title=unit_of(outcome, words, share="%"), col=1)  # the heading names the outcome
    return chart


def heat_chart(data: SweepData, outcome: str, words: Words) -> go.Figure:
    """Return the mean of an outcome over two factors."""
    table = data.heats[outcome]
    one, other = str(table.index.name), str(table.columns.name)
    chart = go.Figure(
        go.Heatmap(
            z=(table.to_numpy(dtype=float) * _scale(outcome)).tolist(),
            x=[show_value(value, words) for value in table.columns],
            y=[show_value(value, words) for value in table.index],
            colorscale="YlGnBu",
            colorbar={"title": {"text": _axis(data, outcome, words), "side": "right"}, "thickness": 12},
        )
    )
    _dress(chart, words)
    chart.update_layout(height=460)
    chart.update_xaxes(title=factor_name(data, other, words), type="category")
    chart.update_yaxes(title=factor_name(data, one, words), type="category", automargin=True)
    return chart


def left_map(data: SweepData, words: Words) -> go.Figure:
    """Return the map of the share of runs in which each zone is left behind."""
    zones = data.place.tables["zones"]
    shares = zones["zone_id"].map(data.left_behind).fillna(0.0).astype(float)
    heads = maps.zone_heads(data.place, words, zones)
    told = [
        f"{head}<br>{words('share_of_runs')}: {words.share(share)}" for head, share in zip(heads, shares, strict=True)
    ]
    chart = maps.ground(data.place, words, zones)
    shown = zones.assign(left=shares * 100, told=told)
    chart.add_traces(list(maps.bubbles(words, shown, "left", "YlOrRd", words("legend_left"))))
    return chart


def opened_map(data: SweepData, words: Words) -> go.Figure:
    """Return the map of the facilities where some run opens an activity: colour by the share of the likeliest one."""
    place = data.place
    chart = maps.ground(place, words, place.tables["zones"])
    opened = data.opened.merge(place.tables["facilities"][["facility_id", "name", "lon", "lat"]], on="facility_id")
    opened = opened.sort_values(["share", "activity"], ascending=[False, True], kind="stable")
    points = opened.drop_duplicates("facility_id")
    told = []
    for point in points.itertuples():
        own = opened[opened["facility_id"] == point.facility_id]
        lines = [
            f"{html.escape(label(place, 'activities', row.activity, words.lang))}: {words.share(row.share)}"
            for row in own.itertuples()
        ]
        told.append("<br>".join([f"<b>{html.escape(str(point.name))}</b>", *lines]))
    marker = {
        "size": 16, "color": (points["share"] * 100).tolist(), "colorscale": "YlGnBu", "cmin": 0, "cmax": 100,
        "line": {"color": _INK, "width": 1},
        "colorbar": {"title": {"text": words("legend_left"), "side": "right"}, "thickness": 12, "len": 0.75},
    }  # fmt: skip
    chart.add_trace(
        go.Scatter(
            x=points["lon"].tolist(), y=points["lat"].tolist(), mode="markers", marker=marker, text=told,
            hovertemplate="%{text}<extra></extra>", showlegend=False,
        )
    )  # fmt: skip
    return chart


def _scale(outcome: str) -> float:
    return _PER_CENT.get(kind_of(outcome), 1.0)


def _axis(data: SweepData, outcome: str, words: Words) -> str:
    """Return the name of an outcome with its unit, as an axis tells it."""
    name, unit = outcome_name(data, outcome, words), unit_of(outcome, words, share="%")
    return words("with_unit", title=name, unit=unit) if unit else name


def _dress(chart: go.Figure, words: Words) -> None:
    chart.update_layout(
        template="plotly_white",
        barmode="group",
        margin={"l": 10, "r": 10, "t": 64, "b": 40},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "system-ui, sans-serif", "size": 13, "color": _INK},
        separators=words("decimal_mark") + words("group_mark"),
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "reversed"},
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": "#8b959b", "activecolor": _INK},
    )
