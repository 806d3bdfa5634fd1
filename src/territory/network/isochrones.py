"""Isochrones: the ground from which facilities are within so many minutes, as polygons for maps."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from territory.errors import Faults, GeodataError
from territory.network.graph import MINUTES_PER_HOUR, links_of, road_graph
from territory.network.routes import fastest_routes
from territory.scenario import NetworkOptions
from territory.tables import Region

Floats = NDArray[np.float64]

_M_PER_KM = 1000.0
_WGS84 = "EPSG:4326"


def isochrones(
    region: Region, options: NetworkOptions, facilities: Sequence[str], limits_minutes: Sequence[float]
) -> gpd.GeoDataFrame:
    """Return for each limit the ground from which some of the facilities is no farther.

    Travel is that of `travel_times`: from a point straight to its nearest road node, over the roads, and to the door.
    So the ground of a node is a disc as large as the minutes left there allow, inside what lies nearest to the node.

    Parameters
    ----------
    region, options
        Roads and facilities; speeds and detour off the network.
    facilities
        Ids of the facilities.
    limits_minutes
        Minutes, each above 0.

    Returns
    -------
    geopandas.GeoDataFrame
        A row for each limit, as given: `minutes`, and a polygon or several in WGS 84; empty where nothing is so near.

    Raises
    ------
    GeodataError
        With every facility that is not known and every limit that is not above 0; when no facility or limit is named.
    """
    _check(region, facilities, limits_minutes)
    nodes = region.road_nodes[["x_m", "y_m"]].to_numpy(dtype=float)
    minutes = _minutes_from_nodes(region, options, facilities, nodes)
    cells = _cells(nodes)
    points = shapely.points(nodes)
    metres_per_minute = options.access_speed_kmh * _M_PER_KM / MINUTES_PER_HOUR / options.access_detour
    shapes = []
    for limit in limits_minutes:
        near = np.flatnonzero(minutes <= limit)
        radius = np.minimum((limit - minutes[near]) * metres_per_minute, options.largest_snap_km * _M_PER_KM)
        ground = shapely.intersection(cells[near], shapely.buffer(points[near], radius))
        shapes.append(shapely.union_all(ground))
    frame = gpd.GeoDataFrame(
        {"minutes": np.asarray(limits_minutes, dtype=float)}, geometry=gpd.GeoSeries(shapes, crs=region.metric_crs)
    )
    return frame.to_crs(_WGS84)


def _check(region: Region, facilities: Sequence[str], limits_minutes: Sequence[float]) -> None:
    faults = Faults(GeodataError)
    known = set(region.facilities["facility_id"])
    for name in facilities:
        if name not in known:
            faults.add("facilities", f"'{name}'", "a facility of the region")
    for limit in limits_minutes:
        if not (np.isfinite(limit) and limit > 0):
            faults.add("limits_minutes", f"{limit:g}", "minutes above 0")
    for name, told in (("facilities", facilities), ("limits_minutes", limits_minutes)):
        if not len(told):
            faults.add(name, "none", "one at least")
    faults.raise_if_any()


def _minutes_from_nodes(region: Region, options: NetworkOptions, facilities: Sequence[str], nodes: Floats) -> Floats:
    """Return minutes from every road node to the door of the nearest facility: routes from a place beyond all doors."""
    places = region.facilities[region.facilities["facility_id"].isin(facilities)]
    metres, node = cKDTree(nodes).query(places[["x_m", "y_m"]].to_numpy(dtype=float))
    door = metres / _M_PER_KM * options.access_detour / options.access_speed_kmh * MINUTES_PER_HOUR
    roads, on_road, _ = links_of(road_graph(region, options))
    beyond = len(nodes)
    ends = np.vstack([roads, np.column_stack([node, np.full(len(node), beyond)])])
    minutes = np.concatenate([on_road, np.maximum(door, np.finfo(float).tiny)])  # no link may take no time at all
    found, _ = fastest_routes(beyond + 1, ends, minutes, minutes, np.array([beyond]), np.arange(beyond))
    return np.asarray(found[0], dtype=float)


def _cells(nodes: Floats) -> NDArray[np.object_]:
    """Return what lies nearest to each node; nodes at one point share theirs."""
    places, row = np.unique(nodes, axis=0, return_inverse=True)
    box = shapely.buffer(shapely.envelope(shapely.multipoints(places)), np.ptp(places, axis=0).max() + 1e5)
    if len(places) == 1:
        return np.full(len(nodes), box, dtype=object)
    found = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(places), extend_to=box))
    first, second = shapely.STRtree(found).query(shapely.points(places), predicate="intersects")
    cell = pd.Series(second).groupby(first).first()
    return np.asarray(found[cell.to_numpy()][row.ravel()], dtype=object)
