"""What cannot work: ids that the tables do not share, and plans that send people where nobody can serve them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from territory.care.catalogue import Care, Pathway
from territory.errors import Faults, nearest
from territory.simulation import network as net
from territory.simulation.draws import MOST_TASKS, Floats, Ints
from territory.simulation.timetable import LONGEST_SHIFT_HOURS, shift_hours
from territory.tables.vocabulary import MODES

_CERTAIN = 1.0 + 1e-9


def positions(values: pd.Series, known: Sequence[str], where: str, what: str, faults: Faults) -> Ints:
    """Return the position of each value in `known`, -1 with a fault for each word that is not there."""
    found: Ints = pd.Index(known).get_indexer(pd.Index(values)).astype(np.int64)
    for word in sorted(set(values[found < 0].astype(str))):
        faults.add(f"{where}, column {values.name}", f"'{word}'", f"one of {what}", nearest(word, known))
    return found


def check_catalogue(care: Care, levels: pd.Series, faults: Faults) -> None:
    """Note levels that are not in the catalogue, shifts longer than a day and pathways that cannot be walked.

    `levels` are those of the facilities, by facility id.
    """
    known = set(care.level_ids)
    for facility, level in levels.items():
        if level not in known:
            expected = "a level of the catalogue"
            faults.add(f"facility '{facility}'", f"level '{level}'", expected, nearest(str(level), known))
    always_there = {group for level in care.levels for group in level.continuous_staff}
    for group in care.staff_groups:
        hours = group.hours_per_year.value
        if shift_hours(hours) > LONGEST_SHIFT_HOURS and group.id not in always_there:
            most = int(LONGEST_SHIFT_HOURS * hours / shift_hours(hours))
            hint = "A weekday shift starts at 8:30 and must end by midnight."
            faults.add(f"care, staff group '{group.id}', hours_per_year", f"{hours:g}", f"at most {most}", hint)
    for activity in care.activities:
        if len(activity.tasks) > MOST_TASKS:
            faults.add(f"care, activity '{activity.id}'", f"{len(activity.tasks)} tasks", f"at most {MOST_TASKS}")
    for pathway in care.pathways:
        _check_steps(pathway, faults)


def _check_steps(pathway: Pathway, faults: Faults) -> None:
    for step in pathway.steps:
        total = sum(following.probability.value for following in step.next)
        if total > _CERTAIN:
            where = f"care, pathway '{pathway.id}', step '{step.id}', probabilities"
            faults.add(where, f"a sum of {total:g}", "at most 1", "What is left to 1 ends the episode.")


def check_planned_visits(
    visits: pd.DataFrame, minutes: Floats, acts: net.Acts, stations: net.Stations, names: net.Names, faults: Faults
) -> None:
    """Note planned visits without a road, without a group that works on the act, or without a bed for the stay.

    A mobile unit needs no road to its base; who works at a contracted facility is not known (see `check_contracts`).
    """
    pairs = visits.loc[visits["mode"] != net.MOBILE, ["zone", "facility"]].drop_duplicates()
    for zone, facility in pairs[np.isnan(minutes[pairs["zone"], pairs["facility"]])].itertuples(index=False):
        where = f"plan.visits, zone '{names.zones[zone]}', facility '{names.facilities[facility]}'"
        faults.add(where, "visits, but no travel time", "a row in travel_times for every visit")
    ways = visits.loc[visits["mode"] != net.CONTRACTED, ["facility", "activity", "way"]].drop_duplicates()
    for facility, activity, way in ways.itertuples(index=False):
        here = np.arange(acts.task_start[way], acts.task_start[way + 1])
        groups = set(acts.task_group[here[~acts.task_at_hub[here]]].tolist())
        _note_absent(groups, facility, activity, "plan.visits", stations, names, faults)
        if acts.stay_mean_us[activity] > 0 and stations.of[facility, -1] < 0:
            where = f"plan.visits, facility '{names.facilities[facility]}', activity '{names.activities[activity]}'"
            hint = "Give the facility its beds in facilities.csv, or send these visits elsewhere."
            faults.add(where, "no beds", "beds for an activity with bed_days", hint)


def check_contracts(visits: pd.DataFrame, levels: pd.Series, care: Care, names: net.Names, faults: Faults) -> None:
    """Note acts bought from a facility whose level does not do them; `levels` by facility id."""
    may = {level.id: {*level.activities, *level.visiting} for level in care.levels}
    bought = visits.loc[visits["mode"] == net.CONTRACTED, ["facility", "activity"]].drop_duplicates()
    for facility, activity in bought.itertuples(index=False):
        name, act = names.facilities[facility], names.activities[activity]
        if act not in may[levels[name]]:
            where = f"plan.visits, facility '{name}', activity '{act}', mode 'contracted'"
            expected = "a level that does the activity"
            faults.add(where, f"level '{levels[name]}'", expected, "Buy these acts from another facility.")


def check_remote(
    visits: pd.DataFrame,
    hubs: pd.DataFrame,
    care: Care,
    acts: net.Acts,
    stations: net.Stations,
    names: net.Names,
    faults: Faults,
) -> None:
    """Note visits at a distance that no catalogue entry or no hub answers, and hubs without specialists."""
    distant = (
        visits.loc[visits["way"] % 2 == 1, ["activity", "mode"]].drop_duplicates().sort_values(["activity", "mode"])
    )
    answered = set(hubs["activity"].tolist())
    for activity, mode in distant.itertuples(index=False):
        name = names.activities[activity]
        where = f"plan.visits, activity '{name}', mode '{MODES[mode]}'"
        if care.activity(name).remote is None:
            faults.add(where, "visits at a distance", "`remote` in the catalogue for such an activity")
        elif activity not in answered:
            faults.add(where, "visits at a distance, but no hub", "a row in plan.remote for the activity")
    hubs = hubs[hubs["activity"].isin(distant["activity"])]
    for activity, facility in zip(hubs["activity"].tolist(), hubs["facility"].tolist(), strict=True):
        remote = np.arange(acts.task_start[2 * activity + 1], acts.task_start[2 * activity + 2])
        groups = set(acts.task_group[remote[acts.task_at_hub[remote]]].tolist())
        _note_absent(groups, facility, activity, "plan.remote", stations, names, faults)


def _note_absent(
    groups: set[int], facility: int, activity: int, table: str, stations: net.Stations, names: net.Names, faults: Faults
) -> None:
    for group in sorted(groups):
        if stations.of[facility, group] < 0:
            faults.add(
                f"{table}, facility '{names.facilities[facility]}', activity '{names.activities[activity]}'",
                f"nobody of the staff group '{names.groups[group]}'",
                "someone in post of every group that works on the act",
                "Give the facility a post of that group in plan.posts, or send these acts elsewhere.",
            )
