"""Travel times kept in a folder are those computed, of these inputs and no other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from territory.errors import GeodataError, ScenarioError
from territory.network import travel_times
from territory.scenario import NetworkOptions
from territory.tables import Region


def kept(folder: Path, **told: object) -> NetworkOptions:
    return NetworkOptions.model_validate({"cache": str(folder), **told})


@pytest.mark.parametrize("told", [{}, {"cutoff_minutes": 60}, {"without_car": {"share": 0.5}}])
def test_what_is_kept_is_what_was_computed(small: Region, tmp_path: Path, told: dict[str, object]) -> None:
    folder = tmp_path / "deep" / "cache"
    options = kept(folder, **told)
    plain = travel_times(small, NetworkOptions.model_validate(told))
    for _ in range(2):
        found = travel_times(small, options)
        assert found.table.equals(plain.table)
        assert found.driven.equals(plain.driven)
        assert (found.by_car is None) == (plain.by_car is None)
        assert len(list(folder.iterdir())) == 1


def test_the_second_time_nothing_is_computed(small: Region, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = travel_times(small, kept(tmp_path))
    monkeypatch.setattr("territory.network.travel.fastest_routes", None)
    assert travel_times(small, kept(tmp_path)).table.equals(first.table)
    with pytest.raises(TypeError):
        travel_times(small, kept(tmp_path, speed_factor=0.9))


def test_whatever_changes_the_trips_is_kept_apart(small: Region, tmp_path: Path) -> None:
    roads = small.roads.assign(km=small.roads["km"].where(small.roads.index != 3, 99.0))
    zones = small.zones.assign(area_km2=small.zones["area_km2"] * 2)
    regions = (small, replace(small, roads=roads), replace(small, zones=zones))
    options = (kept(tmp_path), kept(tmp_path, month=1), kept(tmp_path, access_detour=1.5))
    for region in regions:
        for told in options:
            plain = travel_times(region, told.model_copy(update={"cache": None})).table
            assert travel_times(region, told).table.equals(plain)
    assert len(list(tmp_path.iterdir())) == len(regions) * len(options)


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"x" * 1000])
def test_a_broken_file_is_made_anew(small: Region, tmp_path: Path, damage: bytes) -> None:
    first = travel_times(small, kept(tmp_path))
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage or whole[:-100])
    assert travel_times(small, kept(tmp_path)).table.equals(first.table)
    assert file.read_bytes() == whole


def test_a_folder_that_is_none_is_told_and_faults_are_not_kept(small: Region, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("taken")
    with pytest.raises(ScenarioError, match=r"network\.cache: found '.*file', which cannot be written"):
        travel_times(small, kept(tmp_path / "file"))
    with pytest.raises(GeodataError, match="from the nearest node"):
        travel_times(small, kept(tmp_path / "cache", largest_snap_km=0.001))
    assert not (tmp_path / "cache").exists()
