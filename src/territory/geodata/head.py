"""The head of a territory: what it is called, its coordinate system, its provinces, and the sources of its figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict

from territory.errors import Fault
from territory.geodata.sheets import Sheet
from territory.tables import Region, Source

HEAD_SHEETS = {
    "territory": ("key", "value"),
    "provinces": ("province", "fr", "en", "ar"),
    "sources": ("key", "title", "publisher", "year", "licence", "attribution", "note"),
}
_LANGUAGES = ("fr", "en", "ar")


class _SourceEntry(BaseModel):
    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    key: str
    title: str
    publisher: str
    year: str | None = None
    licence: str
    attribution: str
    note: str = ""


class _ProvinceEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    province: str
    fr: str
    en: str
    ar: str


class Head(BaseModel):
    """What ``territory.yaml`` holds."""

    model_config = ConfigDict(extra="forbid")

    territory_id: str
    name: dict[str, str]
    languages: list[str]
    metric_crs: str
    provinces: list[_ProvinceEntry]
    sources: list[_SourceEntry]

    @property
    def province_names(self) -> dict[str, dict[str, str]]:
        """Name of each province by language."""
        return {entry.province: {"fr": entry.fr, "en": entry.en, "ar": entry.ar} for entry in self.provinces}

    @property
    def source_list(self) -> tuple[Source, ...]:
        """The sources as the region hands them on."""
        return tuple(Source(**entry.model_dump()) for entry in self.sources)


def head_content(sheets: Mapping[str, Sheet]) -> tuple[dict[str, Any] | None, list[Fault]]:
    """Return the content of ``territory.yaml`` from the tables `HEAD_SHEETS`, or None where they do not hold it."""
    faults = []
    for name, columns in HEAD_SHEETS.items():
        if name in sheets:
            lacking = [column for column in columns[:2] if column not in sheets[name].frame]
            faults += [Fault(sheets[name].name, f"no column '{column}'", ", ".join(columns)) for column in lacking]
    if faults or len(sheets) < len(HEAD_SHEETS):
        return None, faults
    keys = dict(zip(sheets["territory"].frame["key"], sheets["territory"].frame["value"], strict=True))
    told = {str(key): str(value) for key, value in keys.items() if pd.notna(key) and pd.notna(value)}
    content: dict[str, Any] = {
        "name": {lang: told.pop(f"name_{lang}") for lang in _LANGUAGES if f"name_{lang}" in told},
        "languages": told.pop("languages", "").replace(",", " ").split(),
        **told,
    }
    for name in ("provinces", "sources"):
        rows = sheets[name].frame.to_dict("records")
        content[name] = [{str(key): value for key, value in row.items() if pd.notna(value)} for row in rows]
    return content, []


def head_tables(content: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Return the content of ``territory.yaml`` as tables, the way back of `head_content`."""
    keys = {
        "territory_id": content["territory_id"],
        **{f"name_{lang}": name for lang, name in content["name"].items()},
        "languages": ", ".join(content["languages"]),
        "metric_crs": content["metric_crs"],
    }
    rows = {"territory": [{"key": key, "value": value} for key, value in keys.items()]}
    rows |= {name: content[name] for name in ("provinces", "sources")}
    return {name: pd.DataFrame(rows[name], columns=list(columns)) for name, columns in HEAD_SHEETS.items()}


def head_of(region: Region) -> dict[str, Any]:
    """Return the head of a region as ``territory.yaml`` holds it."""
    return {
        "territory_id": region.region_id,
        "name": dict(region.name),
        "languages": list(region.languages),
        "metric_crs": region.metric_crs,
        "provinces": [{"province": province, **names} for province, names in region.provinces.items()],
        "sources": [vars(source).copy() for source in region.sources],
    }
