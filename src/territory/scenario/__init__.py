"""What do we suppose? Scenario files and the options of each stage."""

from territory.scenario.allocation import AimName, AllocationOptions
from territory.scenario.files import examine_scenario, load_scenario
from territory.scenario.levers import MobileUnit
from territory.scenario.network import NetworkOptions, WithoutCar
from territory.scenario.queueing import QueueingNetwork
from territory.scenario.schema import (
    DemandOptions,
    Investments,
    Scenario,
    SimulationOptions,
)
from territory.scenario.siting import SitingOptions

__all__ = [
    "AimName",
    "AllocationOptions",
    "DemandOptions",
    "Investments",
    "MobileUnit",
    "NetworkOptions",
    "QueueingNetwork",
    "Scenario",
    "SimulationOptions",
    "SitingOptions",
    "WithoutCar",
    "examine_scenario",
    "load_scenario",
]
