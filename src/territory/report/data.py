"""What a report is made from: one finished run, and how to look up its figures and names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

Outlines = Mapping[str, tuple[tuple[tuple[float, float], ...], ...]]


@dataclass(frozen=True)
class RunData:
    """One finished run.

    Parameters
    ----------
    manifest
        What is known about the run: names, scenario, seed, versions, aims, labels, sources, provenance.
    tables
        The tables of `territory.tables.RUN_TABLES` by name, each possibly without rows.
    outlines
        Province -> rings of (lon, lat) points in WGS 84 degrees.
    journeys_file
        Where the table `journeys` stands that was too large for memory; it goes into the run folder as it is.
    """

    manifest: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]
    outlines: Outlines
    journeys_file: Path | None = None


@dataclass(frozen=True)
class Figure:
    """One value with the ends of its 95 % interval; NaN where there is none."""

    value: float = np.nan
    low: float = np.nan
    high: float = np.nan

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return not np.isnan(self.value)

    @property
    def has_interval(self) -> bool:
        """Whether there is an interval."""
        return not (np.isnan(self.low) or np.isnan(self.high))

    def times(self, factor: float) -> Figure:
        """Return the figure in another unit."""
        return Figure(self.value * factor, self.low * factor, self.high * factor)


def figure(run: RunData, indicator: str, where: str = "region") -> Figure:
    """Return one indicator at one place; unknown when the run does not hold it."""
    table = run.tables["indicators"]
    rows = table[(table["indicator"] == indicator) & (table["where"] == where)]
    if rows.empty:
        return Figure()
    row = rows.iloc[0]
    return Figure(float(row["value"]), float(row["low"]), float(row["high"]))


def figures(run: RunData, indicator: str, kind: str) -> pd.Series:
    """Return one indicator at every place of a kind (``province``, ``zone``, ``facility``), by the place's id."""
    table = run.tables["indicators"]
    rows = table[(table["indicator"] == indicator) & table["where"].str.startswith(f"{kind}:")]
    places = rows["where"].str.removeprefix(f"{kind}:").astype(object)
    return pd.Series(rows["value"].to_numpy(dtype=float), index=pd.Index(places, dtype=object), dtype=float)


def in_language(texts: object, lang: str) -> str:
    """Return a text in one language, or in the first other language that has it."""
    if not isinstance(texts, Mapping):
        return str(texts or "")
    return str(texts.get(lang) or next((texts[other] for other in ("fr", "en", "ar") if texts.get(other)), ""))


def label(run: RunData, family: str, word: str, lang: str) -> str:
    """Return what people call an id of the run (``activities``, ``levels``, ...), or the id itself."""
    names = run.manifest.get("labels", {}).get(family, {}).get(word)
    return in_language(names, lang) or word


def labels(run: RunData, family: str, ids: pd.Series, lang: str) -> pd.Series:
    """Return what people call each id of a column."""
    known = {word: label(run, family, str(word), lang) for word in ids.dropna().unique()}
    return ids.astype(object).map(known)
