"""Fastest routes against Floyd and Warshall on random networks, and what every travel time must obey."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory.errors import GeodataError, ScenarioError
from territory.network import travel_times
from territory.network.routes import fastest_routes
from territory.scenario import NetworkOptions
from territory.tables import Region


@st.composite
def networks(draw: st.DrawFn) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    nodes = draw(st.integers(1, 9))
    node = st.integers(0, nodes - 1)
    links = draw(st.lists(st.tuples(node, node, st.integers(1, 30), st.integers(1, 50)), max_size=25))
    table = np.array(links, dtype=float).reshape(-1, 4)
    return nodes, table[:, :2].astype(np.int64), table[:, 2], table[:, 3]


def floyd_warshall(nodes: int, ends: np.ndarray, minutes: np.ndarray) -> np.ndarray:
    least = np.full((nodes, nodes), np.inf)
    np.fill_diagonal(least, 0.0)
    for (one, other), length in zip(ends, minutes, strict=True):
        if one != other:
            least[one, other] = least[other, one] = min(least[one, other], length)
    for between in range(nodes):
        least = np.minimum(least, least[:, between, None] + least[None, between, :])
    return least


@given(networks(), st.sampled_from([np.inf, 20.0]))
def test_minutes_are_those_of_floyd_and_warshall(network: tuple, cutoff: float) -> None:
    nodes, ends, minutes, km = network
    every = np.arange(nodes)
    found, _ = fastest_routes(nodes, ends, minutes, km, every, every, cutoff_minutes=cutoff)
    expected = floyd_warshall(nodes, ends, minutes)
    assert (found == np.where(expected <= cutoff, expected, np.inf)).all()


@given(networks())
def test_ways_are_symmetric_and_obey_the_triangle(network: tuple) -> None:
    nodes, ends, minutes, km = network
    every = np.arange(nodes)
    found, _ = fastest_routes(nodes, ends, minutes, km, every, every)
    assert (found == found.T).all()
    assert (found[:, None, :] <= found[:, :, None] + found[None, :, :]).all()


@given(networks())
def test_km_are_those_of_a_fastest_route(network: tuple) -> None:
    """Minutes that tell every route apart: the km must be those of its links."""
    nodes, ends, _, km = network
    ends, link = np.unique(np.sort(ends, axis=1), axis=0, return_index=True)
    km, minutes = km[link], 1.0 + 2.0 ** np.arange(len(ends)) / 2.0 ** len(ends)
    every = np.arange(nodes)
    found, found_km = fastest_routes(nodes, ends, minutes, km, every, every)
    for start in range(nodes):
        walked = {start: 0.0}
        for node in np.argsort(found[start], kind="stable")[1:]:
            if not np.isfinite(found[start, node]):
                assert np.isinf(found_km[start, node])
                continue
            for (one, other), length, away in zip(ends, minutes, km, strict=True):
                for near, far in ((one, other), (other, one)):
                    if (
                        far == node
                        and near != far
                        and near in walked
                        and found[start, near] + length == found[start, node]
                    ):
                        walked[node] = walked[near] + away
            assert found_km[start, node] == pytest.approx(walked[node])


def test_a_cutoff_leaves_out_longer_trips_and_changes_no_other(small: Region) -> None:
    whole = travel_times(small, NetworkOptions()).table
    near = travel_times(small, NetworkOptions(cutoff_minutes=60)).table
    expected = whole[whole["minutes"] <= 60].reset_index(drop=True)
    assert 0 < len(near) < len(whole)
    assert near.equals(expected)


def test_a_cutoff_that_leaves_a_zone_alone_is_refused(small: Region) -> None:
    with pytest.raises(GeodataError, match=r"found no facility within the cutoff; expected one at least"):
        travel_times(small, NetworkOptions(cutoff_minutes=1))


def test_a_cutoff_of_a_level_holds_for_its_facilities_alone(small: Region) -> None:
    whole = travel_times(small, NetworkOptions()).table
    level = whole["facility_id"].map(small.facilities.set_index("facility_id")["level"])
    near = travel_times(small, NetworkOptions(cutoff_minutes=90, level_cutoff_minutes={"CSR1": 40, "CHP": 150})).table
    limit = level.map({"CSR1": 40.0, "CHP": 150.0}).fillna(90.0)
    expected = whole[whole["minutes"] <= limit].reset_index(drop=True)
    assert 0 < len(near) < len(whole)
    assert near.equals(expected)


def test_cutoffs_hold_for_a_matrix_too(small: Region, tmp_path: Path) -> None:
    file = tmp_path / "matrix.csv"
    travel_times(small, NetworkOptions()).table.to_csv(file, index=False)
    whole = travel_times(small, NetworkOptions(matrix=str(file))).table
    near = travel_times(small, NetworkOptions(matrix=str(file), cutoff_minutes=60)).table
    assert near.equals(whole[whole["minutes"] <= 60].reset_index(drop=True))


def test_a_cutoff_of_a_level_that_nobody_has_is_told(small: Region) -> None:
    with pytest.raises(ScenarioError, match=r"level_cutoff_minutes: found 'CSR-1'; expected a level .*CSR1"):
        travel_times(small, NetworkOptions(level_cutoff_minutes={"CSR-1": 40}))
