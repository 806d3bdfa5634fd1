"""The base of every options object of a scenario."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator


class Options(BaseModel):
    """Base of every options object: frozen; an unknown key, a word said twice and yes for a number are refused."""

    may_repeat: ClassVar[frozenset[str]] = frozenset()  # fields whose lists may say a value twice

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _plain(cls, value: Any, field: ValidationInfo) -> Any:
        """Refuse what YAML lets through: yes and no (which count as 1 and 0), names of nothing, a word twice."""
        annotation: Any = cls.model_fields[str(field.field_name)].annotation
        by_name = isinstance(value, dict) and getattr(annotation, "__origin__", None) is dict
        inner = list(value.values()) if by_name else [value]  # an options object inside looks to itself
        may_be = annotation is bool
        if not may_be and any(isinstance(part, bool) for part in inner):
            msg = "a number or a word, not yes or no"
            raise ValueError(msg)
        if isinstance(value, dict) and any(not str(key).strip() for key in value):
            msg = "a name for each entry, none of them empty"
            raise ValueError(msg)
        checked = isinstance(value, list | tuple) and field.field_name not in cls.may_repeat
        twice = list(_twice(value)) if checked else []
        if twice:
            msg = f"each entry once, not twice {', '.join(twice)}"
            raise ValueError(msg)
        return value


def _twice(entries: list[Any] | tuple[Any, ...]) -> Iterator[str]:
    counts = Counter(entry for entry in entries if isinstance(entry, Hashable))
    return (str(entry) for entry, count in counts.items() if count > 1)
