"""People without a place in the plan, and acts at a distance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from simulation.conftest import nearest

from territory.simulation import network as net

if TYPE_CHECKING:
    from conftest import TinyRegion


def without_checks_for_the_south(tiny: TinyRegion, **changes: object) -> TinyRegion:
    """Return the region where half the checks of the south are unmet."""
    return tiny.but(unmet={("south", "check"): 2250.0}, **changes)


def test_unmet_people_ask_at_the_nearest_with_a_priority_of_their_own(tiny: TinyRegion) -> None:
    region = without_checks_for_the_south(tiny, minutes={("south", "hospital"): 20.0})
    table = region.simulate().table
    checks = table[(table["zone_id"] == "south") & (table["activity"] == "check")]
    planned = checks["facility_id"] == "hospital"
    assert planned.mean() == pytest.approx(0.5, abs=0.1)
    assert set(checks.loc[planned, "priority"]) == {0, 2}
    assert set(checks.loc[~planned, "facility_id"]) == {"post"}
    assert set(checks.loc[~planned, "priority"]) == {10, 12}


def test_of_two_equally_near_the_smaller_id_is_taken(tiny: TinyRegion) -> None:
    network = tiny.but(visits={}).network()
    assert {nearest(network, zone, act) for zone in tiny.zones for act in tiny.activities} == {"hospital"}


@pytest.mark.parametrize(
    "changes",
    [
        {"closed": (("post", "check"),)},
        {"posts": {("hospital", "doctor"): 8.0, ("hospital", "nurse"): 2.0}, "visits": {}},
        {"minutes": {("south", "post"): float("nan")}, "visits": {}},
    ],
    ids=["closed there", "nobody in post", "no road"],
)
def test_the_nearest_is_one_that_may_serve(tiny: TinyRegion, changes: dict[str, object]) -> None:
    region = tiny.but(**{"minutes": {("south", "hospital"): 50.0}, **changes, "visits": {}})
    assert nearest(region.network(), "south", "check") == "hospital"


def test_a_stay_needs_beds_at_the_nearest(tiny: TinyRegion) -> None:
    network = tiny.but(minutes={("south", "post"): 1.0}, visits={}).network()
    found = {activity: nearest(network, "south", activity) for activity in network.names.activities}
    assert found == {"admission": "hospital", "check": "post", "visit": "post"}


def test_who_stays_home_leaves_no_row_and_ends_there(tiny: TinyRegion) -> None:
    region = without_checks_for_the_south(tiny, options={**tiny.options, "unmet": "stay_home"})
    table = region.simulate().table
    assert table["priority"].max() < 10
    checks = (table["activity"] == "check").groupby(table["zone_id"], observed=True).sum()
    assert checks["south"] / checks["north"] == pytest.approx(0.5 * (1800 + 450) / (2700 + 300), rel=0.25)


def test_an_act_that_nobody_may_give_ends_the_episode(tiny: TinyRegion) -> None:
    region = tiny.but(
        facilities={"hospital": ("hospital", None), "post": ("post", None)},
        visits={key: acts for key, acts in tiny.visits.items() if key[2] != "admission"},
    )
    table = region.simulate().table
    assert "admission" not in set(table["activity"])
    assert set(table["pathway"]) == {"cold"}


def test_a_later_task_without_anyone_is_left_out_for_unplanned_people(tiny: TinyRegion) -> None:
    region = tiny.but(posts={("post", "nurse"): 3.0, ("hospital", "doctor"): 8.0}, visits={})
    drawn = region.drawn()
    visits = drawn.activity == 2
    assert np.all(drawn.facility[visits] == 1)
    assert np.all(np.diff(drawn.rows.task_start)[visits] == 1)


def test_an_act_at_a_distance_is_presented_here_and_answered_at_a_hub(tiny: TinyRegion) -> None:
    region = tiny.but(
        remote={"check": ({"nurse": 20.0}, {"doctor": 10.0})},
        remote_acts={("hospital", "check"): 3000.0},
        visits={**tiny.visits, ("north", "post", "check", "telemedicine"): 3000.0},
    )
    drawn = region.drawn()
    distant = drawn.mode == net.TELEMEDICINE
    assert distant.any()
    assert np.all(drawn.facility[distant] == drawn.network.names.facilities.index("post"))
    assert drawn.work(distant) == [{("post", "nurse")}, {("hospital", "doctor")}]
    offers, task = drawn.network.offers, drawn.rows.task[drawn.rows.task_start[:-1][distant] + 1]
    assert np.all(np.diff(offers.need_start)[task] == 2)  # the nurse stays with the patient
    assert "telemedicine" in set(region.simulate().table["mode"])


def test_people_without_a_place_never_starve_those_of_the_plan(tiny: TinyRegion) -> None:
    """Half of the admissions have no place, far more than the doctors of the hospital can do."""
    minutes = {"doctor": 60.0}
    region = tiny.but(
        activities={**tiny.activities, "admission": (minutes, "stay", "continuous", 2.0)},
        facilities={"hospital": ("hospital", 4000.0), "post": ("post", None)},
        unmet={("north", "admission"): 30_000.0},
        episodes={**tiny.episodes, ("north", "injury"): 20_000.0},
        options={**tiny.options, "warm_up_days": 28, "days": 14},
    )
    table = region.simulate().table
    stays = table[(table["activity"] == "admission") & (table["asked_at"] < 36)]
    done = (stays["outcome"] == "done").groupby(stays["priority"] < 10).mean()
    assert done[True] > 0.95
    assert done[False] < 0.5
