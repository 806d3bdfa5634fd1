"""Roads drawn as lines: their length, and the nodes at their ends."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import Geod

_GEOD = Geod(ellps="WGS84")
_DEGREES = 6  # decimals kept: ends within some ten centimetres are one node
_M_PER_KM = 1000.0
_SHORTEST_KM = 0.001


def joined_at_ends(roads: pd.DataFrame, lines: gpd.GeoSeries) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Return the roads with what their lines tell, and the nodes at their ends unless the roads name them.

    Roads meet where lines end: a crossing without a node is a bridge.

    Parameters
    ----------
    roads
        Attributes, one row a line.
    lines
        LineStrings or MultiLineStrings, WGS 84.
    """
    told = roads.copy()
    parts = [list(getattr(line, "geoms", [line])) for line in lines]
    if "km" not in told:
        metres = np.array([_GEOD.geometry_length(line) for line in lines])
        told["km"] = np.maximum(metres / _M_PER_KM, _SHORTEST_KM)
    if "road_id" not in told:
        told["road_id"] = [f"R{number:06d}" for number in range(1, len(told) + 1)]
    if "road_ref" not in told:
        told["road_ref"] = None
    if {"from_node", "to_node"} <= set(told.columns):
        return told, None
    starts = np.round([line[0].coords[0][:2] for line in parts], _DEGREES)
    ends = np.round([line[-1].coords[-1][:2] for line in parts], _DEGREES)
    places, node = np.unique(np.concatenate([starts, ends]), axis=0, return_inverse=True)
    names = np.array([f"N{number:06d}" for number in range(1, len(places) + 1)])
    node = node.ravel()
    told["from_node"], told["to_node"] = names[node[: len(told)]], names[node[len(told) :]]
    nodes = pd.DataFrame({"node_id": names, "lon": places[:, 0], "lat": places[:, 1]})
    first = pd.Series(np.arange(2 * len(told)) % len(told)).groupby(node).min()
    for column in ("source", "quality"):
        if column in told:
            nodes[column] = told[column].to_numpy()[first.to_numpy()]
    return told, nodes
