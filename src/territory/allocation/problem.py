"""What the programme is about: arcs, needs, posts and limits as plain tables, made from the region and the options.

An arc is one way in which people of a zone may be given an activity: at a facility, in a mode. Only arcs inside the
radius, plus the nearest few, are kept, and only to facilities where all the work of the act can be done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from territory.care import Care, Task
from territory.scenario import AllocationOptions
from territory.tables import Demand, Region, TravelTimes

MINUTES_PER_HOUR = 60.0
DAYS_PER_YEAR = 365.0


@dataclass(frozen=True)
class Problem:
    """The tables of one allocation.

    `arcs`
        zone_id, facility_id, activity, mode, minutes: one row for each way to be served.
    `hubs`
        facility_id, activity: facilities whose specialists may answer remote acts.
    `needs`
        zone_id, activity, acts_per_year: only rows above zero.
    `posts`
        facility_id, staff_group, fte_before, hours_per_year, pay_mad_per_year, basin, open: one row for each group
        that works, or could work, at a facility. `open` is False where the facility closes.
    `beds`
        facility_id, bed_days_per_year that a plan may fill.
    `activities`
        facility_id, activity, open_before, open_after for facilities that take part.
    """

    arcs: pd.DataFrame
    hubs: pd.DataFrame
    needs: pd.DataFrame
    posts: pd.DataFrame
    beds: pd.DataFrame
    activities: pd.DataFrame
    care: Care
    options: AllocationOptions
    positions: pd.DataFrame
    names: Mapping[str, str]


def make_problem(
    region: Region, travel: TravelTimes, demand: Demand, care: Care, options: AllocationOptions
) -> Problem:
    """Return the tables of the allocation; the options were checked before (`check_options`)."""
    facilities = region.facilities[region.facilities["sector"].isin(options.sectors)]
    activities = _activities(facilities, care, options)
    posts = _posts(region, facilities, activities, care, options)
    needs = demand.table[demand.table["acts_per_year"] > 0].reset_index(drop=True)
    staffed = _staffed(posts, options)
    hubs = _hubs(facilities, activities, staffed, care, options)
    in_post = _in_post(posts)
    pairs = [
        _in_person(activities, staffed, in_post, care),
        _remote_pairs(facilities, staffed, hubs, care, options),
    ]
    arcs = _nearest_arcs(pd.concat(pairs, ignore_index=True), _trips(travel, facilities, care, options), needs, options)
    usable = facilities["beds"].fillna(0.0) * DAYS_PER_YEAR * options.largest_bed_occupancy
    open_facilities = ~facilities["facility_id"].isin(options.closures.facilities)
    return Problem(
        arcs=arcs,
        hubs=hubs,
        needs=needs,
        posts=posts,
        beds=pd.DataFrame(
            {"facility_id": facilities["facility_id"], "bed_days_per_year": usable.where(open_facilities, 0.0)}
        ),
        activities=activities,
        care=care,
        options=options,
        positions=facilities.set_index("facility_id")[["x_m", "y_m"]],
        names=facilities.set_index("facility_id")["name"].to_dict(),
    )


def connected_sites(facilities: pd.DataFrame, options: AllocationOptions) -> set[str]:
    """Return the facilities connected for telemedicine: those of today and those the scenario connects."""
    today = facilities["telemedicine"].fillna(value=False).astype(bool)
    chosen = facilities["facility_id"].isin(options.telemedicine.sites) | facilities["level"].isin(
        options.telemedicine.site_levels
    )
    return set(facilities.loc[today | chosen, "facility_id"])


def tasks_of(care: Care, activity_id: str, mode: str) -> tuple[Task, ...]:
    """Return the work that an act in this mode asks of the facility it is given at."""
    activity = care.activity(activity_id)
    if mode == "telemedicine" and activity.remote:
        return activity.remote.presenting
    return activity.tasks


def _activities(facilities: pd.DataFrame, care: Care, options: AllocationOptions) -> pd.DataFrame:
    """Return facility x activity for what each level may do, and what the scenario closes."""
    allowed = pd.DataFrame(
        [(level.id, activity) for level in care.levels for activity in level.activities], columns=["level", "activity"]
    )
    table = facilities[["facility_id", "level"]].merge(allowed, on="level")
    closed = table["facility_id"].isin(options.closures.facilities)
    for facility_id, names in options.closures.activities.items():
        closed |= (table["facility_id"] == facility_id) & table["activity"].isin(names)
    table = table.assign(open_before=True, open_after=~closed)
    return table[["facility_id", "activity", "open_before", "open_after"]].reset_index(drop=True)


def _posts(
    region: Region, facilities: pd.DataFrame, activities: pd.DataFrame, care: Care, options: AllocationOptions
) -> pd.DataFrame:
    work = pd.DataFrame(
        [(activity.id, task.staff_group) for activity in care.activities for task in activity.tasks],
        columns=["activity", "staff_group"],
    ).drop_duplicates()
    could = activities.merge(work, on="activity")[["facility_id", "staff_group"]].drop_duplicates()
    today = region.posts[region.posts["facility_id"].isin(facilities["facility_id"])]
    table = could.merge(today[["facility_id", "staff_group", "fte"]], on=["facility_id", "staff_group"], how="outer")
    table["fte_before"] = table.pop("fte").fillna(0.0)
    groups = {group.id: group for group in care.staff_groups}
    table["hours_per_year"] = [groups[word].hours_per_year.value for word in table["staff_group"]]
    table["pay_mad_per_year"] = [groups[word].pay_mad_per_year.value for word in table["staff_group"]]
    province = facilities.set_index("facility_id")["province"]
    basins = {
        "none": table["facility_id"],
        "facility": table["facility_id"],
        "province": table["facility_id"].map(province),
        "region": pd.Series(region.region_id, index=table.index),
    }
    table["basin"] = basins[options.mobility.within]
    table["open"] = ~table["facility_id"].isin(options.closures.facilities)
    return table.sort_values(["facility_id", "staff_group"], ignore_index=True)


def may_move(posts: pd.DataFrame, options: AllocationOptions) -> pd.Series:
    """Return which rows of posts belong to groups that may move between facilities."""
    if options.mobility.within in {"none", "facility"}:
        return pd.Series(data=False, index=posts.index)
    groups = options.mobility.groups
    return posts["staff_group"].isin(groups) if groups else pd.Series(data=True, index=posts.index)


def may_recruit(posts: pd.DataFrame, options: AllocationOptions) -> pd.Series:
    """Return which rows of posts may gain recruits."""
    recruitment = options.recruitment
    if recruitment.budget_mad_per_year <= 0:
        return pd.Series(data=False, index=posts.index)
    listed = recruitment.largest_posts
    return posts["open"] & (posts["staff_group"].isin(list(listed)) if listed else True)


def _in_post(posts: pd.DataFrame) -> set[tuple[str, str]]:
    """Return the (facility, staff group) pairs that have somebody today and stay open."""
    some = posts[posts["open"] & (posts["fte_before"] > 0)]
    return set(some[["facility_id", "staff_group"]].itertuples(index=False, name=None))


def _staffed(posts: pd.DataFrame, options: AllocationOptions) -> set[tuple[str, str]]:
    """Return the (facility, staff group) pairs that have, or may get, somebody in the plan."""
    some = posts["open"] & ((posts["fte_before"] > 0) | may_move(posts, options) | may_recruit(posts, options))
    return set(posts.loc[some, ["facility_id", "staff_group"]].itertuples(index=False, name=None))


def _all_staffed(facility_id: str, tasks: tuple[Task, ...], staffed: set[tuple[str, str]]) -> bool:
    return all((facility_id, task.staff_group) in staffed for task in tasks)


def _in_person(
    activities: pd.DataFrame, staffed: set[tuple[str, str]], in_post: set[tuple[str, str]], care: Care
) -> pd.DataFrame:
    """Return facility x activity where the work can be done, and whether it can with the people in post today."""
    tasks = {activity.id: activity.tasks for activity in care.activities}
    rows = activities[activities["open_after"]]
    able = [_all_staffed(row.facility_id, tasks[row.activity], staffed) for row in rows.itertuples()]
    rows = rows.loc[able, ["facility_id", "activity"]]
    today = [_all_staffed(row.facility_id, tasks[row.activity], in_post) for row in rows.itertuples()]
    return rows.assign(mode="in_person", today=today)


def _hubs(
    facilities: pd.DataFrame,
    activities: pd.DataFrame,
    staffed: set[tuple[str, str]],
    care: Care,
    options: AllocationOptions,
) -> pd.DataFrame:
    """Return the facilities whose specialists may answer, for each activity that may be remote."""
    remote = {activity.id: activity.remote for activity in care.activities if activity.remote}
    hospital_levels = [level.id for level in care.levels if level.tier == "hospital"]
    hub_levels = options.telemedicine.hub_levels or hospital_levels
    of_level = set(facilities.loc[facilities["level"].isin(hub_levels), "facility_id"])
    rows = activities[
        activities["open_after"]
        & activities["activity"].isin(options.telemedicine.activities)
        & activities["facility_id"].isin(of_level)
    ]
    able = [_all_staffed(row.facility_id, remote[row.activity].specialist, staffed) for row in rows.itertuples()]
    return rows.loc[able, ["facility_id", "activity"]].reset_index(drop=True)


def _remote_pairs(
    facilities: pd.DataFrame,
    staffed: set[tuple[str, str]],
    hubs: pd.DataFrame,
    care: Care,
    options: AllocationOptions,
) -> pd.DataFrame:
    """Return site x activity for acts that may be given from a connected site."""
    connected = connected_sites(facilities, options) - set(options.closures.facilities)
    rows = []
    for activity in care.activities:
        if activity.remote is None or activity.id not in set(hubs["activity"]):
            continue
        sites = facilities[facilities["level"].isin(activity.remote.levels) & facilities["facility_id"].isin(connected)]
        rows += [
            (site, activity.id, "telemedicine", False)
            for site in sites["facility_id"]
            if _all_staffed(site, activity.remote.presenting, staffed)
        ]
    return pd.DataFrame(rows, columns=["facility_id", "activity", "mode", "today"])


def _trips(travel: TravelTimes, facilities: pd.DataFrame, care: Care, options: AllocationOptions) -> pd.DataFrame:
    """Return zone_id, facility_id, minutes, and `inside`: within the radius of the facility's tier; nearest first."""
    hospital_levels = {level.id for level in care.levels if level.tier == "hospital"}
    hospitals = facilities.loc[facilities["level"].isin(hospital_levels), "facility_id"]
    trips = travel.table[["zone_id", "facility_id", "minutes"]]
    radius = np.where(
        trips["facility_id"].isin(hospitals), options.arcs.hospitals_within_minutes, options.arcs.within_minutes
    )
    trips = trips.assign(inside=trips["minutes"] <= radius)
    return trips.sort_values(["zone_id", "minutes", "facility_id"], kind="stable")


def _nearest_arcs(
    pairs: pd.DataFrame, trips: pd.DataFrame, needs: pd.DataFrame, options: AllocationOptions
) -> pd.DataFrame:
    """Join zones to the pairs (facility, activity, mode) they may be sent to.

    A lever that lets more facilities work must not push a facility that works today out of the nearest few: those of
    today are ranked among themselves as well.
    """
    arcs: list[pd.DataFrame] = []
    needed = needs.set_index("activity")["zone_id"]
    for (activity, mode), rows in pairs.groupby(["activity", "mode"], sort=True):
        if activity not in needed.index:
            continue
        near = trips[trips["facility_id"].isin(rows["facility_id"])]
        near = near[near["zone_id"].isin(needed.loc[[activity]])]
        today = near[near["facility_id"].isin(rows.loc[rows["today"], "facility_id"])]
        kept = near.index[_near_enough(near, options)].union(today.index[_near_enough(today, options)])
        arcs.append(near.loc[kept].assign(activity=activity, mode=mode))
    columns = ["zone_id", "facility_id", "activity", "mode", "minutes"]
    if not arcs:
        return pd.DataFrame({name: np.array([], dtype=object) for name in columns}).astype({"minutes": float})
    table = pd.concat(arcs, ignore_index=True)[columns]
    return table.sort_values(
        ["zone_id", "activity", "mode", "minutes", "facility_id"], ignore_index=True, kind="stable"
    )


def _near_enough(trips: pd.DataFrame, options: AllocationOptions) -> pd.Series:
    """Return which trips are inside the radius or to one of the nearest few, never to more than `at_most`."""
    rank = trips.groupby("zone_id", sort=False).cumcount()
    wanted = trips["inside"] | (rank < options.arcs.nearest)
    return wanted & (rank < max(options.arcs.at_most, options.arcs.nearest))
