"""What do we suppose? Scenario files and the options of each stage."""

from territory.scenario.files import load_scenario
from territory.scenario.schema import (
    AllocationOptions,
    DemandOptions,
    NetworkOptions,
    Scenario,
    SimulationOptions,
)

__all__ = [
    "AllocationOptions",
    "DemandOptions",
    "NetworkOptions",
    "Scenario",
    "SimulationOptions",
    "load_scenario",
]
