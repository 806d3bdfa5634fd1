"""Directions: a limit that is loosened never makes the first aim worse, and worlds that are alike give aims alike."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocation.conftest import World, aim
from allocation.random_regions import random_region
from allocation.solved_apart import Apart
from territory.allocation import build
from territory.care import Care
from territory.scenario import AllocationOptions
from territory.tables import Demand, Region, TravelTimes

Options = dict[str, Any]
Inputs = tuple[Region, TravelTimes, Demand, Care]

TIGHT: Options = {
    "largest_workload": 0.8,
    "largest_bed_occupancy": 0.6,
    "largest_room_use": 0.5,
    "arcs": {"within_minutes": 30.0, "hospitals_within_minutes": 40.0, "nearest": 1, "at_most": 2},
    "mobility": {
        "within": "province", "largest_share": 0.1, "largest_shares": {"nurse": 0.05}, "groups": ["doctor", "nurse"]
    },
    "shared_posts": {
        "groups": ["cardio"], "sites": ["p1"], "within_minutes": 30.0, "smallest_fraction": 0.2, "largest_share": 0.3
    },
    "recruitment": {
        "budget_mad_per_year": 60_000.0,
        "largest_posts": {"doctor": 0.2, "nurse": 0.2},
        "hard_to_staff": {"zones": ["z3"], "provinces": ["north"], "kinds": ["rural_commune"]},
    },
    "departures": {"shares": {"doctor": 0.2, "nurse": 0.1}},
    "closures": {"activities": {"h1": ["visit"]}},
    "activity_transfer": {
        "activities": ["visit", "consult"],
        "keep": {"h2": ["consult"]},
        "smallest_volumes": {"visit": 200.0, "consult": 100.0},
        "largest_volumes": {"visit": 2000.0, "consult": 700.0},
        "most_changes": 1,
        "opening_cost_mad": 900.0,
        "budget_mad": 1000.0,
    },
    "pooled_functions": {"functions": ["laboratory"], "sites": ["h1"], "most_sites": {"laboratory": 1}},
    "telemedicine": {
        "activities": ["consult"], "sites": ["p1"], "most_sites": 0, "largest_shares": {"consult": 0.1},
        "hub_largest_share": 0.2,
    },
    "mobile_units": {
        "units": {
            "van": {"base": "h1", "staff": {"doctor": 1.0, "nurse": 1.0}, "zones": ["z2"], "activities": ["visit"],
                    "days_per_week": 1}
        },
    },
    "contracting": {
        "activities": {"consult": {"largest_acts_per_facility": 50.0}},
        "facilities": ["c1"],
        "budget_mad_per_year": 5_000.0,
    },
    "overload": {"steps": [{"share": 0.02, "price": 1.25}], "groups": ["doctor"], "budget_mad_per_year": 4_000.0},
}  # fmt: skip

# the key that is loosened, and its looser value
LOOSER: dict[str, Any] = {
    "largest_workload": 1.0,
    "largest_bed_occupancy": 0.9,
    "largest_room_use": 0.9,
    "arcs.within_minutes": 120.0,
    "arcs.hospitals_within_minutes": 120.0,
    "arcs.nearest": 3,
    "arcs.at_most": 5,
    "mobility.within": "region",
    "mobility.largest_share": 0.4,
    "mobility.largest_shares": {"nurse": 0.4},
    "mobility.groups": [],
    "shared_posts.groups": ["cardio", "doctor"],
    "shared_posts.sites": ["p1", "p2", "h1"],
    "shared_posts.within_minutes": 100.0,
    "shared_posts.smallest_fraction": 0.1,
    "shared_posts.largest_share": 0.6,
    "recruitment.budget_mad_per_year": 300_000.0,
    "recruitment.largest_posts": {"doctor": 1.0, "nurse": 1.0},
    "recruitment.hard_to_staff": None,
    "departures.shares": {"nurse": 0.1},
    "closures.activities": {},
    "activity_transfer.facilities": ["p1", "p3"],
    "activity_transfer.keep": {},
    "activity_transfer.smallest_volumes": {"visit": 50.0, "consult": 0.0},
    "activity_transfer.largest_volumes": {"visit": 5000.0, "consult": 1500.0},
    "activity_transfer.most_changes": 3,
    "activity_transfer.budget_mad": 5000.0,
    "activity_transfer.opening_cost_mad": 100.0,
    "pooled_functions.sites": ["h1", "h2", "p1"],
    "pooled_functions.most_sites": {"laboratory": 3},
    "pooled_functions": {},
    "telemedicine.sites": ["p1", "p2", "p3"],
    "telemedicine.most_sites": 2,
    "telemedicine.largest_shares": {},
    "telemedicine.hub_largest_share": 1.0,
    "mobile_units.units.van.days_per_week": 4,
    "mobile_units.units.van.zones": ["z1", "z2", "z3"],
    "contracting.activities": {
        "consult": {"largest_acts_per_facility": 500.0}, "operation": {"largest_acts_per_facility": 9.0}
    },
    "contracting.budget_mad_per_year": 100_000.0,
    "overload.steps": [{"share": 0.02, "price": 1.25}, {"share": 0.1, "price": 1.5}],
    "overload.groups": [],
    "overload.budget_mad_per_year": 50_000.0,
}  # fmt: skip


def changed(options: Options, key: str, value: Any) -> Options:
    """Return the options with one dotted key changed."""
    head, _, rest = key.partition(".")
    return {**options, head: changed(options[head], rest, value) if rest else value}


def first_aim(world: World, options: Options) -> float:
    """Return the least unmet need; without end where nothing meets the limits."""
    return least_unmet(world.inputs(), options)


def least_unmet(inputs: Inputs, options: Options) -> float:
    value = Apart(build(*inputs, AllocationOptions(**options))).best("unmet")
    return np.inf if value is None else value


@lru_cache(maxsize=4)
def inputs_of(seed: int) -> Inputs:
    return random_region(seed).inputs()


def never_worse(before: float, after: float) -> None:
    assert after <= before * (1 + 1e-6) + 1e-6


@lru_cache(maxsize=4)
def tight_aim(seed: int) -> float:
    """Return the first aim under the tight limits."""
    return least_unmet(inputs_of(seed), TIGHT)


@pytest.mark.parametrize("key", LOOSER)
def test_a_looser_limit_is_never_worse(key: str) -> None:
    never_worse(tight_aim(1), least_unmet(inputs_of(1), changed(TIGHT, key, LOOSER[key])))


@pytest.mark.parametrize("sites", [[], ["far"]])
def test_a_connected_site_more_takes_no_way_away(sites: list[str]) -> None:
    """The site that a zone asks at is far; a nearer one, whose nurse has no time, is connected beside it."""
    world = World(
        facilities={
            "hospital": ("hospital", "north", None, False, 0.0),
            "far": ("post", "north", None, not sites, 40.0),
            "near": ("post", "north", None, False, 20.0),
        },
        posts={("hospital", "cardio"): 0.25, ("far", "nurse"): 1.0, ("near", "nurse"): 0.001},
        needs={("z1", "consult"): 1000.0},
        minutes={("z1", "hospital"): 100.0, ("z1", "far"): 40.0, ("z1", "near"): 20.0},
        activities={"consult": ({"cardio": 30.0}, 1.0, None), "visit": ({"nurse": 6.0}, 1.0, None)},
        levels={"post": ("visit",), "hospital": ("consult",)},
        remote={"consult": ({"nurse": 10.0}, {"cardio": 15.0}, ("post",), 1.0)},
    )
    few = {"arcs": FEW_WAYS, "telemedicine": {"activities": ["consult"], "sites": sites}}
    never_worse(first_aim(world, few), first_aim(world, changed(few, "telemedicine.sites", [*sites, "near"])))


FEW_WAYS = {"within_minutes": 30.0, "hospitals_within_minutes": 30.0, "nearest": 1}


def test_a_visited_site_more_takes_no_way_away() -> None:
    """The post that is visited is far; a nearer one may be visited too, but its road would take the whole day."""
    world = World(
        facilities={
            "hospital": ("hospital", "north", None, False, 0.0),
            "far": ("post", "north", None, False, 40.0),
            "near": ("post", "north", None, False, 20.0),
        },
        stands_in={"hospital": "z2"},
        posts={("hospital", "cardio"): 1.0},
        needs={("z1", "consult"): 1000.0},
        minutes={
            ("z1", "hospital"): 100.0,
            ("z1", "far"): 40.0,
            ("z1", "near"): 20.0,
            ("z2", "hospital"): 10.0,
            ("z2", "far"): 10.0,
            ("z2", "near"): 250.0,
        },
        activities={"consult": ({"cardio": 12.0}, 1.0, None), "visit": ({"nurse": 6.0}, 1.0, None)},
        levels={"post": ("visit",), "hospital": ("visit",)},
        visiting={"post": ("consult",)},
    )
    shared = {"groups": ["cardio"], "sites": ["far"], "within_minutes": 300.0}
    few = {"arcs": FEW_WAYS, "shared_posts": shared}
    never_worse(first_aim(world, few), first_aim(world, changed(few, "shared_posts.sites", ["far", "near"])))


def test_all_limits_loosened_together_help() -> None:
    loose = TIGHT
    for key, value in LOOSER.items():
        loose = changed(loose, key, value)
    assert least_unmet(inputs_of(1), loose) < 0.9 * tight_aim(1)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(2, 10_000), st.sampled_from([*LOOSER]))
def test_a_looser_limit_is_never_worse_anywhere(seed: int, key: str) -> None:
    never_worse(tight_aim(seed), least_unmet(inputs_of(seed), changed(TIGHT, key, LOOSER[key])))


def more_beds(world: World) -> None:
    world.facilities = {
        place: (level, province, None if beds is None else beds + 5, *rest)
        for place, (level, province, beds, *rest) in world.facilities.items()
    }


def more_posts(world: World) -> None:
    world.posts = {post: fte + 0.5 for post, fte in world.posts.items()}


def more_theatres(world: World) -> None:
    world.theatres = {place: count + 1 for place, count in world.theatres.items()}


def shorter_roads(world: World) -> None:
    world.minutes = {pair: 0.8 * minutes for pair, minutes in world.minutes.items()}


def less_need(world: World) -> None:
    world.needs = {need: 0.9 * acts for need, acts in world.needs.items()}


@pytest.mark.parametrize("more", [more_beds, more_posts, more_theatres, shorter_roads, less_need])
def test_more_means_are_never_worse(more: Any) -> None:
    world = random_region(2)
    more(world)
    # an activity must not lie under its safe volume because there is less need of it
    options = changed(TIGHT, "activity_transfer.smallest_volumes", {"visit": 0.0, "consult": 0.0})
    never_worse(least_unmet(inputs_of(2), options), first_aim(world, options))


@pytest.mark.parametrize("seed", [4, 5])
def test_a_longer_basin_is_never_worse(seed: int) -> None:
    basins = {"all": {"provinces": ["north", "south"], "facilities": ["h1"]}}
    chain = [{"within": within} for within in ("none", "facility", "province", "region")]
    chain.insert(3, {"within": "basins", "basins": basins})
    values = [least_unmet(inputs_of(seed), {"mobility": {**within, "largest_share": 0.4}}) for within in chain]
    assert values[0] == pytest.approx(values[1])
    assert values[3] == pytest.approx(values[4])
    for before, after in pairwise(values):
        never_worse(before, after)


def renamed(words: Any, names: dict[str, str]) -> Any:
    """Return the same with every id, key or word replaced by its new name."""
    if isinstance(words, dict):
        return {renamed(key, names): renamed(value, names) for key, value in words.items()}
    if isinstance(words, (list, tuple)):
        return type(words)(renamed(word, names) for word in words)
    return names.get(words, words) if isinstance(words, str) else words


def test_names_do_not_matter() -> None:
    """The same region under other names, which sort the other way round, reaches the same aims."""
    names = {"z1": "zone_c", "z2": "zone_b", "z3": "zone_a", "north": "the_west", "south": "the_east"}
    names |= {place: f"facility_{9 - k}" for k, place in enumerate(("h1", "h2", "p1", "p2", "p3", "c1"))}
    world, other = random_region(6), random_region(6)
    for part in ("facilities", "posts", "needs", "minutes", "stands_in", "province_of", "kind_of", "theatres"):
        setattr(other, part, renamed(getattr(world, part), names))
    aims = {"aims": ["unmet", "travel", "cost"], "integer_gap": 0.0}
    one = world.allocate(**TIGHT, **aims)
    two = other.allocate(**renamed(TIGHT, names), **aims)
    for word in aims["aims"]:
        assert aim(one, word) == pytest.approx(aim(two, word), rel=1e-4, abs=1e-2)


def test_a_mirrored_lever_gives_a_mirrored_plan() -> None:
    """Two halves that are alike: a lever on one half reaches what it reaches on the other, and on both twice that."""
    places = {"post_a": ("post", "north", None, False, 0.0), "post_b": ("post", "south", None, False, 50.0)}
    world = World(
        facilities=places,
        posts={(place, group): 1.0 for place in places for group in ("doctor", "nurse")},
        needs={("za", "visit"): 9000.0, ("zb", "visit"): 9000.0},
        minutes={("za", "post_a"): 10.0, ("zb", "post_b"): 10.0},
        activities={"visit": ({"doctor": 12.0, "nurse": 6.0}, 1.0, None)},
        levels={"post": ("visit",)},
        stands_in={"post_a": "za", "post_b": "zb"},
        province_of={"za": "north", "zb": "south"},
    )
    base = world.allocate(aims=["unmet", "inequity"], inequity="spread")
    assert aim(base, "inequity") == pytest.approx(0, abs=1e-6)

    def gain(**levers: Any) -> float:
        return aim(base, "unmet") - aim(world.allocate(**levers), "unmet")

    worse = {place: gain(closures={"facilities": [place]}) for place in places}
    assert worse["post_a"] == pytest.approx(worse["post_b"]) == pytest.approx(-5000)
    hired = {
        zone: {"recruitment": {"budget_mad_per_year": 40_000.0, "hard_to_staff": {"zones": [zone]}}}
        for zone in ("za", "zb")
    }
    assert gain(**hired["za"]) == pytest.approx(gain(**hired["zb"])) == pytest.approx(2000)
