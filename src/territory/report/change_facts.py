"""What the plan changes and what it costs: small frames made from the tables of a run, with ids and plain numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from territory.indicators import changed_activities
from territory.report.data import RunData
from territory.report.facts import ratio
from territory.tables.vocabulary import COST_LINES

DAYS_PER_POST = 5.0  # working days of a full-time post in a week
_CHANGED_MAD = 0.5


def allocation_options(run: RunData) -> Mapping[str, Any]:
    """Return the options of the allocation, as the scenario was run."""
    options: Mapping[str, Any] = run.manifest.get("scenario", {}).get("allocation", {})
    return options


def lever(run: RunData, name: str) -> Mapping[str, Any]:
    """Return the options of one lever; nothing where the run does not tell them."""
    options: Mapping[str, Any] = allocation_options(run).get(name) or {}
    return options


def cost_facts(run: RunData) -> pd.DataFrame:
    """Return each line of the running cost: line, mad_before, mad_after, difference (MAD a year)."""
    sums = run.tables["costs"].groupby("line")[["mad_before", "mad_after"]].sum()
    sums = sums.reindex([line for line in COST_LINES if line in sums.index])
    out = sums.assign(difference=sums["mad_after"] - sums["mad_before"])
    return out.rename_axis("line").reset_index().astype({"line": object})


def facility_costs(run: RunData) -> pd.DataFrame:
    """Return each line where it is borne, the largest change first: line, where, mad_before, mad_after, difference."""
    out = run.tables["costs"].assign(
        difference=run.tables["costs"]["mad_after"] - run.tables["costs"]["mad_before"],
    )
    out = out.assign(size=out["difference"].abs())
    order = ["size", "mad_after", "where", "line"]
    return out.sort_values(order, ascending=[False, False, True, True], ignore_index=True).drop(columns="size")


def line_cost(run: RunData, line: str) -> float:
    """Return one line of the running cost in the plan, MAD a year."""
    costs = run.tables["costs"]
    return float(costs.loc[costs["line"] == line, "mad_after"].sum())


def changed_lines(run: RunData) -> pd.DataFrame:
    """Return the lines of the running cost that the plan changes, the largest change first."""
    lines = cost_facts(run)
    lines = lines[lines["difference"].abs() >= _CHANGED_MAD]
    return lines.sort_values("difference", key=lambda values: -values.abs(), ignore_index=True)


def posts_by_group(run: RunData, kind: str) -> pd.Series:
    """Return the posts of one kind of move by staff group, the most first (full-time equivalents)."""
    moves = run.tables["moves"]
    sums = moves[moves["kind"] == kind].groupby("staff_group")["fte"].sum()
    return sums.sort_values(ascending=False, kind="stable")


def hard_posts(run: RunData) -> float:
    """Return the posts recruited or joined where the scenario says it is hard to staff (full-time equivalents)."""
    hard = lever(run, "recruitment").get("hard_to_staff")
    if not hard:
        return 0.0
    zones = run.tables["zones"]
    chosen = zones["zone_id"].isin(hard.get("zones", ()))
    provinces, kinds = hard.get("provinces", ()), hard.get("kinds", ())
    if provinces or kinds:
        of_province = zones["province"].isin(provinces) if provinces else True
        of_kind = zones["kind"].isin(kinds) if kinds else True
        chosen |= of_province & of_kind
    facilities = run.tables["facilities"]
    there = facilities.loc[facilities["zone_id"].isin(zones.loc[chosen, "zone_id"]), "facility_id"]
    moves = run.tables["moves"]
    joined = moves[moves["kind"].isin(["recruited", "moved"]) & moves["to_facility_id"].isin(there)]
    groups = hard.get("groups", ())
    return float(joined.loc[joined["staff_group"].isin(groups) if groups else slice(None), "fte"].sum())


def activity_changes(run: RunData) -> pd.DataFrame:
    """Return what opens and closes, what concerns most acts first (see `territory.indicators.changed_activities`).

    Columns: facility_id, activity, change, acts_per_year, and `asked`, the acts a year of the activity that the region
    needs, by which closings are put in order.
    """
    tables = run.tables
    found = changed_activities(tables["activities"], tables["posts"], tables["visits"], run.manifest.get("tasks", {}))
    need = tables["demand"].groupby("activity")["acts_per_year"].sum()
    found["asked"] = found["activity"].astype(object).map(need).fillna(0.0).astype(float)
    order = ["change", "acts_per_year", "asked", "facility_id", "activity"]
    return found.sort_values(order, ascending=[True, False, False, True, True], ignore_index=True)


def closed_facilities(run: RunData) -> list[str]:
    """Return the facilities that close, the one with the most posts first."""
    changes = activity_changes(run)
    shut = changes.loc[changes["change"] == "facility_closed", "facility_id"].unique()
    posts = run.tables["posts"].groupby("facility_id")["fte_before"].sum()
    return sorted(map(str, shut), key=lambda facility: (-float(posts.get(facility, 0.0)), facility))


def acts_of_mode(run: RunData, mode: str) -> pd.DataFrame:
    """Return the visits given in one mode."""
    visits = run.tables["visits"]
    return visits[(visits["mode"] == mode) & (visits["acts_per_year"] > 0)]


def support_facts(run: RunData) -> pd.DataFrame:
    """Return each pooled function: function, sites, facilities, units_per_year, km (mean of a unit)."""
    rows = run.tables["support"].assign(weighted=run.tables["support"]["units_per_year"] * run.tables["support"]["km"])
    groups = rows.groupby("function", sort=True)
    out = groups.agg(
        sites=("site_facility_id", "nunique"),
        facilities=("facility_id", "nunique"),
        units_per_year=("units_per_year", "sum"),
        weighted=("weighted", "sum"),
    ).reset_index()
    out["km"] = ratio(out.pop("weighted"), out["units_per_year"])
    return out.astype({"function": object})


def site_facts(run: RunData) -> pd.DataFrame:
    """Return each support site: function, site_facility_id, size, facilities, units_per_year; the largest first."""
    keys = ["function", "site_facility_id", "size"]
    out = (
        run.tables["support"]
        .groupby(keys, sort=True)
        .agg(facilities=("facility_id", "nunique"), units_per_year=("units_per_year", "sum"))
    )
    order = ["function", "units_per_year", "site_facility_id"]
    return out.reset_index().sort_values(order, ascending=[True, False, True], ignore_index=True)


def need_by_group(run: RunData) -> pd.DataFrame:
    """Return posts required and in post by staff group, the shortest first.

    Columns: staff_group, required_fte, fte_before, fte_after, difference_after, ratio_before, ratio_after, and
    missing_fte, the posts missing where there are too few (those to spare elsewhere do not count).
    """
    need = run.tables["staffing_need"]
    need = need.assign(missing_fte=(-need["difference_after"]).clip(lower=0.0))
    sums = ["required_fte", "fte_before", "fte_after", "difference_after", "missing_fte"]
    out = need.groupby("staff_group")[sums].sum().reset_index()
    for when in ("before", "after"):
        out[f"ratio_{when}"] = ratio(out[f"fte_{when}"], out["required_fte"])
    return out.sort_values(["ratio_after", "staff_group"], ignore_index=True)


def need_by_post(run: RunData) -> pd.DataFrame:
    """Return the staffing need of each facility and staff group, the most posts missing first."""
    order = ["difference_after", "facility_id", "staff_group"]
    return run.tables["staffing_need"].sort_values(order, ignore_index=True)


def built(run: RunData) -> Mapping[str, Any]:
    """Return what the scenario builds: names, beds, added_beds, cost_mad (once)."""
    investments = run.manifest.get("scenario", {}).get("investments") or {}
    facilities = investments.get("facilities", ())
    return {
        "names": [str(facility["name"]) for facility in facilities],
        "beds": sum(float(facility.get("beds") or 0.0) for facility in facilities),
        "added_beds": sum(float(beds) for beds in (investments.get("added_beds") or {}).values()),
        "cost_mad": float(investments.get("cost_mad") or 0.0)
        + sum(float(facility.get("cost_mad") or 0.0) for facility in facilities),
    }
