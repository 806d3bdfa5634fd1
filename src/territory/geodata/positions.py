"""The one door for coordinate systems: WGS 84 degrees in, metres of the territory's own CRS out."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
from pyproj import CRS
from pyproj.exceptions import CRSError

from territory.errors import Fault
from territory.geodata.csv_files import FIRST_ROW

Rings = tuple[tuple[tuple[float, float], ...], ...]

_WGS84 = "EPSG:4326"
_TOLERANCE_M = 15_000.0  # outlines are simplified and points of large communes lie near borders
_MOST_TOLD = 5


def metric_crs_fault(name: str) -> Fault | None:
    """Return a fault unless the name is a projected CRS in metres."""
    expected = "a projected coordinate system in metres, such as EPSG:26191"
    try:
        crs = CRS.from_user_input(name)
    except CRSError:
        return Fault("territory.yaml, metric_crs", f"'{name}'", expected)
    if not crs.is_projected or crs.axis_info[0].unit_name != "metre":
        return Fault("territory.yaml, metric_crs", f"'{name}' ({crs.name})", expected)
    return None


def with_metres(table: pd.DataFrame, metric_crs: str) -> pd.DataFrame:
    """Return the table with columns ``x_m, y_m`` beside its ``lon, lat``."""
    points = gpd.GeoSeries(gpd.points_from_xy(table["lon"], table["lat"]), crs=_WGS84).to_crs(metric_crs)
    return table.assign(x_m=points.x.to_numpy(), y_m=points.y.to_numpy())


def outside_faults(
    table: pd.DataFrame, id_column: str, outlines: gpd.GeoDataFrame, metric_crs: str, file: str
) -> list[Fault]:
    """Return a fault for each point more than 15 km outside the outlines; swapped coordinates are told as such."""
    land = outlines.to_crs(metric_crs).union_all().buffer(_TOLERANCE_M)

    def inside(lon: pd.Series, lat: pd.Series) -> pd.Series:
        points = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=_WGS84).to_crs(metric_crs)
        return pd.Series(points.within(land).to_numpy(), index=table.index)

    here = inside(table["lon"], table["lat"])
    swapped = inside(table["lat"], table["lon"])
    faults = []
    for position in table.index[~here]:
        row = table.loc[position]
        found = f"{id_column} '{row[id_column]}' at lon {row['lon']:g}, lat {row['lat']:g}, outside the territory"
        hint = "Longitude and latitude look swapped." if swapped[position] else "Check the two coordinates."
        faults.append(Fault(f"{file}, row {position + FIRST_ROW}", found, "a point inside provinces.geojson", hint))
    if len(faults) > _MOST_TOLD:
        more = Fault(
            file, f"{len(faults) - _MOST_TOLD} more points outside the territory", "points inside provinces.geojson"
        )
        return [*faults[:_MOST_TOLD], more]
    return faults


def rings(outlines: gpd.GeoDataFrame) -> dict[str, Rings]:
    """Return the outer rings of each province as (lon, lat) points, for maps."""
    drawn: dict[str, Rings] = {}
    for province, shape in zip(outlines["province"], outlines.geometry, strict=True):
        parts = getattr(shape, "geoms", [shape])
        drawn[str(province)] = tuple(tuple((float(x), float(y)) for x, y, *_ in part.exterior.coords) for part in parts)
    return drawn
