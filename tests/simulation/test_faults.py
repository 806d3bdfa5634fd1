"""What cannot work is told before anything runs: where, what was found, what was expected, the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from territory.errors import SimulationError

if TYPE_CHECKING:
    from conftest import TinyRegion

HEAD = "The simulation could not run (1 fault):\n  - "
CHECK = ("north", "post", "check", "telemedicine")

CASES: dict[str, tuple[dict[str, Any], str]] = {
    "nobody in post": (
        {"posts": {("post", "nurse"): 3.0, ("post", "doctor"): 4.0, ("hospital", "doctor"): 8.0}},
        (
            "plan.visits, facility 'hospital', activity 'visit': found nobody of the staff group 'nurse'; "
            "expected someone in post of every group that works on the act. Give the facility a post of that "
            "group in plan.posts, or send these acts elsewhere."
        ),
    ),
    "no beds": (
        {"facilities": {"hospital": ("hospital", None), "post": ("post", None)}},
        (
            "plan.visits, facility 'hospital', activity 'admission': found no beds; expected beds for an activity"
            " with bed_days. Give the facility its beds in facilities.csv, or send these visits elsewhere."
        ),
    ),
    "no road": (
        {"minutes": {("north", "hospital"): float("nan")}},
        (
            "plan.visits, zone 'north', facility 'hospital': found visits, but no travel time; expected a row in "
            "travel_times for every visit."
        ),
    ),
    "unknown pathway": (
        {"episodes": {("north", "colds"): 10.0}},
        (
            "demand.episodes, column pathway: found 'colds'; expected one of the pathways of the catalogue. Did "
            "you mean cold?"
        ),
    ),
    "unknown zone": (
        {"episodes": {("nort", "cold"): 10.0}},
        "demand.episodes, column zone_id: found 'nort'; expected one of the zones of the region. Did you mean north?",
    ),
    "not remote": (
        {"visits": {CHECK: 10.0}},
        (
            "plan.visits, activity 'check', mode 'telemedicine': found visits at a distance; expected `remote` in"
            " the catalogue for such an activity."
        ),
    ),
    "no hub": (
        {"visits": {CHECK: 10.0}, "remote": {"check": ({"nurse": 20.0}, {"doctor": 10.0})}},
        (
            "plan.visits, activity 'check', mode 'telemedicine': found visits at a distance, but no hub; expected"
            " a row in plan.remote for the activity."
        ),
    ),
    "nobody at the hub": (
        {
            "visits": {CHECK: 10.0},
            "remote": {"check": ({"nurse": 20.0}, {"expert": 10.0})},
            "remote_acts": {("hospital", "check"): 10.0},
        },
        (
            "plan.remote, facility 'hospital', activity 'check': found nobody of the staff group 'expert'; "
            "expected someone in post of every group that works on the act. Give the facility a post of that "
            "group in plan.posts, or send these acts elsewhere."
        ),
    ),
    "too long a shift": (
        {"hours_per_year": {"nurse": 5000.0}},
        (
            "care, staff group 'nurse', hours_per_year: found 5000; expected at most 4041. A weekday shift starts"
            " at 8:30 and must end by midnight."
        ),
    ),
    "more than certain": (
        {
            "pathways": {"cold": (1, [("a", "visit", [("b", 0.7, 0.0), ("b", 0.5, 1.0)]), ("b", "check", [])])},
            "episodes": {},
        },
        (
            "care, pathway 'cold', step 'a', probabilities: found a sum of 1.2; expected at most 1. What is left "
            "to 1 ends the episode."
        ),
    ),
    "round and round": (
        {"pathways": {"cold": (1, [("a", "visit", [("a", 1.0, 0.0)])])}, "episodes": {("north", "cold"): 900.0}},
        (
            "care, pathway 'cold', steps: found a loop without exit: a; expected a way out of every loop. Let a step "
            "of the round end some episodes."
        ),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_fault_is_told(tiny: TinyRegion, case: str) -> None:
    changes, words = CASES[case]
    with pytest.raises(SimulationError) as caught:
        tiny.but(**changes).simulate()
    assert str(caught.value) == HEAD + words


def test_faults_are_gathered(tiny: TinyRegion) -> None:
    with pytest.raises(SimulationError) as caught:
        tiny.but(posts={}).simulate()
    assert len(caught.value.faults) == 7


def test_at_least_one_worker_is_needed(tiny: TinyRegion) -> None:
    with pytest.raises(SimulationError, match="workers: found 0; expected 1 or more"):
        tiny.simulate(workers=0)


@pytest.mark.slow
def test_a_fault_met_in_another_process_comes_back_whole(tiny: TinyRegion) -> None:
    changes, words = CASES["round and round"]
    with pytest.raises(SimulationError) as caught:
        tiny.but(**changes).simulate(workers=2)
    assert str(caught.value) == HEAD + words


def test_the_dust_of_a_solver_is_no_visit(tiny: TinyRegion) -> None:
    visits = {**tiny.visits, ("south", "hospital", "visit", "in_person"): 1e-9}
    posts = {post: fte for post, fte in tiny.posts.items() if post != ("hospital", "nurse")}
    del visits["north", "hospital", "visit", "in_person"]
    assert len(tiny.but(visits=visits, posts=posts).simulate().table)
