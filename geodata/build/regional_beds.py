"""Beds of a region whose hospitals have few figures of their own: the region's total, shared out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from apportion import largest_remainder
from facts import BuildError, Facts, numbers

LEVELS_OF_PROVINCE = ("CHP", "HPSY")


def estimate_beds(
    facts: Facts, rules: Mapping[str, Any], facilities: pd.DataFrame, zones: pd.DataFrame
) -> tuple[dict[str, int], set[str]]:
    """Give each hospital its published beds, or a size by its level, or its part of what is left of the total.

    Parameters
    ----------
    facts : Facts
        Uses ``facilities``, column ``beds``, and single figures.
    rules : mapping
        ``total`` (of the region), ``sourced``, ``groups``, ``assumed``, ``level_weights``.
    facilities : DataFrame
        With ``facility_id``, ``level``, ``province``.
    zones : DataFrame
        With ``province``, ``population_persons``.

    Returns
    -------
    beds : dict
        Facility to its beds; the sum is the region's total.
    sourced : set
        The facilities whose beds are published.
    """
    table = facts.table("facilities")
    printed = numbers(table, "beds").set_axis(table["id"]).dropna()
    here = set(facilities["facility_id"])
    figures = {site: facts.value(figure) for site, figure in rules["sourced"].items() if site in here}
    beds = {str(site): round(count) for site, count in {**printed.to_dict(), **figures}.items()}
    sourced = set(beds)
    beds |= grouped_beds(facts, [group for group in rules["groups"] if here.issuperset(group["share"])])
    for level, size in rules["assumed"].items():
        of_level = facilities.loc[facilities["level"] == level, "facility_id"]
        beds |= dict.fromkeys([site for site in of_level if site not in beds], int(size))
    others = facilities[facilities["level"].isin(rules["level_weights"]) & ~facilities["facility_id"].isin(list(beds))]
    rest = rules["total"] - sum(beds.values())
    if rest < len(others) or (rest and others.empty):
        raise BuildError(
            f"The region's {rules['total']} beds leave {rest} for {len(others)} hospitals. See 'beds' in morocco.yaml."
        )
    shared = largest_remainder(_weights(others, rules["level_weights"], facilities, zones), rest)
    return beds | dict(zip(others["facility_id"], (int(part) for part in shared), strict=True)), sourced


def grouped_beds(facts: Facts, groups: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Share the total of each group of hospitals over them; a group has ``total`` and ``share`` (weights)."""
    beds: dict[str, int] = {}
    for group in groups:
        weights = [facts.value(value) for value in group["share"].values()]
        shared = largest_remainder(weights, round(facts.value(group["total"])))
        beds |= dict(zip(group["share"], (int(part) for part in shared), strict=True))
    return beds


def _weights(
    hospitals: pd.DataFrame, by_level: Mapping[str, float], facilities: pd.DataFrame, zones: pd.DataFrame
) -> pd.Series[float]:
    """Return level weight x the root of the people of the province for each of its hospitals, against their mean.

    The root, since a province with many people and one hospital sends the rest of them elsewhere. A hospital of the
    whole region has its level weight alone.
    """
    people = zones.groupby("province")["population_persons"].sum().astype(float)
    count = facilities[facilities["level"].isin(by_level)].groupby("province").size()
    served = hospitals["province"].map(people / count).astype(float)
    of_province = hospitals["level"].isin(LEVELS_OF_PROVINCE)
    factor = np.sqrt(served / served[of_province].mean()).where(of_province, 1.0)
    return hospitals["level"].map(by_level).astype(float) * factor
