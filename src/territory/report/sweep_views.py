"""The tables of a study as a reader sees them: the page shows some rows, the workbook all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from territory.report.data import label, labels
from territory.report.sweep_data import SweepData, factor_name, kind_of, outcome_name, show_value, unit_of
from territory.report.views import Column, View
from territory.report.words import Words

_DONE = "done"
_SPREAD = {
    "mean": "mean_of_runs",
    "lowest": "lowest",
    "low": "one_in_twenty",
    "high": "nineteen_in_twenty",
    "highest": "highest",
}
_OWN_MEASURE = {"sobol", "fast", "morris"}  # designs that are made for one


def factor_view(data: SweepData, words: Words) -> View:
    """Return one row for each factor: what it is, and the values it takes."""
    rows = [
        {
            "name": factor_name(data, key, words),
            "kind": words.named("factor_kind", "lever" if key in data.study["levers"] else "uncertainty"),
            "values": _values(data, key, told, words),
            "key": key,
        }
        for key, told in data.factors.items()
    ]
    columns = (
        Column("name", words("factor")),
        Column("kind", words("factor_kind")),
        Column("values", words("factor_values")),
        Column("key", words("factor_key")),
    )
    return View(words("factors_title"), columns, pd.DataFrame(rows, columns=["name", "kind", "values", "key"]))


def _values(data: SweepData, key: str, told: Mapping[str, Any], words: Words) -> str:
    if told.get("values"):
        return words("comma").join(show_value(value, words) for value in told["values"])
    taken = data.runs[key].dropna()
    if data.study["design"]["method"] == "table":
        told = {}  # the table says the values, whatever the range
    if pd.api.types.is_numeric_dtype(taken) and len(taken):
        ends = [
            taken.min() if told.get("low") is None else told["low"],
            taken.max() if told.get("high") is None else told["high"],
        ]
        return words("interval", low=show_value(float(ends[0]), words), high=show_value(float(ends[1]), words))
    return words("comma").join(sorted(set(taken.astype(str))))


def outcome_figures(data: SweepData, words: Words) -> View:
    """Return one row for each outcome: its mean over the finished runs, and how far they lie apart."""
    done = data.runs[data.runs["status"] == _DONE]
    rows = []
    for outcome in data.outcomes:
        values = done[outcome].dropna()
        rows.append(
            {
                "name": outcome_name(data, outcome, words),
                "outcome": outcome,
                "mean": values.mean(),
                "lowest": values.min(),
                "low": values.quantile(0.05),
                "high": values.quantile(0.95),
                "highest": values.max(),
                "unit": unit_of(outcome, words, share=words("of_one")),
            }
        )
    columns = (
        Column("name", words("indicator")),
        *(Column(key, words(title), "fine") for key, title in _SPREAD.items()),
        Column("unit", words("unit")),
        Column("outcome", words("indicator_id")),
    )
    frame = pd.DataFrame(rows, columns=[column.key for column in columns])
    return View(words("outcomes_title"), columns, frame, words("outcomes_note"))


def outcome_view(data: SweepData, words: Words) -> View:
    """Return the same with each figure written in its own unit."""
    view = outcome_figures(data, words)
    kinds = [kind_of(outcome) for outcome in view.frame["outcome"]]
    told = {
        key: [words.show(float(value), kind) for value, kind in zip(view.frame[key], kinds, strict=True)]
        for key in _SPREAD
    }
    columns = (view.columns[0], *(Column(key, words(title)) for key, title in _SPREAD.items()))
    return View(view.title, columns, view.frame.assign(**told), view.note)


def drivers_view(data: SweepData, outcome: str, words: Words) -> View:
    """Return one row for each factor: how it drives an outcome."""
    method, table = data.drivers[outcome]
    kind = kind_of(outcome)
    frame = table.assign(name=[factor_name(data, factor, words) for factor in table["factor"]])
    frame = frame.rename(columns={"low": "value_low", "high": "value_high"})
    head = Column("name", words("factor"))
    if method == "variance":
        columns: tuple[Column, ...] = (
            head,
            Column("first", words("first_order"), "share", interval=True),
            Column("value", words("total_order"), "share", interval=True),
        )
    elif method == "effect":
        columns = (
            head,
            Column("value", words("mean_effect"), kind, interval=True),
            Column("sigma", words("effect_spread"), kind),
        )
    elif method == "alone":
        frame = frame.assign(
            low_told=[_at(row.value_low, row.low_at, kind, words) for row in frame.itertuples()],
            high_told=[_at(row.value_high, row.high_at, kind, words) for row in frame.itertuples()],
        )
        columns = (head, Column("low_told", words("lowest_outcome")), Column("high_told", words("highest_outcome")))
    else:
        columns = (head, Column("value", words("rank_correlation"), "signed", interval=True))
    title = words("drivers_title", name=outcome_name(data, outcome, words))
    return View(title, columns, frame, _measure_note(data, method, words))


def _measure_note(data: SweepData, method: str, words: Words) -> str:
    """Say which factors have no measure, and that the measure is not the one of the design."""
    if method != "correlation":
        return ""
    design = data.study["design"]
    told = [words("measure_lost")] if design["method"] in _OWN_MEASURE and not design["crossed"] else []
    unordered = [
        factor_name(data, key, words) for key in data.factors if not pd.api.types.is_numeric_dtype(data.runs[key])
    ]
    if unordered:
        told.append(words("no_measure", factors=words("comma").join(unordered)))
    return " ".join(told)


def _at(value: float, factor_value: Any, kind: str, words: Words) -> str:
    return words("share_of", what=words.show(float(value), kind), share=show_value(factor_value, words))


def regret_view(data: SweepData, words: Words) -> View:
    """Return one row for each combination of levers: how often it is good enough, and its regret; empty for none."""
    if data.regret is None:
        return View(words("regret_title"), (), pd.DataFrame())
    levers = list(data.study["levers"])
    frame = data.regret.copy()
    for lever in levers:
        frame[lever] = [show_value(value, words) for value in frame[lever]]
    measured = []
    for outcome in data.study["thresholds"]:
        kind, name = kind_of(outcome), outcome_name(data, outcome, words)
        measured.append(Column(outcome, name, kind))
        measured.append(Column(f"{outcome}_regret", words("largest_regret", name=name), kind))
    columns = (
        *(Column(lever, factor_name(data, lever, words)) for lever in levers),
        Column("good_enough", words("good_enough"), "share", bar=True),
        *([Column("failed", words("failed_futures"), "whole")] if frame["failed"].any() else []),
        *measured,
    )
    return View(words("regret_title"), columns, frame, words("regret_note"))


def left_view(data: SweepData, words: Words) -> View:
    """Return one row for each zone that some run leaves behind, the most often left first."""
    zones = data.place.tables["zones"]
    if zones.empty:
        return View(words("left_title"), (), pd.DataFrame())
    frame = zones.assign(share=zones["zone_id"].map(data.left_behind).fillna(0.0).astype(float))
    frame = frame[frame["share"] > 0].assign(
        province_name=lambda own: labels(data.place, "provinces", own["province"], words.lang)
    )
    columns = (
        Column("name", words("zone")),
        Column("province_name", words("province")),
        Column("population_persons", words("people"), "whole"),
        Column("share", words("share_of_runs"), "share", bar=True),
    )
    frame = frame.sort_values(["share", "zone_id"], ascending=[False, True], ignore_index=True)
    return View(words("left_title"), columns, frame)


def opened_view(data: SweepData, words: Words) -> View:
    """Return one row for each activity that some run opens at a facility, the most often opened first."""
    names = data.place.tables["facilities"].set_index("facility_id")["name"] if len(data.opened) else {}
    frame = data.opened.assign(
        name=[str(names.get(key, key)) for key in data.opened["facility_id"]],
        activity_name=[label(data.place, "activities", key, words.lang) for key in data.opened["activity"]],
    )
    columns = (
        Column("name", words("facility")),
        Column("activity_name", words("activity")),
        Column("share", words("share_of_runs"), "share", bar=True),
    )
    frame = frame.sort_values(["share", "facility_id", "activity"], ascending=[False, True, True], ignore_index=True)
    return View(words("opened_title"), columns, frame)


def failures_view(data: SweepData, words: Words) -> View:
    """Return why runs failed, and how many."""
    columns = (Column("reason", words("reason")), Column("runs", words("run_count"), "whole"))
    return View(words("failures_title"), columns, data.failures)


def runs_view(data: SweepData, words: Words) -> View:
    """Return every run with its factors and outcomes, as they are."""
    frame = data.runs.drop(columns=["opened", "left_behind"])
    columns = tuple(
        Column(name, name, "fine" if pd.api.types.is_numeric_dtype(frame[name]) else "text") for name in frame.columns
    )
    return View(words("sheet_runs"), columns, frame)
