"""What does the plan change? Posts that move, activities that open and close, acts by mode, support sites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from territory.care import Care
from territory.indicators.rows import REGION, row
from territory.tables import Plan
from territory.tables.vocabulary import MOVE_KINDS

Row = dict[str, object]

_PAIR = ["facility_id", "activity"]
_MODES = ("telemedicine", "contracted", "mobile")
_LEAST_FTE = 1e-6  # smaller posts are the solver's rounding
_LEAST_ACTS = 1e-6


def changes(plan: Plan, care: Care) -> list[Row]:
    """Return posts by kind of move, acts by mode, hours above the norm, and what opens and closes."""
    posts = plan.moves.groupby("kind")["fte"].sum()
    acts = plan.visits.groupby("mode")["acts_per_year"].sum()
    tasks = {activity.id: [task.staff_group for task in activity.tasks] for activity in care.activities}
    changed = changed_activities(plan.activities, plan.posts, plan.visits, tasks)
    opened, closed = (int((changed["change"] == change).sum()) for change in ("opened", "closed"))
    shut = changed.loc[changed["change"] == "facility_closed", "facility_id"].nunique()
    sites = plan.support[["function", "site_facility_id"]].drop_duplicates()
    fte, yearly = "full-time equivalents", "acts a year"
    return [
        *(row(f"{kind}_fte", REGION, posts.get(kind, 0.0), fte, None) for kind in MOVE_KINDS),
        *(row(f"{mode}_acts", REGION, acts.get(mode, 0.0), yearly, None) for mode in _MODES),
        row("overload_hours", REGION, overload_hours(plan, care), "hours a year", "down"),
        row("activities_opened", REGION, opened, "activities at facilities", None),
        row("activities_closed", REGION, closed, "activities at facilities", None),
        row("facilities_closed", REGION, shut, "facilities", None),
        row("support_sites", REGION, len(sites), "sites", None),
    ]


def overload_hours(plan: Plan, care: Care) -> float:
    """Return the hours available beyond those of the posts, hours a year."""
    norm = {group.id: group.hours_per_year.value for group in care.staff_groups}
    posts = plan.posts
    beyond = posts["hours_available"] - posts["fte_after"] * posts["staff_group"].map(norm).astype(float)
    return float(beyond.where(beyond > _LEAST_FTE, 0.0).sum())


def changed_activities(
    activities: pd.DataFrame, posts: pd.DataFrame, visits: pd.DataFrame, tasks: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """Return what can no longer be given where it could, and what is given where it could not.

    An activity works at a facility when it may be done there and every staff group of its tasks has somebody. What a
    level merely allows therefore never counts, nor does an act that is bought, remote or given by a mobile unit.

    Parameters
    ----------
    activities, posts, visits
        The tables of a plan.
    tasks
        Staff groups that an act takes, by activity; an activity that is not named needs nobody.

    Returns
    -------
    pandas.DataFrame
        facility_id, activity, change (``opened``, ``closed``, or ``facility_closed`` where nothing stays open), and the
        acts a year given there in person.
    """
    table = activities[[*_PAIR, "open_before", "open_after"]]
    for when in ("before", "after"):
        some = posts[posts[f"fte_{when}"] > _LEAST_FTE]
        staffed = set(zip(some["facility_id"], some["staff_group"], strict=True))
        pairs = zip(table["facility_id"], table["activity"], strict=True)
        able = [all((facility, group) in staffed for group in tasks.get(activity, ())) for facility, activity in pairs]
        works = table[f"open_{when}"].to_numpy(dtype=bool) & np.array(able, dtype=bool)
        table = table.assign(**{f"works_{when}": works})
    given = visits[visits["mode"] == "in_person"].groupby(_PAIR)["acts_per_year"].sum()
    acts = given.reindex(pd.MultiIndex.from_frame(table[_PAIR])).fillna(0.0).to_numpy(dtype=float)
    table = table.assign(acts_per_year=acts)
    left = table.groupby("facility_id")["open_after"].transform("any").to_numpy(dtype=bool)
    lost = table["works_before"] & ~table["works_after"]
    parts = {
        "opened": ~table["works_before"] & (acts > _LEAST_ACTS),
        "closed": lost & left,
        "facility_closed": lost & ~left,
    }
    found = [table[mask].assign(change=change) for change, mask in parts.items()]
    return pd.concat(found, ignore_index=True)[[*_PAIR, "change", "acts_per_year"]]
