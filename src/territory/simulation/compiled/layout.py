"""The arrays of the compiled engine: the network laid flat, and the state of a run, whose arrays grow.

Compiled functions pay for every array they are handed, so there are few, and they are handed on as pointers. `ints` and
`reals` hold the network, `sums` what is counted; each part lies at an offset that stands in `ints` (or `sums`) itself:
the law of task 7 is
``ints[ints[TASK_LAW] + 7]``. A station has a row of `stations`, a patient under way one of `slots`, an event one of
`heap`, and an ended visit one of `records`, row after row. A slot is named by where its row begins. Everything but
`reals` is 64-bit whole numbers; keys keep their bits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from territory.simulation import tally as count
from territory.simulation.arrivals import week_us
from territory.simulation.draws import Floats, Ints, run_key
from territory.simulation.laws import means_us
from territory.simulation.network import (
    US_PER_HOUR,
    US_PER_SECOND,
    US_PER_WEEK,
    Network,
    all_openings,
    rank,
    rank_in_care,
)

# Columns of `heap`.
TIME, ORDER, EVENT_KEY, PLACE = range(4)
EVENT_COLUMNS = 4
# Events of later buckets lie behind the heap, in nodes that point to the next one of their bucket.
LATER = 4
NODE_COLUMNS = 5
RING = 1 << 16  # buckets in one lap

# Columns of `slots`.
(
    KEY, SOURCE, STEP, NUMBER, PATIENT, OPTION, OFFER, ARRIVED, INSIDE, ASKED, STARTED, STAGE, STATION, TASK, TASK_END,
    HOLDS, RANK, JOINED, BEGAN, DUE, LEFT, ASKS, LEAVES, COMMITTED, TRIES, QUEUED, VEHICLE, TRIP, NEXT, PREVIOUS,
    NEXT_WALK, PREVIOUS_WALK, NEXT_SERVED, PREVIOUS_SERVED, ABSENT, FAILS,
) = range(36)  # fmt: skip
SLOT_COLUMNS = 36

# Columns of `stations`.
BUSY, SERVERS, WAITING, CHANGE, EXTRA, TOUCHED, FIRST_WALK, FIRST_SERVED = range(8)
STATION_COLUMNS = 8

# `sums` begins with what changes all the time, then says where each part lies.
(EVENTS, FREE_SLOT, PATIENTS, RECORDS, RECORDING, HEAP_ROOM, SLOTS_ROOM, RECORDS_ROOM, NEAR_UNTIL, LATER_EVENTS,
 FREE_NODE) = range(11)  # fmt: skip
(QUEUES, BUCKETS, CANDIDATES, MOMENTS, OFFER_CELLS, CLASS_CELLS, WAITS, MONTHLY, OPTIONS, EPISODES, SERVED, HOURS,
 MONTHS, SERIES) = range(11, 25)  # fmt: skip
_SUMS_BEGIN = 25

# Columns of `records`: the patient, his step, and how it went.
RECORD_COLUMNS = 9

DONE, HEAP_FULL, SLOTS_FULL, RECORDS_FULL = range(4)  # why `advance` stopped


# `ints` begins with plain numbers, then says where each part lies, in `ints` or in `reals`.
(RUN, WARM_UP_US, HORIZON_US, ACTIVITIES, RANKS, WAYS, OFFERS, CLASSES, FACILITIES, SOURCES, STATIONS, BUCKET_US) = (
    range(12)
)
(MONTH_OF_DAY, LAW_KIND, LAW_FIRST, LAW_SECOND, LAW_START, LAW_VALUE, LAW_CUMULATIVE, WINDOW_START, WINDOW_OPENS,
 WINDOW_LASTS, WINDOW_WEEK, RATE_START, RATE_FROM, RATE_SHARE, RATE_PERIOD, SOURCE_ZONE, SOURCE_PATHWAY, SOURCE_STEP,
 SOURCE_KEY, SOURCE_GAP, SOURCE_WINDOW, SOURCE_WEEKLY, SOURCE_SEASONAL, SOURCE_BATCH, SOURCE_LATE, SOURCE_PAST,
 STEP_ACTIVITY, PATIENCE_LAW, DIES, NEXT_STEP, NEXT_CUMULATIVE, NEXT_LAW, NEXT_URGENT, OFFER_FACILITY, OFFER_WALK_IN,
 OFFER_BED, OFFER_STAY, OFFER_NO_SHOW, OFFER_FAILS, OFFER_RETURNS, OFFER_RANK, OFFER_RANK_IN_CARE, OFFER_CLASS,
 TASK_START, TASK_LAW, NEED_START, NEED, CHOICE_START, CHOICE_OFFER, CHOICE_WEIGHT, CHOICE_KEY, CHOICE_FALLBACK,
 CHOICE_SECONDS, CHOICE_METRES, CHOICE_INSIDE, AMBULANCE, TRIP_US, CHANGE_START, CHANGE_US, CHANGE_SERVERS, CAPACITY,
 PREEMPTS, INTERRUPTS, CLOSES, JOIN_START, JOIN_CHANCE, PARTNER_START, PARTNER, OPENING_START, OPENING_FROM,
 OPENING_TO) = range(12, 83)  # fmt: skip
_INTS_BEGIN = 83


_FIRST_SLOTS = 1024
_FIRST_RECORDS = 1 << 16


class State(NamedTuple):
    """A run under way."""

    ints: Ints
    reals: Floats
    sums: Ints
    stations: Ints
    heap: Ints
    slots: Ints
    records: Ints


def lay_flat(network: Network, replication: int) -> tuple[Ints, Floats]:
    """Return the network as whole numbers and as real numbers, for one replication."""
    plain = {
        RUN: int(np.int64(run_key(network.seed, replication).view(np.int64))),
        WARM_UP_US: network.warm_up_us,
        HORIZON_US: network.horizon_us,
        ACTIVITIES: len(network.names.activities),
        RANKS: _ranks(network),
        WAYS: network.pathways.next_step.shape[1],
        OFFERS: len(network.offers.activity),
        CLASSES: count.class_count(network),
        FACILITIES: len(network.ambulances.station),
        SOURCES: len(network.sources.key),
        STATIONS: len(network.stations.facility),
        BUCKET_US: _bucket_us(network),
    }
    parts = {**_who_comes(network), **_what_is_given(network), **_where(network)}
    ints, reals = [np.zeros(_INTS_BEGIN, dtype=np.int64)], [np.zeros(0)]
    for place, number in plain.items():
        ints[0][place] = number
    lengths = {np.int64: _INTS_BEGIN, np.float64: 0}
    for place, part in parts.items():
        flat = np.ascontiguousarray(part).ravel()
        kind = np.float64 if flat.dtype == np.float64 else np.int64
        ints[0][place] = lengths[kind]
        lengths[kind] += len(flat)
        (reals if kind is np.float64 else ints).append(
            flat.view(kind) if flat.dtype == np.uint64 else flat.astype(kind)
        )
    return np.concatenate(ints), np.concatenate(reals)


def _bucket_us(network: Network) -> int:
    """Return a length of time in which some four events happen, so that what is sorted stays small."""
    sources = network.sources
    open_share = week_us(network)[sources.window] / US_PER_WEEK
    patients_per_us = float((open_share / means_us(network.laws)[sources.gap_law]).sum())
    return int(np.clip(_EVENTS_A_BUCKET / max(_EVENTS_A_PATIENT * patients_per_us, 1e-12), US_PER_SECOND, US_PER_HOUR))


_EVENTS_A_BUCKET = 4.0
_EVENTS_A_PATIENT = 2.5


def _ranks(network: Network) -> int:
    return 2 * (network.places + 1)


def _who_comes(network: Network) -> dict[int, np.ndarray]:
    laws, windows, rates, sources = network.laws, network.windows, network.rates, network.sources
    return {
        MONTH_OF_DAY: network.month_of_day,
        LAW_KIND: laws.kind,
        LAW_FIRST: laws.first,
        LAW_SECOND: laws.second,
        LAW_START: laws.start,
        LAW_VALUE: laws.value,
        LAW_CUMULATIVE: laws.cumulative,
        WINDOW_START: windows.start,
        WINDOW_OPENS: windows.opens_us,
        WINDOW_LASTS: windows.lasts_us,
        WINDOW_WEEK: week_us(network),
        RATE_START: rates.start,
        RATE_FROM: rates.from_us,
        RATE_SHARE: rates.share,
        RATE_PERIOD: rates.period_us,
        SOURCE_ZONE: sources.zone,
        SOURCE_PATHWAY: sources.pathway,
        SOURCE_STEP: sources.step,
        SOURCE_KEY: sources.key,
        SOURCE_GAP: sources.gap_law,
        SOURCE_WINDOW: sources.window,
        SOURCE_WEEKLY: sources.weekly,
        SOURCE_SEASONAL: sources.seasonal,
        SOURCE_BATCH: sources.batch_law,
        SOURCE_LATE: sources.late_law,
        SOURCE_PAST: sources.past_us,
    }


def _what_is_given(network: Network) -> dict[int, np.ndarray]:
    pathways, offers = network.pathways, network.offers
    shape = (len(pathways.priority), len(offers.activity))
    priority = np.broadcast_to(pathways.priority[:, np.newaxis], shape)
    planned = np.broadcast_to(offers.planned, shape)
    pathway = np.broadcast_to(np.arange(shape[0])[:, np.newaxis], shape)
    return {
        STEP_ACTIVITY: pathways.step_activity,
        PATIENCE_LAW: pathways.patience_law,
        DIES: pathways.dies,
        NEXT_STEP: pathways.next_step,
        NEXT_CUMULATIVE: pathways.next_cumulative,
        NEXT_LAW: pathways.next_law,
        NEXT_URGENT: pathways.next_urgent,
        OFFER_FACILITY: offers.facility,
        OFFER_WALK_IN: offers.walk_in,
        OFFER_BED: offers.bed,
        OFFER_STAY: offers.stay_law,
        OFFER_NO_SHOW: offers.no_show,
        OFFER_FAILS: offers.fails,
        OFFER_RETURNS: offers.returns,
        OFFER_RANK: rank(priority, planned, network.places),
        OFFER_RANK_IN_CARE: rank_in_care(offers.planned, network.places),
        OFFER_CLASS: count.class_of(network, pathway, np.broadcast_to(np.arange(shape[1]), shape)),
        TASK_START: offers.task_start,
        TASK_LAW: offers.task_law,
        NEED_START: offers.need_start,
        NEED: offers.need,
    }


def _where(network: Network) -> dict[int, np.ndarray]:
    choices, stations = network.choices, network.stations
    seconds, metres = count.travel_units(network)
    opening_start, opening_from, opening_to = all_openings(network)
    return {
        CHOICE_START: choices.start,
        CHOICE_OFFER: choices.offer,
        CHOICE_WEIGHT: choices.weight,
        CHOICE_KEY: choices.key,
        CHOICE_FALLBACK: choices.fallback,
        CHOICE_SECONDS: seconds,
        CHOICE_METRES: metres,
        CHOICE_INSIDE: choices.inside,
        AMBULANCE: network.ambulances.station,
        TRIP_US: network.ambulances.trip_us,
        CHANGE_START: stations.change_start,
        CHANGE_US: stations.change_us,
        CHANGE_SERVERS: stations.change_servers,
        CAPACITY: stations.capacity,
        PREEMPTS: stations.preempts,
        INTERRUPTS: stations.interrupts,
        CLOSES: np.array([(stations.timetable(s)[1] == 0).any() for s in range(len(stations.facility))], dtype=bool),
        JOIN_START: stations.join_start,
        JOIN_CHANCE: stations.join_chance,
        PARTNER_START: stations.partner_start,
        PARTNER: stations.partner,
        OPENING_START: opening_start,
        OPENING_FROM: opening_from,
        OPENING_TO: opening_to,
    }


def new_state(network: Network, replication: int, *, recording: bool) -> State:
    """Return the state at time 0, before anything is in the calendar."""
    count_of = len(network.stations.facility)
    stations = np.zeros((count_of, STATION_COLUMNS), dtype=np.int64)
    stations[:, SERVERS] = network.stations.change_servers[network.stations.change_start[:-1]]
    stations[:, [FIRST_WALK, FIRST_SERVED]] = -1
    ints, reals = lay_flat(network, replication)
    sums = _new_sums(network)
    events = 1024
    while events < len(network.sources.key) + count_of + 1:
        events *= 2
    bucket_us = int(ints[BUCKET_US])
    sums[NEAR_UNTIL] = -int(network.sources.past_us.max(initial=0)) // bucket_us * bucket_us
    sums[[RECORDING, HEAP_ROOM, SLOTS_ROOM, RECORDS_ROOM]] = (
        recording,
        events,
        _FIRST_SLOTS * SLOT_COLUMNS,
        _FIRST_RECORDS,
    )
    return State(
        ints=ints,
        reals=reals,
        sums=sums,
        stations=stations.ravel(),
        heap=_calendar(events),
        slots=_free_slots(0, _FIRST_SLOTS),
        records=np.zeros((_FIRST_RECORDS if recording else 0) * RECORD_COLUMNS, dtype=np.int64),
    )


def _new_sums(network: Network) -> Ints:
    tally = count.empty_tally(network)
    parts = {
        QUEUES: np.full((len(network.stations.facility) * _ranks(network), 2), -1),
        BUCKETS: np.full(RING, -1),
        CANDIDATES: np.zeros(len(network.sources.key)),
        MOMENTS: np.zeros(len(network.sources.key)),
        **{place: getattr(tally, name) for place, name in _COUNTED.items()},
    }
    first = np.zeros(_SUMS_BEGIN, dtype=np.int64)
    length = _SUMS_BEGIN
    for place, part in parts.items():
        first[place] = length
        length += part.size
    return np.concatenate((first, *(part.ravel() for part in parts.values()))).astype(np.int64)


_COUNTED = {
    OFFER_CELLS: "offers",
    CLASS_CELLS: "classes",
    WAITS: "waits",
    MONTHLY: "monthly",
    OPTIONS: "options",
    EPISODES: "sources",
    SERVED: "served",
    HOURS: "hours",
    MONTHS: "months",
    SERIES: "series",
}


def tally_in(network: Network, sums: Ints) -> count.Tally:
    """Return the counts of a run."""
    shapes = {name: getattr(count.empty_tally(network), name).shape for name in _COUNTED.values()}
    found = {}
    for place, name in _COUNTED.items():
        size = int(np.prod(shapes[name]))
        found[name] = sums[sums[place] : sums[place] + size].reshape(shapes[name]).copy()
    return count.Tally(**found)


def _free_slots(first: int, last: int) -> Ints:
    """Return empty slots, each pointing to the next free one."""
    slots = np.full((last - first, SLOT_COLUMNS), -1, dtype=np.int64)
    slots[:, KEY] = 0
    slots[:, NEXT] = np.arange(first + 1, last + 1) * SLOT_COLUMNS
    return slots.ravel()


def _calendar(events: int) -> Ints:
    """Return an empty heap with room for so many events, and behind it as many free nodes."""
    nodes = np.zeros((events, NODE_COLUMNS), dtype=np.int64)
    nodes[:, LATER] = np.arange(1, events + 1)
    return np.concatenate((np.zeros(events * EVENT_COLUMNS, dtype=np.int64), nodes.ravel()))


def grown(state: State, what: int) -> State:
    """Return the state with twice the room for events, patients or records."""
    if what == HEAP_FULL:
        events = int(state.sums[HEAP_ROOM])
        state.sums[HEAP_ROOM] *= 2
        heap, old = _calendar(2 * events), events * EVENT_COLUMNS
        heap[:old] = state.heap[:old]
        heap[2 * old : 2 * old + events * NODE_COLUMNS] = state.heap[old:]
        return state._replace(heap=heap)
    if what == SLOTS_FULL:
        size = len(state.slots) // SLOT_COLUMNS
        state.sums[SLOTS_ROOM] *= 2
        return state._replace(slots=np.concatenate((state.slots, _free_slots(size, 2 * size))))
    state.sums[RECORDS_ROOM] *= 2
    return state._replace(records=np.zeros(2 * len(state.records), dtype=np.int64))
