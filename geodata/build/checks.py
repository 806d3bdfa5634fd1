"""Checks of the finished tables; all faults are told at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import networkx as nx
import pandas as pd
from facts import BuildError

STAFF_GROUPS = frozenset(
    {
        "generalist", "nurse", "midwife", "gynaecologist", "paediatrician", "cardiologist", "internist",
        "ophthalmologist", "pneumologist", "surgeon", "anaesthetist", "anaesthesia_nurse", "radiologist",
        "radiology_technician", "laboratory_technician", "nephrologist", "oncologist", "psychiatrist",
    }
)  # fmt: skip
KEYS = {"zones": "zone_id", "facilities": "facility_id", "road_nodes": "node_id", "roads": "road_id"}


def check_tables(
    tables: Mapping[str, pd.DataFrame],
    settings: Mapping[str, Any],
    provinces: set[str],
    sources: set[str],
    groups: set[str],
) -> None:
    """Check counts, sums, identifiers, references and the graph.

    Parameters
    ----------
    tables : mapping
        ``zones, facilities, road_nodes, roads, posts, rooms``.
    settings : mapping
        ``expected``: ``zones, facilities`` (rows), ``population_persons, population_2014_persons, households`` (sums);
        ``expected_by_province``, the sums of each, may lack.
    provinces, sources : set of str
        Names and keys that the cells may hold.
    groups : set of str
        Staff groups that have a place in the region.

    Raises
    ------
    BuildError
        With one line per fault.
    """
    faults = [
        *_count_faults(tables, settings["expected"]),
        *_province_faults(tables["zones"], settings.get("expected_by_province", {})),
        *_key_faults(tables, provinces, sources),
        *_graph_faults(tables["road_nodes"], tables["roads"]),
        *_post_faults(tables, groups),
        *_room_faults(tables),
    ]
    if faults:
        raise BuildError("The tables fail their checks:\n" + "\n".join(f"  {fault}" for fault in faults))


def _count_faults(tables: Mapping[str, pd.DataFrame], expected: Mapping[str, int]) -> list[str]:
    zones = tables["zones"]
    found = {
        "zones": len(zones),
        "facilities": len(tables["facilities"]),
        "population_persons": int(zones["population_persons"].sum()),
        "population_2014_persons": int(zones["population_2014_persons"].sum()),
        "households": int(zones["households"].sum()),
    }
    return [
        f"{name}: expected {count}, found {found[name]}." for name, count in expected.items() if found[name] != count
    ]


def _province_faults(zones: pd.DataFrame, expected: Mapping[str, Mapping[str, int]]) -> list[str]:
    sums = zones.groupby("province")[["population_persons", "population_2014_persons", "households"]].sum()
    return [
        f"zones.csv, {province}: expected {count} {column}, found {sums[column].get(province, 0)}."
        for province, counts in expected.items()
        for column, count in counts.items()
        if sums[column].get(province, 0) != count
    ]


def _key_faults(tables: Mapping[str, pd.DataFrame], provinces: set[str], sources: set[str]) -> list[str]:
    faults = []
    for name, key in KEYS.items():
        twice = tables[name].loc[tables[name][key].duplicated(), key].unique()
        if len(twice):
            faults.append(f"{name}.csv: {key} twice: {', '.join(twice)}.")
    for name, table in tables.items():
        unknown = sorted(set(table["source"]) - sources)
        if unknown:
            faults.append(f"{name}.csv: sources without a key in territory.yaml: {', '.join(unknown)}.")
        if "province" in table and not set(table["province"]) <= provinces:
            faults.append(f"{name}.csv: unknown provinces {sorted(set(table['province']) - provinces)}.")
    stray = set(tables["facilities"]["zone_id"]) - set(tables["zones"]["zone_id"])
    if stray:
        faults.append(f"facilities.csv: zones that do not exist: {', '.join(sorted(stray))}.")
    merged = tables["facilities"].merge(tables["zones"][["zone_id", "province"]], on="zone_id", suffixes=("", "_zone"))
    abroad = merged.loc[merged["province"] != merged["province_zone"], "facility_id"]
    if len(abroad):
        faults.append(f"facilities.csv: province differs from that of the zone: {', '.join(abroad)}.")
    return faults


def _graph_faults(nodes: pd.DataFrame, roads: pd.DataFrame) -> list[str]:
    graph = nx.Graph()
    graph.add_nodes_from(nodes["node_id"])
    graph.add_edges_from(zip(roads["from_node"], roads["to_node"], strict=True))
    pieces = nx.number_connected_components(graph)
    faults = [] if pieces == 1 else [f"roads.csv: the graph falls into {pieces} pieces."]
    if not (roads[["km", "speed_kmh"]] > 0).all(axis=None):
        faults.append("roads.csv: lengths and speeds should be above 0.")
    return faults


def _post_faults(tables: Mapping[str, pd.DataFrame], groups: set[str]) -> list[str]:
    posts, facilities = tables["posts"], tables["facilities"]
    faults = []
    if set(posts["staff_group"]) != groups or not groups <= STAFF_GROUPS:
        faults.append(f"posts.csv: staff groups differ: {sorted(set(posts['staff_group']) ^ groups)}.")
    if posts.duplicated(["facility_id", "staff_group"]).any():
        faults.append("posts.csv: a facility has a staff group twice.")
    public = set(facilities.loc[facilities["sector"] == "public", "facility_id"])
    if set(posts["facility_id"]) != public:
        faults.append(f"posts.csv: not exactly the public facilities: {sorted(set(posts['facility_id']) ^ public)}.")
    return faults


def _room_faults(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    rooms = tables["rooms"]
    faults = []
    stray = set(rooms["facility_id"]) - set(tables["facilities"]["facility_id"])
    if stray:
        faults.append(f"rooms.csv: facilities that do not exist: {', '.join(sorted(stray))}.")
    if rooms.duplicated(["facility_id", "room"]).any():
        faults.append("rooms.csv: a facility has a kind of room twice.")
    return faults
