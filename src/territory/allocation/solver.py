"""Solve: one aim after the other, each keeping what the earlier ones reached; then what each limit is worth.

A program with whole numbers is solved twice: first its integers are chosen, aim by aim, with a bound for each; then
they are held, and the linear program that is left gives the plan and the prices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from territory.allocation.aims import AIMS
from territory.allocation.form import Infeasible, Vector
from territory.allocation.integers import best_integers, gap_of
from territory.allocation.loaded import LoadedProgram
from territory.allocation.marginal import Marginal, Row, Step, marginals
from territory.allocation.solution import AimReached, Solution
from territory.errors import SolverStopped
from territory.scenario import AllocationOptions

WEIGHTED = "Weighted_Sum"
_AIMS_PRICED = 2
_LEAST_TO_GIVE = 1e-3  # of any aim, so that one that is zero leaves the solver its rounding

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Turn:
    """One aim to be minimised: its name, the factor of each decision, and what no decision changes.

    `breaks_ties`: nobody asked for it; it only chooses among plans that are equal in the aims before it.
    """

    name: str
    cost: Vector
    constant: float
    breaks_ties: bool = False


@dataclass(frozen=True)
class Chosen:
    """What an aim reached when its whole numbers were chosen, and the bound below which no plan is; no constant."""

    value: float
    bound: float


def turns(program: LoadedProgram, options: AllocationOptions) -> list[Turn]:
    """Return the aims of the options in their order; the weighted sum, if there is one, comes first.

    The running cost comes last where it is not among them, so that nothing is bought that serves no aim.
    """
    found: list[Turn] = []
    weights = {AIMS[aim]: weight for aim, weight in options.aim_weights.items() if AIMS[aim] in program.costs}
    if weights:
        total = sum(weight * program.costs[name][0] for name, weight in weights.items())
        constant = sum(weight * program.costs[name][1] for name, weight in weights.items())
        found.append(Turn(WEIGHTED, np.asarray(total, dtype=float), constant))
    asked = [AIMS[aim] for aim in options.aims]
    found += [Turn(name, *program.costs[name]) for name in asked if name in program.costs and name not in weights]
    last = AIMS["cost"]
    if last in program.costs and last not in {*asked, *weights}:
        found.append(Turn(last, *program.costs[last], breaks_ties=True))
    return found


def solve_loaded(
    program: LoadedProgram,
    aims: Sequence[Turn],
    options: AllocationOptions,
    progress: Progress | None = None,
    *,
    steps: Mapping[Row, Step] | None = None,
    within: Sequence[tuple[Turn, float]] = (),
) -> Solution:
    """Solve a loaded program for aims in turn.

    Parameters
    ----------
    program
        A loaded model; it stays loaded, with its basis, for a further solve.
    aims
        What to minimise, in order; each keeps what the earlier ones reached.
    options
        Tolerance and time limit of each aim, and the gap at which whole numbers are good enough.
    progress
        Called with the name of each aim before it is solved.
    steps
        The limits whose worth to the first two aims is asked for (see `marginals`).
    within
        Aims that may not pass a value.

    Raises
    ------
    Infeasible
        When the limits leave no plan.
    SolverStopped
        When the solver ends without a plan.
    """
    tell = progress or (lambda _name: None)
    chosen: dict[str, Chosen] = {}
    if len(program.integers):
        _hold(program, within)
        chosen = _choose_integers(program, aims, options, tell)
    _hold(program, within)
    reached: list[AimReached] = []
    found: list[Marginal] = []
    for place, turn in enumerate(aims):
        tell(turn.name)
        if turn.breaks_ties:
            proven, values = _break_ties(program, turn, options)
        else:
            proven = program.minimise(turn.cost, options.time_limit_s, name=turn.name)
            values = program.values
        value = float(turn.cost @ values)
        best = chosen.get(turn.name, Chosen(value, value))
        gap = gap_of(value + turn.constant, best.bound + turn.constant) if proven else float("inf")
        reached.append(AimReached(turn.name, value + turn.constant, gap))
        if steps and proven and place < _AIMS_PRICED and not turn.breaks_ties:
            found += marginals(program, turn.name, steps, {marginal.row for marginal in found})
        if place < len(aims) - 1:
            # what the choice of whole numbers gave back already is not given back a second time
            program.keep(turn.name, turn.cost, max(value, _at_most(turn, best.value, options.aim_tolerance)))
    in_plan = {turn.name: float(turn.cost @ values) + turn.constant for turn in aims}
    by_id = {id(program.columns[k]): float(values[k]) for k in np.flatnonzero(values > 0).tolist()}
    return Solution({**program.fixed, **by_id}, tuple(reached), in_plan, tuple(found))


def _hold(program: LoadedProgram, within: Sequence[tuple[Turn, float]]) -> None:
    """Hold only the aims that may not pass a value."""
    program.let_go()
    for turn, limit in within:
        program.keep(turn.name, turn.cost, limit - turn.constant)


def _break_ties(program: LoadedProgram, turn: Turn, options: AllocationOptions) -> tuple[bool, Vector]:
    """Choose among the plans that are equal in the last aim; where the solver cannot, the plan at hand stands."""
    at = program.values
    try:
        with program.equal_plans():
            return program.minimise(turn.cost, options.time_limit_s), program.values
    except (Infeasible, SolverStopped):  # a plan is known: what is held at its limits is only held too tightly
        return False, at


def _at_most(turn: Turn, value: float, tolerance: float) -> float:
    """Return the limit of an aim that may give back a share of its value, constant included."""
    return value + tolerance * max(abs(value + turn.constant), _LEAST_TO_GIVE)


def _choose_integers(
    program: LoadedProgram, aims: Sequence[Turn], options: AllocationOptions, tell: Progress
) -> dict[str, Chosen]:
    """Hold the integers at the best found for the aims in turn; return what was reached for each, and its bound."""
    chosen: dict[str, Chosen] = {}
    best: Vector | None = None
    for place, turn in enumerate(aims):
        tell(f"{turn.name}, whole numbers")
        best, bound = best_integers(program, turn.cost, best, options.time_limit_s, options.integer_gap)
        value = float(turn.cost @ best)
        chosen[turn.name] = Chosen(value, bound)
        if place < len(aims) - 1:
            program.keep(turn.name, turn.cost, _at_most(turn, value, options.aim_tolerance))
    if best is None:
        raise Infeasible
    whole = np.round(best[program.integers])
    program.bound_integers(whole, whole)
    return chosen
