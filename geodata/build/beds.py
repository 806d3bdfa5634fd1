"""Hospital beds: the newest figure where there is one, the rest shared out so that the region's total holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from apportion import largest_remainder
from facts import Facts
from regional_beds import estimate_beds, grouped_beds

MATERNITY_LEVELS = ("CSR2", "CSU2")
# A birth house of level 2 has a few lying-in beds; no list gives them. Not part of the hospitals' total.
MATERNITY_BEDS = 4


def build_beds(facts: Facts, rules: Mapping[str, Any], facilities: pd.DataFrame, zones: pd.DataFrame) -> pd.DataFrame:
    """Estimate the beds of each facility.

    Parameters
    ----------
    facts : Facts
    rules : mapping
        The region's ``beds`` settings; with ``level_weights`` the total is shared as in `regional_beds`.
    facilities : DataFrame
        With ``facility_id``, ``level``, ``province``.
    zones : DataFrame
        With ``province``, ``population_persons``.

    Returns
    -------
    DataFrame
        Index ``facility_id``; ``beds`` (Int64, NA when unknown) and ``beds_quality``.
    """
    if "level_weights" in rules:
        beds, sourced = estimate_beds(facts, rules, facilities, zones)
    else:
        beds, sourced = _declared_beds(facts, rules, facilities, zones)
    frame = facilities[["facility_id", "level"]].set_index("facility_id")
    frame["beds"] = pd.Series(beds, dtype="Int64").reindex(frame.index)
    frame.loc[frame["level"].isin(MATERNITY_LEVELS), "beds"] = MATERNITY_BEDS
    frame["beds_quality"] = np.where(frame["beds"].notna(), "estimated", "")
    frame.loc[frame.index.isin(sourced), "beds_quality"] = "official"
    return frame[["beds", "beds_quality"]]


def _declared_beds(
    facts: Facts, rules: Mapping[str, Any], facilities: pd.DataFrame, zones: pd.DataFrame
) -> tuple[dict[str, int], set[str]]:
    """Follow the region's own rules, hospital by hospital; return the beds, and whose beds are printed."""
    beds: dict[str, int] = {key: round(facts.value(value)) for key, value in rules["sourced"].items()}
    sourced = set(beds)
    beds |= grouped_beds(facts, rules["groups"])
    beds |= rules["assumed"]
    for group in rules["by_staff"]:
        beds_per_person = beds[group["like"]] / facts.value(group["like_staff"])
        total = round(facts.value(group["staff"]) * beds_per_person) - sum(beds[site] for site in group["less"])
        shared = largest_remainder(list(group["share"].values()), total)
        beds |= dict(zip(group["share"], (int(part) for part in shared), strict=True))
    counted = sum(count for key, count in beds.items() if key not in rules["outside_total"])
    beds |= _by_population(round(facts.value(rules["total"])) - counted, rules["by_population"], facilities, zones)
    return beds, sourced


def _by_population(total: int, hospitals: list[str], facilities: pd.DataFrame, zones: pd.DataFrame) -> dict[str, int]:
    populations = zones.groupby("province")["population_persons"].sum()
    provinces = facilities.set_index("facility_id").loc[hospitals, "province"]
    weights = populations.loc[provinces].astype(float)
    return dict(zip(hospitals, (int(part) for part in largest_remainder(weights, total)), strict=True))
