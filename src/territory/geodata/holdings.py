"""The three places a territory may stand in: a folder of tables and layers, a GeoPackage, or a workbook."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
from pyogrio.errors import DataSourceError
from shapely import Polygon

from territory.csv_files import FIRST_ROW, read_csv_text
from territory.errors import Faults, GeodataError, nearest
from territory.geodata.head import HEAD_SHEETS, head_content
from territory.geodata.layers import LAYER_SUFFIXES, open_layer, read_layer
from territory.geodata.positions import WGS84, in_degrees
from territory.geodata.sheets import PARTS, Holding, Part, Sheet, unreadable
from territory.geodata.workbooks import read_workbook
from territory.tables import Column, Schema
from territory.tables.vocabulary import number, text
from territory.yaml_files import read_yaml

HEAD_FILE = "territory.yaml"
OUTLINES = "outlines"  # of provinces: a layer of a GeoPackage, a sheet of their points in a workbook
OUTLINE_FILE = "provinces"
OUTLINE_POINTS = Schema(
    OUTLINES,
    (
        text("province", "province or prefecture"),
        Column("ring", "integer", "number of the ring: islands make several", low=1),
        number("lon", "longitude, WGS 84 degrees", low=-180.0, high=180.0),
        number("lat", "latitude, WGS 84 degrees", low=-90.0, high=90.0),
    ),
)
_LEAST_POINTS = 3


def open_holding(place: Path, faults: Faults) -> Holding:
    """Read all that a place holds of a territory, and note what cannot be read."""
    if place.is_dir():
        return _folder(place, faults)
    return _workbook(place, faults) if place.suffix.lower() == ".xlsx" else _geopackage(place, faults)


def _folder(folder: Path, faults: Faults) -> Holding:
    sheets: dict[str, Sheet] = {}
    for part in PARTS.values():
        file = _only_file(folder, part.name, (".csv", *LAYER_SUFFIXES), faults)
        if file is not None:
            found = _csv(file, part, faults) if file.suffix == ".csv" else _layer(file, part, None, faults)
            sheets = {**found, **sheets}  # nodes that are told come before those at the ends of lines
    for part in PARTS.values():
        lacking = part.name not in sheets and not _files(folder, part.name) and not part.may_lack
        drawn = part.name == "road_nodes" and any(file.suffix != ".csv" for file in _files(folder, "roads"))
        if lacking and not drawn:
            expected = f"a CSV file in {folder.name}/, or a layer ({', '.join(LAYER_SUFFIXES)})"
            faults.add(f"{part.name}.csv", "no such file", expected, "Add the file.")
    file = _only_file(folder, OUTLINE_FILE, LAYER_SUFFIXES, faults)
    outlines = None if file is None else _outlines(file, file.name, None, faults)
    try:
        head = read_yaml(folder / HEAD_FILE, GeodataError)
    except GeodataError as problem:
        faults.extend(problem.faults)
        head = None
    return Holding(head, HEAD_FILE, sheets, outlines)


def _files(folder: Path, name: str, suffixes: tuple[str, ...] = (".csv", *LAYER_SUFFIXES)) -> list[Path]:
    return [folder / f"{name}{suffix}" for suffix in suffixes if (folder / f"{name}{suffix}").exists()]


def _only_file(folder: Path, name: str, suffixes: tuple[str, ...], faults: Faults) -> Path | None:
    """Return the file of a table, or None where there is none, or more than one: that is told."""
    files = _files(folder, name, suffixes)
    if len(files) > 1:
        told = " and ".join(file.name for file in files)
        faults.add(f"{folder.name}/", told, f"one file of {name}", "Remove the others.")
    return files[0] if len(files) == 1 else None


def _csv(file: Path, part: Part, faults: Faults) -> dict[str, Sheet]:
    told, found = read_csv_text(file, may_be_empty=part.may_lack)
    faults.extend(found)
    return {} if told is None else {part.name: Sheet(file.name, told.frame, FIRST_ROW, told.decimal_comma)}


def _layer(file: Path, part: Part, layer: str | None, faults: Faults) -> dict[str, Sheet]:
    sheets, found = read_layer(file, part, layer)
    faults.extend(found)
    return sheets


def _geopackage(file: Path, faults: Faults) -> Holding:
    try:
        layers = {str(name).lower(): str(name) for name, _ in pyogrio.list_layers(file)}
    except DataSourceError as problem:
        faults.extend([unreadable(file, problem, "a whole GeoPackage")])
        return Holding(None, file.name, {}, None)
    sheets: dict[str, Sheet] = {}
    heads = {name: Part(name, Schema(name, ()), "none") for name in HEAD_SHEETS}
    for part in (*heads.values(), *PARTS.values()):
        if part.name in layers:
            sheets = {**_layer(file, part, layers[part.name], faults), **sheets}
    for part in (*heads.values(), *PARTS.values()):
        if part.name not in (*layers, *sheets) and not part.may_lack:
            expected = f"a layer or table for each of {', '.join([*HEAD_SHEETS, *PARTS])}"
            faults.add(file.name, f"no layer '{part.name}'", expected, nearest(part.name, layers))
    outlines = None
    if OUTLINES in layers:
        outlines = _outlines(file, f"{file.name}, layer {OUTLINES}", layers[OUTLINES], faults)
    return _with_head(file, sheets, outlines, faults)


def _workbook(file: Path, faults: Faults) -> Holding:
    wanted = dict.fromkeys(HEAD_SHEETS, False) | {part.name: part.may_lack for part in PARTS.values()}
    sheets, found = read_workbook(file, {**wanted, OUTLINES: True})
    faults.extend(found)
    outlines = _outlines_of_points(sheets.pop(OUTLINES), faults) if OUTLINES in sheets else None
    return _with_head(file, sheets, outlines, faults)


def _with_head(file: Path, sheets: dict[str, Sheet], outlines: gpd.GeoDataFrame | None, faults: Faults) -> Holding:
    heads = {name: sheets.pop(name) for name in HEAD_SHEETS if name in sheets}
    content, found = head_content(heads)
    faults.extend(found)
    return Holding(content, file.name, sheets, outlines)


def _outlines(file: Path, name: str, layer: str | None, faults: Faults) -> gpd.GeoDataFrame | None:
    told, found = open_layer(file, name, layer)
    faults.extend(found)
    if told is None:
        return None
    if not isinstance(told, gpd.GeoDataFrame) or told.empty or "province" not in told.columns:
        faults.add(name, "no outlines with a property 'province'", "one outline for each province, named in 'province'")
        return None
    wrong = [row for row, kind in enumerate(told.geometry.geom_type, 1) if kind not in ("Polygon", "MultiPolygon")]
    for row in wrong:
        faults.add(f"{name}, feature {row}", "no polygon", "the outline of a province, a polygon")
    placed, found = in_degrees(told, name)
    faults.extend(found)
    return None if wrong else placed


def _outlines_of_points(sheet: Sheet, faults: Faults) -> gpd.GeoDataFrame | None:
    checked, found = sheet.checked(OUTLINE_POINTS)
    faults.extend(found)
    if checked is None:
        return None
    rings = checked.frame.groupby(["province", "ring"], sort=False)[["lon", "lat"]]
    shapes: dict[str, list[Polygon]] = {}
    for (province, ring), points in rings:
        if len(points) < _LEAST_POINTS:
            faults.add(f"{sheet.name}, {province}, ring {ring}", f"{len(points)} points", "three or more")
        else:
            shapes.setdefault(str(province), []).append(Polygon(points.to_numpy()))
    table = pd.DataFrame([(province, shape) for province, parts in shapes.items() for shape in parts])
    if table.empty:
        return None
    return gpd.GeoDataFrame({"province": table[0]}, geometry=gpd.GeoSeries(table[1], crs=WGS84))
