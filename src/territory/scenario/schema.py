"""What a scenario may say: one options object for each stage, each field with its unit and a sentence."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from territory.scenario.allocation import AllocationOptions
from territory.scenario.network import NetworkOptions
from territory.scenario.options import Options
from territory.scenario.siting import SitingOptions
from territory.tables.notebook import facts_html

_DAYS_PER_WEEK = 7
_MONTHS = 12
_SEASON_TOLERANCE = 0.01


Multiplier = Annotated[float, Field(gt=0, le=10)]


class DemandOptions(Options):
    """How much is needed."""

    factor: Multiplier = Field(default=1.0, description="multiplies every rate")
    pathway_factors: dict[str, float] = Field(
        default_factory=dict, description="multiplies the rates of one pathway, by its id"
    )


class WorkloadOptions(Options):
    """How long acts take."""

    factor: Multiplier = Field(default=1.0, description="multiplies the minutes of every act, of staff and rooms")
    activity_factors: dict[str, Multiplier] = Field(
        default_factory=dict, description="multiplies the minutes of one activity, by its id"
    )


class Outbreak(Options):
    """A time in which one pathway begins more often, or less."""

    pathway: str = Field(min_length=1, description="pathway of the catalogue")
    from_day: int = Field(ge=0, description="day of the measured window on which it begins")
    to_day: int = Field(ge=1, description="day before which it ends")
    factor: float = Field(ge=0, le=100, description="multiplies the rate")
    provinces: tuple[str, ...] = Field(default=(), description="where; empty: everywhere")

    @model_validator(mode="after")
    def _forward(self) -> Outbreak:
        if self.to_day <= self.from_day:
            msg = "to_day after from_day"
            raise ValueError(msg)
        return self


class SimulationOptions(Options):
    """What then happens to patients."""

    engine: Literal["auto", "simpy", "compiled"] = Field(
        default="auto", description="engine that runs the events; auto: the compiled one where it is installed"
    )
    seed: int = Field(default=1, ge=0, description="the one source of chance")
    replications: int | None = Field(
        default=None,
        ge=2,
        le=1000,
        description="independent runs, two or more. Missing: 5 compiled, 4 with the reference engine",
    )
    warm_up_days: Annotated[int, Field(ge=0, le=3640)] | Literal["auto"] | None = Field(
        default=None,
        description="days left out at the start, whole weeks; auto: found by MSER-5. Missing: 28, or 14 with the "
        "reference engine",
    )
    days: int | None = Field(
        default=None,
        ge=7,
        le=3640,
        description="days measured, whole weeks. Missing: 364, or 14 with the reference engine",
        multiple_of=7,
    )
    half_widths: dict[str, Annotated[float, Field(gt=0, le=1)]] = Field(
        default_factory=dict,
        description="measures and the half-width of their 95 % interval, as a share of the mean, at which replications "
        "stop, at most `most_replications`",
    )
    most_replications: int = Field(default=50, ge=2, le=1000, description="largest number of replications")
    journeys: bool = Field(default=False, description="whether to record every step of every patient")
    unmet: Literal["nearest", "stay_home"] = Field(
        default="nearest",
        description="what people do whose need the plan leaves unmet: ask at the nearest facility, or stay away",
    )
    return_share: float = Field(
        default=0.0,
        ge=0,
        le=0.99,
        description="share of walk-ins turned away at closing who come back, each time",
    )
    no_show_share: float = Field(default=0.0, ge=0, le=0.99, description="share of appointments that nobody comes to")
    telemedicine_failure_share: float = Field(
        default=0.0, ge=0, le=1, description="share of remote acts that fail, after which the patient travels"
    )
    patience_minutes: dict[str, Annotated[float, Field(gt=0, le=1e6)]] = Field(
        default_factory=dict,
        description="mean time (exponential) that people of a pathway wait for care to begin before they give up",
    )
    die_waiting: tuple[str, ...] = Field(
        default=(), description="pathways of which who waits longer dies instead of giving up"
    )
    ambulances: dict[str, Annotated[int, Field(ge=0, le=1000)]] = Field(
        default_factory=dict,
        description="ambulances at each facility of a level, which carry urgent patients on to another facility; "
        "from a facility without any they travel by themselves",
    )
    seasons: dict[str, tuple[Annotated[float, Field(ge=0, le=100)], ...]] = Field(
        default_factory=dict, description="twelve factors of the rate of a pathway, one a month, their mean 1"
    )
    outbreaks: tuple[Outbreak, ...] = Field(default=(), description="times of a changed rate")

    @field_validator("warm_up_days")
    @classmethod
    def _whole_weeks(cls, value: int | str | None) -> int | str | None:
        if isinstance(value, int) and value % _DAYS_PER_WEEK:
            msg = "a multiple of 7"
            raise ValueError(msg)
        return value

    @field_validator("seasons")
    @classmethod
    def _twelve(cls, value: dict[str, tuple[float, ...]]) -> dict[str, tuple[float, ...]]:
        for pathway, factors in value.items():
            if len(factors) != _MONTHS or abs(sum(factors) / _MONTHS - 1) > _SEASON_TOLERANCE:
                msg = f"twelve factors with mean 1 for '{pathway}'"
                raise ValueError(msg)
        return value


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
    workload: WorkloadOptions = WorkloadOptions()
    allocation: AllocationOptions = AllocationOptions()
    simulation: SimulationOptions = SimulationOptions()
    siting: SitingOptions | None = Field(default=None, description="where to open; solved by `territory site`")
    changes: tuple[str, ...] = Field(
        default=(),
        description="what differs from the base file, and every override, as `key: old -> new`; filled on reading",
    )

    def _repr_html_(self) -> str:
        """Show the name and what differs from the base in a notebook."""
        told = {"territory": self.territory, "care": self.care}
        changes = dict(change.split(": ", 1) for change in self.changes)
        return facts_html(self.title.get("en") or self.name, told | changes)
