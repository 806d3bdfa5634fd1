"""The manifest of a run: all that is known about it beside its tables."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from territory.care import Care, find_care
from territory.geodata import find_region
from territory.indicators import provenance, simulated_values
from territory.scenario import Scenario
from territory.tables import Aim, Demand, Journeys, Plan, Region

_PACKAGES = ("territory", "pyomo", "highspy", "simpy", "networkx", "geopandas", "numpy", "pandas", "scipy")
_PROVEN_GAP = 1e-6

FINISHED = "finished"
WITHIN_GAP = "within the gap asked for"
STOPPED = "stopped at the time limit"


def make_manifest(
    scenario: Scenario,
    care: Care,
    region: Region,
    demand: Demand,
    plan: Plan,
    journeys: Journeys,
    seconds: dict[str, float],
) -> dict[str, Any]:
    """Return what is known about a run beside its tables: scenario, names, seed, versions, checksums, provenance."""
    values = simulated_values(journeys, care)
    return {
        "status": _status(plan.aims, scenario.allocation.integer_gap),
        **named(scenario, region, care),
        "scenario": scenario.model_dump(mode="json", exclude={"changes"}),
        "overrides": list(scenario.changes),
        "seed": scenario.simulation.seed,
        "versions": {name: _version(name) for name in _PACKAGES},
        "checksums": checksums(scenario),
        "seconds": seconds,
        "aims": [_aim(aim) for aim in plan.aims],
        "tasks": {activity.id: [task.staff_group for task in activity.tasks] for activity in care.activities},
        "tiers": {level.id: level.tier for level in care.levels},
        "provenance": rests_on(scenario, region, demand, care),
        "journeys_window": {
            "from_day": journeys.measured_from_day,
            "to_day": journeys.measured_to_day,
            "replications": journeys.replications,
        },
        "simulation": {"engine": journeys.engine, "notes": list(journeys.notes)},
        "simulated": values[["indicator", "where", "replication", "value"]].to_dict("records"),
    }


def rests_on(scenario: Scenario, region: Region, demand: Demand, care: Care) -> list[dict[str, Any]]:
    """Return the share of each quality in each input; a matrix takes the place of the roads."""
    told = provenance(region, demand, care)
    return [row for row in told if row["input"] != "roads" or scenario.network.matrix is None]


def named(scenario: Scenario, region: Region, care: Care) -> dict[str, Any]:
    """Return what every report names: the scenario, the territory, what people call things, and the sources."""
    return {
        "name": scenario.name,
        "title": scenario.title,
        "description": scenario.description,
        "territory": {"id": region.region_id, "name": dict(region.name)},
        "labels": _labels(region, care),
        "sources": _sources(region, care),
    }


def is_proven(aim: Aim) -> bool:
    """Whether nothing better than the value of an aim is left, up to the solver's tolerance."""
    return aim.proven and aim.gap <= _PROVEN_GAP


def _status(aims: Sequence[Aim], gap_asked_for: float) -> str:
    """Say how the solver ended; a plan of which a better one may be left is never called finished."""
    left = [aim.gap for aim in aims if not is_proven(aim)]
    if not left:
        return FINISHED
    return WITHIN_GAP if all(_PROVEN_GAP < gap <= gap_asked_for for gap in left) else STOPPED


def _aim(aim: Aim) -> dict[str, Any]:
    """Return an aim with its gap as a share; no gap where the solver stopped before it knew one."""
    known = math.isfinite(aim.gap) and (is_proven(aim) or aim.gap > 0)
    return {
        "name": aim.name,
        "unit": aim.unit,
        "value": aim.value,
        "proven": is_proven(aim),
        "gap": aim.gap if known else None,
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def checksums(scenario: Scenario) -> dict[str, str]:
    """Return the SHA-256 of each input file, by its name."""
    place = find_region(scenario.territory)
    parts = sorted(file for file in place.iterdir() if file.is_file()) if place.is_dir() else [place]
    files = [find_care(scenario.care), *parts]
    if scenario.network.matrix is not None:
        files.append(Path(scenario.network.matrix))
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _labels(region: Region, care: Care) -> dict[str, dict[str, dict[str, str]]]:
    families: dict[str, Sequence[Any]] = {
        "activities": care.activities,
        "staff_groups": care.staff_groups,
        "levels": care.levels,
        "pathways": care.pathways,
        "rooms": care.rooms,
        "support_functions": care.support_functions,
    }
    named = {family: {part.id: part.name.model_dump() for part in parts} for family, parts in families.items()}
    named["support_units"] = {function.id: function.unit.model_dump() for function in care.support_functions}
    return {**named, "provinces": {word: dict(names) for word, names in region.provinces.items()}}


def _sources(region: Region, care: Care) -> list[dict[str, str | None]]:
    of_region: list[dict[str, str | None]] = [
        {
            "key": source.key,
            "title": source.title,
            "publisher": source.publisher,
            "year": source.year,
            "licence": source.licence,
            "attribution": source.attribution,
            "note": source.note,
        }
        for source in region.sources
    ]
    of_care: list[dict[str, str | None]] = [
        {"key": key, "note": "", **source.model_dump()} for key, source in care.sources.items()
    ]
    return of_region + of_care
