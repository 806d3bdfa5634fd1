"""Who pays? At first depth the accounts of facilities: pay of the posts in the plan, acts at their reference tariff."""

from __future__ import annotations

import pandas as pd

from territory.care import Care
from territory.tables import Accounts, Plan


def accounts(plan: Plan, care: Care) -> Accounts:
    """Return the accounts of each facility that takes part in the plan, in MAD a year; spending is negative.

    Lines: ``pay`` (posts after x yearly pay of the group) and ``acts at tariff`` (acts of the plan x reference tariff,
    whoever pays them).
    """
    pay = {group.id: group.pay_mad_per_year.value for group in care.staff_groups}
    tariff = {activity.id: activity.tariff_mad.value for activity in care.activities}
    spent = (
        -(plan.posts["fte_after"] * plan.posts["staff_group"].map(pay).astype(float))
        .groupby(plan.posts["facility_id"])
        .sum()
    )
    worth = (
        (plan.visits["acts_per_year"] * plan.visits["activity"].map(tariff).astype(float))
        .groupby(plan.visits["facility_id"])
        .sum()
    )
    parts = [
        pd.DataFrame(
            {"holder": "facility", "where": values.index, "line": line, "mad_per_year": values.to_numpy(dtype=float)}
        )
        for line, values in (("pay", spent), ("acts at tariff", worth))
    ]
    return Accounts(table=pd.concat(parts, ignore_index=True))
