"""The pilot region holds the published facts."""

from __future__ import annotations

import networkx as nx
import pandas as pd
import pytest

from territory.network import road_graph
from territory.scenario import NetworkOptions
from territory.tables import Region


def test_zones_and_people(pilot: Region) -> None:
    zones = pilot.zones
    assert len(zones) == 199
    assert zones["population_persons"].sum() == 4_467_911
    assert zones["population_2014_persons"].sum() == 4_236_892
    assert zones["households"].sum() == 1_135_717
    assert zones["urban_persons"].sum() == 2_855_366


def test_communes_and_municipalities(pilot: Region) -> None:
    communes = pilot.zones.drop_duplicates("commune_id")
    assert len(communes) == 194
    # the city of Fès is one municipality, told by its six arrondissements
    assert communes["kind"].isin(["municipality", "arrondissement"]).sum() == 33
    assert (pilot.zones["kind"] == "arrondissement").sum() == 6


def test_every_facility_of_the_lists_is_there(pilot: Region) -> None:
    counts = pilot.facilities["level"].value_counts().to_dict()
    assert len(pilot.facilities) == 502
    assert sum(counts[level] for level in ("DR", "CSR1", "CSR2", "CSU1", "CSU2")) == 423
    assert sum(counts[level] for level in ("HPr", "CHP", "CHR", "CHU", "CRO", "HPSY")) == 22
    assert counts["CLINIC"] == 31


def test_beds_come_near_the_published_total(pilot: Region) -> None:
    hospitals = pilot.facilities[pilot.facilities["level"].isin(["HPr", "CHP", "CHR", "CHU", "CRO", "HPSY"])]
    opened_later = hospitals["facility_id"] == "FM-H-9001"
    assert hospitals.loc[~opened_later, "beds"].sum() == pytest.approx(3346, abs=1)


def test_posts_are_estimates_and_say_so(pilot: Region) -> None:
    assert (pilot.posts["quality"] == "estimated").all()
    per_10000 = pilot.posts.groupby("staff_group")["fte"].sum() / 446.7911
    assert 0.8 < per_10000["generalist"] < 1.3
    assert 5 < per_10000["nurse"] < 7


def test_rooms_are_those_that_are_published(pilot: Region) -> None:
    assert pilot.rooms.set_index(["facility_id", "room"])["rooms"].to_dict() == {("FM-H-0021", "operating_room"): 5.0}


def test_every_row_names_a_source_with_a_licence(pilot: Region) -> None:
    keys = {source.key for source in pilot.sources}
    for table in (pilot.zones, pilot.facilities, pilot.posts, pilot.roads, pilot.road_nodes, pilot.rooms):
        assert set(table["source"]) <= keys
    assert all(source.licence and source.attribution for source in pilot.sources)


def test_roads_join_all_zones(pilot: Region) -> None:
    graph = road_graph(pilot, NetworkOptions())
    assert nx.is_connected(graph)
    assert set(pilot.zones["zone_id"]) <= set(graph.nodes)


def test_missing_is_never_a_number(pilot: Region) -> None:
    assert pilot.facilities["beds"].isna().any()
    assert (pilot.facilities["beds"].dropna() > 0).all()
    assert pd.api.types.is_bool_dtype(pilot.facilities["telemedicine"].dtype)
