"""Road links estimated where no table gives them: Gabriel graphs of the places, by class of road."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import Geod
from scipy.spatial import cKDTree

WGS84 = "EPSG:4326"
SOURCE = "road_estimate"
# Places of one point are joined too, and a link of no length is none.
SHORTEST_KM = 0.1
TOLERANCE_M = 1e-6
M_PER_KM = 1000.0


def estimate_links(
    rules: Mapping[str, Any], nodes: pd.DataFrame, zones: pd.DataFrame, cities: Mapping[str, list[str]], metric_crs: str
) -> pd.DataFrame:
    """Join all places by local roads, and the towns among them by main roads.

    Each layer is the Gabriel graph of its points: two places are joined where no third lies in the circle on the line
    between them. It holds the shortest tree over the points, so it is connected, and few of its links cross. Links
    between two places of one city are left to its streets.

    Parameters
    ----------
    rules : mapping
        Class of road to its ``factor`` (length over the geodesic distance) and ``speed_kmh``: ``main``, ``local``.
    nodes : DataFrame
        Of `roads.build_nodes`.
    zones : DataFrame
        With ``zone_id, kind``.
    cities : mapping
        City to all its places, of `roads.places_of_cities`.
    metric_crs : str
        Projection in which circles are drawn.

    Returns
    -------
    DataFrame
        ``from_node, to_node, road_ref, road_class, km, speed_kmh, source, quality``.
    """
    city_of = {place: city for city, places in cities.items() for place in places}
    city = np.array([city_of.get(node, node) for node in nodes["node_id"]])
    # Main roads reach a city with arrondissements at its centre.
    municipality = nodes["node_id"].isin(zones.loc[zones["kind"] == "municipality", "zone_id"])
    inside = nodes["node_id"].isin(list(city_of)) & ~nodes["node_id"].isin(list(cities))
    town = ((municipality & ~inside) | nodes["node_id"].isin(list(cities))).to_numpy()
    everywhere = np.ones(len(nodes), dtype=bool)
    points = gpd.GeoSeries(gpd.points_from_xy(nodes["lon"], nodes["lat"]), crs=WGS84).to_crs(metric_crs)
    metres = np.column_stack([points.x, points.y])
    layers = []
    for road_class, chosen in (("main", town), ("local", everywhere)):
        rows = np.flatnonzero(chosen)
        one, other = (rows[ends] for ends in gabriel_links(metres[rows]))
        between = city[one] != city[other]
        one, other = one[between], other[between]
        layers.append(_layer(nodes, one, other, road_class, rules[road_class]))
    return pd.concat(layers, ignore_index=True)


def gabriel_links(points: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the two ends, as rows of `points` (n, 2), of each link of the Gabriel graph."""
    one, other = np.triu_indices(len(points), k=1)
    radius = np.hypot(*(points[one] - points[other]).T) / 2
    nearest, _ = cKDTree(points).query((points[one] + points[other]) / 2)
    kept = nearest >= radius - TOLERANCE_M
    return one[kept], other[kept]


def _layer(
    nodes: pd.DataFrame,
    one: npt.NDArray[np.int64],
    other: npt.NDArray[np.int64],
    road_class: str,
    rule: Mapping[str, float],
) -> pd.DataFrame:
    lon, lat, names = (nodes[column].to_numpy() for column in ("lon", "lat", "node_id"))
    metres = Geod(ellps="WGS84").inv(lon[one], lat[one], lon[other], lat[other])[2]
    return pd.DataFrame(
        {
            "from_node": names[one],
            "to_node": names[other],
            "road_ref": "",
            "road_class": road_class,
            "km": np.maximum(np.asarray(metres) / M_PER_KM * rule["factor"], SHORTEST_KM).round(2),
            "speed_kmh": float(rule["speed_kmh"]),
            "source": SOURCE,
            "quality": "estimated",
        }
    )
