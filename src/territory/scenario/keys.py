"""The dotted keys of a scenario: what they take, what they are where nothing is said, and what they are in one."""

from __future__ import annotations

import math
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from territory.scenario.schema import Scenario


def is_whole(dotted: str) -> bool:
    """Whether a key takes whole numbers alone."""
    kinds = _kinds(dotted)
    return int in kinds and float not in kinds


def takes_numbers(dotted: str) -> bool:
    """Whether a key takes numbers."""
    kinds = _kinds(dotted)
    return bool({int, float} & kinds) and str not in kinds


def plain(text: str) -> Any:
    """Return the finite number that a text holds, or else the text without spaces around it."""
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        return number if math.isfinite(number) else text.strip()
    return text.strip()


def default_of(dotted: str) -> Any:
    """Return what a key is where nothing is said, or None."""
    owner: Any = Scenario
    for step in dotted.split("."):
        kind = type(owner) if isinstance(owner, BaseModel) else owner
        fields = kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else {}
        if step not in fields:
            return None
        owner = fields[step].get_default(call_default_factory=True)
    return owner


def value_of(scenario: Scenario, dotted: str) -> Any:
    """Return what a key is in a scenario, or None."""
    owner: Any = scenario
    for step in dotted.split("."):
        if isinstance(owner, BaseModel) and step in type(owner).model_fields:
            owner = getattr(owner, step)
        elif isinstance(owner, dict) and step in owner:
            owner = owner[step]
        else:
            return None
    return owner


def _kinds(dotted: str) -> set[Any]:
    """Return the types that a key may be of."""
    owner: Any = Scenario
    for step in dotted.split("."):
        names = getattr(owner, "__origin__", None) is dict
        fields = owner.model_fields if isinstance(owner, type) and issubclass(owner, BaseModel) else {}
        owner = owner.__args__[1] if names else fields[step].annotation if step in fields else None
    return _parts(owner)


def _parts(annotation: Any) -> set[Any]:
    """Return the types of which one is meant."""
    if get_origin(annotation) is Annotated:
        return _parts(get_args(annotation)[0])
    if get_origin(annotation) in {Union, UnionType}:
        return set().union(*(_parts(part) for part in get_args(annotation)))
    return {annotation}
