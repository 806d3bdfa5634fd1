"""Layers of maps in: GeoPackage, GeoJSON and Shapefile, one row a feature; shapes become the columns of the tables."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import Geod

from territory.errors import Fault
from territory.geodata.positions import in_degrees
from territory.geodata.road_lines import joined_at_ends
from territory.geodata.sheets import Part, Sheet, unreadable
from territory.tables import Schema

LAYER_SUFFIXES = (".gpkg", ".geojson", ".shp")
_FIRST_ROW = 1  # features have no header line above them
_SHAPEFILE_LETTERS = 10
_POLYGONS = ("Polygon", "MultiPolygon")
_SHAPES = {"point": ("Point",), "line": ("LineString", "MultiLineString")}
_M2_PER_KM2 = 1e6
_MOST_TOLD = 5
_GEOD = Geod(ellps="WGS84")


def read_layer(path: Path, part: Part, layer: str | None = None) -> tuple[dict[str, Sheet], list[Fault]]:
    """Read the layer of one part of a territory.

    Points give ``lon, lat``; so do polygons of zones, by a point inside, and ``area_km2`` where it is not told. Lines
    of roads give their ``km``, and where they do not name their nodes, those at their ends: then two sheets come back.

    Returns
    -------
    tuple
        Sheets by the name of their part, and every fault found.
    """
    name = path.name if layer is None else f"{path.name}, layer {layer}"
    told, faults = open_layer(path, name, layer)
    if told is None:
        return {}, faults
    if told.empty:
        return {}, [Fault(name, "no features", "at least one", "Add them.")]
    attributes = pd.DataFrame(told.drop(columns=told.geometry.name) if isinstance(told, gpd.GeoDataFrame) else told)
    frame = attributes.apply(_as_text)
    if path.suffix.lower() == ".shp":
        frame, faults = _whole_names(frame, part.schema, name)
    if part.shape == "none" or not isinstance(told, gpd.GeoDataFrame):
        return {part.name: Sheet(name, frame, _FIRST_ROW)}, faults
    placed, wrong = in_degrees(told, name)
    faults += wrong or _shape_faults(told, part, name)
    if faults or placed is None:
        return {}, faults
    if part.shape == "line":
        frame, nodes = joined_at_ends(frame, placed.geometry)
        sheets = {part.name: Sheet(name, frame, _FIRST_ROW)}
        return {**sheets, **({} if nodes is None else {"road_nodes": Sheet(name, nodes, _FIRST_ROW)})}, []
    return {part.name: Sheet(name, _with_points(frame, placed.geometry), _FIRST_ROW)}, []


def open_layer(path: Path, name: str, layer: str | None = None) -> tuple[pd.DataFrame | None, list[Fault]]:
    """Open a layer as it is: a frame with shapes, or without where it has none; or None and what is wrong."""
    if not path.is_file():
        return None, [Fault(name, "no such file", "a layer", "Add the file.")]
    try:
        return pyogrio.read_dataframe(path, layer=layer), []
    except (DataSourceError, DataLayerError, ValueError, RuntimeError) as problem:
        hint = "A Shapefile is .shp, .shx and .dbf together." if path.suffix.lower() == ".shp" else ""
        return None, [unreadable(path, problem, "a whole layer", where=name, hint=hint)]


def _as_text(values: pd.Series) -> pd.Series:
    """Return attributes as texts: whole numbers without a point, so that a code stays one."""
    if pd.api.types.is_float_dtype(values.dtype):
        return values.map(lambda value: str(int(value)) if value.is_integer() else repr(value), na_action="ignore")
    return values.map(str, na_action="ignore").astype("object").where(values.notna())


def _whole_names(frame: pd.DataFrame, schema: Schema, name: str) -> tuple[pd.DataFrame, list[Fault]]:
    """Give the columns of a Shapefile, cut to ten letters, their whole names again.

    Names that begin alike (``share_age_0_4``, ``share_age_5_14``) were numbered when they were cut: they are known by
    their order, as long as all of them are there.
    """
    whole: dict[str, str] = {}
    faults = []
    begin: dict[str, list[str]] = {}
    for column in schema.names:
        if len(column) > _SHAPEFILE_LETTERS and column not in frame:
            begin.setdefault(column[:_SHAPEFILE_LETTERS], []).append(column)
    for start, columns in begin.items():
        cut = [start, *(f"{start[: _SHAPEFILE_LETTERS - 2]}_{number}" for number in range(1, 10))]
        found = [field for field in cut if field in frame and field not in schema.names]
        if len(found) == len(columns):
            whole |= dict(zip(found, columns, strict=True))
        elif found:
            told = f"{len(found)} field(s) {', '.join(found)} for {', '.join(columns)}"
            hint = "A Shapefile cuts names to ten letters: use a GeoPackage."
            faults.append(Fault(name, told, "one for each", hint))
    return frame.rename(columns=whole), faults


def _shape_faults(layer: gpd.GeoDataFrame, part: Part, name: str) -> list[Fault]:
    shapes = (*_SHAPES[part.shape], *(_POLYGONS if part.shape == "point" else ()))
    wrong = np.flatnonzero(~layer.geometry.geom_type.isin(shapes).to_numpy() | layer.geometry.is_empty.to_numpy())
    faults = [
        Fault(f"{name}, row {row + _FIRST_ROW}", f"{_kind(layer.geometry.iloc[row])}", f"a {' or '.join(shapes)}")
        for row in wrong[:_MOST_TOLD]
    ]
    if len(wrong) > _MOST_TOLD:
        faults.append(Fault(name, f"{len(wrong) - _MOST_TOLD} more shapes of the wrong kind", " or ".join(shapes)))
    return faults


def _kind(shape: object) -> str:
    return "no shape" if shape is None or getattr(shape, "is_empty", True) else f"a {getattr(shape, 'geom_type', '')}"


def _with_points(frame: pd.DataFrame, shapes: gpd.GeoSeries) -> pd.DataFrame:
    """Return the frame with ``lon, lat`` of its shapes; polygons keep a point that is told beside them."""
    areas = shapes.geom_type.isin(_POLYGONS)
    shapes = shapes.make_valid() if areas.any() else shapes  # an outline that crosses itself has no area to speak of
    if areas.any() and {"lon", "lat"} <= set(frame.columns):
        return _with_areas(frame, shapes)
    points = shapes.representative_point() if areas.any() else shapes
    placed = frame.assign(lon=points.x.to_numpy(), lat=points.y.to_numpy())
    if "point_quality" not in placed and "quality" in placed:
        placed = placed.assign(point_quality=placed["quality"].where(~areas.to_numpy(), "estimated"))
    return _with_areas(placed, shapes) if areas.any() else placed


def _with_areas(frame: pd.DataFrame, shapes: gpd.GeoSeries) -> pd.DataFrame:
    if "area_km2" in frame:
        return frame
    areas = [abs(_GEOD.geometry_area_perimeter(shape)[0]) / _M2_PER_KM2 for shape in shapes]
    return frame.assign(area_km2=areas, area_quality=frame.get("quality"))
