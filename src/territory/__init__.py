"""Plan care over a territory: who does what, where; what then happens to patients; how good it is.

The names below are loaded when first used, so that the command line starts without a solver.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from territory import allocation, simulation, siting
    from territory.allocation import allocate, frontier, staffing_need
    from territory.care import read_care
    from territory.demand import estimate_demand
    from territory.errors import Fault, NoFeasiblePlan, TerritoryError
    from territory.finance import accounts
    from territory.geodata import read_region, write_region
    from territory.indicators import access, access_between, indicators
    from territory.network import isochrones, snapped_points, travel_times
    from territory.report.plots import plot_frontier
    from territory.scenario import load_scenario
    from territory.simulation import simulate
    from territory.study import Run, check_scenario, compare, load_run, run_study
    from territory.sweeps import Swept, load_sweep, sweep
    from territory.tables import Demand, Journeys, Plan, Region, TravelTimes

__version__ = "0.1.0"

_HOMES = {
    "Demand": "tables",
    "Fault": "errors",
    "Journeys": "tables",
    "NoFeasiblePlan": "errors",
    "Plan": "tables",
    "Region": "tables",
    "Run": "study",
    "Swept": "sweeps",
    "TerritoryError": "errors",
    "TravelTimes": "tables",
    "access": "indicators",
    "access_between": "indicators",
    "accounts": "finance",
    "allocate": "allocation",
    "check_scenario": "study",
    "compare": "study",
    "estimate_demand": "demand",
    "frontier": "allocation",
    "indicators": "indicators",
    "isochrones": "network",
    "load_run": "study",
    "load_scenario": "scenario",
    "load_sweep": "sweeps",
    "plot_frontier": "report.plots",
    "read_care": "care",
    "read_region": "geodata",
    "run_study": "study",
    "simulate": "simulation",
    "snapped_points": "network",
    "staffing_need": "allocation",
    "sweep": "sweeps",
    "travel_times": "network",
    "write_region": "geodata",
}
_ROOMS = ("allocation", "simulation", "siting")  # used step by step: tt.allocation.build, tt.siting.p_median

__all__ = [
    "Demand",
    "Fault",
    "Journeys",
    "NoFeasiblePlan",
    "Plan",
    "Region",
    "Run",
    "Swept",
    "TerritoryError",
    "TravelTimes",
    "access",
    "access_between",
    "accounts",
    "allocate",
    "allocation",
    "check_scenario",
    "compare",
    "estimate_demand",
    "frontier",
    "indicators",
    "isochrones",
    "load_run",
    "load_scenario",
    "load_sweep",
    "plot_frontier",
    "read_care",
    "read_region",
    "run_study",
    "simulate",
    "simulation",
    "siting",
    "snapped_points",
    "staffing_need",
    "sweep",
    "travel_times",
    "write_region",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"territory.{_HOMES[name]}"), name)
    if name in _ROOMS:
        return import_module(f"territory.{name}")
    message = f"module 'territory' has no attribute '{name}'"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
