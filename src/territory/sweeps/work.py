"""One run of a study: its scenario, its stages, and what is kept of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from territory.errors import TerritoryError, nearest
from territory.scenario import Scenario, Sweep, with_overrides
from territory.sweeps.stages import Ground, Stages
from territory.tables import Plan

Model = Callable[[Scenario], Mapping[str, float]]

DONE, FAILED = "done", "failed"
REGION = "region"
_SEED_STEP = 1_000_003  # a prime: seeds of neighbouring runs share no replications


@dataclass(frozen=True)
class Order:
    """What all runs of a study have in common; it is sent once to each process.

    `ground` is what the runs stand on as long as no factor changes it, made for the scenario `base`. `model` is a
    user's own, in place of the stages.
    """

    key: str
    study: Sweep
    base: Scenario
    ground: Ground | None = None
    model: Model | None = None


@dataclass(frozen=True)
class Part:
    """One run: its number, the value of each factor, and those of the run whose programme it may start from."""

    number: int
    values: Mapping[str, Any]
    first: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Outcome:
    """What is kept of a run.

    `outcomes` are the values of the study's outcomes in their order; NaN where the run has no such indicator, which
    `unknown` lists with what is nearest to it. `opened` are activities at facilities, `left_behind` zones by id.
    """

    number: int
    status: str
    seconds: float
    seed: int
    reason: str = ""
    outcomes: tuple[float, ...] = ()
    opened: tuple[str, ...] = ()
    left_behind: tuple[str, ...] = ()
    unknown: Mapping[str, str] = field(default_factory=dict)


_STAGES: dict[str, Stages] = {}  # in this process: the stages of the study at work
_ALONE = threading.Lock()  # a solver serves one run at a time, whatever threads a cluster gives a process


def run_part(order: Order, part: Part) -> Outcome:
    """Run one part of a study; whatever goes wrong in it becomes its reason."""
    with _ALONE:
        start = time.perf_counter()
        seed = seed_of(order, part.number)
        try:
            found = _found(order, part, seed)
        except TerritoryError as problem:
            reason = "; ".join(str(fault) for fault in problem.faults)
        except (Exception, SystemExit) as problem:  # noqa: BLE001  (a row says what went wrong; the others go on)
            reason = f"{type(problem).__name__}: {problem}"
        else:
            return Outcome(part.number, DONE, time.perf_counter() - start, seed, **found)
        nothing = (float("nan"),) * len(order.study.outcomes)
        return Outcome(part.number, FAILED, time.perf_counter() - start, seed, reason, nothing)


def forget() -> None:
    """Let go of what this process keeps for the study at work."""
    _STAGES.clear()


def seed_of(order: Order, number: int) -> int:
    """Return the seed of a run: the scenario's, or one of its own."""
    own = order.base.simulation.seed
    return own if order.study.chance == "common" else own + _SEED_STEP * (number + 1)


def _found(order: Order, part: Part, seed: int) -> dict[str, Any]:
    study = order.study
    scenario = _scenario(order, part.values)
    if study.chance == "own" and "simulation.seed" not in part.values:
        scenario = scenario.model_copy(update={"simulation": scenario.simulation.model_copy(update={"seed": seed})})
    if order.model is not None:
        told = order.model(scenario)
        if not isinstance(told, Mapping):
            msg = f"the model returned {type(told).__name__}, not outcomes by name"
            raise TypeError(msg)
        return _outcomes(study, pd.Series({name: _number(name, value) for name, value in told.items()}, dtype=float))
    stages = _stages(order)
    if study.stages == "simulation":
        plan = stages.held_plan(_scenario(order, {key: part.values[key] for key in study.levers}))
    elif part.first is not None:
        plan = stages.plan_again(scenario, _scenario(order, part.first))
    else:
        plan = stages.plan(scenario)
    values = _values(stages, scenario, plan, study)
    return {
        **_outcomes(study, values),
        "opened": _opened(plan),
        "left_behind": _left_behind(values, study.left_behind),
    }


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        msg = f"the model returned {value!r} for {name}, no number"
        raise TypeError(msg) from None


def _values(stages: Stages, scenario: Scenario, plan: Plan, study: Sweep) -> pd.Series:
    """Return the indicators of a run by name; all of them where an outcome is not among those it seems to be."""
    if study.stages != "allocation":
        return _by_name(stages.simulated(scenario, plan))
    found = _by_name(stages.planned(scenario, plan, study.outcomes))
    return found if set(study.outcomes) <= set(found.index) else _by_name(stages.planned(scenario, plan))


def _scenario(order: Order, values: Mapping[str, Any]) -> Scenario:
    return with_overrides(order.base, values, order.study.scenario) if values else order.base


def _stages(order: Order) -> Stages:
    """Return the stages of this process, those of an earlier study forgotten."""
    if order.key not in _STAGES:
        _STAGES.clear()
        stages = _STAGES[order.key] = Stages()
        if order.ground is not None:
            stages.take(order.base, order.ground)
    return _STAGES[order.key]


def _by_name(table: pd.DataFrame) -> pd.Series:
    """Return indicators as outcomes call them: by their name for the region, `name@place` elsewhere."""
    names, where = table["indicator"].astype(str), table["where"].astype(str)
    told = np.where(where == REGION, names, names + "@" + where)
    return pd.Series(table["value"].to_numpy(dtype=float), index=told, dtype=float)


def _outcomes(study: Sweep, values: pd.Series) -> dict[str, Any]:
    endless = [name for name in study.outcomes if np.isinf(values.get(name, 0.0))]
    if endless:
        msg = f"the outcome {endless[0]} is infinite"
        raise ValueError(msg)
    unknown = {name: nearest(name, values.index) for name in study.outcomes if name not in values.index}
    return {"outcomes": tuple(float(values.get(name, np.nan)) for name in study.outcomes), "unknown": unknown}


def _opened(plan: Plan) -> tuple[str, ...]:
    """Return `facility_id activity` of what the plan does at a place where it is not done today."""
    new = plan.activities[plan.activities["open_after"] & ~plan.activities["open_before"]]
    told = (new["facility_id"].astype(str) + " " + new["activity"].astype(str)).tolist()
    return tuple(sorted(told))


def _left_behind(values: pd.Series, largest_share: float) -> tuple[str, ...]:
    """Return the zones whose unmet share is larger."""
    head = "unmet_share@zone:"
    shares = values[values.index.str.startswith(head)]
    return tuple(sorted(name.removeprefix(head) for name in shares.index[shares > largest_share]))
