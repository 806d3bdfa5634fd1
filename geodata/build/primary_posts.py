"""Posts of primary care: generalists, nurses and midwives by level and by the people served."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from facts import BuildError, Facts

RECORD = ["facility_id", "staff_group", "fte", "method"]
SMALL_LEVEL = "CSR1"


def primary_facilities(facilities: pd.DataFrame, zones: pd.DataFrame, served: Mapping[str, float]) -> pd.DataFrame:
    """Return the primary-care facilities with the people each serves.

    Parameters
    ----------
    facilities, zones : DataFrame
        The region's tables.
    served : mapping
        Weight of each level where several facilities share the population of a zone.

    Returns
    -------
    DataFrame
        ``facility_id, level, province, served_persons``.
    """
    rows = facilities[facilities["level"].isin(served)].copy()
    weight = rows["level"].map(served).astype(float)
    population = rows["zone_id"].map(zones.set_index("zone_id")["population_persons"]).astype(float)
    rows["served_persons"] = population * weight / weight.groupby(rows["zone_id"]).transform("sum")
    return rows[["facility_id", "level", "province", "served_persons"]].reset_index(drop=True)


def _weights(rows: pd.DataFrame, by_level: Mapping[str, float]) -> pd.Series[float]:
    """Return level weight x (half fixed, half by people served against the mean of the weighted rows)."""
    level = rows["level"].map(by_level).fillna(0.0).astype(float)
    mean = rows.loc[level > 0, "served_persons"].mean()
    return level * (0.5 + 0.5 * rows["served_persons"] / mean)


def share_midwives(
    facts: Facts, rows: pd.DataFrame, by_level: Mapping[str, float], scale: Mapping[str, Any]
) -> pd.DataFrame:
    """Give midwives by level, on the scale of the one province whose number is known, of this region or another."""
    weight = rows["level"].map(by_level).fillna(0.0).astype(float)
    nation = facts.table("morocco/facilities")
    there = nation.loc[nation["province"] == scale["province"], "level"].map(by_level).fillna(0.0).astype(float)
    unit = facts.value(scale["total"]) / float(there.sum())
    return _records(rows, "midwife", weight * unit, "level_weight")


def nurse_targets(
    facts: Facts, rows: pd.DataFrame, midwives: pd.DataFrame, known: list[Mapping[str, Any]]
) -> dict[str, float]:
    """Return the nurses of primary care of the provinces with a figure.

    Parameters
    ----------
    rows : DataFrame
        Of `primary_facilities`.
    midwives : DataFrame
        Of `share_midwives`; taken off, since the figures count nurses and midwives together.
    known : list of mappings
        ``province`` and ``total`` of nurses and midwives.
    """
    province_of = rows.set_index("facility_id")["province"]
    midwives_there = midwives.groupby(midwives["facility_id"].map(province_of))["fte"].sum()
    return {
        entry["province"]: facts.value(entry["total"]) - float(midwives_there[entry["province"]]) for entry in known
    }


def share_nurses(
    rows: pd.DataFrame, total: float, targets: Mapping[str, float], primary: Mapping[str, Any]
) -> pd.DataFrame:
    """Share nurses: the same small number for each dispensary, the others by weight.

    Parameters
    ----------
    total : float
        Nurses of primary care of the region, posts.
    targets : mapping
        Province to its nurses of primary care, where known.
    primary : mapping
        The ``primary`` part of ``posts.yaml``.
    """
    fixed = (rows["level"] == "DR") * float(primary["nurses_of_dispensary"])
    weight = _weights(rows, primary["nurse_weights"])
    dispensaries = fixed.groupby(rows["province"]).sum()
    others = {province: target - float(dispensaries[province]) for province, target in targets.items()}
    shares = _by_province(rows, weight, total - float(fixed.sum()), others, "nurses of primary care")
    return _records(rows, "nurse", shares + fixed, "level_and_population")


def share_generalists(
    rows: pd.DataFrame, total: float, targets: Mapping[str, float], primary: Mapping[str, Any]
) -> pd.DataFrame:
    """Share generalists; where a CSR1 would get too small a part of a doctor it gets none.

    Parameters
    ----------
    total : float
        Generalists of primary care of the region, posts.
    targets : mapping
        Province to its generalists of primary care, where known.
    primary : mapping
        The ``primary`` part of ``posts.yaml``.
    """
    weight = _weights(rows, primary["generalist_weights"])
    shares = _by_province(rows, weight, total, targets, "generalists of primary care")
    smallest = float(primary["smallest_generalist_post"])
    for index in rows.groupby("province").groups.values():
        shares.loc[index] = _drop_small(shares.loc[index], rows.loc[index, "level"] == SMALL_LEVEL, smallest)
    return _records(rows, "generalist", shares, "level_and_population")


def _drop_small(shares: pd.Series[float], may_drop: pd.Series[bool], smallest: float) -> pd.Series[float]:
    """Take the doctor from the smallest facility, one at a time, until every part left is large enough.

    The last facility of a province keeps its part.
    """
    total = float(shares.sum())
    shares = shares.copy()
    while True:
        candidates = shares[may_drop & (shares > 0)]
        if candidates.empty or candidates.min() >= smallest or (shares > 0).sum() == 1:
            return shares
        shares[shares.index == candidates.idxmin()] = 0.0
        shares *= total / float(shares.sum())


def _by_province(
    rows: pd.DataFrame, weight: pd.Series[float], total: float, targets: Mapping[str, float], what: str
) -> pd.Series[float]:
    """Share a total: known provinces at their figure, the rest of it over the others by weight."""
    rest = total - sum(targets.values())
    if rest <= 0 or any(target <= 0 for target in targets.values()):
        raise BuildError(f"Too few {what}: the provinces with a figure leave {rest:.1f} of {total:.1f} posts.")
    shares = weight * 0.0
    others = ~rows["province"].isin(list(targets))
    shares[others] = weight[others] / float(weight[others].sum()) * rest
    for province, target in targets.items():
        here = rows["province"] == province
        shares[here] = weight[here] / float(weight[here].sum()) * target
    return shares


def _records(rows: pd.DataFrame, group: str, fte: pd.Series[float], method: str) -> pd.DataFrame:
    frame = pd.DataFrame({"facility_id": rows["facility_id"], "staff_group": group, "fte": fte, "method": method})
    return frame.loc[frame["fte"] > 0, RECORD]
