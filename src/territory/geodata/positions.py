"""The one door for coordinate systems: WGS 84 degrees in, metres of the territory's own CRS out."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from territory.errors import Fault
from territory.geodata.sheets import Sheet

Rings = tuple[tuple[tuple[float, float], ...], ...]

WGS84 = "EPSG:4326"
_TOLERANCE_M = 15_000.0  # outlines are simplified and points of large communes lie near borders
_MOST_TOLD = 5


def metric_crs_fault(name: str, where: str) -> Fault | None:
    """Return a fault unless the name is a projected CRS in metres."""
    expected = "a projected coordinate system in metres, such as EPSG:26191"
    try:
        crs = CRS.from_user_input(name)
    except CRSError:
        return Fault(f"{where}, metric_crs", f"'{name}'", expected)
    if not crs.is_projected or crs.axis_info[0].unit_name != "metre":
        return Fault(f"{where}, metric_crs", f"'{name}' ({crs.name})", expected)
    return None


def with_metres(table: pd.DataFrame, metric_crs: str) -> pd.DataFrame:
    """Return the table with columns ``x_m, y_m`` beside its ``lon, lat``."""
    points = gpd.GeoSeries(gpd.points_from_xy(table["lon"], table["lat"]), crs=WGS84).to_crs(metric_crs)
    return table.assign(x_m=points.x.to_numpy(), y_m=points.y.to_numpy())


def with_degrees(sheet: Sheet, metric_crs: str) -> Sheet:
    """Return the sheet with ``lon, lat`` where it tells ``x_m, y_m`` of the metric CRS instead."""
    told = sheet.frame
    if {"lon", "lat"} & set(told.columns) or not {"x_m", "y_m"} <= set(told.columns):
        return sheet
    metres = [pd.to_numeric(told[name], errors="coerce").to_numpy(dtype=float) for name in ("x_m", "y_m")]
    lon, lat = Transformer.from_crs(metric_crs, WGS84, always_xy=True).transform(*metres)
    return replace(sheet, frame=told.assign(lon=lon, lat=lat).replace({"lon": {np.inf: None}, "lat": {np.inf: None}}))


def in_degrees(layer: gpd.GeoDataFrame, name: str) -> tuple[gpd.GeoDataFrame | None, list[Fault]]:
    """Return a layer in WGS 84, or None and what is wrong with its coordinate system."""
    if layer.crs is None:
        hint = "Set it in QGIS (Layer CRS), or add the .prj file."
        return None, [Fault(name, "no coordinate system", "a layer that tells its CRS", hint)]
    bounds = layer.total_bounds
    small = bool(np.isfinite(bounds).all()) and bool((np.abs(bounds) <= [180.0, 90.0, 180.0, 90.0]).all())
    if layer.crs.is_geographic and np.isfinite(bounds).all() and not small:
        found = f"coordinates to {np.abs(bounds).max():,.0f} called degrees ({layer.crs.name})"
        return None, [Fault(name, found, "degrees", "These look like metres: set the layer's CRS to the right one.")]
    if layer.crs.is_projected and small:
        found = f"coordinates within {np.abs(bounds).max():.1f} called metres ({layer.crs.name})"
        return None, [Fault(name, found, "metres", "These look like degrees: set the layer's CRS to EPSG:4326.")]
    return layer if layer.crs == CRS(WGS84) else layer.to_crs(WGS84), []


def outside_faults(sheet: Sheet, id_column: str, outlines: gpd.GeoDataFrame | None, metric_crs: str) -> list[Fault]:
    """Return a fault for each point of a checked sheet outside the territory; swapped coordinates are told as such.

    Outside is more than 15 km from the outlines, or where there are none, outside the area for which the metric CRS is
    made.
    """
    table = sheet.frame
    crs = CRS.from_user_input(metric_crs)
    if outlines is not None:
        land, area = (
            outlines.to_crs(metric_crs).make_valid().union_all().buffer(_TOLERANCE_M),
            "the outlines of the provinces",
        )
    elif crs.area_of_use is not None:
        west, south, east, north = crs.area_of_use.bounds
        area = f"the area of {crs.name} (lon {west:g} to {east:g}, lat {south:g} to {north:g})"
    else:
        return []

    def inside(lon: pd.Series, lat: pd.Series) -> pd.Series:
        if outlines is None:
            return lon.between(west, east) & lat.between(south, north)
        points = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=WGS84).to_crs(metric_crs)
        return pd.Series(points.within(land).to_numpy(), index=table.index)

    here = inside(table["lon"], table["lat"])
    swapped = inside(table["lat"], table["lon"])
    faults = []
    for position in table.index[~here]:
        row = table.loc[position]
        found = f"{id_column} '{row[id_column]}' at lon {row['lon']:g}, lat {row['lat']:g}, outside the territory"
        hint = "Longitude and latitude look swapped." if swapped[position] else "Check the two coordinates."
        faults.append(Fault(sheet.row(position), found, f"a point inside {area}", hint))
    if len(faults) > _MOST_TOLD:
        more = f"{len(faults) - _MOST_TOLD} more points outside the territory"
        return [*faults[:_MOST_TOLD], Fault(sheet.name, more, f"points inside {area}")]
    return faults


def rings(outlines: gpd.GeoDataFrame) -> dict[str, Rings]:
    """Return the outer rings of each province as (lon, lat) points, for maps."""
    drawn: dict[str, Rings] = {}
    for province, shape in zip(outlines["province"], outlines.geometry, strict=True):
        parts = getattr(shape, "geoms", [shape])
        own = tuple(tuple((float(x), float(y)) for x, y, *_ in part.exterior.coords) for part in parts)
        drawn[str(province)] = drawn.get(str(province), ()) + own
    return drawn
