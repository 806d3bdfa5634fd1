"""The order of events, traced by hand: one post with one nurse and one doctor, and a hospital with one bed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from territory.simulation import network as net
from territory.simulation import read_network, run_network
from territory.simulation.itineraries import Itineraries
from territory.simulation.reference import ReferenceRun
from territory.tables.vocabulary import OUTCOMES

if TYPE_CHECKING:
    from conftest import TinyRegion

HOUR = 60
DAY = 24 * HOUR
OPENS = 8 * HOUR + 30
CLOSES = 15 * HOUR + 30


@dataclass
class Row:
    """One step: when it is asked for (or how long after the one before), what it takes."""

    due: float
    tasks: list[tuple[str, str, float]]  # facility, group, minutes
    priority: int = 1
    walk_in: bool = False
    follows: bool = False
    stay: float = 0
    return_share: float = 0.5


def run(tiny: TinyRegion, rows: list[Row]) -> list[tuple[float | None, float | None, str]]:
    """Return (started, ended, outcome) of each row, minutes since Monday 0:00."""
    network = tiny.but(
        posts={("post", "nurse"): 1.0, ("post", "doctor"): 1.0, ("hospital", "doctor"): 5.0},
        facilities={"hospital": ("hospital", 1.0), "post": ("post", None)},
        visits={},
        hours_per_year={"nurse": 1825.0, "doctor": 1825.0},
        options={"warm_up_days": 0, "days": 7},
    ).network()

    def station(facility: str, group: str) -> int:
        names, places = network.names, network.stations
        here = places.facility == names.facilities.index(facility)
        return int(np.flatnonzero(here & (places.group == names.groups.index(group)))[0])

    def whole(values: list[float]) -> np.ndarray:
        return np.array([round(value * net.US_PER_MINUTE) for value in values], dtype=np.int64)

    tasks = [task for row in rows for task in row.tasks]
    stations = [station(facility, group) for facility, group, _ in tasks]
    starts = np.cumsum([0, *(len(row.tasks) for row in rows)])
    beds = station("hospital", "beds")
    network = with_tasks(network, stations)
    course = ReferenceRun(network, itineraries(rows, whole, starts, beds))
    course.go()
    (found,) = course.courses()

    def minutes(moment: int) -> float | None:
        return None if moment < 0 else moment / net.US_PER_MINUTE

    moments = zip(found.started_us.tolist(), found.ended_us.tolist(), found.outcome.tolist(), strict=True)
    return [(minutes(started), minutes(ended), OUTCOMES[outcome]) for started, ended, outcome in moments]


def with_tasks(network: net.Network, stations: list[int]) -> net.Network:
    """Return the network whose tasks are those of the rows: the i-th task needs the i-th station."""
    count = len(stations)
    offers = replace(
        network.offers,
        task_start=np.zeros(len(network.offers.activity) + 1, dtype=np.int64),
        task_law=np.zeros(count, dtype=np.int64),
        need_start=np.arange(count + 1),
        need=np.array(stations),
    )
    return replace(network, offers=offers)


def itineraries(
    rows: list[Row], whole: Callable[[list[float]], np.ndarray], starts: np.ndarray, beds: int
) -> Itineraries:
    count = len(rows)
    zero, no, none = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=bool), np.full(count, -1)
    priority = np.array([row.priority for row in rows])
    patient = np.cumsum([not row.follows for row in rows]) - 1
    return Itineraries(
        patient=patient,
        key=patient.astype(np.uint64) + np.uint64(1),
        source=zero,
        number=zero,
        option=zero,
        arrival_us=zero,
        follows=np.array([row.follows for row in rows]),
        due_us=whole([row.due for row in rows]),
        completes=no,
        rank=priority + 1,
        rank_in_care=zero,
        walk_in=np.array([row.walk_in for row in rows]),
        return_share=np.array([row.return_share for row in rows]),
        persists=np.ones(count),
        joins=np.zeros(count),
        patience_us=none,
        dies=no,
        absent=no,
        fails=no,
        vehicle=none,
        trip_us=zero,
        bed=np.array([beds if row.stay else -1 for row in rows]),
        stay_us=whole([row.stay for row in rows]),
        task_start=starts,
        task=np.arange(starts[-1]),
        task_us=whole([minutes for row in rows for _, _, minutes in row.tasks]),
    )


def nurse(minutes: float) -> list[tuple[str, str, float]]:
    return [("post", "nurse", minutes)]


def test_the_door_opens_before_those_who_come_at_the_opening_ask(tiny: TinyRegion) -> None:
    assert run(tiny, [Row(OPENS, nurse(20), walk_in=True)]) == [(OPENS, OPENS + 20, "done")]


def test_who_comes_before_the_opening_is_back_in_its_first_half(tiny: TinyRegion) -> None:
    back = OPENS + 0.5 * (CLOSES - OPENS) / 2
    assert run(tiny, [Row(8 * HOUR, nurse(20), walk_in=True)]) == [(back, back + 20, "done")]
    on_monday = 5 * DAY + 10 * HOUR  # Saturday: the next opening lies beyond the horizon
    assert run(tiny, [Row(on_monday, nurse(20), walk_in=True)]) == [(None, None, "waiting")]


def test_a_server_takes_the_smallest_priority_and_then_who_came_first(tiny: TinyRegion) -> None:
    nine = 9 * HOUR
    rows = [Row(nine, nurse(10)), Row(nine + 1, nurse(10), 3), Row(nine + 2, nurse(10), 0), Row(nine + 3, nurse(10), 3)]
    assert [started for started, _, _ in run(tiny, rows)] == [nine, nine + 20, nine + 10, nine + 30]


def test_of_two_who_come_at_one_moment_the_smaller_number_goes_first(tiny: TinyRegion) -> None:
    assert [row[0] for row in run(tiny, [Row(540, nurse(10)), Row(540, nurse(10))])] == [540, 550]


def test_a_service_that_ends_at_a_moment_frees_the_server_before_who_comes_then_asks(tiny: TinyRegion) -> None:
    rows = [Row(540, nurse(10)), Row(550, nurse(10), priority=0), Row(545, nurse(10), priority=9)]
    assert [row[0] for row in run(tiny, rows)] == [540, 560, 550]


def test_at_closing_the_patient_in_hand_is_finished_and_walk_ins_are_turned_away(tiny: TinyRegion) -> None:
    rows = [
        Row(CLOSES - 10, nurse(30), walk_in=True),
        Row(CLOSES - 5, nurse(10), walk_in=True),
        Row(CLOSES - 4, nurse(10)),
        Row(OPENS + DAY, nurse(10), walk_in=True),
    ]
    assert run(tiny, rows) == [
        (CLOSES - 10, CLOSES + 20, "done"),
        (None, None, "turned_away"),
        (OPENS + DAY, OPENS + DAY + 10, "done"),
        (OPENS + DAY + 10, OPENS + DAY + 20, "done"),
    ]


def test_those_in_care_go_before_those_who_wait_for_it(tiny: TinyRegion) -> None:
    doctor = [("post", "doctor", 30.0)]
    rows = [Row(540, [*nurse(10), *doctor], 5), Row(541, doctor, 0), Row(542, doctor, 0)]
    # The doctor is busy with the second patient until 571; the first has come to the door of the doctor by then.
    assert run(tiny, rows) == [(540, 601, "done"), (541, 571, "done"), (601, 631, "done")]


def test_care_begun_waits_for_the_next_opening_and_is_not_turned_away(tiny: TinyRegion) -> None:
    rows = [Row(CLOSES - 10, [*nurse(20), ("post", "doctor", 30.0)], walk_in=True)]
    assert run(tiny, rows) == [(CLOSES - 10, OPENS + DAY + 30, "done")]


def test_the_next_step_is_asked_for_after_the_end_of_the_one_before(tiny: TinyRegion) -> None:
    rows = [Row(540, nurse(10)), Row(DAY, nurse(10), follows=True), Row(7 * DAY, nurse(10), follows=True)]
    assert run(tiny, rows) == [(540, 550, "done"), (550 + DAY, 560 + DAY, "done"), (None, None, "waiting")]


def test_a_turned_away_episode_ends(tiny: TinyRegion) -> None:
    rows = [
        Row(CLOSES - 10, nurse(30)),
        Row(CLOSES - 5, nurse(10), walk_in=True),
        Row(0, nurse(10), follows=True),
    ]
    assert run(tiny, rows)[1:] == [(None, None, "turned_away"), (None, None, "waiting")]


def test_a_bed_is_held_until_both_the_stay_and_the_tasks_are_over(tiny: TinyRegion) -> None:
    doctor = [("hospital", "doctor", 90.0)]
    rows = [Row(540, doctor, stay=30), Row(541, doctor, 2, stay=600), Row(542, doctor, 1, stay=2 * DAY)]
    assert run(tiny, rows) == [
        (540, 630, "done"),
        (630 + 2 * DAY, 630 + 2 * DAY + 600, "done"),
        (630, 630 + 2 * DAY, "done"),
    ]


@pytest.mark.parametrize("days", [0, 1])
def test_who_is_still_in_care_at_the_horizon_has_no_end(tiny: TinyRegion, days: int) -> None:
    start = 6 * DAY + 23 * HOUR
    outcomes = run(tiny, [Row(start, [("hospital", "doctor", 90.0)], stay=days * DAY + 1), Row(start + 1, nurse(5))])
    assert outcomes == [(start, None, "in_care"), (None, None, "waiting")]


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_ties_traced_by_hand_in_both_engines(engine: str) -> None:
    """One server, services of 60 minutes, shifts to 3:30 and from 5:00; all of it happens on whole hours.

    Two come every hour at the same moment, the urgent goes first whatever the keys. At 1:00 the urgent begins; at 2:00
    a service ends before the next two ask, and the one who waits longest of the urgent rank is taken. At 3:00 an urgent
    one begins who is interrupted at 3:30 and goes on at 5:00 for half an hour.
    """
    shifts = [{"from_hour": 0, "to_hour": 3.5, "servers": 1}, {"from_hour": 5, "to_hour": 24, "servers": 1}]
    law = {"law": "deterministic", "mean_minutes": 60}
    network = read_network(
        {
            "classes": {"urgent": {"priority": 0}, "other": {"priority": 1}},
            "sources": {
                "urgent": {"to": "clinic", "patients": "urgent", "every_minutes": 60},
                "other": {"to": "clinic", "patients": "other", "every_minutes": 240},
            },
            "stations": {"clinic": {"servers": shifts, "service": law, "shift_end": "interrupt"}},
            "days": 1,
        }
    )
    table = run_network(network, replications=1, engine=engine, journeys=True).journeys.table
    table["hour"] = (24 * table["asked_at"]).round(9)
    urgent = table[table["pathway"] == "urgent"].set_index("hour")
    started, ended = 24 * urgent["started_at"], 24 * urgent["ended_at"]
    for hour, begins, ends in ((1, 1, 2), (2, 2, 3), (3, 3, 5.5), (4, 5.5, 6.5), (5, 6.5, 7.5), (6, 7.5, 8.5)):
        assert started[hour] == pytest.approx(begins, abs=1e-9)
        assert ended[hour] == pytest.approx(ends, abs=1e-9)
    others = table[table["pathway"] == "other"]
    assert others["started_at"].isna().all()  # an urgent one comes every hour: the others never have their turn
