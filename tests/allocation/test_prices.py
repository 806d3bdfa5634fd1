"""Prices of limits against the programme solved again with a little more of the limit, and with one whole unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from allocation.conftest import HOURS_PER_YEAR, World, aim, random_world
from allocation.random_regions import random_region
from allocation.solved_apart import TOLERANCE, Apart
from territory.allocation import AIMS, build
from territory.allocation.limits import steps_of
from territory.allocation.loaded import LoadedProgram
from territory.allocation.marginal import Marginal
from territory.allocation.reading import read_plan
from territory.allocation.solver import solve_loaded, turns
from territory.scenario import AllocationOptions
from territory.tables import Plan

# units of a row in one planner's unit, told again by hand
SCALE = {
    "Staff_Hours": HOURS_PER_YEAR,
    "Bed_Days": 365 * 0.85,
    "Room_Hours": 1000 * 0.85,
    "Recruits_Of_Group": 1.0,
    "Leave_Share": 1.0,
    "Contract_Volume": 1.0,
    "Round_Days": 1.0,
    "Recruitment_Budget": 1e6,
    "Contract_Budget": 1e6,
    "Overload_Budget": 1e6,
    "Region_Budget": 1e6,
    "Facility_Budget": 1e6,
}

# and by how much limits that are shares of posts move with one post, for the levers below
SHARES = {"Leave_Share": 0.2, "Overload_Step": 0.2 * HOURS_PER_YEAR, "Hub_Share": 0.3 * HOURS_PER_YEAR}


@dataclass
class Solved:
    """A plan, its prices, and the same programme to be solved apart with its whole numbers held."""

    plan: Plan
    marginals: tuple[Marginal, ...]
    apart: Apart

    def moved(self, name: str, index: Any) -> dict[int, float]:
        """Return by how much each row moves with one unit more: a post counts in limits that are shares of posts."""
        also = {
            k: SHARES[other]
            for k, (other, key) in enumerate(self.apart.rows)
            if name == "Staff_Hours" and other in SHARES and key[:2] == index
        }
        return {self.apart.row(name, index): SCALE[name], **also}

    def gain(self, marginal: Marginal, units: float) -> float:
        """Return the fall of the aim for so many more units, what earlier aims reached being kept."""
        earlier, words = [], {name: word for word, name in AIMS.items()}
        for reached in self.plan.aims:
            if reached.name == marginal.aim:
                break
            earlier.append((words[reached.name], reached.value + TOLERANCE * max(abs(reached.value), 1.0)))
        word = words[marginal.aim]
        more = self.apart
        for row, by in self.moved(*marginal.row).items():
            more = more.raised(row, units * by)
        now, then = self.apart.best(word, earlier), more.best(word, earlier)
        assert now is not None
        assert then is not None
        return now - then


def solved(world: World, **options: Any) -> Solved:
    own = AllocationOptions(**options)
    model = build(*world.inputs(), own)
    program = LoadedProgram(model)
    found = solve_loaded(program, turns(program, own), own, steps=steps_of(model.draft))
    whole = {int(k): float(round(found.value(program.columns[k]))) for k in program.integers}
    return Solved(read_plan(model.draft, found, program.columns), found.marginals, Apart(model).held(whole))


def check(case: Solved) -> int:
    """Check each price by solving again; return how many there were."""
    for marginal in case.marginals:
        near = max(marginal.price * 1e-3, 0.05)
        if marginal.holds_to > 1e-6:
            units = 0.5 * min(marginal.holds_to, 1.0)
            assert case.gain(marginal, units) == pytest.approx(marginal.price * units, rel=2e-3, abs=0.05), marginal.row
            end = min(marginal.holds_to, 20.0)
            assert case.gain(marginal, end) == pytest.approx(marginal.price * end, rel=2e-3, abs=0.05), marginal.row
        if not np.isnan(marginal.one_more):
            assert case.gain(marginal, 1.0) == pytest.approx(marginal.one_more, rel=2e-3, abs=near), marginal.row
        assert case.gain(marginal, 1.0) <= marginal.price + near  # no unit brings more than the first
    return len(case.marginals)


LEVERS: dict[str, dict[str, Any]] = {
    "posts_and_beds": {},
    "recruits": {"recruitment": {"budget_mad_per_year": 60_000.0, "largest_posts": {"doctor": 0.3, "cardio": 0.2}}},
    "moves": {"mobility": {"within": "region", "largest_share": 0.2}},
    "contracts": {
        "contracting": {
            "activities": {
                "consult": {"largest_acts_per_facility": 90.0},
                "operation": {"largest_acts_per_facility": 9.0},
            },
            "levels": ["clinic"],
            "budget_mad_per_year": 11_000.0,
        }
    },
    "overload": {"overload": {"steps": [{"share": 0.2, "price": 1.25}], "budget_mad_per_year": 40_000.0}},
    "hubs": {"telemedicine": {"activities": ["consult"], "site_levels": ["post"], "hub_largest_share": 0.3}},
    "whole_numbers": {
        "shared_posts": {"groups": ["doctor", "cardio"], "site_levels": ["post"]},
        "activity_transfer": {"activities": ["visit", "consult"], "smallest_volumes": {"visit": 300.0}},
    },
}


@pytest.mark.parametrize("lever", LEVERS)
@pytest.mark.parametrize("seed", [0, 3])
def test_prices_are_what_a_little_more_brings(lever: str, seed: int) -> None:
    assert check(solved(random_region(seed), aims=["unmet", "travel"], **LEVERS[lever])) > 0


def dear(world: World) -> World:
    """Make posts, beds and money of the hand-written world bind: 400 h of doctors, 1 bed, need for much more."""
    world.posts = {("hospital", "doctor"): 0.4, ("hospital", "nurse"): 2.0, ("post_north", "nurse"): 1.0}
    world.facilities["hospital"] = ("hospital", "north", 1.0, False, 10.0)
    world.activities["stay"] = ({"doctor": 30.0}, 5.0, 4.0)
    return world


def more_posts(world: World, _: dict[str, Any], units: float) -> None:
    world.posts["hospital", "doctor"] += units


def more_beds(world: World, _: dict[str, Any], units: float) -> None:
    level, province, beds, connected, x = world.facilities["hospital"]
    world.facilities["hospital"] = (level, province, (beds or 0.0) + units, connected, x)


def more_money(_: World, options: dict[str, Any], units: float) -> None:
    options["recruitment"] = {"budget_mad_per_year": 30_000.0 + 1e6 * units}


def more_candidates(_: World, options: dict[str, Any], units: float) -> None:
    options["recruitment"] = {"budget_mad_per_year": 1e6, "largest_posts": {"doctor": 0.2 + units}}


@pytest.mark.parametrize(
    ("limit", "where", "price", "more"),
    [
        # the hospital's 400 h serve 79.8 stays of 4 bed-days (39.9 h) and visits at 5 an hour: 5,000 a post
        ("Staff_Hours", "hospital, doctor", 5_000.0, more_posts),
        # a bed is 310.25 days, 77.6 stays: 5 each, less the half hour of a doctor that was worth 2.5
        ("Bed_Days", "hospital", 365 * 0.85 / 4 * (5 - 2.5), more_beds),
        # a doctor for 100,000 MAD serves 5,000 visits
        ("Recruitment_Budget", "region", 50_000.0, more_money),
        ("Recruits_Of_Group", "doctor", 5_000.0, more_candidates),
    ],
)
def test_a_price_by_hand_and_by_planning_again(world: World, limit: str, where: str, price: float, more: Any) -> None:
    options: dict[str, Any] = {"aims": ["unmet"]}
    more(dear(world), options, 0.0)
    plan = world.allocate(**options)
    told = plan.shadow_prices.set_index(["limit", "where"]).loc[(limit, where)]
    assert told["price"] == pytest.approx(price)
    units = min(told["holds_to"], 1.0) / 2
    assert units > 0
    more(world, options, units)
    assert aim(plan, "unmet") - aim(world.allocate(**options), "unmet") == pytest.approx(price * units, rel=1e-6)


def test_the_table_tells_the_prices_of_each_limit_once(world: World) -> None:
    table = dear(world).allocate(recruitment={"budget_mad_per_year": 30_000.0}).shadow_prices
    assert not table.duplicated(["limit", "where"]).any()
    for _, rows in table.groupby("price_unit", sort=False):
        assert rows["price"].is_monotonic_decreasing
    known = table[table["one_more"].notna()]
    assert (known["one_more"] <= known["price"] * (1 + 1e-9) + 1e-6).all()
    far = table[table["holds_to"] >= 1]
    assert (far["one_more"] == far["price"]).all()


@pytest.mark.slow
@pytest.mark.parametrize("lever", LEVERS)
@pytest.mark.parametrize("seed", range(10, 25))
def test_many_prices_are_what_a_little_more_brings(lever: str, seed: int) -> None:
    check(solved(random_region(seed), aims=["unmet", "travel"], **LEVERS[lever]))
    check(solved(random_world(seed), aims=["unmet", "travel"]))
