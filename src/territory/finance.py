"""Who pays? The accounts of facilities: what the plan costs each of them, and its acts at their reference tariff."""

from __future__ import annotations

import pandas as pd

from territory.care import Care
from territory.tables import Accounts, Plan

_GROUP = "region"
_CONTRACTS = "contracts"
_ACTS = "acts at tariff"


def accounts(plan: Plan, care: Care) -> Accounts:
    """Return the accounts of each facility that takes part in the plan, in MAD a year; spending is negative.

    Lines: each line of the running cost of the plan where it is borne, and ``acts at tariff`` (acts a facility gives x
    reference tariff, whoever pays them). What is bought from the private sector is paid by the group of the region:
    ``contracts`` is spending of ``region`` and the same sum is earned by the private facility, whose contracted acts
    stand in no other line.
    """
    spent = plan.costs.assign(mad=-plan.costs["mad_after"])
    bought = spent["line"] == _CONTRACTS
    earned = spent[bought].assign(mad=-spent.loc[bought, "mad"])
    spent = spent.assign(where=spent["where"].mask(bought, _GROUP))
    tariff = {activity.id: activity.tariff_mad.value for activity in care.activities}
    given = plan.visits[plan.visits["mode"] != "contracted"]
    worth = given.assign(
        line=_ACTS, where=given["facility_id"], mad=given["acts_per_year"] * given["activity"].map(tariff).astype(float)
    )
    lines = pd.concat([table[["line", "where", "mad"]] for table in (spent, earned, worth)])
    sums = lines.groupby(["where", "line"], as_index=False, sort=True)["mad"].sum()
    sums = sums[sums["mad"] != 0].rename(columns={"mad": "mad_per_year"})
    return Accounts(table=sums.assign(holder="facility"))
