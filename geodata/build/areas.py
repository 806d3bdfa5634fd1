"""Areas of zones that no table gives: as the settings declare them, or from the cells of the zones' points."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from apportion import FloatArray, largest_remainder
from facts import BuildError
from shapely import MultiPoint, voronoi_polygons
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

URBAN_KINDS = ("municipality", "arrondissement")
WGS84 = "EPSG:4326"
M2_PER_KM2 = 1e6
HUNDREDTHS = 100
# A town of few people still stands somewhere.
SMALLEST_TOWN_KM2 = 1.0


def declared_areas(
    zones: pd.DataFrame, areas: Mapping[str, Mapping[str, float] | str], province_areas: Mapping[str, float]
) -> pd.DataFrame:
    """Fill missing areas: a city's by population, a named zone's as given, one as the rest of its province.

    Parameters
    ----------
    zones : DataFrame
        Of `zones.build_zones`.
    areas : mapping
        The region's ``areas_km2``: ``cities``, ``zones``, ``remainder``.
    province_areas : mapping
        Area of each province's outline, square km.
    """
    zones = zones.copy()
    cities, named, remainder = areas["cities"], areas["zones"], areas["remainder"]
    if isinstance(cities, str) or isinstance(named, str):
        raise BuildError("In the region's settings, 'areas_km2: cities' and 'areas_km2: zones' should be mappings.")
    missing = zones["area_km2"].isna()
    for city_id, area in cities.items():
        inside = missing & (zones["commune_id"] == city_id)
        population = zones.loc[inside, "population_persons"].astype(float)
        zones.loc[inside, "area_km2"] = (population / population.sum() * area).round(2)
    for zone_id, area in named.items():
        zones.loc[missing & (zones["zone_id"] == zone_id), "area_km2"] = area
    last = zones["zone_id"] == remainder
    if last.any():
        province = str(zones.loc[last, "province"].iloc[0])
        others = float(zones.loc[(zones["province"] == province) & ~last, "area_km2"].sum())
        rest = province_areas[province] - others
        if rest <= 0:
            raise BuildError(f"The outline of {province} leaves no area for {remainder} ({rest:.1f} km2).")
        zones.loc[last, "area_km2"] = round(rest, 1)
    zones.loc[missing & zones["area_km2"].notna(), "area_quality"] = "estimated"
    return zones


def cell_areas(
    zones: pd.DataFrame, outlines: Mapping[str, BaseGeometry], metric_crs: str, urban_density: float
) -> pd.DataFrame:
    """Estimate every area from the Voronoi cells of the zones' points, so that a province sums to its outline.

    A town is far smaller than the cell of its point: it gets the area its people fill at the density of known towns,
    and no more than its cell; the rural communes of the province take the rest in proportion to their cells. Where a
    province has no rural commune, its zones have their cells.

    Parameters
    ----------
    zones : DataFrame
        Of `zones.build_zones`.
    outlines : mapping
        Province to its outline, WGS 84 degrees.
    metric_crs : str
        Projection in which areas are measured.
    urban_density : float
        Persons per square km in municipalities whose area is known.
    """
    zones = zones.copy()
    shapes = gpd.GeoSeries(dict(outlines), crs=WGS84).to_crs(metric_crs)
    points = gpd.GeoSeries(gpd.points_from_xy(zones["lon"], zones["lat"]), crs=WGS84, index=zones.index)
    points = points.to_crs(metric_crs)
    for province, rows in zones.groupby("province"):
        shape = shapes[province]
        areas = _cells_km2(points[rows.index], shape)
        urban = rows["kind"].isin(URBAN_KINDS).to_numpy()
        if not urban.all():
            people = rows["population_persons"].to_numpy(dtype=float)
            areas[urban] = np.minimum(areas, np.maximum(people / urban_density, SMALLEST_TOWN_KM2))[urban]
            areas[~urban] *= (shape.area / M2_PER_KM2 - areas[urban].sum()) / areas[~urban].sum()
        units = np.maximum(largest_remainder(areas, round(shape.area / M2_PER_KM2 * HUNDREDTHS)), 1)
        zones.loc[rows.index, "area_km2"] = units / HUNDREDTHS
    zones["area_quality"] = "estimated"
    return zones


def _cells_km2(points: gpd.GeoSeries, shape: BaseGeometry) -> FloatArray:
    """Return the area of each point's Voronoi cell inside the outline; points that coincide share one cell.

    A point outside the simplified outline is moved to its edge, so that each has a part of the province.
    """
    inside = [point if shape.covers(point) else nearest_points(shape, point)[0] for point in points]
    places = sorted({(point.x, point.y) for point in inside})
    cells = voronoi_polygons(MultiPoint(places), extend_to=shape, ordered=True).geoms if len(places) > 1 else [shape]
    by_place = {place: cell.intersection(shape).area for place, cell in zip(places, cells, strict=True)}
    here = [(point.x, point.y) for point in inside]
    shares: npt.NDArray[np.float64] = np.array([by_place[place] / here.count(place) for place in here])
    return shares / M2_PER_KM2
