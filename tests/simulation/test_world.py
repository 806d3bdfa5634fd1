"""A planner's own processes meet the same patients in both engines, and do what they say."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import simpy
from simulation.queues import exponential, one_queue

from territory.errors import SimulationError
from territory.simulation import World, read_network, run_with

if TYPE_CHECKING:
    from conftest import TinyRegion

    from territory.simulation.world import Process

FLOODED = one_queue(20, 3, exponential(12), days=84)  # four come for three who can be served


def second_queue(seen: list[tuple[float, int]]) -> Process:
    """Return a policy: look at the list every evening, and open a second queue when it is long."""

    def policy(world: World) -> Generator[simpy.Event, Any, None]:
        clinic = world.station("clinic")
        while True:
            yield world.wait(days=1)
            seen.append((world.day, clinic.waiting))
            if clinic.waiting > 1000:
                clinic.add_servers(3)
                return

    return policy


def visitors(world: World) -> Generator[simpy.Event, Any, None]:
    """Send twenty patients at noon of every day, and close a server for an hour."""
    yield world.wait(days=0.5)
    while True:
        for _ in range(20):
            world.send("patients")
        world.station("clinic").add_servers(-1)
        yield world.wait(days=1 / 24)
        world.station("clinic").add_servers(1)
        yield world.wait(days=1 - 1 / 24)


def test_both_engines_run_a_policy_alike() -> None:
    network = read_network(FLOODED)
    seen: dict[str, list[tuple[float, int]]] = {"simpy": [], "compiled": []}
    both = [
        run_with(network, [second_queue(seen[engine]), visitors], engine=engine, recording=True).results[0]
        for engine in seen
    ]
    assert seen["simpy"] == seen["compiled"]
    assert seen["simpy"][-1][1] > 1000 > seen["simpy"][-2][1]
    for name in (field.name for field in fields(both[0].tally)):
        assert np.array_equal(*(getattr(result.tally, name) for result in both)), name
    assert np.array_equal(both[0].records, both[1].records)


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_a_process_that_does_nothing_changes_nothing(engine: str) -> None:
    network = read_network({**FLOODED, "days": 14})

    def idle(world: World) -> Generator[simpy.Event, Any, None]:
        while True:
            yield world.wait(days=0.01)

    with_it, without = (run_with(network, some, engine=engine).values("wait") for some in ([idle], []))
    assert with_it == without


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_the_second_queue_shortens_the_list(engine: str) -> None:
    network = read_network(FLOODED)
    helped = run_with(network, [second_queue([])], engine=engine).values("wait")
    left = run_with(network, [], engine=engine).values("wait")
    assert helped < 0.7 * left


def test_a_station_is_found_by_its_names(tiny: TinyRegion) -> None:
    found = []

    def look(world: World) -> Generator[simpy.Event, Any, None]:
        found.append(world.station("post", "nurse").servers)
        yield world.wait(days=9.5 / 24)
        found.append(world.station("post", "nurse").servers)

    run_with(tiny.network(), [look])
    assert found == [0, 3]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda world: world.station("post"), "found 2 stations of 'post'; expected exactly one. Name its group."),
        (lambda world: world.station("pots"), "found 0 stations of 'pots'; expected exactly one. Did you mean post?"),
        (lambda world: world.send("colt", "north"), "found 'colt' from 'north'; expected a pathway and a zone"),
    ],
)
def test_what_a_process_asks_in_vain_is_told(tiny: TinyRegion, call: Any, words: str) -> None:
    def process(world: World) -> Generator[simpy.Event, Any, None]:
        yield world.wait(days=1)
        call(world)

    with pytest.raises(SimulationError) as caught:
        run_with(tiny.network(), [process])
    assert words in str(caught.value)
