"""One door to HiGHS: a programme as sparse arrays goes in, values, a proven bound and whether it stopped come out."""

from __future__ import annotations

from dataclasses import dataclass, field

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import sparray, vstack

from territory.errors import Fault, SitingError, SolverStopped

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

INFINITY = highspy.kHighsInf
_TOLERANCE = 1e-9
_LARGEST_COST = 1e4  # costs are scaled to at most so much, so that the solver's tolerances mean the same everywhere
_STOPPED = (highspy.HighsModelStatus.kTimeLimit, highspy.HighsModelStatus.kInterrupt)
_ENOUGH = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kObjectiveTarget)


@dataclass
class Programme:
    """Minimise `costs` x within rows and column bounds; `whole` columns take whole numbers.

    The search ends at the first values whose cost is at most `enough`.
    """

    costs: Floats
    high: Floats
    whole: NDArray[np.bool_]
    low: Floats | None = None
    matrices: list[sparray] = field(default_factory=list)
    row_low: list[Floats] = field(default_factory=list)
    row_high: list[Floats] = field(default_factory=list)
    enough: float = -INFINITY

    def add(self, matrix: sparray, low: float | Floats, high: float | Floats = INFINITY) -> None:
        """Add rows: low <= matrix x <= high."""
        self.matrices.append(matrix)
        self.row_low.append(np.broadcast_to(np.asarray(low, dtype=float), matrix.shape[0]))
        self.row_high.append(np.broadcast_to(np.asarray(high, dtype=float), matrix.shape[0]))


@dataclass(frozen=True)
class Answer:
    """What the solver found: values of the columns, a proven lower bound, and whether it stopped before its proof."""

    values: Floats
    bound: float
    stopped: bool


def solve(programme: Programme, time_limit_s: float) -> Answer | None:
    """Return the best values found; `None` where no values meet the rows.

    Raises
    ------
    SitingError
        When the time limit is below 0.
    SolverStopped
        When the time ends before any values are found.
    """
    if not time_limit_s >= 0:
        raise SitingError(Fault("time_limit_s", f"{time_limit_s:g}", "0 seconds or more"))
    scale = max(float(np.abs(programme.costs).max(initial=0.0)) / _LARGEST_COST, 1e-300)
    solver = _loaded(programme, scale)
    solver.setOptionValue("time_limit", float(time_limit_s))
    solver.run()
    status = solver.getModelStatus()
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return None
    info = solver.getInfo()
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        found = solver.modelStatusToString(status)
        raise SolverStopped(
            Fault("time_limit_s", f"{found} without any sites", "sites", f"Allow more than {time_limit_s:g} s.")
        )
    if status not in (*_STOPPED, *_ENOUGH):
        raise SitingError(Fault("solver", solver.modelStatusToString(status), "an optimum or a stop"))
    values = np.asarray(solver.getSolution().col_value, dtype=float)
    return Answer(values, float(info.mip_dual_bound) * scale, status in _STOPPED)


def _loaded(programme: Programme, scale: float) -> highspy.Highs:
    matrix = vstack(programme.matrices, format="csc")
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = matrix.shape
    model.col_cost_ = programme.costs / scale
    model.col_lower_ = np.zeros(matrix.shape[1]) if programme.low is None else programme.low
    model.col_upper_ = programme.high
    model.row_lower_, model.row_upper_ = np.concatenate(programme.row_low), np.concatenate(programme.row_high)
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    kinds = np.array([highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger])
    model.integrality_ = list(kinds[programme.whole.astype(int)])
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("mip_rel_gap", _TOLERANCE)
    solver.setOptionValue("mip_abs_gap", _TOLERANCE)
    solver.passModel(model)
    solver.setOptionValue("objective_target", programme.enough / scale)
    return solver
