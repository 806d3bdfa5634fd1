"""What a scenario may say: one options object for each stage, each field with its unit and a sentence."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator


class Options(BaseModel):
    """Base of every options object: frozen, an unknown key is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


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


class Arcs(Options):
    """Which facilities the people of a zone may be sent to."""

    within_minutes: float = Field(default=60.0, gt=0, description="every facility nearer than this, one-way minutes")
    hospitals_within_minutes: float = Field(default=240.0, gt=0, description="the same for levels of the tier hospital")
    nearest: int = Field(default=3, ge=1, description="and at least so many nearest ones, however far")
    at_most: int = Field(default=25, ge=1, description="but no more than so many nearest ones")


class Mobility(Options):
    """Who may move."""

    within: Literal["none", "facility", "province", "region"] = Field(
        default="none", description="basin inside which people move"
    )
    largest_share: float = Field(
        default=0.2, ge=0, le=1, description="largest share of a facility's group that may leave"
    )
    groups: tuple[str, ...] = Field(default=(), description="staff groups that may move; empty: all")


class Recruitment(Options):
    """Who may be recruited."""

    budget_mad_per_year: float = Field(default=0.0, ge=0, le=1e11, description="pay of the recruits, MAD a year")
    largest_posts: dict[str, float] = Field(
        default_factory=dict, description="largest number of recruits by staff group, FTE"
    )


class Telemedicine(Options):
    """Which acts may be done from a nearer connected site with a remote specialist."""

    activities: tuple[str, ...] = Field(
        default=(), description="activities that may be remote; each needs `remote` in the catalogue"
    )
    sites: tuple[str, ...] = Field(
        default=(), description="facilities that become connected, besides those connected today"
    )
    site_levels: tuple[str, ...] = Field(default=(), description="every facility of these levels becomes connected")
    hub_levels: tuple[str, ...] = Field(
        default=(), description="levels whose specialists answer; empty: every level of the tier hospital"
    )


class Closures(Options):
    """What is closed: whole facilities, or one activity at a facility."""

    facilities: tuple[str, ...] = Field(
        default=(), description="facilities that close; their staff may move in the basin"
    )
    activities: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="activities that close, by facility"
    )


class AllocationOptions(Options):
    """Who does what, where."""

    sectors: tuple[Literal["public", "private"], ...] = Field(
        default=("public",), min_length=1, description="sectors that take part"
    )
    aims: tuple[Literal["unmet", "travel", "disruption"], ...] = Field(
        default=("unmet", "travel", "disruption"),
        min_length=1,
        description="aims in order; each keeps what the ones before it reached",
    )
    aim_tolerance: float = Field(
        default=1e-6, ge=0, le=0.1, description="share of an aim that later aims may give back"
    )
    largest_workload: float = Field(
        default=1.0, gt=0, le=1, description="share of available hours that a plan may fill"
    )
    largest_bed_occupancy: float = Field(default=0.85, gt=0, le=1, description="share of bed-days that a plan may fill")
    time_limit_s: float = Field(default=600.0, gt=0, description="solver time for each aim, seconds")
    arcs: Arcs = Arcs()
    mobility: Mobility = Mobility()
    recruitment: Recruitment = Recruitment()
    telemedicine: Telemedicine = Telemedicine()
    closures: Closures = Closures()

    @field_validator("aims")
    @classmethod
    def _once(cls, aims: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(aims)) < len(aims) or "unmet" not in aims:
            msg = "each aim once, and 'unmet' among them"
            raise ValueError(msg)
        return aims


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


class Scenario(Options):
    """One scenario: which territory and care catalogue, and the options of each stage."""

    name: str = Field(
        pattern=r"^\w[\w.-]*$", max_length=80, description="short name of the scenario; a run folder is called so"
    )
    title: dict[str, str] = Field(default_factory=dict, description="title by language (fr, en, ar)")
    description: dict[str, str] = Field(default_factory=dict, description="a few sentences by language")
    territory: str = Field(description="folder of the territory, or the name of one that is shipped")
    care: str = Field(description="file of the care catalogue, or the name of one that is shipped")
    network: NetworkOptions = NetworkOptions()
    demand: DemandOptions = DemandOptions()
    allocation: AllocationOptions = AllocationOptions()
    simulation: SimulationOptions = SimulationOptions()
    changes: tuple[str, ...] = Field(
        default=(),
        description="what differs from the base file, and every override, as `key: old -> new`; filled on reading",
    )
