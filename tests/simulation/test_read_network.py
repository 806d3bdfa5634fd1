"""Networks told by hand: a file or a mapping, checked whole, all faults at once and by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from simulation.queues import exponential, one_queue

from territory.errors import SimulationError
from territory.simulation import read_network, run_network

SERVICE = exponential(12)
GOOD: dict[str, Any] = one_queue(12, 3, SERVICE, days=7)


def faults_of(told: dict[str, Any]) -> list[str]:
    with pytest.raises(SimulationError) as caught:
        read_network(told)
    return [str(fault) for fault in caught.value.faults]


def test_six_lines_are_a_network() -> None:
    network = read_network(
        {
            "sources": {"town": {"to": "clinic", "rate_per_hour": 12}},
            "stations": {"clinic": {"servers": 3, "service": {"law": "exponential", "mean_minutes": 12}}},
            "days": 364,
        }
    )
    assert repr(network) == "Network(1 zones, 1 facilities, 1 stations, 1 sources, 0 + 364 days)"


def test_a_file_is_the_same_network(tmp_path: Path) -> None:
    file = tmp_path / "queue.yaml"
    file.write_text(
        "days: 7\nsources: {town: {to: clinic, rate_per_hour: 12}}\n"
        "stations: {clinic: {servers: 3, service: {law: exponential, mean_minutes: 12}}}\n",
        encoding="utf-8",
    )
    both = [
        run_network(read_network(told), replications=2).values("wait") for told in (file, {**GOOD, "warm_up_days": 0})
    ]
    assert np.array_equal(*both)


def but(**changes: Any) -> dict[str, Any]:
    return {**GOOD, **changes}


def station(**changes: Any) -> dict[str, Any]:
    return but(stations={"clinic": {**GOOD["stations"]["clinic"], **changes}})


def source(**changes: Any) -> dict[str, Any]:
    return but(sources={"town": {"to": "clinic", **changes}})


TWO = {"clinic": GOOD["stations"]["clinic"], "ward": {"servers": 2, "service": SERVICE}}
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "shares above 1": (
        but(stations=TWO, routes={"clinic": {"ward": 0.7, "clinic": 0.4}}),
        (
            "network, routes.clinic: found shares of class 'patients' that sum to "
            "1.1; expected at most 1. The rest leaves."
        ),
    ),
    "a loop without exit": (
        but(stations=TWO, routes={"clinic": {"ward": 1}, "ward": {"clinic": 1}}),
        (
            "network, routes: found a loop without exit for class 'patients': "
            "clinic, ward; expected a way out of every "
            "loop. Let shares sum to less than 1 somewhere."
        ),
    ),
    "a day of 25 hours": (
        station(servers=[{"from_hour": 8, "to_hour": 25, "servers": 1}]),
        "less than or equal to 24",
    ),
    "a negative time": (
        station(service=exponential(-1)),
        "mean_minutes: found -1; expected greater than or equal to 0.",
    ),
    "an unknown station": (
        source(to="clinik", rate_per_hour=1),
        "network, sources.town.to: found unknown station 'clinik'; expected a station. Did you mean clinic?",
    ),
    "zero servers for ever": (
        station(servers=0),
        (
            "network, stations.clinic.servers: found zero servers for ever; "
            "expected a server at some hour of the week. "
            "Add a shift."
        ),
    ),
    "an unknown key": (station(server=2), "unknown key 'server'; expected a known key. Did you mean servers?"),
    "an unknown law": (station(service={"law": "normal", "mean_minutes": 3}), "'exponential', 'deterministic'"),
    "a law without its mean": (station(service={"law": "exponential"}), "for law 'exponential' exactly mean_minutes"),
    "phases that are not whole": (
        station(service={"law": "erlang", "mean_minutes": 3, "shape": 1.5}),
        "a whole number of phases",
    ),
    "two ways to come": (source(rate_per_hour=1, every_minutes=5), "exactly one of rate_per_hour"),
    "no way to come": (source(), "exactly one of rate_per_hour"),
    "an unknown class": (
        source(rate_per_hour=1, patients="urgnt") | {"classes": {"urgent": {}}},
        "found unknown class 'urgnt'; expected a class. Did you mean urgent?",
    ),
    "a night in one shift": (
        station(servers=[{"from_hour": 20, "to_hour": 6, "servers": 1}]),
        "to_hour after from_hour; tell a night as two shifts",
    ),
    "no law of service": (
        but(stations={"clinic": {"servers": 2}}),
        "network, stations.clinic.service: found no law for class 'patients'; expected a law of service.",
    ),
    "a bed that serves": (
        but(stations={"clinic": {**TWO["clinic"], "bed": "ward", "stay": SERVICE}, "ward": TWO["ward"]}),
        "found 'ward', which serves; expected a station without `service`",
    ),
    "gaps of nothing": (
        source(between={"law": "deterministic", "mean_minutes": 0}),
        "gaps with a mean of 0.0001 minutes or more",
    ),
    "beds that interrupt": (
        but(
            stations={
                "clinic": {**TWO["clinic"], "bed": "ward", "stay": SERVICE},
                "ward": {"servers": 2, "shift_end": "interrupt"},
            }
        ),
        "network, stations.clinic.bed: found 'ward', which interrupts; expected beds that are held to the end.",
    ),
    "beds that another needs": (
        but(
            stations={
                "clinic": {**TWO["clinic"], "bed": "ward", "stay": SERVICE, "needs": ["ward"]},
                "ward": {"servers": 2},
            }
        ),
        "found 'ward', which another station `needs`; expected a station of beds alone.",
    ),
    "a weight without bounds": (
        station(service={"law": "empirical", "values_minutes": [1, 2], "weights": [1e308, 1]}),
        "network, stations.clinic.service.weights.[0]: found 1e+308; expected less than or equal to 1000000000.",
    ),
    "a rate that is not told from midnight": (
        source(rate_per_hour=[{"from_hour": 8, "per_hour": 3}]),
        "periods in order from hour 0 on",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_fault_is_told_by_name(case: str) -> None:
    told, words = CASES[case]
    (fault,) = faults_of(told)
    assert words in fault


def test_all_faults_are_told_at_once() -> None:
    told = {
        "stations": {"a": {"servers": 0, "service": SERVICE}, "b": {"servers": 0, "service": SERVICE}},
        "sources": {"town": {"to": "a", "rate_per_hour": 1}},
        "routes": {"a": {"b": 1}, "b": {"a": 1}},
    }
    assert len(faults_of(told)) == 3


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match="no such file"):
        read_network(tmp_path / "absent.yaml")


def test_shifts_add_up() -> None:
    network = read_network(
        station(
            servers=[
                {"servers": 1},
                {"days": ["mon", "sun"], "from_hour": 8.5, "to_hour": 16, "servers": 2},
            ]
        )
    )
    moments, servers = network.stations.timetable(0)
    hours = (moments / 3_600_000_000).tolist()
    assert hours == [0, 8.5, 16, 6 * 24 + 8.5, 6 * 24 + 16]
    assert servers.tolist() == [1, 3, 1, 3, 1]
