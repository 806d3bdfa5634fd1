"""Words and columns that several tables share."""

from __future__ import annotations

from territory.tables.columns import Column

QUALITIES = ("official", "osm", "geonames", "estimated")
POINT_QUALITIES = (*QUALITIES, "hcp", "commune_point", "arrondissement_point")
MODES = ("in_person", "telemedicine", "contracted", "mobile")
SECTORS = ("public", "private")
MOVE_KINDS = ("moved", "shared", "recruited", "departed", "unfilled")
NO_PLACE_PRIORITY = 10  # from here on, a patient comes without a place in the plan
COST_LINES = (
    "pay",
    "incentives",
    "moves",
    "overload",
    "contracts",
    "telemedicine",
    "mobile_units",
    "support_functions",
    "transitions",
)
OUTCOMES = ("waiting", "in_care", "done", "turned_away", "gave_up", "died", "no_show", "failed")


def text(name: str, meaning: str, **rules: object) -> Column:
    """Return a column of words."""
    return Column(name, "text", meaning, **rules)  # type: ignore[arg-type]


def number(name: str, meaning: str, low: float | None = 0.0, **rules: object) -> Column:
    """Return a column of numbers, 0 or more unless told."""
    return Column(name, "number", meaning, low=low, **rules)  # type: ignore[arg-type]


SOURCE = (
    text("source", "key of a source in territory.yaml"),
    text("quality", "how good the figure is", choices=QUALITIES),
)
POINT = (
    number("lon", "longitude, WGS 84 degrees", low=-180.0, high=180.0),
    number("lat", "latitude, WGS 84 degrees", low=-90.0, high=90.0),
)
