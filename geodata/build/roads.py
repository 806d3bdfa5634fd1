"""Roads: nodes at the zones and at city centres, links of the facts or estimated, and streets inside a city."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import pandas as pd
from facts import BuildError, Facts, numbers
from links import M_PER_KM, SHORTEST_KM, estimate_links
from pyproj import Geod

NODE_COLUMNS = ["node_id", "lon", "lat", "source", "quality"]
ROAD_COLUMNS = ["road_id", "from_node", "to_node", "road_ref", "road_class", "km", "speed_kmh", "source", "quality"]
POINT_SOURCES = {"hcp": "hcp_rgph_2024", "osm": "osm", "geonames": "geonames"}
POINT_QUALITIES = {"hcp": "official", "osm": "osm", "geonames": "estimated"}


def build_nodes(facts: Facts, zones: pd.DataFrame) -> pd.DataFrame:
    """Make the nodes: every zone's point, and the centre of each city whose arrondissements are zones.

    Returns
    -------
    DataFrame
        `NODE_COLUMNS`, WGS 84 degrees. The quality of a seat taken from GeoNames is ``estimated``: a name was matched.
    """
    communes = facts.table("communes")
    centres = communes[~communes["commune_code"].isin(zones["zone_id"])]
    nodes = pd.concat(
        [
            zones[["zone_id", "lon", "lat", "point_quality"]].rename(columns={"zone_id": "node_id"}),
            pd.DataFrame(
                {
                    "node_id": centres["commune_code"],
                    "lon": numbers(centres, "point_lon"),
                    "lat": numbers(centres, "point_lat"),
                    "point_quality": centres["point_quality"],
                }
            ),
        ]
    ).sort_values("node_id", ignore_index=True)
    nodes["source"] = nodes["point_quality"].map(POINT_SOURCES)
    nodes["quality"] = nodes["point_quality"].map(POINT_QUALITIES)
    return nodes[NODE_COLUMNS]


def add_far_facilities(nodes: pd.DataFrame, facilities: pd.DataFrame, own_node_km: float) -> pd.DataFrame:
    """Add a node for each place of facilities that stands too far from every other node to share it."""
    rows = []
    geod = Geod(ellps="WGS84")
    lons, lats = nodes["lon"].to_list(), nodes["lat"].to_list()
    for place in facilities.itertuples(index=False):
        count = len(lons)
        metres = geod.inv([place.lon] * count, [place.lat] * count, lons, lats)[2]
        if min(metres) <= own_node_km * M_PER_KM:
            continue
        source, quality = POINT_SOURCES[place.point_quality], POINT_QUALITIES[place.point_quality]
        rows.append((place.facility_id, place.lon, place.lat, source, quality))
        lons.append(place.lon)
        lats.append(place.lat)
    added = pd.DataFrame(rows, columns=NODE_COLUMNS)
    return pd.concat([nodes, added], ignore_index=True) if rows else nodes


def build_roads(
    settings: Mapping[str, Any], nodes: pd.DataFrame, zones: pd.DataFrame, facts: Facts | None = None
) -> pd.DataFrame:
    """Make the links; each may be used both ways, and parallel links are kept.

    Parameters
    ----------
    settings : mapping
        Uses ``urban_links``; and ``links`` and ``metric_crs`` where links are estimated.
    nodes, zones : DataFrame
    facts : Facts, optional
        Its table ``roads`` is used where the settings do not tell how to estimate links.

    Returns
    -------
    DataFrame
        `ROAD_COLUMNS`; length in km, speed in km/h.
    """
    urban = settings["urban_links"]
    cities = places_of_cities(zones, urban["inside"])
    if facts is None:
        roads = estimate_links(settings["links"], nodes, zones, cities, settings["metric_crs"])
    else:
        roads = _links_of_facts(facts)
    streets = [_streets(places, urban, nodes) for _, places in sorted(cities.items())]
    roads = pd.concat([roads, *streets], ignore_index=True)
    unknown = sorted(set(roads["from_node"]).union(roads["to_node"]) - set(nodes["node_id"]))
    if unknown:
        raise BuildError(f"roads.csv names places that are no node: {', '.join(unknown)}.")
    roads["road_id"] = [f"R{number:04d}" for number in range(1, len(roads) + 1)]
    return roads[ROAD_COLUMNS]


def places_of_cities(zones: pd.DataFrame, inside: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the places of each city with arrondissements: its centre, the arrondissements, communes inside it."""
    parts = zones[zones["kind"] == "arrondissement"].groupby("commune_id")["zone_id"]
    return {str(city): sorted([str(city), *rows, *inside.get(str(city), [])]) for city, rows in parts}


def _links_of_facts(facts: Facts) -> pd.DataFrame:
    table = facts.table("roads")
    cited = table["distance_quality"] == "cited"
    return pd.DataFrame(
        {
            "from_node": table["from_code"],
            "to_node": table["to_code"],
            "road_ref": table["road_ref"],
            "road_class": table["road_class"],
            "km": numbers(table, "distance_km"),
            "speed_kmh": numbers(table, "speed_kmh"),
            "source": cited.map({True: "road_cited", False: "road_estimate"}),
            "quality": "estimated",
        }
    )


def _streets(places: Sequence[str], urban: Mapping[str, Any], nodes: pd.DataFrame) -> pd.DataFrame:
    """Join the places of one city, each with each."""
    points = nodes.set_index("node_id")
    geod = Geod(ellps="WGS84")
    links = []
    for start, end in combinations(places, 2):
        here, there = points.loc[start], points.loc[end]
        metres = geod.inv(here["lon"], here["lat"], there["lon"], there["lat"])[2]
        links.append((start, end, max(round(metres / M_PER_KM * urban["factor"], 2), SHORTEST_KM)))
    frame = pd.DataFrame(links, columns=["from_node", "to_node", "km"])
    return frame.assign(
        road_ref="",
        road_class="urban",
        speed_kmh=float(urban["speed_kmh"]),
        source="urban_estimate",
        quality="estimated",
    )
