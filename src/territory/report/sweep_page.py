"""A study as one HTML file that works without a network, and as a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from plotly.offline import get_plotlyjs

from territory.output_files import write_text
from territory.report import maps, story, sweep_charts, sweep_views, views
from territory.report.data import in_language
from territory.report.page import environment, territory_name
from territory.report.sweep_data import Limits, SweepData, factor_name, kind_of, outcome_name, show_value
from territory.report.views import View
from territory.report.words import Words, read_words
from territory.report.workbook import write_sheets

_ROWS = 15
_PANELS_PX = 640  # panels side by side, on a phone too
_MOSTLY = 0.5
_DONE = "done"
_SHEET_LETTERS = 31  # a name of a sheet may not be longer


def write_sweep_page(data: SweepData, path: Path, lang: str) -> None:
    """Write the page of a study.

    Parameters
    ----------
    data
        The study, read.
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
    left, opened = sweep_views.left_view(data, words), sweep_views.opened_view(data, words)
    regret = sweep_views.regret_view(data, words)
    content = {
        "name": data.study["name"],
        "title": in_language(data.study.get("title"), lang) or data.study["name"],
        "description": in_language(data.study.get("description"), lang),
        "territory": territory_name(data.place, lang),
        "sentences": list(_sentences(data, words)),
        "factors": sweep_views.factor_view(data, words),
        "outcomes": sweep_views.outcome_view(data, words),
        "parts": [_part(data, position, outcome, words) for position, outcome in enumerate(data.outcomes)],
        "regret": regret.first(_ROWS),
        "regret_count": len(regret.frame),
        "left": left.first(_ROWS),
        "left_count": len(left.frame),
        "left_map": maps.chart_json(sweep_charts.left_map(data, words)) if len(left.frame) else "",
        "left_note": words("left_note", share=words.share(float(data.study["left_behind"]), 0)),
        "opened": opened.first(_ROWS),
        "opened_count": len(opened.frame),
        "opened_map": maps.chart_json(sweep_charts.opened_map(data, words)) if len(opened.frame) else "",
        "failures": sweep_views.failures_view(data, words).first(_ROWS),
        "plotly": get_plotlyjs(),
        "config": maps.chart_config(words),
        "sources": views.source_view(data.place, words).frame.to_dict("records"),
    }
    write_text(path, environment(words).get_template("sweep.html.j2").render(content))


def write_sweep_workbook(data: SweepData, path: Path, lang: str) -> None:
    """Write the workbook of a study: factors, outcomes, what drives each, plans, places, and every run.

    Raises
    ------
    ValueError
        When there is no report in that language.
    """
    words = read_words(lang)
    sheets: dict[str, View] = {
        words("sheet_factors"): sweep_views.factor_view(data, words),
        words("sheet_outcomes"): sweep_views.outcome_figures(data, words),
    }
    for position, outcome in enumerate(data.outcomes, start=1):
        if outcome in data.drivers:
            name = f"{words('sheet_drivers')} {position}"
            sheets[name[:_SHEET_LETTERS]] = sweep_views.drivers_view(data, outcome, words)
    for key, view in (
        ("sheet_regret", sweep_views.regret_view(data, words)),
        ("sheet_left", sweep_views.left_view(data, words)),
        ("sheet_opened", sweep_views.opened_view(data, words)),
        ("sheet_runs", sweep_views.runs_view(data, words)),
    ):
        if len(view.frame):
            sheets[words(key)] = view
    write_sheets(path, in_language(data.study.get("title"), lang) or data.study["name"], sheets, words)


def _part(data: SweepData, position: int, outcome: str, words: Words) -> dict[str, Any]:
    """Return what the page shows of one outcome."""
    name = outcome_name(data, outcome, words)
    part: dict[str, Any] = {"id": f"outcome-{position}", "name": name, "charts": [], "table": None}
    charts = []
    if outcome in data.drivers:
        chart = sweep_charts.drivers_chart(data, outcome, words)
        charts.append(("drivers", chart, words("drivers_title", name=name), ""))
        part["table"] = sweep_views.drivers_view(data, outcome, words)
    if data.curves.get(outcome):
        chart = sweep_charts.response_chart(data, outcome, words)
        charts.append(("curves", chart, words("responses_title", name=name), words("responses_note")))
    if outcome in data.heats:
        chart = sweep_charts.heat_chart(data, outcome, words)
        charts.append(("heat", chart, words("heat_title", name=name), words("heat_note")))
    part["charts"] = [
        {
            "id": f"{part['id']}-{key}",
            "json": maps.chart_json(chart),
            "title": title,
            "note": note,
            "height": int(chart.layout.height),
            "width": _PANELS_PX if key == "curves" else 0,
        }
        for key, chart, title, note in charts
    ]
    return part


def _sentences(data: SweepData, words: Words) -> Iterator[str]:
    """Yield what a study says: its size, its outcomes and what drives them, what breaks them, plans, people."""
    done = data.runs[data.runs["status"] == _DONE]
    failed = len(data.runs) - len(done)
    yield words("say_runs", done=words.whole(float(len(done))), failed=words.whole(float(failed)))
    if len(data.runs) < data.total:
        yield words("say_unfinished", left=words.whole(float(data.total - len(data.runs))))
    design = words.named("design", str(data.study["design"]["method"]))
    stages = "own" if data.own_model else str(data.study["stages"])
    yield words("say_how", design=design, stages=words.named("stages", stages))
    for outcome in data.outcomes:
        yield " ".join(_of_outcome(data, outcome, words))
    if data.regret is not None and len(data.regret) and len(data.runs) == data.total:
        yield _best_plan(data, data.regret, words)
    if len(done) and not data.place.tables["zones"].empty:
        yield _left(data, words)
    yield " ".join([words("say_sweep_ranges"), story.weakness(data.place, words)]).strip()


def _of_outcome(data: SweepData, outcome: str, words: Words) -> Iterator[str]:
    done = data.runs[data.runs["status"] == _DONE]
    values, kind = done[outcome].dropna(), kind_of(outcome)
    name = outcome_name(data, outcome, words)
    if values.empty:
        yield words("say_no_value", name=name)
        return
    low, high = (words.show(float(values.quantile(share)), kind) for share in (0.05, 0.95))
    yield words("say_outcome", name=name, mean=words.show(float(values.mean()), kind), low=low, high=high)
    if outcome in data.drivers and values.min() < values.max():
        yield _driver(data, outcome, words)
    threshold = data.study["thresholds"].get(outcome)
    if threshold:
        side = "at_most" if threshold.get("at_most") is not None else "at_least"
        limit = float(threshold[side])
        good = (values <= limit if side == "at_most" else values >= limit).sum() / max(len(data.runs), 1)
        shown = words.show(limit, kind)
        told = words("limit_at_most", value=shown) if side == "at_most" else words("limit_at_least", value=shown)
        yield words("say_holds", name=name, limit=told, share=words.share(float(good)))
    if outcome in data.boxes and data.boxes[outcome].limits and data.boxes[outcome].density > _MOSTLY:
        yield _box(data, data.boxes[outcome], words)


def _driver(data: SweepData, outcome: str, words: Words) -> str:
    method, table = data.drivers[outcome]
    first, kind = table.iloc[0], kind_of(outcome)
    factor = factor_name(data, str(first["factor"]), words)
    if method == "alone":
        low, high = words.show(float(first["low"]), kind), words.show(float(first["high"]), kind)
        return words("say_driver_alone", factor=factor, low=low, high=high)
    written = {"variance": "share", "effect": kind}.get(method, "fine")
    ends = [float(first["low"]), float(first["high"])]
    known = bool(np.isfinite(ends).all())
    told = [words.show(end, written) for end in ends] if known else []
    between = words("in_between", low=told[0], high=told[1]) if known else ""
    value = words.show(float(first["value"]), written)
    key = {"variance": "say_driver_variance", "effect": "say_driver_effect"}.get(method, "say_driver_correlation")
    return words(key, factor=factor, value=value, between=between)


def _box(data: SweepData, box: Limits, words: Words) -> str:
    told = []
    for factor, limit in box.limits.items():
        name = factor_name(data, factor, words)
        if not all(isinstance(end, Real) for end in limit) or len(limit) != 2:  # noqa: PLR2004
            values = words("comma").join(show_value(value, words) for value in limit)
            told.append(words("where_among", factor=name, values=values))
            continue
        low, high = (show_value(float(end), words) if np.isfinite(end) else "" for end in limit)
        if low and high:
            told.append(words("where_between", factor=name, low=low, high=high))
        else:
            told.append(
                words("where_above", factor=name, low=low) if low else words("where_below", factor=name, high=high)
            )
    conditions = words("and").join(told)
    return words("say_box", conditions=conditions, density=words.share(box.density), coverage=words.share(box.coverage))


def _best_plan(data: SweepData, regret: pd.DataFrame, words: Words) -> str:
    """Name the plan that stands first, and how many are good enough as often."""
    best, share = regret.iloc[0], float(regret["good_enough"].iloc[0])
    if share == 0:
        return words("say_no_plan")
    levers = [
        words("share_of", what=factor_name(data, lever, words), share=show_value(best[lever], words))
        for lever in data.study["levers"]
    ]
    told = words("say_best_plan", plan=words("comma").join(levers), share=words.share(share))
    others = int((regret["good_enough"] == share).sum()) - 1
    if not others:
        return told
    name = outcome_name(data, next(iter(data.study["thresholds"])), words)
    return f"{told} {words('say_best_ties', others=words.count('combination', others), name=name)}"


def _left(data: SweepData, words: Words) -> str:
    if data.left_behind.empty:
        return words("say_nobody_left")
    zones = data.place.tables["zones"].set_index("zone_id")
    people = zones["population_persons"].reindex(data.left_behind.index)
    worst = pd.DataFrame({"share": data.left_behind, "people": people}).sort_values(["share", "people"]).iloc[-1]
    zone = str(zones["name"].get(worst.name, worst.name))
    return words("say_left_most", zone=zone, share=words.share(float(worst["share"])))
