"""What one more unit of a limit does to a solved program: its price, how far the price holds, and who changes.

The price of a limit is the dual value of its row. Along the column of the basis inverse that belongs to the row, every
decision changes at a constant rate until one of them meets a limit: that is the range of the price (Chvátal, Linear
Programming, 1983, chapter 10). Beyond it the gain of each further unit is the same or smaller; what one whole unit
gains is found for the dearest limits by solving once more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from territory.allocation.form import Infeasible, Vector
from territory.allocation.loaded import LoadedProgram
from territory.errors import SolverStopped

Row = tuple[str, Any]
Step = Mapping[Row, float]

LEAST_PRICE = 1e-6
_LEAST_RATE = 1e-9
_ONE_MORE_SECONDS = 60.0
_MOST_FOLLOWED = 12  # the dearest limits whose range is worked out
_MOST_SOLVED = 4  # and of these the dearest of a kind that are solved once more with one more unit


@dataclass(frozen=True)
class Marginal:
    """One limit and one more planner's unit of it: a post, a bed, a million dirhams.

    `price` is the fall of the aim for each unit, as long as it holds; `holds_to` the units up to which it does for
    sure, NaN where that was not worked out; `one_more` the fall of the aim for one whole unit, NaN where neither the
    range nor a further solve tells it; `change` what then changes in the decisions, shape (columns,).
    """

    row: Row
    aim: str
    price: float
    holds_to: float = float("nan")
    one_more: float = float("nan")
    change: Vector | None = None


def marginals(program: LoadedProgram, aim: str, steps: Mapping[Row, Step], taken: set[Row]) -> list[Marginal]:
    """Return the priced limits of the program as it stands solved for an aim, the dearest first.

    Parameters
    ----------
    program
        Solved to proven optimality for the aim.
    aim
        Its name.
    steps
        The limits to price: by how much each row moves with one planner's unit more (hours a year in a post).
    taken
        Rows that an earlier aim priced.
    """
    duals, places = program.duals, {row: place for place, row in enumerate(program.rows)}
    moved = {
        row: {places[each]: units for each, units in step.items() if each in places}
        for row, step in steps.items()
        if row in places and row not in taken
    }
    prices = [(sum(float(duals[place]) * units for place, units in rows.items()), row) for row, rows in moved.items()]
    prices = [entry for entry in prices if entry[0] > LEAST_PRICE]
    prices.sort(key=lambda entry: (-entry[0], places[entry[1]]))
    at = program.values, program.activities
    found = [_followed(program, Marginal(row, aim, price), moved[row], at) for price, row in prices[:_MOST_FOLLOWED]]
    found += [Marginal(row, aim, price) for price, row in prices[_MOST_FOLLOWED:]]
    return _solved_once_more(program, found, moved)


def _followed(
    program: LoadedProgram, marginal: Marginal, rows: Mapping[int, float], at: tuple[Vector, Vector]
) -> Marginal:
    basic = program.basic_columns
    inverse = sum(units * program.basis_inverse_column(row) for row, units in rows.items())
    change = np.zeros(len(program.columns))
    change[basic[basic >= 0]] = np.asarray(inverse)[basic >= 0]
    change[np.abs(change) < _LEAST_RATE] = 0.0
    holds_to = _range(program, change, rows, at)
    if holds_to >= 1:
        return replace(marginal, holds_to=holds_to, one_more=marginal.price, change=change)
    return replace(marginal, holds_to=holds_to)


def _solved_once_more(
    program: LoadedProgram, found: list[Marginal], moved: Mapping[Row, Mapping[int, float]]
) -> list[Marginal]:
    """Solve again with one more unit of each of the dearest limits, and put the program back as it was."""
    cost, before = program.cost, program.values
    basis = program.highs.getBasis()
    chosen = [marginal.row for marginal in _dearest_of_a_kind(found) if np.isnan(marginal.one_more)]
    solved = []
    for marginal in found:
        after = _with_more(program, moved[marginal.row]) if marginal.row in chosen else None
        if after is not None:
            gain = float(cost @ (before - after))
            solved.append(replace(marginal, one_more=gain, change=after - before))
        else:
            solved.append(marginal)
    program.highs.setBasis(basis)
    program.highs.run()
    return solved


def _dearest_of_a_kind(found: list[Marginal]) -> list[Marginal]:
    """Return the dearest limit of each kind: the posts of a staff group, the beds."""
    first: dict[Row, Marginal] = {}
    for marginal in found[:_MOST_FOLLOWED]:
        name, index = marginal.row
        first.setdefault((name, index[-1] if isinstance(index, tuple) else ""), marginal)
    return list(first.values())[:_MOST_SOLVED]


def _range(program: LoadedProgram, change: Vector, rows: Mapping[int, float], at: tuple[Vector, Vector]) -> float:
    """Return the units until a decision or another row meets its limit; `at`: where decisions and rows stand."""
    low, high = program.low.copy(), program.high.copy()
    low[program.integers] = high[program.integers] = at[0][program.integers]  # whole numbers are held
    steps = [_step(at[0], change, low, high)]
    rate = program.matrix @ change
    for row, units in rows.items():
        rate[row] -= units  # the limit moves, too
    steps.append(_step(at[1], rate, program.row_low, program.row_high))
    found = float(min(steps))
    return found if np.isfinite(found) else float("nan")


def _step(at: Vector, rate: Vector, low: Vector, high: Vector) -> float:
    moving = np.abs(rate) > _LEAST_RATE
    room = np.where(rate > 0, high - at, low - at)[moving] / rate[moving]
    return float(np.maximum(room, 0.0).min(initial=np.inf))


def _with_more(program: LoadedProgram, more: Mapping[int, float]) -> Vector | None:
    """Return the decisions of the last aim with the limits of some rows raised; None where the solver stops."""
    highs = program.highs
    for row, units in more.items():
        highs.changeRowBounds(row, float(program.row_low[row]) + units, float(program.row_high[row]) + units)
    try:
        return program.values if program.minimise(program.cost, _ONE_MORE_SECONDS, moved=True) else None
    except (Infeasible, SolverStopped):
        return None
    finally:
        for row in more:
            highs.changeRowBounds(row, float(program.row_low[row]), float(program.row_high[row]))
