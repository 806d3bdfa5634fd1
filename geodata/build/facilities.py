"""Facilities: the ministry's lists and private clinics, each in its zone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from beds import build_beds
from facts import BuildError, Facts, numbers
from pyproj import Geod

COLUMNS = [
    "facility_id", "name", "level", "sector", "zone_id", "province", "beds", "beds_quality", "telemedicine",
    "lon", "lat", "point_quality", "source", "quality",
]  # fmt: skip
# How the facts name their sources, and the short key of each.
SOURCE_KEYS = {"Ministry of Health": "moh_2022", "OpenStreetMap": "osm", "Le Matin": "le_matin_2025"}


def build_facilities(facts: Facts, settings: Mapping[str, Any], zones: pd.DataFrame) -> pd.DataFrame:
    """Make the table of facilities.

    Returns
    -------
    DataFrame
        One row per facility with `COLUMNS`; beds NA when unknown, coordinates in WGS 84 degrees. ``telemedicine``
        is missing throughout: no list of connected sites is published, scenarios connect them.
    """
    table = facts.table("facilities")
    facilities = pd.DataFrame(
        {
            "facility_id": table["id"],
            "name": table["name"].str.strip(),
            "level": table["level"],
            "sector": table["sector"],
            "province": table["province"],
            "telemedicine": pd.NA,
            "lon": numbers(table, "lon"),
            "lat": numbers(table, "lat"),
            "point_quality": table["coord_quality"],
            "source": table["source"].map(_source_key),
            "quality": table["quality"],
        }
    )
    facilities["zone_id"] = _zone_ids(table, facilities, zones)
    beds = build_beds(facts, settings["beds"], facilities, zones)
    facilities = facilities.join(beds, on="facility_id")
    return facilities.sort_values("facility_id", ignore_index=True)[COLUMNS]


def _source_key(text: str) -> str:
    for start, key in SOURCE_KEYS.items():
        if text.startswith(start):
            return key
    raise BuildError(f"facilities.csv names a source without a key: '{text}'. Add it to SOURCE_KEYS and sources.yaml.")


def _zone_ids(table: pd.DataFrame, facilities: pd.DataFrame, zones: pd.DataFrame) -> list[str]:
    """Return the zone of each row: its commune, or in a divided city its arrondissement or else the nearest one."""
    whole = set(zones.loc[zones["kind"] != "arrondissement", "zone_id"])
    divided = zones[zones["kind"] == "arrondissement"]
    named = {(row.commune_id, row.name): row.zone_id for row in divided.itertuples(index=False)}
    geod = Geod(ellps="WGS84")
    answer = []
    for commune, arrondissement, lon, lat in zip(
        table["commune_code"], table["arrondissement"], facilities["lon"], facilities["lat"], strict=True
    ):
        inside = divided[divided["commune_id"] == commune]
        if commune in whole:
            answer.append(commune)
        elif (commune, arrondissement) in named:
            answer.append(named[commune, arrondissement])
        elif arrondissement == "" and not inside.empty:
            count = len(inside)
            metres = geod.inv([lon] * count, [lat] * count, inside["lon"].to_list(), inside["lat"].to_list())[2]
            answer.append(inside["zone_id"].iloc[int(pd.Series(metres).argmin())])
        else:
            raise BuildError(f"facilities.csv: no zone for commune '{commune}', arrondissement '{arrondissement}'.")
    return answer
