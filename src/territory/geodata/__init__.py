"""What is there? Files and layers -> `Region`, and back; the one door for coordinate systems."""

from territory.geodata.blank import write_blank
from territory.geodata.investments import with_investments
from territory.geodata.osm import OSM_SUFFIXES, read_osm
from territory.geodata.region import find_region, is_territory_file, read_region
from territory.geodata.writing import write_draft, write_region

__all__ = [
    "OSM_SUFFIXES",
    "find_region",
    "is_territory_file",
    "read_osm",
    "read_region",
    "with_investments",
    "write_blank",
    "write_draft",
    "write_region",
]
