"""The numbers of a run as a workbook, one sheet for each question."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from territory.output_files import replacing
from territory.report import plan_views, reach, scores, views
from territory.report.data import RunData
from territory.report.page import run_title
from territory.report.views import UNITS_OF_TIME, Column, View
from territory.report.words import Words, read_words

# A workbook carries the day it was made; ours carries the same one always, so that equal runs give equal bytes.
_CREATED = dt.datetime(2000, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)
_FORMATS = {
    "whole": "#,##0",
    "number": "#,##0.0",
    "fine": "#,##0.000",
    "signed": "0.000",
    "share": "0.0%",
    "minutes": "#,##0.0",
    "days": "#,##0.0",
    "wait": "#,##0",
    "money": "#,##0",
    "change": "+#,##0;-#,##0;0",
    "change_fte": "+#,##0.0;-#,##0.0;0.0",
}
_NARROWEST, _WIDEST = 10, 60
_WIDTH_ROWS = 200


def write_workbook(run: RunData, path: Path, lang: str) -> None:
    """Write the workbook of a run.

    Parameters
    ----------
    run
        The finished run.
    path
        The xlsx file; it appears whole or not at all.
    lang
        ``fr``, ``en`` or ``ar``.

    Raises
    ------
    ValueError
        When there is no report in that language.
    """
    words = read_words(lang)
    sheets = {
        "sheet_summary": scores.summary_view(run, words),
        "sheet_provinces": views.province_view(run, words),
        "sheet_zones": views.zone_view(run, words),
        "sheet_access": reach.zone_reach_view(run, words),
        "sheet_facilities": views.facility_view(run, words),
        "sheet_posts": views.post_view(run, words),
        "sheet_moves": views.move_view(run, words),
        "sheet_activities": views.activity_view(run, words),
        "sheet_openings": plan_views.activity_change_view(run, words),
        "sheet_costs": plan_views.facility_cost_view(run, words),
        "sheet_need": plan_views.post_need_view(run, words),
        "sheet_support": plan_views.support_row_view(run, words),
        "sheet_rounds": plan_views.round_view(run, words),
        "sheet_waits": views.wait_view(run, words),
        "sheet_sources": views.source_view(run, words),
    }
    write_sheets(path, run_title(run, lang), {words(key): view for key, view in sheets.items()}, words)


def write_sheets(path: Path, title: str, sheets: Mapping[str, View], words: Words) -> None:
    """Write views as the sheets of a workbook, each under its name."""
    with replacing(path) as temporary, xlsxwriter.Workbook(str(temporary)) as book:
        book.set_properties({"title": title, "created": _CREATED})
        formats = {kind: book.add_format({"num_format": shape, "valign": "top"}) for kind, shape in _FORMATS.items()}
        formats["text"] = book.add_format({"valign": "top"})
        formats["head"] = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E8EEF0"}
        )
        for name, view in sheets.items():
            sheet = book.add_worksheet(name)
            if words.direction == "rtl":
                sheet.right_to_left()
            _fill(sheet, view, words, formats)


def _fill(sheet: Worksheet, view: View, words: Words, formats: dict[str, Any]) -> None:
    columns = [spread for column in view.columns for spread in _spread(column, words)]
    for position, column in enumerate(columns):
        values = view.frame[column.key].tolist()
        texts = [str(value) for value in values[:_WIDTH_ROWS]] if column.kind == "text" else []
        width = max([len(column.title) / 2, _NARROWEST, *(len(text) + 1 for text in texts)])
        sheet.set_column(position, position, min(width, _WIDEST))
        sheet.write_string(0, position, column.title, formats["head"])
        for row, value in enumerate(values, start=1):
            if column.kind == "text":
                sheet.write_string(row, position, str(value), formats["text"])
            elif not pd.isna(value):
                sheet.write_number(row, position, float(value), formats[column.kind])
    sheet.freeze_panes(1, 1)
    if columns:
        sheet.autofilter(0, 0, max(len(view.frame), 1), len(columns) - 1)


def _spread(column: Column, words: Words) -> list[Column]:
    """Return the sheet's columns for one of the view: unit in the title, the ends of an interval beside it."""
    unit = UNITS_OF_TIME.get(column.kind)
    title = words("with_unit", title=column.title, unit=words(unit)) if unit else column.title
    ends = [("_low", "interval_low"), ("_high", "interval_high")] if column.interval else []
    return [
        Column(column.key, title, column.kind),
        *(Column(f"{column.key}{end}", words(key, title=title), column.kind) for end, key in ends),
    ]
