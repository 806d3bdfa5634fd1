"""Travel of a country in a process of its own: seconds and peak memory of `travel_times`, as one JSON object.

Run by `benchmarks/geography.py`: ``python benchmarks/travel_size.py ZONES FACILITIES NODES CUTOFF_MINUTES``. Places and
roads are random (a Delaunay triangulation over 600 x 600 km): for benchmarks only, they are nowhere.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from peak_memory import peak_mb
from scipy.spatial import Delaunay

import territory as tt
from territory.scenario import NetworkOptions
from territory.tables import Region

_PILOT = Path(__file__).parents[1] / "geodata" / "fes-meknes"
_SIDE_M = 600_000.0
_DETOUR, _KMH = 1.2, 60.0


def country(zones: int, facilities: int, nodes: int) -> Region:
    """Return a region of so many zones, facilities and road nodes."""
    draw = np.random.default_rng(1)
    pilot = tt.read_region(_PILOT)

    def spread(table: pd.DataFrame, count: int, **ids: list[str]) -> pd.DataFrame:
        rows = table.iloc[draw.integers(0, len(table), count)].reset_index(drop=True)
        x_m, y_m = draw.uniform(0, _SIDE_M, (2, count))
        return rows.assign(**ids, x_m=x_m, y_m=y_m)

    zone_ids = [f"zone-{number}" for number in range(zones)]
    own_zones = spread(pilot.zones, zones, zone_id=zone_ids)
    own_places = spread(
        pilot.facilities, facilities, facility_id=[f"facility-{number}" for number in range(facilities)]
    )
    points = draw.uniform(0, _SIDE_M, (nodes, 2))
    names = np.array([f"node-{number}" for number in range(nodes)], dtype=object)
    return replace(
        pilot,
        zones=own_zones,
        facilities=own_places.assign(zone_id=zone_ids[0]),
        posts=pilot.posts.iloc[:0],
        rooms=pilot.rooms.iloc[:0],
        road_nodes=pd.DataFrame({"node_id": names, "x_m": points[:, 0], "y_m": points[:, 1], "lon": 0.0, "lat": 0.0}),
        roads=_roads(points, names),
    )


def _roads(points: NDArray[np.float64], names: NDArray[np.object_]) -> pd.DataFrame:
    corners = Delaunay(points).simplices
    sides = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])
    ends = np.unique(np.sort(sides, axis=1), axis=0)
    km = np.hypot(*(points[ends[:, 0]] - points[ends[:, 1]]).T) / 1000.0 * _DETOUR
    return pd.DataFrame(
        {
            "road_id": [f"road-{number}" for number in range(len(ends))],
            "from_node": names[ends[:, 0]],
            "to_node": names[ends[:, 1]],
            "km": km,
            "speed_kmh": _KMH,
            "road_class": "national",
            "terrain_factor": np.nan,
            "closed_months": None,
        }
    )


def main() -> None:
    """Measure once."""
    zones, facilities, nodes, cutoff = map(int, sys.argv[1:])
    region = country(zones, facilities, nodes)
    begin = time.perf_counter()
    travel = tt.travel_times(region, NetworkOptions(cutoff_minutes=cutoff, largest_snap_km=100))
    seconds = time.perf_counter() - begin
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb(), "pairs": len(travel.table)}))


if __name__ == "__main__":
    main()
