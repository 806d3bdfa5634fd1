"""Short worlds for cases solved by hand, and short questions to the tables of a plan."""

from __future__ import annotations

from typing import Any

from allocation.conftest import World
from territory.tables import Plan


def bare(places: dict[str, tuple[str, float]], **parts: Any) -> World:
    """Return a world of facilities (zone, x in km) named by their level, each at an hour from the other zones."""
    zones = sorted({zone for zone, _ in places.values()})
    given = {
        "facilities": {place: (place.split("_")[0], "north", None, False, x) for place, (_, x) in places.items()},
        "stands_in": {place: zone for place, (zone, _) in places.items()},
        "posts": {},
        "minutes": {
            (zone, place): 0.0 if own == zone else 60.0 for zone in zones for place, (own, _) in places.items()
        },
        "activities": {"visit": ({"doctor": 12.0}, 1.0, None)},
        "levels": dict.fromkeys(("post", "hospital", "clinic"), ("visit",)),
    }
    return World(**{**given, **parts})


def without_roads(world: World) -> World:
    """Leave the people of each zone only the facilities that stand in it."""
    world.minutes = {(zone, place): 0.0 for place, zone in world.stands_in.items()}
    return world


def line(plan: Plan, word: str) -> float:
    return float(plan.costs.loc[plan.costs["line"] == word, "mad_after"].sum())


def served(plan: Plan, **where: str) -> float:
    visits = plan.visits
    for column, word in where.items():
        visits = visits[visits[column] == word]
    return float(visits["acts_per_year"].sum())


def fte(plan: Plan, kind: str, **where: str) -> float:
    moves = plan.moves[plan.moves["kind"] == kind]
    for column, word in where.items():
        moves = moves[moves[column] == word]
    return float(moves["fte"].sum())
