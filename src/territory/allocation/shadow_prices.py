"""What one more unit of a limit would bring, told as a sentence with its units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyomo.environ as pyo

from territory.allocation.aims import AIM_UNITS, AIMS
from territory.allocation.draft import Draft
from territory.allocation.limits import Limit, limits_of
from territory.allocation.marginal import Marginal
from territory.allocation.problem import MINUTES_PER_HOUR, Problem
from territory.allocation.solution import Solution
from territory.allocation.solver import WEIGHTED
from territory.tables import SHADOW_PRICES

_LEAST_ACTS = 0.5


def shadow_prices(draft: Draft, solution: Solution, columns: Iterable[Any]) -> pd.DataFrame:
    """Return the prices of the limits a planner can change: those of the first aim, then the second, highest first.

    A price is for one full-time post, bed, room, act or million dirhams a year more, all other limits as they are, and
    holds up to `holds_to` units for sure; `one_more` is the gain of one whole unit. With whole numbers it is the price
    with these held. `columns` are the decisions in the solver's order.
    """
    limits = limits_of(draft)
    places = _places(draft, list(columns), solution.marginals)
    rows = [_row(limits[marginal.row], marginal, draft, places) for marginal in solution.marginals]
    table = pd.DataFrame(rows, columns=SHADOW_PRICES.names)
    order = {unit: place for place, unit in enumerate(table["price_unit"].drop_duplicates())}
    table = table.assign(order=table["price_unit"].map(order))
    table = table.sort_values(["order", "price", "where"], ascending=[True, False, True], kind="stable")
    return table[SHADOW_PRICES.names].reset_index(drop=True)


def _places(draft: Draft, columns: list[Any], found: Iterable[Marginal]) -> dict[int, tuple[str, str, float]]:
    """Return the decision's kind, activity and minutes for the unmet needs and visits that change, by position."""
    model = draft.model
    changing = [np.flatnonzero(marginal.change) for marginal in found if marginal.change is not None]
    if not changing:
        return {}
    minutes = dict(zip(model.ARCS, draft.problem.arcs["minutes"].tolist(), strict=True))
    places = {}
    for position in np.unique(np.concatenate(changing)).tolist():
        column = columns[position]
        component: pyo.Component = column.parent_component()
        if component is model.Unmet:
            places[position] = ("unmet", column.index()[1], 0.0)
        elif component is model.Visits:
            places[position] = ("visit", column.index()[2], minutes[column.index()])
    return places


def _row(limit: Limit, marginal: Marginal, draft: Draft, places: Mapping[int, tuple[str, str, float]]) -> list[object]:
    unit = "weighted sum of the aims" if marginal.aim == WEIGHTED else AIM_UNITS[marginal.aim]
    activity, acts = _main_change(marginal, draft.problem, places)
    sentence = _sentence(limit, marginal, draft.problem, (activity, acts), unit)
    told = [marginal.row[0], limit.where, limit.unit, marginal.price, unit, marginal.holds_to, marginal.one_more]
    return [*told, activity, acts, sentence]


def _main_change(
    marginal: Marginal, problem: Problem, places: Mapping[int, tuple[str, str, float]]
) -> tuple[str | None, float]:
    """Return the activity that gains most from one more, and how many acts: served, or nearer than the far limit."""
    if marginal.change is None:
        return None, float("nan")
    travelling = marginal.aim == AIMS["travel"]
    wanted, sign = ("visit", 1.0) if travelling else ("unmet", -1.0)
    gains: dict[str, float] = defaultdict(float)
    saved: dict[str, float] = defaultdict(float)
    for position in np.flatnonzero(marginal.change).tolist():
        kind, activity, minutes = places.get(position, ("", "", 0.0))
        if kind == wanted:
            change = sign * float(marginal.change[position])
            gains[activity] += change if minutes <= problem.options.far_minutes else 0.0
            saved[activity] += -minutes * change if travelling else change
    # of travel, the activity that saves most: others may only have been sent elsewhere at the same distance
    best = max(saved, key=lambda word: saved[word], default=None)
    return (best, gains[best]) if best is not None and gains[best] >= _LEAST_ACTS else (None, float("nan"))


def _sentence(limit: Limit, marginal: Marginal, problem: Problem, change: tuple[str | None, float], unit: str) -> str:
    """Return the price told, such as 'One more midwife at X: 812 x delivery a year nearer than 60 minutes; ...'."""
    activity, acts = change
    known = not np.isnan(marginal.one_more)
    gain = marginal.one_more if known else marginal.price
    most = "" if known else "at most "
    if marginal.aim == AIMS["travel"]:
        result = f"{most}{gain / MINUTES_PER_HOUR:,.0f} hours of travel a year less"
        more = f"a year nearer than {problem.options.far_minutes:.0f} minutes"
    elif marginal.aim == AIMS["unmet"]:
        result, more = f"unmet need falls by {most}{gain:,.0f} {unit}", "a year more served"
    else:
        result, more = f"the aim falls by {most}{gain:,.3g} ({unit})", "a year more served"
    mostly = f"{acts:,.0f} x {problem.activity_words[activity]} {more}; " if activity else ""
    return f"{limit.one_more}: {mostly if known else ''}{result}."
