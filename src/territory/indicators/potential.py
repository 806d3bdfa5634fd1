"""Potential access: what care people could reach, before any plan, with a plan, and what changes between two."""

from __future__ import annotations

import numpy as np
import pandas as pd

from territory.care import Activity, Care
from territory.indicators.access import Row, near_rows, nearness_of, open_facilities
from territory.indicators.catchment import (
    Floats,
    enhanced_two_step,
    gaussian_weights,
    gravity,
    step_weights,
    three_step,
    two_step,
)
from territory.indicators.inequality import concentration_index, gini, palma, theil
from territory.indicators.rational_agents import raam
from territory.indicators.rows import REGION, ratio, row, rows, tidy
from territory.tables import Plan, Region, TravelTimes

# People go so far for care near home, and twice as far for a hospital: thresholds usual in the literature (Luo & Qi
# 2009; McGrail & Humphreys 2009), in want of Moroccan ones.
NEAR_MINUTES, HOSPITAL_MINUTES = 30.0, 60.0
_STEPS = (1.0, 0.68, 0.22)  # weights of the three thirds of the threshold (Luo & Qi 2009)
_GRAVITY = 1.5
_PER = 1000.0
_FTE = "FTE per 1,000 people"


def access(region: Region, travel: TravelTimes, care: Care, plan: Plan | None = None) -> pd.DataFrame:
    """Return every measure of potential access as one tidy table, with the columns of `territory.indicators`.

    Minutes to the nearest public facility, and the share of people within 15, 30 and 60 minutes, by tier, level of care
    and activity (where it is open and each of its staff groups has a post); then, for each staff group, floating
    catchments of its FTE (``two_step``, ``steps``, ``gaussian``, ``three_step``, ``gravity``) and the cost of
    ``raam``, by zone, province and for the region, and how evenly the ``gaussian`` one is spread: Gini, Palma, Theil,
    and its concentration among the urban (above 0: they have more).

    Parameters
    ----------
    region, travel
        Zones, facilities and posts today; minutes between them.
    care
        Levels and what they do.
    plan
        With a plan, its posts, and what it leaves open; without one, those of today.
    """
    places = open_facilities(region, plan)
    found = nearness_of(region, travel, care, places)
    today = _in_post(region.posts, open_facilities(region, None))
    posts = today if plan is None else _in_post(plan.posts.rename(columns={"fte_after": "fte"}), places)
    for activity in care.activities:
        doing = _doing(places, posts, care, activity, plan)
        found += near_rows(region, travel, doing, activity.id)
    primary = [level.id for level in care.levels if level.tier == "primary"]
    near = region.facilities.loc[region.facilities["level"].isin(primary), "facility_id"]
    for group, own in posts.groupby("staff_group"):
        # the yardsticks are today's with a plan too: it must not widen a catchment or excuse a crowd by moving posts
        known = today[today["staff_group"] == group]
        usual = own if known.empty else known
        at_home = usual.loc[usual["facility_id"].isin(near), "fte"].sum() > usual["fte"].sum() / 2
        threshold = NEAR_MINUTES if at_home else HOSPITAL_MINUTES
        found += _of_group(region, travel, own, str(group), threshold, usual["fte"].sum())
    return tidy(found)


def access_between(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Return two tables of `access` side by side: indicator, where, first, second, difference, unit, better."""
    keys = ["indicator", "where", "unit", "better"]
    both = first[[*keys, "value"]].merge(second[[*keys, "value"]], on=keys, how="outer", suffixes=("_first", "_second"))
    both = both.rename(columns={"value_first": "first", "value_second": "second"})
    both["difference"] = both["second"] - both["first"]
    return both[["indicator", "where", "first", "second", "difference", "unit", "better"]]


def _in_post(posts: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    return posts[posts["facility_id"].isin(places["facility_id"]) & (posts["fte"] > 0)]


def _doing(places: pd.DataFrame, posts: pd.DataFrame, care: Care, activity: Activity, plan: Plan | None) -> pd.Series:
    """Return the facilities where an activity is open, by level or by the plan, and each of its groups has somebody."""
    if plan is None:
        levels = [level.id for level in care.levels if activity.id in level.activities]
        doing = places["level"].isin(levels)
    else:
        rows = plan.activities[(plan.activities["activity"] == activity.id) & plan.activities["open_after"]]
        doing = places["facility_id"].isin(rows["facility_id"])
    for task in activity.tasks:
        doing &= places["facility_id"].isin(posts.loc[posts["staff_group"] == task.staff_group, "facility_id"])
    if plan is not None:  # staff of another facility may come and do it
        given = plan.visits[(plan.visits["activity"] == activity.id) & (plan.visits["mode"] == "in_person")]
        doing |= places["facility_id"].isin(given["facility_id"])
    return places.loc[doing, "facility_id"]


def _of_group(
    region: Region, travel: TravelTimes, posts: pd.DataFrame, group: str, threshold: float, usual_fte: float
) -> list[Row]:
    """Return the floating catchments of one staff group; `usual_fte` for all people make a crowding of 1."""
    fte = posts.groupby("facility_id")["fte"].sum()
    trips = travel.table[travel.table["facility_id"].isin(fte.index)]
    wide = trips.pivot_table(index="zone_id", columns="facility_id", values="minutes")
    minutes = wide.reindex(index=region.zones["zone_id"], columns=fte.index).fillna(np.inf).to_numpy(dtype=float)
    people = region.zones["population_persons"].to_numpy(dtype=float)
    given = minutes, people, fte.to_numpy(dtype=float)
    steps = step_weights([threshold / 3, 2 * threshold / 3, threshold], _STEPS)
    gaussian = gaussian_weights(threshold)
    measures = {
        "two_step": two_step(*given, threshold_minutes=threshold),
        "steps": enhanced_two_step(*given, weights=steps),
        "gaussian": enhanced_two_step(*given, weights=gaussian),
        "three_step": three_step(*given, weights=gaussian),
        "gravity": gravity(*given, exponent=_GRAVITY),
    }
    found: list[Row] = []
    for name, values in measures.items():
        found += _spread(region, f"access_{name}_{group}", values * _PER, people, _FTE, "up")
    cost = raam(*given, tau_minutes=threshold, people_per_supply=people.sum() / usual_fte)
    found += _spread(region, f"access_raam_{group}", cost, people, "cost, 1: mean crowding today", "down")
    return found + _evenness(region, group, measures["gaussian"], people)


def _spread(region: Region, name: str, values: Floats, people: Floats, unit: str, better: str) -> list[Row]:
    """Return a value of each zone, and the means of people in each province and the region where it is known."""
    known = np.where(np.isnan(values), np.nan, people)
    zones = pd.DataFrame({"province": region.zones["province"], "people": known, "total": known * values})
    by_province = zones.groupby("province")[["people", "total"]].sum(min_count=1)
    own = pd.Series(values, index=region.zones["zone_id"])
    return [
        row(name, REGION, ratio(zones["total"].sum(), zones["people"].sum()), unit, better),
        *rows(name, by_province["total"] / by_province["people"], "province", unit, better),
        *rows(name, own, "zone", unit, better),
    ]


def _evenness(region: Region, group: str, values: Floats, people: Floats) -> list[Row]:
    """Return how evenly access is spread over people, and whether the urban have more."""
    tenth = palma(values, people)  # without bounds where four tenths of people have nothing: then it tells nothing
    urban = (region.zones["urban_persons"] / region.zones["population_persons"]).to_numpy(dtype=float)
    return [
        row(f"access_gini_{group}", REGION, gini(values, people), "0 to 1", "down"),
        row(f"access_palma_{group}", REGION, tenth if np.isfinite(tenth) else np.nan, "ratio", "down"),
        row(f"access_theil_{group}", REGION, theil(values, people), "0 or more", "down"),
        row(
            f"access_concentration_{group}",
            REGION,
            concentration_index(values, people, rank_by=urban),
            "-1 to 1",
            None,
        ),
    ]
