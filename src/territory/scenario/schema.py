"""What a scenario may say: one options object for each stage, each field with its unit and a sentence."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from territory.scenario.allocation import AllocationOptions
from territory.scenario.options import Options


class NetworkOptions(Options):
    """How far it is."""

    access_speed_kmh: float = Field(default=20.0, gt=0, le=130, description="speed off the road network, km/h")
    access_detour: float = Field(default=1.4, ge=1, le=5, description="path length over straight line off the network")
    speed_factor: float = Field(default=1.0, gt=0, le=3, description="multiplies the speed of every road")
    largest_snap_km: float = Field(
        default=25.0, gt=0, description="a point farther than this from the network is a fault, km"
    )


class DemandOptions(Options):
    """How much is needed."""

    factor: float = Field(default=1.0, gt=0, le=10, description="multiplies every rate")
    pathway_factors: dict[str, float] = Field(
        default_factory=dict, description="multiplies the rates of one pathway, by its id"
    )


class SimulationOptions(Options):
    """What then happens to patients."""

    engine: Literal["simpy"] = Field(default="simpy", description="engine that runs the events")
    seed: int = Field(default=1, ge=0, description="the one source of chance")
    replications: int = Field(default=4, ge=2, le=1000, description="independent runs; an interval needs at least two")
    warm_up_days: int = Field(default=14, ge=0, description="days left out at the start, whole weeks", multiple_of=7)
    days: int = Field(default=14, ge=7, description="days measured, whole weeks", multiple_of=7)
    unmet: Literal["nearest", "stay_home"] = Field(
        default="nearest",
        description="what people do whose need the plan leaves unmet: ask at the nearest facility, or stay away",
    )


class NewFacility(Options):
    """A facility that is built; its posts are filled by the levers of the allocation."""

    facility_id: str = Field(min_length=1, description="a new id")
    name: str = Field(min_length=1, description="name")
    level: str = Field(description="level of care")
    zone_id: str = Field(description="zone where it is built; it stands at the point of the zone")
    beds: float | None = Field(default=None, ge=0, le=1e5, description="beds; missing: not known")
    cost_mad: float = Field(default=0.0, ge=0, le=1e12, description="cost of building, MAD once")
    source: str = Field(min_length=1, description="where the project is told")


class Investments(Options):
    """What is built before the plan: new facilities, and beds added to those there are."""

    facilities: tuple[NewFacility, ...] = Field(default=(), description="new public facilities")
    added_beds: dict[str, float] = Field(default_factory=dict, description="beds added, by facility")
    cost_mad: float = Field(default=0.0, ge=0, le=1e12, description="cost of the added beds and other works, MAD once")


class Scenario(Options):
    """One scenario: which territory and care catalogue, and the options of each stage."""

    name: str = Field(
        pattern=r"^\w[\w.-]*$", max_length=80, description="short name of the scenario; a run folder is called so"
    )
    title: dict[str, str] = Field(default_factory=dict, description="title by language (fr, en, ar)")
    description: dict[str, str] = Field(default_factory=dict, description="a few sentences by language")
    territory: str = Field(description="folder of the territory, or the name of one that is shipped")
    care: str = Field(description="file of the care catalogue, or the name of one that is shipped")
    investments: Investments = Investments()
    network: NetworkOptions = NetworkOptions()
    demand: DemandOptions = DemandOptions()
    allocation: AllocationOptions = AllocationOptions()
    simulation: SimulationOptions = SimulationOptions()
    changes: tuple[str, ...] = Field(
        default=(),
        description="what differs from the base file, and every override, as `key: old -> new`; filled on reading",
    )
