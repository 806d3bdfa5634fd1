"""Runs side by side: the indicators of the region with their intervals and the differences to the first run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from territory.report import scores
from territory.report.data import Figure, RunData, in_language
from territory.report.files import write_text
from territory.report.page import environment, run_title, territory_name
from territory.report.words import Words, read_words

Values = NDArray[np.float64]

# Two runs that share these meet the same patients.
_SHARED = ("seed", "replications", "warm_up_days", "days")


def write_comparison(runs: Sequence[RunData], path: Path, lang: str) -> None:
    """Write the indicators of several runs side by side.

    Parameters
    ----------
    runs
        At least one run; the others are compared with the first.
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
        }
        for run in runs
    ]
    content = {"runs": heads, "territory": territory_name(runs[0], lang), "rows": _rows(runs, words)}
    write_text(path, environment(words).get_template("comparison.html.j2").render(content))


def _rows(runs: Sequence[RunData], words: Words) -> list[dict[str, Any]]:
    held = [scores.regional(run) for run in runs]
    owner = {indicator: run for run, told in zip(runs, held, strict=True) for indicator in told}
    better = {
        str(row["indicator"]): str(row["better"])
        for run in runs
        for row in run.tables["indicators"][["indicator", "better"]].drop_duplicates().to_dict("records")
    }
    paired = [_paired(runs[0], run) for run in runs]
    shown = [indicator for indicator in owner if scores.is_overall(indicator, words)]
    rows = []
    for indicator in sorted(shown, key=scores.reading_order):
        first, kind = held[0].get(indicator, Figure()), scores.kind_of(indicator)
        cells = []
        for told, differences in zip(held, paired, strict=True):
            own = told.get(indicator, Figure())
            difference = differences.get(indicator, Figure(own.value - first.value))
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


def _judged(difference: Figure, better: str) -> str:
    return "better" if (difference.value > 0) == (better == "up") else "worse"


def _unsure(difference: Figure, told: Figure, first: Figure) -> bool:
    """Whether chance alone may explain a difference: its own interval holds zero, or else the two intervals meet."""
    if difference.has_interval:
        return difference.low <= 0 <= difference.high
    return told.has_interval and first.has_interval and told.low <= first.high and first.low <= told.high


def _paired(first: RunData, other: RunData) -> dict[str, Figure]:
    """Return simulated differences taken replication by replication, where both runs met the same patients."""
    sides = [run.manifest.get("scenario", {}).get("simulation", {}) for run in (first, other)]
    shared = all(sides[0].get(key) == sides[1].get(key) for key in _SHARED)
    if not shared or not all(run.manifest.get("simulated") for run in (first, other)):
        return {}
    one, two = (_replications(run) for run in (first, other))
    differences = (two - one).dropna()
    return {
        str(indicator): _mean(own.to_numpy(dtype=float)) for indicator, own in differences.groupby(level="indicator")
    }


def _replications(run: RunData) -> pd.Series:
    table = pd.DataFrame(run.manifest["simulated"])
    return table[table["where"] == "region"].set_index(["indicator", "replication"])["value"]


def _mean(values: Values) -> Figure:
    """Return the mean of independent values with its 95 % interval (Student's t)."""
    mean = float(values.mean())
    if len(values) == 1:
        return Figure(mean)
    half = float(stdtrit(len(values) - 1, 0.975) * values.std(ddof=1) / np.sqrt(len(values)))
    return Figure(mean, mean - half, mean + half)
