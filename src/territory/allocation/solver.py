"""Solve: Pyomo's standard form straight into HiGHS, one aim after the other.

Each aim keeps what the earlier ones reached.
The first aim is solved by interior point with crossover, which leaves a basis; the later ones go on from it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler
from scipy.sparse import csc_array

from territory.errors import Fault, NoFeasiblePlan, SolverStopped

Vector = NDArray[np.float64]

_PRIMAL_SIMPLEX = 4  # HiGHS option simplex_strategy


@dataclass(frozen=True)
class AimReached:
    """The value of one aim at its turn; `proven` is False when the solver stopped at its time limit."""

    name: str
    value: float
    proven: bool


@dataclass(frozen=True)
class Solution:
    """What the solver found: a value for each decision, the aims, and the duals of the first aim.

    `duals` maps the name of an equation and its index to the gain of the first aim for one more unit of its limit.
    """

    values: dict[int, float]
    aims: tuple[AimReached, ...]
    duals: dict[tuple[str, object], float]

    def value(self, variable: pyo.Var) -> float:
        """Return the value of one decision, never below zero."""
        return max(self.values.get(id(variable), 0.0), 0.0)


def solve_program(
    model: pyo.ConcreteModel,
    aims: Sequence[str],
    aim_tolerance: float,
    time_limit_s: float,
    progress: Callable[[str], None] | None = None,
) -> Solution:
    """Solve the model for its aims in order.

    Parameters
    ----------
    model
        A linear model whose objectives are named after the aims.
    aims
        Names of objectives in order of importance; those the model does not have are passed over.
    aim_tolerance
        Share of each aim that later aims may give back.
    time_limit_s
        Time for each aim, seconds.
    progress
        Called with the name of each aim before it is solved.

    Raises
    ------
    NoFeasiblePlan
        When the limits leave no plan.
    SolverStopped
        When the solver ends without a plan.
    """
    form = LinearStandardFormCompiler().write(model, mixed_form=True)
    costs = {objective.local_name: row for objective, row in zip(form.objectives, form.c.toarray(), strict=True)}
    wanted = [name for name in aims if name in costs]
    highs = _loaded(form)
    reached: list[AimReached] = []
    duals: dict[tuple[str, object], float] = {}
    for turn, name in enumerate(wanted):
        if progress:
            progress(name)
        cost = np.asarray(costs[name], dtype=float)
        proven = _minimise(highs, cost, time_limit_s, first=turn == 0)
        values = np.array(highs.getSolution().col_value)
        value = float(cost @ values)
        reached.append(AimReached(name, value, proven))
        if turn == 0:
            duals = _duals(highs, form)
        if turn < len(wanted) - 1:
            _keep(highs, cost, value, aim_tolerance)
    values = np.array(highs.getSolution().col_value)
    by_id = {id(variable): float(values[position]) for position, variable in enumerate(form.columns)}
    return Solution(by_id, tuple(reached), duals)


def _loaded(form: Any) -> highspy.Highs:
    """Return a silent HiGHS that holds the standard form."""
    matrix: csc_array = form.A
    rhs = np.asarray(form.rhs, dtype=float)
    kinds = np.array([row.bound_type for row in form.rows])
    bounds = [variable.bounds for variable in form.columns]
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = matrix.shape[1], matrix.shape[0]
    lp.col_cost_ = np.zeros(matrix.shape[1])
    lp.col_lower_ = np.array([-highspy.kHighsInf if low is None else low for low, _ in bounds])
    lp.col_upper_ = np.array([highspy.kHighsInf if high is None else high for _, high in bounds])
    lp.row_lower_ = np.where(kinds == 1, -highspy.kHighsInf, rhs)
    lp.row_upper_ = np.where(kinds == -1, highspy.kHighsInf, rhs)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = matrix.indptr
    lp.a_matrix_.index_ = matrix.indices
    lp.a_matrix_.value_ = matrix.data
    highs = highspy.Highs()
    highs.silent()
    highs.setOptionValue("threads", 1)
    highs.passModel(lp)
    return highs


def _minimise(highs: highspy.Highs, cost: Vector, time_limit_s: float, *, first: bool) -> bool:
    """Minimise one aim from where the solver stands; return whether the minimum is proven."""
    highs.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
    highs.setOptionValue("solver", "ipm" if first else "simplex")
    # a new aim leaves the last point feasible, so the primal method goes on from it; the dual one would start anew
    highs.setOptionValue("simplex_strategy", _PRIMAL_SIMPLEX)
    highs.setOptionValue("time_limit", highs.getRunTime() + time_limit_s)  # the solver's clock runs on between aims
    highs.run()
    status = highs.getModelStatus()
    if status == highspy.HighsModelStatus.kOptimal:
        return True
    said = highs.modelStatusToString(status)
    if status in {highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible}:
        raise NoFeasiblePlan(
            Fault("allocation", f"solver status '{said}'", "limits that leave a plan", "Loosen a limit.")
        )
    feasible = highs.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    if status == highspy.HighsModelStatus.kTimeLimit and feasible:
        return False
    hint = "Raise allocation.time_limit_s." if status == highspy.HighsModelStatus.kTimeLimit else ""
    raise SolverStopped(Fault("allocation", f"solver status '{said}' and no plan", "a plan", hint))


def _keep(highs: highspy.Highs, cost: Vector, value: float, tolerance: float) -> None:
    """Add the equation that later aims may not give back what this one reached, beyond the tolerance."""
    used = np.flatnonzero(cost).astype(np.int32)
    limit = value + tolerance * max(abs(value), 1.0)
    highs.addRow(-highspy.kHighsInf, limit, len(used), used, cost[used])


def _duals(highs: highspy.Highs, form: Any) -> dict[tuple[str, object], float]:
    """Return, for each equation, by how much the aim falls for one more unit of its limit."""
    prices = np.array(highs.getSolution().row_dual)
    found: dict[tuple[str, object], float] = {}
    for row, price in zip(form.rows, prices, strict=True):
        equation = row.constraint
        found[equation.parent_component().local_name, equation.index()] = -float(price)
    return found
