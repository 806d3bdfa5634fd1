"""Which runs may share a loaded programme: those that differ in needs, limits and weights alone."""

from __future__ import annotations

import json
from collections import defaultdict
from fnmatch import fnmatchcase
from typing import Any

import pandas as pd

from territory.allocation import MOVING_OPTIONS
from territory.scenario import Sweep
from territory.sweeps.work import Part

_APART = ("demand", "simulation")  # blocks that a programme reads as needs, or not at all
_LEAST = 3  # runs for which it pays to keep a programme


def parts_of(study: Sweep, runs: pd.DataFrame) -> list[Part]:
    """Return the runs, those that may share a programme together; each names the first of them.

    What a run starts from follows from the design alone, so that neither the order nor the number of workers matters.
    """
    keys = list(study.factors)
    values = [dict(zip(keys, row, strict=True)) for row in runs[keys].itertuples(index=False, name=None)]
    groups: dict[str, list[int]] = defaultdict(list)
    for number, own in enumerate(values):
        groups[_variant(study, own)].append(number)
    parts = []
    for numbers in groups.values():
        shared = study.stages != "simulation" and len(numbers) >= _LEAST
        first = values[numbers[0]] if shared else None
        parts += [Part(number, values[number], first) for number in numbers]
    return parts


def _variant(study: Sweep, values: dict[str, Any]) -> str:
    """Return what two runs must have in common for one to start from the programme of the other."""
    if study.stages == "simulation":
        return json.dumps({key: values[key] for key in study.levers}, default=str)
    return json.dumps({key: _above_zero(value) if _moves(key) else value for key, value in values.items()}, default=str)


def _moves(key: str) -> bool:
    block, _, option = key.partition(".")
    return block in _APART or (
        block == "allocation"
        and any(fnmatchcase(option, moving) or fnmatchcase(option, f"{moving}.*") for moving in MOVING_OPTIONS)
    )


def _above_zero(value: Any) -> Any:
    """Return what of a moving value changes more than limits: its names, and whether it is above zero."""
    if isinstance(value, dict):
        return {name: _above_zero(own) for name, own in value.items()}
    return value > 0 if isinstance(value, int | float) else value
