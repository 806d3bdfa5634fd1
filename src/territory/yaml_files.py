"""YAML in, checked objects out: one reader for the care catalogue, scenarios and territories."""

from __future__ import annotations

import copy
import re
import textwrap
from collections.abc import Hashable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from territory.errors import Fault, Faults, TerritoryError, nearest

Model = TypeVar("Model", bound=BaseModel)

# what pydantic calls by the names of Python, in the words of a file
_EXPECTED = {
    "tuple_type": "a list: [one, another]",
    "dict_type": "names with their values: {name: value}",
    "model_type": "keys with their values: {key: value}",
    "string_type": "a text; quote what looks like a number",
    "too_short": "at least one entry",
}


# what pydantic names a kind that a value may be of, among the steps to the value
_KIND = re.compile(r"constrained-\w+|function-.*|literal\[.*\]|tuple\[.*\]|int|float|str")


class StrictLoader(yaml.SafeLoader):
    """A safe loader that refuses a key said twice (the second would silently win) and aliases (which may not end)."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Return the next node, unless it is an alias."""
        if self.check_event(yaml.events.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "an alias (*), which is not used here", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002
        """Return a mapping, unless a key stands in it twice."""
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key '{key}' a second time", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path, error: type[TerritoryError]) -> dict[str, Any]:
    """Read a YAML file that holds a mapping.

    Raises
    ------
    TerritoryError
        Of the class `error`, when the file is absent, empty, not UTF-8, not YAML, or not a mapping.
    """
    faults = Faults(error)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        faults.add(str(path), "no such file", "a YAML file", "Check the path.")
        raise error(faults.found) from None
    except IsADirectoryError:
        faults.add(str(path), "a folder", "a YAML file")
        raise error(faults.found) from None
    except OSError as problem:
        faults.add(str(path)[:200], problem.strerror or "a file that cannot be read", "a YAML file")
        raise error(faults.found) from None
    except UnicodeDecodeError as problem:
        faults.add(f"{path}, byte {problem.start}", "text that is not UTF-8", "UTF-8", "Save the file as UTF-8.")
        raise error(faults.found) from None
    try:
        content = yaml.load(text, Loader=StrictLoader)  # noqa: S506  (a safe loader)
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, KeyError, RecursionError) as problem:
        mark = getattr(problem, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        said = (getattr(problem, "problem", None) or "text that is not YAML").removeprefix("found ")
        faults.add(f"{path}{line}", said, "valid YAML", "Indent with spaces and quote texts that hold a colon.")
        raise error(faults.found) from None
    if content is None:
        faults.add(str(path), "an empty file", "a mapping of keys and values")
    elif not isinstance(content, dict):
        faults.add(str(path), f"a {type(content).__name__}", "a mapping of keys and values")
    faults.raise_if_any()
    return dict(content)


def model_from(model: type[Model], content: Any, where: str, error: type[TerritoryError]) -> Model:
    """Return `content` as a checked object; all faults are told at once.

    Raises
    ------
    TerritoryError
        Of the class `error`.
    """
    try:
        return model.model_validate(content)
    except ValidationError as problem:
        raise error(faults_of(model, problem, where)) from None


def faults_of(model: type[BaseModel], problem: ValidationError, where: str) -> list[Fault]:
    """Return each fault that pydantic found, in our words; a list is not told to lack what was refused."""
    items = problem.errors()
    refused = {item["loc"][:-1] for item in items if item["loc"] and isinstance(item["loc"][-1], int)}
    found = [_fault(model, item, where) for item in items if item["type"] != "too_short" or item["loc"] not in refused]
    kinds: dict[tuple[str, str], list[Fault]] = {}
    for fault in found:  # a value that may be of several kinds is refused once for each
        kinds.setdefault((fault.where, fault.found), []).append(fault)
    return [
        replace(own[0], expected=" or ".join(dict.fromkeys(fault.expected for fault in own))) for own in kinds.values()
    ]


def without_faulty(content: dict[str, Any], problem: ValidationError) -> dict[str, Any]:
    """Return the content without the entries in which pydantic found a fault."""
    left = copy.deepcopy(content)
    missing_in = [item["loc"][:-1] if item["type"] == "missing" else item["loc"] for item in problem.errors()]
    paths = {_standing(content, place) for place in missing_in} - {()}
    # the deepest first, and the last of a list first, so that no other path moves
    for path in sorted(paths, key=lambda path: (len(path), str(path[-1]).zfill(9)), reverse=True):
        owner: Any = left
        for step in path[:-1]:
            owner = owner[step]
        del owner[path[-1]]
    return left


def _standing(content: Any, place: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Return the part of a place that is there in the content."""
    there: list[int | str] = []
    for step in place:
        inside = step in content if isinstance(content, dict) else isinstance(content, list) and isinstance(step, int)
        if not inside:
            break
        content = content[step]
        there.append(step)
    return tuple(there)


def _fault(model: type[BaseModel], item: Any, where: str) -> Fault:
    of_a_key = item["type"] in {"extra_forbidden", "missing"}
    place = [_named(step) for step in item["loc"] if of_a_key or not _KIND.fullmatch(str(step))]
    key = ".".join(place)
    if item["type"] == "extra_forbidden":
        owner = _owner(model, item["loc"][:-1])
        known = list(owner.model_fields) if owner else []
        return Fault(f"{where}, {key}", f"unknown key '{place[-1]}'", "a known key", nearest(place[-1], known))
    if item["type"] == "missing":
        return Fault(f"{where}, {key}", "nothing", f"a value for '{place[-1]}'", "Add it.")
    found = repr(item["input"]) if key else "keys that do not go together"
    message = _EXPECTED.get(item["type"]) or item["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return Fault(f"{where}, {key}" if key else where, textwrap.shorten(found, 80), message)


def _named(step: int | str) -> str:
    return f"[{step}]" if isinstance(step, int) else str(step)


def _owner(model: type[BaseModel], path: tuple[int | str, ...]) -> type[BaseModel] | None:
    """Return the class of the object that stands at a path inside a model."""
    owner: type[BaseModel] | None = model
    names = False  # whether the next step is a name of the user's, not a key of ours
    for step in path:
        if owner is None or isinstance(step, int):
            continue
        if names:
            names = False
            continue
        annotation: Any = owner.model_fields[step].annotation if step in owner.model_fields else None
        names = getattr(annotation, "__origin__", None) is dict
        owner = _first_model(annotation)
    return owner


def _first_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _first_model(inner)
        if found:
            return found
    return None
