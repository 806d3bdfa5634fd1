#!/usr/bin/env python3
"""Many runs: programmes kept against programmes built anew, and two workers against one.

The pilot region's baseline is planned under uncertain needs and beds, once by a sweep with one worker and, for some of
the same runs, each by itself from its files. A small region (two provinces) is simulated for many years by one worker
and by two; their runs must be equal.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import territory as tt
from territory.indicators import planned_indicators

Row = dict[str, float | str]

_ROOT = Path(__file__).parents[1]
_BASELINE = _ROOT / "scenarios" / "fes-meknes" / "baseline.yaml"
_SMALL = ("Ifrane", "El Hajeb")
_YEARS_A_RUN = 10
_FACTORS = {
    "demand.factor": {"low": 0.9, "high": 1.2},
    "demand.pathway_factors.general_illness": {"low": 0.9, "high": 1.2},
    "allocation.largest_bed_occupancy": {"low": 0.75, "high": 0.9},
}


def write_study(folder: Path, **told: Any) -> Path:
    """Write a study file."""
    file = folder / f"{told['name']}.json.yaml"
    file.write_text(json.dumps(told), encoding="utf-8")
    return file


def kept_against_rebuilt(folder: Path, runs: int, rebuilt: int) -> dict[str, Row]:
    """Measure a sweep of plans against plans made one by one from the files."""
    known = tt.read_care("morocco").pathways[0].id
    factors = {key.replace("general_illness", known): value for key, value in _FACTORS.items()}
    study = write_study(
        folder, name="plans", scenario=str(_BASELINE), uncertainties=factors, stages="allocation",
        design={"method": "latin_hypercube", "samples": runs}, outcomes=["unmet_share", "travel_minutes_mean"],
    )  # fmt: skip
    start = time.perf_counter()
    swept = tt.sweep(study, out=folder / "plans", workers=1)
    own = time.perf_counter() - start
    assert (swept.runs["status"] == "done").all()
    start = time.perf_counter()
    for row in swept.runs.head(rebuilt).to_dict("records"):
        value = _unmet_share({key: row[key] for key in factors})
        assert abs(value - row["unmet_share"]) <= 1e-6 * max(value, 1e-3)
    peer = (time.perf_counter() - start) / rebuilt * runs
    against = f"faster than each from its files, {peer:.0f} s (from {rebuilt} of them)"
    return {
        f"{runs} plans of the region, one worker": {"value": own, "unit": "s", "ratio": peer / own, "against": against}
    }


def _unmet_share(overrides: dict[str, float]) -> float:
    scenario = tt.load_scenario(_BASELINE, overrides)
    care, region = tt.read_care(scenario.care), tt.read_region(scenario.territory)
    travel, demand = tt.travel_times(region, scenario.network), tt.estimate_demand(region, care, scenario.demand)
    plan = tt.allocate(region, travel, demand, care, scenario.allocation)
    table = planned_indicators(region, travel, demand, plan, care)
    named = table[(table["indicator"] == "unmet_share") & (table["where"] == "region")]
    return float(named["value"].iloc[0])


def two_against_one(folder: Path, years: int) -> dict[str, Row]:
    """Measure simulated years of a small region on two workers against one."""
    place = _small_region(folder)
    scenario = folder / "small.yaml"
    scenario.write_text(
        f"name: small\nterritory: {place}\ncare: morocco\n"
        f"simulation: {{engine: compiled, replications: {_YEARS_A_RUN}, warm_up_days: 28, days: 364}}\n",
        encoding="utf-8",
    )
    study = write_study(
        folder, name="years", scenario=str(scenario), stages="both",
        uncertainties={"demand.factor": {"low": 0.9, "high": 1.2}, "simulation.no_show_share": {"low": 0, "high": 0.2}},
        design={"method": "latin_hypercube", "samples": max(years // _YEARS_A_RUN, 2)},
        outcomes=["unmet_share", "wait_minutes_walk_in"],
    )  # fmt: skip
    seconds, tables = [], []
    for workers in (1, 2):
        start = time.perf_counter()
        swept = tt.sweep(study, out=folder / f"years-{workers}", workers=workers)
        seconds.append(time.perf_counter() - start)
        tables.append(swept.runs.drop(columns="seconds"))
    assert tables[0].equals(tables[1])
    one, two = seconds
    name = f"{years:,} simulated years of a small region, two workers"
    return {name: {"value": two, "unit": "s", "ratio": one / two, "against": f"faster than one, {one:.0f} s"}}


def _small_region(folder: Path) -> Path:
    whole = tt.read_region("fes-meknes")
    zones = whole.zones[whole.zones["province"].isin(_SMALL)]
    facilities = whole.facilities[whole.facilities["zone_id"].isin(zones["zone_id"])]
    nodes = whole.road_nodes[whole.road_nodes["node_id"].isin(zones["zone_id"])]
    ends = whole.roads[["from_node", "to_node"]].isin(set(nodes["node_id"])).all(axis=1)
    small = replace(
        whole,
        zones=zones.reset_index(drop=True),
        facilities=facilities.reset_index(drop=True),
        posts=whole.posts[whole.posts["facility_id"].isin(facilities["facility_id"])].reset_index(drop=True),
        road_nodes=nodes.reset_index(drop=True),
        roads=whole.roads[ends].reset_index(drop=True),
        rooms=whole.rooms[whole.rooms["facility_id"].isin(facilities["facility_id"])].reset_index(drop=True),
    )
    return tt.write_region(small, folder / "small")


def main() -> None:
    """Print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--rebuilt", type=int, default=20)
    parser.add_argument("--years", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        rows = kept_against_rebuilt(folder, options.runs, options.rebuilt) | two_against_one(folder, options.years)
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    for name, row in rows.items():
        print(f"{name:<52}{np.round(row['value'], 1):>10} {row['unit']:<4}{row['ratio']:>8.1f} x {row['against']}")


if __name__ == "__main__":
    main()
