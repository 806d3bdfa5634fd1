"""The declared columns of every table: those a territory is read from, and those a run leaves behind.

The second group is a public contract (names and columns do not change lightly). Units stand in the names.
"""

from __future__ import annotations

from territory.tables.columns import Column, Schema

QUALITIES = ("official", "osm", "geonames", "estimated")
POINT_QUALITIES = (*QUALITIES, "hcp", "commune_point", "arrondissement_point")
MODES = ("in_person", "telemedicine", "contracted", "mobile")
SECTORS = ("public", "private")
NO_PLACE_PRIORITY = 10  # from here on, a patient comes without a place in the plan
OUTCOMES = ("done", "turned_away", "waiting", "in_care")


def _text(name: str, meaning: str, **rules: object) -> Column:
    return Column(name, "text", meaning, **rules)  # type: ignore[arg-type]


def _number(name: str, meaning: str, low: float | None = 0.0, **rules: object) -> Column:
    return Column(name, "number", meaning, low=low, **rules)  # type: ignore[arg-type]


_SOURCE = (
    _text("source", "key of a source in territory.yaml"),
    _text("quality", "how good the figure is", choices=QUALITIES),
)
_POINT = (
    _number("lon", "longitude, WGS 84 degrees", low=-180.0, high=180.0),
    _number("lat", "latitude, WGS 84 degrees", low=-90.0, high=90.0),
)

# --- what a territory is read from -------------------------------------------------------------------------------

ZONE_ROWS = Schema(
    "zones.csv",
    (
        _text("zone_id", "id of the zone"),
        _text("name", "name of the zone"),
        _text("name_ar", "name in Arabic", missing=True, optional=True),
        _text("province", "province or prefecture"),
        _text("commune_id", "commune the zone is, or is a part of"),
        _text("kind", "municipality, rural_commune or arrondissement"),
        Column("population_persons", "integer", "inhabitants of the reference year", low=0, high=1e9),
        Column("population_2014_persons", "integer", "inhabitants of 2014", low=0, missing=True, optional=True),
        Column("urban_persons", "integer", "inhabitants counted as urban", low=0, high=1e9),
        Column("households", "integer", "households", low=0, missing=True, optional=True),
        _number("share_age_0_4", "share of inhabitants under 5", high=1.0),
        _number("share_age_5_14", "share of inhabitants 5 to 14", high=1.0),
        _number("share_age_60_plus", "share of inhabitants 60 or more", high=1.0),
        _number("area_km2", "area in square km", low=0.001, high=1e6),
        _text("area_quality", "quality of the area", choices=QUALITIES),
        *_POINT,
        _text("point_quality", "where the point comes from", choices=POINT_QUALITIES),
        *_SOURCE,
    ),
    key=("zone_id",),
)

FACILITY_ROWS = Schema(
    "facilities.csv",
    (
        _text("facility_id", "id of the facility"),
        _text("name", "name of the facility"),
        _text("level", "level of care"),
        _text("sector", "public or private", choices=SECTORS),
        _text("zone_id", "zone where it stands"),
        _text("province", "province or prefecture"),
        _number("beds", "beds", missing=True, high=1e5),
        _text("beds_quality", "quality of the beds", choices=QUALITIES, missing=True),
        Column("telemedicine", "flag", "whether it is connected", missing=True),
        *_POINT,
        _text("point_quality", "where the point comes from", choices=POINT_QUALITIES),
        *_SOURCE,
    ),
    key=("facility_id",),
)

POST_ROWS = Schema(
    "posts.csv",
    (
        _text("facility_id", "facility of the posts"),
        _text("staff_group", "staff group"),
        _number("fte", "full-time equivalents in post today", high=1e5),
        *_SOURCE,
    ),
    key=("facility_id", "staff_group"),
)

ROAD_NODE_ROWS = Schema("road_nodes.csv", (_text("node_id", "id of the node"), *_POINT, *_SOURCE), key=("node_id",))

ROAD_ROWS = Schema(
    "roads.csv",
    (
        _text("road_id", "id of the link"),
        _text("from_node", "node where the link begins"),
        _text("to_node", "node where the link ends"),
        _text("road_ref", "number of the road", missing=True),
        _text("road_class", "class of the road"),
        _number("km", "length in km", low=0.001, high=5000.0),
        _number("speed_kmh", "mean speed in km/h", low=1.0, high=150.0),
        *_SOURCE,
    ),
    key=("road_id",),
)

# --- what a run leaves behind --------------------------------------------------------------------------------------

ZONES = Schema(
    "zones",
    (
        _text("zone_id", "id of the zone"),
        _text("name", "name of the zone"),
        _text("province", "province or prefecture"),
        _text("kind", "kind of zone"),
        Column("population_persons", "integer", "inhabitants", low=0),
        *_POINT,
    ),
    key=("zone_id",),
)

FACILITIES = Schema(
    "facilities",
    (
        _text("facility_id", "id of the facility"),
        _text("name", "name of the facility"),
        _text("level", "level of care"),
        _text("sector", "public or private", choices=SECTORS),
        _text("zone_id", "zone where it stands"),
        _text("province", "province or prefecture"),
        _number("beds", "beds", missing=True),
        Column("telemedicine", "flag", "whether it is connected", missing=True),
        *_POINT,
    ),
    key=("facility_id",),
)

TRAVEL_TIMES = Schema(
    "travel_times",
    (
        _text("zone_id", "zone the trip starts from"),
        _text("facility_id", "facility the trip ends at"),
        _number("minutes", "one-way travel in minutes"),
        _number("km", "one-way travel in km"),
    ),
    key=("zone_id", "facility_id"),
)

DEMAND = Schema(
    "demand",
    (
        _text("zone_id", "zone where the people live"),
        _text("activity", "activity of the care catalogue"),
        _number("acts_per_year", "expected acts a year"),
    ),
    key=("zone_id", "activity"),
)

EPISODES = Schema(
    "episodes",
    (
        _text("zone_id", "zone where the people live"),
        _text("pathway", "pathway of the care catalogue"),
        _number("episodes_per_year", "expected new episodes a year"),
    ),
    key=("zone_id", "pathway"),
)

REMOTE = Schema(
    "remote",
    (
        _text("facility_id", "facility whose specialist answers"),
        _text("activity", "activity of the care catalogue"),
        _number("acts_per_year", "remote acts a year it answers"),
    ),
    key=("facility_id", "activity"),
)

VISITS = Schema(
    "visits",
    (
        _text("zone_id", "zone where the people live"),
        _text("facility_id", "facility they go to"),
        _text("activity", "activity of the care catalogue"),
        _text("mode", "how the act is given", choices=MODES),
        _number("acts_per_year", "acts a year"),
        _number("minutes", "one-way travel in minutes"),
    ),
    key=("zone_id", "facility_id", "activity", "mode"),
)

UNMET = Schema(
    "unmet",
    (
        _text("zone_id", "zone where the people live"),
        _text("activity", "activity of the care catalogue"),
        _number("acts_per_year", "acts a year that the plan does not serve"),
    ),
    key=("zone_id", "activity"),
)

POSTS = Schema(
    "posts",
    (
        _text("facility_id", "facility"),
        _text("staff_group", "staff group"),
        _number("fte_before", "posts today"),
        _number("fte_after", "posts in the plan"),
        _number("hours_available", "hours a year available for care, in the plan"),
        _number("hours_used", "hours a year the plan fills"),
    ),
    key=("facility_id", "staff_group"),
)

MOVES = Schema(
    "moves",
    (
        _text("from_facility_id", "facility left; empty: recruited", missing=True),
        _text("to_facility_id", "facility joined; empty: left unfilled", missing=True),
        _text("staff_group", "staff group"),
        _number("fte", "posts that move"),
    ),
)

ACTIVITIES = Schema(
    "activities",
    (
        _text("facility_id", "facility"),
        _text("activity", "activity of the care catalogue"),
        Column("open_before", "flag", "whether it may be done there today"),
        Column("open_after", "flag", "whether it may be done there in the plan"),
        _number("acts_before", "acts a year with today's posts, where known", missing=True),
        _number("acts_after", "acts a year in the plan"),
    ),
    key=("facility_id", "activity"),
)

SHADOW_PRICES = Schema(
    "shadow_prices",
    (
        _text("limit", "limit of the programme"),
        _text("where", "facility, zone or group of the limit"),
        _text("unit", "unit of the limit"),
        Column("price", "number", "gain of the aim for one more unit"),
        _text("price_unit", "unit of the price"),
        _text("sentence", "the price told"),
    ),
)

JOURNEYS = Schema(
    "journeys",
    (
        Column("patient", "integer", "number of the patient within the replication", low=0),
        Column("replication", "integer", "replication", low=0),
        _text("pathway", "pathway of the care catalogue"),
        _text("zone_id", "zone where the patient lives"),
        Column("step", "integer", "number of the step within the episode", low=0),
        _text("activity", "activity of the step"),
        _text("facility_id", "facility of the step"),
        _text("mode", "how the act is given", choices=MODES),
        Column("priority", "integer", "smaller goes first; 10 and more: without a place in the plan", low=0),
        _number("asked_at", "day when the patient asked"),
        _number("started_at", "day when care began", missing=True),
        _number("ended_at", "day when care ended", missing=True),
        _number("travel_minutes", "one-way travel in minutes"),
        _number("travel_km", "one-way travel in km"),
        _text("outcome", "how the step ended", choices=OUTCOMES),
    ),
)

ACCOUNTS = Schema(
    "accounts",
    (
        _text("holder", "whose account", choices=("facility", "insurer", "household")),
        _text("where", "which one"),
        _text("line", "line of the account"),
        Column("mad_per_year", "number", "dirhams a year; spending is negative"),
    ),
    key=("holder", "where", "line"),
)

INDICATORS = Schema(
    "indicators",
    (
        _text("indicator", "name of the indicator"),
        _text("where", "region, province:..., zone:... or facility:..."),
        Column("value", "number", "value", missing=True),
        Column("low", "number", "lower end of the interval", missing=True),
        Column("high", "number", "upper end of the interval", missing=True),
        _text("unit", "unit of the value"),
        _text("better", "up or down; missing where neither is", choices=("up", "down"), missing=True),
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
        JOURNEYS,
        ACCOUNTS,
        INDICATORS,
    )
}
