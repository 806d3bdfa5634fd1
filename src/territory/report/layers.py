"""The run as layers for QGIS: zones, facilities, flows and provinces in one GeoPackage, WGS 84."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from territory.output_files import replacing, without_time
from territory.report import facts, reach
from territory.report.data import Outlines, RunData

_CRS = "EPSG:4326"


def write_layers(run: RunData, path: Path) -> None:
    """Write the layers of a run.

    Parameters
    ----------
    run
        The finished run.
    path
        The GeoPackage; it appears whole or not at all.
    """
    zones, facilities = _points(_zones(run)), _points(facts.facility_facts(run))
    layers = {
        "zones": zones,
        "facilities": facilities,
        "flows": _flows(run, zones, facilities),
        "provinces": _outlines(run),
    }
    shapes = {"zones": "Point", "facilities": "Point", "flows": "LineString", "provinces": "MultiPolygon"}
    with replacing(path) as temporary:
        for name, frame in layers.items():
            frame.to_file(temporary, layer=name, driver="GPKG", engine="pyogrio", geometry_type=shapes[name])
        without_time(temporary)


def read_outlines(path: Path) -> Outlines:
    """Return province -> rings of (lon, lat), from the layer ``provinces`` of a GeoPackage."""
    frame = gpd.read_file(path, layer="provinces", engine="pyogrio")
    return {
        str(province): tuple(
            tuple((float(lon), float(lat)) for lon, lat in part.exterior.coords) for part in getattr(shape, "geoms", ())
        )
        for province, shape in zip(frame["province"], frame.geometry, strict=True)
    }


def _zones(run: RunData) -> pd.DataFrame:
    """Return the facts of each zone, and the posts of each staff group per 10,000 people within reach in the plan."""
    zones = facts.zone_facts(run)
    groups = reach.staff_groups(run)
    return zones.assign(
        **{f"reach_{group}": zones["zone_id"].map(reach.zone_reach(run, group)).fillna(0.0) for group in groups}
    )


def _points(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    points = gpd.points_from_xy(frame["lon"], frame["lat"], crs=_CRS)
    return gpd.GeoDataFrame(frame.drop(columns=["lon", "lat"]), geometry=points)


def _flows(run: RunData, zones: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one straight line for each zone and facility between which people travel."""
    flows = facts.flow_facts(run)
    ends = []
    for name, places in (("zone_id", zones), ("facility_id", facilities)):
        points = places.set_index(name).geometry.reindex(flows[name])
        ends.append(np.column_stack([points.x, points.y]))
        flows[name.removesuffix("_id")] = flows[name].map(places.set_index(name)["name"])
    lines = shapely.linestrings(np.stack(ends, axis=1)) if len(flows) else []
    return gpd.GeoDataFrame(flows, geometry=gpd.GeoSeries(lines, index=flows.index, crs=_CRS))


def _outlines(run: RunData) -> gpd.GeoDataFrame:
    shapes = [shapely.MultiPolygon([shapely.Polygon(ring) for ring in rings]) for rings in run.outlines.values()]
    names = pd.Series(list(run.outlines), dtype="str")
    return gpd.GeoDataFrame({"province": names}, geometry=gpd.GeoSeries(shapes, crs=_CRS))
