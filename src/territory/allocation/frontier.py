"""The frontier between two aims: how much of the one must be given for the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from territory.allocation.aims import AIM_UNITS, AIMS
from territory.allocation.diagnosis import why_no_plan
from territory.allocation.draft import Draft
from territory.allocation.form import Infeasible
from territory.allocation.loaded import LoadedProgram
from territory.allocation.reading import read_plan
from territory.allocation.solution import Solution
from territory.allocation.solver import Turn, solve_loaded, turns
from territory.errors import Fault, Faults, ScenarioError, nearest
from territory.scenario import AimName, AllocationOptions
from territory.tables import Plan

_SAME = 1e-6


@dataclass(frozen=True)
class Frontier:
    """Plans none of which is better in one aim without being worse in the other.

    `table`: point, the value of each of the two `aims`, knee (whether the point bends most), proven; `plans` holds the
    plan of each row. `units` tells the unit of each aim.
    """

    aims: tuple[str, str]
    units: tuple[str, str]
    table: pd.DataFrame
    plans: tuple[Plan, ...]

    @property
    def knee(self) -> Plan:
        """The plan of the knee."""
        return self.plans[int(np.flatnonzero(self.table["knee"].to_numpy())[0])]


def trace(
    build: Callable[[AllocationOptions], object],
    options: AllocationOptions,
    aims: tuple[AimName, AimName],
    points: int,
    progress: Callable[[str], None] | None,
) -> Frontier:
    """Return the frontier of a model; see `territory.allocation.frontier`."""
    _check(aims, points)
    lead = () if "unmet" in aims else ("unmet",)
    others = tuple(aim for aim in options.aims if aim not in {*aims, "unmet"})
    options = options.model_copy(update={"aims": (*lead, *aims, *others), "aim_weights": {}})
    model = build(options)
    draft: Draft = model.draft  # type: ignore[attr-defined]
    try:
        program = LoadedProgram(model)
        found = turns(program, options)
        one, other = _two(found, aims)
        solutions = _solutions(program, found, (one, other), options, points, progress)
    except Infeasible:
        raise why_no_plan(model) from None
    table = _table(solutions, (one.name, other.name), aims)
    plans = tuple(read_plan(draft, solutions[k], program.columns) for k in table.pop("solution"))
    return Frontier(aims, (AIM_UNITS[one.name], AIM_UNITS[other.name]), table, plans)


def _check(aims: tuple[AimName, AimName], points: int) -> None:
    faults = Faults(ScenarioError)
    if isinstance(aims, str) or len(aims) != len(set(aims)) or len(aims) != 2:  # noqa: PLR2004
        faults.add("frontier, aims", f"{aims!r}", "two aims", 'Such as aims=("unmet", "cost").')
    else:
        for aim in aims:
            if aim not in AIMS:
                faults.add("frontier, aims", f"'{aim}'", "an aim", nearest(str(aim), AIMS))
    if not isinstance(points, int) or points < 2:  # noqa: PLR2004
        faults.add("frontier, points", f"{points!r}", "a whole number, two or more")
    faults.raise_if_any()


def _two(found: list[Turn], aims: tuple[AimName, AimName]) -> tuple[Turn, Turn]:
    by_name = {turn.name: turn for turn in found}
    for aim in aims:
        if AIMS[aim] not in by_name:
            hint = "Turn a lever on that changes it."
            raise ScenarioError(Fault("frontier", f"aim '{aim}', which nothing in the plan changes", "an aim", hint))
    return by_name[AIMS[aims[0]]], by_name[AIMS[aims[1]]]


def _solutions(
    program: LoadedProgram,
    found: list[Turn],
    aims: tuple[Turn, Turn],
    options: AllocationOptions,
    points: int,
    progress: Callable[[str], None] | None,
) -> list[Solution]:
    """Return a solution for each value of the second aim, from where the first is best to where the second is.

    The ε-constraint method; minimising the second aim after the first makes every point efficient (Mavrotas, Applied
    Mathematics and Computation 213, 2009).
    """
    one, other = aims
    swapped = [{one.name: other, other.name: one}.get(turn.name, turn) for turn in found]
    best_first = solve_loaded(program, found, options, progress)
    best_second = solve_loaded(program, swapped, options, progress)
    most, least = (solution.in_plan[other.name] for solution in (best_first, best_second))
    between = np.linspace(most, least, points)[1:-1].tolist()
    middle = [solve_loaded(program, found, options, progress, within=[(other, limit)]) for limit in between]
    return [best_first, *middle, best_second]


def _table(solutions: list[Solution], names: tuple[str, str], aims: tuple[str, str]) -> pd.DataFrame:
    values = np.array([[solution.in_plan[name] for name in names] for solution in solutions])
    spread = np.maximum(np.ptp(values, axis=0), 1e-12)
    steps = np.abs(np.diff(values, axis=0)) / np.maximum(np.abs(values).max(axis=0), 1.0)
    kept = [0, *(k + 1 for k in range(len(steps)) if (steps[k] > _SAME).any())]
    scaled = (values[kept] - values.min(axis=0)) / spread
    # the knee lies farthest below the straight line between the ends (Das, Structural Optimization 18, 1999)
    depth = 1.0 - scaled.sum(axis=1)
    table = pd.DataFrame({"point": range(len(kept)), aims[0]: values[kept, 0], aims[1]: values[kept, 1]})
    proven = [all(aim.proven for aim in solutions[k].aims) for k in kept]
    return table.assign(knee=np.arange(len(kept)) == int(np.argmax(depth)), proven=proven, solution=kept)
