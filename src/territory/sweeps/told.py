"""A study as its report reads it: for each outcome what drives it, as the design allows, and the places it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from territory.care import read_care
from territory.demand import estimate_demand
from territory.errors import ScenarioError
from territory.geodata import read_region, with_investments
from territory.report import RunData, SweepData
from territory.scenario import Scenario, Sweep
from territory.study import named, rests_on
from territory.sweeps import correlations, discovery, robustness, sensitivity
from territory.sweeps.work import DONE
from territory.workload import with_workload

_EMPTY_PLACES = {
    "zones": pd.DataFrame(columns=["zone_id", "name", "province", "population_persons", "lon", "lat"]),
    "facilities": pd.DataFrame(columns=["facility_id", "name", "lon", "lat"]),
}


def sweep_data(study: Sweep, manifest: Mapping[str, Any], runs: pd.DataFrame) -> SweepData:
    """Return a study read, with the names and the map of its territory.

    Raises
    ------
    TerritoryError
        When the territory or the care catalogue of its scenario is no longer there.
    """
    drivers = {outcome: told for outcome in study.outcomes if (told := _drivers(study, runs, outcome)) is not None}
    done = runs[(runs["status"] == DONE)]
    useful = [outcome for outcome in study.outcomes if done[outcome].notna().any()]
    return SweepData(
        study=study.model_dump(mode="json"),
        total=int(manifest["runs"]),
        runs=runs,
        drivers=drivers,
        curves={outcome: _curves(study, runs, outcome) for outcome in useful},
        heats={outcome: heat for outcome in useful if (heat := _heat(study, runs, outcome, drivers)) is not None},
        boxes={outcome: box for outcome in study.thresholds if (box := _box(study, runs, outcome)) is not None},
        regret=robustness.regret(study, runs) if study.design.crossed and study.thresholds else None,
        left_behind=robustness.left_behind_shares(runs),
        opened=robustness.opened_shares(runs),
        failures=robustness.failures(runs),
        own_model=bool(manifest["own_model"]),
        place=_place(manifest),
    )


def _drivers(study: Sweep, runs: pd.DataFrame, outcome: str) -> tuple[str, pd.DataFrame] | None:
    """Return what drives an outcome by the method that the design was made for; None where no run tells."""
    method = None if study.design.crossed else study.design.method
    try:
        if method in {"sobol", "fast"}:
            table = sensitivity.sobol_indices(study, runs, outcome)
            renamed = {"total": "value", "total_low": "low", "total_high": "high"}
            return "variance", _strongest(table.rename(columns=renamed))
        if method == "morris":
            table = sensitivity.morris_effects(study, runs, outcome)
            renamed = {"mu_star": "value", "mu_star_low": "low", "mu_star_high": "high"}
            return "effect", _strongest(table.rename(columns=renamed))
        if method == "one_at_a_time":
            table = sensitivity.tornado(study, runs, outcome)
            return ("alone", table) if len(table) else None
    except ScenarioError:  # too many runs failed for the method; correlations still hold
        pass
    table = correlations.correlations(study, runs, outcome).rename(columns={"correlation": "value"})
    return ("correlation", table) if len(table) else None


def _strongest(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values("value", ascending=False, kind="stable", ignore_index=True)


def _curves(study: Sweep, runs: pd.DataFrame, outcome: str) -> dict[str, pd.DataFrame]:
    if study.design.method == "one_at_a_time":
        return {}  # all other factors stand still: the tornado says it all
    return {factor: sensitivity.response(study, runs, factor, outcome) for factor in study.factors}


def _heat(
    study: Sweep, runs: pd.DataFrame, outcome: str, drivers: Mapping[str, tuple[str, pd.DataFrame]]
) -> pd.DataFrame | None:
    """Return an outcome over the two factors that drive it most; None with fewer, or where runs do not fill space."""
    if outcome not in drivers or study.design.method in {"one_at_a_time", "morris", "table"}:
        return None
    strongest = drivers[outcome][1]["factor"].head(2).tolist()
    return sensitivity.heat(study, runs, strongest[0], strongest[1], outcome) if len(strongest) > 1 else None


def _box(study: Sweep, runs: pd.DataFrame, outcome: str) -> discovery.Box | None:
    try:
        return discovery.proposed(discovery.prim(study, runs, outcome))
    except ScenarioError:  # no run breaks the threshold, or there are too few
        return None


def _place(manifest: Mapping[str, Any]) -> RunData:
    if manifest["own_model"]:
        return RunData({"name": "", "territory": {}, "labels": {}, "sources": []}, _EMPTY_PLACES, {})
    scenario = Scenario.model_validate({key: value for key, value in manifest["scenario"].items() if key != "changes"})
    care = with_workload(read_care(scenario.care), scenario.workload)
    region = with_investments(read_region(scenario.territory), scenario.investments)
    tables = {"zones": region.zones, "facilities": region.facilities}
    demand = estimate_demand(region, care, scenario.demand)
    told = {**named(scenario, region, care), "provenance": rests_on(scenario, region, demand, care)}
    return RunData(told, tables, region.outlines)
