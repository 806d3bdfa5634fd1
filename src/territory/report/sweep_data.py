"""What the page and the workbook of a study are made from, and what people call its parts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, Protocol

import pandas as pd

from territory.report import scores
from territory.report.data import RunData, in_language, label
from territory.report.views import UNITS_OF_TIME
from territory.report.words import Words

_HUNDRED = 100.0  # from there on a value is told whole
_MOST_DIGITS = 3


class Limits(Protocol):
    """A part of the space of factors in which an outcome mostly breaks its threshold."""

    @property
    def limits(self) -> Mapping[str, tuple[Any, ...]]:
        """Low and high, or values, by factor."""

    @property
    def coverage(self) -> float:
        """The share of all such runs that it holds."""

    @property
    def density(self) -> float:
        """The share of its runs that are such."""


@dataclass(frozen=True, eq=False)
class SweepData:
    """A study that was run, read.

    Parameters
    ----------
    study
        The study as its file says it.
    total
        Runs of the design.
    runs
        A row for each finished run.
    drivers
        For each outcome, the method (variance, effect, alone or correlation) and a table: factor, value, low, high, and
        what the method tells beside.
    curves
        For each outcome and factor: value, mean, low, high, runs.
    heats
        For outcomes with two factors of numbers: their mean over both.
    boxes
        For outcomes with a threshold that some runs break: where they do.
    regret
        Plans over futures; None where levers were not crossed with them.
    left_behind, opened, failures
        Shares of runs by zone; by facility and activity; reasons and their number.
    own_model
        Whether a function of the user's took the place of the stages.
    place
        Zones, facilities, names and outlines of the territory; empty tables for a model of the user's own.
    """

    study: Mapping[str, Any]
    total: int
    runs: pd.DataFrame
    drivers: Mapping[str, tuple[str, pd.DataFrame]]
    curves: Mapping[str, Mapping[str, pd.DataFrame]]
    heats: Mapping[str, pd.DataFrame]
    boxes: Mapping[str, Limits]
    regret: pd.DataFrame | None
    left_behind: pd.Series
    opened: pd.DataFrame
    failures: pd.DataFrame
    own_model: bool
    place: RunData

    @property
    def factors(self) -> dict[str, Mapping[str, Any]]:
        """What the study says of each factor: levers, then uncertainties."""
        return {**self.study["levers"], **self.study["uncertainties"]}

    @property
    def outcomes(self) -> list[str]:
        """The outcomes of the study."""
        return list(self.study["outcomes"])


def factor_name(data: SweepData, factor: str, words: Words) -> str:
    """Return the title of a factor, or its key where the study gives none."""
    return in_language(data.factors[factor].get("title"), words.lang) or factor


def outcome_name(data: SweepData, outcome: str, words: Words) -> str:
    """Return what people call an outcome, with the place it is about; the id itself when it is no indicator."""
    indicator, _, where = outcome.partition("@")
    known = scores.base_of(indicator) in scores.KINDS
    name = scores.indicator_name(data.place, indicator, words) if known else indicator
    return words("about", name=name, what=_place_name(data.place, where, words)) if where else name


def _place_name(place: RunData, where: str, words: Words) -> str:
    kind, _, key = where.partition(":")
    if kind == "province":
        return label(place, "provinces", key, words.lang)
    table = place.tables.get({"zone": "zones", "facility": "facilities"}.get(kind, ""), pd.DataFrame())
    if f"{kind}_id" in table.columns:
        named = table.loc[table[f"{kind}_id"] == key, "name"]
        return str(named.iloc[0]) if len(named) else key
    return key


def kind_of(outcome: str) -> str:
    """Return how an outcome is written."""
    return scores.kind_of(outcome.partition("@")[0])


def unit_of(outcome: str, words: Words, share: str) -> str:
    """Return the unit of an outcome, or nothing; shares have the one that the reader scales them to."""
    kind = kind_of(outcome)
    key = {**UNITS_OF_TIME, "money": "unit_money"}.get(kind)
    return words(key) if key else share if kind == "share" else ""


def show_value(value: Any, words: Words) -> str:
    """Write a value of a factor: as few digits as tell it."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return str(value)
    number = float(value)
    most = 0 if abs(number) >= _HUNDRED or number == 0 else max(_MOST_DIGITS, 2 - math.floor(math.log10(abs(number))))
    number = round(number, most)
    digits = next(digits for digits in range(most + 1) if round(number, digits) == number)
    return words.number(number, digits)
