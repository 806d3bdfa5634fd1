"""What the programme is about: arcs, needs, posts and limits as plain tables, made from the region and the options.

An arc is one way in which people of a zone may be given an activity: at a facility, in a mode. Only arcs inside the
radius, plus the nearest few, are kept, and only to facilities where all the work of the act can be done.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import SimpleNamespace

import pandas as pd

from territory.allocation import ways
from territory.allocation.staff import departing_shares, in_post, posts_table, remaining, shares_table, staffed
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
        facility_id, staff_group, fte_before, hours_per_year, pay_mad_per_year, departing_share, basin, open, hard,
        may_leave, may_join, may_recruit, may_close: one row for each group that works, or could work, at a facility.
    `shares`
        facility_id (home), site_facility_id, staff_group, minutes, fte_home: who may visit where.
    `beds`
        facility_id, bed_days_per_year that a plan may fill.
    `rooms`
        facility_id, room, hours_per_year that a plan may fill, where the rooms are known.
    `activities`
        facility_id, activity, open_before, open_after for facilities that take part.
    `facilities`
        the facilities of the region that take part with their posts.
    """

    arcs: pd.DataFrame
    hubs: pd.DataFrame
    needs: pd.DataFrame
    posts: pd.DataFrame
    shares: pd.DataFrame
    beds: pd.DataFrame
    rooms: pd.DataFrame
    activities: pd.DataFrame
    facilities: pd.DataFrame
    care: Care
    options: AllocationOptions
    region: Region
    travel: TravelTimes

    @cached_property
    def post(self) -> Mapping[tuple[str, str], SimpleNamespace]:
        """The rows of `posts` by facility and staff group, with `remaining`: posts that do not depart."""
        rows = self.posts.assign(remaining=remaining(self.posts)).to_dict("records")
        return {(row["facility_id"], row["staff_group"]): SimpleNamespace(**row) for row in rows}

    @cached_property
    def need(self) -> Mapping[tuple[str, str], float]:
        """Acts a year by zone and activity."""
        keys = zip(self.needs["zone_id"], self.needs["activity"], strict=True)
        return dict(zip(keys, self.needs["acts_per_year"].tolist(), strict=True))

    @cached_property
    def usable_bed_days(self) -> Mapping[str, float]:
        """Bed-days a year that a plan may fill, by facility."""
        return dict(zip(self.beds["facility_id"], self.beds["bed_days_per_year"].tolist(), strict=True))

    @cached_property
    def usable_room_hours(self) -> Mapping[tuple[str, str], float]:
        """Hours a year that a plan may fill, by facility and kind of room."""
        keys = zip(self.rooms["facility_id"], self.rooms["room"], strict=True)
        return dict(zip(keys, self.rooms["hours_per_year"].tolist(), strict=True))

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Names of all facilities of the region."""
        return dict(zip(self.region.facilities["facility_id"], self.region.facilities["name"], strict=True))

    @cached_property
    def zone_names(self) -> Mapping[str, str]:
        """Names of the zones; zones without names are called by their id."""
        zones = self.region.zones
        return dict(zip(zones["zone_id"], zones["name" if "name" in zones else "zone_id"], strict=True))

    @cached_property
    def group_words(self) -> Mapping[str, str]:
        """What staff groups are called inside a sentence, by id."""
        return {group.id: group.name.en.lower() for group in self.care.staff_groups}

    @cached_property
    def activity_words(self) -> Mapping[str, str]:
        """What activities are called inside a sentence, by id."""
        return {activity.id: activity.name.en.lower() for activity in self.care.activities}

    @property
    def positions(self) -> pd.DataFrame:
        """``x_m, y_m`` of the facilities, metres."""
        return self.facilities.set_index("facility_id")[["x_m", "y_m"]]

    @cached_property
    def severities(self) -> Mapping[str, float]:
        """The weight of one unmet act of each activity."""
        return {activity.id: activity.severity.value for activity in self.care.activities}

    @cached_property
    def place_of_zone(self) -> Mapping[str, Mapping[str, str]]:
        """The province, and the zone itself, of each zone: ``place_of_zone["province"][zone_id]``."""
        zones = self.region.zones["zone_id"].tolist()
        provinces = dict(zip(zones, self.region.zones["province"], strict=True))
        return {"province": provinces, "zone": dict(zip(zones, zones, strict=True))}

    @cached_property
    def weighted_need(self) -> Mapping[str, Mapping[str, float]]:
        """Acts a year, weighted by severity, of each province and each zone: ``weighted_need["zone"][zone_id]``."""
        found: dict[str, dict[str, float]] = {"province": defaultdict(float), "zone": defaultdict(float)}
        for (zone, activity), acts in self.need.items():
            for of, places in self.place_of_zone.items():
                found[of][places[zone]] += self.severities[activity] * acts
        return found

    def between_facilities(self, sites: pd.Series) -> pd.DataFrame:
        """Return facility_id, site_facility_id, minutes, km from the zone each facility stands in to some sites."""
        driven = self.travel.driven
        near = driven[driven["facility_id"].isin(sites)]
        near = near.rename(columns={"facility_id": "site_facility_id"})
        return self.facilities[["facility_id", "zone_id"]].merge(near, on="zone_id").drop(columns="zone_id")


def make_problem(
    region: Region, travel: TravelTimes, demand: Demand, care: Care, options: AllocationOptions
) -> Problem:
    """Return the tables of the allocation; the options were checked before (`check_options`)."""
    facilities = region.facilities[region.facilities["sector"].isin(options.sectors)]
    activities = ways.activities_table(facilities, care, options)
    shares = shares_table(region, travel, facilities, options)
    posts = posts_table(region, facilities, activities, shares, care, options)
    needs = needs_of(demand)
    able = staffed(posts, shares)
    hubs = ways.hubs_table(facilities, activities, able, care, options)
    pairs = [
        ways.in_person(activities, able, in_post(posts), care),
        ways.remote(facilities, able, hubs, care, options),
        ways.contracted(region, care, options),
    ]
    trips = ways.trips_of(travel, region, care, options)
    return Problem(
        arcs=ways.nearest_arcs(pd.concat(pairs, ignore_index=True), trips, needs, options),
        hubs=hubs,
        needs=needs,
        posts=posts,
        shares=shares,
        beds=_beds(facilities, options),
        rooms=_rooms(region, facilities, care, options),
        activities=activities,
        facilities=facilities,
        care=care,
        options=options,
        region=region,
        travel=travel,
    )


def needs_of(demand: Demand) -> pd.DataFrame:
    """Return the needs above zero."""
    return demand.table[demand.table["acts_per_year"] > 0].reset_index(drop=True)


def with_limits(problem: Problem, needs: pd.DataFrame, options: AllocationOptions) -> Problem:
    """Return a problem with other needs of the same zones and activities, and options that only move limits."""
    return replace(
        problem,
        needs=needs,
        options=options,
        posts=problem.posts.assign(departing_share=departing_shares(problem.posts, options)),
        beds=_beds(problem.facilities, options),
        rooms=_rooms(problem.region, problem.facilities, problem.care, options),
    )


def _beds(facilities: pd.DataFrame, options: AllocationOptions) -> pd.DataFrame:
    usable = facilities["beds"].fillna(0.0) * DAYS_PER_YEAR * options.largest_bed_occupancy
    is_open = ~facilities["facility_id"].isin(options.closures.facilities)
    return pd.DataFrame({"facility_id": facilities["facility_id"], "bed_days_per_year": usable.where(is_open, 0.0)})


def _rooms(region: Region, facilities: pd.DataFrame, care: Care, options: AllocationOptions) -> pd.DataFrame:
    hours = {room.id: room.hours_per_year.value for room in care.rooms}
    table = region.rooms[region.rooms["facility_id"].isin(facilities["facility_id"]) & region.rooms["room"].isin(hours)]
    usable = table["rooms"] * table["room"].map(hours).astype(float) * options.largest_room_use
    return table[["facility_id", "room"]].assign(hours_per_year=usable).reset_index(drop=True)


def tasks_of(care: Care, activity_id: str, mode: str) -> tuple[Task, ...]:
    """Return the work that an act in this mode asks of the posts of the facility it is given at."""
    activity = care.activity(activity_id)
    if mode == "telemedicine" and activity.remote:
        return activity.remote.presenting
    return () if mode == "contracted" else activity.tasks


def task_hours(care: Care) -> dict[tuple[str, str], list[tuple[str, float]]]:
    """Return hours of each group in one act, by (activity, mode); ``hub``: the specialist's side of a remote act."""
    table: dict[tuple[str, str], list[tuple[str, float]]] = {}
    for activity in care.activities:
        sides = {mode: tasks_of(care, activity.id, mode) for mode in ("in_person", "telemedicine", "contracted")}
        if activity.remote:
            sides["hub"] = activity.remote.specialist
        for mode, tasks in sides.items():
            table[activity.id, mode] = [(task.staff_group, task.minutes.value / MINUTES_PER_HOUR) for task in tasks]
    return table
