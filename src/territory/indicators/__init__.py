"""How good is it, and at what cost? Pure functions, tables in, one tidy frame out."""

from __future__ import annotations

import pandas as pd

from territory.care import Care
from territory.indicators.access import nearness, travel_gini, travel_of_plan
from territory.indicators.catchment import (
    enhanced_two_step,
    gaussian_weights,
    gravity,
    step_weights,
    three_step,
    two_step,
)
from territory.indicators.changes import changed_activities, changes
from territory.indicators.costs import running_cost, staffing
from territory.indicators.inequality import concentration_index, gini, palma, theil
from territory.indicators.potential import access, access_between
from territory.indicators.provenance import provenance
from territory.indicators.rational_agents import raam
from territory.indicators.rows import tidy
from territory.indicators.service import bed_occupancy, unmet_need, workload
from territory.indicators.waits import interval, simulated_indicators, simulated_values
from territory.tables import Demand, Journeys, Plan, Region, TravelTimes

__all__ = [
    "access",
    "access_between",
    "changed_activities",
    "concentration_index",
    "enhanced_two_step",
    "gaussian_weights",
    "gini",
    "gravity",
    "indicators",
    "interval",
    "palma",
    "planned_indicators",
    "provenance",
    "raam",
    "simulated_values",
    "step_weights",
    "theil",
    "three_step",
    "two_step",
]


def indicators(
    region: Region,
    travel: TravelTimes,
    demand: Demand,
    plan: Plan,
    journeys: Journeys,
    care: Care,
    staffing_need: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return every indicator as one tidy table: indicator, where, value, low, high, unit, better.

    `low` and `high` bound the 95 % interval of simulated means; planned figures have none. With `staffing_need` (from
    `territory.allocation.staffing_need`) posts are also set against the posts that the workload requires.
    """
    simulated = simulated_indicators(simulated_values(journeys, care))
    nearest = nearness(region, travel, plan, care)
    return tidy([*nearest, *_planned(region, travel, demand, plan, care, staffing_need), *simulated])


def planned_indicators(
    region: Region,
    travel: TravelTimes,
    demand: Demand,
    plan: Plan,
    care: Care,
    staffing_need: pd.DataFrame | None = None,
    *,
    near: bool = True,
) -> pd.DataFrame:
    """Return the indicators of a plan that nobody walked through yet, as `indicators` does.

    Without `near` the nearest facilities are not measured: they hardly depend on the plan, and take most of the time.
    """
    nearest = nearness(region, travel, plan, care) if near else []
    return tidy([*nearest, *_planned(region, travel, demand, plan, care, staffing_need)])


def _planned(
    region: Region,
    travel: TravelTimes,
    demand: Demand,
    plan: Plan,
    care: Care,
    staffing_need: pd.DataFrame | None,
) -> list[dict[str, object]]:
    return [
        *travel_of_plan(region, travel, plan),
        *travel_gini(region, plan),
        *unmet_need(region, demand, plan),
        *workload(region, plan),
        *bed_occupancy(region, plan, care),
        *changes(plan, care),
        *running_cost(plan),
        *([] if staffing_need is None else staffing(staffing_need)),
    ]
