"""How good is it? Access, equity, service and waits: pure functions, tables in, one tidy frame out."""

from __future__ import annotations

import pandas as pd

from territory.care import Care
from territory.indicators.access import gini, nearness, travel_gini, travel_of_plan
from territory.indicators.provenance import provenance
from territory.indicators.rows import tidy
from territory.indicators.service import bed_occupancy, changes, unmet_need, workload
from territory.indicators.waits import interval, simulated_indicators, simulated_values
from territory.tables import Demand, Journeys, Plan, Region, TravelTimes

__all__ = ["gini", "indicators", "interval", "provenance", "simulated_values"]


def indicators(
    region: Region, travel: TravelTimes, demand: Demand, plan: Plan, journeys: Journeys, care: Care
) -> pd.DataFrame:
    """Return every indicator as one tidy table: indicator, where, value, low, high, unit, better.

    `low` and `high` bound the 95 % interval of simulated means; planned figures have none.
    """
    return tidy(
        [
            *travel_of_plan(region, travel, plan),
            *travel_gini(region, plan),
            *nearness(region, travel, plan, care),
            *unmet_need(region, demand, plan),
            *workload(region, plan),
            *bed_occupancy(region, plan, care),
            *changes(plan),
            *simulated_indicators(simulated_values(journeys, care)),
        ]
    )
