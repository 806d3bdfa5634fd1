"""The declared columns of what the simulation counts: visits, episodes, stations, by hour and by month."""

from __future__ import annotations

from territory.tables.columns import Column, Schema
from territory.tables.vocabulary import MODES, number, text


def _count(name: str, meaning: str) -> Column:
    return Column(name, "integer", meaning, low=0)


_HOW_VISITS_WENT = (
    _count("asked", "visits asked for in the measured window"),
    _count("begun", "of these: care began"),
    _count("done", "of these: done"),
    _count("turned_away", "turned away, and not back"),
    _count("gave_up", "gave up waiting"),
    _count("died", "died waiting"),
    _count("no_show", "not there when their turn came"),
    _count("failed", "failed at a distance; the patient then travelled"),
    _count("waiting", "still waiting at the end"),
    _count("in_care", "in care at the end"),
    _count("came_back", "times that somebody turned away came back"),
    _count("same_visit", "seen, or waiting, within eight hours of asking"),
    number("wait_days", "sum of the waits until care began, or so far, days"),
    number("same_visit_minutes", "sum of the waits of `same_visit`, minutes"),
    number("left_days", "sum of the waits of those who gave up or died, days"),
    number("on_site_minutes", "sum of the times from beginning to end of what was done, minutes"),
)

SIMULATED_VISITS = Schema(
    "simulated_visits",
    (
        _count("replication", "replication"),
        text("facility_id", "facility"),
        text("activity", "activity of the care catalogue"),
        text("mode", "how the act is given", choices=MODES),
        Column("placed", "flag", "whether the plan has a place for those who come"),
        *_HOW_VISITS_WENT,
    ),
    key=("replication", "facility_id", "activity", "mode", "placed"),
)

SIMULATED_CLASSES = Schema(
    "simulated_classes",
    (
        _count("replication", "replication"),
        text("pathway", "pathway of the care catalogue"),
        text("activity", "activity of the care catalogue"),
        Column("placed", "flag", "whether the plan has a place for those who come"),
        *_HOW_VISITS_WENT,
        number("wait_sd_minutes", "standard deviation of the waits, minutes", missing=True),
        number("wait_p50_minutes", "median wait, minutes", missing=True),
        number("wait_p90_minutes", "wait that nine in ten do not exceed, minutes", missing=True),
        number("wait_p95_minutes", "wait that 95 in 100 do not exceed, minutes", missing=True),
    ),
    key=("replication", "pathway", "activity", "placed"),
)

SIMULATED_EPISODES = Schema(
    "simulated_episodes",
    (
        _count("replication", "replication"),
        text("zone_id", "zone where the people live"),
        text("pathway", "pathway of the care catalogue"),
        _count("episodes", "episodes whose first visit was asked for in the measured window"),
        _count("seen", "of these: care began"),
        number("time_to_care_days", "sum of the times from falling ill to care, days"),
        _count("complete", "episodes that ended with all their visits done"),
        _count("inside_province", "of these: with every visit in the province where they live"),
        number("length_days", "sum of the lengths of complete episodes, days"),
        _count("trips", "visits travelled to"),
        number("travel_minutes", "sum of one-way travel, minutes"),
        number("travel_km", "sum of one-way travel, km"),
    ),
    key=("replication", "zone_id", "pathway"),
)

SIMULATED_STATIONS = Schema(
    "simulated_stations",
    (
        _count("replication", "replication"),
        text("facility_id", "facility"),
        text("staff_group", "staff group, beds or ambulances"),
        _count("served", "services that ended"),
        number("busy_hours", "hours of servers at work"),
        number("open_hours", "hours of servers present"),
        number("waiting_hours", "hours that people waited, summed"),
    ),
    key=("replication", "facility_id", "staff_group"),
)

SIMULATED_HOURS = Schema(
    "simulated_hours",
    (
        text("facility_id", "facility"),
        text("staff_group", "staff group, beds or ambulances"),
        Column("hour", "integer", "hour of the week, 0 is Monday 0:00 to 1:00", low=0, high=167),
        number("servers", "mean servers present"),
        number("busy", "mean servers at work"),
        number("waiting", "mean people waiting"),
    ),
    key=("facility_id", "staff_group", "hour"),
)

SIMULATED_MONTHS = Schema(
    "simulated_months",
    (
        Column("month", "integer", "month of the measured year, from 1", low=1, high=12),
        text("facility_id", "facility"),
        text("staff_group", "staff group, beds or ambulances"),
        number("busy_hours", "hours of servers at work, mean of the replications"),
        number("waiting", "mean people waiting"),
    ),
    key=("month", "facility_id", "staff_group"),
)

SIMULATED_SEASONS = Schema(
    "simulated_seasons",
    (
        Column("month", "integer", "month of the measured year, from 1", low=1, high=12),
        text("pathway", "pathway of the care catalogue"),
        text("activity", "activity of the care catalogue"),
        Column("placed", "flag", "whether the plan has a place for those who come"),
        number("asked", "visits asked for, mean of the replications"),
        number("wait_days", "sum of their waits, days, mean of the replications"),
    ),
    key=("month", "pathway", "activity", "placed"),
)

SIMULATED = (
    SIMULATED_VISITS,
    SIMULATED_CLASSES,
    SIMULATED_EPISODES,
    SIMULATED_STATIONS,
    SIMULATED_HOURS,
    SIMULATED_MONTHS,
    SIMULATED_SEASONS,
)
