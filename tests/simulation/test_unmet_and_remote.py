"""People without a place in the plan, and acts at a distance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from territory.simulation import network as net
from territory.simulation.itineraries import draw_itineraries

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
    nearest = without_checks_for_the_south(tiny).network().routes.nearest
    assert np.all(nearest == 0)  # hospital


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
    region = tiny.but(**{"minutes": {("south", "hospital"): 50.0}, **changes})
    names, routes = region.network().names, region.network().routes
    assert names.facilities[routes.nearest[1, names.activities.index("check")]] == "hospital"


def test_a_stay_needs_beds_at_the_nearest(tiny: TinyRegion) -> None:
    near_post = tiny.but(minutes={("south", "post"): 1.0})
    names, nearest = near_post.network().names, near_post.network().routes.nearest
    found = {activity: names.facilities[nearest[1, a]] for a, activity in enumerate(names.activities)}
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
    rows = draw_itineraries(region.network(), 0)
    visits = rows.activity == 2
    assert np.all(rows.facility[visits] == 1)
    assert np.all(np.diff(rows.task_start)[visits] == 1)


def test_an_act_at_a_distance_is_presented_here_and_answered_at_a_hub(tiny: TinyRegion) -> None:
    region = tiny.but(
        remote={"check": ({"nurse": 20.0}, {"doctor": 10.0})},
        remote_acts={("hospital", "check"): 3000.0},
        visits={**tiny.visits, ("north", "post", "check", "telemedicine"): 3000.0},
    )
    network = region.network()
    rows = draw_itineraries(network, 0)
    distant = np.flatnonzero(rows.mode == net.TELEMEDICINE)
    assert len(distant)
    assert np.all(rows.facility[distant] == network.names.facilities.index("post"))
    assert np.all(np.diff(rows.task_start)[distant] == 2)
    of = network.stations.of
    nurse, doctor = network.names.groups.index("nurse"), network.names.groups.index("doctor")
    assert np.all(rows.task_station[rows.task_start[distant]] == of[1, nurse])
    assert np.all(rows.task_station[rows.task_start[distant] + 1] == of[0, doctor])
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
