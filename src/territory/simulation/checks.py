"""What cannot work: ids that the tables do not share, and plans that send people where nobody can serve them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from territory.care.catalogue import Care, Pathway
from territory.errors import Faults, nearest
from territory.scenario.schema import SimulationOptions
from territory.simulation import network as net
from territory.simulation.draws import MOST_TASKS, Floats, Ints
from territory.simulation.measures import measures
from territory.simulation.station_book import BEDS, StationBook
from territory.simulation.timetable import LONGEST_SHIFT_HOURS, shift_hours
from territory.tables.objects import Region

_CERTAIN = 1.0 + 1e-9
_ROUNDING = 1e-12


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
    follows = {step.id: [way.step for way in step.next if way.probability.value > 0] for step in pathway.steps}
    leaves = {step.id for step in pathway.steps if sum(way.probability.value for way in step.next) < 1 - _ROUNDING}
    while grown := {step for step, onward in follows.items() if step not in leaves and set(onward) & leaves}:
        leaves |= grown
    stuck = [step for step in follows if step not in leaves]
    if stuck:
        found = f"a loop without exit: {', '.join(stuck)}"
        hint = "Let a step of the round end some episodes."
        faults.add(f"care, pathway '{pathway.id}', steps", found, "a way out of every loop", hint)


def check_names(options: SimulationOptions, care: Care, region: Region, faults: Faults) -> None:
    """Note pathways, levels, provinces and measures of the options that the catalogue or the region do not know."""
    pathways = [pathway.id for pathway in care.pathways]
    provinces = sorted(set(region.zones["province"])) if "province" in region.zones else []
    told = [
        ("patience_minutes", tuple(options.patience_minutes), pathways, "a pathway of the catalogue"),
        ("die_waiting", options.die_waiting, pathways, "a pathway of the catalogue"),
        ("seasons", tuple(options.seasons), pathways, "a pathway of the catalogue"),
        ("ambulances", tuple(options.ambulances), care.level_ids, "a level of the catalogue"),
        ("half_widths", tuple(options.half_widths), measures(care.activity_ids), "a measure"),
    ]
    for number, outbreak in enumerate(options.outbreaks):
        told.append((f"outbreaks.[{number}].pathway", (outbreak.pathway,), pathways, "a pathway of the catalogue"))
        told.append((f"outbreaks.[{number}].provinces", outbreak.provinces, provinces, "a province of the region"))
    for key, words, known, what in told:
        for word in words:
            if word not in known:
                faults.add(f"simulation.{key}", f"'{word}'", what, nearest(word, known))
    for word in options.die_waiting:
        if word not in options.patience_minutes:
            expected = "a pathway with patience_minutes"
            faults.add("simulation.die_waiting", f"'{word}' without patience", expected, "Say how long they can wait.")


def check_planned_visits(
    visits: pd.DataFrame, minutes: Floats, care: Care, stations: StationBook, names: net.Names, faults: Faults
) -> None:
    """Note planned visits without a road, without a group that works on the act, or without a bed for the stay.

    A mobile unit needs no road to its base; who works at a contracted facility is not known (see `check_contracts`).
    """
    pairs = visits.loc[visits["mode"] != net.MOBILE, ["zone", "facility"]].drop_duplicates()
    for zone, facility in pairs[np.isnan(minutes[pairs["zone"], pairs["facility"]])].itertuples(index=False):
        where = f"plan.visits, zone '{names.zones[zone]}', facility '{names.facilities[facility]}'"
        faults.add(where, "visits, but no travel time", "a row in travel_times for every visit")
    here = visits[(visits["mode"] != net.CONTRACTED) & (visits["unit"] == "")]
    here = here.assign(distant=here["hub"] != net.NONE)
    for facility, activity, distant in (
        here[["facility", "activity", "distant"]].drop_duplicates().itertuples(index=False)
    ):
        act = care.activity(names.activities[activity])
        tasks = act.remote.presenting if distant and act.remote else act.tasks
        _note_absent({task.staff_group for task in tasks}, facility, activity, "plan.visits", stations, names, faults)
        if act.bed_days is not None and (facility, names.groups.index(BEDS)) not in stations.in_post:
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


def check_remote(visits: pd.DataFrame, care: Care, stations: StationBook, names: net.Names, faults: Faults) -> None:
    """Note hubs without specialists."""
    hubs = visits.loc[visits["hub"] != net.NONE, ["activity", "hub"]].drop_duplicates().sort_values(["activity", "hub"])
    for activity, hub in hubs.itertuples(index=False):
        remote = care.activity(names.activities[activity]).remote
        if remote is not None:
            groups = {task.staff_group for task in remote.specialist}
            _note_absent(groups, hub, activity, "plan.remote", stations, names, faults)


def _note_absent(
    groups: set[str], facility: int, activity: int, table: str, stations: StationBook, names: net.Names, faults: Faults
) -> None:
    for group in sorted(groups):
        if (facility, names.groups.index(group)) not in stations.in_post:
            faults.add(
                f"{table}, facility '{names.facilities[facility]}', activity '{names.activities[activity]}'",
                f"nobody of the staff group '{group}'",
                "someone in post of every group that works on the act",
                "Give the facility a post of that group in plan.posts, or send these acts elsewhere.",
            )
