"""The tables that stages read and write: declared columns with units; each checks itself when made."""

from territory.tables.columns import Column, Schema
from territory.tables.objects import Accounts, Aim, Demand, Journeys, Plan, Region, Source, TravelTimes
from territory.tables.schemas import (
    COSTS,
    DEMAND,
    FACILITIES,
    INDICATORS,
    JOURNEYS,
    ROUNDS,
    RUN_TABLES,
    SHADOW_PRICES,
    STAFFING_NEED,
    SUPPORT,
    ZONES,
)
from territory.tables.territory_files import (
    FACILITY_ROWS,
    POST_ROWS,
    ROAD_NODE_ROWS,
    ROAD_ROWS,
    ROOM_ROWS,
    ZONE_ROWS,
)
from territory.tables.vocabulary import MODES, NO_PLACE_PRIORITY, QUALITIES

__all__ = [
    "COSTS",
    "DEMAND",
    "FACILITIES",
    "FACILITY_ROWS",
    "INDICATORS",
    "JOURNEYS",
    "MODES",
    "NO_PLACE_PRIORITY",
    "POST_ROWS",
    "QUALITIES",
    "ROAD_NODE_ROWS",
    "ROAD_ROWS",
    "ROOM_ROWS",
    "ROUNDS",
    "RUN_TABLES",
    "SHADOW_PRICES",
    "STAFFING_NEED",
    "SUPPORT",
    "ZONES",
    "ZONE_ROWS",
    "Accounts",
    "Aim",
    "Column",
    "Demand",
    "Journeys",
    "Plan",
    "Region",
    "Schema",
    "Source",
    "TravelTimes",
]
