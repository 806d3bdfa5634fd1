"""How many posts does the work need? The WISN method.

World Health Organization, Workload Indicators of Staffing Need, 2010; second edition 2023.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from territory.allocation.problem import MINUTES_PER_HOUR, tasks_of
from territory.care import Care, StaffGroup
from territory.tables import STAFFING_NEED, Plan, Region, TravelTimes

_KEYS = ["facility_id", "staff_group"]
_LEAST_HOURS = 1e-3  # a year; less is the solver's rounding


def staffing_need(region: Region, travel: TravelTimes, plan: Plan, care: Care) -> pd.DataFrame:
    """Return the posts that the work asked for at each facility needs, beside today's posts and those of the plan.

    The work of a facility is that of the plan's visits there, of the remote acts its specialists answer, and of unmet
    acts, which are asked for at the nearest public facility whose level may give them. Its hours by staff group, told
    by the activity standards (minutes an act) of the catalogue, are divided by the available working time of a post;
    the category allowance multiplies by 1 / (1 - share), the individual one adds its hours once for each facility.

    Returns
    -------
    pandas.DataFrame
        The table ``staffing_need``: posts in full-time equivalents; the difference is posts less posts required, the
        ratio posts over posts required (below 1: too few), missing where nothing is required.

    Raises
    ------
    KeyError
        When plan and catalogue do not speak of the same things.
    """
    hours = _workload_hours(region, travel, plan, care)
    posts = plan.posts.set_index(_KEYS)[["fte_before", "fte_after"]]
    table = pd.concat([hours, posts], axis=1).fillna(0.0).rename_axis(_KEYS).reset_index()
    groups = {group.id: group for group in care.staff_groups}
    table["required_fte"] = [
        required_posts(groups[group], work) for group, work in zip(table["staff_group"], table["hours"], strict=True)
    ]
    table = table.rename(columns={"hours": "workload_hours_per_year"})
    required = table["required_fte"].where(table["required_fte"] > 0)
    for when in ("before", "after"):
        table[f"difference_{when}"] = table[f"fte_{when}"] - table["required_fte"]
        table[f"ratio_{when}"] = table[f"fte_{when}"] / required
    return STAFFING_NEED.check(table.sort_values(_KEYS, ignore_index=True))


def required_posts(group: StaffGroup, workload_hours_per_year: float) -> float:
    """Return the posts a group needs for a yearly workload at one facility, full-time equivalents.

    Required = workload / available working time x category allowance factor + individual allowance factor. A group
    whose allowances the catalogue does not tell is counted by its hours for care alone.

    Examples
    --------
    >>> from territory import read_care
    >>> midwife = read_care("morocco").staff_group("midwife")
    >>> required_posts(midwife, 0.0)
    0.0
    """
    if workload_hours_per_year <= 0:
        return 0.0
    allowances = group.allowances
    if allowances is None:
        return workload_hours_per_year / group.hours_per_year.value
    available = allowances.available_hours_per_year.value
    category_factor = 1.0 / (1.0 - allowances.category_share.value)
    individual_factor = allowances.individual_hours_per_year.value / available
    return workload_hours_per_year / available * category_factor + individual_factor


def _workload_hours(region: Region, travel: TravelTimes, plan: Plan, care: Care) -> pd.Series:
    """Return hours a year by facility and staff group."""
    unmet = _unmet_asked_at(region, travel, plan, care)
    acts = pd.concat(
        [
            plan.visits[["facility_id", "activity", "mode", "acts_per_year"]],
            plan.remote.assign(mode="hub"),
            # what a hub answers is presented aboard, not done there
            plan.mobile_remote.assign(mode="telemedicine"),
            plan.mobile_remote.assign(mode="mobile", acts_per_year=-plan.mobile_remote["acts_per_year"]),
            unmet.assign(mode="in_person"),
        ]
    )
    done = acts.groupby(["facility_id", "activity", "mode"], as_index=False)["acts_per_year"].sum()
    rows = []
    for activity in care.activities:
        for mode in ("in_person", "mobile", "telemedicine"):
            rows += [
                (activity.id, mode, task.staff_group, task.minutes.value) for task in tasks_of(care, activity.id, mode)
            ]
        if activity.remote:
            rows += [(activity.id, "hub", task.staff_group, task.minutes.value) for task in activity.remote.specialist]
    work = pd.DataFrame(rows, columns=["activity", "mode", "staff_group", "minutes_per_act"])
    table = done.merge(work, on=["activity", "mode"])
    table["hours"] = table["acts_per_year"] * table["minutes_per_act"] / MINUTES_PER_HOUR
    hours = table.groupby(_KEYS)["hours"].sum()
    return hours[hours > _LEAST_HOURS]


def _unmet_asked_at(region: Region, travel: TravelTimes, plan: Plan, care: Care) -> pd.DataFrame:
    """Return facility_id, activity, acts_per_year: unmet acts at the nearest public facility that may give them."""
    may = pd.DataFrame(
        [(level.id, activity) for level in care.levels for activity in level.activities], columns=["level", "activity"]
    )
    public = region.facilities[region.facilities["sector"] == "public"][["facility_id", "level"]]
    trips = travel.table[travel.table["zone_id"].isin(plan.unmet["zone_id"])]
    found = []
    for activity, unmet in plan.unmet.groupby("activity", sort=True):
        able = public[public["level"].isin(may.loc[may["activity"] == activity, "level"])]
        near = trips[trips["facility_id"].isin(able["facility_id"]) & trips["zone_id"].isin(unmet["zone_id"])]
        near = near.sort_values(["zone_id", "minutes", "facility_id"]).drop_duplicates("zone_id")
        found.append(unmet.merge(near[["zone_id", "facility_id"]], on="zone_id"))
    columns = ["facility_id", "activity", "acts_per_year"]
    if not found:
        return pd.DataFrame({name: np.array([], dtype=object) for name in columns}).astype({"acts_per_year": float})
    return pd.concat(found).groupby(columns[:2], as_index=False)["acts_per_year"].sum()
