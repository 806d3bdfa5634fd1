"""What is there? A territory's folder of files -> `Region`, with every fault of the folder told at once."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict
from pyogrio.errors import DataSourceError

from territory.errors import Fault, Faults, GeodataError, nearest
from territory.geodata.csv_files import FIRST_ROW, read_csv
from territory.geodata.positions import metric_crs_fault, outside_faults, rings, with_metres
from territory.tables import FACILITY_ROWS, POST_ROWS, ROAD_NODE_ROWS, ROAD_ROWS, ROOM_ROWS, ZONE_ROWS, Region, Source
from territory.yaml_files import model_from, read_yaml

_SHIPPED = Path(__file__).parent / "shipped"
_IN_CLONE = Path(__file__).parents[3] / "geodata"
_FILES = {
    "zones": ("zones.csv", ZONE_ROWS),
    "facilities": ("facilities.csv", FACILITY_ROWS),
    "posts": ("posts.csv", POST_ROWS),
    "road_nodes": ("road_nodes.csv", ROAD_NODE_ROWS),
    "roads": ("roads.csv", ROAD_ROWS),
    "rooms": ("rooms.csv", ROOM_ROWS),
}
_MAY_LACK = ("rooms",)  # rooms are seldom published
_MONTHS = {str(month) for month in range(1, 13)}
_MOST_TOLD = 5
_ROUNDING = 1e-6


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


class _TerritoryFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    territory_id: str
    name: dict[str, str]
    languages: list[str]
    metric_crs: str
    provinces: list[_ProvinceEntry]
    sources: list[_SourceEntry]


def find_region(name_or_path: str | Path) -> Path:
    """Return the folder of a territory given by its path, or by the name of one that comes with the package.

    Raises
    ------
    GeodataError
        When there is no such folder.
    """
    path = Path(name_or_path)
    for folder in (path, _SHIPPED / str(name_or_path), _IN_CLONE / str(name_or_path)):
        if (folder / "territory.yaml").is_file():
            return folder
    if path.is_dir():
        raise GeodataError(
            Fault(f"{path}", "a folder without territory.yaml", "the folder of a territory", "See geodata/fes-meknes.")
        )
    known = sorted({file.parent.name for root in (_SHIPPED, _IN_CLONE) for file in root.glob("*/territory.yaml")})
    hint = nearest(str(name_or_path), known)
    raise GeodataError(
        Fault("territory", f"'{name_or_path}'", "the folder of a territory or the name of a shipped one", hint)
    )


def read_region(name_or_path: str | Path) -> Region:
    """Read a territory: its zones, facilities, posts today and roads.

    Parameters
    ----------
    name_or_path
        A folder with ``territory.yaml``, ``zones.csv``, ``facilities.csv``, ``posts.csv``, ``road_nodes.csv``,
        ``roads.csv`` and ``provinces.geojson``, and ``rooms.csv`` where rooms are known; or the name of a shipped
        territory (``fes-meknes``).

    Raises
    ------
    GeodataError
        With every fault of the folder: files, columns, values, ids that do not meet, points outside.
    """
    folder = find_region(name_or_path)
    head = model_from(
        _TerritoryFile, read_yaml(folder / "territory.yaml", GeodataError), "territory.yaml", GeodataError
    )
    faults = Faults(GeodataError)
    tables: dict[str, pd.DataFrame] = {}
    for part, (file, schema) in _FILES.items():
        if part in _MAY_LACK and not (folder / file).exists():
            continue
        table, found = read_csv(folder / file, schema)
        faults.extend(found)
        if table is not None:
            tables[part] = table
    crs_fault = metric_crs_fault(head.metric_crs)
    faults.extend([crs_fault] if crs_fault else [])
    _check_meetings(tables, [source.key for source in head.sources], faults)
    for part in ("zones", "facilities"):
        if part in tables:
            names = [entry.province for entry in head.provinces]
            _unknown(
                tables[part]["province"], names, _FILES[part][0], "province", "a province of territory.yaml", faults
            )
    outlines = _read_outlines(folder / "provinces.geojson", faults)
    if outlines is not None and crs_fault is None:
        for part, id_column in (("zones", "zone_id"), ("facilities", "facility_id"), ("road_nodes", "node_id")):
            if part in tables:
                faults.extend(outside_faults(tables[part], id_column, outlines, head.metric_crs, _FILES[part][0]))
    faults.raise_if_any()
    return Region(
        region_id=head.territory_id,
        name=head.name,
        languages=tuple(head.languages),
        metric_crs=head.metric_crs,
        zones=with_metres(tables["zones"], head.metric_crs),
        facilities=with_metres(tables["facilities"], head.metric_crs),
        posts=tables["posts"],
        road_nodes=with_metres(tables["road_nodes"], head.metric_crs),
        roads=tables["roads"],
        rooms=tables.get("rooms", ROOM_ROWS.empty()),
        provinces={entry.province: {"fr": entry.fr, "en": entry.en, "ar": entry.ar} for entry in head.provinces},
        outlines=rings(outlines) if outlines is not None else {},
        sources=tuple(Source(**entry.model_dump()) for entry in head.sources),
    )


def _read_outlines(path: Path, faults: Faults) -> gpd.GeoDataFrame | None:
    if not path.is_file():
        faults.add(path.name, "no such file", "the outlines of the provinces, GeoJSON", "Add the file.")
        return None
    try:
        outlines = gpd.read_file(path)
    except DataSourceError:
        faults.add(path.name, "a file that is not GeoJSON", "the outlines of the provinces, GeoJSON")
        return None
    shapes = outlines.geometry.geom_type.isin(["Polygon", "MultiPolygon"]) if len(outlines) else pd.Series(dtype=bool)
    for position in outlines.index[~shapes.to_numpy(dtype=bool)]:
        faults.add(f"provinces.geojson, feature {position + 1}", "no polygon", "the outline of a province, a polygon")
    if not bool(shapes.all()):
        return None
    if "province" not in outlines.columns or outlines.empty:
        faults.add(path.name, "no property 'province'", "one outline for each province, named in 'province'")
        return None
    return outlines


def _check_meetings(tables: dict[str, pd.DataFrame], source_keys: list[str], faults: Faults) -> None:
    """Check that ids in one file stand in the file they point to, and that sources are told."""
    _meet(tables, "facilities", "zone_id", "zones", "zone_id", faults)
    _meet(tables, "posts", "facility_id", "facilities", "facility_id", faults)
    _meet(tables, "rooms", "facility_id", "facilities", "facility_id", faults)
    _meet(tables, "roads", "from_node", "road_nodes", "node_id", faults)
    _meet(tables, "roads", "to_node", "road_nodes", "node_id", faults)
    for part, table in tables.items():
        _unknown(table["source"], source_keys, _FILES[part][0], "source", "a key of sources in territory.yaml", faults)
    if "roads" in tables:
        _check_months(tables["roads"]["closed_months"], faults)
    if "zones" in tables:
        zones = tables["zones"]
        for position in zones.index[zones["urban_persons"] > zones["population_persons"]][:_MOST_TOLD]:
            where = f"zones.csv, row {position + FIRST_ROW}, column urban_persons"
            row = zones.loc[position]
            found = f"{row['urban_persons']} of {row['population_persons']} inhabitants"
            faults.add(where, found, "no more than the inhabitants")
        ages = zones[["share_age_0_4", "share_age_5_14", "share_age_60_plus"]].sum(axis=1)
        for position in zones.index[ages > 1 + _ROUNDING][:_MOST_TOLD]:
            where = f"zones.csv, row {position + FIRST_ROW}, columns share_age_..."
            faults.add(where, f"age shares that sum to {ages[position]:g}", "at most 1")


def _check_months(told: pd.Series, faults: Faults) -> None:
    for position, words in told.dropna().str.split().items():
        wrong = [word for word in words if word not in _MONTHS]
        if wrong:
            where = f"roads.csv, row {int(str(position)) + FIRST_ROW}, column closed_months"
            faults.add(where, f"'{wrong[0]}'", "months, 1 to 12, parted by spaces")


def _meet(
    tables: dict[str, pd.DataFrame], part: str, column: str, other: str, other_column: str, faults: Faults
) -> None:
    if part in tables and other in tables:
        known = tables[other][other_column].tolist()
        expected = f"an id of {_FILES[other][0]}"
        _unknown(tables[part][column], known, _FILES[part][0], column, expected, faults)


def _unknown(values: pd.Series, known: list[str], file: str, column: str, expected: str, faults: Faults) -> None:
    missing = np.flatnonzero(~values.isin(known).to_numpy())
    for position in missing[:_MOST_TOLD]:
        word = str(values.iloc[position])
        faults.add(f"{file}, row {position + FIRST_ROW}, column {column}", f"'{word}'", expected, nearest(word, known))
    if len(missing) > _MOST_TOLD:
        faults.add(f"{file}, column {column}", f"{len(missing) - _MOST_TOLD} more rows with the same fault", expected)
