"""The standard form of a model: its decisions, equations and aims as arrays, by Pyomo's own compiler."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import highspy
import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from pyomo.common.errors import InfeasibleConstraintException
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

Vector = NDArray[np.float64]


class Infeasible(Exception):  # noqa: N818
    """The limits leave no plan."""


class StandardForm:
    """A model as arrays.

    `columns` are the decisions, `rows` the name and index of each equation, `matrix` their factors, `low` and `high`
    the bounds of the decisions, `row_low` and `row_high` the limits of the equations, `costs` the vector and the
    constant of each objective by its name, `integers` the positions of whole-number decisions; `fixed` the values of
    decisions that a user fixed, by their id. Making one raises `Infeasible` where an equation without decisions does
    not hold.
    """

    def __init__(self, model: pyo.ConcreteModel) -> None:
        try:
            form = LinearStandardFormCompiler().write(model, mixed_form=True)
        except InfeasibleConstraintException:  # an equation without decisions that does not hold
            raise Infeasible from None
        self.columns = list(form.columns)
        self.rows: list[tuple[str, Any]] = [
            (row.constraint.parent_component().local_name, row.constraint.index()) for row in form.rows
        ]
        vectors, offsets = form.c.toarray(), form.c_offset
        self.costs: dict[str, tuple[Vector, float]] = {
            objective.local_name: (np.asarray(vectors[k], dtype=float), float(offsets[k]))
            for k, objective in enumerate(form.objectives)
        }
        self.fixed = {
            id(decision): float(decision.value)
            for part in model.component_objects(pyo.Var)
            for decision in part.values()
            if decision.fixed
        }
        self.integers = np.array([k for k, column in enumerate(self.columns) if not column.is_continuous()], np.int32)
        bounds = [column.bounds for column in self.columns]
        self.low = np.array([-highspy.kHighsInf if low is None else low for low, _ in bounds])
        self.high = np.array([highspy.kHighsInf if high is None else high for _, high in bounds])
        self.row_low, self.row_high = _sides(form)
        self.matrix = form.A.tocsr()

    def set_constant(self, aim: str, constant: float) -> None:
        """Put what no decision changes of an aim in place of what it was."""
        if aim in self.costs:
            self.costs[aim] = (self.costs[aim][0], constant)

    @cached_property
    def visits(self) -> NDArray[np.int32]:
        """The positions of the visits."""
        names = [column.parent_component().local_name for column in self.columns]
        return np.array([k for k, name in enumerate(names) if name == "Visits"], np.int32)


def _sides(form: Any) -> tuple[Vector, Vector]:
    """Return the lower and upper limit of each row; bound type 0: equal, 1: at most, -1: at least."""
    limits = np.asarray(form.rhs, dtype=float)
    kinds = np.array([row.bound_type for row in form.rows])
    return np.where(kinds == 1, -highspy.kHighsInf, limits), np.where(kinds == -1, highspy.kHighsInf, limits)
