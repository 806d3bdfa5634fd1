"""OpenStreetMap extracts in: roads, health facilities and settlements, as the tables of a territory to be completed.

Read by OSMnx (``.osm``) and Pyrosm (``.osm.pbf``), which also join the pieces of a road between two junctions.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from territory.errors import Fault, GeodataError
from territory.geodata.blank import blank_head
from territory.geodata.sheets import PARTS, unreadable
from territory.geodata.writing import Draft

OSM_SUFFIXES = (".osm", ".osm.pbf")
# Mean speeds over a trip, km/h, supposed: OpenStreetMap tells at most what is allowed.
SPEEDS_KMH = {
    "motorway": 100,
    "trunk": 70,
    "primary": 60,
    "secondary": 50,
    "tertiary": 45,
    "unclassified": 35,
    "residential": 25,
    "living_street": 15,
    "service": 15,
    "road": 30,
    "track": 15,
}
_LINK = "_link"  # ramps drive as the class they belong to
_ALLOWED_SHARE = 0.9  # of a limit that is told, the mean speed
_AMENITIES = ("hospital", "clinic", "doctors", "health_post")
_HEALTHCARE = (*_AMENITIES, "doctor", "centre", "health_centre", "birthing_centre", "birthing_center", "community_care")
_PLACES = ("city", "town", "village", "hamlet")
_TAGS: dict[str, bool | str | list[str]] = {"amenity": [*_AMENITIES], "healthcare": [*_HEALTHCARE], "place": [*_PLACES]}
_TOLD = ("amenity", "healthcare", "place", "name", "name:ar", "population", "beds", "operator:type")
_SECTORS = {"public": "public", "government": "public", "private": "private", "business": "private"}
_SAME = {"doctors": "doctor", "birthing_center": "birthing_centre", "health_centre": "centre"}
_SOURCE = {
    "key": "osm",
    "title": "OpenStreetMap",
    "publisher": "OpenStreetMap contributors",
    "licence": "ODbL 1.0 (share-alike)",
    "attribution": "© OpenStreetMap contributors, ODbL 1.0",
}
_M_PER_KM = 1000.0
_SHORTEST_KM = 0.001


def read_osm(path: str | Path) -> Draft:
    """Return what an extract tells of a territory: roads whole, facilities and zones as far as they are mapped.

    Zones are the cities, towns, villages and hamlets; facilities the hospitals, clinics, doctors, health posts and
    centres, each in the zone of the nearest of them, with OpenStreetMap's own word as `level`. What is not mapped, the
    people of most places first, stays empty: `read_region` tells every cell that must be filled. Roads may be used both
    ways; their speeds are supposed by class (`SPEEDS_KMH`), at most 0.9 of a limit that is told, and so a road is
    `estimated` though its length is mapped.

    Parameters
    ----------
    path
        An extract, ``.osm`` or ``.osm.pbf``.

    Raises
    ------
    GeodataError
        When the file is missing, broken, or holds no roads; when the libraries are not installed.
    """
    file = Path(path)
    lacking = [name for name in ("osmnx", "pyrosm") if find_spec(name) is None]
    if lacking:
        hint = "Install them: pip install 'territory[osm]'."
        raise GeodataError(Fault(file.name, f"no {' and no '.join(lacking)}", "the libraries that read extracts", hint))
    if not file.is_file():
        raise GeodataError(Fault(str(file), "no such file", f"an extract, {' or '.join(OSM_SUFFIXES)}"))
    read = _read_pbf if file.name.endswith(".pbf") else _read_xml
    try:
        graph, places = read(file)
    except (ParseError, OSError, ValueError, KeyError) as problem:
        raise _broken(file, problem) from None
    except Exception as problem:  # Pyrosm's and protobuf's own errors have no other root
        if type(problem).__module__.split(".")[0] not in {"pyrosm", "google", "osmnx", "zlib"}:
            raise
        raise _broken(file, problem) from None
    if graph is None or not graph.number_of_edges():
        raise GeodataError(Fault(file.name, "no roads", "an extract with ways tagged highway", "Is it the right area?"))
    nodes, roads = _roads(graph)
    zones = _zones(places[places["place"].isin(_PLACES)])
    cared = places[places["amenity"].isin(_AMENITIES) | places["healthcare"].isin(_HEALTHCARE)]
    head = blank_head(file.name.removesuffix(".pbf").removesuffix(".osm"))
    crs = gpd.GeoSeries(gpd.points_from_xy(nodes["lon"], nodes["lat"]), crs="EPSG:4326").estimate_utm_crs()
    tables = {"zones": zones, "facilities": _facilities(cared, zones), "road_nodes": nodes, "roads": roads}
    tables = {name: table.reindex(columns=PARTS[name].schema.names) for name, table in tables.items()}
    tables["posts"] = pd.DataFrame(columns=PARTS["posts"].schema.names)
    return Draft({**head, "metric_crs": crs.to_string(), "sources": [_SOURCE]}, tables)


def _broken(file: Path, problem: Exception) -> GeodataError:
    hint = "Fetch it again; a download may have been cut short."
    return GeodataError(unreadable(file, problem, "a whole extract", hint=hint))


def _read_xml(file: Path) -> tuple[Any, gpd.GeoDataFrame]:
    import osmnx  # noqa: PLC0415  (an extra, slow to load)

    graph = osmnx.graph_from_xml(file, simplify=False, retain_all=True)
    graph.remove_edges_from([edge for *edge, way in graph.edges(keys=True, data="highway") if _class(way) is None])
    graph.remove_nodes_from([node for node, links in dict(graph.degree()).items() if not links])
    if graph.number_of_edges():
        graph = osmnx.simplify_graph(graph, edge_attrs_differ=["highway", "maxspeed"])
    try:
        places = osmnx.features_from_xml(file, tags=_TAGS).reset_index(names=["osm_type", "id"])
    except osmnx._errors.InsufficientResponseError:  # noqa: SLF001  (it has no public name)
        places = gpd.GeoDataFrame({"osm_type": [], "id": []}, geometry=[], crs="EPSG:4326")
    return graph, places.reindex(columns=[*_TOLD, "osm_type", "id", "geometry"])


def _read_pbf(file: Path) -> tuple[Any, gpd.GeoDataFrame]:
    import pyrosm  # noqa: PLC0415

    extract = pyrosm.OSM(file, progress=False)
    classes = [name + end for name in SPEEDS_KMH for end in ("", _LINK)]
    graph = extract.get_graph(
        "all",
        graph_type="networkx",
        retain_all=True,
        custom_filter={"highway": classes},
        filter_type="keep",
        simplify_kwargs={"edge_attrs_differ": ["highway", "maxspeed"]},
    )
    places = extract.get_data_by_custom_criteria(custom_filter=_TAGS, tags_as_columns=list(_TOLD))
    if places is None:
        places = gpd.GeoDataFrame({"osm_type": [], "id": []}, geometry=[], crs="EPSG:4326")
    return graph, places.reindex(columns=[*_TOLD, "osm_type", "id", "geometry"])


def _class(highway: Any) -> str | None:
    """Return the class of a road, or None where it is not one for cars."""
    name = str(highway[0] if isinstance(highway, list) else highway).removesuffix(_LINK)
    return name if name in SPEEDS_KMH else None


def _roads(graph: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return nodes and roads; the two directions of a road are one row."""
    rows = [
        (min(start, end), max(start, end), _class(way["highway"]), _ref(way), way["length"] / _M_PER_KM, _limit(way))
        for start, end, way in graph.edges(data=True)
    ]
    table = pd.DataFrame(rows, columns=["from_node", "to_node", "road_class", "road_ref", "km", "limit"])
    table["km"] = table["km"].astype(float).round(3).clip(lower=_SHORTEST_KM)
    ends = ["from_node", "to_node", "road_class", "km"]
    table = table[table["from_node"] != table["to_node"]].sort_values(ends).drop_duplicates(ends, ignore_index=True)
    supposed = table["road_class"].map(SPEEDS_KMH).astype(float)
    table["speed_kmh"] = np.fmin(supposed, table["limit"] * _ALLOWED_SHARE)
    table = table.assign(road_id=[f"R{number:06d}" for number in range(1, len(table) + 1)])
    table = table.assign(source="osm", quality="estimated")  # its length is mapped, its speed supposed
    used = sorted({*table["from_node"], *table["to_node"]})
    places = {"lon": [graph.nodes[node]["x"] for node in used], "lat": [graph.nodes[node]["y"] for node in used]}
    nodes = pd.DataFrame({"node_id": [f"n{node}" for node in used], **places, "source": "osm", "quality": "osm"})
    return nodes, table.assign(
        from_node="n" + table["from_node"].astype(str), to_node="n" + table["to_node"].astype(str)
    )


def _ref(way: dict[str, Any]) -> str | None:
    ref = way.get("ref")
    return str(ref[0] if isinstance(ref, list) else ref) if ref is not None and ref == ref else None  # noqa: PLR0124


def _limit(way: dict[str, Any]) -> float:
    """Return the lowest limit that is told in km/h, NaN where none is."""
    told = way.get("maxspeed")
    words = [str(word) for word in (told if isinstance(told, list) else [told])]
    return min((float(word) for word in words if word.isdecimal() and int(word) > 0), default=float("nan"))


def _named(places: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the points of mapped things, in the order of their ids, with an id of their own."""
    points = places.geometry.representative_point() if len(places) else places.geometry
    rows = pd.DataFrame(places.drop(columns="geometry")).assign(
        own=[
            "osm-" + str(kind)[0] + str(int(number))
            for kind, number in zip(places["osm_type"], places["id"], strict=True)
        ],
        lon=points.x.to_numpy(),
        lat=points.y.to_numpy(),
        point_quality="osm",
        source="osm",
        quality="osm",
    )
    return rows.sort_values("own", ignore_index=True)


def _zones(places: gpd.GeoDataFrame) -> pd.DataFrame:
    rows = _named(places)
    people = pd.to_numeric(rows["population"].astype("str").str.replace(r"[ ,.]", "", regex=True), errors="coerce")
    return rows.assign(
        zone_id=rows["own"],
        commune_id=rows["own"],
        kind=rows["place"],
        name_ar=rows["name:ar"],
        population_persons=people,
    ).astype({"population_persons": "Int64"})


def _facilities(places: gpd.GeoDataFrame, zones: pd.DataFrame) -> pd.DataFrame:
    rows = _named(places)
    told = rows["healthcare"].where(rows["healthcare"].isin(_HEALTHCARE), rows["amenity"])
    beds = pd.to_numeric(rows["beds"], errors="coerce")
    return rows.assign(
        facility_id=rows["own"],
        level=told.replace(_SAME),
        sector=rows["operator:type"].map(_SECTORS),
        zone_id=_nearest(rows, zones),
        beds=beds,
        beds_quality=beds.map(lambda _: "osm", na_action="ignore"),
    )


def _nearest(rows: pd.DataFrame, zones: pd.DataFrame) -> pd.Series:
    """Return the zone whose point is nearest; at this distance degrees are made equal by the latitude."""
    if rows.empty or zones.empty:
        return pd.Series([None] * len(rows), index=rows.index, dtype="object")
    shrink = np.cos(np.radians(float(zones["lat"].mean())))
    tree = cKDTree(np.column_stack([zones["lon"] * shrink, zones["lat"]]))
    nearest = tree.query(np.column_stack([rows["lon"] * shrink, rows["lat"]]))[1]
    return pd.Series(zones["zone_id"].to_numpy()[nearest], index=rows.index)
