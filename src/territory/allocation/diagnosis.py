"""Why there is no plan: the limits that conflict, and the cheapest way to make a plan possible.

The conflict is an irreducible infeasible subsystem, found by HiGHS from the linear program (Chinneck, Feasibility and
Infeasibility in Optimization, 2008, chapter 6). The way out is the elastic program: every limit a planner can change
may give way, at a price that is the same for each per cent of it, and for each unit of a limit of zero (ibid., section
6.1.4): so means are found before what was asked to be served in full is given up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import highspy
import numpy as np
import pyomo.environ as pyo
from pyomo.core.expr.visitor import identify_variables

from territory.allocation.form import Infeasible, Vector
from territory.allocation.limits import Limit, limits_of
from territory.allocation.loaded import LoadedProgram
from territory.allocation.marginal import Row
from territory.errors import Conflict, Fault, NoFeasiblePlan, Shortage

_SECONDS = 60.0
_LEAST = 1e-6
_GAP = 1e-3
_LEAST_MILLIONS = 0.1  # a smaller sum is told in dirhams


def why_no_plan(model: pyo.ConcreteModel) -> NoFeasiblePlan:
    """Return the error that tells which limits of the model conflict, and what would make a plan possible."""
    draft = model.draft
    limits = limits_of(draft, priced=False)
    fixed = _unmet_whatever(model)
    if fixed:
        return _nothing_changes(fixed, limits)
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


def _unmet_whatever(model: pyo.ConcreteModel) -> list[tuple[Row, float]]:
    """Return each equation that does not hold and that nothing in the plan can change, with how far it is from it."""
    found = []
    for equation in model.component_data_objects(pyo.Constraint, active=True):
        low, body, high = equation.to_bounded_expression(evaluate_bounds=True)
        if any(True for _ in identify_variables(body)):
            continue
        value = float(pyo.value(body))
        short = max(0.0 if low is None else low - value, 0.0 if high is None else value - high)
        if short > _LEAST:
            found.append(((equation.parent_component().local_name, equation.index()), short))
    return found


def _nothing_changes(fixed: list[tuple[Row, float]], limits: Mapping[Row, Limit]) -> NoFeasiblePlan:
    """Return the error for limits that no lever touches."""
    faults, shortages = [], []
    for row, short in fixed:
        limit = limits.get(row) or _unnamed(row)
        now = limit.fixed / limit.scale - short / limit.scale
        shortages.append(Shortage(row[0], limit.where, limit.name, limit.unit, now, short / limit.scale))
        found = f"{limit.name}: {_amount(short / limit.scale, limit.unit)} beyond the limit"
        hint = "No lever that is on changes it: loosen the limit, or turn a lever on."
        faults.append(Fault(limit.key, found, "a limit that can be met", hint))
    return NoFeasiblePlan(faults, [_conflict(row, limits) for row, _ in fixed], shortages)


def _unnamed(row: Row) -> Limit:
    return Limit(str(row[1]), "unit", 1.0, "", f"equation {row[0]}", row[0])


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
    gives = [
        (place, sign, limit)
        for place, row in enumerate(program.rows)
        if row in limits or row[0] not in own
        for sign, limit in _sides(program, place)
    ]
    prices = np.array([1.0 / _size(limits.get(program.rows[place]), limit) for place, _, limit in gives])
    signs = np.array([sign for _, sign, _ in gives])
    first = program.add_columns(prices, [place for place, _, _ in gives], signs)
    cost = np.concatenate([np.zeros(first), prices])
    try:
        values = _cheapest(program, cost)
    except Infeasible:
        return []
    found = []
    for (place, sign, limit), amount in zip(gives, values[first:].tolist(), strict=True):
        if amount > _LEAST:
            row = program.rows[place]
            told = limits.get(row) or _unnamed(row)
            now = (limit + told.fixed) / told.scale
            found.append(Shortage(row[0], told.where, told.name, told.unit, now, amount / told.scale, floor=sign > 0))
    return found


def _cheapest(program: LoadedProgram, cost: Vector) -> Vector:
    program.minimise(cost, _SECONDS)
    if not len(program.integers):
        return program.values
    best, _ = program.improve(cost, None, _SECONDS, _GAP)
    if best is None:
        raise Infeasible
    return best


def _size(limit: Limit | None, side: float) -> float:
    """Return the size of a limit as it stands, but one unit at least: a per cent of it has the same price for each."""
    return max(abs(side), 1.0) if limit is None else max(abs(side + limit.fixed), limit.scale)


def _sides(program: LoadedProgram, place: int) -> list[tuple[float, float]]:
    """Return the sign that loosens each side of a row, and its limit: -1 for a ceiling, 1 for a floor."""
    low, high = float(program.row_low[place]), float(program.row_high[place])
    return [(sign, limit) for sign, limit in ((-1.0, high), (1.0, low)) if np.isfinite(limit)]


def _shortage_told(shortage: Shortage, limits: Mapping[Row, Limit]) -> Fault:
    key = next(
        (limit.key for row, limit in limits.items() if row[0] == shortage.limit and limit.where == shortage.where),
        shortage.limit,
    )
    change, unit = shortage.short_by, shortage.unit
    if shortage.floor:
        expected = f"at most {_amount(shortage.now - change, unit)}, {_amount(change, unit)} less"
    else:
        expected = f"at least {_amount(shortage.now + change, unit)}, {_amount(change, unit)} more"
    return Fault(key, f"{shortage.name}: {_amount(shortage.now, unit)}", expected)


def _amount(value: float, unit: str) -> str:
    """Return a number with its unit, in the plural where it is not one: '2.3 full-time posts'."""
    if unit.startswith("million ") and 0 < abs(value) < _LEAST_MILLIONS:
        value, unit = value * 1e6, unit.removeprefix("million ")
    name, every, rest = unit.partition(" a ")
    plural = value != 1 and "MAD" not in name
    return f"{_number(value)} {name}{'s' if plural else ''}{every}{rest}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == 0 else f"{value:,.3g}"  # noqa: PLR2004
