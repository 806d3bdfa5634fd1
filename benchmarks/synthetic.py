"""A territory of any size, made of copies of a real one: for benchmarks only, it is nowhere.

Copies of the territory stand side by side on a grid, so that people of one may be sent into the next. Each copy holds a
random part of its zones and facilities, each moved by about a kilometre.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, sqrt
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

import territory as tt
from territory.care import Care
from territory.scenario import AllocationOptions, Scenario
from territory.tables import Demand, Region, TravelTimes

Inputs = tuple[Region, TravelTimes, Demand, Care, AllocationOptions]

_JITTER_M = 1000.0
_DETOUR, _KMH, _ACCESS_MINUTES = 1.4, 50.0, 8.0
_M_PER_KM, _MINUTES = 1000.0, 60.0


def read_inputs(scenario_file: Path, zones: int | None = None, facilities: int | None = None) -> Inputs:
    """Return what an allocation is made from: the scenario's territory, or one with so many zones and facilities."""
    scenario = tt.load_scenario(scenario_file)
    care, region = tt.read_care(scenario.care), tt.read_region(scenario.territory)
    if zones is None or facilities is None:
        travel = tt.travel_times(region, scenario.network)
    else:
        region, travel = _copies(region, scenario, zones, facilities)
    return region, travel, tt.estimate_demand(region, care, scenario.demand), care, scenario.allocation


def _copies(region: Region, scenario: Scenario, zones: int, facilities: int) -> tuple[Region, TravelTimes]:
    """Return a region with so many zones and so many facilities that take part, and its straight-line travel times."""
    draw = np.random.default_rng(1)
    taking_part = region.facilities[region.facilities["sector"].isin(scenario.allocation.sectors)]
    copies = ceil(max(zones / len(region.zones), facilities / len(taking_part)))
    chosen_zones = _spread(region.zones, zones, copies, draw)
    chosen = _spread(taking_part, facilities, copies, draw)
    original = chosen["facility_id"].to_numpy()
    zone_ids = _new_ids(chosen_zones["zone_id"], chosen_zones["copy"])
    ids = _new_ids(chosen["facility_id"], chosen["copy"])
    _, nearest = cKDTree(_points(chosen_zones)).query(_points(chosen))
    tables = {
        "zones": _named(chosen_zones, zone_id=zone_ids),
        "facilities": _named(chosen, facility_id=ids, zone_id=zone_ids[nearest]).sort_values("facility_id"),
    }
    for part in ("posts", "rooms"):
        renamed = pd.DataFrame({"facility_id": original, "new_id": ids}).merge(getattr(region, part), on="facility_id")
        tables[part] = renamed.drop(columns="facility_id").rename(columns={"new_id": "facility_id"})
    return replace(region, **tables), _straight(chosen_zones, zone_ids, chosen, ids)


def _spread(table: pd.DataFrame, count: int, copies: int, draw: np.random.Generator) -> pd.DataFrame:
    """Return `count` rows, shared out evenly to the copies, at their new places."""
    parts = [draw.choice(len(table), len(part), replace=False) for part in np.array_split(np.arange(count), copies)]
    copy = np.repeat(np.arange(copies), [len(part) for part in parts])
    rows = table.iloc[np.concatenate(parts)].reset_index(drop=True)
    side = ceil(sqrt(copies))
    width, height = np.ptp(_points(table), axis=0)
    moved = _points(rows) + draw.normal(0.0, _JITTER_M, (len(rows), 2))
    moved += np.column_stack([copy % side * width, copy // side * height])
    return rows.assign(x_m=moved[:, 0], y_m=moved[:, 1], copy=copy)


def _named(table: pd.DataFrame, **ids: NDArray[np.object_]) -> pd.DataFrame:
    provinces = _new_ids(table["province"], table["copy"])
    return table.assign(**ids, province=provinces).drop(columns="copy")


def _new_ids(ids: pd.Series, copy: pd.Series) -> NDArray[np.object_]:
    return np.array([f"{number}-{word}" for number, word in zip(copy, ids, strict=True)], dtype=object)


def _points(table: pd.DataFrame) -> NDArray[np.float64]:
    return table[["x_m", "y_m"]].to_numpy(dtype=float)


def _straight(
    zones: pd.DataFrame, zone_ids: Sequence[str], facilities: pd.DataFrame, ids: Sequence[str]
) -> TravelTimes:
    start, end = _points(zones), _points(facilities)
    km = _DETOUR * np.hypot(*(start[:, None, :] - end[None, :, :]).transpose(2, 0, 1)) / _M_PER_KM
    table = pd.DataFrame(
        {
            "zone_id": np.repeat(zone_ids, len(ids)),
            "facility_id": np.tile(ids, len(zone_ids)),
            "minutes": (_ACCESS_MINUTES + km / _KMH * _MINUTES).ravel(),
            "km": km.ravel(),
        }
    )
    return TravelTimes(table=table)
