"""The ways to be served, counted by hand: near enough, or among the nearest few, and not too many."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocation.by_hand import bare
from allocation.conftest import World
from allocation.random_regions import random_region


def ways(world: World, mode: str = "in_person", **options: object) -> set[tuple[str, str, str]]:
    arcs = world.problem(**options).arcs
    arcs = arcs[arcs["mode"] == mode]
    return set(zip(arcs["zone_id"], arcs["facility_id"], arcs["activity"], strict=True))


def counted(world: World, within: float, far: float, nearest: int, at_most: int) -> set[tuple[str, str, str]]:
    """Return zone, facility, activity by the rule, with loops: where somebody works today and nobody may come."""
    found = set()
    for zone, activity in world.needs:
        may = [
            place
            for place, (level, *_) in world.facilities.items()
            if level != "clinic" and activity in world.levels[level] and (zone, place) in world.minutes
        ]
        works = [
            place for place in may if all((place, group) in world.posts for group in world.activities[activity][0])
        ]
        for own in (may, works):
            near = sorted(own, key=lambda place: (world.minutes[zone, place], place))
            for rank, place in enumerate(near[: max(at_most, nearest)]):
                radius = far if world.facilities[place][0] == "hospital" else within
                if place in works and (rank < nearest or world.minutes[zone, place] <= radius):
                    found.add((zone, place, activity))
    return found


@settings(max_examples=12, deadline=None)
@given(
    st.integers(0, 10_000),
    st.floats(5, 120),
    st.floats(5, 120),
    st.integers(1, 3),
    st.integers(1, 5),
)
def test_ways_by_the_rule(seed: int, within: float, far: float, nearest: int, at_most: int) -> None:
    arcs = {"within_minutes": within, "hospitals_within_minutes": far, "nearest": nearest, "at_most": at_most}
    world = random_region(seed)
    assert ways(world, arcs=arcs) == counted(world, within, far, nearest, at_most)


def test_a_place_where_nobody_works_is_a_way_when_somebody_may_come() -> None:
    places = {"post_a": ("za", 0.0), "post_b": ("za", 5.0)}
    world = bare(places, needs={("za", "visit"): 1.0}, posts={("post_a", "doctor"): 1.0})
    assert ways(world) == {("za", "post_a", "visit")}
    both = {("za", place, "visit") for place in places}
    assert ways(world, recruitment={"budget_mad_per_year": 1.0}) == both
    assert ways(world, mobility={"within": "region"}) == both
    assert ways(world, mobility={"within": "facility"}) == {("za", "post_a", "visit")}
    assert ways(world, mobility={"within": "region", "groups": ["doctor"]}) == both


def test_closed_places_and_activities_are_no_ways() -> None:
    world = bare(
        {"post_a": ("za", 0.0), "post_b": ("za", 5.0)},
        needs={("za", "visit"): 1.0},
        posts={("post_a", "doctor"): 1.0, ("post_b", "doctor"): 1.0},
    )
    assert ways(world, closures={"facilities": ["post_a"]}) == {("za", "post_b", "visit")}
    assert ways(world, closures={"activities": {"post_b": ["visit"]}}) == {("za", "post_a", "visit")}


@pytest.mark.parametrize(("within", "visited"), [(29.0, False), (30.0, True)])
def test_a_visited_place_is_a_way_where_visitors_reach_it(within: float, visited: bool) -> None:
    world = bare(
        {"hospital_a": ("za", 0.0), "post_b": ("zb", 5.0)},
        needs={("zb", "visit"): 1.0},
        posts={("hospital_a", "doctor"): 1.0},
        minutes={("za", "hospital_a"): 0.0, ("za", "post_b"): 30.0, ("zb", "post_b"): 1.0},
        levels={"hospital": ("visit",), "post": ()},
        visiting={"post": ("visit",)},
    )
    shared = {"groups": ["doctor"], "sites": ["post_b"], "within_minutes": within}
    assert ways(world) == set()
    assert (("zb", "post_b", "visit") in ways(world, shared_posts=shared)) == visited


def test_contracted_ways_are_those_of_private_places_alone() -> None:
    world = bare({"post_a": ("za", 0.0), "clinic_a": ("za", 1.0)}, needs={("za", "visit"): 1.0}, tariff_mad=9.0)
    bought = {"activities": {"visit": {"largest_acts_per_facility": 1.0}}, "budget_mad_per_year": 1.0}
    assert ways(world, "contracted", contracting={**bought, "levels": ["clinic"]}) == {("za", "clinic_a", "visit")}
    assert ways(world, "contracted", contracting={**bought, "facilities": ["clinic_a"]}) == {
        ("za", "clinic_a", "visit")
    }


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.floats(5, 60), st.integers(1, 2), st.sets(st.sampled_from(["p1", "p3", "h2"])))
def test_a_site_more_takes_no_way_away(seed: int, within: float, nearest: int, more: set[str]) -> None:
    """Connected and visited sites, over every mode; what is added may be nearer or farther than what was there."""
    world = random_region(seed)
    arcs = {"within_minutes": within, "hospitals_within_minutes": within, "nearest": nearest, "at_most": 2}

    def found(sites: list[str]) -> set[tuple[str, str, str, str]]:
        shared = {"groups": ["cardio", "doctor"], "sites": sites, "within_minutes": 100.0}
        remote = {"activities": ["consult"], "sites": sites}
        table = world.problem(arcs=arcs, shared_posts=shared, telemedicine=remote).arcs
        return set(table[["zone_id", "facility_id", "activity", "mode"]].itertuples(index=False, name=None))

    assert found(["p2"]) <= found(["p2", *sorted(more)])
