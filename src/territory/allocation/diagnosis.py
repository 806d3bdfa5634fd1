"""Why there is no plan: the limits that conflict, and the cheapest way to make a plan possible.

The conflict is an irreducible infeasible subsystem, found by HiGHS from the linear program (Chinneck, Feasibility and
Infeasibility in Optimization, 2008, chapter 6). The way out is the elastic program: every limit a planner can change
may give way, at a price that is the same for each per cent of it (ibid., section 6.1.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import highspy
import numpy as np
import pyomo.environ as pyo
from pyomo.core.expr.visitor import identify_variables

from territory.allocation.limits import Limit, limits_of
from territory.allocation.loaded import Infeasible, LoadedProgram, Vector
from territory.allocation.marginal import Row
from territory.errors import Conflict, Fault, NoFeasiblePlan, Shortage

_SECONDS = 60.0
_LEAST = 1e-6
_GAP = 1e-3


def why_no_plan(model: pyo.ConcreteModel) -> NoFeasiblePlan:
    """Return the error that tells which limits of the model conflict, and what would make a plan possible."""
    draft = model.draft
    limits = limits_of(draft, priced=False)
    fixed = _fixed_faults(model, limits)
    if fixed:
        return NoFeasiblePlan(fixed)
    program = LoadedProgram(model)
    shortages = _shortages(program, limits, draft.own_equations)
    rows = _conflicting(LoadedProgram(model))
    # the balances of the model hold in any case: a planner wants to read of what can change
    rows = [row for row in rows if row in limits or row[0] not in draft.own_equations] or rows
    conflicts = [_conflict(row, limits) for row in rows]
    faults = [_shortage_told(shortage, limits) for shortage in shortages]
    if faults:
        told = "All of this together is the cheapest change that leaves a plan."
        faults[-1] = replace(faults[-1], hint=told)
    if not faults:
        names = ", ".join(conflict.name for conflict in conflicts) or "the limits together"
        faults = [Fault("allocation", f"limits that leave no plan: {names}", "limits that leave a plan", "Loosen one.")]
    return NoFeasiblePlan(faults, conflicts, shortages)


def _fixed_faults(model: pyo.ConcreteModel, limits: Mapping[Row, Limit]) -> list[Fault]:
    """Return a fault for each equation that nothing in the plan can change and that does not hold."""
    found = []
    for equation in model.component_data_objects(pyo.Constraint, active=True):
        low, body, high = equation.to_bounded_expression(evaluate_bounds=True)
        if any(True for _ in identify_variables(body)):
            continue
        value = pyo.value(body)
        if (low is not None and value < low - _LEAST) or (high is not None and value > high + _LEAST):
            row = (equation.parent_component().local_name, equation.index())
            limit, short = limits.get(row), max((low or value) - value, value - (high if high is not None else value))
            name = (
                f"{limit.name}: {_number(short / limit.scale)} {limit.unit}" if limit else f"{row[0]}: {_number(short)}"
            )
            hint = "No lever that is on changes it: loosen the limit, or turn a lever on."
            found.append(
                Fault(limit.key if limit else row[0], f"{name} beyond the limit", "a limit that can be met", hint)
            )
    return found


def _conflict(row: Row, limits: Mapping[Row, Limit]) -> Conflict:
    name, index = row
    if row in limits:
        return Conflict(name, limits[row].where, limits[row].name)
    where = ", ".join(map(str, index)) if isinstance(index, tuple) else str(index if index is not None else "region")
    return Conflict(name, where, f"{name.replace('_', ' ').lower()} ({where})")


def _conflicting(program: LoadedProgram) -> list[Row]:
    """Return the rows of an irreducible conflict; nothing where the solver finds none in time."""
    highs = program.highs
    strategy = highspy.IisStrategy.kIisStrategyFromLp.value | highspy.IisStrategy.kIisStrategyIrreducible.value
    highs.setOptionValue("iis_strategy", strategy)
    highs.setOptionValue("iis_time_limit", _SECONDS)
    highs.run()
    _, iis = highs.getIis()
    return [program.rows[row] for row in iis.row_index_] if iis.valid_ else []


def _shortages(program: LoadedProgram, limits: Mapping[Row, Limit], own: frozenset[str]) -> list[Shortage]:
    """Return how far limits must give way; nothing where no plan is possible whatever gives way."""
    rows = [place for place, row in enumerate(program.rows) if row in limits or row[0] not in own]
    sides = [_side(program, place) for place in rows]
    prices = [
        1.0 / max(abs(limit), _unit(program.rows[place], limits)) for place, (_, limit) in zip(rows, sides, strict=True)
    ]
    first = program.add_columns(np.array(prices), rows, np.array([sign for sign, _ in sides]))
    cost = np.zeros(first + len(rows))
    cost[first:] = prices
    try:
        values = _cheapest(program, cost)
    except Infeasible:
        return []
    found = []
    for place, (_, limit), amount in zip(rows, sides, values[first:].tolist(), strict=True):
        if amount > _LEAST:
            row = program.rows[place]
            told = limits.get(row) or Limit(str(row[1]), "unit", 1.0, "", f"equation {row[0]}", row[0])
            found.append(Shortage(row[0], told.where, told.name, told.unit, limit / told.scale, amount / told.scale))
    return found


def _cheapest(program: LoadedProgram, cost: Vector) -> Vector:
    program.minimise(cost, _SECONDS)
    if not len(program.integers):
        return program.values
    best, _ = program.improve(cost, None, _SECONDS, _GAP)
    if best is None:
        raise Infeasible
    return best


def _unit(row: Row, limits: Mapping[Row, Limit]) -> float:
    return limits[row].scale if row in limits else 1.0


def _side(program: LoadedProgram, place: int) -> tuple[float, float]:
    """Return the sign that loosens a row, and its limit: -1 where it is a ceiling, 1 where it is a floor."""
    high = float(program.row_high[place])
    return (-1.0, high) if np.isfinite(high) else (1.0, float(program.row_low[place]))


def _shortage_told(shortage: Shortage, limits: Mapping[Row, Limit]) -> Fault:
    key = next(
        (limit.key for row, limit in limits.items() if row[0] == shortage.limit and limit.where == shortage.where),
        shortage.limit,
    )
    needed = f"{_number(shortage.short_by)} {shortage.unit} more"
    if shortage.limit == "Smallest_Safe_Volume":
        needed = f"{_number(shortage.short_by)} {shortage.unit} less"
    found = f"{_number(shortage.now)} {shortage.unit} for {shortage.name}"
    return Fault(key, found, needed)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"  # noqa: PLR2004
