"""The limits a planner can change: how each is called, in which unit it is told, and where it is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from territory.allocation.draft import Draft
from territory.allocation.marginal import Row, Step
from territory.allocation.problem import DAYS_PER_YEAR, Problem

_MILLION = 1e6


@dataclass(frozen=True)
class Limit:
    """One limit: the ids it stands for, its unit, the size of that unit in the row, and its names.

    `one_more` begins the sentence of its price, `name` stands in a list of reasons, `key` is where it is written.
    `fixed` is what of the limit goes to things that no decision changes, and is taken off it in the row.
    """

    where: str
    unit: str
    scale: float
    one_more: str
    name: str
    key: str
    fixed: float = 0.0


Tell = Callable[[Problem, Any], Limit]


def limits_of(draft: Draft, *, priced: bool = True) -> dict[Row, Limit]:
    """Return every limit of the model that a planner can change, by equation and index.

    `priced`: only those of which one more unit is a thing by itself (a post, a bed, a million); else all of them.
    """
    found: dict[Row, Limit] = {}
    for name, tell in (_PRICED if priced else {**_PRICED, **_OTHERS}).items():
        equation = draft.model.component(name)
        for index in equation if equation is not None else ():
            limit = tell(draft.problem, index)
            found[name, index] = replace(limit, fixed=draft.fixed.constant((name, index)))
    return found


def steps_of(draft: Draft) -> dict[Row, Step]:
    """Return, for each priced limit, by how much each row moves with one more planner's unit of it.

    One more post also counts where a limit is a share of posts: who may leave, visit, answer or work longer.
    """
    shares: dict[Any, dict[Row, float]] = defaultdict(dict)
    options, post = draft.problem.options, draft.problem.post
    mobility = options.mobility
    parts: dict[str, Callable[[Any], float]] = {
        "Leave_Share": lambda key: mobility.largest_shares.get(key[1], mobility.largest_share),
        "Visits_Of_Group": lambda _: options.shared_posts.largest_share,
        "Hub_Share": lambda key: options.telemedicine.hub_largest_share * post[key].hours_per_year,
        "Overload_Step": lambda key: options.overload.steps[key[2]].share * post[key[:2]].hours_per_year,
    }
    for name, part in parts.items():
        equation = draft.model.component(name)
        for key in equation if equation is not None else ():
            shares[key[:2]][name, key] = part(key)
    return {
        row: {row: limit.scale, **(shares[row[1]] if row[0] == "Staff_Hours" and row[1] in shares else {})}
        for row, limit in limits_of(draft).items()
    }


def _post(problem: Problem, key: Any) -> Limit:
    facility, group = key
    scale = problem.options.largest_workload * problem.post[key].hours_per_year
    who = f"{problem.group_words[group]} at {problem.names[facility]}"
    return Limit(f"{facility}, {group}", "full-time post", scale, f"One more {who}", f"posts of {who}", "posts.csv")


def _bed(problem: Problem, facility: Any) -> Limit:
    scale = DAYS_PER_YEAR * problem.options.largest_bed_occupancy
    place = problem.names[facility]
    return Limit(facility, "bed", scale, f"One more bed at {place}", f"beds of {place}", "facilities.csv")


def _room(problem: Problem, key: Any) -> Limit:
    room = next(room for room in problem.care.rooms if room.id == key[1])
    scale = room.hours_per_year.value * problem.options.largest_room_use
    what = f"{room.name.en.lower()} at {problem.names[key[0]]}"
    return Limit(f"{key[0]}, {key[1]}", "room", scale, f"One more {what}", f"rooms: {what}", "rooms.csv")


def _recruit(problem: Problem, group: Any) -> Limit:
    who = problem.group_words[group]
    key = f"allocation.recruitment.largest_posts.{group}"
    return Limit(group, "full-time post", 1.0, f"One more candidate {who}", f"candidates: {who}", key)


def _leaver(problem: Problem, key: Any) -> Limit:
    who = f"{problem.group_words[key[1]]} free to leave {problem.names[key[0]]}"
    where = "allocation.mobility.largest_share"
    return Limit(f"{key[0]}, {key[1]}", "full-time post", 1.0, f"One more {who}", f"people: {who}", where)


def _contract(problem: Problem, key: Any) -> Limit:
    facility, activity = key
    what = f"contracted {problem.activity_words[activity]} at {problem.names[facility]}"
    where = f"allocation.contracting.activities.{activity}.largest_acts_per_facility"
    return Limit(f"{facility}, {activity}", "act a year", 1.0, f"One more {what}", what, where)


def _round_day(_: Problem, unit: Any) -> Limit:
    name = f"days of the mobile unit {unit}"
    key = f"allocation.mobile_units.units.{unit}.days_per_week"
    return Limit(unit, "day a week", 1.0, f"One more day a week of the mobile unit {unit}", name, key)


def _million(what: str, key: str, every: str = "a year") -> Tell:
    def tell(problem: Problem, index: Any) -> Limit:
        place = f" of {problem.names[index]}" if index is not None else ""
        where = f"{key}.{index}" if index is not None else key
        one_more = f"One million dirhams {every} more {what}{place}"
        return Limit(index or "region", f"million MAD {every}", _MILLION, one_more, f"money {what}{place}", where)

    return tell


def _count(unit: str, name: str, key: str) -> Tell:
    def tell(_: Problem, index: Any) -> Limit:
        where = str(index or "region")
        told = f"{name} {where}" if index else name
        return Limit(where, unit, 1.0, f"One more of {told}", told, f"{key}.{where}" if index else key)

    return tell


def _unmet_share(problem: Problem, place: Any) -> Limit:
    unit, name = "act a year, weighted by severity", f"unmet need of {problem.zone_names.get(place, place)}"
    return Limit(place, unit, 1.0, "", name, "allocation.equity.largest_unmet_share")


def _fully_served(problem: Problem, key: Any) -> Limit:
    name = f"{problem.activity_words[key[1]]} in {problem.zone_names[key[0]]}, to be fully served"
    return Limit(f"{key[0]}, {key[1]}", "unmet act a year", 1.0, "", name, "allocation.equity.fully_served")


def _hub_hours(problem: Problem, key: Any) -> Limit:
    name = f"remote hours of {problem.group_words[key[1]]} at {problem.names[key[0]]}"
    where = "allocation.telemedicine.hub_largest_share"
    return Limit(f"{key[0]}, {key[1]}", "hour a year", 1.0, "", name, where)


def _remote_share(problem: Problem, key: Any) -> Limit:
    name = f"remote {problem.activity_words[key[1]]} in {problem.zone_names[key[0]]}"
    where = f"allocation.telemedicine.largest_shares.{key[1]}"
    return Limit(f"{key[0]}, {key[1]}", "act a year", 1.0, "", name, where)


def _visits(problem: Problem, key: Any) -> Limit:
    name = f"{problem.group_words[key[1]]} of {problem.names[key[0]]} on visits"
    return Limit(f"{key[0]}, {key[1]}", "full-time post", 1.0, "", name, "allocation.shared_posts.largest_share")


def _safe_volume(problem: Problem, key: Any) -> Limit:
    name = f"smallest safe volume of {problem.activity_words[key[1]]} at {problem.names[key[0]]}"
    return Limit(f"{key[0]}, {key[1]}", "act a year", 1.0, "", name, "allocation.activity_transfer.smallest_volumes")


_PRICED: dict[str, Tell] = {
    "Staff_Hours": _post,
    "Bed_Days": _bed,
    "Room_Hours": _room,
    "Recruits_Of_Group": _recruit,
    "Leave_Share": _leaver,
    "Contract_Volume": _contract,
    "Round_Days": _round_day,
    "Recruitment_Budget": _million("for recruits", "allocation.recruitment.budget_mad_per_year"),
    "Contract_Budget": _million("for contracts", "allocation.contracting.budget_mad_per_year"),
    "Overload_Budget": _million("for overload", "allocation.overload.budget_mad_per_year"),
    "Region_Budget": _million("of running cost", "allocation.budgets.region_mad_per_year"),
    "Facility_Budget": _million("of running cost", "allocation.budgets.facilities_mad_per_year"),
}
_OTHERS: dict[str, Tell] = {
    "Hub_Share": _hub_hours,
    "Remote_Share": _remote_share,
    "Visits_Of_Group": _visits,
    "Largest_Unmet_Share": _unmet_share,
    "Fully_Served": _fully_served,
    "Smallest_Safe_Volume": _safe_volume,
    "Transition_Budget": _million("for openings and closings", "allocation.activity_transfer.budget_mad", "once"),
    "Changes_In_Year": _count(
        "change", "openings and closings in the year", "allocation.activity_transfer.most_changes"
    ),
    "Connected_Sites": _count("site", "connected sites", "allocation.telemedicine.most_sites"),
    "Most_Sites": _count("site", "sites of", "allocation.pooled_functions.most_sites"),
}
