"""A territory out: to a folder of CSV, to a workbook with a sheet per table, or to a GeoPackage for QGIS."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
import xlsxwriter
import yaml
from xlsxwriter.worksheet import Worksheet

from territory.errors import GeodataError
from territory.geodata.head import HEAD_SHEETS, head_of, head_tables
from territory.geodata.holdings import HEAD_FILE, OUTLINE_FILE, OUTLINE_POINTS, OUTLINES
from territory.geodata.positions import WGS84, Rings
from territory.geodata.sheets import PARTS
from territory.output_files import check_free, replacing, replacing_folder, without_time, write_text
from territory.tables import Column, Region, Schema
from territory.tables.vocabulary import text

Notes = Mapping[str, Mapping[str, str]]

_CREATED = dt.datetime(2000, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)  # so that equal data give equal bytes
_WIDTH = 18
_NOTE_SCALE = 2.5
_LAST_ROW = 1_048_575


@dataclass(frozen=True)
class Draft:
    """A territory as it is written, whole or still to be filled.

    `head` is what ``territory.yaml`` holds, `tables` the parts by name, `outlines` the rings of each province. `notes`
    say by language what keys of the head and columns hold; they are put beside them.
    """

    head: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]
    outlines: Mapping[str, Rings] = field(default_factory=dict)
    notes: Notes = field(default_factory=dict)


def write_region(region: Region, target: str | Path) -> Path:
    """Write a region so that `read_region` gives it back, and return where.

    Parameters
    ----------
    region
        The region; columns beyond the declared ones are not part of it.
    target
        A new or empty folder, or a file: ``.xlsx``, a workbook with a sheet per table, or ``.gpkg``, a GeoPackage
        with a layer per table.

    Raises
    ------
    GeodataError
        When something stands there already.
    """
    tables = {}
    for name, part in PARTS.items():
        table = getattr(region, name)
        told = [
            column.name for column in part.schema.columns if not (column.optional and table[column.name].isna().all())
        ]
        if len(table) or not part.may_lack:
            tables[name] = table[told]
    return write_draft(Draft(head_of(region), tables, region.outlines), Path(target))


def write_draft(draft: Draft, target: Path) -> Path:
    """Write a territory where nothing stands yet, in the format that the name of the target tells."""
    check_free(target, GeodataError)
    writers: Mapping[str, Callable[[Draft, Path], None]] = {".xlsx": write_workbook, ".gpkg": _write_geopackage}
    if target.suffix.lower() not in writers:
        with replacing_folder(target) as folder:
            write_folder(draft, folder)
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target) as temporary:
        writers[target.suffix.lower()](draft, temporary)
    return target


def write_folder(draft: Draft, folder: Path) -> None:
    """Write ``territory.yaml``, a CSV file for each table, and the outlines as GeoJSON."""
    keys = []
    for key, value in draft.head.items():
        keys += [f"# {told}\n" for told in draft.notes.get(f"head.{key}", {}).values()]
        keys.append(yaml.safe_dump({key: value}, allow_unicode=True, sort_keys=False, width=120))
    write_text(folder / HEAD_FILE, "".join(keys))
    for name, table in draft.tables.items():
        write_text(folder / f"{name}.csv", table.to_csv(index=False, lineterminator="\n"))
    if draft.outlines:
        features = [
            {"type": "Feature", "properties": {"province": province}, "geometry": shapely.geometry.mapping(shape)}
            for province, shape in _shapes(draft.outlines).items()
        ]
        layer = {"type": "FeatureCollection", "features": features}
        write_text(folder / f"{OUTLINE_FILE}.geojson", json.dumps(layer, ensure_ascii=False) + "\n")


def write_workbook(draft: Draft, path: Path) -> None:
    """Write a workbook; codes stand in cells of text, so that no program makes dates or numbers of them."""
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": _CREATED})
        formats = {"bold": book.add_format({"bold": True}), "text": book.add_format({"num_format": "@"})}
        if draft.notes:
            table = explained(draft.notes)
            _fill_sheet(book.add_worksheet("columns"), Schema("columns", tuple(map(_word, table))), table, {}, formats)
        for name, table in head_tables(draft.head).items():
            schema = Schema(name, tuple(_word(column) for column in HEAD_SHEETS[name]))
            page = book.add_worksheet(name)
            _fill_sheet(page, schema, table, draft.notes, formats)
            for row, key in enumerate(table.iloc[:, 0] if name == "territory" else [], 1):
                _note(page, row, 0, draft.notes, "head." + re.sub("_(fr|en|ar)$", "", str(key)))
        for name, table in draft.tables.items():
            _fill_sheet(book.add_worksheet(name), PARTS[name].schema, table, draft.notes, formats)
        points = [
            (province, ring, lon, lat)
            for province, rings in draft.outlines.items()
            for ring, corners in enumerate(rings, 1)
            for lon, lat in corners
        ]
        table = pd.DataFrame(points, columns=OUTLINE_POINTS.names)
        _fill_sheet(book.add_worksheet(OUTLINES), OUTLINE_POINTS, table, draft.notes, formats)


def explained(notes: Notes) -> pd.DataFrame:
    """Return every column of every table: its kind, whether all cells must be filled, what it holds by language."""
    rows = [
        {
            "table": name,
            "column": column.name,
            "kind": column.kind,
            "required": not (column.missing or column.optional),
            **notes[column.name],
        }
        for name, part in PARTS.items()
        for column in part.schema.columns
    ]
    return pd.DataFrame(rows)


def _word(name: object) -> Column:
    return text(str(name), str(name))


def _fill_sheet(page: Worksheet, schema: Schema, table: pd.DataFrame, notes: Notes, formats: Mapping[str, Any]) -> None:
    page.freeze_panes(1, 0)
    for position, column in enumerate(column for column in schema.columns if column.name in table):
        page.set_column(position, position, _WIDTH, formats["text"] if column.kind == "text" else None)
        page.write_string(0, position, column.name, formats["bold"])
        _note(page, 0, position, notes, column.name)
        if column.choices:
            page.data_validation(1, position, _LAST_ROW, position, {"validate": "list", "source": list(column.choices)})
        for row, value in enumerate(table[column.name], 1):
            if pd.isna(value):
                continue
            if column.kind == "text":
                page.write_string(row, position, str(value), formats["text"])
            elif column.kind == "flag":
                page.write_boolean(row, position, bool(value))
            else:
                page.write_number(row, position, value)


def _note(page: Worksheet, row: int, position: int, notes: Notes, name: str) -> None:
    if name in notes:
        page.write_comment(row, position, "\n".join(notes[name].values()), {"x_scale": _NOTE_SCALE})


def _write_geopackage(draft: Draft, path: Path) -> None:
    nodes = draft.tables["road_nodes"].set_index("node_id")[["lon", "lat"]]
    for name, table in {**head_tables(draft.head), **draft.tables}.items():
        shape = PARTS[name].shape if name in PARTS else "none"
        if shape == "none":
            pyogrio.write_dataframe(table, path, layer=name, driver="GPKG")
        elif shape == "point":
            points = gpd.points_from_xy(table["lon"], table["lat"], crs=WGS84)
            layer = gpd.GeoDataFrame(table.drop(columns=["lon", "lat"]), geometry=points)
            pyogrio.write_dataframe(layer, path, layer=name, driver="GPKG", geometry_type="Point")
        else:
            ends = [nodes.loc[table[end]].to_numpy(dtype=float) for end in ("from_node", "to_node")]
            lines = [shapely.LineString(pair) for pair in zip(*ends, strict=True)]
            layer = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(lines, index=table.index, crs=WGS84))
            pyogrio.write_dataframe(layer, path, layer=name, driver="GPKG", geometry_type="LineString")
    if draft.outlines:
        shapes = _shapes(draft.outlines)
        layer = gpd.GeoDataFrame({"province": list(shapes)}, geometry=list(shapes.values()), crs=WGS84)
        pyogrio.write_dataframe(layer, path, layer=OUTLINES, driver="GPKG", geometry_type="MultiPolygon")
    without_time(path)


def _shapes(outlines: Mapping[str, Rings]) -> dict[str, shapely.MultiPolygon]:
    return {
        province: shapely.MultiPolygon([shapely.Polygon(ring) for ring in rings])
        for province, rings in outlines.items()
    }
