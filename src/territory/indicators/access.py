"""How far is care? Travel of the plan, people near each level of care, and how evenly travel is spread."""

from __future__ import annotations

import numpy as np
import pandas as pd

from territory.care import Care
from territory.indicators.inequality import gini
from territory.indicators.rows import REGION, ratio, row, rows
from territory.tables import Plan, Region, TravelTimes

Row = dict[str, object]

THRESHOLDS_MINUTES = (15, 30, 60)
FAR_MINUTES = 60.0
_DAILY_TIERS = ("primary", "hospital")


def travel_of_plan(region: Region, travel: TravelTimes, plan: Plan) -> list[Row]:
    """Return mean and worst one-way travel of the plan's visits, the share of far ones, and the yearly km.

    The people a mobile unit comes to walk to its stop: they add minutes but no km.
    """
    visits = plan.visits.merge(
        travel.table[["zone_id", "facility_id", "km"]], on=["zone_id", "facility_id"], how="left"
    )
    visits["km"] = visits["km"].where(visits["mode"] != "mobile", 0.0)
    visits = visits.merge(region.zones[["zone_id", "province"]], on="zone_id")
    visits["act_minutes"] = visits["acts_per_year"] * visits["minutes"]
    visits["far"] = visits["acts_per_year"].where(visits["minutes"] > FAR_MINUTES, 0.0)
    found = [
        row(
            "travel_minutes_mean",
            REGION,
            ratio(visits["act_minutes"].sum(), visits["acts_per_year"].sum()),
            "minutes",
            "down",
        ),
        row("travel_minutes_worst", REGION, visits["minutes"].max() if len(visits) else np.nan, "minutes", "down"),
        row("far_travel_share", REGION, ratio(visits["far"].sum(), visits["acts_per_year"].sum()), "share", "down"),
        row(
            "travel_km_per_year", REGION, 2.0 * (visits["acts_per_year"] * visits["km"]).sum(), "km, both ways", "down"
        ),
    ]
    for kind, column in (("province", "province"), ("zone", "zone_id")):
        sums = visits.groupby(column)[["act_minutes", "acts_per_year"]].sum()
        found += rows("travel_minutes_mean", sums["act_minutes"] / sums["acts_per_year"], kind, "minutes", "down")
    by_province = visits.groupby("province")
    found += rows("travel_minutes_worst", by_province["minutes"].max(), "province", "minutes", "down")
    far = by_province["far"].sum() / by_province["acts_per_year"].sum()
    found += rows("far_travel_share", far, "province", "share", "down")
    by_activity = visits.groupby("activity")[["act_minutes", "acts_per_year"]].sum()
    found += [
        row(f"travel_minutes_mean_{activity}", REGION, sums.act_minutes / sums.acts_per_year, "minutes", "down")
        for activity, sums in zip(by_activity.index, by_activity.itertuples(), strict=True)
    ]
    return found


def travel_gini(region: Region, plan: Plan) -> list[Row]:
    """Return the Gini coefficient of the zones' mean travel, each zone weighted by its people (0: all travel alike)."""
    visits = plan.visits.assign(act_minutes=plan.visits["acts_per_year"] * plan.visits["minutes"])
    sums = visits.groupby("zone_id")[["act_minutes", "acts_per_year"]].sum()
    means = sums["act_minutes"] / sums["acts_per_year"]
    people = region.zones.set_index("zone_id")["population_persons"].reindex(means.index)
    return [
        row("travel_gini", REGION, gini(means.to_numpy(dtype=float), people.to_numpy(dtype=float)), "0 to 1", "down")
    ]


def nearness(region: Region, travel: TravelTimes, plan: Plan, care: Care) -> list[Row]:
    """Return minutes to the nearest facility and the share of people within 15, 30 and 60 minutes.

    By tier (``primary``, ``hospital``) and by level of care; only public facilities that the plan leaves open count.
    """
    return nearness_of(region, travel, care, open_facilities(region, plan))


def nearness_of(region: Region, travel: TravelTimes, care: Care, facilities: pd.DataFrame) -> list[Row]:
    """Return the same for any facilities."""
    levels = {level: [level] for level in care.level_ids if level in set(facilities["level"])}
    tiers = {tier: [level.id for level in care.levels if level.tier == tier] for tier in _DAILY_TIERS}
    found: list[Row] = []
    for name, members in {**tiers, **levels}.items():
        found += near_rows(region, travel, facilities.loc[facilities["level"].isin(members), "facility_id"], name)
    return found


def open_facilities(region: Region, plan: Plan | None) -> pd.DataFrame:
    """Return the public facilities that a plan leaves open; without a plan all."""
    public = region.facilities[region.facilities["sector"] == "public"]
    if plan is None:
        return public
    open_after = plan.activities.groupby("facility_id")["open_after"].any()
    closed = open_after.index[~open_after.to_numpy(dtype=bool)]
    return public[~public["facility_id"].isin(closed)]


def near_rows(region: Region, travel: TravelTimes, facilities: pd.Series, name: str) -> list[Row]:
    """Return minutes to the nearest of some facilities, and the share of people within thresholds; no rows for none.

    A mean is not known where somebody has none of them within the cutoff of travel.
    """
    if facilities.empty:
        return []
    minutes = travel.table[travel.table["facility_id"].isin(facilities)].groupby("zone_id")["minutes"].min()
    table = region.zones[["zone_id", "province", "population_persons"]].assign(
        minutes=region.zones["zone_id"].map(minutes).to_numpy(dtype=float),
        people=region.zones["population_persons"].to_numpy(dtype=float),
    )
    table["person_minutes"] = (table["people"] * table["minutes"]).where(table["people"] > 0, 0.0)
    people = table["people"].sum()
    mean = ratio(table["person_minutes"].sum(skipna=False), people)
    found = [row(f"nearest_minutes_{name}", REGION, mean, "minutes", "down")]
    by_province = table.groupby("province")[["person_minutes", "people"]].agg(lambda own: own.sum(skipna=False))
    found += rows(
        f"nearest_minutes_{name}", by_province["person_minutes"] / by_province["people"], "province", "minutes", "down"
    )
    found += rows(f"nearest_minutes_{name}", table.set_index("zone_id")["minutes"], "zone", "minutes", "down")
    for threshold in THRESHOLDS_MINUTES:
        indicator = f"people_within_{threshold}_minutes_{name}"
        near = table["people"].where(table["minutes"] <= threshold, 0.0)
        found.append(row(indicator, REGION, ratio(near.sum(), people), "share", "up"))
        share = near.groupby(table["province"]).sum() / by_province["people"]
        found += rows(indicator, share, "province", "share", "up")
    return found
