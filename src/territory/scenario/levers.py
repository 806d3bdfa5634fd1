"""The levers of the allocation: what a planner lets the plan change. Each is off by default."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from territory.scenario.options import Options


class Basin(Options):
    """One basin of mobility: the facilities of some provinces, and others by id."""

    provinces: tuple[str, ...] = Field(default=(), description="every facility of these provinces")
    facilities: tuple[str, ...] = Field(default=(), description="and these facilities")


class Mobility(Options):
    """Who may move to another facility of the same basin, and at what cost."""

    within: Literal["none", "facility", "province", "region", "basins"] = Field(
        default="none", description="basin inside which people move; basins: those named below"
    )
    basins: dict[str, Basin] = Field(
        default_factory=dict, description="basins by name, for `within: basins`; who is in none does not move"
    )
    largest_share: float = Field(
        default=0.2, ge=0, le=1, description="largest share of a facility's group that may leave"
    )
    largest_shares: dict[str, float] = Field(default_factory=dict, description="the same by staff group, before it")
    groups: tuple[str, ...] = Field(default=(), description="staff groups that may move; empty: all")
    cost_mad_per_person: float = Field(default=0.0, ge=0, le=1e7, description="cost of one move, MAD in the year")
    cost_mad_per_km: float = Field(
        default=0.0, ge=0, le=1e5, description="the same for each km between the two facilities, MAD in the year"
    )


class SharedPosts(Options):
    """Who may work on some days of the week at another facility."""

    groups: tuple[str, ...] = Field(default=(), description="staff groups that may share; empty: nobody")
    sites: tuple[str, ...] = Field(default=(), description="facilities that may be visited")
    site_levels: tuple[str, ...] = Field(default=(), description="every facility of these levels may be visited")
    within_minutes: float = Field(default=60.0, gt=0, le=300, description="one-way travel to the site, minutes")
    smallest_fraction: float = Field(
        default=0.2, gt=0, le=1, description="smallest useful part of a post at a site: one visit-day a week is 0.2"
    )
    largest_share: float = Field(default=0.5, ge=0, le=1, description="largest share of a facility's group on visits")
    working_days_per_year: float = Field(default=210.0, gt=0, le=366, description="working days of a full-time post")


class HardToStaff(Options):
    """Where posts cannot be filled, and the incentive that changes that.

    A facility is hard to staff when its zone is listed, or is of a listed province and of a listed kind; an empty list
    of provinces or kinds means all of them, both empty mean the listed zones only.
    """

    zones: tuple[str, ...] = Field(default=(), description="zones by id")
    provinces: tuple[str, ...] = Field(default=(), description="provinces")
    kinds: tuple[str, ...] = Field(default=(), description="kinds of zone, such as rural_commune")
    groups: tuple[str, ...] = Field(default=(), description="staff groups it holds for; empty: all")
    incentive_mad_per_year: float | None = Field(
        default=None, ge=0, le=1e7, description="paid for each post filled there; missing: none can be filled"
    )

    @model_validator(mode="after")
    def _somewhere(self) -> HardToStaff:
        if not (self.zones or self.provinces or self.kinds):
            msg = "zones, provinces or kinds are needed: where is it hard to staff?"
            raise ValueError(msg)
        return self


class Recruitment(Options):
    """Who may be recruited."""

    budget_mad_per_year: float = Field(
        default=0.0, ge=0, le=1e11, description="pay and incentives of the recruits, MAD a year"
    )
    largest_posts: dict[str, float] = Field(
        default_factory=dict, description="largest number of recruits by staff group, FTE"
    )
    hard_to_staff: HardToStaff | None = Field(default=None, description="where posts cannot be filled")


class Departures(Options):
    """Who leaves the territory: retirement, resignation, studies."""

    shares: dict[str, float] = Field(default_factory=dict, description="share of the posts that falls vacant, by group")


class Closures(Options):
    """What is closed: whole facilities, or one activity at a facility."""

    facilities: tuple[str, ...] = Field(
        default=(), description="facilities that close; their staff may move in the basin"
    )
    activities: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="activities that close, by facility"
    )


class ActivityTransfer(Options):
    """Which activities the plan may open or close at facilities, and which facilities it may close."""

    activities: tuple[str, ...] = Field(default=(), description="activities that may open or close; empty: none")
    facilities: tuple[str, ...] = Field(default=(), description="whole facilities that may close")
    keep: dict[str, tuple[str, ...]] = Field(default_factory=dict, description="activities that stay open, by facility")
    smallest_volumes: dict[str, float] = Field(
        default_factory=dict, description="smallest safe volume, acts a year, in place of the catalogue's"
    )
    largest_volumes: dict[str, float] = Field(default_factory=dict, description="largest volume, acts a year")
    most_changes: int | None = Field(
        default=None, ge=0, description="openings and closings in the year; missing: no limit"
    )
    opening_cost_mad: float = Field(default=0.0, ge=0, le=1e9, description="cost of one opening, MAD once")
    closing_cost_mad: float = Field(default=0.0, ge=0, le=1e9, description="cost of one closing, MAD once")
    budget_mad: float | None = Field(default=None, ge=0, le=1e11, description="budget of all changes, MAD once")


class PooledFunctions(Options):
    """Which support functions are pooled, and where their sites may be."""

    functions: tuple[str, ...] = Field(default=(), description="support functions of the catalogue; empty: none")
    sites: tuple[str, ...] = Field(default=(), description="facilities that may be a site; empty: see site_levels")
    site_levels: tuple[str, ...] = Field(
        default=(), description="levels that may be a site; both empty: every level the catalogue allows"
    )
    most_sites: dict[str, int] = Field(default_factory=dict, description="largest number of sites by function")


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
    most_sites: int | None = Field(
        default=None, ge=0, description="how many of them become connected at most; missing: all of them"
    )
    kit_mad_per_year: float = Field(
        default=0.0, ge=0, le=1e8, description="cost of one newly connected site, MAD a year"
    )
    largest_shares: dict[str, float] = Field(
        default_factory=dict, description="largest remote share of an activity, below the catalogue's"
    )
    hub_largest_share: float = Field(
        default=1.0, ge=0, le=1, description="share of a hub's specialist hours that may be remote"
    )


class MobileUnit(Options):
    """A mobile unit: people of a base facility who tour communes on a weekly round."""

    base: str = Field(description="facility whose staff it takes along")
    staff: dict[str, Annotated[float, Field(gt=0, le=20)]] = Field(
        min_length=1, description="people aboard by staff group"
    )
    zones: tuple[str, ...] = Field(min_length=1, description="zones it may stop in")
    activities: tuple[str, ...] = Field(
        min_length=1, description="acts given aboard; without its specialist aboard an act needs a telemedicine hub"
    )
    days_per_week: int = Field(default=5, ge=1, le=7, description="days of the weekly round")
    mad_per_year: float = Field(
        default=0.0, ge=0, le=1e8, description="vehicle, kit and driver, MAD a year, whether it tours or not"
    )
    mad_per_km: float = Field(default=0.0, ge=0, le=1e3, description="fuel and wear, MAD a km")


class MobileUnits(Options):
    """The mobile units of the territory, by name."""

    units: dict[str, MobileUnit] = Field(default_factory=dict, description="units by name")
    weeks_per_year: float = Field(default=46.0, gt=0, le=53, description="weeks of the round in a year")
    hours_per_day: float = Field(default=7.0, gt=0, le=12, description="hours of a day of the round, road included")
    minutes_to_stop: float = Field(default=15.0, ge=0, le=120, description="one-way minutes of patients to the stop")


class Contract(Options):
    """What a private facility may be paid for one activity."""

    largest_acts_per_facility: float = Field(gt=0, le=1e7, description="acts a year that one facility may give")
    tariff_mad: float | None = Field(
        default=None, ge=0, le=1e7, description="MAD an act; missing: the reference tariff of the catalogue"
    )


class Contracting(Options):
    """Which private facilities and practices may be contracted for public patients."""

    activities: dict[str, Contract] = Field(default_factory=dict, description="what is bought; empty: nothing")
    facilities: tuple[str, ...] = Field(default=(), description="private facilities that may be contracted")
    levels: tuple[str, ...] = Field(default=(), description="every private facility of these levels")
    budget_mad_per_year: float = Field(default=0.0, ge=0, le=1e11, description="all contracts, MAD a year")


class OverloadStep(Options):
    """Some hours above the norm at one price."""

    share: float = Field(gt=0, le=1, description="hours above the norm, as a share of the hours of the posts")
    price: float = Field(ge=0, le=10, description="times the hourly pay")


class Overload(Options):
    """Hours above the norm, each step dearer than the one before."""

    steps: tuple[OverloadStep, ...] = Field(default=(), description="steps with rising prices; empty: no overload")
    groups: tuple[str, ...] = Field(default=(), description="staff groups that may work more; empty: all")
    budget_mad_per_year: float | None = Field(default=None, ge=0, le=1e11, description="all overload, MAD a year")

    @model_validator(mode="after")
    def _rising(self) -> Overload:
        prices = [step.price for step in self.steps]
        if any(later <= earlier for earlier, later in pairwise(prices)):
            msg = "prices that rise from step to step"
            raise ValueError(msg)
        return self


class Budgets(Options):
    """Largest running cost of the plan, MAD a year: a hard limit."""

    region_mad_per_year: float | None = Field(default=None, ge=0, le=1e12, description="of the whole territory")
    facilities_mad_per_year: dict[str, float] = Field(default_factory=dict, description="of one facility, by id")


class Equity(Options):
    """What nobody may fall below: hard limits."""

    largest_unmet_share: float | None = Field(
        default=None, ge=0, le=1, description="largest unmet share of need, weighted by severity"
    )
    of: Literal["province", "zone"] = Field(default="province", description="in every province, or in every zone")
    fully_served: tuple[str, ...] = Field(default=(), description="activities of which no act may stay unmet")
