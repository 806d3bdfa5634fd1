"""What do we suppose? Scenario files and the options of each stage."""

from territory.scenario.allocation import AimName, AllocationOptions
from territory.scenario.files import examine_scenario, load_scenario, with_overrides
from territory.scenario.keys import is_whole, plain, value_of
from territory.scenario.levers import MobileUnit
from territory.scenario.network import NetworkOptions, WithoutCar
from territory.scenario.queueing import QueueingNetwork
from territory.scenario.schema import (
    DemandOptions,
    Investments,
    Scenario,
    SimulationOptions,
    WorkloadOptions,
)
from territory.scenario.siting import SitingOptions
from territory.scenario.sweep import Design, Factor, Sweep, Threshold, is_study, read_sweep

__all__ = [
    "AimName",
    "AllocationOptions",
    "DemandOptions",
    "Design",
    "Factor",
    "Investments",
    "MobileUnit",
    "NetworkOptions",
    "QueueingNetwork",
    "Scenario",
    "SimulationOptions",
    "SitingOptions",
    "Sweep",
    "Threshold",
    "WithoutCar",
    "WorkloadOptions",
    "examine_scenario",
    "is_study",
    "is_whole",
    "load_scenario",
    "plain",
    "read_sweep",
    "value_of",
    "with_overrides",
]
