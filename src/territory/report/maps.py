"""Maps as plain scatter plots of longitude and latitude: nothing is fetched, so they work without a network."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from territory.report import facts
from territory.report.data import RunData, figures, label, labels
from territory.report.words import Words

_LARGEST_BUBBLE_PX = 58.0
_SMALLEST_BUBBLE_PX = 8.0
_INK, _LAND, _BORDER = "#26323a", "#f4f2ec", "#b9b3a4"
_TIERS = {
    "facilities": {"symbol": "circle", "size": 3.5, "color": _INK},
    "primary": {"symbol": "circle", "size": 3.5, "color": _INK},
    "support": {"symbol": "diamond", "size": 6, "color": _INK},
    "private": {"symbol": "square", "size": 6, "color": "#8a1c5b"},
    "hospital": {"symbol": "cross", "size": 10, "color": "#c1121f"},
}
_BUTTONS = {
    "Zoom in": "zoom_in",
    "Zoom out": "zoom_out",
    "Pan": "pan",
    "Reset axes": "zoom_reset",
    "Autoscale": "zoom_reset",
}


def travel_map(run: RunData, words: Words) -> go.Figure:
    """Return the map of mean travel by zone with the facilities by tier."""
    zones = told_zones(run, words)
    chart = ground(run, words, zones)
    chart.add_traces(list(bubbles(words, zones, "travel_minutes", "Viridis_r", words("legend_minutes"))))
    chart.add_traces(_facilities(run, words))
    return chart


def unmet_map(run: RunData, words: Words) -> go.Figure:
    """Return the map of the unmet share by zone."""
    zones = told_zones(run, words)
    zones = zones.assign(unmet_per_cent=zones["unmet_share"] * 100)
    chart = ground(run, words, zones)
    chart.add_traces(list(bubbles(words, zones, "unmet_per_cent", "YlOrRd", words("legend_unmet"))))
    return chart


def care_map(run: RunData, words: Words) -> go.Figure:
    """Return the map of the simulated time from falling ill to care by zone, hours."""
    zones = told_zones(run, words)
    hours = figures(run, "time_to_care_days", "zone") * 24
    zones = zones.assign(care_hours=zones["zone_id"].map(hours).astype(float))
    chart = ground(run, words, zones)
    chart.add_traces(list(bubbles(words, zones, "care_hours", "YlOrRd", words("legend_care"))))
    return chart


def largest_zones(run: RunData, words: Words, most: int = 3) -> str:
    """Return the names of the largest zones with their people: the key to the size of the bubbles."""
    zones = run.tables["zones"].nlargest(most, "population_persons")
    told = [
        words("share_of", what=str(name), share=words.whole(float(people)))
        for name, people in zip(zones["name"], zones["population_persons"], strict=True)
    ]
    return words("comma").join(told)


def script_json(content: Any) -> str:
    """Return JSON that may stand inside a script element whatever the names in it."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def chart_json(chart: go.Figure) -> str:
    """Return the data and layout of a figure for `script_json`."""
    return script_json(json.loads(chart.to_json()))


def chart_config(words: Words) -> str:
    """Return how the maps behave: four buttons, in the reader's language, and no link to anywhere."""
    locale = {
        "dictionary": {english: words(key) for english, key in _BUTTONS.items()},
        "format": {"decimal": words("decimal_mark"), "thousands": words("group_mark")},
    }
    return script_json(
        {
            "displaylogo": False,
            "responsive": True,
            "modeBarButtons": [["pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]],
            "locale": words.lang,
            "locales": {words.lang: locale},
        }
    )


def ground(run: RunData, words: Words, zones: pd.DataFrame) -> go.Figure:
    """Return the outlines of the provinces with their names, drawn to scale."""
    chart = go.Figure()
    for rings in run.outlines.values():
        lon, lat = _joined(rings)
        chart.add_trace(
            go.Scatter(
                x=lon, y=lat, mode="lines", fill="toself", fillcolor=_LAND, line={"color": _BORDER, "width": 1},
                hoverinfo="skip", showlegend=False,
            )
        )  # fmt: skip
    middle = float(zones["lat"].mean()) if len(zones) else 0.0
    hidden = {"visible": False, "showgrid": False, "zeroline": False}
    chart.update_layout(
        template="none",
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": "#8b959b", "activecolor": _INK},
        margin={"l": 0, "r": 0, "t": 4, "b": 0},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "system-ui, sans-serif", "size": 13, "color": _INK},
        separators=words("decimal_mark") + words("group_mark"),
        dragmode=False,
        hoverlabel={"align": "right" if words.direction == "rtl" else "left"},
        legend={"orientation": "h", "x": 0, "y": -0.02, "yanchor": "top", "itemsizing": "trace"},
        xaxis=hidden,
        yaxis={**hidden, "scaleanchor": "x", "scaleratio": 1 / math.cos(math.radians(middle))},
        annotations=_province_names(run, words),
    )
    return chart


def _province_names(run: RunData, words: Words) -> list[dict[str, Any]]:
    names = []
    for province, rings in run.outlines.items():
        largest = max(rings, key=len)
        lon, lat = _centre(largest)
        text = html.escape(label(run, "provinces", province, words.lang))
        names.append(
            {
                "x": lon, "y": lat, "text": f"<b>{text}</b>", "showarrow": False,
                "font": {"size": 12, "color": _INK}, "bgcolor": "rgba(255,255,255,0.65)", "borderpad": 1,
            }
        )  # fmt: skip
    return names


def bubbles(words: Words, zones: pd.DataFrame, key: str, scale: str, title: str) -> Iterator[go.Scatter]:
    """Yield the zones: size by people, colour by a column, `told` at the pointer; those without a value are hollow."""
    zones = zones.loc[drawn_order(zones)]
    largest = max(float(zones["population_persons"].max()) if len(zones) else 1.0, 1.0)
    known = zones[key].notna()
    coloured = {
        "color": zones.loc[known, key].astype(float).round(3).tolist(),
        "colorscale": scale,
        "cmin": 0,
        "cmax": scale_end(zones.loc[known, key]),
        "colorbar": {"title": {"text": title, "side": "right"}, "thickness": 12, "len": 0.75, "outlinewidth": 0},
        "opacity": 0.9,
        "line": {"color": "#7d786b", "width": 0.7},
    }
    hollow = {"color": "rgba(0,0,0,0)", "line": {"color": _INK, "width": 1}}
    for part, colours in ((zones[known], coloured), (zones[~known], hollow)):
        if len(part):
            people = part["population_persons"].astype(float)
            size = [
                round(max(_SMALLEST_BUBBLE_PX, _LARGEST_BUBBLE_PX * math.sqrt(count / largest)), 2) for count in people
            ]
            yield go.Scatter(
                x=part["lon"].tolist(), y=part["lat"].tolist(), mode="markers", marker={"size": size, **colours},
                text=part["told"].tolist(), hovertemplate="%{text}<extra></extra>",
                name=words("no_value"), showlegend=colours is hollow,
            )  # fmt: skip


def drawn_order(zones: pd.DataFrame) -> pd.Index:
    """Return the zones in the order of their bubbles: the small ones last, above the large."""
    return zones.sort_values(["population_persons", "zone_id"], ascending=[False, True]).index


def told_zones(run: RunData, words: Words) -> pd.DataFrame:
    """Return the facts of each zone and, as `told`, what a map says of it."""
    zones = facts.zone_facts(run)
    figures_told = (
        f"{words('mean_travel')}: {words.show(travel, 'minutes')}<br>{words('unmet_share')}: {words.share(unmet)}"
        for travel, unmet in zip(zones["travel_minutes"], zones["unmet_share"], strict=True)
    )
    heads = zone_heads(run, words, zones)
    return zones.assign(told=[f"{head}<br>{told}" for head, told in zip(heads, figures_told, strict=True)])


def zone_heads(run: RunData, words: Words, zones: pd.DataFrame) -> list[str]:
    """Return the name, province and people of each zone, as a map tells them."""
    province = labels(run, "provinces", zones["province"], words.lang)
    people = words("people")
    return [
        f"<b>{html.escape(str(name))}</b> · {html.escape(str(within))}<br>{people}: {words.whole(float(count))}"
        for name, within, count in zip(zones["name"], province, zones["population_persons"], strict=True)
    ]


def _facilities(run: RunData, words: Words) -> list[go.Scatter]:
    frame = run.tables["facilities"]
    tiers = pd.Series([_tier(run, row) for row in frame.to_dict("records")], index=frame.index, dtype=object)
    traces = []
    for tier, marker in _TIERS.items():
        part = frame[tiers == tier]
        if part.empty:
            continue
        levels = labels(run, "levels", part["level"], words.lang)
        texts = [
            f"<b>{html.escape(str(name))}</b><br>{html.escape(str(level))}"
            for name, level in zip(part["name"], levels, strict=True)
        ]
        traces.append(
            go.Scatter(
                x=part["lon"].tolist(), y=part["lat"].tolist(), mode="markers", text=texts,
                marker={**marker, "line": {"color": "#ffffff", "width": 1 if tier == "hospital" else 0.5}},
                hovertemplate="%{text}<extra></extra>",
                name=words("share_of", what=words.named("tier", tier), share=words.whole(len(part))),
            )
        )  # fmt: skip
    return traces


def _tier(run: RunData, facility: dict[Any, Any]) -> str:
    """Return the tier of a facility: as the manifest says of its level, else only whether it is private."""
    tier = run.manifest.get("tiers", {}).get(facility["level"])
    if tier in _TIERS:
        return str(tier)
    return "private" if facility["sector"] == "private" else "facilities"


def scale_end(known: pd.Series) -> float:
    """Return where the colour scale ends: beyond 98 % of the values, so that one far zone does not pale the others."""
    end = float(known.quantile(0.98)) if len(known) else 0.0
    return round(end, 3) if end > 0 else 1.0


def _joined(rings: Sequence[Sequence[tuple[float, float]]]) -> tuple[list[float | None], list[float | None]]:
    """Return the rings as one line that is lifted between them."""
    lon: list[float | None] = []
    lat: list[float | None] = []
    for ring in rings:
        lon += [*(point[0] for point in ring), None]
        lat += [*(point[1] for point in ring), None]
    return lon[:-1], lat[:-1]


def _centre(ring: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the centre of gravity of a ring."""
    points = np.asarray(ring, dtype=float)
    x, y = points.T
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    area = cross.sum()
    if area == 0:
        return float(x.mean()), float(y.mean())
    return float(((x + np.roll(x, -1)) * cross).sum() / (3 * area)), float(
        ((y + np.roll(y, -1)) * cross).sum() / (3 * area)
    )
