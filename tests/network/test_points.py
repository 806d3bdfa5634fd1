"""Where zones and facilities meet the roads is listed with its distance, and what cannot stand is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from territory.errors import GeodataError
from territory.network import snapped_points, travel_times
from territory.scenario import NetworkOptions
from territory.tables import Region


def test_every_point_has_its_nearest_node(small: Region) -> None:
    points = snapped_points(small)
    assert points["id"].tolist() == [*small.zones["zone_id"], *small.facilities["facility_id"]]
    both = pd.concat([small.zones[["x_m", "y_m"]], small.facilities[["x_m", "y_m"]]]).to_numpy(dtype=float)
    nodes = small.road_nodes[["x_m", "y_m"]].to_numpy(dtype=float)
    km = np.hypot(*(both[:, None, :] - nodes[None, :, :]).transpose(2, 0, 1)) / 1000
    assert points["snap_km"].to_numpy() == pytest.approx(km.min(axis=1))
    assert points["node_id"].tolist() == small.road_nodes["node_id"].iloc[km.argmin(axis=1)].tolist()
    assert points["reached"].all()


def test_far_points_and_islands_are_listed_and_refused_with_their_distance(small: Region) -> None:
    facilities = small.facilities.copy()
    facilities["x_m"] = facilities["x_m"].where(facilities.index >= 25, facilities["x_m"] - 400_000)
    lonely = small.zones["zone_id"].iloc[0]
    roads = small.roads[(small.roads["from_node"] != lonely) & (small.roads["to_node"] != lonely)]
    broken = replace(small, facilities=facilities, roads=roads.reset_index(drop=True))
    points = snapped_points(broken)
    assert (points["snap_km"] > 25).sum() == 25
    assert not points.loc[points["id"] == lonely, "reached"].item()
    with pytest.raises(GeodataError) as caught:
        travel_times(broken, NetworkOptions())
    told = [str(fault) for fault in caught.value.faults]
    far = points[points["snap_km"] > 25].sort_values("snap_km", ascending=False)
    assert f"a point {far['snap_km'].iloc[0]:.1f} km from the nearest node" in told[1]
    assert sum("from the nearest node" in line for line in told) == 20
    assert any(f"zones.csv, zone_id '{lonely}'" in line and "cut off" in line for line in told)
    assert any("facilities.csv: found 5 more such points" in line for line in told)
