"""Outlines of provinces: TopoJSON decoded, simplified arc by arc so that neighbours keep a common border."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import geopandas as gpd
from facts import BuildError
from shapely.geometry import LineString, MultiPolygon, Polygon, mapping
from shapely.geometry.base import BaseGeometry

Point: TypeAlias = tuple[float, float]

OBJECT = "provinces"
SOURCE = "morocco_map"
DECIMALS = 4
# About 250 m; the file's own grid is 150 m wide.
TOLERANCE_DEGREES = 0.0025


def read_outlines(path: Path) -> dict[str, Any]:
    """Read the TopoJSON file of the npm package ``morocco-map`` (``package/data/provinces.json``).

    Returns
    -------
    dict
        ``shapes`` (the provinces), ``arcs`` (their borders, in steps on a grid), ``grid`` (scale and origin, degrees).

    Raises
    ------
    BuildError
        When the file is not there or is not the expected TopoJSON.
    """
    if not path.is_file():
        raise BuildError(f"The outlines '{path}' do not exist. Unpack the npm package morocco-map 1.3.0.")
    try:
        topology = json.loads(path.read_text(encoding="utf-8"))
        return {
            "shapes": topology["objects"][OBJECT]["geometries"],
            "arcs": topology["arcs"],
            "grid": topology["transform"],
        }
    except (ValueError, KeyError, TypeError) as fault:
        raise BuildError(f"'{path}' is not the TopoJSON provinces.json of morocco-map 1.3.0.") from fault


def province_outlines(topology: Mapping[str, Any], provinces: Sequence[Mapping[str, str]]) -> dict[str, BaseGeometry]:
    """Decode and simplify the outlines of some provinces.

    Parameters
    ----------
    topology : mapping
        As read by `read_outlines`.
    provinces : sequence of mappings
        Each with ``province`` (the name to use) and ``outline`` (its id in the TopoJSON).

    Returns
    -------
    dict
        Province name to polygon, WGS 84 degrees.
    """
    arcs = [_decode_arc(arc, topology["grid"]) for arc in topology["arcs"]]
    shapes = {shape["id"]: shape for shape in topology["shapes"]}
    absent = [entry["province"] for entry in provinces if entry["outline"] not in shapes]
    if absent:
        raise BuildError(f"The outlines lack {', '.join(absent)}. Use morocco-map 1.3.0.")
    return {entry["province"]: _geometry(shapes[entry["outline"]], arcs) for entry in provinces}


def areas_km2(outlines: Mapping[str, BaseGeometry], metric_crs: str) -> dict[str, float]:
    """Return the area of each outline in square km, measured in the metric projection."""
    shapes = gpd.GeoSeries(dict(outlines), crs="EPSG:4326").to_crs(metric_crs)
    return {str(name): float(shape.area) / 1e6 for name, shape in shapes.items()}


def as_geojson(outlines: Mapping[str, BaseGeometry], attribution: str) -> str:
    """Return the outlines as GeoJSON text (WGS 84), one feature a line, with the attribution inside."""
    features = []
    for province, shape in outlines.items():
        feature = {
            "type": "Feature",
            "properties": {"province": province, "source": SOURCE, "quality": "osm"},
            "geometry": mapping(shape),
        }
        features.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    head = json.dumps({"type": "FeatureCollection", "attribution": attribution}, ensure_ascii=False)[:-1]
    return head + ', "features": [\n' + ",\n".join(features) + "\n]}\n"


def _decode_arc(arc: Sequence[Sequence[int]], grid: Mapping[str, Sequence[float]]) -> list[Point]:
    """Undo the steps and the grid of an arc, then simplify it (shared borders thus stay shared)."""
    column = row = 0
    points: list[Point] = []
    for step_column, step_row in arc:
        column, row = column + step_column, row + step_row
        lon = column * grid["scale"][0] + grid["translate"][0]
        lat = row * grid["scale"][1] + grid["translate"][1]
        points.append((round(lon, DECIMALS), round(lat, DECIMALS)))
    simple = LineString(points).simplify(TOLERANCE_DEGREES, preserve_topology=True)
    return [(float(lon), float(lat)) for lon, lat in simple.coords]


def _ring(indices: Sequence[int], arcs: Sequence[list[Point]]) -> list[Point]:
    """Join arcs end to end; a negative index ~i is arc i backwards."""
    ring: list[Point] = []
    for index in indices:
        points = arcs[index] if index >= 0 else arcs[~index][::-1]
        ring.extend(points if not ring else points[1:])
    return ring


def _geometry(shape: Mapping[str, Any], arcs: Sequence[list[Point]]) -> BaseGeometry:
    parts = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
    polygons = []
    for rings in parts:
        outer, *holes = [_ring(indices, arcs) for indices in rings]
        polygons.append(Polygon(outer, holes))
    geometry: BaseGeometry = polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)
    return geometry if geometry.is_valid else geometry.buffer(0)
