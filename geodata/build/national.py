"""One region out of the tables of the whole country: its facts, and the settings that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from apportion import largest_remainder
from facts import BuildError, Facts, numbers

KINDS = {"rural": "rural_commune"}
AGE_COLUMNS = ("share_age_0_4_pct", "share_age_5_14_pct", "share_age_60_plus_pct")
CODE_OF_REGION = "region_code"


class RegionFacts(Facts):
    """The facts of one region in the columns of the pilot's tables, made from the tables of the whole country.

    ``communes`` and ``facilities`` are the region's rows of ``morocco/communes`` and ``morocco/facilities``. What the
    national tables lack is carried over from the communes of the pilot region and marked: shares of ages
    (``age_quality``) and the urban part of rural communes (``urban_quality``). Areas stay empty.

    Parameters
    ----------
    folder : Path
        The folder of fact tables.
    code : str
        The region's code, as ``02``.
    """

    def __init__(self, folder: Path, code: str) -> None:
        super().__init__(folder)
        self.code = code

    def table(self, name: str) -> pd.DataFrame:
        """Return one table as text; see the class for the two that are made."""
        if name == "facilities":
            return rows_of_region(super().table("morocco/facilities"), self.code)
        if name == "communes":
            own = rows_of_region(super().table("morocco/communes"), self.code)
            return _with_census_shares(own, super().table("communes"))
        return super().table(name)

    def urban_density(self) -> float:
        """Return the persons per square km of the pilot's municipalities whose area is known."""
        pilot = super().table("communes")
        towns = pilot[(pilot["kind"] == "municipality") & (pilot["area_km2"] != "")]
        return float(numbers(towns, "population_2024").sum() / numbers(towns, "area_km2").sum())


def rows_of_region(table: pd.DataFrame, code: str) -> pd.DataFrame:
    """Return the rows of one region."""
    return table[table[CODE_OF_REGION] == code].reset_index(drop=True)


def _with_census_shares(communes: pd.DataFrame, pilot: pd.DataFrame) -> pd.DataFrame:
    """Add the columns that only the pilot's table has, each the mean of its communes of the same kind."""
    communes = communes.replace({"kind": KINDS}).assign(area_km2="", age_quality="estimated", urban_quality="estimated")
    people = numbers(communes, "population_2024")
    known = numbers(pilot, "population_2024")
    for kind in ("municipality", "rural_commune"):
        weights = known.where(pilot["kind"] == kind, 0.0)
        here = communes["kind"] == kind
        for column in AGE_COLUMNS:
            mean = np.average(numbers(pilot, column).fillna(0.0), weights=weights)
            communes.loc[here, column] = f"{mean:.2f}"
        share = numbers(pilot, "urban_population_2024").where(weights > 0, 0.0).sum() / weights.sum()
        urban = (people[here] * share).round().astype(int)
        communes.loc[here, "urban_population_2024"] = urban.astype(str)
    return communes


def region_settings(facts: RegionFacts, rules: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the settings of a region without a file of its own, in the form of ``regions/fes-meknes.yaml``.

    Parameters
    ----------
    facts : RegionFacts
    rules : mapping
        ``regions/morocco.yaml``.
    name : str
        The region's name there.
    """
    own = rules["regions"][name]
    row = rows_of_region(facts.table("morocco/regions"), facts.code).iloc[0]
    posts = dict(rules["posts"])
    staff = posts.pop("staff")
    return {
        "territory_id": name,
        "name": {"fr": row["region"], "en": own["en"], "ar": row["region_ar"]},
        "languages": rules["languages"],
        "metric_crs": own["metric_crs"],
        "provinces": _provinces(facts, rules["provinces"]),
        "expected": _expected(facts, row),
        "expected_by_province": _expected_by_province(facts),
        "areas_km2": {"urban_density": facts.urban_density()},
        "links": rules["links"],
        "own_node_km": rules["own_node_km"],
        "urban_links": rules["urban_links"],
        "beds": {**rules["beds"], "total": bed_totals(facts, rules["beds"]["nation"])[facts.code]},
        "posts": {**posts, "totals": {key: _share_of_nation(facts, rule) for key, rule in staff.items()}},
        "rooms": [],
        "sources": rules["sources"],
    }


def _provinces(facts: RegionFacts, known: Mapping[str, Mapping[str, str]]) -> list[dict[str, str]]:
    answer = []
    for row in _own_provinces(facts).itertuples(index=False):
        if row.province_code not in known:
            raise BuildError(f"morocco.yaml: 'provinces' lacks {row.province_code} ({row.province}). Add its outline.")
        told = known[row.province_code]
        answer.append(
            {
                "province": row.province,
                "fr": row.province,
                "en": told.get("en", row.province),
                "ar": row.province_ar,
                "outline": told["outline"],
            }
        )
    return answer


def _own_provinces(facts: RegionFacts) -> pd.DataFrame:
    """Return the provinces of the region; prefectures of arrondissements are parts of one."""
    provinces = rows_of_region(facts.table("morocco/provinces"), facts.code)
    return provinces[provinces["parent_code"] == ""]


def _expected(facts: RegionFacts, row: pd.Series) -> dict[str, int]:
    parts = rows_of_region(facts.table("morocco/arrondissements"), facts.code)
    listed = [column for column in row.index if column.startswith("n_")]
    return {
        "zones": int(row["communes"]) - parts["commune_code"].nunique() + len(parts),
        "facilities": sum(int(row[column]) for column in listed),
        "population_persons": int(row["population_2024"]),
        "population_2014_persons": int(row["population_2014"]),
        "households": int(row["households_2024"]),
    }


def _expected_by_province(facts: RegionFacts) -> dict[str, dict[str, int]]:
    return {
        str(row.province): {
            "population_persons": int(row.population_2024),
            "population_2014_persons": int(row.population_2014),
            "households": int(row.households_2024),
        }
        for row in _own_provinces(facts).itertuples(index=False)
    }


def bed_totals(facts: Facts, nation: list[object]) -> dict[str, int]:
    """Return the public hospital beds of each region: published, or by population what those leave of the nation's.

    Parameters
    ----------
    facts : Facts
        Uses ``morocco/regions``.
    nation : list
        The figure of the nation's beds.
    """
    regions = facts.table("morocco/regions")
    beds = numbers(regions, "public_beds_2021")
    unknown = beds.isna()
    rest = round(facts.value(nation)) - int(beds.sum())
    beds[unknown] = largest_remainder(numbers(regions[unknown], "population_2024"), rest)
    return {str(code): int(count) for code, count in zip(regions[CODE_OF_REGION], beds, strict=True)}


def _share_of_nation(facts: RegionFacts, rule: Mapping[str, Any]) -> float:
    """Return the region's own figure, or by population what the regions with a figure leave of the nation's."""
    known = {str(code): facts.value(figure) for code, figure in rule["regions"].items()}
    if facts.code in known:
        return known[facts.code]
    regions = facts.table("morocco/regions")
    people = numbers(regions, "population_2024").set_axis(regions[CODE_OF_REGION])
    others = people[~people.index.isin(list(known))]
    return (facts.value(rule["nation"]) - sum(known.values())) * float(people[facts.code] / others.sum())
