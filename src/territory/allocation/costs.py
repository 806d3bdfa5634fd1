"""What the plan costs: the lines of the running cost, as things are today and in the plan."""

from __future__ import annotations

import pandas as pd

from territory.allocation.draft import Draft
from territory.allocation.levers.pooled_functions import cost_apart
from territory.allocation.solution import Solution
from territory.tables import COSTS

_LEAST_MAD = 1e-3  # smaller sums are the solver's rounding


def costs_table(draft: Draft, solution: Solution) -> pd.DataFrame:
    """Return line, where, mad_before, mad_after.

    Before is the pay of today's posts and, for support functions that are pooled, what the same work costs when every
    facility that may do it does its own; everything else costs nothing before.
    """
    after = {row: draft.costs.value(row, solution.values) for row in draft.costs.rows}
    posts = draft.problem.posts
    pay = (posts["fte_before"] * posts["pay_mad_per_year"]).groupby(posts["facility_id"]).sum()
    before = {("pay", facility): float(mad) for facility, mad in pay.items()}
    before |= {("support_functions", site): mad for site, mad in cost_apart(draft, solution).items()}
    rows = [(*row, before.get(row, 0.0), max(after.get(row, 0.0), 0.0)) for row in {**after, **before}]
    table = pd.DataFrame(rows, columns=COSTS.names).sort_values(["line", "where"], ignore_index=True)
    return table[(table["mad_before"] > _LEAST_MAD) | (table["mad_after"] > _LEAST_MAD)].reset_index(drop=True)
