"""Can a study be run? Its keys, their values, its outcomes and its size, told before the first run."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real
from typing import Any

import pandas as pd

from territory.errors import Fault, Faults, ScenarioError, nearest
from territory.geodata import read_region, with_investments
from territory.scenario import Scenario, Sweep, is_whole, with_overrides
from territory.study import check_scenario
from territory.sweeps.factors import ends

MOST_RUNS = 10_000
_NAMES = ("name", "title", "description", "changes")
_PLACES = ("territory", "care")
_MOST_TOLD = 3
_MOST_WORDS = 20
_MOST_CHECKED = 1000


def check_study(study: Sweep, base: Scenario) -> None:
    """Refuse keys and values that the scenario would refuse, and factors that change nothing.

    Raises
    ------
    ScenarioError
        With every such key and value.
    """
    faults = Faults(ScenarioError)
    for kind, factors in (("levers", study.levers), ("uncertainties", study.uncertainties)):
        for key, factor in factors.items():
            where = f"{kind}.{key}"
            if key.split(".")[0] in _NAMES:
                faults.add(where, "a key that only names the scenario", "a key that changes runs")
                continue
            faults.extend(_idle(study, kind, key))
            values = factor.values or (() if factor.is_empty else ends(factor))
            if not factor.values and len(values) > len(set(values)):
                faults.add(where, "a law of which low and high leave nothing", "a range in which the law has a part")
            whole = is_whole(key)
            told = [fault for value in values for fault in _refused(study, base, key, round(value) if whole else value)]
            faults.extend(Fault(where, fault.found, fault.expected, fault.hint) for fault in told[:_MOST_TOLD])
    faults.found = list(dict.fromkeys(faults.found))
    faults.raise_if_any()


def check_table(study: Sweep, base: Scenario, runs: pd.DataFrame) -> None:
    """Refuse values of a table of runs that the scenario refuses, or that lie outside the range of their factor.

    Raises
    ------
    ScenarioError
        With the first such values of each factor.
    """
    faults = Faults(ScenarioError)
    for key, factor in study.factors.items():
        where = f"{study.design.table}, column {key}"
        values = pd.unique(runs[key])[:_MOST_CHECKED]
        told = [fault for value in values for fault in _refused(study, base, key, value)]
        faults.extend(Fault(where, fault.found, fault.expected, fault.hint) for fault in told[:_MOST_TOLD])
        low = -float("inf") if factor.low is None else factor.low
        high = float("inf") if factor.high is None else factor.high
        outside = [value for value in values if isinstance(value, int | float) and not low <= value <= high]
        for value in outside[:_MOST_TOLD]:
            faults.add(where, f"{value:g}", "a value between low and high of the factor", "Or leave the range out.")
    faults.raise_if_any()


def check_names(study: Sweep, base: Scenario, runs: pd.DataFrame) -> None:
    """Refuse factors of names that the territory and the care catalogue of the runs do not know.

    Raises
    ------
    ScenarioError
        With every such factor.
    """
    faults = Faults(ScenarioError)
    for moved, values in _ways(study, runs):
        try:
            told = check_scenario(with_overrides(base, values, study.scenario))
        except ScenarioError:  # values that do not go together: its run says so
            continue
        for fault in told:
            at = (fault.where, f"{fault.where}.{fault.found}".replace("'", ""))  # a fault may stand at the names around
            key = next((key for key in study.factors if any(f"{where}.".startswith(f"{key}.") for where in at)), None)
            key = key or (moved if moved in _PLACES else None)
            if key:
                kind = "levers" if key in study.levers else "uncertainties"
                found = f"{fault.found} ({fault.where})" if key in _PLACES else fault.found
                faults.add(f"{kind}.{key}", found, fault.expected, fault.hint)
    faults.found = list(dict.fromkeys(faults.found))
    faults.raise_if_any()


def check_outcomes(study: Sweep, base: Scenario) -> None:
    """Refuse outcomes of places that the territory does not have; whether an indicator is computed shows in a run.

    Raises
    ------
    ScenarioError
        With every such outcome.
    """
    region = with_investments(read_region(base.territory), base.investments)
    known = {
        "province": region.zones["province"].unique().tolist(),
        "zone": region.zones["zone_id"].tolist(),
        "facility": region.facilities["facility_id"].tolist(),
    }
    moved = any(key.split(".")[0] in {"territory", "investments"} for key in study.factors)
    faults = Faults(ScenarioError)
    for outcome in study.outcomes:
        indicator, at, place = outcome.partition("@")
        kind, _, name = place.partition(":")
        if not indicator or (at and not (name and kind in known)):
            expected = (
                "an indicator of the region, or `indicator@place` with a place as province:NAME, zone:ID, facility:ID"
            )
            faults.add("outcomes", f"'{outcome}'", expected)
        elif at and name not in known[kind] and not moved:
            faults.add("outcomes", f"'{outcome}'", f"a {kind} of the territory", nearest(name, known[kind]))
    faults.raise_if_any()


def _ways(study: Sweep, runs: pd.DataFrame) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the first run, and it with each word that a factor takes, after the factor."""
    first = runs[list(study.factors)].iloc[0].to_dict()
    yield "", first
    for key in study.factors:
        words = {str(value): value for value in runs[key] if not isinstance(value, Real)}
        for value in list(words.values())[:_MOST_WORDS]:
            yield key, {**first, key: value}


def _refused(study: Sweep, base: Scenario, key: str, value: Any) -> tuple[Fault, ...]:
    try:
        with_overrides(base, {key: value}, study.scenario)
    except ScenarioError as problem:
        return problem.faults
    return ()


def _idle(study: Sweep, kind: str, key: str) -> Iterator[Fault]:
    """Yield a fault for a factor that no stage of the study reads."""
    where, head = f"{kind}.{key}", key.split(".", maxsplit=1)[0]
    expected = f"a key that the stages '{study.stages}' read"
    if head == "siting":
        yield Fault(where, "a key of siting, which no run reads", expected)
    if study.stages == "allocation" and head == "simulation":
        hint = "Take `stages: both` or `stages: simulation`."
        yield Fault(where, "a key of the simulation, which is not run", expected, hint)
    if study.stages == "simulation" and head == "allocation" and kind == "uncertainties":
        hint = "Make it a lever, or take `stages: both`."
        yield Fault(where, "a key of the plan, which is made before the uncertainties are known", expected, hint)


def check_size(study: Sweep, runs: int, most_runs: int) -> None:
    """Refuse a design of more runs than anybody may have meant.

    Raises
    ------
    ScenarioError
        With the number of runs.
    """
    if runs > most_runs:
        found = f"{runs:,} runs by the method {study.design.method}"
        hint = "Take fewer steps, samples or factors, or say that this many are meant (--yes)."
        raise ScenarioError(Fault("design", found, f"at most {most_runs:,}", hint))
