"""The objects that stages hand on: frozen, made of declared tables, checked when made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from territory.tables import schemas, simulated
from territory.tables.columns import Schema
from territory.tables.notebook import facts_html
from territory.tables.territory_files import ROOM_ROWS


def _checked(owner: object, name: str, schema: Schema) -> None:
    object.__setattr__(owner, name, schema.check(getattr(owner, name)))


@dataclass(frozen=True)
class Source:
    """Where figures come from: title, publisher, year, licence and the line to print."""

    key: str
    title: str
    publisher: str
    year: str | None
    licence: str
    attribution: str
    note: str = ""


@dataclass(frozen=True)
class Region:
    """What is there: zones, facilities, posts today and roads of one territory.

    Positions stand twice: ``lon, lat`` in WGS 84 degrees and ``x_m, y_m`` in the metric CRS of the territory, the
    only ones distances are taken from. `rooms` holds the rooms in use where they are known. `outlines` maps a province
    to its rings of (lon, lat) points, for maps.
    """

    region_id: str
    name: Mapping[str, str]
    languages: tuple[str, ...]
    metric_crs: str
    zones: pd.DataFrame
    facilities: pd.DataFrame
    posts: pd.DataFrame
    road_nodes: pd.DataFrame
    roads: pd.DataFrame
    rooms: pd.DataFrame = field(default_factory=ROOM_ROWS.empty)
    provinces: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    outlines: Mapping[str, tuple[tuple[tuple[float, float], ...], ...]] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()

    def _repr_html_(self) -> str:
        """Show what is there in a notebook."""
        told = {
            "zones": f"{len(self.zones):,}",
            "people": f"{self.zones['population_persons'].sum():,}",
            "facilities": f"{len(self.facilities):,}",
            "posts (FTE)": f"{self.posts['fte'].sum():,.0f}",
            "roads (km)": f"{self.roads['km'].sum():,.0f}",
            "sources": "; ".join(source.title for source in self.sources),
        }
        return facts_html(self.name.get("en") or self.region_id, told)

    def __repr__(self) -> str:
        """Say what it is and how much."""
        people = int(self.zones["population_persons"].sum())
        return (
            f"Region({self.region_id}: {len(self.zones)} zones, {people:,} people, {len(self.facilities)} facilities)"
        )


@dataclass(frozen=True)
class TravelTimes:
    """How far it is: minutes and km, zone x facility, for every pair that a road joins.

    `table` has the trips of the people of a zone, the mean of those with and without a car; `by_car` those of
    ambulances and staff, who drive, where they differ.
    """

    table: pd.DataFrame
    by_car: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        """Check the declared columns."""
        _checked(self, "table", schemas.TRAVEL_TIMES)
        if self.by_car is not None:
            _checked(self, "by_car", schemas.TRAVEL_TIMES)

    @property
    def driven(self) -> pd.DataFrame:
        """The trips of ambulances and staff."""
        return self.table if self.by_car is None else self.by_car

    def _repr_html_(self) -> str:
        """Show how far it is in a notebook."""
        minutes = self.table["minutes"]
        told = {
            "pairs": f"{len(self.table):,}",
            "zones": f"{self.table['zone_id'].nunique():,}",
            "facilities": f"{self.table['facility_id'].nunique():,}",
            "minutes": f"{minutes.min():,.1f} to {minutes.max():,.1f}, median {minutes.median():,.1f}",
        }
        return facts_html("Travel times", told)


@dataclass(frozen=True)
class Demand:
    """How much is needed: expected acts a year, zone x activity, and the new episodes a year they come from."""

    table: pd.DataFrame
    episodes: pd.DataFrame

    def __post_init__(self) -> None:
        """Check the declared columns."""
        _checked(self, "episodes", schemas.EPISODES)
        _checked(self, "table", schemas.DEMAND)

    def _repr_html_(self) -> str:
        """Show the needs in a notebook, the largest first."""
        acts = self.table.groupby("activity")["acts_per_year"].sum().sort_values(ascending=False)
        told = {f"{activity} (acts a year)": f"{value:,.0f}" for activity, value in acts.head(8).items()}
        return facts_html(f"Demand: {acts.sum():,.0f} acts a year", told)


@dataclass(frozen=True)
class Aim:
    """One aim of the programme: its name, unit, the value reached, and whether the solver proved it best.

    `gap` is how far below the value a better plan may still be, as a share of it: 0 where the value is proven best.
    """

    name: str
    unit: str
    value: float
    proven: bool
    gap: float = 0.0


@dataclass(frozen=True)
class Plan:
    """Who does what, where: the tables of a plan and the aims it reached, in order.

    `remote` says which facility's specialists answer the remote acts of an activity, `mobile_remote` at which bases
    these are shown from aboard a mobile unit, `support` which site does a support function for which facility, `rounds`
    the weekly round of each mobile unit, `crews` who goes along.
    """

    visits: pd.DataFrame
    unmet: pd.DataFrame
    posts: pd.DataFrame
    moves: pd.DataFrame
    activities: pd.DataFrame
    shadow_prices: pd.DataFrame
    remote: pd.DataFrame
    mobile_remote: pd.DataFrame = field(default_factory=schemas.REMOTE.empty)
    costs: pd.DataFrame = field(default_factory=schemas.COSTS.empty)
    support: pd.DataFrame = field(default_factory=schemas.SUPPORT.empty)
    rounds: pd.DataFrame = field(default_factory=schemas.ROUNDS.empty)
    crews: pd.DataFrame = field(default_factory=schemas.CREWS.empty)
    aims: tuple[Aim, ...] = ()

    def __post_init__(self) -> None:
        """Check the declared columns."""
        _checked(self, "visits", schemas.VISITS)
        _checked(self, "unmet", schemas.UNMET)
        _checked(self, "posts", schemas.POSTS)
        _checked(self, "moves", schemas.MOVES)
        _checked(self, "activities", schemas.ACTIVITIES)
        _checked(self, "shadow_prices", schemas.SHADOW_PRICES)
        _checked(self, "remote", schemas.REMOTE)
        _checked(self, "mobile_remote", schemas.REMOTE)
        _checked(self, "costs", schemas.COSTS)
        _checked(self, "support", schemas.SUPPORT)
        _checked(self, "rounds", schemas.ROUNDS)
        _checked(self, "crews", schemas.CREWS)

    def _repr_html_(self) -> str:
        """Show the aims and what is in the plan in a notebook."""
        told = {
            f"{aim.name} ({aim.unit})": f"{aim.value:,.6g}, {'proven best' if aim.proven else 'not proven'}"
            for aim in self.aims
        }
        moved = self.moves.groupby("kind")["fte"].sum()
        moves = {f"posts {kind} (FTE)": f"{fte:,.1f}" for kind, fte in moved.items()}
        acts = {
            "acts a year": f"{self.visits['acts_per_year'].sum():,.0f}",
            "unmet acts a year": f"{self.unmet['acts_per_year'].sum():,.0f}",
        }
        return facts_html("Plan", told | acts | moves)


@dataclass(frozen=True)
class Journeys:
    """What then happens to patients: counts of visits, episodes and stations, and where asked for every single step.

    `measured_from_day` and `measured_to_day` bound the window after the warm-up in which steps count. `table` holds a
    row for each step where journeys were recorded; `file` is where they stand instead when they were written as they
    happened. `notes` are things a reader must know: an engine that was missing, a warm-up that was not found, a run
    that was stopped; each is a key of the report's words.
    """

    visits: pd.DataFrame
    classes: pd.DataFrame
    episodes: pd.DataFrame
    stations: pd.DataFrame
    hours: pd.DataFrame
    months: pd.DataFrame
    seasons: pd.DataFrame
    measured_from_day: float
    measured_to_day: float
    replications: int
    engine: str = "simpy"
    notes: tuple[str, ...] = ()
    table: pd.DataFrame = field(default_factory=schemas.JOURNEYS.empty)
    file: Path | None = None

    def __post_init__(self) -> None:
        """Check the declared columns."""
        _checked(self, "table", schemas.JOURNEYS)
        _checked(self, "visits", simulated.SIMULATED_VISITS)
        _checked(self, "classes", simulated.SIMULATED_CLASSES)
        _checked(self, "episodes", simulated.SIMULATED_EPISODES)
        _checked(self, "stations", simulated.SIMULATED_STATIONS)
        _checked(self, "hours", simulated.SIMULATED_HOURS)
        _checked(self, "months", simulated.SIMULATED_MONTHS)
        _checked(self, "seasons", simulated.SIMULATED_SEASONS)

    def _repr_html_(self) -> str:
        """Show the window and the engine in a notebook."""
        told = {
            "engine": self.engine,
            "replications": str(self.replications),
            "days measured": f"{self.measured_to_day - self.measured_from_day:,.0f}",
            "warm-up, days": f"{self.measured_from_day:,.0f}",
        }
        notes = {"notes": ", ".join(self.notes)} if self.notes else {}
        return facts_html("Journeys", told | notes)


@dataclass(frozen=True)
class Accounts:
    """Who pays: lines of the accounts of facilities, insurer and households, MAD a year."""

    table: pd.DataFrame

    def __post_init__(self) -> None:
        """Check the declared columns."""
        _checked(self, "table", schemas.ACCOUNTS)
