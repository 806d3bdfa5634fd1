"""Where to open, from a scenario: the places that may open, their travel, the problem, and a folder with the answer."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from territory.care import Care, read_care
from territory.demand import estimate_demand
from territory.errors import Fault, Faults, ScenarioError, nearest
from territory.geodata import read_region, with_investments
from territory.network import travel_times
from territory.output_files import replacing_folder
from territory.report import RunData, write_sites_page
from territory.scenario import Investments, Scenario, SitingOptions
from territory.scenario.schema import NewFacility
from territory.siting import Sites, choose_sites
from territory.study.manifest import named
from territory.tables import Region, TravelTimes

_NEW = "new:"
_MANIFEST = "siting.json"
_PAGE = "report.html"
_CONTENT = {_MANIFEST, _PAGE, "sites.csv", "nearest.csv"}


@dataclass(frozen=True, eq=False)
class SitingRun:
    """A siting problem that was solved: the scenario, and where to open."""

    scenario: Scenario
    sites: Sites
    region: Region
    care: Care

    @property
    def estimated_road_share(self) -> float | None:
        """The share of the kilometres of road that are estimated; None where a matrix takes the place of the roads."""
        roads = self.region.roads
        if self.scenario.network.matrix is not None:
            return None
        return float(roads.loc[roads["quality"] == "estimated", "km"].sum() / roads["km"].sum())

    @property
    def new(self) -> pd.DataFrame:
        """The new sites."""
        return self.sites.table[self.sites.table["new"]]

    @property
    def minutes(self) -> tuple[float, float]:
        """Weighted mean minutes to the nearest site, before and after; NaN where some have none."""
        zones = self.sites.nearest
        zones = zones[zones["weight"] > 0]
        weight = zones["weight"] / zones["weight"].sum()
        before, after = ((weight * zones[name]).sum(skipna=False) for name in ("minutes_before", "minutes"))
        return float(before), float(after)

    def save(self, folder: str | Path, *, lang: str = "fr") -> Path:
        """Write the sites, the nearest site of each zone, what is proven, and the page; return the folder.

        Raises
        ------
        ScenarioError
            When something else stands at that place.
        ValueError
            When there is no page in that language.
        """
        target = Path(folder)
        if target.exists() and (not target.is_dir() or {file.name for file in target.iterdir()} - _CONTENT):
            raise ScenarioError(Fault("--out", f"'{target}', which holds something else", "a folder of its own"))
        with replacing_folder(target) as partial:
            self.sites.table.to_csv(partial / "sites.csv", index=False)
            self.sites.nearest.to_csv(partial / "nearest.csv", index=False)
            (partial / _MANIFEST).write_text(json.dumps(self._told(), ensure_ascii=False, indent=1), encoding="utf-8")
            write_sites_page(self._page_data(), partial / _PAGE, lang)
        return target

    def _page_data(self) -> RunData:
        told = self._told()
        tables = {"zones": self.region.zones, "sites": self.sites.table, "nearest": self.sites.nearest}
        siting = told.pop("siting") | {key: told[key] for key in ("proven", "gap", "estimated_road_share", "travel")}
        manifest = {**named(self.scenario, self.region, self.care), "siting": siting}
        return RunData(manifest, tables, self.region.outlines)

    def _told(self) -> dict[str, Any]:
        solved = self.sites.siting
        return {
            "name": self.scenario.name,
            "siting": self.scenario.siting.model_dump(mode="json") if self.scenario.siting else {},
            "objective": solved.objective,
            "bound": solved.bound,
            "gap": solved.gap,
            "proven": solved.is_optimal,
            "travel": self.scenario.network.matrix or "roads of the territory",
            "estimated_road_share": self.estimated_road_share,
            "sources": [source.attribution for source in self.region.sources],
            "changes": list(self.scenario.changes),
        }


def run_siting(scenario: Scenario) -> SitingRun:
    """Solve the siting problem of a scenario.

    Raises
    ------
    ScenarioError
        When it has none, or names levels or activities that the care catalogue does not know.
    SitingError
        When no set of sites does what is asked.
    """
    options = scenario.siting
    if options is None:
        raise ScenarioError(Fault("siting", "nothing", "a block that says where to open", "See docs/siting.md."))
    care = read_care(scenario.care)
    check_siting(scenario, options, care)
    region = with_investments(read_region(scenario.territory), scenario.investments)
    existing = _of_levels(region, options.existing)
    if isinstance(options.candidates, str):
        region = with_investments(region, _anywhere(region, options, care))
        candidates = [own for own in region.facilities["facility_id"] if own.startswith(_NEW)]
    else:
        candidates = [own for own in _of_levels(region, options.candidates) if own not in existing]
    used = [*existing, *candidates]
    near = replace(region, facilities=_rows_of(region.facilities, used))
    travel = TravelTimes(table=_rows_of(travel_times(region, scenario.network).table, used))
    sites = choose_sites(near, travel, _weights(region, care, scenario, options), existing, candidates, options)
    return SitingRun(scenario, sites, near, care)


def check_siting(scenario: Scenario, options: SitingOptions, care: Care) -> None:
    """Refuse names that the care catalogue does not know, and places to which no travel is known."""
    faults = Faults(ScenarioError)
    if options.candidates == "zones" and scenario.network.matrix is not None:
        found = "the points of zones, to which network.matrix has no times"
        faults.add(
            "siting.candidates", found, "levels of facilities that the matrix knows", "Or travel over the roads."
        )
    activities = [activity.id for activity in care.activities]
    for key, known in (("existing", care.level_ids), ("candidates", care.level_ids), ("weights", activities)):
        told = getattr(options, key)
        for word in told if isinstance(told, tuple) else ():
            if word not in known:
                faults.add(f"siting.{key}", f"'{word}'", "a name of the care catalogue", nearest(word, known))
    faults.raise_if_any()


def _rows_of(table: pd.DataFrame, facilities: list[str]) -> pd.DataFrame:
    return table[table["facility_id"].isin(facilities)].reset_index(drop=True)


def _of_levels(region: Region, levels: tuple[str, ...]) -> list[str]:
    own = region.facilities
    return list(own.loc[(own["sector"] == "public") & own["level"].isin(levels), "facility_id"])


def _anywhere(region: Region, options: SitingOptions, care: Care) -> Investments:
    """Return a new facility at the point of every zone."""
    level = options.existing[0] if options.existing else care.level_ids[0]
    built = [
        NewFacility(
            facility_id=f"{_NEW}{zone.zone_id}", name=zone.name, level=level, zone_id=zone.zone_id, source="siting"
        )
        for zone in region.zones.itertuples()
    ]
    return Investments(facilities=tuple(built))


def _weights(region: Region, care: Care, scenario: Scenario, options: SitingOptions) -> pd.Series:
    if isinstance(options.weights, str):
        return region.zones.set_index("zone_id")["population_persons"].astype(float)
    acts = estimate_demand(region, care, scenario.demand).table
    return acts[acts["activity"].isin(options.weights)].groupby("zone_id")["acts_per_year"].sum()
