"""A model loaded into HiGHS and kept alive: costs, bounds and limits change in place, the basis stays.

Pyomo's standard form goes straight into the solver; no file, no solver interface between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import highspy
import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from territory.allocation.form import Infeasible, StandardForm, Vector
from territory.errors import Fault, SolverStopped

_DUAL_SIMPLEX, _PRIMAL_SIMPLEX = 1, 4  # HiGHS option simplex_strategy
_LEAST_STEPS, _ANY_STEPS = 500, 2**31 - 1
_LEAST_DUAL = 1e-7  # the solver's own tolerance
_INFEASIBLE = {highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible}


class LoadedProgram(StandardForm):
    """The standard form of a model inside one `Highs` object; integers are continuous until `improve`."""

    def __init__(self, model: pyo.ConcreteModel) -> None:
        super().__init__(model)
        self.highs: Any = _in_solver(self)
        self._cost = np.zeros(len(self.columns))
        self._fresh = True
        self._kept: dict[str, int] = {}  # the row of each aim that is kept, and its limit
        self._kept_limits: dict[str, float] = {}
        self.bases: dict[str, highspy.HighsBasis] = {}  # in which each named aim ended
        self._iterations: dict[str, int] = {}  # of the first solve of each named aim

    @property
    def values(self) -> Vector:
        """The decisions of the last solve, shape (columns,)."""
        return np.array(self.highs.getSolution().col_value)

    @property
    def activities(self) -> Vector:
        """Where each row of the model stands after the last solve, shape (rows,)."""
        return np.array(self.highs.getSolution().row_value)[: len(self.rows)]

    @property
    def duals(self) -> Vector:
        """The fall of the last aim for one more unit of each limit, shape (rows,)."""
        return -np.array(self.highs.getSolution().row_dual)[: len(self.rows)] / _size_up(self._cost)

    @property
    def cost(self) -> Vector:
        """The aim of the last solve, shape (columns,)."""
        return self._cost

    @property
    def basic_columns(self) -> NDArray[np.int64]:
        """What is basic in each place of the basis: the position of a decision, or a negative number for a row."""
        _, basic = self.highs.getBasicVariables()
        return np.asarray(basic, dtype=np.int64)

    def basis_inverse_column(self, row: int) -> Vector:
        """Return the column of the basis inverse that belongs to a row, in the order of `basic_columns`."""
        _, column = self.highs.getBasisInverseCol(row)
        return np.asarray(column, dtype=float)

    @contextmanager
    def held(self, columns: NDArray[np.int32], at: Vector) -> Iterator[None]:
        """Hold some decisions at the values they have in a plan, and free them again."""
        values = np.clip(at[columns], self.low[columns], self.high[columns])
        self.highs.changeColsBounds(len(columns), columns, values, values)
        try:
            yield
        finally:
            self.highs.changeColsBounds(len(columns), columns, self.low[columns], self.high[columns])

    @contextmanager
    def equal_plans(self) -> Iterator[None]:
        """Leave only the plans that are as good for the last aim as the one it ended at; lift that afterwards.

        These are the plans in which everything that has a price in the aim stays at its limit (complementary slackness;
        Chvátal, Linear Programming, 1983, chapter 5). Unlike a row that holds the aim, this asks for no tolerance.
        """
        solution = self.highs.getSolution()
        columns, rows = (
            np.flatnonzero(np.abs(np.array(duals)) > _LEAST_DUAL).astype(np.int32)
            for duals in (solution.col_dual, solution.row_dual)
        )
        columns = np.setdiff1d(columns, self.integers)  # where there are some, they are held already
        activities = np.array(solution.row_value)[rows]
        low, high = self._all_sides()
        self.highs.changeRowsBounds(len(rows), rows, activities, activities)
        try:
            with self.held(columns, np.array(solution.col_value)):
                yield
        finally:
            self.highs.changeRowsBounds(len(rows), rows, low[rows], high[rows])

    def _all_sides(self) -> tuple[Vector, Vector]:
        """Return the limits of all rows as they stand in the solver, those of kept aims last."""
        kept = np.array([*self._kept_limits.values()])
        return (
            np.concatenate([self.row_low, np.full(len(kept), -highspy.kHighsInf)]),
            np.concatenate([self.row_high, kept]),
        )

    def minimise(self, cost: Vector, time_limit_s: float, *, name: str = "", moved: bool = False) -> bool:
        """Minimise a linear aim with integers continuous; return whether the minimum is proven.

        The first solve is the dual simplex after presolve: at the size of a region it takes half the time of interior
        point with crossover. A new aim leaves the last point feasible, so the primal simplex goes on from it. Where
        limits moved instead (`moved`), the dual one does; an aim that was solved before under a `name` goes on from the
        basis it ended at.

        Raises
        ------
        Infeasible
            When the limits leave no plan.
        SolverStopped
            When the solver ends without a plan.
        """
        highs = self.highs
        self._aim_at(cost)
        highs.setOptionValue("solver", "simplex")
        if name not in self.bases or self._fresh or not self._goes_on(name, time_limit_s):
            highs.setOptionValue("simplex_strategy", _DUAL_SIMPLEX if moved or self._fresh else _PRIMAL_SIMPLEX)
            self._run(time_limit_s)
        status = highs.getModelStatus()
        if status in _INFEASIBLE:
            self._fresh = True
            raise Infeasible
        self._fresh = False
        if status == highspy.HighsModelStatus.kOptimal:
            if name:
                self.bases[name] = highs.getBasis()
                self._iterations.setdefault(name, int(highs.getInfo().simplex_iteration_count))
            return True
        timed_out = status == highspy.HighsModelStatus.kTimeLimit
        if timed_out and self._has_plan():
            return False
        said = highs.modelStatusToString(status)
        hint = "Raise allocation.time_limit_s." if timed_out else ""
        raise SolverStopped(Fault("allocation", f"solver status '{said}' and no plan", "a plan", hint))

    def _goes_on(self, name: str, time_limit_s: float) -> bool:
        """Go on from the basis an aim ended at; return whether that led to an end.

        Where it takes more steps than the first solve of the aim did, the basis at hand, that of the aim before, is the
        better start: it is put back.
        """
        highs = self.highs
        at_hand = highs.getBasis()
        highs.setBasis(self._last_basis(name))
        highs.setOptionValue("simplex_strategy", _DUAL_SIMPLEX)
        highs.setOptionValue("simplex_iteration_limit", max(self._iterations[name], _LEAST_STEPS))
        self._run(time_limit_s)
        highs.setOptionValue("simplex_iteration_limit", _ANY_STEPS)
        if highs.getModelStatus() != highspy.HighsModelStatus.kIterationLimit:
            return True
        highs.clearSolver()
        if at_hand.valid:
            highs.setBasis(at_hand)
        else:
            self._fresh = True
        return False

    def _aim_at(self, cost: Vector) -> None:
        self._cost = cost
        self.highs.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost * _size_up(cost))

    def _last_basis(self, name: str) -> highspy.HighsBasis:
        """Return the basis an aim ended at; a row kept since then is basic."""
        basis = self.bases[name]
        missing = int(self.highs.getNumRow()) - len(basis.row_status)
        basis.row_status = [*basis.row_status, *[highspy.HighsBasisStatus.kBasic] * missing]
        return basis

    def improve(
        self, cost: Vector, start: Vector | None, time_limit_s: float, gap: float
    ) -> tuple[Vector | None, float]:
        """Look for better whole numbers; return the best decisions known, if any, and a bound below which no plan is.

        Parameters
        ----------
        cost
            The aim, shape (columns,).
        start
            A plan to begin from, shape (columns,), or None.
        time_limit_s
            Seconds for the search.
        gap
            Share of the aim at which the search may end.
        """
        highs = self.highs
        basis = highs.getBasis()
        count = len(self.integers)
        highs.changeColsIntegrality(count, self.integers, np.full(count, highspy.HighsVarType.kInteger))
        self._aim_at(cost)
        highs.setOptionValue("solver", "choose")
        highs.setOptionValue("mip_rel_gap", gap)
        if start is not None:
            known = highspy.HighsSolution()
            known.col_value = start.tolist()
            highs.setSolution(known)
        self._run(time_limit_s)
        infeasible = highs.getModelStatus() in _INFEASIBLE and start is None  # a start is a plan
        found = [plan for plan in (start, self.values if self._has_plan() else None) if plan is not None]
        best = min(found, key=lambda plan: float(cost @ plan), default=None)
        bound = float(highs.getInfo().mip_dual_bound) / _size_up(cost)
        highs.changeColsIntegrality(count, self.integers, np.full(count, highspy.HighsVarType.kContinuous))
        highs.setBasis(basis)
        if infeasible:
            raise Infeasible
        return best, bound

    def add_columns(self, cost: Vector, rows: Sequence[int], factors: Vector) -> int:
        """Add one decision >= 0 for each of some rows, with its factor there; return the position of the first."""
        first, none = int(self.highs.getNumCol()), np.zeros(0, dtype=np.int32)
        count = len(rows)
        self.highs.addCols(
            count, cost, np.zeros(count), np.full(count, highspy.kHighsInf), count,
            np.arange(count, dtype=np.int32), np.asarray(rows, dtype=np.int32) if count else none, factors,
        )  # fmt: skip
        return first

    def _run(self, time_limit_s: float) -> None:
        # the solver's clock runs on from solve to solve
        self.highs.setOptionValue("time_limit", self.highs.getRunTime() + time_limit_s)
        self.highs.run()

    def _has_plan(self) -> bool:
        return bool(self.highs.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible)

    def keep(self, name: str, cost: Vector, limit: float) -> None:
        """Hold an aim at or below a limit: cost x decisions <= limit. The row stays; only its limit moves."""
        limit *= _size_up(cost)
        if name not in self._kept:
            used = np.flatnonzero(cost).astype(np.int32)
            self._kept[name] = int(self.highs.getNumRow())
            self.highs.addRow(-highspy.kHighsInf, limit, len(used), used, cost[used] * _size_up(cost))
        else:
            self.highs.changeRowBounds(self._kept[name], -highspy.kHighsInf, limit)
        self._kept_limits[name] = limit

    def let_go(self) -> None:
        """Hold no aim any longer."""
        for name, row in self._kept.items():
            self.highs.changeRowBounds(row, -highspy.kHighsInf, highspy.kHighsInf)
            self._kept_limits[name] = highspy.kHighsInf

    def begin_again(self, bases: Mapping[str, highspy.HighsBasis]) -> None:
        """Forget every solve but these bases, so that nothing that follows depends on what was solved between."""
        self.highs.clearSolver()
        if self._kept:
            rows = np.array(sorted(self._kept.values()), dtype=np.int32)
            self.highs.deleteRows(len(rows), rows)
        self._kept, self._kept_limits = {}, {}
        self.bases = dict(bases)
        self._fresh = False

    def move_limits(self, low: Vector, high: Vector) -> None:
        """Change the limits of all equations of the model, shape (rows,) each."""
        self.row_low, self.row_high = low, high
        rows = np.arange(len(low), dtype=np.int32)
        self.highs.changeRowsBounds(len(low), rows, low, high)

    def bound_integers(self, low: Vector | None = None, high: Vector | None = None) -> None:
        """Hold the whole-number decisions between two vectors of shape (integers,); by default their own bounds."""
        low = self.low[self.integers] if low is None else low
        high = self.high[self.integers] if high is None else high
        self.highs.changeColsBounds(len(self.integers), self.integers, low, high)


def _size_up(cost: Vector) -> float:
    """Return what lifts the factors of a small aim to the size that the solver's absolute tolerances are made for."""
    largest = float(np.abs(cost).max(initial=0.0))
    return 1.0 / largest if 0.0 < largest < 1.0 else 1.0


def _in_solver(form: StandardForm) -> highspy.Highs:
    """Return a solver that holds the form, with no aim yet."""
    matrix = form.matrix.tocsc()
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = matrix.shape[1], matrix.shape[0]
    lp.col_cost_ = np.zeros(matrix.shape[1])
    lp.col_lower_, lp.col_upper_ = form.low, form.high
    lp.row_lower_, lp.row_upper_ = form.row_low, form.row_high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = matrix.indptr
    lp.a_matrix_.index_ = matrix.indices
    lp.a_matrix_.value_ = matrix.data
    highs = highspy.Highs()
    highs.silent()
    highs.setOptionValue("threads", 1)
    highs.passModel(lp)
    return highs
