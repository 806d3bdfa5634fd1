"""A tiny region built by hand: two or three zones, two or three facilities, a care catalogue of a few lines."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from territory.care.catalogue import (
    Activity,
    Care,
    Figure,
    Level,
    Name,
    Next,
    Pathway,
    Rate,
    Remote,
    StaffGroup,
    Step,
    Task,
)
from territory.scenario.schema import SimulationOptions
from territory.simulation import Network, describe_network, simulate
from territory.simulation.itineraries import Itineraries, draw_itineraries
from territory.tables.objects import Demand, Journeys, Plan, Region, TravelTimes
from territory.tables.schemas import MOVES, SHADOW_PRICES

HOURS_OF_A_YEAR = 8760.0  # a post of so many hours a year is one server around the clock


def _figure(value: float) -> Figure:
    return Figure(value=value, source="test", quality="official")


def _name(word: str) -> Name:
    return Name(fr=word, en=word, ar=word)


def _tasks(minutes: dict[str, float]) -> tuple[Task, ...]:
    return tuple(Task(staff_group=group, minutes=_figure(value)) for group, value in minutes.items())


def _frame(rows: list[tuple[Any, ...]], columns: str) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns.split())


@dataclass
class Drawn:
    """Itineraries by zone, activity, facility and mode of each row, and the station of each task."""

    network: Network
    rows: Itineraries
    zone: np.ndarray
    activity: np.ndarray
    facility: np.ndarray
    mode: np.ndarray
    station: np.ndarray

    def work(self, kept: np.ndarray) -> list[set[tuple[str, str]]]:
        """Return, for each place in the acts of some rows, the (facility, group) pairs where people wait for it."""
        names, stations = self.network.names, self.network.stations
        first, count = self.rows.task_start[:-1][kept], np.diff(self.rows.task_start)[kept]
        assert len(set(count)) == 1
        return [
            {
                (names.facilities[stations.facility[s]], names.groups[stations.group[s]])
                for s in self.station[first + place].tolist()
            }
            for place in range(count[0])
        ]


def nearest(network: Network, zone: str, activity: str) -> str | None:
    """Return where somebody without a place asks; None: nowhere."""
    names, choices = network.names, network.choices
    cell = names.zones.index(zone) * len(names.activities) + names.activities.index(activity)
    for option in range(choices.start[cell], choices.start[cell + 1]):
        offer = choices.offer[option]
        if offer < 0:
            return None
        if not network.offers.planned[offer]:
            return names.facilities[network.offers.facility[offer]]
    raise AssertionError


@dataclass
class TinyRegion:
    """The inputs of a simulation as short Python literals; every test changes what it is about."""

    # activity -> tasks (group -> minutes), attendance, hours, bed days
    activities: dict[str, tuple[dict[str, float], str, str, float | None]]
    # pathway -> priority, steps (step, activity, [(next step, probability, after days)])
    pathways: dict[str, tuple[int, list[tuple[str, str, list[tuple[str, float, float]]]]]]
    facilities: dict[str, tuple[str, float | None]]  # level, beds
    posts: dict[tuple[str, str], float]
    episodes: dict[tuple[str, str], float]
    visits: dict[tuple[str, str, str, str], float] = field(default_factory=dict)
    unmet: dict[tuple[str, str], float] = field(default_factory=dict)
    remote_acts: dict[tuple[str, str], float] = field(default_factory=dict)
    remote: dict[str, tuple[dict[str, float], dict[str, float]]] = field(default_factory=dict)
    minutes: dict[tuple[str, str], float] = field(default_factory=dict)
    zones: tuple[str, ...] = ("north", "south")
    hours_per_year: dict[str, float] = field(default_factory=dict)
    continuous: dict[str, tuple[str, ...]] = field(default_factory=dict)  # level -> groups
    closed: tuple[tuple[str, str], ...] = ()
    does: dict[str, tuple[str, ...]] = field(default_factory=dict)  # level -> activities; else every activity
    visiting: dict[str, tuple[str, ...]] = field(default_factory=dict)  # level -> activities
    planned_minutes: dict[str, float] = field(default_factory=dict)  # zone -> minutes of its visits
    rounds: list[tuple[str, str, int, float]] = field(default_factory=list)  # unit, zone, days a week, km
    crews: list[tuple[str, str, str, float, float]] = field(default_factory=list)  # unit, base, group, people, hours
    places: dict[str, str] = field(default_factory=dict)  # facility -> zone where it stands
    options: dict[str, Any] = field(default_factory=dict)

    def but(self, **changes: Any) -> TinyRegion:
        """Return the region with some inputs changed."""
        return replace(self, **changes)

    @property
    def groups(self) -> list[str]:
        """Staff groups of all tasks and posts."""
        working = {group for tasks, *_ in self.activities.values() for group in tasks}
        distant = {group for sides in self.remote.values() for side in sides for group in side}
        return sorted(working | distant | {group for _, group in self.posts})

    def care(self) -> Care:
        """Return the catalogue; a level may do every activity unless told."""
        levels = sorted({level for level, _ in self.facilities.values()})
        return Care(
            care_id="tiny",
            name=_name("tiny"),
            sources={},
            levels=tuple(
                Level(
                    id=level,
                    name=_name(level),
                    tier="primary",
                    activities=self.does.get(level, tuple(self.activities)),
                    visiting=self.visiting.get(level, ()),
                    continuous_staff=self.continuous.get(level, ()),
                )
                for level in levels
            ),
            staff_groups=tuple(
                StaffGroup(
                    id=group,
                    name=_name(group),
                    hours_per_year=_figure(self.hours_per_year.get(group, 1825.0)),
                    pay_mad_per_year=_figure(0),
                )
                for group in self.groups
            ),
            activities=tuple(self._activity(activity) for activity in self.activities),
            pathways=tuple(self._pathway(pathway) for pathway in self.pathways),
        )

    def _activity(self, activity: str) -> Activity:
        tasks, attendance, hours, bed_days = self.activities[activity]
        remote = None
        if activity in self.remote:
            presenting, specialist = (_tasks(side) for side in self.remote[activity])
            remote = Remote(presenting=presenting, specialist=specialist, levels=("post",), largest_share=_figure(1))
        return Activity(
            id=activity,
            name=_name(activity),
            attendance=attendance,  # type: ignore[arg-type]
            hours=hours,  # type: ignore[arg-type]
            tasks=_tasks(tasks),
            bed_days=None if bed_days is None else _figure(bed_days),
            severity=_figure(1),
            tariff_mad=_figure(0),
            remote=remote,
        )

    def _pathway(self, pathway: str) -> Pathway:
        priority, steps = self.pathways[pathway]
        return Pathway(
            id=pathway,
            name=_name(pathway),
            priority=priority,
            rates=(Rate(area="all", age="all", per_person_per_year=_figure(1)),),
            steps=tuple(
                Step(
                    id=step,
                    activity=activity,
                    next=tuple(Next(step=to, probability=_figure(p), after_days=days) for to, p, days in following),
                )
                for step, activity, following in steps
            ),
        )

    def inputs(self) -> tuple[Region, TravelTimes, Demand, Plan, Care, SimulationOptions]:
        """Return the six things a simulation reads."""
        region = Region(
            region_id="tiny",
            name={},
            languages=("en",),
            metric_crs="EPSG:26191",
            zones=_frame([(zone, 1000) for zone in self.zones], "zone_id population_persons"),
            facilities=_frame([(name, *rest) for name, rest in self.facilities.items()], "facility_id level beds"),
            posts=pd.DataFrame(),
            road_nodes=pd.DataFrame(),
            roads=pd.DataFrame(),
        )
        if self.places:
            region.facilities["zone_id"] = [self.places[name] for name in self.facilities]
        trips = [
            (zone, facility, self.minutes.get((zone, facility), 10.0), 5.0)
            for zone in self.zones
            for facility in self.facilities
            if not np.isnan(self.minutes.get((zone, facility), 10.0))
        ]
        demand = Demand(
            table=_frame([], "zone_id activity acts_per_year"),
            episodes=_frame([(*key, n) for key, n in self.episodes.items()], "zone_id pathway episodes_per_year"),
        )
        return (
            region,
            TravelTimes(_frame(trips, "zone_id facility_id minutes km")),
            demand,
            self._plan(),
            self.care(),
            SimulationOptions(**{"journeys": True, **self.options}),
        )

    def _plan(self) -> Plan:
        posts = [(*key, fte, fte, 0.0, 0.0) for key, fte in self.posts.items()]
        visits = [(*key, acts, self.planned_minutes.get(key[0], 10.0)) for key, acts in self.visits.items()]
        closed = [(*key, True, False, 0.0, 0.0) for key in self.closed]
        return Plan(
            visits=_frame(visits, "zone_id facility_id activity mode acts_per_year minutes"),
            unmet=_frame([(*key, acts) for key, acts in self.unmet.items()], "zone_id activity acts_per_year"),
            posts=_frame(posts, "facility_id staff_group fte_before fte_after hours_available hours_used"),
            moves=MOVES.empty(),
            activities=_frame(closed, "facility_id activity open_before open_after acts_before acts_after"),
            shadow_prices=SHADOW_PRICES.empty(),
            remote=_frame(
                [(*key, acts) for key, acts in self.remote_acts.items()], "facility_id activity acts_per_year"
            ),
            rounds=_frame(self.rounds, "unit zone_id days_per_week km"),
            crews=_frame(self.crews, "unit facility_id staff_group people hours_per_day"),
        )

    def network(self) -> Network:
        """Return the network of the region."""
        return describe_network(*self.inputs())

    def drawn(self) -> Drawn:
        """Return the itineraries of the first replication, by what they mean."""
        network = self.network()
        rows = draw_itineraries(network, 0)
        offer = network.choices.offer[rows.option]
        offers = network.offers
        return Drawn(
            network=network,
            rows=rows,
            zone=network.sources.zone[rows.source],
            activity=offers.activity[offer],
            facility=offers.facility[offer],
            mode=offers.mode[offer],
            station=offers.need[offers.need_start[rows.task]],
        )

    def simulate(self, **arguments: Any) -> Journeys:
        """Simulate the region."""
        return simulate(*self.inputs(), **arguments)


@pytest.fixture
def tiny() -> TinyRegion:
    """Return two zones, a health post, a hospital, and three pathways."""
    return TinyRegion(
        activities={
            "visit": ({"nurse": 10.0, "doctor": 15.0}, "walk_in", "day", None),
            "check": ({"doctor": 20.0}, "appointment", "day", None),
            "admission": ({"doctor": 30.0}, "stay", "continuous", 2.0),
        },
        pathways={
            "cold": (
                2,
                [
                    ("first", "visit", [("again", 0.3, 7.0), ("up", 0.1, 0.0)]),
                    ("again", "check", []),
                    ("up", "admission", []),
                ],
            ),
            "injury": (0, [("door", "admission", [("after", 0.5, 3.0)]), ("after", "check", [])]),
        },
        facilities={"hospital": ("hospital", 40.0), "post": ("post", None)},
        posts={
            ("post", "nurse"): 3.0,
            ("post", "doctor"): 4.0,
            ("hospital", "doctor"): 8.0,
            ("hospital", "nurse"): 2.0,
        },
        episodes={
            ("north", "cold"): 9000.0,
            ("south", "cold"): 6000.0,
            ("north", "injury"): 600.0,
            ("south", "injury"): 900.0,
        },
        visits={
            ("north", "post", "visit", "in_person"): 7000.0,
            ("north", "hospital", "visit", "in_person"): 2000.0,
            ("south", "post", "visit", "in_person"): 6000.0,
            ("north", "post", "check", "in_person"): 3000.0,
            ("south", "hospital", "check", "in_person"): 2250.0,
            ("north", "hospital", "admission", "in_person"): 1500.0,
            ("south", "hospital", "admission", "in_person"): 1500.0,
        },
        continuous={"hospital": ("doctor",)},
        hours_per_year={"doctor": 1642.5},
        options={"seed": 7, "replications": 2, "warm_up_days": 14, "days": 28},
    )


@pytest.fixture
def one_station() -> TinyRegion:
    """Return one zone and one facility that never closes: three servers and tasks of ten minutes."""
    return TinyRegion(
        activities={"act": ({"staff": 10.0}, "appointment", "continuous", None)},
        pathways={"come": (1, [("door", "act", [])])},
        facilities={"here": ("clinic", None)},
        posts={("here", "staff"): 3.0},
        episodes={("town", "come"): 0.8 * 3 * 6 * HOURS_OF_A_YEAR},
        visits={("town", "here", "act", "in_person"): 1.0},
        zones=("town",),
        continuous={"clinic": ("staff",)},
        hours_per_year={"staff": HOURS_OF_A_YEAR},
        options={"seed": 1, "replications": 2, "warm_up_days": 7, "days": 28},
    )
