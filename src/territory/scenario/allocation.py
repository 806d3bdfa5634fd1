"""Who does what, where: the aims and limits of the allocation, and its levers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from territory.scenario.levers import (
    ActivityTransfer,
    Budgets,
    Closures,
    Contracting,
    Departures,
    Equity,
    MobileUnits,
    Mobility,
    Overload,
    PooledFunctions,
    Recruitment,
    SharedPosts,
    Telemedicine,
)
from territory.scenario.options import Options

AimName = Literal["unmet", "travel", "far_travel", "inequity", "cost", "disruption"]


class Arcs(Options):
    """Which facilities the people of a zone may be sent to."""

    within_minutes: float = Field(default=60.0, gt=0, description="every facility nearer than this, one-way minutes")
    hospitals_within_minutes: float = Field(
        default=240.0, gt=0, description="the same for levels of the tiers hospital and private"
    )
    nearest: int = Field(default=3, ge=1, description="and at least so many nearest ones, however far")
    at_most: int = Field(
        default=25, ge=1, description="but no more than so many nearest ones, if that is more than `nearest`"
    )


class AllocationOptions(Options):
    """Who does what, where."""

    sectors: tuple[Literal["public", "private"], ...] = Field(
        default=("public",), min_length=1, description="sectors that take part"
    )
    aims: tuple[AimName, ...] = Field(
        default=("unmet", "travel", "disruption"),
        min_length=1,
        description="aims in order; each keeps what the ones before it reached, and the cost breaks ties of all",
    )
    aim_tolerance: float = Field(
        default=1e-6, ge=0, le=0.1, description="share of an aim that later aims may give back"
    )
    aim_weights: dict[AimName, float] = Field(
        default_factory=dict,
        description="aims that make one sum, each unit with its weight; it comes first, the other aims after it",
    )
    far_minutes: float = Field(
        default=60.0, ge=0, le=600, description="the aim far_travel counts the minutes beyond this, one way"
    )
    inequity: Literal["worst_province", "worst_zone", "spread"] = Field(
        default="worst_province",
        description="the aim inequity: largest unmet share of a province or zone, or worst less best province",
    )
    largest_workload: float = Field(
        default=1.0, gt=0, le=1, description="share of available hours that a plan may fill"
    )
    largest_bed_occupancy: float = Field(default=0.85, gt=0, le=1, description="share of bed-days that a plan may fill")
    largest_room_use: float = Field(default=0.85, gt=0, le=1, description="share of room hours that a plan may fill")
    time_limit_s: float = Field(
        default=600.0, gt=0, description="time of each search, seconds; an aim with whole numbers takes several"
    )
    integer_gap: float = Field(
        default=1e-3, ge=0, le=0.5, description="with integers: a plan this near its bound is good enough, share"
    )
    arcs: Arcs = Arcs()
    mobility: Mobility = Mobility()
    shared_posts: SharedPosts = SharedPosts()
    recruitment: Recruitment = Recruitment()
    departures: Departures = Departures()
    closures: Closures = Closures()
    activity_transfer: ActivityTransfer = ActivityTransfer()
    pooled_functions: PooledFunctions = PooledFunctions()
    telemedicine: Telemedicine = Telemedicine()
    mobile_units: MobileUnits = MobileUnits()
    contracting: Contracting = Contracting()
    overload: Overload = Overload()
    budgets: Budgets = Budgets()
    equity: Equity = Equity()

    @field_validator("aims")
    @classmethod
    def _once(cls, aims: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(aims)) < len(aims) or "unmet" not in aims:
            msg = "each aim once, and 'unmet' among them"
            raise ValueError(msg)
        return aims

    @field_validator("aim_weights")
    @classmethod
    def _weighed(cls, weights: dict[str, float]) -> dict[str, float]:
        if any(not weight > 0 for weight in weights.values()):
            msg = "weights above zero"
            raise ValueError(msg)
        return weights
