"""Whole numbers: rounding gives a first plan, HiGHS improves it within a time limit, and the gap is told."""

from __future__ import annotations

import numpy as np

from territory.allocation.form import Infeasible, Vector
from territory.allocation.loaded import LoadedProgram
from territory.errors import Fault, SolverStopped

_WHOLE = 1e-6
_LEAST = 1e-6  # of any aim; smaller differences are the solver's rounding
_SHARE_ROUNDED = 0.25  # of the fractions that are left, so many are rounded between two solves
_SHARE_HELD = 0.5  # of the time limit, for the search with the visits held


def best_integers(
    program: LoadedProgram, cost: Vector, start: Vector | None, time_limit_s: float, gap: float
) -> tuple[Vector, float]:
    """Return decisions whose integers are whole, and a bound below which the aim of no plan lies.

    The program is solved with its integers continuous, which gives the bound. Then its fractions are rounded, a part of
    them at a time, with a solve between (diving; Achterberg, Constraint Integer Programming, 2007, section 9.2). When
    the better of that plan and `start` is farther from the bound than `gap`, HiGHS improves it: first with the visits
    held, which leaves a small program where whole numbers do not move people, then with everything free.

    Raises
    ------
    Infeasible
        When no whole numbers satisfy the limits.
    SolverStopped
        When none were found in time.
    """
    program.bound_integers()
    relaxed, bound = _relaxed(program, cost, time_limit_s, in_need=start is None)
    rounded = None if relaxed is None else _rounded(program, cost, relaxed, time_limit_s)
    plans = [plan for plan in (start, rounded) if plan is not None]
    best = min(plans, key=lambda plan: float(cost @ plan), default=None)
    program.bound_integers()
    if best is not None and gap_of(float(cost @ best), bound) > gap:
        with program.held(program.visits, best):
            best, _ = program.improve(cost, best, time_limit_s * _SHARE_HELD, gap)
    if best is None or gap_of(float(cost @ best), bound) > gap:
        best, found = program.improve(cost, best, time_limit_s, gap)
        bound = max(bound, found)
    if best is None:
        hint = "Raise allocation.time_limit_s."
        raise SolverStopped(Fault("allocation", "no plan with whole numbers in time", "a plan", hint))
    return best, min(bound, float(cost @ best))


def _relaxed(
    program: LoadedProgram, cost: Vector, time_limit_s: float, *, in_need: bool
) -> tuple[Vector | None, float]:
    """Return the decisions with the integers continuous, and the bound they give; nothing where time ran out.

    `in_need`: no plan is known yet, so that running out of time is an error.
    """
    try:
        proven = program.minimise(cost, time_limit_s)
    except SolverStopped:
        if in_need:
            raise
        return None, -np.inf
    return program.values, float(cost @ program.values) if proven else -np.inf


def gap_of(value: float, bound: float) -> float:
    """Return how far a bound lies below a value, as a share of it; 0 when it is reached."""
    if not np.isfinite(bound):
        return float("inf")
    return (value - bound) / max(abs(value), _LEAST) if value - bound > _LEAST else 0.0


def _rounded(program: LoadedProgram, cost: Vector, relaxed: Vector, time_limit_s: float) -> Vector | None:
    """Return a plan with whole integers by diving from the relaxed one, None where the dive ends without one."""
    where = program.integers
    low = np.full(len(where), -np.inf)
    values = relaxed
    for _ in range(len(where) + 1):
        parts = values[where] - np.floor(values[where] + _WHOLE)
        open_ = np.flatnonzero(parts > _WHOLE)
        if not len(open_):
            return _with_whole(program, cost, values, time_limit_s)
        most = max(1, int(len(open_) * _SHARE_ROUNDED))
        chosen = open_[np.argsort(-parts[open_], kind="stable")][:most]
        low[chosen] = np.ceil(values[where][chosen] - _WHOLE)
        solved = _try(program, cost, low, time_limit_s)
        if solved is None:
            return None
        values = solved
    return None


def _try(program: LoadedProgram, cost: Vector, low: Vector, time_limit_s: float) -> Vector | None:
    program.bound_integers(low=np.maximum(low, program.low[program.integers]))
    try:
        program.minimise(cost, time_limit_s, moved=True)
    except (Infeasible, SolverStopped):  # no plan this way; the dive ends
        return None
    return program.values


def _with_whole(program: LoadedProgram, cost: Vector, values: Vector, time_limit_s: float) -> Vector | None:
    """Return the best decisions with the integers held at their rounded values."""
    whole = np.round(values[program.integers])
    program.bound_integers(whole, whole)
    try:
        program.minimise(cost, time_limit_s, moved=True)
    except (Infeasible, SolverStopped):  # no plan this way; the dive ends
        return None
    return program.values
