"""What is there? Files and layers -> `Region`; the one door for coordinate systems."""

from territory.geodata.investments import with_investments
from territory.geodata.region import find_region, read_region

__all__ = ["find_region", "read_region", "with_investments"]
