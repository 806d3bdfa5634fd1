"""A small extract of OpenStreetMap, as XML and in its binary format: two settlements, four roads, three facilities."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import quoteattr

import osmium

NODES = {
    1: (-5.2, 33.5, {"place": "town", "name": "Alif", "population": "12 000"}),
    2: (-5.15, 33.48, {}),
    3: (-5.1, 33.45, {}),
    4: (-5.05, 33.4, {"place": "village", "name": "Ba"}),
    5: (-5.1, 33.5, {}),
    10: (-5.201, 33.501, {"amenity": "hospital", "name": "Hôpital A", "beds": "45", "operator:type": "public"}),
    11: (-5.051, 33.401, {"healthcare": "centre", "name": "Centre B"}),
    12: (-5.2, 33.5005, {"amenity": "pharmacy", "name": "Pharmacie"}),
    20: (-5.11, 33.46, {}),
    21: (-5.11, 33.461, {}),
    22: (-5.109, 33.461, {}),
    23: (-5.109, 33.46, {}),
}
WAYS = {
    100: ((1, 2, 3), {"highway": "primary", "ref": "N8"}),
    101: ((3, 4), {"highway": "track"}),
    102: ((3, 5), {"highway": "secondary", "maxspeed": "40", "oneway": "yes"}),
    103: ((20, 21, 22, 23, 20), {"amenity": "clinic", "name": "Clinique C", "operator:type": "private"}),
    104: ((1, 5), {"highway": "footway"}),
}


def write_extract(folder: Path) -> tuple[Path, Path]:
    """Write the extract as ``a.osm`` and ``a.osm.pbf``."""
    seen = 'version="1" timestamp="2026-01-01T00:00:00Z" changeset="1" uid="1" user="a"'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="test">']
    lines.append('<bounds minlat="33.0" minlon="-5.5" maxlat="33.6" maxlon="-5.0"/>')
    for number, (lon, lat, tags) in NODES.items():
        lines += [f'<node id="{number}" lat="{lat}" lon="{lon}" {seen}>', *_tags(tags), "</node>"]
    for number, (nodes, tags) in WAYS.items():
        lines += [f'<way id="{number}" {seen}>', *(f'<nd ref="{node}"/>' for node in nodes), *_tags(tags), "</way>"]
    text, binary = folder / "a.osm", folder / "a.osm.pbf"
    text.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    with osmium.SimpleWriter(str(binary)) as writer:
        for thing in osmium.FileProcessor(str(text)):
            writer.add(thing)
    return text, binary


def _tags(tags: dict[str, str]) -> list[str]:
    return [f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items()]
