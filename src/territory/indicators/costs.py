"""What does it cost, and are there people enough? Running cost, and posts over the posts required."""

from __future__ import annotations

import pandas as pd

from territory.indicators.rows import REGION, ratio, row
from territory.tables import Plan

Row = dict[str, object]

_UNIT = "MAD a year"


def running_cost(plan: Plan) -> list[Row]:
    """Return the running cost in the plan, before it, their difference, and each line; nothing without costs.

    Only the difference is better when it is smaller: what a run counts depends on its levers, before and after alike.
    """
    if plan.costs.empty:
        return []
    before, after = float(plan.costs["mad_before"].sum()), float(plan.costs["mad_after"].sum())
    lines = plan.costs.groupby("line")["mad_after"].sum()
    return [
        row("running_cost", REGION, after, _UNIT, None),
        row("running_cost_before", REGION, before, _UNIT, None),
        row("running_cost_change", REGION, after - before, _UNIT, "down"),
        *(row(f"cost_{line}", REGION, float(mad), _UNIT, None) for line, mad in lines.items()),
    ]


def staffing(need: pd.DataFrame) -> list[Row]:
    """Return posts in the plan over posts required by staff group, and the posts missing where there are too few.

    `need` is a table of posts by the WISN method (`territory.tables.STAFFING_NEED`). Posts to spare at one facility do
    not make up for posts missing at another.
    """
    if need.empty:
        return []
    sums = need.groupby("staff_group")[["fte_after", "required_fte"]].sum()
    missing = float((-need["difference_after"]).clip(lower=0.0).sum())
    return [
        row("missing_fte", REGION, missing, "full-time equivalents", "down"),
        *(
            row(f"staffing_ratio_{group}", REGION, ratio(own["fte_after"], own["required_fte"]), "share", "up")
            for group, own in sums.iterrows()
        ),
    ]
