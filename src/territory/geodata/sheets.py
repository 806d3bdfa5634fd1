"""What a territory is made of, and one of its tables as it stands in a file, before any check."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import pandas as pd

from territory.csv_files import with_decimal_points
from territory.errors import Fault
from territory.tables import FACILITY_ROWS, POST_ROWS, ROAD_NODE_ROWS, ROAD_ROWS, ROOM_ROWS, ZONE_ROWS, Schema

_NUMBERS = ("number", "integer")
_LONGEST = 100


@dataclass(frozen=True)
class Part:
    """One table of a territory: its name in every format, its columns, and what its rows are on a map."""

    name: str
    schema: Schema
    shape: Literal["point", "line", "none"]
    may_lack: bool = False


PARTS = {
    part.name: part
    for part in (
        Part("zones", ZONE_ROWS, "point"),
        Part("facilities", FACILITY_ROWS, "point"),
        Part("posts", POST_ROWS, "none"),
        Part("road_nodes", ROAD_NODE_ROWS, "point"),
        Part("roads", ROAD_ROWS, "line"),
        Part("rooms", ROOM_ROWS, "none", may_lack=True),  # rooms are seldom published
    )
}


@dataclass(frozen=True)
class Sheet:
    """One table as a file has it: cells as texts, NA where empty; how it is called, and the number of its first row."""

    name: str
    frame: pd.DataFrame
    first_row: int
    decimal_comma: bool = False

    def row(self, position: int) -> str:
        """Return how a reader of the file finds a row."""
        return f"{self.name}, row {position + self.first_row}"

    def checked(self, schema: Schema) -> tuple[Sheet | None, list[Fault]]:
        """Return the sheet with the declared columns and dtypes, or None and every fault."""
        frame = self.frame
        if self.decimal_comma:
            told = [column.name for column in schema.columns if column.kind in _NUMBERS and column.name in frame]
            frame = frame.assign(**{name: with_decimal_points(frame[name]) for name in told})
        table, faults = schema.examine(frame, self.name, self.first_row)
        return (None, faults) if faults else (replace(self, frame=table), [])


@dataclass(frozen=True)
class Holding:
    """All that a folder, a workbook or a GeoPackage holds of a territory, unchecked; None where it could not be read.

    `outlines` are in WGS 84.
    """

    head: Mapping[str, Any] | None
    head_name: str
    sheets: Mapping[str, Sheet]
    outlines: gpd.GeoDataFrame | None


def unreadable(path: Path, problem: Exception, expected: str, *, where: str = "", hint: str = "") -> Fault:
    """Return the fault of a file that a library could not read, with the beginning of what it said."""
    said = str(problem).split("\n", 1)[0].replace(str(path), path.name) or type(problem).__name__
    found = f"a file that cannot be read ({textwrap.shorten(said, _LONGEST, placeholder=' ...')})"
    return Fault(where or path.name, found, expected, hint)
