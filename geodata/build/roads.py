"""Roads: nodes at the zones and at city centres, links of the facts, and streets inside a city."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import pandas as pd
from facts import BuildError, Facts, numbers
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


def build_roads(facts: Facts, settings: Mapping[str, object], nodes: pd.DataFrame, zones: pd.DataFrame) -> pd.DataFrame:
    """Make the links; each may be used both ways, and parallel links are kept.

    Returns
    -------
    DataFrame
        `ROAD_COLUMNS`; length in km, speed in km/h.
    """
    table = facts.table("roads")
    cited = table["distance_quality"] == "cited"
    roads = pd.DataFrame(
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
    roads = pd.concat([roads, _urban_links(settings, nodes, zones)], ignore_index=True)
    unknown = sorted(set(roads["from_node"]).union(roads["to_node"]) - set(nodes["node_id"]))
    if unknown:
        raise BuildError(f"roads.csv names places that are no node: {', '.join(unknown)}.")
    roads["road_id"] = [f"R{number:04d}" for number in range(1, len(roads) + 1)]
    return roads[ROAD_COLUMNS]


def _urban_links(settings: Mapping[str, object], nodes: pd.DataFrame, zones: pd.DataFrame) -> pd.DataFrame:
    """Join the city's centre, its arrondissements and the communes inside it, each with each."""
    urban = settings["urban_links"]
    if not isinstance(urban, dict):
        raise BuildError("The region's settings lack 'urban_links'.")
    inside = zones.loc[(zones["commune_id"] == urban["city"]) & (zones["kind"] == "arrondissement"), "zone_id"]
    places = sorted([urban["city"], *inside, *urban["also"]])
    points = nodes.set_index("node_id")
    geod = Geod(ellps="WGS84")
    links = []
    for start, end in combinations(places, 2):
        here, there = points.loc[start], points.loc[end]
        metres = geod.inv(here["lon"], here["lat"], there["lon"], there["lat"])[2]
        links.append((start, end, round(metres / 1000 * urban["factor"], 2)))
    frame = pd.DataFrame(links, columns=["from_node", "to_node", "km"])
    return frame.assign(
        road_ref="",
        road_class="urban",
        speed_kmh=float(urban["speed_kmh"]),
        source="urban_estimate",
        quality="estimated",
    )
