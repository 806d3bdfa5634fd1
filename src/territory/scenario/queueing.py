"""A network of queues told by hand: stations, sources, classes of patients and routes, as in a small YAML file.

All times stand in minutes, rates in patients an hour. What refers to something else by name is checked when the network
is built (`territory.simulation.read_network`).
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from territory.scenario.options import Options

Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=1e-9, le=1e9)]
Minutes = Annotated[float, Field(ge=0, le=5e8)]
LawName = Literal[
    "exponential", "deterministic", "erlang", "gamma", "lognormal", "uniform", "hyperexponential", "empirical"
]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_LEAST_GAP_MINUTES = 1e-4
EVERY_CLASS = "*"  # under this name stands what is told for all classes

# which keys each law takes besides its name
_KEYS: dict[str, tuple[str, ...]] = {
    "exponential": ("mean_minutes",),
    "deterministic": ("mean_minutes",),
    "erlang": ("mean_minutes", "shape"),
    "gamma": ("mean_minutes", "shape"),
    "lognormal": ("mean_minutes", "cv"),
    "uniform": ("low_minutes", "high_minutes"),
    "hyperexponential": ("values_minutes", "weights"),
    "empirical": ("values_minutes", "weights"),
}


class Law(Options):
    """The law of a duration."""

    may_repeat: ClassVar[frozenset[str]] = frozenset({"values_minutes", "weights"})

    law: LawName = Field(description="name of the law")
    mean_minutes: Minutes | None = Field(default=None, description="mean, minutes")
    shape: float | None = Field(default=None, ge=0.01, le=1e6, description="shape; of Erlang: phases")
    cv: float | None = Field(default=None, ge=0, le=100, description="coefficient of variation")
    low_minutes: Minutes | None = Field(default=None, description="lower end, minutes")
    high_minutes: Minutes | None = Field(default=None, description="upper end, minutes")
    values_minutes: tuple[Minutes, ...] | None = Field(default=None, description="values, or means of the phases")
    weights: tuple[Weight, ...] | None = Field(default=None, description="their weights")

    @model_validator(mode="after")
    def _keys(self) -> Law:
        wanted = _KEYS[self.law]
        given = {key for key in type(self).model_fields if key != "law" and getattr(self, key) is not None}
        if given != set(wanted):
            msg = f"for law '{self.law}' exactly {', '.join(wanted)}"
            raise ValueError(msg)
        if self.law == "erlang" and self.shape != int(self.shape or 0):
            msg = "a whole number of phases for an Erlang law"
            raise ValueError(msg)
        if self.low_minutes is not None and self.high_minutes is not None and self.low_minutes > self.high_minutes:
            msg = "low_minutes not above high_minutes"
            raise ValueError(msg)
        if self.values_minutes is not None and len(self.values_minutes) != len(self.weights or ()):
            msg = "as many weights as values, at least one"
            raise ValueError(msg)
        return self

    @property
    def mean(self) -> float:
        """The mean, minutes."""
        if self.mean_minutes is not None:
            return self.mean_minutes
        if self.low_minutes is not None and self.high_minutes is not None:
            return (self.low_minutes + self.high_minutes) / 2
        pairs = list(zip(self.values_minutes or (), self.weights or (), strict=True))
        return sum(value * weight for value, weight in pairs) / sum(weight for _, weight in pairs)


class Shift(Options):
    """Servers on some days of the week, from one hour to another."""

    days: tuple[Weekday, ...] = Field(default=WEEKDAYS, min_length=1, description="days of the week")
    from_hour: float = Field(default=0.0, ge=0, lt=24, description="hour of the day at which it begins, 8.5 for 8:30")
    to_hour: float = Field(default=24.0, gt=0, le=24, description="hour of the day at which it ends")
    servers: int = Field(ge=0, le=10**6, description="servers, added to those of other shifts")

    @model_validator(mode="after")
    def _forward(self) -> Shift:
        if self.to_hour <= self.from_hour:
            msg = "to_hour after from_hour; tell a night as two shifts"
            raise ValueError(msg)
        return self


class RatePeriod(Options):
    """A rate from an hour of the day on."""

    from_hour: float = Field(ge=0, lt=24, description="hour of the day")
    per_hour: float = Field(ge=0, le=6e5, description="patients an hour from then on")


class BatchSize(Options):
    """How many patients come at once."""

    may_repeat: ClassVar[frozenset[str]] = frozenset({"weights"})

    sizes: tuple[Annotated[int, Field(ge=1, le=1000)], ...] = Field(min_length=1, description="sizes")
    weights: tuple[Weight, ...] = Field(min_length=1, description="their weights")

    @model_validator(mode="after")
    def _as_many(self) -> BatchSize:
        if len(self.sizes) != len(self.weights):
            msg = "as many weights as sizes"
            raise ValueError(msg)
        return self


class Source(Options):
    """Where patients come from: one of `rate_per_hour`, `between` and `every_minutes`."""

    to: str = Field(min_length=1, description="station where they ask first")
    patients: str = Field(default="patients", min_length=1, description="their class")
    rate_per_hour: tuple[RatePeriod, ...] | None = Field(
        default=None, description="Poisson arrivals an hour, one rate or one for each part of the day"
    )
    between: Law | None = Field(default=None, description="law of the time between two arrivals")
    every_minutes: float | None = Field(default=None, ge=1e-4, le=1e7, description="booked interval, minutes")
    late: Law | None = Field(default=None, description="how late after the booked moment they come")
    batch: BatchSize | None = Field(default=None, description="how many come at once; missing: one")

    @field_validator("rate_per_hour", mode="before")
    @classmethod
    def _periods(cls, value: Any) -> Any:
        return [{"from_hour": 0, "per_hour": value}] if isinstance(value, int | float) else value

    @model_validator(mode="after")
    def _one_way(self) -> Source:
        given = [key for key in ("rate_per_hour", "between", "every_minutes") if getattr(self, key) is not None]
        if len(given) != 1:
            msg = "exactly one of rate_per_hour, between and every_minutes"
            raise ValueError(msg)
        if self.between is not None and self.between.mean < _LEAST_GAP_MINUTES:
            msg = f"gaps with a mean of {_LEAST_GAP_MINUTES:g} minutes or more"
            raise ValueError(msg)
        if self.rate_per_hour is not None:
            hours = [period.from_hour for period in self.rate_per_hour]
            if not hours or hours[0] != 0 or hours != sorted(hours) or not any(p.per_hour for p in self.rate_per_hour):
                msg = "periods in order from hour 0 on, one of them with a rate above 0"
                raise ValueError(msg)
        return self


class PatientClass(Options):
    """What sets patients apart: priority and patience."""

    priority: int = Field(default=0, ge=0, le=9, description="a smaller one goes first")
    patience: Law | None = Field(default=None, description="how long they wait for a service to begin; missing: ever")
    dies: bool = Field(default=False, description="whether who waits longer dies rather than gives up")


class StationOptions(Options):
    """A station: servers, law of service, and rules of its queue."""

    may_repeat: ClassVar[frozenset[str]] = frozenset({"joins"})

    servers: tuple[Shift, ...] = Field(description="servers at all hours, or weekly shifts")
    service: dict[str, Law] = Field(
        default_factory=dict,
        description="law of the service, one or by class; missing: the station only lends its servers",
    )
    shift_end: Literal["finish", "interrupt"] = Field(
        default="finish", description="rule for services under way when a shift ends"
    )
    preemptive: bool = Field(default=False, description="whether a smaller priority interrupts a larger one")
    capacity: int | None = Field(default=None, ge=1, le=10**9, description="most patients, waiting and served")
    joins: tuple[Share, ...] | None = Field(
        default=None, min_length=1, description="chance to join by how many wait already; the last for longer queues"
    )
    needs: tuple[str, ...] = Field(default=(), description="other stations of which a server is needed together")
    bed: str | None = Field(
        default=None, min_length=1, description="station of which a server is held over the whole visit"
    )
    stay: Law | None = Field(default=None, description="how long the bed is held at least")
    walk_in: bool = Field(
        default=False, description="whether patients find a closed door and are turned away at closing"
    )
    returns: Share = Field(default=0.0, description="share of those turned away at closing who come back")
    no_show: Share = Field(default=0.0, description="share of patients who are not there when their turn comes")

    @field_validator("servers", mode="before")
    @classmethod
    def _shifts(cls, value: Any) -> Any:
        return value if isinstance(value, list | tuple) else [{"servers": value}]

    @field_validator("service", mode="before")
    @classmethod
    def _by_class(cls, value: Any) -> Any:
        by_class = isinstance(value, dict) and all(isinstance(law, dict) for law in value.values())
        return value if by_class else {EVERY_CLASS: value}

    @model_validator(mode="after")
    def _rules(self) -> StationOptions:
        for wrong, msg in (
            ((self.stay is None) != (self.bed is None), "`bed` and `stay` together"),
            (self.preemptive and bool(self.needs), "no `needs` at a preemptive station"),
            (self.shift_end == "interrupt" and bool(self.needs), "no `needs` where shifts interrupt"),
            (not self.service and bool(self.needs or self.bed), "a `service` where `needs` or `bed` stand"),
        ):
            if wrong:
                raise ValueError(msg)
        return self


class QueueingNetwork(Options):
    """The whole network, and how long it is watched."""

    name: str = Field(default="network", min_length=1, description="name")
    days: int = Field(default=28, ge=1, le=36500, description="days measured")
    warm_up_days: int = Field(default=0, ge=0, le=36500, description="days left out at the start")
    seed: int = Field(default=1, ge=0, description="the one source of chance")
    classes: dict[str, PatientClass] = Field(default_factory=dict, description="classes of patients")
    sources: dict[str, Source] = Field(min_length=1, description="where patients come from")
    stations: dict[str, StationOptions] = Field(min_length=1, description="where they are served")
    routes: dict[str, dict[str, dict[str, Share]]] = Field(
        default_factory=dict,
        description="from a station to others with a share, or by class: {clinic: {hospital: 0.2}}, "
        "{clinic: {urgent: {hospital: 1}}}; the rest leaves",
    )
    travel_minutes: dict[str, dict[str, Minutes]] = Field(
        default_factory=dict, description="minutes from a station to another; missing: none"
    )

    @field_validator("routes", mode="before")
    @classmethod
    def _routes_by_class(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        found = {}
        for start, ways in value.items():
            if not isinstance(ways, dict):
                return value
            plain = {to: share for to, share in ways.items() if not isinstance(share, dict)}
            by_class = {name: share for name, share in ways.items() if isinstance(share, dict)}
            found[start] = ({EVERY_CLASS: plain} if plain or not by_class else {}) | by_class
        return found
