"""The peer of `benchmarks/allocation.py`: the same programme, from arrays straight into HiGHS and back.

It shares no code with `territory.allocation`: ways to be served, rows, columns, aims and the reading of the result are
numpy (see `direct_programme`).
"""

from __future__ import annotations

import highspy
import numpy as np
import pandas as pd
from direct_programme import Programme, Vector, write

from territory.care import Care
from territory.scenario import AllocationOptions
from territory.tables import Demand, Region, TravelTimes

FIRST_SOLVER = "simplex"  # as the package; "ipm": interior point with crossover
_INF = highspy.kHighsInf
_DUAL_SIMPLEX, _PRIMAL_SIMPLEX = 1, 4
_LEAST = 1e-9
_LEAST_DUAL = 1e-7
_LAST = "Running_Cost"  # nobody asked for it: it chooses among the plans that are equal in the other aims


class Direct:
    """The programme inside one `Highs` object that stays alive; `first` solves the first aim."""

    def __init__(self, programme: Programme, options: AllocationOptions, first: str = FIRST_SOLVER) -> None:
        self.first = first
        self.aims = programme.aims
        self.pay_today = programme.pay_today
        self.sides = programme.row_low, programme.row_high
        self.options = options
        rows, columns = programme.matrix.shape
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = columns, rows
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = np.zeros(columns), np.zeros(columns), np.full(columns, _INF)
        lp.row_lower_, lp.row_upper_ = programme.row_low, programme.row_high
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = programme.matrix.indptr
        lp.a_matrix_.index_ = programme.matrix.indices
        lp.a_matrix_.value_ = programme.matrix.data
        self.highs = highspy.Highs()
        self.highs.silent()
        self.highs.setOptionValue("threads", 1)
        self.highs.passModel(lp)
        self.rows = rows
        self.bases: dict[str, highspy.HighsBasis] = {}
        self.values = np.zeros(columns)

    def solve(self, limits: tuple[Vector, Vector] | None = None) -> dict[str, float]:
        """Minimise the aims in turn, each kept by a row of its own; return the value of each.

        The running cost chooses last, among the plans that are equal in the aims before it.

        With other sides of the rows (`limits`) each aim goes on from the basis at which it ended before: only the sides
        moved since, so that the dual simplex has little to do.
        """
        if limits is not None:
            self.highs.changeRowsBounds(self.rows, np.arange(self.rows, dtype=np.int32), *limits)
            for row in range(self.rows, self.rows + len(self.aims) - 1):
                self.highs.changeRowBounds(row, -_INF, _INF)
        sides = self.sides if limits is None else limits
        reached: dict[str, float] = {}
        kept: list[float] = []
        for turn, (name, cost) in enumerate(self.aims.items()):
            if name == _LAST:
                reached[name] = self._choose_among_equals(cost, sides, kept) + self.pay_today
                break
            if limits is not None:
                self.highs.setBasis(self._basis(name))
            fresh = limits is None and turn == 0
            strategy = _DUAL_SIMPLEX if fresh or limits is not None else _PRIMAL_SIMPLEX
            self._run(cost, self.first if fresh else "simplex", strategy)
            reached[name] = float(cost @ self.values)
            self.bases[name] = self.highs.getBasis()
            if turn < len(self.aims) - 1:
                kept.append(self._keep(self.rows + turn, cost, reached[name]))
        return reached

    def _choose_among_equals(self, cost: Vector, sides: tuple[Vector, Vector], kept: list[float]) -> float:
        """Minimise a cost while everything that has a price in the last aim stays where it is."""
        found = self.highs.getSolution()
        fixed, tight = (
            np.flatnonzero(np.abs(np.array(duals)) > _LEAST_DUAL).astype(np.int32)
            for duals in (found.col_dual, found.row_dual)
        )
        at, activities = np.array(found.col_value)[fixed], np.array(found.row_value)[tight]
        self.highs.changeColsBounds(len(fixed), fixed, at, at)
        self.highs.changeRowsBounds(len(tight), tight, activities, activities)
        self._run(cost, "simplex", _PRIMAL_SIMPLEX)
        low = np.concatenate([sides[0], np.full(len(kept), -_INF)])
        high = np.concatenate([sides[1], kept])
        self.highs.changeColsBounds(len(fixed), fixed, np.zeros(len(fixed)), np.full(len(fixed), _INF))
        self.highs.changeRowsBounds(len(tight), tight, low[tight], high[tight])
        return float(cost @ self.values)

    def _basis(self, name: str) -> highspy.HighsBasis:
        """Return the last basis of an aim; rows that were not there yet are basic."""
        basis = self.bases[name]
        missing = self.highs.getNumRow() - len(basis.row_status)
        if missing:
            basis.row_status = [*basis.row_status, *[highspy.HighsBasisStatus.kBasic] * missing]
        return basis

    def _keep(self, row: int, cost: Vector, value: float) -> float:
        limit = value + self.options.aim_tolerance * max(abs(value), 1.0)
        if row < self.highs.getNumRow():
            self.highs.changeRowBounds(row, -_INF, limit)
            return limit
        used = np.flatnonzero(cost).astype(np.int32)
        self.highs.addRow(-_INF, limit, len(used), used, cost[used])
        return limit

    def _run(self, cost: Vector, solver: str, strategy: int) -> None:
        highs = self.highs
        highs.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        highs.setOptionValue("solver", solver)
        highs.setOptionValue("simplex_strategy", strategy)
        highs.run()
        assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        self.values = np.array(highs.getSolution().col_value)


def allocate(
    region: Region, travel: TravelTimes, demand: Demand, care: Care, options: AllocationOptions
) -> dict[str, pd.DataFrame]:
    """Write, load, solve and read."""
    programme = write(region, travel, demand, care, options)
    direct = Direct(programme, options)
    direct.solve()
    return read(programme, direct.values)


def read(programme: Programme, values: Vector) -> dict[str, pd.DataFrame]:
    """Return visits, unmet needs and posts as frames."""
    data, columns = programme.matrices, programme.columns
    unmet, visits, leave, join = np.split(np.maximum(values, 0.0), np.cumsum(columns.counts)[:-1])
    some = np.flatnonzero(visits > _LEAST)
    zone, activity, facility = (part[some] for part in columns.arcs)
    lacking = np.flatnonzero(unmet > _LEAST)
    after = data.today.copy()
    np.subtract.at(after, columns.leave, leave)
    np.add.at(after, columns.join, join)
    acts = np.zeros((len(data.facilities), len(data.activities)))
    np.add.at(acts, (facility, activity), visits[some])
    hours = acts @ data.work
    where = np.nonzero((data.today > 0) | (after > _LEAST))
    return {
        "visits": pd.DataFrame(
            {
                "zone_id": data.zones[zone],
                "facility_id": data.facilities[facility],
                "activity": data.activities[activity],
                "minutes": data.minutes[zone, facility],
                "acts_per_year": visits[some],
            }
        ),
        "unmet": pd.DataFrame(
            {
                "zone_id": data.zones[columns.needs[0][lacking]],
                "activity": data.activities[columns.needs[1][lacking]],
                "acts_per_year": unmet[lacking],
            }
        ),
        "posts": pd.DataFrame(
            {
                "facility_id": data.facilities[where[0]],
                "staff_group": data.groups[where[1]],
                "fte_before": data.today[where],
                "fte_after": after[where],
                "hours_used": hours[where],
            }
        ),
    }
