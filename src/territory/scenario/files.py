"""Read a scenario file: one base by `extends`, then dotted overrides; every change is told as `key: old -> new`.

Precedence, weakest first: defaults of the schema < the base file (and its base) < the file itself < overrides.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from territory.errors import Fault, Faults, ScenarioError, nearest
from territory.scenario.keys import default_of
from territory.scenario.schema import Scenario
from territory.scenario.sweep import is_study
from territory.yaml_files import StrictLoader, faults_of, model_from, read_yaml, without_faulty

_FILLED_ON_READING = "changes"


def load_scenario(path: str | Path, overrides: Mapping[str, Any] | None = None) -> Scenario:
    """Read a scenario file and apply overrides.

    Parameters
    ----------
    path
        YAML file. Its key ``extends`` names one base file, relative to itself.
    overrides
        Dotted keys and their new values, in order: ``{"allocation.mobility.within": "region"}``. A text value is read
        as YAML, so ``"0.3"`` is a number.

    Raises
    ------
    ScenarioError
        With every fault: unknown keys with the nearest known one, values out of bounds, a file that extends itself.
    """
    scenario, faults = examine_scenario(path, overrides)
    if faults or scenario is None:
        raise ScenarioError(faults)
    return scenario


def examine_scenario(
    path: str | Path, overrides: Mapping[str, Any] | None = None
) -> tuple[Scenario | None, list[Fault]]:
    """Return what can be understood of a scenario file, and every fault of the rest; see `load_scenario`.

    Keys with a fault are left at their defaults, so that a caller may go on and look for faults of another kind: names
    that the territory does not know, levers that contradict each other. None where too little is left.

    Raises
    ------
    ScenarioError
        When the file, its base or an override is not YAML.
    """
    file = Path(path)
    content, changes = _read_chain(file, ())
    content, faults = _sound(content, file.name)
    content, told = _override(file, content, overrides or {})
    content, more = _sound(content, "override" if overrides else file.name)
    faults += [fault for fault in more if fault not in faults]
    try:
        scenario = Scenario.model_validate(content)
    except ValidationError:
        return None, faults
    return scenario.model_copy(update={"changes": (*changes, *told)}), faults


def with_overrides(scenario: Scenario, overrides: Mapping[str, Any], file: str | Path) -> Scenario:
    """Return a scenario with overrides, as `load_scenario` does when it reads the file that it was read from.

    Raises
    ------
    ScenarioError
        With every fault of the overrides.
    """
    content, told = _override(Path(file), scenario.model_dump(exclude={_FILLED_ON_READING}), overrides)
    changed = model_from(Scenario, content, "override", ScenarioError)
    return changed.model_copy(update={_FILLED_ON_READING: (*scenario.changes, *told)})


def _sound(content: dict[str, Any], where: str) -> tuple[dict[str, Any], list[Fault]]:
    """Return the content without the keys that have a fault, and the faults."""
    if _FILLED_ON_READING in content:
        known = [name for name in Scenario.model_fields if name != _FILLED_ON_READING]
        key = f"{where}, {_FILLED_ON_READING}"
        fault = Fault(key, f"unknown key '{_FILLED_ON_READING}'", "a known key", nearest("changes", known))
        rest, faults = _sound({key: value for key, value in content.items() if key != _FILLED_ON_READING}, where)
        return rest, [fault, *faults]
    try:
        Scenario.model_validate(content)
    except ValidationError as problem:
        left = without_faulty(content, problem)
        rest = content if left == content else _sound(left, where)[0]
        return rest, faults_of(Scenario, problem, where)
    return content, []


def _read_chain(file: Path, above: tuple[Path, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the merged content of a file and its bases, and what the file changes in its base."""
    faults = Faults(ScenarioError)
    here = Path(os.path.realpath(file))
    if here in above:
        chain = " -> ".join(step.name for step in (*above, here))
        faults.add(
            f"{above[-1].name}, extends", chain, "a base that does not lead back to the file", "Remove one `extends`."
        )
        raise ScenarioError(faults.found)
    content = read_yaml(file, ScenarioError)
    if is_study(content):
        hint = "Run it with `territory sweep`, or give the scenario that it names."
        raise ScenarioError(Fault(str(file), "a study of many runs", "a scenario", hint))
    base_name = content.pop("extends", None)
    if base_name is None:
        return _with_cache(file, _beside(file, content)), ()
    if not isinstance(base_name, str):
        faults.add(f"{file.name}, extends", repr(base_name), "the path of one base file")
        raise ScenarioError(faults.found)
    base_file = file.parent / base_name
    if not base_file.is_file():
        faults.add(
            f"{file.name}, extends",
            f"'{base_name}', which is not there",
            "the path of one base file, relative to this file",
        )
        raise ScenarioError(faults.found)
    base, _ = _read_chain(base_file, (*above, here))
    own = {key: value for key, value in content.items() if key not in {"name", "title", "description"}}
    return _merge(base, _with_cache(file, _beside(file, content))), tuple(_told(base, own))


def _merge(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return a new mapping: inner mappings merge, everything else of `own` replaces."""
    merged = dict(base)
    for key, value in own.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _told(base: Mapping[str, Any], own: Mapping[str, Any], prefix: str = "") -> list[str]:
    lines: list[str] = []
    for key, value in own.items():
        dotted = f"{prefix}{key}"
        old = base.get(key)
        if isinstance(value, dict):
            lines.extend(_told(old if isinstance(old, dict) else {}, value, f"{dotted}."))
        else:
            before = old if key in base else default_of(dotted)
            if before != value:
                lines.append(f"{dotted}: {_shown(before)} -> {_shown(value)}")
    return lines


def _shown(value: Any) -> str:
    return "-" if value in (None, (), {}) else str(list(value) if isinstance(value, tuple) else value)


def _override(file: Path, content: dict[str, Any], overrides: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    told: list[str] = []
    for dotted, raw in overrides.items():
        value = _understood(dotted, raw) if isinstance(raw, str) else raw
        nested: Any = value
        for step in reversed(dotted.split(".")):
            nested = {step: nested}
        told.extend(_told(content, nested))
        content = _merge(content, _beside(file, nested))
    return content, told


def _understood(dotted: str, text: str) -> Any:
    """Return the value that a text means in YAML."""
    try:
        return yaml.load(text, Loader=StrictLoader)  # noqa: S506  (a safe loader)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        faults = Faults(ScenarioError)
        faults.add(f"override {dotted}", f"'{text}'", "a value as in YAML", "Quote texts; close brackets.")
        raise ScenarioError(faults.found) from None


def _beside(file: Path, content: dict[str, Any]) -> dict[str, Any]:
    """Return the content with the files that it names as paths from here."""
    found: dict[str, Any] = {key: _resolved(file, key, content[key]) for key in ("territory", "care") if key in content}
    network = content.get("network")
    if isinstance(network, dict) and "matrix" in network:
        found["network"] = {**network, "matrix": _resolved(file, "matrix", network["matrix"])}
    return {**content, **found}


def _with_cache(file: Path, content: dict[str, Any]) -> dict[str, Any]:
    """Return the content of a file with its cache, a folder that need not be there, as a path from here."""
    network = content.get("network")
    if not isinstance(network, dict) or not isinstance(network.get("cache"), str) or not network["cache"]:
        return content
    return {**content, "network": {**network, "cache": str(file.parent / network["cache"])}}


def _resolved(file: Path, key: str, value: Any) -> Any:
    """Return a path relative to the scenario file as a path from here; leave names of shipped things alone."""
    if not isinstance(value, str) or not value:
        return value
    beside = file.parent / value
    try:
        there = beside.is_file() or (key == "territory" and (beside / "territory.yaml").is_file())
        return str(beside) if there else value
    except OSError:
        return value
