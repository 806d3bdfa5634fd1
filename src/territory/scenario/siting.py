"""Where to open: what counts as a site, where one may open, how many, and what makes a set of sites good."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from territory.scenario.options import Options

_BY_REACH = ("set_cover", "max_cover", "backup_cover")
_AS_MANY_AS_NEEDED = ("set_cover", "fixed_charge")


class SitingOptions(Options):
    """Where to open."""

    problem: Literal["p_median", "p_centre", "set_cover", "max_cover", "backup_cover", "fixed_charge"] = Field(
        default="p_median",
        description="least travel; nobody far; fewest sites that reach everybody; most people reached, or reached "
        "twice; least travel and cost of opening",
    )
    open: int | None = Field(
        default=None, ge=1, le=10_000, description="new sites; missing where as many open as are needed"
    )
    existing: tuple[str, ...] = Field(default=(), description="levels of the public facilities that are sites already")
    candidates: Literal["zones"] | tuple[str, ...] = Field(
        default="zones",
        description="where a site may open: at the point of any zone, or at public facilities of these levels",
    )
    weights: Literal["population"] | Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        default="population", description="whose travel counts: people, or acts a year of these activities"
    )
    reach_minutes: Annotated[float, Field(gt=0, le=1440)] | None = Field(
        default=None, description="a site reaches who is no farther, minutes; for the covering problems"
    )
    opening: float = Field(
        default=0.0, ge=0, le=1e15, description="cost of a new site, in the unit of weight x minutes; for fixed_charge"
    )
    time_limit_s: float = Field(default=300.0, gt=0, le=86_400, description="seconds after which the search stops")

    @model_validator(mode="after")
    def _complete(self) -> SitingOptions:
        if self.problem in _BY_REACH and self.reach_minutes is None:
            msg = f"reach_minutes, for {self.problem}"
            raise ValueError(msg)
        if (self.open is None) != (self.problem in _AS_MANY_AS_NEEDED):
            word = "no `open`" if self.open else "`open`, the number of new sites,"
            msg = f"{word} for {self.problem}"
            raise ValueError(msg)
        if self.problem not in _BY_REACH and self.reach_minutes is not None:
            msg = f"no reach_minutes for {self.problem}"
            raise ValueError(msg)
        if self.problem != "fixed_charge" and self.opening > 0:
            msg = f"no `opening` for {self.problem}"
            raise ValueError(msg)
        return self
