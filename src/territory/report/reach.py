"""Potential access in the report: the staff that people have within reach, today and in the plan."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from territory.report import maps
from territory.report.data import RunData, label, labels
from territory.report.views import Column, View
from territory.report.words import Words

_REACH = "access_gaussian_"  # the enhanced two-step floating catchment with Gaussian weights
_EVENNESS = "access_gini_"
_SCALE = "YlGnBu"
_TO_10_000 = 10.0  # the measure is told for 1,000 people


def reach_view(run: RunData, words: Words) -> View:
    """Return one row for each staff group: posts per 10,000 people within reach, and how evenly they are spread."""
    table = run.tables["access"].set_index(["indicator", "where"])
    people = run.tables["zones"].set_index("zone_id")["population_persons"]
    rows = []
    for group in staff_groups(run):
        row: dict[str, object] = {"name": label(run, "staff_groups", group, words.lang)}
        for when in ("before", "after"):
            reached = table[when].get((f"{_REACH}{group}", "region"), np.nan)
            row[f"reach_{when}"] = 0.0 if np.isnan(reached) else reached * _TO_10_000  # no row: no post is left
            row[f"gini_{when}"] = table[when].get((f"{_EVENNESS}{group}", "region"), np.nan)
        here = zone_reach(run, group).reindex(people.index).fillna(0.0)
        row["none"] = people[here == 0].sum() / people.sum()
        rows.append(row)
    columns = (
        Column("name", words("staff_group")),
        Column("reach_before", words("reach_before"), "fine"),
        Column("reach_after", words("reach_after"), "fine"),
        Column("gini_before", words("gini_before"), "fine"),
        Column("gini_after", words("gini_after"), "fine"),
        Column("none", words("out_of_reach"), "share", bar=True),
    )
    frame = pd.DataFrame(rows, columns=[column.key for column in columns])
    return View(words("reach_title"), columns, frame, words("reach_note"))


def zone_reach_view(run: RunData, words: Words) -> View:
    """Return one row for each zone: posts of each staff group per 10,000 people within reach in the plan."""
    zones = run.tables["zones"]
    frame = zones[["name", "province", "population_persons"]].assign(
        province_name=labels(run, "provinces", zones["province"], words.lang),
        **{group: zones["zone_id"].map(zone_reach(run, group)).fillna(0.0) for group in staff_groups(run)},
    )
    columns = (
        Column("name", words("zone")),
        Column("province_name", words("province")),
        Column("population_persons", words("people"), "whole"),
        *(Column(group, _head(run, words, group), "fine") for group in staff_groups(run)),
    )
    return View(words("reach_title"), columns, frame, words("reach_note"))


def _head(run: RunData, words: Words, group: str) -> str:
    return f"{label(run, 'staff_groups', group, words.lang)} ({words('legend_reach')})"


def reach_map(run: RunData, words: Words) -> go.Figure:
    """Return the map of posts within reach by zone in the plan, with a menu of the staff groups."""
    groups = staff_groups(run)
    zones = maps.told_zones(run, words)
    values = {group: zones["zone_id"].map(zone_reach(run, group)).fillna(0.0).astype(float) for group in groups}
    chart = maps.ground(run, words, zones)
    if not groups:
        return chart
    shown = zones.assign(reach=values[groups[0]])
    chart.add_traces(list(maps.bubbles(words, shown, "reach", _SCALE, words("legend_reach"))))
    told = f"%{{text}}<br>{words('legend_reach')}: %{{marker.color:.3f}}<extra></extra>"
    chart.data[-1].update(hovertemplate=told)
    order = maps.drawn_order(zones)
    buttons = [
        {
            "label": label(run, "staff_groups", group, words.lang),
            "method": "restyle",
            "args": [
                {
                    "marker.color": [values[group].loc[order].round(4).tolist()],
                    "marker.cmax": [maps.scale_end(values[group])],
                },
                [len(chart.data) - 1],
            ],
        }
        for group in groups
    ]
    chart.update_layout(updatemenus=[{"x": 0, "xanchor": "left", "y": 1, "yanchor": "top", "buttons": buttons}])
    return chart


def staff_groups(run: RunData) -> list[str]:
    """Return the staff groups whose posts within reach the run knows, in the order of the care catalogue."""
    names = run.tables["access"]["indicator"]
    found = {name.removeprefix(_REACH) for name in names[names.str.startswith(_REACH)].unique()}
    known = list(run.manifest.get("labels", {}).get("staff_groups", {}))
    return [*(group for group in known if group in found), *sorted(found - set(known))]


def zone_reach(run: RunData, group: str) -> pd.Series:
    """Return posts of a group per 10,000 people within reach in the plan, by zone_id."""
    table = run.tables["access"]
    rows = table[(table["indicator"] == f"{_REACH}{group}") & table["where"].str.startswith("zone:")]
    zones = pd.Index(rows["where"].str.removeprefix("zone:").astype(object), dtype=object)
    return pd.Series(rows["after"].to_numpy(dtype=float) * _TO_10_000, index=zones, dtype=float)
