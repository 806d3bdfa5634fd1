"""Two peers of the simulation: the same three levels of care written for SimPy and for Ciw.

Patients come to 48 health centres as Poisson streams; some are referred to the hospital of their centre, and some of
those to the one university hospital; then they leave. In the network of care a fifth of them is urgent and goes first,
and the others give up when they wait too long. All places are open at all hours, with exponential times of care
and one queue each, in order of arrival. Each peer is written as the tutorials of its library write a model, and keeps
one record per ended visit. `three_levels` gives the numbers, so that others can build the same network.

The seconds hold the network's making, the run and the gathering of the records. The waits are told beside those of
M/M/c queues in steady state (Erlang C), exact for each level of such a network; a short run starts empty and stays
somewhat below. Without Ciw only SimPy is run.

Run it with ``python benchmarks/simulation_peers.py [--days N] [--seed N] [--repeat N] [--json]``.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from statistics import median
from typing import TypedDict

import simpy

CENTRE, HOSPITAL, UNIVERSITY = "centre", "hospital", "university"
CENTRES_PER_HOSPITAL, HOSPITALS = 8, 6
CENTRE_SERVERS, HOSPITAL_SERVERS, UNIVERSITY_SERVERS = 2, 11, 27
CENTRE_MINUTES, HOSPITAL_MINUTES, UNIVERSITY_MINUTES = 10.0, 30.0, 60.0
CENTRE_ARRIVALS_PER_HOUR = 9.6
TO_HOSPITAL, TO_UNIVERSITY = 0.25, 0.2
URGENT_SHARE, PATIENCE_MINUTES = 0.2, 90.0
MINUTES_PER_HOUR, MINUTES_PER_DAY = 60.0, 1440.0

Visit = tuple[int, str, float, float, float]
Process = Generator[simpy.Event, object, None]


class Station(TypedDict):
    """The numbers of one place of care; only those from outside the network count as arrivals."""

    level: str
    servers: int
    mean_minutes: float
    arrivals_per_hour: float


class Network(TypedDict):
    """The places by name, and the share of patients that goes on from one to another; the rest leave."""

    stations: dict[str, Station]
    routes: dict[str, dict[str, float]]


@dataclass(frozen=True)
class PeerResult:
    """What a peer did: the patients who came, the visits that ended, and the mean wait of these by level."""

    patients: int
    visits: int
    seconds: float
    mean_wait_minutes: dict[str, float]

    @property
    def patients_per_second(self) -> float:
        """Return the speed."""
        return self.patients / self.seconds


@dataclass
class Place:
    """A place of care in SimPy."""

    name: str
    resource: simpy.Resource | simpy.PriorityResource
    service_rate: float
    onward: list[tuple[Place, float]] = field(default_factory=list)


@dataclass
class Care:
    """What all processes of a SimPy run share."""

    env: simpy.Environment
    rng: random.Random
    came: int = 0
    visits: list[Visit] = field(default_factory=list)


def three_levels() -> Network:
    """Return the network; servers are used to 80 % in centres, 87 % in hospitals and 85 % in the university's."""
    stations: dict[str, Station] = {}
    routes: dict[str, dict[str, float]] = {}
    for hospital in (f"{HOSPITAL} {number}" for number in range(1, HOSPITALS + 1)):
        for _ in range(CENTRES_PER_HOSPITAL):
            centre = f"{CENTRE} {len(routes) + 1}"
            stations[centre] = _station(CENTRE, CENTRE_SERVERS, CENTRE_MINUTES, CENTRE_ARRIVALS_PER_HOUR)
            routes[centre] = {hospital: TO_HOSPITAL}
    for hospital in (f"{HOSPITAL} {number}" for number in range(1, HOSPITALS + 1)):
        stations[hospital] = _station(HOSPITAL, HOSPITAL_SERVERS, HOSPITAL_MINUTES)
        routes[hospital] = {UNIVERSITY: TO_UNIVERSITY}
    stations[UNIVERSITY] = _station(UNIVERSITY, UNIVERSITY_SERVERS, UNIVERSITY_MINUTES)
    return {"stations": stations, "routes": routes}


def _station(level: str, servers: int, mean_minutes: float, arrivals_per_hour: float = 0.0) -> Station:
    return {
        "level": level,
        "servers": servers,
        "mean_minutes": mean_minutes,
        "arrivals_per_hour": arrivals_per_hour,
    }


def run_simpy(days: float, seed: int) -> PeerResult:
    """Simulate by SimPy: one process for each patient and one for each stream of arrivals."""
    network = three_levels()
    begin = time.perf_counter()
    care = Care(simpy.Environment(), random.Random(seed))  # noqa: S311
    places = {
        name: Place(name, simpy.Resource(care.env, station["servers"]), 1.0 / station["mean_minutes"])
        for name, station in network["stations"].items()
    }
    for name, shares in network["routes"].items():
        places[name].onward = [(places[to], share) for to, share in shares.items()]
    for name, station in network["stations"].items():
        if station["arrivals_per_hour"]:
            care.env.process(source(care, places[name], station["arrivals_per_hour"] / MINUTES_PER_HOUR))
    care.env.run(until=days * MINUTES_PER_DAY)
    seconds = time.perf_counter() - begin
    waits = mean_waits(network, ((name, started - asked) for _, name, asked, started, _ in care.visits))
    return PeerResult(care.came, len(care.visits), seconds, waits)


def source(care: Care, place: Place, rate: float) -> Process:
    """Let patients come to a place."""
    while True:
        yield care.env.timeout(care.rng.expovariate(rate))
        care.came += 1
        care.env.process(patient(care, care.came, place))


def patient(care: Care, number: int, place: Place | None) -> Process:
    """Wait, be cared for, and go where one is referred to."""
    env = care.env
    while place is not None:
        asked = env.now
        with place.resource.request() as request:
            yield request
            started = env.now
            yield env.timeout(care.rng.expovariate(place.service_rate))
        care.visits.append((number, place.name, asked, started, env.now))
        place = referred(care.rng, place)


def referred(rng: random.Random, place: Place) -> Place | None:
    """Return where a patient goes next, if anywhere."""
    if not place.onward:
        return None
    draw = rng.random()
    for to, share in place.onward:
        if draw < share:
            return to
        draw -= share
    return None


def run_simpy_care(days: float, seed: int) -> PeerResult:
    """Simulate care as it is by SimPy: the urgent go first, and the others give up when they wait too long."""
    network = three_levels()
    begin = time.perf_counter()
    care = Care(simpy.Environment(), random.Random(seed))  # noqa: S311
    places = {
        name: Place(name, simpy.PriorityResource(care.env, station["servers"]), 1.0 / station["mean_minutes"])
        for name, station in network["stations"].items()
    }
    for name, shares in network["routes"].items():
        places[name].onward = [(places[to], share) for to, share in shares.items()]
    for name, station in network["stations"].items():
        if station["arrivals_per_hour"]:
            care.env.process(source_of_care(care, places[name], station["arrivals_per_hour"] / MINUTES_PER_HOUR))
    care.env.run(until=days * MINUTES_PER_DAY)
    seconds = time.perf_counter() - begin
    waits = mean_waits(network, ((name, started - asked) for _, name, asked, started, _ in care.visits))
    return PeerResult(care.came, len(care.visits), seconds, waits)


def source_of_care(care: Care, place: Place, rate: float) -> Process:
    """Let patients come to a place, some of them urgent."""
    while True:
        yield care.env.timeout(care.rng.expovariate(rate))
        care.came += 1
        urgent = care.rng.random() < URGENT_SHARE
        care.env.process(patient_in_care(care, care.came, place, urgent=urgent))


def patient_in_care(care: Care, number: int, place: Place | None, *, urgent: bool) -> Process:
    """Wait by priority, give up when it takes too long, be cared for, and go where one is referred to."""
    env = care.env
    while place is not None:
        asked = env.now
        with place.resource.request(priority=0 if urgent else 1) as request:
            patience = env.timeout(care.rng.expovariate(1.0 / (1e6 if urgent else PATIENCE_MINUTES)))
            outcome = yield request | patience
            if request not in outcome:
                return
            started = env.now
            yield env.timeout(care.rng.expovariate(place.service_rate))
        care.visits.append((number, place.name, asked, started, env.now))
        place = referred(care.rng, place)


def has_ciw() -> bool:
    """Say whether Ciw is installed."""
    return find_spec("ciw") is not None


def run_ciw(days: float, seed: int) -> PeerResult:
    """Simulate by Ciw: one node for each place, with a router that names only the places it leads to."""
    import ciw  # noqa: PLC0415  (optional, and large)

    network = three_levels()
    names = list(network["stations"])
    begin = time.perf_counter()
    stations = network["stations"].values()
    node_of = {name: number for number, name in enumerate(names, start=1)}
    ciw.seed(seed)
    made = ciw.create_network(
        arrival_distributions=[
            ciw.dists.Exponential(rate=station["arrivals_per_hour"] / MINUTES_PER_HOUR)
            if station["arrivals_per_hour"]
            else None
            for station in stations
        ],
        service_distributions=[ciw.dists.Exponential(rate=1.0 / station["mean_minutes"]) for station in stations],
        number_of_servers=[station["servers"] for station in stations],
        routing=ciw.routing.NetworkRouting(
            routers=[
                ciw.routing.Probabilistic(destinations=[node_of[to] for to in shares], probs=list(shares.values()))
                if shares
                else ciw.routing.Leave()
                for shares in (network["routes"].get(name, {}) for name in names)
            ]
        ),
    )
    simulation = ciw.Simulation(made)
    simulation.simulate_until_max_time(days * MINUTES_PER_DAY)
    records = simulation.get_all_records()
    seconds = time.perf_counter() - begin
    waits = mean_waits(network, ((names[record.node - 1], record.waiting_time) for record in records))
    return PeerResult(simulation.nodes[0].number_of_individuals, len(records), seconds, waits)


def mean_waits(network: Network, waits: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Return the mean wait of each level from the waits at the places."""
    total: dict[str, float] = defaultdict(float)
    count: dict[str, int] = defaultdict(int)
    for name, minutes in waits:
        level = network["stations"][name]["level"]
        total[level] += minutes
        count[level] += 1
    return {level: total[level] / count[level] for level in (CENTRE, HOSPITAL, UNIVERSITY) if count[level]}


def steady_waits() -> dict[str, float]:
    """Return the mean wait of each level in steady state."""
    to_hospital = CENTRES_PER_HOSPITAL * CENTRE_ARRIVALS_PER_HOUR * TO_HOSPITAL
    to_university = HOSPITALS * to_hospital * TO_UNIVERSITY
    return {
        CENTRE: erlang_wait(CENTRE_SERVERS, CENTRE_MINUTES, CENTRE_ARRIVALS_PER_HOUR),
        HOSPITAL: erlang_wait(HOSPITAL_SERVERS, HOSPITAL_MINUTES, to_hospital),
        UNIVERSITY: erlang_wait(UNIVERSITY_SERVERS, UNIVERSITY_MINUTES, to_university),
    }


def erlang_wait(servers: int, mean_minutes: float, arrivals_per_hour: float) -> float:
    """Return the mean wait in minutes of an M/M/c queue, by Erlang B and C."""
    load = arrivals_per_hour / MINUTES_PER_HOUR * mean_minutes
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    waiting = servers * blocked / (servers - load * (1.0 - blocked))
    return waiting * mean_minutes / (servers - load)


def measure(run: Callable[[float, int], PeerResult], options: argparse.Namespace) -> PeerResult:
    """Run a peer some times with the same seed; return what it did with the median of the seconds."""
    results = [run(options.days, options.seed) for _ in range(options.repeat)]
    last = results[-1]
    return PeerResult(last.patients, last.visits, median(one.seconds for one in results), last.mean_wait_minutes)


def parsed() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description="Three levels of care simulated by SimPy and by Ciw.")
    parser.add_argument("--days", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def main() -> None:
    """Print the table, or one JSON object."""
    options = parsed()
    peers = {"SimPy": run_simpy, "SimPy, care": run_simpy_care} | ({"Ciw": run_ciw} if has_ciw() else {})
    results = {name: measure(run, options) for name, run in peers.items()}
    steady = steady_waits()
    if options.json:
        told = {name: {**asdict(one), "patients_per_second": one.patients_per_second} for name, one in results.items()}
        print(json.dumps({**told, "steady state": {"mean_wait_minutes": steady}}, indent=2))
        return
    print(f"{'':14s}{'patients':>10s}{'visits':>10s}{'seconds':>10s}{'patients/s':>12s}  mean wait, minutes")
    for name, one in results.items():
        figures = f"{one.patients:10d}{one.visits:10d}{one.seconds:10.2f}{one.patients_per_second:12.0f}"
        print(f"{name:14s}{figures}  {_waits(one.mean_wait_minutes)}")
    print(f"{'steady state':14s}{'':42s}  {_waits(steady)}")
    if not has_ciw():
        print("Ciw is not installed: pip install ciw")


def _waits(minutes: dict[str, float]) -> str:
    return ", ".join(f"{level} {value:.2f}" for level, value in minutes.items())


if __name__ == "__main__":
    main()
