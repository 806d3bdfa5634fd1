"""The base of every options object of a scenario."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator


class Options(BaseModel):
    """Base of every options object: frozen; an unknown key, a word said twice and yes for a number are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _plain(cls, value: Any, field: ValidationInfo) -> Any:
        """Refuse what YAML lets through: yes and no (which count as 1 and 0), names of nothing, a word twice."""
        inner = list(value.values()) if isinstance(value, dict) else [value]
        may_be = cls.model_fields[str(field.field_name)].annotation is bool
        if not may_be and any(isinstance(part, bool) for part in inner):
            msg = "a number or a word, not yes or no"
            raise ValueError(msg)
        if isinstance(value, dict) and any(not str(key).strip() for key in value):
            msg = "a name for each entry, none of them empty"
            raise ValueError(msg)
        twice = list(_twice(value)) if isinstance(value, list | tuple) else []
        if twice:
            msg = f"each entry once, not twice {', '.join(twice)}"
            raise ValueError(msg)
        return value


def _twice(entries: list[Any] | tuple[Any, ...]) -> Iterator[str]:
    counts = Counter(entry for entry in entries if isinstance(entry, Hashable))
    return (str(entry) for entry, count in counts.items() if count > 1)
