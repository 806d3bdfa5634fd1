"""The levers, one file each: its decisions, its equations, and the terms it adds to the shared ones.

The order matters: what changes posts comes before what reads the posts of the plan, and what costs before the budgets.
"""

from territory.allocation.levers import (
    activity_transfer,
    budgets,
    closures,
    contracting,
    equity,
    mobile_units,
    mobility,
    overload,
    pooled_functions,
    recruitment,
    shared_posts,
    telemedicine,
)

LEVERS = (
    mobility,
    recruitment,
    shared_posts,
    closures,
    activity_transfer,
    mobile_units,
    telemedicine,
    contracting,
    overload,
    pooled_functions,
    budgets,
    equity,
)

__all__ = ["LEVERS"]
