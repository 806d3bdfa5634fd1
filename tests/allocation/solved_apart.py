"""The programme of a model solved apart, by SciPy: aims in order, whole numbers by its own search or held by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pyomo.environ as pyo
from scipy.optimize import Bounds, LinearConstraint, milp

from territory.allocation import AIMS
from territory.allocation.loaded import LoadedProgram

TOLERANCE = 1e-6
Row = tuple[str, Any]


class Apart:
    """The standard form of a model: solved many times with other limits, aims or held whole numbers."""

    def __init__(self, model: pyo.ConcreteModel) -> None:
        program = LoadedProgram(model)
        self.columns, self.rows, self.costs = program.columns, program.rows, program.costs
        self.matrix = program.matrix
        self.row_low, self.row_high = program.row_low.copy(), program.row_high.copy()
        self.low, self.high = program.low.copy(), program.high.copy()
        self.integers = program.integers

    def row(self, name: str, index: Any) -> int:
        return self.rows.index((name, index))

    def raised(self, position: int, amount: float) -> Apart:
        """Return the same programme with the limit of one row raised."""
        other = object.__new__(Apart)
        other.__dict__.update(self.__dict__)
        other.row_low, other.row_high = self.row_low.copy(), self.row_high.copy()
        other.row_low[position] += amount
        other.row_high[position] += amount
        return other

    def held(self, decisions: Mapping[int, float]) -> Apart:
        """Return the same programme with some decisions held; nothing is whole any longer."""
        other = object.__new__(Apart)
        other.__dict__.update(self.__dict__)
        other.low, other.high = self.low.copy(), self.high.copy()
        for column, value in decisions.items():
            other.low[column] = other.high[column] = value
        other.integers = np.zeros(0, dtype=np.int32)
        return other

    def best(self, aim: str, keep: Sequence[tuple[str, float]] = ()) -> float | None:
        """Return the least value of an aim while others keep to a value; None where nothing meets the limits."""
        solved = self._solve(aim, keep)
        return None if solved is None else float(solved)

    def _solve(self, aim: str, keep: Sequence[tuple[str, float]]) -> float | None:
        cost, constant = self._aim(aim)
        limits = [LinearConstraint(self.matrix, self.row_low, self.row_high)]
        for word, value in keep:
            kept, offset = self._aim(word)
            limits.append(LinearConstraint(kept[None, :], -np.inf, value - offset))
        whole = np.zeros(len(cost))
        whole[self.integers] = 1
        found = milp(
            cost, constraints=limits, bounds=Bounds(self.low, self.high), integrality=whole,
            options={"mip_rel_gap": 0.0},
        )  # fmt: skip
        assert found.status in {0, 2}, found.message
        return None if found.status else found.fun + constant

    def _aim(self, aim: str) -> tuple[np.ndarray, float]:
        return self.costs.get(AIMS.get(aim, aim), (np.zeros(len(self.columns)), 0.0))

    def in_turn(self, aims: Iterable[str], tolerance: float = TOLERANCE) -> list[float] | None:
        """Return the values of the aims, each keeping what the ones before it reached; None: there is no plan."""
        kept: list[tuple[str, float]] = []
        values = []
        for aim in aims:
            value = self.best(aim, kept)
            if value is None:
                return None
            values.append(value)
            kept.append((aim, value + tolerance * max(abs(value), 1.0)))
        return values

    def by_enumeration(self, aims: Sequence[str], most: int) -> tuple[list[float], list[dict[str, float]]] | None:
        """Return the best values over every choice of the whole numbers from 0 to `most`, and the choices that give it.

        Nothing is searched: each choice is held and the linear programme that is left is solved.
        """
        found = []
        for choice in self._choices(most):
            values = self.held(choice).in_turn(aims)
            if values is not None:
                found.append((values, {self.columns[k].name: value for k, value in choice.items()}))
        if not found:
            return None
        left = found
        for place in range(len(aims)):
            best = min(values[place] for values, _ in left)
            left = [entry for entry in left if entry[0][place] <= best + 1e-5 * max(abs(best), 1.0)]
        return left[0][0], [choice for _, choice in left]

    def _choices(self, most: int) -> Iterator[dict[int, float]]:
        ranges = [range(int(max(self.low[k], 0)), int(min(self.high[k], most)) + 1) for k in self.integers]
        for values in product(*ranges):
            yield {int(k): float(value) for k, value in zip(self.integers, values, strict=True)}
