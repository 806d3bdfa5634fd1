"""The whole country: its regions side by side, and roads across their borders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from roads import build_roads

# The curated region counts its urban people; the others estimate them.
COUNTED = "official"


def country_settings(rules: Mapping[str, Any], regions: Sequence[Mapping[str, Any]], name: str) -> dict[str, Any]:
    """Return the settings of the country.

    Parameters
    ----------
    rules : mapping
        ``regions/morocco.yaml``.
    regions : sequence of mapping
        The settings of each region.
    name : str
        The territory's id.
    """
    expected = {
        key: sum(region["expected"][key] for region in regions)
        for key in ("zones", "facilities", "population_persons", "population_2014_persons")
    }
    inside = {city: places for region in regions for city, places in region["urban_links"]["inside"].items()}
    return {
        "territory_id": name,
        **rules["country"],
        "languages": rules["languages"],
        "provinces": [province for region in regions for province in region["provinces"]],
        "expected": expected,
        "links": rules["links"],
        "urban_links": {**rules["urban_links"], "inside": inside},
        "sources": rules["sources"],
    }


def join_regions(parts: Sequence[Mapping[str, pd.DataFrame]], settings: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Return the tables of all regions as one; links are made anew, so that roads cross their borders."""
    names = ("zones", "facilities", "road_nodes", "posts", "rooms")
    tables = {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in names}
    columns = max((part["zones"].columns for part in parts), key=len)
    tables["zones"] = tables["zones"][columns].fillna({"urban_quality": COUNTED})
    tables["roads"] = build_roads(settings, tables["road_nodes"], tables["zones"])
    return tables
