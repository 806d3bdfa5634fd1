"""Where to open? p-median, p-centre, covering and fixed-charge location, from a matrix or from a territory.

Every function returns the open sites, who goes where, the objective, and the bound that is proven; a solver that was
stopped says so.
"""

from territory.siting.centre import p_centre
from territory.siting.covering import backup_cover, max_cover, set_cover
from territory.siting.median import fixed_charge, p_median
from territory.siting.nested import NestedSiting, nested_median
from territory.siting.places import Sites, choose_sites
from territory.siting.solution import Siting

__all__ = [
    "NestedSiting",
    "Sites",
    "Siting",
    "backup_cover",
    "choose_sites",
    "fixed_charge",
    "max_cover",
    "nested_median",
    "p_centre",
    "p_median",
    "set_cover",
]
