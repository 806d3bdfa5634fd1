"""Small territories for the allocation: a hand-written one, and random ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest

from territory.allocation import AIMS, Problem, allocate, build_program, make_problem
from territory.care import (
    Activity,
    Allowances,
    Care,
    Figure,
    Level,
    Name,
    Pathway,
    Rate,
    Remote,
    Room,
    RoomUse,
    SiteSize,
    StaffGroup,
    Step,
    SupportFunction,
    SupportNeed,
    Task,
)
from territory.scenario import AllocationOptions
from territory.tables import ROOM_ROWS, Demand, Plan, Region, TravelTimes

pytest.register_assert_rewrite(*(f"allocation.{name}" for name in ("recheck_care", "recheck_people", "recheck_costs")))

HOURS_PER_YEAR = 1000.0
PAY = 100_000.0


def figure(value: float) -> Figure:
    return Figure(value=value, source="test", quality="official")


RATE = Rate(area="all", age="all", per_person_per_year=figure(1))


def name(word: str) -> Name:
    return Name(fr=word, en=word, ar=word)


def tasks(minutes: dict[str, float]) -> tuple[Task, ...]:
    return tuple(Task(staff_group=group, minutes=figure(value)) for group, value in minutes.items())


@dataclass
class World:
    """The inputs of an allocation as short literals."""

    # facility -> level, province, beds, connected, x in km
    facilities: dict[str, tuple[str, str, float | None, bool, float]]
    posts: dict[tuple[str, str], float]
    needs: dict[tuple[str, str], float]
    minutes: dict[tuple[str, str], float]
    # activity -> minutes by group, severity, bed days
    activities: dict[str, tuple[dict[str, float], float, float | None]]
    levels: dict[str, tuple[str, ...]]
    # activity -> presenting, specialist, levels, largest share
    remote: dict[str, tuple[dict[str, float], dict[str, float], tuple[str, ...], float]] = field(default_factory=dict)
    # facility -> zone it stands in; the first zone where not told
    stands_in: dict[str, str] = field(default_factory=dict)
    province_of: dict[str, str] = field(default_factory=dict)
    visiting: dict[str, tuple[str, ...]] = field(default_factory=dict)
    # activity -> minutes in the theatre; facility -> theatres, of 1,000 hours a year each
    theatre_minutes: dict[str, float] = field(default_factory=dict)
    theatres: dict[str, float] = field(default_factory=dict)
    # function -> units by activity, sizes (largest units, fixed MAD, MAD a unit), MAD a unit and km, levels
    support: dict[str, tuple[dict[str, float], dict[str, tuple[float, float, float]], float, tuple[str, ...]]] = field(
        default_factory=dict
    )
    tariff_mad: float = 0.0
    smallest_volume: dict[str, float] = field(default_factory=dict)
    # zone -> kind; facility -> y in km; staff group -> yearly pay
    kind_of: dict[str, str] = field(default_factory=dict)
    y_km: dict[str, float] = field(default_factory=dict)
    pay: dict[str, float] = field(default_factory=dict)
    # function -> minutes beyond which a site cannot serve
    reach_minutes: dict[str, float] = field(default_factory=dict)
    # staff group -> available hours, category share, individual hours
    allowances: dict[str, tuple[float, float, float]] = field(default_factory=dict)

    @property
    def zones(self) -> list[str]:
        return sorted({zone for zone, _ in self.minutes})

    def care(self) -> Care:
        groups = sorted(
            {group for work, *_ in self.activities.values() for group in work}
            | {group for sides in self.remote.values() for side in sides[:2] for group in side}
        )
        return Care(
            care_id="small",
            name=name("small"),
            sources={},
            levels=tuple(
                Level(
                    id=level,
                    name=name(level),
                    tier="hospital" if level == "hospital" else "primary",
                    activities=acts,
                    visiting=self.visiting.get(level, ()),
                )
                for level, acts in self.levels.items()
            ),
            staff_groups=tuple(self._group(group) for group in groups),
            activities=tuple(self._activity(activity) for activity in self.activities),
            pathways=(Pathway(id="all", name=name("all"), rates=(RATE,), steps=(self._step(),)),),
            rooms=(Room(id="theatre", name=name("theatre"), hours_per_year=figure(1000)),),
            support_functions=tuple(self._function(function) for function in self.support),
        )

    def _group(self, group: str) -> StaffGroup:
        allowances = None
        if group in self.allowances:
            available, share, individual = (figure(value) for value in self.allowances[group])
            allowances = Allowances(
                available_hours_per_year=available, category_share=share, individual_hours_per_year=individual
            )
        return StaffGroup(
            id=group,
            name=name(group),
            hours_per_year=figure(HOURS_PER_YEAR),
            pay_mad_per_year=figure(self.pay.get(group, PAY)),
            allowances=allowances,
        )

    def _function(self, function: str) -> SupportFunction:
        needs, sizes, mad_per_unit_km, levels = self.support[function]
        return SupportFunction(
            id=function,
            name=name(function),
            unit=name("unit"),
            needs=tuple(SupportNeed(activity=a, units=figure(units)) for a, units in needs.items()),
            levels=levels,
            sizes=tuple(
                SiteSize(
                    id=size,
                    largest_units_per_year=figure(most),
                    fixed_mad_per_year=figure(fixed),
                    mad_per_unit=figure(each),
                )
                for size, (most, fixed, each) in sizes.items()
            ),
            mad_per_unit_km=figure(mad_per_unit_km),
            largest_minutes=figure(self.reach_minutes[function]) if function in self.reach_minutes else None,
        )

    def _step(self) -> Step:
        return Step(id="door", activity=next(iter(self.activities)))

    def _activity(self, activity: str) -> Activity:
        work, severity, bed_days = self.activities[activity]
        remote = None
        if activity in self.remote:
            presenting, specialist, levels, share = self.remote[activity]
            remote = Remote(
                presenting=tasks(presenting), specialist=tasks(specialist), levels=levels, largest_share=figure(share)
            )
        return Activity(
            id=activity,
            name=name(activity),
            attendance="stay" if bed_days else "walk_in",
            hours="day",
            tasks=tasks(work),
            bed_days=None if bed_days is None else figure(bed_days),
            severity=figure(severity),
            tariff_mad=figure(self.tariff_mad),
            room=RoomUse(room="theatre", minutes=figure(self.theatre_minutes[activity]))
            if activity in self.theatre_minutes
            else None,
            smallest_volume=figure(self.smallest_volume[activity]) if activity in self.smallest_volume else None,
            remote=remote,
        )

    def inputs(self) -> tuple[Region, TravelTimes, Demand, Care]:
        facilities = pd.DataFrame(
            [
                (
                    key,
                    f"The {key}",
                    level,
                    "private" if level == "clinic" else "public",
                    self.stands_in.get(key, self.zones[0]),
                    province,
                    beds,
                    connected,
                    1000.0 * x,
                    1000.0 * self.y_km.get(key, 0.0),
                )
                for key, (level, province, beds, connected, x) in self.facilities.items()
            ],
            columns=[
                "facility_id",
                "name",
                "level",
                "sector",
                "zone_id",
                "province",
                "beds",
                "telemedicine",
                "x_m",
                "y_m",
            ],
        )
        facilities["telemedicine"] = facilities["telemedicine"].astype("boolean")
        posts = pd.DataFrame(
            [(*key, fte) for key, fte in self.posts.items()], columns=["facility_id", "staff_group", "fte"]
        )
        region = Region(
            region_id="small",
            name={},
            languages=("en",),
            metric_crs="EPSG:26191",
            zones=pd.DataFrame(
                {
                    "zone_id": self.zones,
                    "province": [self.province_of.get(zone, "north") for zone in self.zones],
                    "kind": [self.kind_of.get(zone, "rural_commune") for zone in self.zones],
                }
            ),
            facilities=facilities,
            posts=posts,
            road_nodes=pd.DataFrame(),
            roads=pd.DataFrame(),
            rooms=self._rooms(),
        )
        trips = pd.DataFrame(
            [(*key, value, value) for key, value in self.minutes.items()],
            columns=["zone_id", "facility_id", "minutes", "km"],
        )
        needs = pd.DataFrame(
            [(*key, acts) for key, acts in self.needs.items()], columns=["zone_id", "activity", "acts_per_year"]
        )
        episodes = pd.DataFrame({"zone_id": [], "pathway": [], "episodes_per_year": []})
        return region, TravelTimes(trips), Demand(table=needs, episodes=episodes), self.care()

    def _rooms(self) -> pd.DataFrame:
        rows = [(facility, "theatre", count, "test", "official") for facility, count in self.theatres.items()]
        return ROOM_ROWS.check(pd.DataFrame(rows, columns=ROOM_ROWS.names)) if rows else ROOM_ROWS.empty()

    def problem(self, **options: Any) -> Problem:
        return make_problem(*self.inputs(), AllocationOptions(**options))

    def model(self, **options: Any) -> Any:
        return build_program(self.problem(**options))

    def allocate(self, **options: Any) -> Plan:
        return allocate(*self.inputs(), AllocationOptions(**options))


def aim(plan: Plan, word: str) -> float:
    """Return the value of an aim; an aim without terms is not told, and is then 0 (the cost has a constant)."""
    told = {reached.name: reached.value for reached in plan.aims}
    return told[AIMS[word]] if word == "cost" else told.get(AIMS[word], 0.0)


@pytest.fixture
def world() -> World:
    """Two zones, a post in each and one hospital; the post of the south has no doctor."""
    return World(
        facilities={
            "post_north": ("post", "north", None, False, 0.0),
            "post_south": ("post", "south", None, False, 30.0),
            "hospital": ("hospital", "north", 10.0, False, 10.0),
        },
        posts={
            ("post_north", "doctor"): 1.0,
            ("post_north", "nurse"): 1.0,
            ("post_south", "nurse"): 1.0,
            ("hospital", "doctor"): 2.0,
            ("hospital", "nurse"): 2.0,
        },
        needs={
            ("zone_north", "visit"): 4000.0,
            ("zone_south", "visit"): 5000.0,
            ("zone_north", "stay"): 300.0,
            ("zone_south", "stay"): 200.0,
        },
        minutes={
            ("zone_north", "post_north"): 10.0,
            ("zone_north", "post_south"): 50.0,
            ("zone_north", "hospital"): 20.0,
            ("zone_south", "post_north"): 50.0,
            ("zone_south", "post_south"): 10.0,
            ("zone_south", "hospital"): 40.0,
        },
        activities={"visit": ({"doctor": 12.0, "nurse": 6.0}, 1.0, None), "stay": ({"doctor": 60.0}, 5.0, 4.0)},
        levels={"post": ("visit",), "hospital": ("visit", "stay")},
    )


def random_world(seed: int) -> World:
    """Return a random small territory: three zones, three or four facilities, two activities, scarce staff."""
    draw = np.random.default_rng(seed)
    zones = ["z1", "z2", "z3"]
    count = int(draw.integers(3, 5))
    facilities = {
        f"f{n}": (
            "hospital" if n == 0 else "post",
            str(draw.choice(["north", "south"])),
            float(draw.integers(1, 6)) if n == 0 else None,
            bool(draw.random() < 0.5),
            float(draw.uniform(0, 50)),
        )
        for n in range(count)
    }
    groups = ["doctor", "nurse"]
    posts = {
        (f, g): float(np.round(draw.uniform(0.1, 2), 1)) for f in facilities for g in groups if draw.random() < 0.8
    }
    return World(
        facilities=facilities,
        posts=posts,
        needs={(z, a): float(draw.integers(100, 4000)) for z in zones for a in ("visit", "stay")},
        minutes={(z, f): float(draw.integers(5, 120)) for z in zones for f in facilities},
        activities={"visit": ({"doctor": 12.0, "nurse": 6.0}, 1.0, None), "stay": ({"doctor": 45.0}, 4.0, 3.0)},
        levels={"post": ("visit",), "hospital": ("visit", "stay")},
        remote={"visit": ({"nurse": 10.0}, {"doctor": 10.0}, ("post",), 0.3)},
    )
