"""Contracted acts, mobile units and visiting staff: where they are walked, how long they take, what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from simulation.conftest import nearest

from territory.errors import SimulationError
from territory.simulation import network as net
from territory.simulation.arrivals import draw_patients
from territory.simulation.draws import run_key
from territory.simulation.itineraries import draw_itineraries

if TYPE_CHECKING:
    from conftest import TinyRegion

OPENS = 8.5 / 24
CLOSES = 16.5 / 24
SECOND = 1 / 86_400
HEAD = "The simulation could not run (1 fault):\n  - "
REMOTE = {"check": ({"nurse": 20.0}, {"doctor": 10.0})}


def with_a_clinic(tiny: TinyRegion, **changes: Any) -> TinyRegion:
    """Return the region where acts of every kind are bought from a private clinic, near to everybody."""
    bought = {("north", "visit"): 4500.0, ("south", "check"): 2250.0, ("north", "admission"): 1500.0}
    return tiny.but(
        facilities={"clinic": ("private", 1.0), **tiny.facilities},
        visits={**tiny.visits, **{(zone, "clinic", act, "contracted"): acts for (zone, act), acts in bought.items()}},
        minutes={(zone, "clinic"): 1.0 for zone in tiny.zones},
        **changes,
    )


def with_a_unit(tiny: TinyRegion, activity: str, **changes: Any) -> TinyRegion:
    """Return the region where a unit of the post tours both zones; no road leads from the south to the post."""
    visits = {key: acts for key, acts in tiny.visits.items() if key[:2] != ("south", "post")}
    aboard = {(zone, "post", activity, "mobile"): 4000.0 for zone in tiny.zones}
    return tiny.but(
        **{
            "visits": {**visits, **aboard},
            "minutes": {("south", "post"): float("nan")},
            "planned_minutes": {"north": 3.0, "south": 4.0},
            "rounds": [("unit", "north", 2, 10.0), ("unit", "south", 3, 20.0)],
            **changes,
        }
    )


def with_visiting_doctors(tiny: TinyRegion, posts: dict[tuple[str, str], float], **changes: Any) -> TinyRegion:
    """Return the region where a post does visits only, and checks while a doctor visits it; it is near."""
    others = {key: fte for key, fte in tiny.posts.items() if key[0] == "hospital"}
    return tiny.but(
        **{
            "does": {"post": ("visit",)},
            "visiting": {"post": ("check",)},
            "posts": {**others, **posts},
            "minutes": {(zone, "post"): 1.0 for zone in tiny.zones},
            **changes,
        }
    )


def test_contracted_acts_begin_when_asked_for_within_opening_hours(tiny: TinyRegion) -> None:
    journeys = with_a_clinic(tiny).simulate()
    table = journeys.table[journeys.table["mode"] == "contracted"]
    assert set(table["facility_id"]) == {"clinic"}
    assert set(table["activity"]) == {"visit", "check", "admission"}
    assert (table["travel_minutes"] == 1).all()
    assert "turned_away" not in set(table["outcome"])
    stays = table["activity"] == "admission"
    assert (table["started_at"] == table["asked_at"])[stays].all()
    asked, started = table.loc[~stays, "asked_at"], table.loc[~stays, "started_at"]
    open_then = (asked % 7 < 5) & (asked % 1 >= OPENS) & (asked % 1 < CLOSES)
    assert (started == asked)[open_then].all()
    later = started[~open_then].dropna()
    assert len(later)
    assert (later % 7 < 5).all()
    assert np.abs(later % 1 - OPENS).max() < SECOND


def test_who_finds_a_contracted_door_closed_is_back_in_the_first_half_of_the_day(tiny: TinyRegion) -> None:
    """Patients leave a bed at any hour and then come without appointment."""
    region = with_a_clinic(
        tiny,
        pathways={"injury": (0, [("door", "admission", [("seen", 1.0, 0.0)]), ("seen", "visit", [])])},
        episodes={("north", "injury"): 3000.0},
    )
    table = (
        region.but(visits={("north", "clinic", act, "contracted"): 1.0 for act in ("admission", "visit")})
        .simulate()
        .table
    )
    visits = table[(table["activity"] == "visit") & table["started_at"].notna()]
    asked, started = visits["asked_at"], visits["started_at"]
    late = (asked % 7 >= 5) | (asked % 1 < OPENS) | (asked % 1 >= CLOSES)
    assert 0.5 < late.mean() < 1
    assert (started == asked)[~late].all()
    assert (started % 7 < 5).all()
    assert started[late].mod(1).between(OPENS - SECOND, (OPENS + CLOSES) / 2).all()
    assert "turned_away" not in set(table["outcome"])


def test_contracted_acts_that_began_are_finished_without_a_night(tiny: TinyRegion) -> None:
    """A visit has two tasks of 10 and 15 minutes, one after the other."""
    table = with_a_clinic(tiny).simulate().table
    visits = table[(table["mode"] == "contracted") & (table["activity"] == "visit")]
    minutes = 1440 * (visits["ended_at"] - visits["started_at"])
    assert minutes.mean() == pytest.approx(25, rel=0.05)
    assert minutes.max() < 180


def test_contracted_acts_last_as_long_as_those_of_people_in_post(tiny: TinyRegion) -> None:
    region = with_a_clinic(tiny, posts={("clinic", "nurse"): 9.0, ("clinic", "doctor"): 9.0})
    zones, acts = tiny.zones, tuple(tiny.activities)
    bought, given = (
        draw_itineraries(
            region.but(visits={(zone, "clinic", act, mode): 1.0 for zone in zones for act in acts}).network(), 0
        )
        for mode in ("contracted", "in_person")
    )
    assert len(bought.task_us)
    assert np.array_equal(bought.task_us, given.task_us)
    assert np.array_equal(bought.stay_us, given.stay_us)
    assert np.array_equal(bought.due_us[~bought.follows], given.due_us[~given.follows])


def test_people_without_a_place_do_not_ask_at_a_contracted_facility(tiny: TinyRegion) -> None:
    table = with_a_clinic(tiny, unmet={(zone, "check"): 5000.0 for zone in tiny.zones}).simulate().table
    assert set(table.loc[table["priority"] >= 10, "facility_id"]) == {"hospital"}


def test_a_contracted_facility_has_no_row_among_the_stations(tiny: TinyRegion) -> None:
    region = with_a_clinic(tiny)
    with_it, without = region.simulate().stations, region.but(visits=tiny.visits).simulate().stations
    columns = ["replication", "facility_id", "staff_group", "open_hours"]
    pd.testing.assert_frame_equal(with_it[columns], without[columns])
    beds = with_it[with_it["facility_id"] == "clinic"]
    assert beds["staff_group"].tolist() == ["beds", "beds"]  # the one bed that the region knows of
    assert (beds["busy_hours"] == 0).all()


def test_contracted_acts_take_nobody_s_time(tiny: TinyRegion) -> None:
    """The south fares the same whether the north is treated at the clinic or is never ill."""
    region = with_a_clinic(tiny)
    visits = {key: acts for key, acts in tiny.visits.items() if key[0] == "south"}
    bought = {("north", "clinic", act, "contracted"): 1.0 for act in tiny.activities}
    both = region.but(visits=visits | bought).simulate().table
    assert set(both.loc[both["zone_id"] == "north", "facility_id"]) == {"clinic"}
    episodes = {key: count for key, count in tiny.episodes.items() if key[0] == "south"}
    alone = region.but(visits=visits, episodes=episodes).simulate().table
    south = both[both["zone_id"] == "south"].drop(columns="patient").reset_index(drop=True)
    pd.testing.assert_frame_equal(south, alone.drop(columns="patient"), check_exact=True)


def test_a_mobile_unit_is_as_far_as_its_stop(tiny: TinyRegion) -> None:
    table = with_a_unit(tiny, "visit").simulate().table
    aboard = table["mode"] == "mobile"
    assert set(table.loc[aboard, "zone_id"]) == {"north", "south"}
    assert set(table.loc[aboard, "facility_id"]) == {"post"}
    minutes = table["zone_id"].astype(str).map({"north": 3.0, "south": 4.0})
    assert (table["travel_minutes"] == minutes)[aboard].all()
    assert (table.loc[aboard, "travel_km"] == 0).all()
    assert (table.loc[~aboard, ["travel_minutes", "travel_km"]] == [10, 5]).all().all()


def test_the_people_of_the_base_give_the_acts_of_its_unit(tiny: TinyRegion) -> None:
    region = with_a_unit(tiny, "visit", remote={"visit": ({"nurse": 1.0}, {"doctor": 1.0})})
    drawn = region.drawn()
    assert drawn.work(drawn.mode == net.MOBILE) == [{("post", "nurse")}, {("post", "doctor")}]


def test_a_unit_without_the_specialist_presents_the_patient_to_a_hub(tiny: TinyRegion) -> None:
    posts = {key: fte for key, fte in tiny.posts.items() if key != ("post", "doctor")}
    others = {("south", "hospital", "check", "in_person"): 2250.0}
    aboard = {(zone, "post", "check", "mobile"): 3000.0 for zone in tiny.zones}
    region = with_a_unit(
        tiny, "check", posts=posts, visits={**others, **aboard}, remote=REMOTE, remote_acts={("hospital", "check"): 1.0}
    )
    drawn = region.drawn()
    assert drawn.work(drawn.mode == net.MOBILE) == [{("post", "nurse")}, {("hospital", "doctor")}]
    table = region.simulate().table
    assert set(table.loc[table["mode"] == "mobile", "facility_id"]) == {"post"}
    assert (table.loc[table["mode"] == "mobile", "outcome"] == "done").mean() > 0.9


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no hub answers": (
        {"remote": REMOTE},
        (
            "plan.visits, activity 'check', mode 'mobile': found visits at a distance, but no hub; expected a row in"
            " plan.remote for the activity."
        ),
    ),
    "nobody presents": (
        {"remote": {"check": ({"expert": 20.0}, {"doctor": 10.0})}, "remote_acts": {("hospital", "check"): 1.0}},
        (
            "plan.visits, facility 'post', activity 'check': found nobody of the staff group 'expert'; expected someone"
            " in post of every group that works on the act. Give the facility a post of that group in plan.posts, or"
            " send these acts elsewhere."
        ),
    ),
    "not at a distance": (
        {},
        (
            "plan.visits, facility 'post', activity 'check': found nobody of the staff group 'doctor'; expected someone"
            " in post of every group that works on the act. Give the facility a post of that group in plan.posts, or"
            " send these acts elsewhere."
        ),
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_unit_that_cannot_give_the_act_is_refused(tiny: TinyRegion, case: str) -> None:
    changes, words = FAULTS[case]
    posts = {key: fte for key, fte in tiny.posts.items() if key != ("post", "doctor")}
    visits = {("north", "post", "check", "mobile"): 10.0}
    with pytest.raises(SimulationError) as caught:
        with_a_unit(tiny, "check", **{"posts": posts, "visits": visits, **changes}).simulate()
    assert str(caught.value) == HEAD + words


def test_an_act_is_not_bought_from_a_level_that_does_not_do_it(tiny: TinyRegion) -> None:
    region = with_a_clinic(tiny, does={"private": ("visit",)}, visiting={"private": ("check",)})
    with pytest.raises(SimulationError) as caught:
        region.simulate()
    assert str(caught.value) == (
        HEAD + "plan.visits, facility 'clinic', activity 'admission', mode 'contracted': found level 'private'; "
        "expected a level that does the activity. Buy these acts from another facility."
    )


def test_visiting_staff_gives_acts_that_the_level_alone_does_not(tiny: TinyRegion) -> None:
    """One visit-day a week of a doctor at the post."""
    region = with_visiting_doctors(
        tiny,
        {("post", "nurse"): 3.0, ("post", "doctor"): 0.2},
        visits={("north", "post", "check", "in_person"): 300.0, ("south", "hospital", "check", "in_person"): 300.0},
        episodes={("north", "cold"): 1000.0, ("south", "cold"): 1000.0},
    )
    table = region.simulate().table
    checks = table[(table["activity"] == "check") & (table["zone_id"] == "north")]
    assert set(checks["facility_id"]) == {"post"}
    assert len(set(checks["started_at"].dropna() // 1 % 7)) == 1


@pytest.mark.parametrize(
    ("doctors", "visiting", "expected"),
    [(0.2, ("check",), "post"), (0.0, ("check",), "hospital"), (0.2, (), "hospital")],
    ids=["visited", "nobody visits", "not a place to visit"],
)
def test_people_without_a_place_ask_where_somebody_visits(
    tiny: TinyRegion, doctors: float, visiting: tuple[str, ...], expected: str
) -> None:
    posts = {("post", "nurse"): 3.0, ("post", "doctor"): doctors}
    network = with_visiting_doctors(tiny, posts, visits={}, visiting={"post": visiting}).network()
    assert [nearest(network, zone, "check") for zone in tiny.zones] == [expected] * 2


def test_a_visit_where_nobody_visits_is_refused(tiny: TinyRegion) -> None:
    region = with_visiting_doctors(
        tiny, {("post", "nurse"): 3.0}, visits={("north", "post", "check", "in_person"): 300.0}
    )
    with pytest.raises(SimulationError) as caught:
        region.simulate()
    assert str(caught.value) == HEAD + FAULTS["not at a distance"][1]


def with_every_mode(tiny: TinyRegion) -> TinyRegion:
    """Return a region where checks of the north are given in four ways."""
    ways = [("hospital", "in_person"), ("post", "telemedicine"), ("clinic", "contracted"), ("post", "mobile")]
    region = with_a_clinic(tiny, remote=REMOTE, remote_acts={("hospital", "check"): 1.0})
    visits = {key: acts for key, acts in region.visits.items() if (key[0], key[2]) != ("north", "check")}
    checks = {("north", *way[:1], "check", way[1]): 1000.0 * (place + 1) for place, way in enumerate(ways)}
    return region.but(visits={**visits, **checks})


def test_acts_are_shared_among_the_modes_as_planned(tiny: TinyRegion) -> None:
    rows = with_every_mode(tiny).but(options={**tiny.options, "days": 728}).drawn()
    checks = (rows.zone == 0) & (rows.activity == 1)
    for mode, share in {net.IN_PERSON: 0.1, net.TELEMEDICINE: 0.2, net.CONTRACTED: 0.3, net.MOBILE: 0.4}.items():
        spread = np.sqrt(share * (1 - share) / checks.sum())
        assert (rows.mode[checks] == mode).mean() == pytest.approx(share, abs=4 * spread)


def test_nobody_is_lost_between_the_modes(tiny: TinyRegion) -> None:
    region = with_every_mode(tiny).but(options={**tiny.options, "warm_up_days": 0})
    network, table = region.network(), region.simulate().table
    assert set(table["mode"]) == {"in_person", "telemedicine", "contracted", "mobile"}
    for replication in range(2):
        rows = table[table["replication"] == replication]
        arrivals_us = draw_patients(network, run_key(network.seed, replication)).arrival_us
        assert (rows["step"] == 0).sum() == (arrivals_us >= 0).sum()
        before_last = rows.drop(rows.groupby("patient").tail(1).index)
        assert (before_last["outcome"] == "done").all()
    assert ((table["outcome"] == "done") == table["ended_at"].notna()).all()
    assert (table["outcome"].isin(["done", "in_care"]) == table["started_at"].notna()).all()


@pytest.mark.slow
def test_the_number_of_workers_changes_no_byte_of_any_mode(tiny: TinyRegion) -> None:
    region = with_every_mode(tiny)
    alone, together = region.simulate(), region.simulate(workers=2)
    pd.testing.assert_frame_equal(alone.table, together.table, check_exact=True)
    pd.testing.assert_frame_equal(alone.stations, together.stations, check_exact=True)
