"""Random small regions with everything a lever may touch, and random settings of every lever."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from allocation.conftest import PAY, World

Draw = np.random.Generator
GROUPS = ("doctor", "nurse", "cardio", "surgeon")
PUBLIC = ("h1", "h2", "p1", "p2", "p3")
NORTH, SOUTH = ("z1", "z2"), ("z3",)
ALWAYS = {("h1", "doctor"), ("h1", "nurse"), ("h2", "cardio")}  # who goes aboard a mobile unit, or answers
HOME = {"h1": "z1", "h2": "z3", "p1": "z1", "p2": "z2", "p3": "z3", "c1": "z3"}


def random_region(seed: int) -> World:
    """Return three zones in two provinces, two hospitals, three posts and a private clinic; staff is scarce."""
    draw = np.random.default_rng(seed)
    province = {zone: "north" if zone in NORTH else "south" for zone in (*NORTH, *SOUTH)}
    level = {"h": "hospital", "p": "post", "c": "clinic"}
    works = {"hospital": GROUPS, "post": ("doctor", "nurse"), "clinic": ()}
    return World(
        facilities={
            place: (
                level[place[0]],
                province[zone],
                float(draw.integers(0, 8)) if place[0] == "h" else None,
                bool(draw.random() < 0.4),
                float(draw.uniform(0, 50)),
            )
            for place, zone in HOME.items()
        },
        posts={
            (place, group): float(np.round(draw.uniform(0.1, 2.5), 1))
            for place in HOME
            for group in works[level[place[0]]]
            if draw.random() < 0.8 or (place, group) in ALWAYS
        },
        needs={
            (zone, activity): float(draw.integers(50, most))
            for zone in province
            for activity, most in {"visit": 6000, "consult": 1500, "stay": 400, "operation": 300}.items()
            if draw.random() < 0.9
        },
        minutes={
            (zone, place): float(draw.integers(1, 10) if HOME[place] == zone else draw.integers(10, 120))
            for zone in province
            for place in HOME
        },
        activities={
            "visit": ({"doctor": 12.0, "nurse": 6.0}, 1.0, None),
            "consult": ({"cardio": 20.0}, 2.0, None),
            "stay": ({"doctor": 45.0, "nurse": 60.0}, 4.0, 3.0),
            "operation": ({"surgeon": 90.0, "nurse": 60.0}, 6.0, 2.0),
        },
        levels={
            "post": ("visit",),
            "hospital": ("visit", "consult", "stay", "operation"),
            "clinic": ("consult", "operation"),
        },
        visiting={"post": ("consult",)},
        remote={"consult": ({"nurse": 10.0}, {"cardio": 15.0}, ("post",), 0.4)},
        stands_in=HOME,
        province_of=province,
        kind_of={"z1": "urban"},
        pay={"doctor": 150_000.0, "cardio": 220_000.0, "surgeon": 250_000.0},
        theatre_minutes={"operation": 120.0},
        theatres={place: float(draw.integers(0, 2)) for place in ("h1", "h2") if draw.random() < 0.7},
        support={"laboratory": ({"visit": 0.5, "stay": 4.0}, _sizes(draw), 0.05, ("post", "hospital"))},
        reach_minutes={"laboratory": 100.0} if draw.random() < 0.5 else {},
        tariff_mad=120.0,
        smallest_volume={"operation": 20.0},
    )


def _sizes(draw: Draw) -> dict[str, tuple[float, float, float]]:
    return {"small": (float(draw.integers(500, 3000)), 8_000.0, 5.0), "large": (1e5, 50_000.0, 2.0)}


def _some(draw: Draw, words: tuple[str, ...], least: int = 0) -> list[str]:
    """Return some of the words, in their order."""
    count = int(draw.integers(least, len(words) + 1))
    return [words[k] for k in sorted(draw.choice(len(words), count, replace=False))]


def _maybe(draw: Draw, **parts: Any) -> dict[str, Any]:
    return {key: value for key, value in parts.items() if draw.random() < 0.5}


def mobility(draw: Draw) -> dict[str, Any]:
    within = str(draw.choice(["facility", "province", "region", "basins"]))
    basins = {"one": {"provinces": ["south"], "facilities": ["p2"]}, "other": {"facilities": ["h1", "p1"]}}
    return {
        "within": within,
        "largest_share": float(draw.uniform(0, 0.6)),
        **({"basins": basins} if within == "basins" else {}),
        **_maybe(
            draw,
            largest_shares={"nurse": 0.1},
            groups=_some(draw, GROUPS, 1),
            cost_mad_per_person=5_000.0,
            cost_mad_per_km=300.0,
        ),
    }


def shared_posts(draw: Draw) -> dict[str, Any]:
    where = (
        {"sites": _some(draw, ("p1", "p2", "p3", "h1", "h2"), 1)} if draw.random() < 0.5 else {"site_levels": ["post"]}
    )
    return {
        "groups": _some(draw, ("cardio", "doctor"), 1),
        **where,
        "within_minutes": float(draw.choice([40, 90])),
        "smallest_fraction": float(draw.choice([0.1, 0.2])),
        "largest_share": float(draw.choice([0.3, 0.6])),
    }


def recruitment(draw: Draw) -> dict[str, Any]:
    hard = {
        **({"zones": ["z3"]} if draw.random() < 0.5 else {"kinds": ["rural_commune"], "provinces": ["north"]}),
        **_maybe(draw, groups=["doctor", "cardio"], incentive_mad_per_year=40_000.0),
    }
    return {
        "budget_mad_per_year": float(draw.integers(0, 400_000)),
        **_maybe(draw, largest_posts={"doctor": 0.7, "nurse": 0.4}, hard_to_staff=hard),
    }


def departures(draw: Draw) -> dict[str, Any]:
    return {"shares": {group: float(draw.uniform(0, 0.3)) for group in _some(draw, GROUPS, 1)}}


def closures(draw: Draw) -> dict[str, Any]:
    activities = {"h1": _some(draw, ("visit", "consult"), 1)}
    return {"facilities": _some(draw, ("p2", "h2"))} if draw.random() < 0.6 else {"activities": activities}


def activity_transfer(draw: Draw) -> dict[str, Any]:
    chosen = _some(draw, ("visit", "consult", "operation"), 1)
    return {
        "activities": chosen,
        "opening_cost_mad": 900.0,
        "closing_cost_mad": 400.0,
        **_maybe(
            draw,
            facilities=_some(draw, ("p1", "p3", "h2"), 1),
            keep={"h1": [chosen[0]]},
            smallest_volumes={activity: float(draw.integers(0, 400)) for activity in chosen},
            largest_volumes={activity: float(draw.integers(400, 4000)) for activity in chosen},
            most_changes=int(draw.integers(0, 4)),
            budget_mad=float(draw.integers(0, 2500)),
        ),
    }


def pooled_functions(draw: Draw) -> dict[str, Any]:
    where = {"sites": _some(draw, PUBLIC, 1)} if draw.random() < 0.5 else {"site_levels": ["hospital"]}
    return {"functions": ["laboratory"], **_maybe(draw, most_sites={"laboratory": int(draw.integers(1, 3))}), **where}


def telemedicine(draw: Draw) -> dict[str, Any]:
    where = {"sites": _some(draw, ("p1", "p2", "p3"))} if draw.random() < 0.5 else {"site_levels": ["post"]}
    return {
        "activities": ["consult"],
        **where,
        "kit_mad_per_year": 3_000.0,
        **_maybe(
            draw,
            most_sites=int(draw.integers(0, 3)),
            largest_shares={"consult": 0.25},
            hub_largest_share=0.5,
            hub_levels=["hospital"],
        ),
    }


def mobile_units(draw: Draw) -> dict[str, Any]:
    def unit(base: str, staff: dict[str, float], activities: list[str]) -> dict[str, Any]:
        zones = _some(draw, ("z1", "z2", "z3"), 1)
        costs = {"mad_per_year": 20_000.0, "mad_per_km": 3.0}
        days = int(draw.integers(1, 6))
        return {
            "base": base, "staff": staff, "zones": zones, "activities": activities, "days_per_week": days, **costs
        }  # fmt: skip

    return {
        "units": {
            "van": unit("h1", {"doctor": 1.0, "nurse": 2.0}, ["visit"]),
            "heart": unit("h2", {"cardio": 0.5}, ["consult"]),
        },
        **_maybe(draw, weeks_per_year=40.0, hours_per_day=6.0),
    }


def contracting(draw: Draw) -> dict[str, Any]:
    kinds = {
        "consult": {"largest_acts_per_facility": float(draw.integers(50, 900))},
        "operation": {"largest_acts_per_facility": float(draw.integers(10, 200)), "tariff_mad": 3_000.0},
    }
    where = {"facilities": ["c1"]} if draw.random() < 0.5 else {"levels": ["clinic"]}
    return {
        "activities": {name: kinds[name] for name in _some(draw, ("consult", "operation"), 1)},
        **where,
        "budget_mad_per_year": float(draw.integers(1, 300_000)),
    }


def overload(draw: Draw) -> dict[str, Any]:
    return {
        "steps": [{"share": 0.08, "price": 1.25}, {"share": 0.04, "price": 1.6}],
        **_maybe(draw, groups=["doctor", "surgeon"], budget_mad_per_year=float(draw.integers(0, 30_000))),
    }


def budgets(draw: Draw, pay: float) -> dict[str, Any]:
    return _maybe(
        draw,
        region_mad_per_year=pay * float(draw.uniform(1.03, 1.4)) + 60_000.0,
        facilities_mad_per_year={"h1": 1_200_000.0, "p1": 900_000.0},
    )


def equity(draw: Draw) -> dict[str, Any]:
    fully = {"fully_served": ["operation"]} if draw.random() < 0.2 else {}
    return {"largest_unmet_share": float(draw.uniform(0.5, 1)), "of": str(draw.choice(["province", "zone"])), **fully}


LEVERS: dict[str, Callable[[Draw], dict[str, Any]]] = {
    lever.__name__: lever
    for lever in (
        mobility,
        shared_posts,
        recruitment,
        departures,
        closures,
        activity_transfer,
        pooled_functions,
        telemedicine,
        mobile_units,
        contracting,
        overload,
        equity,
    )
}


def random_aims(draw: Draw) -> dict[str, Any]:
    """Return some aims in some order, a measure of inequity, and bounds on what a plan may fill."""
    others = ["travel", "far_travel", "inequity", "cost", "disruption"]
    chosen = [others[k] for k in draw.permutation(5)[: int(draw.integers(0, 5))]]
    chosen.insert(int(draw.integers(0, 2)) if chosen else 0, "unmet")
    weights = {"aim_weights": {"unmet": 1.0, "cost": 1e-3, "inequity": 50.0}} if draw.random() < 0.25 else {}
    return {
        "aims": chosen,
        **weights,
        "far_minutes": float(draw.choice([15, 40])),
        "inequity": str(draw.choice(["worst_province", "worst_zone", "spread"])),
        "largest_workload": float(draw.choice([0.9, 1.0])),
    }


def random_options(seed: int, levers: frozenset[str], world: World) -> dict[str, Any]:
    """Return options with these levers on, each with random settings; `budgets` is one of them."""
    draw = np.random.default_rng([seed, 1])
    options = {name: lever(draw) for name, lever in LEVERS.items() if name in levers}
    if "budgets" in levers:
        pay = sum(fte * world.pay.get(group, PAY) for (_, group), fte in world.posts.items())
        options["budgets"] = budgets(draw, pay)
    return {**without_contradictions(options), **random_aims(draw)}


def without_contradictions(options: dict[str, Any]) -> dict[str, Any]:
    """Leave open what another lever names: closing it, too, is refused."""
    transfer, closures = options.get("activity_transfer", {}), options.get("closures", {})
    named = {unit["base"] for unit in options.get("mobile_units", {}).get("units", {}).values()}
    named |= {*transfer.get("facilities", ()), *transfer.get("keep", ())}
    for lever in ("pooled_functions", "telemedicine", "shared_posts"):
        named |= set(options.get(lever, {}).get("sites", ()))
    if "facilities" in closures:
        closures["facilities"] = [place for place in closures["facilities"] if place not in named]
    if "activities" in closures:
        transfer.pop("keep", None)
    return options
