"""Openings, closings and closed places, by hand."""

from __future__ import annotations

import pytest

from allocation.by_hand import bare, fte, line, served, without_roads
from allocation.conftest import PAY, World, aim


def thirds(need_b: float) -> World:
    """Return three posts without roads between them; a doctor at each of two, none at post_b."""
    world = bare(
        {"post_a": ("za", 0.0), "post_b": ("zb", 5.0), "post_c": ("zc", 9.0)},
        needs={("za", "visit"): 2000.0, ("zb", "visit"): need_b, ("zc", "visit"): 2000.0},
        posts={("post_a", "doctor"): 1.0, ("post_c", "doctor"): 1.0},
    )
    return without_roads(world)


MOVES = {"mobility": {"within": "region", "largest_share": 0.5}}


@pytest.mark.parametrize(("need", "opens"), [(400.0, False), (600.0, True)])
def test_an_activity_opens_where_its_volume_is_safe(need: float, opens: bool) -> None:
    transfer = {"activities": ["visit"], "smallest_volumes": {"visit": 500.0}, "opening_cost_mad": 700.0}
    plan = thirds(need).allocate(**MOVES, activity_transfer=transfer)
    assert served(plan, zone_id="zb") == pytest.approx(need if opens else 0)
    assert line(plan, "transitions") == pytest.approx(700 if opens else 0)
    table = plan.activities.set_index("facility_id")["open_after"]
    assert table["post_b"] == opens


def test_an_unsafe_activity_closes() -> None:
    world = thirds(0.0)
    world.needs["zc", "visit"] = 300.0
    transfer = {"activities": ["visit"], "smallest_volumes": {"visit": 500.0}, "closing_cost_mad": 700.0}
    plan = world.allocate(activity_transfer=transfer)
    assert aim(plan, "unmet") == pytest.approx(300)
    assert line(plan, "transitions") == pytest.approx(700)
    # the volume of the catalogue holds where the scenario gives none, and the scenario's before it
    world.smallest_volume = {"visit": 500.0}
    assert aim(world.allocate(activity_transfer={"activities": ["visit"]}), "unmet") == pytest.approx(300)
    lower = {"activities": ["visit"], "smallest_volumes": {"visit": 200.0}}
    assert aim(world.allocate(activity_transfer=lower), "unmet") == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("limit", "unmet"),
    [
        ({"most_changes": 0}, 900.0),
        ({"most_changes": 1}, 0.0),
        ({"budget_mad": 699.0}, 900.0),
        ({"budget_mad": 700.0}, 0.0),
        ({"largest_volumes": {"visit": 1500.0}}, 1000.0),  # 500 of each of the two others
    ],
)
def test_changes_keep_to_their_limits(limit: dict[str, object], unmet: float) -> None:
    transfer = {"activities": ["visit"], "opening_cost_mad": 700.0, **limit}
    assert aim(thirds(900.0).allocate(**MOVES, activity_transfer=transfer), "unmet") == pytest.approx(unmet, abs=1e-3)


def test_a_place_closes_where_its_people_serve_more_elsewhere() -> None:
    # za has 500 visits and one doctor, zb 5,000 and none: with half of the doctor 2,500 are served, with all of them,
    # and those of za left alone, 5,000; zc, which may not close, gives half of its doctor where it is not needed
    world = thirds(7500.0)
    world.needs["za", "visit"] = 500.0
    transfer = {"facilities": ["post_a"], "closing_cost_mad": 900.0}
    stays = world.allocate(**MOVES)
    closes = world.allocate(**MOVES, activity_transfer=transfer)
    assert aim(stays, "unmet") == pytest.approx(7500 - 5000)
    assert fte(closes, "moved", from_facility_id="post_a") == pytest.approx(1.0)
    assert aim(closes, "unmet") == pytest.approx(7500 - 7500 + 500)
    assert line(closes, "transitions") == pytest.approx(900)
    assert not closes.activities.set_index("facility_id")["open_after"]["post_a"]


def test_a_kept_activity_does_not_close() -> None:
    transfer = {"activities": ["visit"], "largest_volumes": {"visit": 1000.0}, "closing_cost_mad": 1.0}
    cheap = {"aims": ["unmet", "cost"], "mobility": MOVES["mobility"]}
    kept = thirds(0.0).allocate(**cheap, activity_transfer={**transfer, "keep": {"post_a": ["visit"]}})
    assert kept.activities.set_index("facility_id")["open_after"]["post_a"]


def test_closed_posts_are_lost_where_nobody_may_move() -> None:
    plan = thirds(900.0).allocate(closures={"facilities": ["post_a"]})
    assert fte(plan, "unfilled", from_facility_id="post_a") == pytest.approx(1.0)
    assert line(plan, "pay") == pytest.approx(PAY)
    assert aim(plan, "unmet") == pytest.approx(2000 + 900)


def test_disruption_counts_from_zero() -> None:
    # nothing changes: three activities stay as they are
    assert aim(thirds(0.0).allocate(activity_transfer={"activities": ["visit"]}), "disruption") == 0


def test_the_table_of_activities_tells_the_changes() -> None:
    """Where no change may be made none is told, and where one may, one is."""
    transfer = {"activities": ["visit"], "smallest_volumes": {"visit": 500.0}}
    none = thirds(900.0).allocate(**MOVES, activity_transfer={**transfer, "most_changes": 0}).activities
    assert (none["open_before"] == none["open_after"]).all()
    one = thirds(900.0).allocate(**MOVES, activity_transfer={**transfer, "most_changes": 1}).activities
    assert (one["open_before"] != one["open_after"]).sum() == 1


def test_a_place_that_may_close_takes_as_many_recruits() -> None:
    world = thirds(60_000.0)
    world.pay = {"doctor": 1000.0}
    money = {"recruitment": {"budget_mad_per_year": 9_000.0}}
    free = world.allocate(**money)
    closable = world.allocate(**money, activity_transfer={"facilities": ["post_a", "post_b", "post_c"]})
    assert aim(closable, "unmet") <= aim(free, "unmet") + 1e-3


@pytest.mark.parametrize("smallest", [0.0, 10.0])
def test_a_place_that_closes_is_one_change(smallest: float) -> None:
    """Closing a place closes what it gives, with a safe volume or without."""
    world = thirds(0.0)
    transfer = {"activities": ["visit"], "facilities": ["post_a"], "smallest_volumes": {"visit": smallest}}
    aims = {"aims": ["cost", "unmet"], "equity": {"largest_unmet_share": 0.5}}
    plan = world.allocate(**aims, activity_transfer={**transfer, "most_changes": 1})
    assert fte(plan, "unfilled", from_facility_id="post_a") == pytest.approx(1.0)
