"""Where each patient goes: all itineraries of one replication, drawn before any clock runs.

Neither the route nor the length of a service depends on queues, so that both are drawn at once with numpy and handed to
an engine as whole numbers. What is left to the engine is who waits for whom.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from territory.errors import Fault, SimulationError
from territory.simulation import draws
from territory.simulation import network as net
from territory.simulation.arrivals import Patients, draw_patients
from territory.simulation.draws import Floats, Ints, Keys
from territory.simulation.network import Flags, Network
from territory.simulation.past import Doors
from territory.simulation.ways import bed_stations, first_stations, ways_of, work_stations
from territory.tables.vocabulary import NO_PLACE_PRIORITY

_MOST_STEPS = 1000
_CHUNK = 200_000  # drawers of one race, so that its arrays stay small


@dataclass(frozen=True, eq=False)
class Itineraries:
    """Every step that may be asked for before the horizon, patient by patient and step by step.

    Parameters
    ----------
    patient, step, zone, pathway, activity, facility, mode, priority
        Of each row; patients are numbered by arrival.
    follows
        Whether the row is a further step of the patient of the row before.
    due_us
        Moment when a patient's first row is asked for; for one that follows, the time after the end of the one before.
    walk_in
        Whether the patient may find the door closed: comes without appointment, for an act that takes no bed.
    return_share
        Uniform number in (0, 1): when in the first half of the next opening the patient is back.
    stay_us
        Length of the stay in a bed; 0: none.
    first_station
        Where the patient asks first: the beds for a stay, else the station of the first task.
    task_start
        First task of each row, shape (rows + 1,).
    task_station, task_us
        Of each task: where and how long.
    """

    patient: Ints
    step: Ints
    zone: Ints
    pathway: Ints
    activity: Ints
    facility: Ints
    mode: Ints
    priority: Ints
    follows: Flags
    due_us: Ints
    walk_in: Flags
    return_share: Floats
    stay_us: Ints
    first_station: Ints
    task_start: Ints
    task_station: Ints
    task_us: Ints


@dataclass(frozen=True, eq=False)
class _Walk:
    """Rows of the walk: row of `Patients`, step number, activity, facility, mode, planned, follows, moment or delay."""

    patient: Ints
    step: Ints
    activity: Ints
    facility: Ints
    mode: Ints
    planned: Flags
    follows: Flags
    due_us: Ints


def draw_itineraries(network: Network, replication: int) -> Itineraries:
    """Return the itineraries of one replication.

    A pathway is walked as a Markov chain. At each step facility and mode are drawn from the plan's visits of (zone,
    activity); people whom the plan leaves unmet ask at the nearest facility with priority 10 above that of their
    pathway, so that those whom the plan serves are all seen before them, or end there.

    Steps that cannot be asked for before the horizon are left out, and so are those asked for before time 0: they are
    taken as done once the door was open (see `past`).

    Raises
    ------
    SimulationError
        When a pathway leads round and round without an end.
    """
    run = draws.run_key(network.seed, replication)
    people = draw_patients(network, run)
    walk = _walk(network, run, people)
    keys = people.key[walk.patient]
    acts = network.acts
    task_start, task_station, task_us = _tasks(network, run, walk, keys)
    stream = people.stream[walk.patient]
    pathway = network.streams.pathway[stream]
    return Itineraries(
        patient=np.unique(walk.patient, return_inverse=True)[1],
        step=walk.step,
        zone=network.streams.zone[stream],
        pathway=pathway,
        activity=walk.activity,
        facility=walk.facility,
        mode=walk.mode,
        priority=network.pathways.priority[pathway] + np.where(walk.planned, 0, NO_PLACE_PRIORITY),
        follows=walk.follows,
        due_us=walk.due_us,
        walk_in=acts.walk_in[walk.activity] & (acts.stay_mean_us[walk.activity] == 0),
        return_share=draws.uniform(run, keys, walk.step, draws.RETURN),
        stay_us=_stays(network, run, keys, walk.step, walk.activity),
        first_station=np.where(
            acts.stay_mean_us[walk.activity] > 0,
            bed_stations(network, walk.facility, walk.mode),
            task_station[task_start[:-1]],
        ),
        task_start=task_start,
        task_station=task_station,
        task_us=task_us,
    )


def _walk(network: Network, run: np.uint64, people: Patients) -> _Walk:
    pathways = network.pathways
    doors = Doors(network.stations)
    alive = np.arange(len(people.key))
    at = pathways.first_step[network.streams.pathway[people.stream]]
    earliest_us = people.arrival_us  # when the step is asked for if nobody ever waits
    delay_us = np.zeros_like(people.arrival_us)
    before = np.zeros(len(alive), dtype=bool)  # whether an earlier step of the patient is a row
    rows: list[_Walk] = []
    number = 0
    while len(alive) or number == 0:
        if number > _MOST_STEPS:
            words = f"an episode of more than {_MOST_STEPS} steps"
            raise SimulationError(
                Fault("care, pathways", words, "pathways that end", "Let a step of the round end some episodes.")
            )
        activity = pathways.step_activity[at]
        zone = network.streams.zone[people.stream[alive]]
        facility, mode, planned = _choose(network, run, people.key[alive], number, zone, activity)
        seen = facility >= 0
        kept = seen & (earliest_us >= 0)
        step = np.full(int(kept.sum()), number, dtype=np.int64)
        due_us = np.where(before, delay_us, earliest_us)[kept]
        rows.append(
            _Walk(alive[kept], step, activity[kept], facility[kept], mode[kept], planned[kept], before[kept], due_us)
        )
        over_us = earliest_us.copy()
        past = np.flatnonzero(seen & ~kept)
        over_us[past] += _past_us(
            network,
            run,
            doors,
            people.key[alive[past]],
            number,
            activity[past],
            facility[past],
            mode[past],
            over_us[past],
        )
        alive, at, before, earliest_us = alive[seen], at[seen], (before | kept)[seen], over_us[seen]
        chance = draws.uniform(run, people.key[alive], number, draws.NEXT)
        way = (chance[:, np.newaxis] >= pathways.next_cumulative[at]).sum(axis=1)
        goes_on = way < pathways.next_step.shape[1]
        way = np.where(goes_on, way, 0)
        delay_us = pathways.next_after_us[at, way]
        earliest_us = earliest_us + delay_us
        goes_on &= earliest_us < network.horizon_us
        at = pathways.next_step[at, way][goes_on]
        alive, before = alive[goes_on], before[goes_on]
        delay_us, earliest_us = delay_us[goes_on], earliest_us[goes_on]
        number += 1
    return _by_patient(rows)


def _past_us(
    network: Network,
    run: np.uint64,
    doors: Doors,
    keys: Keys,
    step: int,
    activity: Ints,
    facility: Ints,
    mode: Ints,
    asked_us: Ints,
) -> Ints:
    """Return how long steps asked for before time 0 took: until the door opened, and the stay."""
    stations = first_stations(network, activity, facility, mode)
    return doors.wait_us(stations, asked_us) + _stays(network, run, keys, np.full(len(keys), step), activity)


def _stays(network: Network, run: np.uint64, keys: Keys, step: Ints, activity: Ints) -> Ints:
    """Return the stays in a bed; 0: none."""
    acts = network.acts
    mean_us = acts.stay_mean_us[activity]
    chance = draws.uniform(run, keys, step, draws.STAY)
    return np.where(mean_us > 0, _durations(chance, mean_us, acts.stay_law[activity], acts.stay_cv[activity]), 0)


def _by_patient(rows: list[_Walk]) -> _Walk:
    """Return the rows of all steps as one, patient by patient; steps of a patient are in order already."""
    patient = np.concatenate([part.patient for part in rows])
    order = np.argsort(patient, kind="stable")
    return _Walk(
        patient[order],
        np.concatenate([part.step for part in rows])[order],
        np.concatenate([part.activity for part in rows])[order],
        np.concatenate([part.facility for part in rows])[order],
        np.concatenate([part.mode for part in rows])[order],
        np.concatenate([part.planned for part in rows])[order],
        np.concatenate([part.follows for part in rows])[order],
        np.concatenate([part.due_us for part in rows])[order],
    )


def _choose(
    network: Network, run: np.uint64, keys: Keys, step: int, zone: Ints, activity: Ints
) -> tuple[Ints, Ints, Flags]:
    """Return the facility (-1: nowhere), the mode, and whether the plan has a place."""
    routes = network.routes
    cell = zone * len(network.names.activities) + activity
    chance = draws.bits(run, keys, step, draws.FACILITY)
    start, count = routes.start[cell], routes.start[cell + 1] - routes.start[cell]
    chosen = _race_in_chunks(chance, start, count, routes.key, routes.weight)
    facility = routes.facility[chosen]
    planned = facility >= 0
    return np.where(planned, facility, routes.nearest[zone, activity]), routes.mode[chosen], planned


def _race_in_chunks(chance: Keys, start: Ints, count: Ints, option_keys: Keys, option_weights: Floats) -> Ints:
    parts = [slice(first, first + _CHUNK) for first in range(0, max(1, len(chance)), _CHUNK)]
    return np.concatenate(
        [draws.race(chance[part], start[part], count[part], option_keys, option_weights) for part in parts]
    )


def _tasks(network: Network, run: np.uint64, walk: _Walk, keys: Keys) -> tuple[Ints, Ints, Ints]:
    """Return first task of each row, then station and length of each task.

    A task for which nobody is in post is left out; only people without a place in the plan ever meet one.
    """
    acts, routes = network.acts, network.routes
    way = ways_of(walk.activity, walk.facility, walk.mode, routes.needs_hub)
    count = acts.task_start[way + 1] - acts.task_start[way]
    row = np.repeat(np.arange(len(way)), count)
    place = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    task = acts.task_start[way][row] + place
    facility = walk.facility.copy()
    distant = np.flatnonzero(way % 2)
    hub_start = routes.hub_start[walk.activity[distant]]
    hub_count = routes.hub_start[walk.activity[distant] + 1] - hub_start
    chance = draws.bits(run, keys[distant], walk.step[distant], draws.HUB)
    chosen = _race_in_chunks(chance, hub_start, hub_count, routes.hub_key, routes.hub_weight)
    facility[distant] = routes.hub_facility[chosen]
    where = np.where(acts.task_at_hub[task], facility[row], walk.facility[row])
    station = work_stations(network, walk.activity[row], where, walk.mode[row], task, place)
    chances = draws.uniform(run, keys[row], walk.step[row], draws.TASK + place)
    length = _durations(chances, acts.task_mean_us[task], acts.task_law[task], acts.task_cv[task])
    staffed = station >= 0
    start = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(np.bincount(row[staffed], minlength=len(way)))))
    return start, station[staffed], length[staffed]


def _durations(chance: Floats, mean_us: Floats, law: Ints, cv: Floats) -> Ints:
    """Return durations by inversion of their laws, whole microseconds, at least one.

    A lognormal of mean 1 and coefficient of variation `cv` is ``exp(s z - s^2 / 2)`` with ``s^2 = log(1 + cv^2)``.
    """
    spread = np.sqrt(np.log1p(cv * cv))
    times = np.exp(spread * ndtri(chance) - spread * spread / 2)
    times = np.where(law == net.EXPONENTIAL, -np.log(chance), times)
    times = np.where(law == net.DETERMINISTIC, 1.0, times)
    return np.maximum(1, np.rint(times * mean_us)).astype(np.int64)
