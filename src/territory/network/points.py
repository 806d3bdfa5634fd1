"""Where zones and facilities meet the roads: the nearest node of each, how far it is, and whether the roads go on."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from territory.errors import Faults, GeodataError
from territory.network.graph import road_graph
from territory.scenario import NetworkOptions
from territory.tables import Region

Floats = NDArray[np.float64]

_MEAN_DISTANCE_IN_DISC = 2.0 / 3.0
_M_PER_KM = 1000.0
_MOST_TOLD = 20
_FILES = {"zone": "zones.csv", "facility": "facilities.csv"}


def snapped_points(region: Region, options: NetworkOptions | None = None) -> pd.DataFrame:
    """Return where each zone and each facility meets the roads; nothing is refused.

    Parameters
    ----------
    region
        Zones, facilities and roads.
    options
        `month` and what else chooses the roads; the defaults when missing.

    Returns
    -------
    pandas.DataFrame
        A row for each zone, then for each facility: `kind` (zone or facility), `id`, `name`, `node_id` (the nearest
        node of the roads), `snap_km` (straight to it), `reached` (whether that node lies on the largest connected piece
        of the network; no other is reached from most of the territory).
    """
    return on_the_roads(region, road_graph(region, options or NetworkOptions())).drop(columns="node")


def on_the_roads(region: Region, graph: nx.MultiGraph) -> pd.DataFrame:
    """Return what `snapped_points` returns for a graph of the region's roads, and `node`, its position there."""
    names = np.array(list(graph.nodes), dtype=object)
    mainland = max(nx.connected_components(graph), key=len)
    reached = np.array([name in mainland for name in names], dtype=bool)
    tree = cKDTree(region.road_nodes[["x_m", "y_m"]].to_numpy(dtype=float))
    parts = []
    for kind, table in (("zone", region.zones), ("facility", region.facilities)):
        metres, node = tree.query(table[["x_m", "y_m"]].to_numpy(dtype=float))
        parts.append(
            pd.DataFrame(
                {
                    "kind": kind,
                    "id": table[f"{kind}_id"].to_numpy(),
                    "name": table["name"].to_numpy(),
                    "node_id": names[node],
                    "snap_km": metres / _M_PER_KM,
                    "reached": reached[node],
                    "node": node.astype(np.int64),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def check_points(points: pd.DataFrame, options: NetworkOptions) -> None:
    """Refuse points too far from the nodes of the roads, and points that the roads join to nothing.

    Raises
    ------
    GeodataError
        With every such point and its distance, up to twenty of a kind and then their number.
    """
    faults = Faults(GeodataError)
    open_then = f" open in month {options.month}" if options.month else ""
    for kind, file in _FILES.items():
        own = points[points["kind"] == kind]
        far = own[own["snap_km"] > options.largest_snap_km].sort_values("snap_km", ascending=False, kind="stable")
        for point in far.head(_MOST_TOLD).itertuples():
            faults.add(
                f"{file}, {kind}_id '{point.id}'",
                f"a point {point.snap_km:.1f} km from the nearest node of the roads",
                f"at most {options.largest_snap_km:g} km",
                "Add the road, correct the point, or raise network.largest_snap_km.",
            )
        lost = own[~own["reached"].astype(bool)]
        for point in lost.head(_MOST_TOLD).itertuples():
            faults.add(
                f"{file}, {kind}_id '{point.id}'",
                f"{point.name} cut off: no road{open_then} joins it to the rest of the territory",
                "a way from every zone to every facility",
                "Add the missing link to roads.csv, or correct closed_months."
                if options.month
                else "Add the missing link to roads.csv.",
            )
        more = sum(max(len(rows) - _MOST_TOLD, 0) for rows in (far, lost))
        if more:
            faults.add(file, f"{more} more such points", "none", "snapped_points lists them all.")
    faults.raise_if_any()


def spread_km(zones: pd.DataFrame, settled_density_per_km2: float) -> Floats:
    """Return the mean km from the inhabitants of each zone to its point: 2/3 of the radius of a disc of its area.

    Nobody lives on most of a desert: the disc is no larger than the inhabitants fill at the density of settled land.
    """
    people = zones["population_persons"].to_numpy(dtype=float)
    area = zones["area_km2"].to_numpy(dtype=float)
    settled = np.where(people > 0, np.minimum(area, people / settled_density_per_km2), area)
    return np.asarray(_MEAN_DISTANCE_IN_DISC * np.sqrt(settled / np.pi))
