"""A programme while it is written: the model, and the sums that several levers add to before they become equations."""

from __future__ import annotations

import gc
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from pyomo.core.expr import LinearExpression

from territory.allocation.problem import Problem

Term = tuple[float, Any]
Limit = Callable[[Problem, Any], float]


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Nothing of a model is garbage while it is built and read; looking for some would take a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def linear(terms: Iterable[Term], constant: float = 0.0) -> LinearExpression:
    """Return the sum of factor x decision over the terms, plus a constant."""
    listed = list(terms)
    return LinearExpression(
        constant=constant,
        linear_coefs=[factor for factor, _ in listed],
        linear_vars=[variable for _, variable in listed],
    )


class Ledger:
    """Sums of factor x decision, one for each row; a row is named by any key."""

    def __init__(self) -> None:
        self._factors: dict[Hashable, list[float]] = {}
        self._decisions: dict[Hashable, list[Any]] = {}
        self._constants: dict[Hashable, float] = {}

    def __contains__(self, row: Hashable) -> bool:
        """Whether any decision was added to the row."""
        return row in self._factors

    @property
    def rows(self) -> list[Any]:
        """The rows in the order in which they were first named."""
        return list(dict.fromkeys([*self._factors, *self._constants]))

    def add(self, row: Hashable, factor: float, decision: Any) -> None:
        """Add one term to a row."""
        self._factors.setdefault(row, []).append(factor)
        self._decisions.setdefault(row, []).append(decision)

    def add_all(self, row: Hashable, terms: Iterable[Term]) -> None:
        """Add several terms to a row."""
        for factor, decision in terms:
            self.add(row, factor, decision)

    def add_constant(self, row: Hashable, amount: float) -> None:
        """Add an amount that no decision changes."""
        self._constants[row] = self._constants.get(row, 0.0) + amount

    def set_constant(self, row: Hashable, amount: float) -> None:
        """Put the amount that no decision changes in place of the one before."""
        self._constants[row] = amount

    def add_many(
        self, rows: Sequence[Hashable], of: NDArray[np.intp], factors: NDArray[np.float64], decisions: NDArray[Any]
    ) -> None:
        """Add many terms at once: term k goes to ``rows[of[k]]``; arrays of shape (terms,)."""
        order = np.argsort(of, kind="stable")
        bounds = np.searchsorted(of[order], np.arange(len(rows) + 1)).tolist()
        sorted_factors, sorted_decisions = factors[order].tolist(), decisions[order].tolist()
        for row, start, end in zip(rows, bounds, bounds[1:], strict=False):
            if end > start:
                self._factors.setdefault(row, []).extend(sorted_factors[start:end])
                self._decisions.setdefault(row, []).extend(sorted_decisions[start:end])

    def terms(self, row: Hashable, factor: float = 1.0) -> list[Term]:
        """Return the terms of a row, each multiplied by the factor."""
        factors = self._factors.get(row, ())
        return [(factor * own, decision) for own, decision in zip(factors, self._decisions.get(row, ()), strict=True)]

    def constant(self, row: Hashable) -> float:
        """Return the amount of a row that no decision changes."""
        return self._constants.get(row, 0.0)

    def total(self, row: Hashable) -> LinearExpression:
        """Return the sum of a row as an expression of the model, without its constant."""
        return LinearExpression(
            constant=0.0, linear_coefs=self._factors.get(row, []), linear_vars=self._decisions.get(row, [])
        )

    def value(self, row: Hashable, values: Mapping[int, float]) -> float:
        """Return the sum of a row for a solution: the values that are not zero, by the id of their decision."""
        factors, decisions = self._factors.get(row, ()), self._decisions.get(row, ())
        pairs = zip(factors, decisions, strict=True)
        return self.constant(row) + sum([factor * values.get(id(decision), 0.0) for factor, decision in pairs])


@dataclass
class Draft:
    """The model of one problem and its ledgers.

    Rows of the ledgers: `served` (zone, activity) acts a year; `acts` (facility, activity) acts a year in person;
    `hours_used` and `extra_hours` (facility, staff group) hours a year of work, and those beside the hours of posts;
    `posts` (facility, staff group) change of full-time equivalents; `remote_asked` (activity,) and `remote_of`
    (zone, activity) remote acts a year; `costs` (line, where) MAD a year; `aims` (aim,);
    `fixed` (equation, index) what no decision changes and was taken off a limit. `own_equations` are the names
    of the equations as built; others are a user's. `limits` are the limits that follow from the needs and from options
    that change nothing else, by equation: functions of the problem and the index.
    """

    problem: Problem
    model: pyo.ConcreteModel
    served: Ledger = field(default_factory=Ledger)
    acts: Ledger = field(default_factory=Ledger)
    hours_used: Ledger = field(default_factory=Ledger)
    extra_hours: Ledger = field(default_factory=Ledger)
    posts: Ledger = field(default_factory=Ledger)
    remote_asked: Ledger = field(default_factory=Ledger)
    remote_of: Ledger = field(default_factory=Ledger)
    costs: Ledger = field(default_factory=Ledger)
    aims: Ledger = field(default_factory=Ledger)
    fixed: Ledger = field(default_factory=Ledger)
    own_equations: frozenset[str] = frozenset()
    limits: dict[str, Limit] = field(default_factory=dict)

    def limit(self, equation: str, of: Limit) -> Callable[[Any], float]:
        """Say how the limits of an equation follow from a problem; return them, by index, for the problem at hand."""
        self.limits[equation] = of
        return lambda index: of(self.problem, index)

    def cost(self, line: str, where: str, mad_per_unit: float, decision: Any) -> None:
        """Charge a decision to one line of the running cost."""
        self.costs.add((line, where), mad_per_unit, decision)
