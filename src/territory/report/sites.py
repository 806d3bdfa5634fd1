"""Where to open, as one HTML file that works without a network: the new sites, who gains, and what is proven."""

from __future__ import annotations

import html
from math import isfinite, isnan
from pathlib import Path

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from territory.output_files import write_text
from territory.report import maps, views
from territory.report.changes import gap_told
from territory.report.data import RunData, in_language, labels
from territory.report.page import environment, run_title, territory_name
from territory.report.views import Column, View
from territory.report.words import Words, read_words

_ROWS = 15
_SITE = {"symbol": "circle", "size": 6, "color": "#26323a", "line": {"color": "#ffffff", "width": 0.5}}
_NEW_SITE = {"symbol": "star", "size": 16, "color": "#c1121f", "line": {"color": "#ffffff", "width": 1}}


def write_sites_page(run: RunData, path: Path, lang: str) -> None:
    """Write the page of a siting problem that was solved.

    Parameters
    ----------
    run
        Tables `zones`, `sites` and `nearest` as in the folder of the answer; the manifest with `siting`: problem,
        people or acts whose travel counts, gap, whether it is proven, estimated share of the roads.
    path
        The HTML file; it appears whole or not at all.
    lang
        ``fr``, ``en`` or ``ar``.

    Raises
    ------
    ValueError
        When there is no report in that language.
    """
    words = read_words(lang)
    content = {
        "name": run.manifest["name"],
        "title": run_title(run, lang),
        "description": in_language(run.manifest.get("description"), lang),
        "territory": territory_name(run, lang),
        "sentences": _sentences(run, words),
        "sites": _site_view(run, words),
        "gains": (gains := _gain_view(run, words)).first(_ROWS),
        "gain_count": len(gains.frame),
        "plotly": get_plotlyjs(),
        "config": maps.chart_config(words),
        "site_map": maps.chart_json(_site_map(run, words)),
        "sources": views.source_view(run, words).frame.to_dict("records"),
    }
    write_text(path, environment(words).get_template("sites.html.j2").render(content))


def _sentences(run: RunData, words: Words) -> list[str]:
    """Return what was sought, what it brings, and how sure it is."""
    told = run.manifest["siting"]
    new = run.tables["sites"]["new"].sum()
    before, after = (_mean(run, name) for name in ("minutes_before", "minutes"))
    if isnan(after):
        nearer = words("say_some_without_site")
    else:
        minutes = {"after": words.show(after, "minutes"), "before": words.show(before, "minutes")}
        nearer = words("say_nearest" if isnan(before) else "say_nearer", **minutes)
    if told["proven"]:
        proof = words("proven")
    elif isfinite(told["gap"]):
        proof = words("gap", gap=gap_told(float(told["gap"]), words))
    else:
        proof = words("not_proven")
    return [
        words(
            "say_sought",
            count=words.whole(float(new)),
            problem=words.named("siting", told["problem"]).format(minutes=_reach(run, words)),
            proof=proof,
        ),
        nearer,
        *_reached(run, words),
        words("say_matrix", file=told["travel"])
        if told["estimated_road_share"] is None
        else words("say_roads", share=words.share(told["estimated_road_share"], 0)),
        words("say_sites_alone"),
    ]


def _reach(run: RunData, words: Words) -> str:
    minutes = float(run.manifest["siting"]["reach_minutes"] or 0.0)
    return words("in_minutes", number=words.number(minutes, 0 if minutes.is_integer() else 1))


def _reached(run: RunData, words: Words) -> list[str]:
    """Return who has a site within the reach of the problem, where it has one."""
    minutes, nearest = run.manifest["siting"]["reach_minutes"], run.tables["nearest"]
    if minutes is None:
        return []
    before, after = (
        words.share(nearest.loc[nearest[name] <= minutes, "weight"].sum() / nearest["weight"].sum())
        for name in ("minutes_before", "minutes")
    )
    key = "say_more_reached" if nearest["minutes_before"].notna().any() else "say_reached"
    return [words(key, minutes=_reach(run, words), after=after, before=before)]


def _mean(run: RunData, name: str) -> float:
    """Return the mean minutes to the nearest site by weight; unknown where somebody has none."""
    nearest = run.tables["nearest"]
    counted = nearest[nearest["weight"] > 0]
    return float((counted["weight"] * counted[name]).sum(skipna=False) / counted["weight"].sum())


def _site_view(run: RunData, words: Words) -> View:
    sites = run.tables["sites"]
    frame = sites[sites["new"]].assign(
        province_name=lambda own: labels(run, "provinces", own["province"], words.lang),
    )
    columns = (
        Column("name", words("site")),
        Column("province_name", words("province")),
        Column("weight", _weight_title(run, words), "whole"),
        Column("minutes_mean", words("mean_travel"), "minutes"),
        Column("minutes_most", words("longest_travel"), "minutes"),
    )
    return View(words("new_sites"), columns, frame.sort_values("weight", ascending=False, ignore_index=True))


def _weight_title(run: RunData, words: Words) -> str:
    return words("nearest_people" if run.manifest["siting"]["weights"] == "population" else "nearest_acts")


def _gain_view(run: RunData, words: Words) -> View:
    """Return one row for each zone that comes nearer to a site, the largest gain of all its people first.

    Who had no site within the limit of travel, and has one now, gains most.
    """
    zones = run.tables["zones"].merge(run.tables["nearest"], on="zone_id")
    newly = zones["minutes_before"].isna() & zones["minutes"].notna() & zones["minutes_before"].notna().any()
    gain = (zones["minutes_before"] - zones["minutes"]).fillna(0.0)
    zones = zones.assign(newly=newly, total=gain.where(~newly, 1.0) * zones["weight"])
    zones = zones[zones["total"] > 0]
    zones = zones.sort_values(["newly", "total", "zone_id"], ascending=[False, False, True], ignore_index=True)
    frame = zones.assign(province_name=labels(run, "provinces", zones["province"], words.lang))
    columns = (
        Column("name", words("zone")),
        Column("province_name", words("province")),
        Column("population_persons", words("people"), "whole"),
        Column("minutes_before", words("nearest_before"), "minutes"),
        Column("minutes", words("nearest_after"), "minutes"),
    )
    return View(words("gains_title"), columns, frame)


def _site_map(run: RunData, words: Words) -> go.Figure:
    """Return the map of minutes to the nearest site by zone, with the sites there were and the new ones."""
    zones = run.tables["zones"].merge(run.tables["nearest"][["zone_id", "minutes"]], on="zone_id")
    heads = maps.zone_heads(run, words, zones)
    minutes = [words.show(float(value), "minutes") for value in zones["minutes"]]
    zones["told"] = [f"{head}<br>{words('nearest_after')}: {value}" for head, value in zip(heads, minutes, strict=True)]
    chart = maps.ground(run, words, zones)
    chart.add_traces(list(maps.bubbles(words, zones, "minutes", "Viridis_r", words("legend_minutes"))))
    sites = run.tables["sites"]
    for part, marker, name in (
        (sites[~sites["new"]], _SITE, "old_sites"),
        (sites[sites["new"]], _NEW_SITE, "new_sites"),
    ):
        chart.add_trace(
            go.Scatter(
                x=part["lon"].tolist(), y=part["lat"].tolist(), mode="markers", marker=marker,
                text=[f"<b>{html.escape(str(site))}</b>" for site in part["name"]],
                hovertemplate="%{text}<extra></extra>",
                name=words("share_of", what=words(name), share=words.whole(len(part))), showlegend=True,
            )
        )  # fmt: skip
    return chart
