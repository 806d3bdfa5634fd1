"""Try the estimated road links on the pilot region, beside the roads told there. Prints the figures of SOURCES.md.

python geodata/build/try_links.py
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
from facts import read_settings
from roads import build_roads

import territory as tt
from territory.scenario import NetworkOptions

HERE = Path(__file__).resolve().parent
GENERAL_HOSPITALS = ("HPr", "CHP", "CHR", "CHU")
LONGEST_MINUTES = 180.0
NEAR_MINUTES = 60.0
WITHIN = 0.25


def main() -> None:
    """Compare the minutes from zones to facilities over both networks."""
    region = tt.read_region(HERE.parent / "fes-meknes")
    settings = read_settings(HERE / "regions" / "fes-meknes.yaml")
    rules = read_settings(HERE / "regions" / "morocco.yaml")
    general = {
        "links": rules["links"],
        "urban_links": {**rules["urban_links"], "inside": settings["urban_links"]["inside"]},
        "metric_crs": region.metric_crs,
    }
    links = build_roads(general, region.road_nodes[["node_id", "lon", "lat"]], region.zones)
    links = links.assign(terrain_factor=float("nan"), closed_months=None)
    told, tried = (tt.travel_times(one, NetworkOptions()).table for one in (region, replace(region, roads=links)))
    both = told.merge(tried, on=["zone_id", "facility_id"], suffixes=("", "_tried"))
    both = both[both["minutes"] <= LONGEST_MINUTES]
    hospitals = region.facilities.loc[region.facilities["level"].isin(GENERAL_HOSPITALS), "facility_id"]
    nearest = both[both["facility_id"].isin(hospitals)].groupby("zone_id")[["minutes", "minutes_tried"]].min()
    print(links["road_class"].value_counts().to_string())
    for what, rows in (
        (f"all pairs within {LONGEST_MINUTES:.0f} minutes", both),
        (f"pairs within {NEAR_MINUTES:.0f} minutes", both[both["minutes"] <= NEAR_MINUTES]),
        ("nearest general hospital", nearest),
    ):
        print(f"{what}: {len(rows)}; {summary(rows['minutes_tried'] / rows['minutes'])}")


def summary(ratio: pd.Series[float]) -> str:
    """Return the median, the quartiles and the share near 1 of ratios, as words."""
    low, middle, high = ratio.quantile([0.25, 0.5, 0.75])
    near = ((ratio - 1).abs() <= WITHIN).mean()
    return f"ratio {middle:.2f} (quartiles {low:.2f} to {high:.2f}), {near:.0%} within {WITHIN:.0%}"


if __name__ == "__main__":
    main()
