"""Who falls ill, and what then follows: sources and pathways from demand and care catalogue."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np

from territory.care.catalogue import Care, Pathway
from territory.errors import Faults
from territory.scenario.schema import SimulationOptions
from territory.simulation import laws
from territory.simulation import network as net
from territory.simulation.checks import positions
from territory.simulation.draws import name_key
from territory.simulation.laws import LawBook
from territory.simulation.network import DAYS_PER_WEEK, NONE, US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_WEEK
from territory.simulation.settings import Settings
from territory.simulation.timetable import WEEKS_PER_YEAR, WORKING_DAYS
from territory.tables.objects import Demand, Region

# People go to a consultation on weekday mornings, 8:30 to 12:00, evenly: shifts begin at 8:30, and few outlast midday.
# Who comes after the end of a shorter shift is back at the next opening (walk-in) or on the list (appointment).
ASKING_FROM_US = 8 * US_PER_HOUR + 30 * US_PER_MINUTE
ASKING_FOR_US = 3 * US_PER_HOUR + 30 * US_PER_MINUTE
_MORNINGS = 0

_LEAST_CHANCE = 1e-4
_MOST_STEPS_OF_THE_PAST = 100  # a pathway without an end is refused when it is walked


def make_sources(
    region: Region,
    demand: Demand,
    care: Care,
    options: SimulationOptions,
    settings: Settings,
    law_book: LawBook,
    names: net.Names,
    faults: Faults,
) -> tuple[net.Sources, net.Windows, net.Rates]:
    """Return a Poisson source for each zone and pathway with episodes, in the hours in which its pathway begins."""
    frame = demand.episodes[demand.episodes["episodes_per_year"] > 0]
    zone = positions(frame["zone_id"], names.zones, "demand.episodes", "the zones of the region", faults)
    pathway = positions(frame["pathway"], names.pathways, "demand.episodes", "the pathways of the catalogue", faults)
    keys = [name_key(zone_id, word) for zone_id, word in zip(frame["zone_id"], frame["pathway"], strict=True)]
    known = np.flatnonzero((zone >= 0) & (pathway >= 0))
    order = known[np.lexsort((pathway[known], zone[known]))]
    zone, pathway = zone[order], pathway[order]
    told = [care_pathway(care, word) for word in names.pathways]
    always = np.array([care.activity(each.steps[0].activity).hours == "continuous" for each in told], dtype=bool)
    per_year = frame["episodes_per_year"].to_numpy(dtype=np.float64)[order]
    rates, table = _seasonal(region, options, settings, names, zone, pathway)
    week_us = np.where(always[pathway], US_PER_WEEK, WORKING_DAYS * ASKING_FOR_US)
    gap_us = week_us * WEEKS_PER_YEAR / (per_year * _peaks(rates, table))
    past_weeks = np.array([_past_weeks(each) for each in told], dtype=np.int64)
    nothing = np.full(len(order), NONE)
    sources = net.Sources(
        zone=zone,
        pathway=pathway,
        step=_first_steps(care, names)[pathway],
        key=np.array(keys, dtype=np.uint64)[order],
        gap_law=np.array([law_book.add(laws.EXPONENTIAL, gap) for gap in gap_us], dtype=np.int64),
        window=np.where(always[pathway], NONE, _MORNINGS),
        weekly=nothing,
        seasonal=table,
        batch_law=nothing,
        late_law=nothing,
        past_us=past_weeks[pathway] * US_PER_WEEK,
    )
    windows = net.Windows(
        start=np.array([0, WORKING_DAYS]),
        opens_us=np.arange(WORKING_DAYS) * US_PER_DAY + ASKING_FROM_US,
        lasts_us=np.full(WORKING_DAYS, ASKING_FOR_US),
    )
    return sources, windows, _relative(rates)


def care_pathway(care: Care, word: str) -> Pathway:
    """Return the pathway of that id."""
    return next(pathway for pathway in care.pathways if pathway.id == word)


def _seasonal(
    region: Region,
    options: SimulationOptions,
    settings: Settings,
    names: net.Names,
    zone: np.ndarray,
    pathway: np.ndarray,
) -> tuple[list[np.ndarray], np.ndarray]:
    """Return daily factors of the rate, and which of them each source follows (-1: none).

    The run begins with the warm-up, whose days have the factors of the first measured day.
    """
    province = np.array([""] * len(names.zones))
    if "province" in region.zones:
        province = region.zones.set_index("zone_id")["province"].loc[list(names.zones)].to_numpy().astype(str)
    days = np.maximum(np.arange(settings.warm_up_days + settings.days) - settings.warm_up_days, 0)
    month = np.searchsorted(net.MONTH_BEGINS, days % net.DAYS_PER_YEAR, side="right") - 1
    found: dict[tuple[int, tuple[int, ...]], int] = {}
    tables: list[np.ndarray] = []
    which = np.full(len(zone), NONE)
    for row, (z, p) in enumerate(zip(zone.tolist(), pathway.tolist(), strict=True)):
        word = names.pathways[p]
        hit = tuple(
            number
            for number, outbreak in enumerate(options.outbreaks)
            if outbreak.pathway == word and (not outbreak.provinces or province[z] in outbreak.provinces)
        )
        if word not in options.seasons and not hit:
            continue
        if (p, hit) not in found:
            factors = np.array(options.seasons.get(word, (1.0,) * 12))[month]
            for number in hit:
                outbreak = options.outbreaks[number]
                factors = (
                    np.where((days >= outbreak.from_day) & (days < outbreak.to_day), outbreak.factor, 1.0) * factors
                )
            found[p, hit] = len(tables)
            tables.append(factors)
        which[row] = found[p, hit]
    return tables, which


def _peaks(tables: list[np.ndarray], which: np.ndarray) -> np.ndarray:
    peaks = np.array([*(max(float(table.max()), 1e-9) for table in tables), 1.0])
    return np.asarray(peaks[which])


def _relative(tables: list[np.ndarray]) -> net.Rates:
    """Return the daily factors as shares of their peak."""
    length = len(tables[0]) if tables else 0
    shares = [table / max(float(table.max()), 1e-9) for table in tables]
    return net.Rates(
        start=net.starts([length] * len(tables)),
        from_us=np.tile(np.arange(length) * US_PER_DAY, len(tables)).astype(np.int64),
        share=np.concatenate(shares) if shares else np.zeros(0),
        period_us=np.full(len(tables), max(length, 1) * US_PER_DAY),
    )


def _steps(care: Care, names: net.Names) -> dict[tuple[str, str], int]:
    """Return the number of each step, by pathway and step."""
    pairs = [(word, step.id) for word in names.pathways for step in care_pathway(care, word).steps]
    return {pair: number for number, pair in enumerate(pairs)}


def _first_steps(care: Care, names: net.Names) -> np.ndarray:
    steps = _steps(care, names)
    return np.array([steps[word, care_pathway(care, word).steps[0].id] for word in names.pathways], dtype=np.int64)


def make_pathways(care: Care, options: SimulationOptions, law_book: LawBook, names: net.Names) -> net.Pathways:
    """Return the steps of all pathways.

    Who is to be admitted at once, in a pathway of priority 0, at another facility is carried there by an ambulance.
    """
    number = _steps(care, names)
    steps = [(care_pathway(care, word), step) for word in names.pathways for step in care_pathway(care, word).steps]
    shape = (len(steps), max([1, *(len(step.next) for _, step in steps)]))
    next_step, next_law = np.full(shape, NONE), np.full(shape, NONE)
    cumulative = np.zeros(shape)
    urgent = np.zeros(shape, dtype=bool)
    for place, (pathway, step) in enumerate(steps):
        total = 0.0
        for way, following in enumerate(step.next):
            total += following.probability.value
            next_step[place, way] = number[pathway.id, following.step]
            cumulative[place, way:] = total
            lies_down = care.activity(steps[next_step[place, way]][1].activity).bed_days is not None
            urgent[place, way] = pathway.priority == 0 and following.after_days == 0 and lies_down
            if following.after_days > 0:
                next_law[place, way] = law_book.add(laws.DETERMINISTIC, round(following.after_days * US_PER_DAY))
    patience = {
        word: law_book.add(laws.EXPONENTIAL, minutes * US_PER_MINUTE)
        for word, minutes in options.patience_minutes.items()
    }
    return net.Pathways(
        priority=np.array([care_pathway(care, word).priority for word in names.pathways], dtype=np.int64),
        step_activity=np.array([names.activities.index(step.activity) for _, step in steps], dtype=np.int64),
        patience_law=np.array([patience.get(pathway.id, NONE) for pathway, _ in steps], dtype=np.int64),
        dies=np.array([pathway.id in options.die_waiting for pathway, _ in steps], dtype=bool),
        next_step=next_step,
        next_cumulative=cumulative,
        next_law=next_law,
        next_urgent=urgent,
    )


def _past_weeks(pathway: Pathway) -> int:
    """Return the whole weeks after which an episode asks for nothing more, but for one step in ten thousand."""
    steps = {step.id: step for step in pathway.steps}
    chances = {(pathway.steps[0].id, 0.0): 1.0}  # of being at a step so many days after the episode began
    longest_days = 0.0
    for _ in range(_MOST_STEPS_OF_THE_PAST):
        if not chances:
            break
        onward: dict[tuple[str, float], float] = defaultdict(float)
        for (step, days), chance in chances.items():
            longest_days = max(longest_days, days)
            for following in steps[step].next:
                onward[following.step, days + following.after_days] += chance * following.probability.value
        chances = {place: chance for place, chance in onward.items() if chance > _LEAST_CHANCE}
    return math.ceil(longest_days / DAYS_PER_WEEK)
