"""The declared columns of the tables that stages hand on and a run leaves behind.

They are a public contract (names and columns do not change lightly). Units stand in the names.
"""

from __future__ import annotations

from territory.tables.columns import Column, Schema
from territory.tables.simulated import SIMULATED
from territory.tables.vocabulary import COST_LINES, MODES, MOVE_KINDS, OUTCOMES, POINT, SECTORS, number, text

ZONES = Schema(
    "zones",
    (
        text("zone_id", "id of the zone"),
        text("name", "name of the zone"),
        text("province", "province or prefecture"),
        text("kind", "kind of zone"),
        Column("population_persons", "integer", "inhabitants", low=0),
        *POINT,
    ),
    key=("zone_id",),
)

FACILITIES = Schema(
    "facilities",
    (
        text("facility_id", "id of the facility"),
        text("name", "name of the facility"),
        text("level", "level of care"),
        text("sector", "public or private", choices=SECTORS),
        text("zone_id", "zone where it stands"),
        text("province", "province or prefecture"),
        number("beds", "beds", missing=True),
        Column("telemedicine", "flag", "whether it is connected", missing=True),
        *POINT,
    ),
    key=("facility_id",),
)

TRAVEL_TIMES = Schema(
    "travel_times",
    (
        text("zone_id", "zone the trip starts from"),
        text("facility_id", "facility the trip ends at"),
        number("minutes", "one-way travel in minutes"),
        number("km", "one-way travel in km"),
    ),
    key=("zone_id", "facility_id"),
)

DEMAND = Schema(
    "demand",
    (
        text("zone_id", "zone where the people live"),
        text("activity", "activity of the care catalogue"),
        number("acts_per_year", "expected acts a year"),
    ),
    key=("zone_id", "activity"),
)

EPISODES = Schema(
    "episodes",
    (
        text("zone_id", "zone where the people live"),
        text("pathway", "pathway of the care catalogue"),
        number("episodes_per_year", "expected new episodes a year"),
    ),
    key=("zone_id", "pathway"),
)

REMOTE = Schema(
    "remote",
    (
        text("facility_id", "facility whose specialist answers"),
        text("activity", "activity of the care catalogue"),
        number("acts_per_year", "remote acts a year it answers"),
    ),
    key=("facility_id", "activity"),
)

VISITS = Schema(
    "visits",
    (
        text("zone_id", "zone where the people live"),
        text("facility_id", "facility they go to"),
        text("activity", "activity of the care catalogue"),
        text("mode", "how the act is given", choices=MODES),
        number("acts_per_year", "acts a year"),
        number("minutes", "one-way travel in minutes"),
    ),
    key=("zone_id", "facility_id", "activity", "mode"),
)

UNMET = Schema(
    "unmet",
    (
        text("zone_id", "zone where the people live"),
        text("activity", "activity of the care catalogue"),
        number("acts_per_year", "acts a year that the plan does not serve"),
    ),
    key=("zone_id", "activity"),
)

POSTS = Schema(
    "posts",
    (
        text("facility_id", "facility"),
        text("staff_group", "staff group"),
        number("fte_before", "posts today"),
        number("fte_after", "posts in the plan"),
        number("hours_available", "hours a year available for care, in the plan"),
        number("hours_used", "hours a year the plan fills"),
    ),
    key=("facility_id", "staff_group"),
)

MOVES = Schema(
    "moves",
    (
        text("from_facility_id", "facility left; empty: recruited", missing=True),
        text("to_facility_id", "facility joined; empty: left unfilled", missing=True),
        text("staff_group", "staff group"),
        number("fte", "posts that move"),
        text("kind", "why they do", choices=MOVE_KINDS),
    ),
)

ACTIVITIES = Schema(
    "activities",
    (
        text("facility_id", "facility"),
        text("activity", "activity of the care catalogue"),
        Column("open_before", "flag", "whether it may be done there today"),
        Column("open_after", "flag", "whether it may be done there in the plan"),
        number("acts_before", "acts a year with today's posts, where known", missing=True),
        number("acts_after", "acts a year in the plan"),
    ),
    key=("facility_id", "activity"),
)

SHADOW_PRICES = Schema(
    "shadow_prices",
    (
        text("limit", "limit of the programme"),
        text("where", "facility, zone or group of the limit"),
        text("unit", "unit of the limit"),
        Column("price", "number", "gain of the aim for one more unit"),
        text("price_unit", "unit of the price"),
        number("holds_to", "units up to which the price holds for sure, other limits as they are", missing=True),
        number("one_more", "gain of the aim for one whole unit more", missing=True, low=None),
        text("activity", "activity that gains most", missing=True),
        number("acts_per_year", "acts of it that one more unit serves, or brings near", missing=True),
        text("sentence", "the price told"),
    ),
)

COSTS = Schema(
    "costs",
    (
        text("line", "line of the running cost", choices=COST_LINES),
        text("where", "facility that bears it, or `region`"),
        number("mad_before", "dirhams a year as things are today"),
        number("mad_after", "dirhams a year in the plan; changes that are paid once stand in its year"),
    ),
    key=("line", "where"),
)

SUPPORT = Schema(
    "support",
    (
        text("function", "support function of the care catalogue"),
        text("facility_id", "facility that asks"),
        text("site_facility_id", "facility that does it"),
        text("size", "size of the site"),
        number("units_per_year", "units a year"),
        number("km", "one way", missing=True),
    ),
    key=("function", "facility_id", "site_facility_id"),
)

ROUNDS = Schema(
    "rounds",
    (
        text("unit", "mobile unit"),
        text("zone_id", "zone where it stops"),
        Column("days_per_week", "integer", "days of its weekly round", low=0, high=7),
        number("km", "from the base to the stop, one way", missing=True),
    ),
    key=("unit", "zone_id"),
)

CREWS = Schema(
    "crews",
    (
        text("unit", "mobile unit"),
        text("facility_id", "base of the unit"),
        text("staff_group", "staff group aboard"),
        number("people", "people aboard"),
        number("hours_per_day", "hours of a day of the round"),
    ),
    key=("unit", "staff_group"),
)

STAFFING_NEED = Schema(
    "staffing_need",
    (
        text("facility_id", "facility"),
        text("staff_group", "staff group"),
        number("workload_hours_per_year", "hours a year of the acts asked for there"),
        number("required_fte", "posts that this workload needs, allowances included"),
        number("fte_before", "posts today"),
        number("fte_after", "posts in the plan"),
        Column("difference_before", "number", "posts today less posts required"),
        Column("difference_after", "number", "posts in the plan less posts required"),
        number("ratio_before", "posts today over posts required", missing=True),
        number("ratio_after", "posts in the plan over posts required", missing=True),
    ),
    key=("facility_id", "staff_group"),
)

JOURNEYS = Schema(
    "journeys",
    (
        Column("patient", "integer", "number of the patient within the replication", low=0),
        Column("replication", "integer", "replication", low=0),
        text("pathway", "pathway of the care catalogue"),
        text("zone_id", "zone where the patient lives"),
        Column("step", "integer", "number of the step within the episode", low=0),
        text("activity", "activity of the step"),
        text("facility_id", "facility of the step"),
        text("mode", "how the act is given", choices=MODES),
        Column("priority", "integer", "smaller goes first; 10 and more: without a place in the plan", low=0),
        number("asked_at", "day when the patient asked"),
        number("started_at", "day when care began", missing=True),
        number("ended_at", "day when care ended", missing=True),
        number("travel_minutes", "one-way travel in minutes"),
        number("travel_km", "one-way travel in km"),
        text("outcome", "how the step ended", choices=OUTCOMES),
    ),
)


ACCOUNTS = Schema(
    "accounts",
    (
        text("holder", "whose account", choices=("facility", "insurer", "household")),
        text("where", "which one"),
        text("line", "line of the account"),
        Column("mad_per_year", "number", "dirhams a year; spending is negative"),
    ),
    key=("holder", "where", "line"),
)

INDICATORS = Schema(
    "indicators",
    (
        text("indicator", "name of the indicator"),
        text("where", "region, province:..., zone:... or facility:..."),
        Column("value", "number", "value", missing=True),
        Column("low", "number", "lower end of the interval", missing=True),
        Column("high", "number", "upper end of the interval", missing=True),
        text("unit", "unit of the value"),
        text("better", "up or down; missing where neither is", choices=("up", "down"), missing=True),
    ),
    key=("indicator", "where"),
)

ACCESS = Schema(
    "access",
    (
        text("indicator", "measure of potential access"),
        text("where", "region, province:... or zone:..."),
        Column("before", "number", "value today", missing=True),
        Column("after", "number", "value in the plan", missing=True),
        text("unit", "unit of the values"),
        text("better", "up or down; missing where neither is", choices=("up", "down"), missing=True),
    ),
    key=("indicator", "where"),
)

RUN_TABLES: dict[str, Schema] = {
    schema.name: schema
    for schema in (
        ZONES,
        FACILITIES,
        TRAVEL_TIMES,
        DEMAND,
        VISITS,
        UNMET,
        POSTS,
        MOVES,
        ACTIVITIES,
        SHADOW_PRICES,
        COSTS,
        SUPPORT,
        ROUNDS,
        STAFFING_NEED,
        *SIMULATED,
        JOURNEYS,
        ACCOUNTS,
        INDICATORS,
        ACCESS,
    )
}
