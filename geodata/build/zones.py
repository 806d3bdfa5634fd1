"""Zones: the communes of a region, a city with arrondissements being replaced by them."""

from __future__ import annotations

from collections.abc import Mapping

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


def build_zones(facts: Facts, settings: Mapping[str, object], province_areas: Mapping[str, float]) -> pd.DataFrame:
    """Make the table of zones.

    Parameters
    ----------
    facts : Facts
        Uses ``communes`` and ``morocco/arrondissements``.
    settings : mapping
        The region's settings; uses ``areas_km2``.
    province_areas : mapping
        Area of each province's outline, square km.

    Returns
    -------
    DataFrame
        One row per zone with `COLUMNS`; populations in persons, shares as fractions of 1, areas in square km,
        coordinates in WGS 84 degrees. Missing cells are NA.
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
    return _fill_areas(zones, settings, province_areas)[COLUMNS]


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
            "age_quality": "official",
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
    zones["area_quality"] = np.where(zones["area_km2"].notna(), "osm", "")
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
    return zones


def _fill_areas(
    zones: pd.DataFrame, settings: Mapping[str, object], province_areas: Mapping[str, float]
) -> pd.DataFrame:
    """Estimate missing areas: a city's by population, a named zone's as given, one as the rest of its province."""
    areas = settings["areas_km2"]
    if not isinstance(areas, dict):
        raise BuildError("The region's settings lack 'areas_km2'.")
    zones = zones.copy()
    missing = zones["area_km2"].isna()
    for city_id, area in areas["cities"].items():
        inside = missing & (zones["commune_id"] == city_id)
        population = zones.loc[inside, "population_persons"].astype(float)
        zones.loc[inside, "area_km2"] = (population / population.sum() * area).round(2)
    for zone_id, area in areas["zones"].items():
        zones.loc[missing & (zones["zone_id"] == zone_id), "area_km2"] = area
    last = zones["zone_id"] == areas["remainder"]
    if last.any():
        province = str(zones.loc[last, "province"].iloc[0])
        others = float(zones.loc[(zones["province"] == province) & ~last, "area_km2"].sum())
        rest = province_areas[province] - others
        if rest <= 0:
            raise BuildError(f"The outline of {province} leaves no area for {areas['remainder']} ({rest:.1f} km2).")
        zones.loc[last, "area_km2"] = round(rest, 1)
    zones.loc[missing & zones["area_km2"].notna(), "area_quality"] = "estimated"
    return zones
