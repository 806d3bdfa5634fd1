"""The declared columns of the files a territory is read from. Units stand in the names."""

from __future__ import annotations

from territory.tables.columns import Column, Schema
from territory.tables.vocabulary import POINT, POINT_QUALITIES, QUALITIES, SECTORS, SOURCE, number, text

ZONE_ROWS = Schema(
    "zones.csv",
    (
        text("zone_id", "id of the zone"),
        text("name", "name of the zone"),
        text("name_ar", "name in Arabic", missing=True, optional=True),
        text("province", "province or prefecture"),
        text("commune_id", "commune the zone is, or is a part of"),
        text("kind", "municipality, rural_commune or arrondissement"),
        Column("population_persons", "integer", "inhabitants of the reference year", low=0, high=1e9),
        Column("population_2014_persons", "integer", "inhabitants of 2014", low=0, missing=True, optional=True),
        Column("urban_persons", "integer", "inhabitants counted as urban", low=0, high=1e9),
        Column("households", "integer", "households", low=0, missing=True, optional=True),
        number("share_age_0_4", "share of inhabitants under 5", high=1.0),
        number("share_age_5_14", "share of inhabitants 5 to 14", high=1.0),
        number("share_age_60_plus", "share of inhabitants 60 or more", high=1.0),
        number("share_without_car", "share of inhabitants without a car", high=1.0, missing=True, optional=True),
        number("area_km2", "area in square km", low=0.001, high=1e6),
        text("area_quality", "quality of the area", choices=QUALITIES),
        *POINT,
        text("point_quality", "where the point comes from", choices=POINT_QUALITIES),
        *SOURCE,
    ),
    key=("zone_id",),
)

FACILITY_ROWS = Schema(
    "facilities.csv",
    (
        text("facility_id", "id of the facility"),
        text("name", "name of the facility"),
        text("level", "level of care"),
        text("sector", "public or private", choices=SECTORS),
        text("zone_id", "zone where it stands"),
        text("province", "province or prefecture"),
        number("beds", "beds", missing=True, high=1e5),
        text("beds_quality", "quality of the beds", choices=QUALITIES, missing=True),
        Column("telemedicine", "flag", "whether it is connected", missing=True),
        *POINT,
        text("point_quality", "where the point comes from", choices=POINT_QUALITIES),
        *SOURCE,
    ),
    key=("facility_id",),
)

POST_ROWS = Schema(
    "posts.csv",
    (
        text("facility_id", "facility of the posts"),
        text("staff_group", "staff group"),
        number("fte", "full-time equivalents in post today", high=1e5),
        *SOURCE,
    ),
    key=("facility_id", "staff_group"),
)

ROAD_NODE_ROWS = Schema("road_nodes.csv", (text("node_id", "id of the node"), *POINT, *SOURCE), key=("node_id",))

ROAD_ROWS = Schema(
    "roads.csv",
    (
        text("road_id", "id of the link"),
        text("from_node", "node where the link begins"),
        text("to_node", "node where the link ends"),
        text("road_ref", "number of the road", missing=True),
        text("road_class", "class of the road"),
        number("km", "length in km", low=0.001, high=5000.0),
        number("speed_kmh", "mean speed in km/h", low=1.0, high=150.0),
        number(
            "terrain_factor", "multiplies the minutes: slope, surface", low=0.1, high=20.0, missing=True, optional=True
        ),
        text("closed_months", "months (1 to 12) in which it is closed, parted by spaces", missing=True, optional=True),
        *SOURCE,
    ),
    key=("road_id",),
)

ROOM_ROWS = Schema(
    "rooms.csv",
    (
        text("facility_id", "facility of the rooms"),
        text("room", "kind of room"),
        number("rooms", "rooms in use", high=1e4),
        *SOURCE,
    ),
    key=("facility_id", "room"),
)
