"""Who works where today, who may leave, join or be recruited, and who may visit other facilities."""

from __future__ import annotations

import numpy as np
import pandas as pd

from territory.care import Care
from territory.scenario import AllocationOptions
from territory.tables import Region, TravelTimes

Pairs = set[tuple[str, str]]


def posts_table(
    region: Region,
    facilities: pd.DataFrame,
    activities: pd.DataFrame,
    shares: pd.DataFrame,
    care: Care,
    options: AllocationOptions,
) -> pd.DataFrame:
    """Return one row for each group that works, or could work, at a facility (see `Problem.posts`)."""
    work = pd.DataFrame(
        [(activity.id, task.staff_group) for activity in care.activities for task in activity.tasks],
        columns=["activity", "staff_group"],
    ).drop_duplicates()
    columns = ["facility_id", "staff_group"]
    could = activities.merge(work, on="activity")[columns].drop_duplicates()
    visited = shares[["site_facility_id", "staff_group"]].set_axis(columns, axis=1)
    could = pd.concat([could, visited]).drop_duplicates() if len(visited) else could
    today = region.posts[region.posts["facility_id"].isin(facilities["facility_id"])]
    table = could.merge(today[[*columns, "fte"]], on=columns, how="outer")
    table["fte_before"] = table.pop("fte").fillna(0.0)
    groups = {group.id: group for group in care.staff_groups}
    table["hours_per_year"] = [groups[word].hours_per_year.value for word in table["staff_group"]]
    table["pay_mad_per_year"] = [groups[word].pay_mad_per_year.value for word in table["staff_group"]]
    table["departing_share"] = departing_shares(table, options)
    table["basin"] = _basins(table["facility_id"], facilities, region, options)
    table["open"] = ~table["facility_id"].isin(options.closures.facilities)
    table["hard"] = _hard_to_staff(table, facilities, region, options)
    _may(table, options)
    return table.sort_values(columns, ignore_index=True)


def _basins(where: pd.Series, facilities: pd.DataFrame, region: Region, options: AllocationOptions) -> pd.Series:
    """Return the basin of each post; a facility outside every basin is a basin of its own."""
    within = options.mobility.within
    if within == "region":
        return pd.Series(region.region_id, index=where.index)
    province = where.map(facilities.set_index("facility_id")["province"])
    if within == "province":
        return province
    if within == "basins":
        named = {id_: name for name, basin in options.mobility.basins.items() for id_ in basin.facilities}
        by_province = {word: name for name, basin in options.mobility.basins.items() for word in basin.provinces}
        found = [named.get(f) or by_province.get(p) or f for f, p in zip(where, province, strict=True)]
        return pd.Series(found, index=where.index)
    return where


def _hard_to_staff(
    posts: pd.DataFrame, facilities: pd.DataFrame, region: Region, options: AllocationOptions
) -> pd.Series:
    hard = options.recruitment.hard_to_staff
    if hard is None:
        return pd.Series(data=False, index=posts.index)
    zones = region.zones
    chosen = zones["zone_id"].isin(hard.zones)
    if hard.provinces or hard.kinds:
        of_province = zones["province"].isin(hard.provinces) if hard.provinces else True
        of_kind = zones["kind"].isin(hard.kinds) if hard.kinds else True
        chosen |= of_province & of_kind
    there = facilities.loc[facilities["zone_id"].isin(zones.loc[chosen, "zone_id"]), "facility_id"]
    of_group = posts["staff_group"].isin(hard.groups) if hard.groups else True
    return posts["facility_id"].isin(there) & of_group


def _may(posts: pd.DataFrame, options: AllocationOptions) -> None:
    """Add the columns may_leave, may_join, may_recruit and may_close."""
    mobility, recruitment = options.mobility, options.recruitment
    moving = pd.Series(mobility.within not in {"none", "facility"}, index=posts.index)
    if mobility.groups:
        moving &= posts["staff_group"].isin(mobility.groups)
    barred = pd.Series(data=False, index=posts.index)
    if recruitment.hard_to_staff and recruitment.hard_to_staff.incentive_mad_per_year is None:
        barred = posts["hard"]
    candidates = pd.Series(recruitment.budget_mad_per_year > 0, index=posts.index)
    if recruitment.largest_posts:
        candidates &= posts["staff_group"].isin(list(recruitment.largest_posts))
    posts["may_leave"] = moving & (posts["fte_before"] > 0)
    posts["may_join"] = moving & posts["open"] & ~barred
    posts["may_recruit"] = candidates & posts["open"] & ~barred
    posts["may_close"] = ~posts["open"] | posts["facility_id"].isin(options.activity_transfer.facilities)


def shares_table(
    region: Region, travel: TravelTimes, facilities: pd.DataFrame, options: AllocationOptions
) -> pd.DataFrame:
    """Return who may visit where: facility_id (home), site_facility_id, staff_group, minutes, fte_home.

    The way from a facility to another is taken from the zone it stands in.
    """
    shared = options.shared_posts
    columns = ["facility_id", "site_facility_id", "staff_group", "minutes", "fte_home"]
    homes = region.posts[
        region.posts["staff_group"].isin(shared.groups)
        & (region.posts["fte"] * shared.largest_share >= shared.smallest_fraction)
    ].merge(facilities[["facility_id", "zone_id"]], on="facility_id")
    homes = homes[~homes["facility_id"].isin(options.closures.facilities)]
    sites = facilities[facilities["facility_id"].isin(shared.sites) | facilities["level"].isin(shared.site_levels)]
    sites = sites[~sites["facility_id"].isin(options.closures.facilities)]
    driven = travel.driven
    near = driven[
        driven["facility_id"].isin(sites["facility_id"]) & (driven["minutes"] <= shared.within_minutes)
    ].rename(columns={"facility_id": "site_facility_id"})
    table = homes.merge(near, on="zone_id").rename(columns={"fte": "fte_home"})
    table = table[table["facility_id"] != table["site_facility_id"]]
    return table[columns].sort_values(columns[:3], ignore_index=True)


def departing_shares(posts: pd.DataFrame, options: AllocationOptions) -> pd.Series:
    """Return the share of each row of posts that departs from the territory."""
    return posts["staff_group"].map(options.departures.shares).astype(float).fillna(0.0)


def in_post(posts: pd.DataFrame) -> Pairs:
    """Return the (facility, staff group) pairs that have somebody today and stay open."""
    return _pairs(posts[posts["open"] & (posts["fte_before"] > 0)])


def staffed(posts: pd.DataFrame, shares: pd.DataFrame) -> Pairs:
    """Return the (facility, staff group) pairs that have, or may get, somebody in the plan."""
    some = posts["open"] & ((posts["fte_before"] > 0) | posts["may_join"] | posts["may_recruit"])
    return _pairs(posts[some]) | set(shares[["site_facility_id", "staff_group"]].itertuples(index=False, name=None))


def _pairs(posts: pd.DataFrame) -> Pairs:
    return set(zip(posts["facility_id"], posts["staff_group"], strict=True))


def remaining(posts: pd.DataFrame) -> np.ndarray:
    """Return the posts of today that do not depart, full-time equivalents, shape (posts,)."""
    left: np.ndarray = (posts["fte_before"] * (1.0 - posts["departing_share"])).to_numpy(dtype=float)
    return left
