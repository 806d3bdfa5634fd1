"""Where each patient goes: all itineraries of one replication, drawn before any clock runs.

Neither the route nor the length of a service depends on queues, so that both can be drawn at once with numpy and handed
to the reference engine as whole numbers. What is left to the engine is who waits for whom. (The compiled engine draws
the same numbers when they are needed.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory.errors import Fault, SimulationError
from territory.simulation import draws
from territory.simulation import network as net
from territory.simulation.arrivals import Patients, draw_patients
from territory.simulation.draws import Floats, Ints, Keys
from territory.simulation.laws import durations
from territory.simulation.network import NONE, NOWHERE, Flags, Network

_MOST_STEPS = 100_000
_CHUNK = 200_000  # drawers of one race, so that its arrays stay small


@dataclass(frozen=True, eq=False)
class Itineraries:
    """Every step that may be asked for before the horizon, patient by patient and step by step.

    Parameters
    ----------
    patient, key, source, number, option
        Of each row: patients are numbered by arrival; the steps of one are numbered from 0; where he asks.
    arrival_us
        When the episode began.
    follows
        Whether the row is a further step of the patient of the row before.
    due_us
        Moment when a patient's first row is asked for; for one that follows, the time after the end of the one before.
    completes
        Whether the episode is complete when the row is done.
    rank, rank_in_care
        In which queue of a station he waits before care begins, and in it.
    walk_in
        Whether the patient may find the door closed.
    return_share, persists, joins
        Uniform numbers in (0, 1): when in the first half of the next opening the patient is back, how often he comes
        back, whether he joins a queue.
    patience_us, dies
        How long he waits for care to begin (-1: for ever), and whether he then dies.
    absent, fails
        Whether he is not there when his turn comes, and whether the act fails for technical reasons.
    vehicle, trip_us
        Station of the ambulance that carries him (-1: none), and how long.
    bed, stay_us
        Station of the bed (-1: none), and how long he stays at least.
    task_start
        First task of each row, shape (rows + 1,).
    task, task_us
        Of each task: which one of `Offers`, and how long.
    """

    patient: Ints
    key: Keys
    source: Ints
    number: Ints
    option: Ints
    arrival_us: Ints
    follows: Flags
    due_us: Ints
    completes: Flags
    rank: Ints
    rank_in_care: Ints
    walk_in: Flags
    return_share: Floats
    persists: Floats
    joins: Floats
    patience_us: Ints
    dies: Flags
    absent: Flags
    fails: Flags
    vehicle: Ints
    trip_us: Ints
    bed: Ints
    stay_us: Ints
    task_start: Ints
    task: Ints
    task_us: Ints


@dataclass(frozen=True, eq=False)
class _Walk:
    """Rows of the walk: row of `Patients`, number, step, option, facility before (-1), and as in `Itineraries`."""

    patient: Ints
    number: Ints
    step: Ints
    option: Ints
    carried_from: Ints
    follows: Flags
    due_us: Ints
    completes: Flags


def draw_itineraries(network: Network, replication: int) -> Itineraries:
    """Return the itineraries of one replication.

    A pathway is walked as a Markov chain. At each step an option is drawn from the choices of (zone, activity). Steps
    that cannot be asked for before the horizon are left out, and so are those asked for before time 0: they are taken
    as done without a wait, so that follow-ups of earlier days are there from the first day on.
    """
    run = draws.run_key(network.seed, replication)
    return itineraries_of(network, run, draw_patients(network, run))


def itineraries_of(network: Network, run: np.uint64, people: Patients, first: int = 0) -> Itineraries:
    """Return the itineraries of these patients, who are numbered from `first` on.

    Raises
    ------
    SimulationError
        When a pathway leads round and round without an end.
    """
    walk = _walk(network, run, people)
    keys, number, offers = people.key[walk.patient], walk.number, network.offers
    offer = network.choices.offer[walk.option]
    source = people.source[walk.patient]
    priority = network.pathways.priority[network.sources.pathway[source]]
    planned = offers.planned[offer]
    task_start, task, task_us = _tasks(network, run, offer, keys, number)
    vehicle, trip_us = _transfers(network, walk.carried_from, offer)

    def chance(purpose: int) -> Floats:
        return draws.uniform(run, keys, number, purpose)

    return Itineraries(
        patient=walk.patient + first,
        key=keys,
        source=source,
        number=number,
        option=walk.option,
        arrival_us=people.arrival_us[walk.patient],
        follows=walk.follows,
        due_us=walk.due_us,
        completes=walk.completes,
        rank=net.rank(priority, planned, network.places),
        rank_in_care=net.rank_in_care(planned, network.places),
        walk_in=offers.walk_in[offer],
        return_share=chance(draws.RETURN),
        persists=chance(draws.PERSIST),
        joins=chance(draws.JOIN),
        patience_us=_timed(network, run, keys, number, network.pathways.patience_law[walk.step], draws.PATIENCE, NONE),
        dies=network.pathways.dies[walk.step],
        absent=_absent(network, run, keys, number, offer),
        fails=_fails(network, run, keys, number, offer),
        vehicle=vehicle,
        trip_us=trip_us,
        bed=offers.bed[offer],
        stay_us=_stays(network, run, keys, number, offer),
        task_start=task_start,
        task=task,
        task_us=task_us,
    )


def _walk(network: Network, run: np.uint64, people: Patients) -> _Walk:
    pathways, sources = network.pathways, network.sources
    activities = len(network.names.activities)
    alive = np.arange(len(people.key))
    step = sources.step[people.source]
    cell = sources.zone[people.source] * activities + pathways.step_activity[step]
    earliest_us = people.arrival_us.copy()  # when the step is asked for if nobody ever waits
    carried_from = np.full(len(alive), NONE)
    delay_us = np.zeros(len(alive), dtype=np.int64)
    before = np.zeros(len(alive), dtype=bool)  # whether an earlier step has a row
    rows: list[_Walk] = []
    number = 0
    while len(alive) or not rows:
        _check_end(number, sources.pathway[people.source[alive]], network)
        keys = people.key[alive]
        option = _choose(network, draws.bits(run, keys, number, draws.FACILITY), cell)
        seen = network.choices.offer[option] != NOWHERE
        kept = seen & (earliest_us >= 0)
        due_us = np.where(before, delay_us, earliest_us)
        numbers = np.full(len(alive), number, dtype=np.int64)
        completes = _ways(network, run, keys, number, step) == pathways.next_step.shape[1]
        every = (alive, numbers, step, option, carried_from, before, due_us, completes)
        rows.append(_Walk(*(column[kept] for column in every)))
        alive, keys, step, option, earliest_us = (each[seen] for each in (alive, keys, step, option, earliest_us))
        before = (before | kept)[seen]
        stay_us = _stays(network, run, keys, np.full(len(alive), number), network.choices.offer[option])
        earliest_us = earliest_us + np.where(earliest_us < 0, np.maximum(stay_us, 0), 0)
        goes_on, step, cell, delay_us, carried_from = _onward(
            network, run, sources.zone[people.source[alive]], keys, number, step, option
        )
        earliest_us = earliest_us + delay_us
        goes_on &= earliest_us < network.horizon_us
        columns = (alive, step, cell, earliest_us, carried_from, delay_us, before)
        alive, step, cell, earliest_us, carried_from, delay_us, before = (column[goes_on] for column in columns)
        number += 1
    return _by_patient(rows)


def _onward(
    network: Network, run: np.uint64, zone: Ints, keys: Keys, number: int, step: Ints, option: Ints
) -> tuple[Flags, Ints, Ints, Ints, Ints]:
    """Return who goes on after a step, with the next step and cell, the delay, and whence an ambulance carries them."""
    pathways, choices = network.pathways, network.choices
    offer = choices.offer[option]
    way = _ways(network, run, keys, number, step)
    goes_on = (way < pathways.next_step.shape[1]) & ~_absent(network, run, keys, number, offer)
    way = np.minimum(way, pathways.next_step.shape[1] - 1)
    law = pathways.next_law[step, way]
    carried_from = np.where(pathways.next_urgent[step, way], network.offers.facility[offer], NONE)
    onward = pathways.next_step[step, way]
    cell = zone * len(network.names.activities) + pathways.step_activity[onward]
    failed = np.flatnonzero(_fails(network, run, keys, number, offer))
    fallback = choices.fallback[option[failed]]
    present = ~_absent(network, run, keys[failed], number, offer[failed])
    goes_on[failed] = (fallback != NONE) & present
    onward[failed], cell[failed], law[failed], carried_from[failed] = step[failed], fallback, NONE, NONE
    delay_us = np.where(goes_on, _timed(network, run, keys, number, law, draws.DELAY, 0), 0)
    return goes_on, onward, cell, delay_us, carried_from


def _ways(network: Network, run: np.uint64, keys: Keys, number: int, step: Ints) -> Ints:
    """Return the way out of a step, as many as there are columns when the episode ends with it."""
    chance = draws.uniform(run, keys, number, draws.NEXT)
    ways: Ints = (chance[:, np.newaxis] >= network.pathways.next_cumulative[step]).sum(axis=1)
    return ways


def _check_end(number: int, pathway: Ints, network: Network) -> None:
    if number == _MOST_STEPS:
        where = f"pathway '{network.names.pathways[pathway[0]]}'"
        found = f"more than {_MOST_STEPS} steps in one episode"
        raise SimulationError(Fault(where, found, "an episode that ends", "Make its probabilities sum to less than 1."))


def _by_patient(rows: list[_Walk]) -> _Walk:
    """Return the rows of all steps as one, patient by patient; steps of a patient are in order already."""
    order = np.argsort(np.concatenate([part.patient for part in rows]), kind="stable")
    columns = ("patient", "number", "step", "option", "carried_from", "follows", "due_us", "completes")
    return _Walk(*(np.concatenate([getattr(part, column) for part in rows])[order] for column in columns))


def _choose(network: Network, random_bits: Keys, cell: Ints) -> Ints:
    """Return the option that each drawer takes in its cell."""
    choices = network.choices
    option = choices.start[cell].copy()
    count = choices.start[cell + 1] - option
    several = np.flatnonzero(count > 1)
    for first in range(0, len(several), _CHUNK):
        part = several[first : first + _CHUNK]
        option[part] = draws.race(random_bits[part], option[part], count[part], choices.key, choices.weight)
    return option


def _timed(
    network: Network, run: np.uint64, keys: Keys, number: int | Ints, law: Ints, purpose: int, without: int
) -> Ints:
    """Return a duration for each law; `without` where there is none."""
    found = np.full(len(law), without, dtype=np.int64)
    rows = np.flatnonzero(law != NONE)
    numbers = number if isinstance(number, int) else number[rows]
    found[rows] = durations(network.laws, law[rows], draws.bits(run, keys[rows], numbers, purpose))
    return found


def _stays(network: Network, run: np.uint64, keys: Keys, number: Ints, offer: Ints) -> Ints:
    """Return the stays in a bed, at least one microsecond; 0: none."""
    law = network.offers.stay_law[offer]
    return np.where(law != NONE, np.maximum(1, _timed(network, run, keys, number, law, draws.STAY, 0)), 0)


def _absent(network: Network, run: np.uint64, keys: Keys, number: int | Ints, offer: Ints) -> Flags:
    return _happens(network.offers.no_show[offer], run, keys, number, draws.NO_SHOW)


def _fails(network: Network, run: np.uint64, keys: Keys, number: int | Ints, offer: Ints) -> Flags:
    return _happens(network.offers.fails[offer], run, keys, number, draws.FAIL)


def _happens(share: Floats, run: np.uint64, keys: Keys, number: int | Ints, purpose: int) -> Flags:
    """Return what happens with a chance, draws only where it may."""
    found = np.zeros(len(share), dtype=bool)
    rows = np.flatnonzero(share > 0)
    numbers = number if isinstance(number, int) else number[rows]
    found[rows] = draws.uniform(run, keys[rows], numbers, purpose) < share[rows]
    return found


def _transfers(network: Network, carried_from: Ints, offer: Ints) -> tuple[Ints, Ints]:
    """Return the station of the ambulance and the length of the trip; -1 and 0 for people who go by themselves."""
    vehicle, trip_us = np.full(len(offer), NONE), np.zeros(len(offer), dtype=np.int64)
    to = network.offers.facility[offer]
    rows = np.flatnonzero((carried_from != NONE) & (carried_from != to))
    station = network.ambulances.station[carried_from[rows]]
    trip = network.ambulances.trip_us[carried_from[rows], to[rows]]
    carried = (station != NONE) & (trip > 0)
    vehicle[rows[carried]], trip_us[rows[carried]] = station[carried], trip[carried]
    return vehicle, trip_us


def _tasks(network: Network, run: np.uint64, offer: Ints, keys: Keys, number: Ints) -> tuple[Ints, Ints, Ints]:
    """Return first task of each row, then which and how long each task is."""
    offers = network.offers
    count = offers.task_start[offer + 1] - offers.task_start[offer]
    start = net.starts(count)
    row = np.repeat(np.arange(len(offer)), count)
    place = np.arange(len(row)) - start[:-1][row]
    task = offers.task_start[offer][row] + place
    random_bits = draws.bits(run, keys[row], number[row], draws.TASK + place)
    return start, task, np.maximum(1, durations(network.laws, offers.task_law[task], random_bits))
