"""Runs side by side: the indicators of the region with their intervals and the differences to the first run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from territory.output_files import write_text
from territory.report import scores
from territory.report.against import against
from territory.report.data import Figure, RunData, in_language
from territory.report.page import environment, run_title, territory_name
from territory.report.words import Words, read_words


def write_comparison(runs: Sequence[RunData], differences: pd.DataFrame, path: Path, lang: str) -> None:
    """Write the indicators of several runs side by side, and what each changed, brought and cost against the first.

    Parameters
    ----------
    runs
        At least one run; the others are compared with the first.
    differences
        indicator, where, run, difference, difference_low, difference_high: the difference of each run to the first,
        with the ends of its interval where both simulate the same patients.
    path
        The HTML file; it appears whole or not at all.
    lang
        ``fr``, ``en`` or ``ar``.

    Raises
    ------
    ValueError
        When there is no run, or no report in that language.
    """
    if not runs:
        msg = "nothing to compare: no run was given"
        raise ValueError(msg)
    words = read_words(lang)
    heads = [
        {
            "name": run.manifest["name"],
            "title": run_title(run, lang),
            "description": in_language(run.manifest.get("description"), lang),
            "told": against(runs[0], run, words) if run is not runs[0] else [],
        }
        for run in runs
    ]
    content = {"runs": heads, "territory": territory_name(runs[0], lang), "rows": _rows(runs, differences, words)}
    write_text(path, environment(words).get_template("comparison.html.j2").render(content))


def _rows(runs: Sequence[RunData], differences: pd.DataFrame, words: Words) -> list[dict[str, Any]]:
    held = [scores.regional(run) for run in runs]
    owner = {indicator: run for run, told in zip(runs, held, strict=True) for indicator in told}
    better = {
        str(row["indicator"]): row["better"]
        for run in runs
        for row in run.tables["indicators"][["indicator", "better"]].drop_duplicates().to_dict("records")
    }
    told_differences = [_of_region(differences, str(run.manifest["name"])) for run in runs]
    shown = [indicator for indicator in owner if scores.is_overall(indicator, words)]
    rows = []
    for indicator in sorted(shown, key=scores.reading_order):
        first, kind = held[0].get(indicator, Figure()), scores.kind_of(indicator)
        cells = []
        for told, found in zip(held, told_differences, strict=True):
            own = told.get(indicator, Figure())
            difference = found.get(indicator, Figure())
            unsure = _unsure(difference, own, first)
            cells.append(
                _cell(own, difference, kind, "unsure" if unsure else _judged(difference, better[indicator]), words)
            )
        cells[0] |= {"difference": "", "judgement": ""}
        rows.append({"name": scores.indicator_name(owner[indicator], indicator, words), "cells": cells})
    return rows


def _cell(told: Figure, difference: Figure, kind: str, judgement: str, words: Words) -> dict[str, str]:
    cell = {
        "value": words.show(told.value, kind),
        "interval": words.interval(told, kind),
        "difference": "",
        "judgement": "",
    }
    if not difference.known:
        return cell
    text = words.difference(difference.value, kind)
    if difference.has_interval:
        ends = words(
            "interval", low=words.difference(difference.low, kind), high=words.difference(difference.high, kind)
        )
        text = words("share_of", what=text, share=ends)
    changed = any(mark in text for mark in "123456789")
    return cell | ({"difference": text, "judgement": judgement} if changed else {"difference": "="})


def _of_region(differences: pd.DataFrame, run: str) -> dict[str, Figure]:
    """Return the differences of one run at the level of the region."""
    own = differences[(differences["run"] == run) & (differences["where"] == "region")]
    keys = ["indicator", "difference", "difference_low", "difference_high"]
    return {str(row[0]): Figure(*row[1:]) for row in own[keys].itertuples(index=False, name=None)}


def _judged(difference: Figure, better: object) -> str:
    if pd.isna(better):
        return ""
    return "better" if (difference.value > 0) == (better == "up") else "worse"


def _unsure(difference: Figure, told: Figure, first: Figure) -> bool:
    """Whether chance alone may explain a difference: its own interval holds zero, or else the two intervals meet."""
    if difference.has_interval:
        return difference.low <= 0 <= difference.high
    return told.has_interval and first.has_interval and told.low <= first.high and first.low <= told.high
