"""The report of one run as one HTML file that works without a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from plotly.offline import get_plotlyjs

from territory.output_files import write_text
from territory.report import assumptions, changes, journeys, maps, plan_views, prices, reach, scores, story, views
from territory.report.data import Figure, RunData, figure, in_language
from territory.report.words import Words, read_words
from territory.tables import QUALITIES

PARTS = ("changes", "travel", "need", "staff", "waits", "honest")
_ROWS = 15
_TOLD_ABOVE = {"title", "description"}
_WAITS = {
    "wait_minutes_walk_in": "wait",
    "wait_days_appointment": "days",
    "share_turned_away": "share",
}


def write_page(run: RunData, path: Path, lang: str) -> None:
    """Write the report of a run.

    Parameters
    ----------
    run
        The finished run.
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
    write_text(path, environment(words).get_template("page.html.j2").render(_content(run, words)))


def environment(words: Words) -> Environment:
    """Return the templates with the words of one language; names are escaped, an open place is an error."""
    made = Environment(loader=FunctionLoader(_template), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    made.globals.update(w=words, style=_template("style.css"), cell_figure=views.cell_figure, bar_width=_bar_width)
    return made


def run_title(run: RunData, lang: str) -> str:
    """Return the title of a run, or its name when it has none."""
    return in_language(run.manifest.get("title"), lang) or str(run.manifest["name"])


def territory_name(run: RunData, lang: str) -> str:
    """Return the name of the territory, or its id when it has none."""
    territory = run.manifest.get("territory", {})
    return in_language(territory.get("name"), lang) or str(territory.get("id", ""))


def _template(name: str) -> str:
    return (files("territory.report") / "templates" / name).read_text(encoding="utf-8")


def _bar_width(share: float) -> str:
    return f"{min(max(share, 0.0), 1.0) * 100:.1f}"


def _content(run: RunData, words: Words) -> dict[str, Any]:
    """Return everything the template of the page names."""
    return {
        "name": run.manifest["name"],
        "title": run_title(run, words.lang),
        "description": in_language(run.manifest.get("description"), words.lang),
        "territory": territory_name(run, words.lang),
        "assumptions": assumptions.assumptions(run, words),
        "parts": PARTS,
        "keys": list(_keys(run, words)),
        "story": story.sentences(run, words),
        "plotly": get_plotlyjs(),
        "config": maps.chart_config(words),
        "travel_map": maps.chart_json(maps.travel_map(run, words)),
        "unmet_map": maps.chart_json(maps.unmet_map(run, words)),
        "care_map": maps.chart_json(maps.care_map(run, words)),
        "reach_map": maps.chart_json(reach.reach_map(run, words)),
        "hours_chart": maps.chart_json(journeys.hours_chart(run, words)),
        "largest": maps.largest_zones(run, words),
        **_changes(run, words),
        **_tables(run, words),
        **_honest(run, words),
    }


def _changes(run: RunData, words: Words) -> dict[str, Any]:
    """Return what the section on changes and costs holds; a table without rows is left out."""
    shown = (
        plan_views.cost_view(run, words),
        plan_views.activity_change_view(run, words),
        plan_views.support_view(run, words),
        plan_views.round_view(run, words),
    )
    return {
        "changes": changes.sentences(run, words),
        "cost": changes.cost_sentence(run, words),
        "change_tables": [(view.first(_ROWS), len(view.frame)) for view in shown if not view.frame.empty],
    }


def _tables(run: RunData, words: Words) -> dict[str, Any]:
    zones, short = views.zone_view(run, words), views.post_view(run, words, short=True)
    moves, pressed = views.move_view(run, words), views.pressed_view(run, words)
    by_level = [column.key for column in zones.columns if column.key.startswith("nearest_")][2:]  # after the two tiers
    need, missing = plan_views.need_view(run, words), plan_views.post_need_view(run, words)
    window = run.manifest.get("journeys_window") or {}
    days = float(window.get("to_day", 0)) - float(window.get("from_day", 0))
    return {
        "access": views.access_view(run, words),
        "reach": reach.reach_view(run, words),
        "farthest": zones.without("demand", "unmet", *by_level).first(_ROWS),
        "zone_count": len(zones.frame),
        "provinces": views.province_view(run, words),
        "activities": views.activity_view(run, words),
        "staff": views.staff_view(run, words),
        "prices": prices.price_sentences(run, words),
        "short": short.first(_ROWS),
        "short_count": len(short.frame),
        "staff_by_province": views.staff_by_province_view(run, words),
        "needs": need,
        "missing": missing.without("workload_hours_per_year", "difference_before", "ratio_before").first(_ROWS),
        "missing_count": len(missing.frame),
        "moves": moves.first(_ROWS),
        "move_count": len(moves.frame),
        "waits": views.wait_view(run, words),
        "pressed": pressed.first(_ROWS),
        "pressed_count": len(pressed.frame),
        "journeys": journeys.journey_view(run, words),
        "lists": journeys.list_view(run, words),
        "engine_notes": journeys.notes(run, words),
        "simulated": words(
            "simulated",
            days=words.whole(days),
            replications=words.whole(
                float(window.get("replications", run.tables["simulated_visits"]["replication"].nunique()))
            ),
        ),
    }


def _honest(run: RunData, words: Words) -> dict[str, Any]:
    told = run.manifest
    provenance = [
        {
            "input": row["input"],
            "quantity": row.get("quantity", ""),
            "parts": [
                {"quality": quality, "share": float(row[quality])}
                for quality in QUALITIES
                if float(row.get(quality) or 0.0) > 0
            ],
        }
        for row in told.get("provenance", [])
    ]
    return {
        "provenance": provenance,
        "reliance": story.reliance(run, words),
        "qualities": QUALITIES,
        "weakness": story.weakness(run, words),
        "aims": [aim | {"told": _proof(aim, words)} for aim in told.get("aims", [])],
        "overrides": told.get("overrides", []),
        "options": list(_flat(told.get("scenario", {}))),
        "sources": views.source_view(run, words).frame.to_dict("records"),
        "seed": str(told.get("seed", words("missing"))),
        "versions": sorted(told.get("versions", {}).items()),
    }


def _proof(aim: Mapping[str, Any], words: Words) -> str:
    """Say whether an aim is proven best, and otherwise how far below it a better plan may lie."""
    if aim["proven"]:
        return words("proven")
    gap = aim.get("gap")
    return words("not_proven") if gap is None else words("gap", gap=changes.gap_told(float(gap), words))


def _keys(run: RunData, words: Words) -> Iterator[dict[str, str]]:
    """Yield the row of key figures; one that the run does not hold is left out."""
    tables = run.tables
    yield _key(words, "people", Figure(float(tables["zones"]["population_persons"].sum())), "whole")
    yield _key(words, "facilities", Figure(float(len(tables["facilities"]))), "whole")
    yield _key(words, "demand_acts", Figure(float(tables["demand"]["acts_per_year"].sum())), "whole")
    for key, told, kind in (
        ("unmet_share", story.told_share(run), "share"),
        ("mean_travel", story.told_travel(run), "minutes"),
        ("within_30_hospital", figure(run, "people_within_30_minutes_hospital"), "share"),
    ):
        if told.known:
            yield _key(words, key, told, kind)
    moves = run.tables["moves"].groupby("kind")["fte"].sum()
    yield _key(words, "posts_moved", Figure(float(moves.get("moved", 0.0))), "number")
    yield _key(words, "posts_recruited", Figure(float(moves.get("recruited", 0.0))), "number")
    costs = run.tables["costs"]
    if len(costs):
        yield _key(words, "running_cost", Figure(float(costs["mad_after"].sum())), "money")
    for indicator, kind in _WAITS.items():
        told = figure(run, indicator)
        if told.known:
            title = scores.indicator_name(run, indicator, words)
            yield {"title": title, "value": words.show(told.value, kind), "interval": words.interval(told, kind)}


def _key(words: Words, key: str, told: Figure, kind: str) -> dict[str, str]:
    return {"title": words(key), "value": words.show(told.value, kind), "interval": words.interval(told, kind)}


def _flat(options: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Yield each option with its dotted key; what the head of the page tells is left out."""
    for key, value in options.items():
        name = f"{above}{key}"
        if isinstance(value, Mapping):
            if name not in _TOLD_ABOVE:
                yield from _flat(value, f"{name}.")
        else:
            yield name, (", ".join(map(str, value)) or "-") if isinstance(value, list | tuple) else str(value)
