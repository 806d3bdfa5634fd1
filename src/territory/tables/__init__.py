"""The tables that stages read and write: declared columns with units; each checks itself when made."""

from territory.tables.columns import Column, Schema
from territory.tables.objects import Accounts, Aim, Demand, Journeys, Plan, Region, Source, TravelTimes
from territory.tables.schemas import (
    DEMAND,
    FACILITIES,
    FACILITY_ROWS,
    INDICATORS,
    JOURNEYS,
    MODES,
    NO_PLACE_PRIORITY,
    POST_ROWS,
    QUALITIES,
    ROAD_NODE_ROWS,
    ROAD_ROWS,
    RUN_TABLES,
    ZONE_ROWS,
    ZONES,
)

__all__ = [
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
    "RUN_TABLES",
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
