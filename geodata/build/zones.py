"""Zones: the communes of a region, a city with arrondissements being replaced by them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from apportion import largest_remainder
from facts import BuildError, Facts, numbers

COLUMNS = [
    "zone_id", "name", "name_ar", "province", "commune_id", "kind", "population_persons", "population_2014_persons",
    "population_2014_quality", "urban_persons", "households", "share_age_0_4", "share_age_5_14", "share_age_60_plus",
    "age_quality", "area_km2", "area_quality", "lon", "lat", "point_quality", "source", "quality",
]  # fmt: skip
AGE_SHARES = ("share_age_0_4", "share_age_5_14", "share_age_60_plus")
SOURCE = "hcp_rgph_2024"


def build_zones(facts: Facts) -> pd.DataFrame:
    """Make the table of zones.

    Parameters
    ----------
    facts : Facts
        Uses ``communes`` and ``morocco/arrondissements``. Where ``communes`` tells ``age_quality`` and
        ``urban_quality``, the zones take them over; else both figures are the census's own.

    Returns
    -------
    DataFrame
        One row per zone with `COLUMNS`, and ``urban_quality`` where it is told; populations in persons, shares as
        fractions of 1, areas in square km, coordinates in WGS 84 degrees. Missing cells are NA; so are the areas that
        the facts lack: see ``areas.py``.
    """
    communes = facts.table("communes")
    arrondissements = facts.table("morocco/arrondissements")
    arrondissements = arrondissements[arrondissements["commune_code"].isin(communes["commune_code"])]
    is_city = communes["commune_code"].isin(arrondissements["commune_code"])
    parts = [_communes(communes[~is_city])]
    for city_id, rows in arrondissements.groupby("commune_code", sort=True):
        city = communes[communes["commune_code"] == city_id]
        parts.append(_arrondissements(rows, _communes(city).iloc[0]))
    zones = pd.concat(parts, ignore_index=True).sort_values("zone_id", ignore_index=True)
    columns = COLUMNS.copy()
    if "urban_quality" in communes:
        columns.insert(columns.index("urban_persons") + 1, "urban_quality")
    return zones[columns]


def _communes(communes: pd.DataFrame) -> pd.DataFrame:
    zones = pd.DataFrame(
        {
            "zone_id": communes["commune_code"],
            "name": communes["name_fr"],
            "name_ar": communes["name_ar"],
            "province": communes["province"],
            "commune_id": communes["commune_code"],
            "kind": communes["kind"],
            "population_persons": numbers(communes, "population_2024").astype("Int64"),
            "population_2014_persons": numbers(communes, "population_2014").astype("Int64"),
            "population_2014_quality": "official",
            "urban_persons": numbers(communes, "urban_population_2024").astype("Int64"),
            "households": numbers(communes, "households_2024").astype("Int64"),
            "age_quality": communes.get("age_quality", "official"),
            "area_km2": numbers(communes, "area_km2"),
            "lon": numbers(communes, "point_lon"),
            "lat": numbers(communes, "point_lat"),
            "point_quality": communes["point_quality"],
            "source": SOURCE,
            "quality": "official",
        }
    )
    for share in AGE_SHARES:
        zones[share] = (numbers(communes, f"{share}_pct") / 100).round(4)
    zones.loc[zones["population_2014_persons"].isna(), "population_2014_quality"] = ""
    zones["area_quality"] = np.where(zones["area_km2"].notna(), "osm", "")
    if "urban_quality" in communes:
        zones["urban_quality"] = communes["urban_quality"]
    return zones.reset_index(drop=True)


def _arrondissements(rows: pd.DataFrame, city: pd.Series) -> pd.DataFrame:
    """Make zones of a city's arrondissements; what only the city publishes is handed down and marked."""
    rows = rows.sort_values("arrondissement_code")
    population = numbers(rows, "population_2024").astype("Int64")
    if int(population.sum()) != int(city["population_persons"]):
        raise BuildError(
            f"The arrondissements of {city['name']} hold {int(population.sum())} persons in 2024, "
            f"the city {int(city['population_persons'])}. Check morocco/arrondissements.csv."
        )
    shared_2014 = largest_remainder(population.astype(float), int(city["population_2014_persons"]))
    zones = pd.DataFrame(
        {
            "zone_id": rows["arrondissement_code"],
            "name": rows["name_fr"],
            "name_ar": rows["name_ar"],
            "province": city["province"],
            "commune_id": city["zone_id"],
            "kind": "arrondissement",
            "population_persons": population,
            "population_2014_persons": pd.array(shared_2014, dtype="Int64"),
            "population_2014_quality": "estimated",
            "urban_persons": population,
            "households": numbers(rows, "households_2024").astype("Int64"),
            "age_quality": "estimated",
            "area_km2": np.nan,
            "area_quality": "",
            "lon": numbers(rows, "lon"),
            "lat": numbers(rows, "lat"),
            "point_quality": rows["coord_quality"],
            "source": SOURCE,
            "quality": "official",
        }
    )
    for share in AGE_SHARES:
        zones[share] = city[share]
    if "urban_quality" in city:
        zones["urban_quality"] = city["urban_quality"]
    return zones
