"""Where people go and what an act takes there: from the visits of a plan to offers and choices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from territory.care.catalogue import Activity, Care
from territory.scenario.schema import SimulationOptions
from territory.simulation import laws
from territory.simulation import network as net
from territory.simulation.draws import Floats, Ints, name_key
from territory.simulation.laws import LawBook
from territory.simulation.network import NONE
from territory.simulation.station_book import BEDS, StationBook
from territory.tables.vocabulary import MODES

# Coefficient of variation of a service: outpatient studies report 0.35 to 0.85 (Cayirli & Veral 2003, Production and
# Operations Management 12(4)).
SERVICE_CV = 0.5
# Coefficient of variation of a stay: an assumption, lengths of stay being about as wide as their mean.
STAY_CV = 1.0

Task = tuple[list[int], float]  # stations needed together, the queue's first, and minutes
# An option: cell, offer, acts a year, key, minutes, km, whether inside the province, whether at a distance.
Row = tuple[int, int, float, np.uint64, float, float, bool, bool]


@dataclass(frozen=True)
class Offer:
    """One way of giving an act; `hub` answers from afar, `unit` and `zone` are a mobile unit and its stop."""

    activity: int
    facility: int
    mode: int
    planned: bool
    hub: int = NONE
    unit: str = ""
    zone: int = NONE


@dataclass
class OfferBook:
    """Offers collected while the choices are built."""

    care: Care
    stations: StationBook
    law_book: LawBook
    options: SimulationOptions
    numbers: dict[Offer, int] = field(default_factory=dict)

    def number(self, offer: Offer) -> int:
        """Return the number of an offer."""
        return self.numbers.setdefault(offer, len(self.numbers))

    def activity(self, offer: Offer) -> Activity:
        """Return the activity of an offer."""
        return self.care.activity(self.stations.names.activities[offer.activity])

    def station(self, offer: Offer, group: str) -> int | None:
        """Return where a group works for an offer on the spot; None: nobody is there."""
        number = self.stations.group(group)
        if offer.unit:
            return self.stations.aboard.get((offer.unit, offer.zone, number))
        return self.stations.in_post.get((offer.facility, number))

    def tasks(self, offer: Offer) -> list[Task]:
        """Return what an act takes; a task for which nobody is there is left out.

        At a distance somebody at the site prepares the patient, then stays with him while the specialist at the hub
        speaks with both; people wait in the specialist's queue.
        """
        activity = self.activity(offer)
        if offer.mode == net.CONTRACTED:
            first = "open" if activity.hours == "continuous" else "weekday"
            doors = [first] + ["open"] * (len(activity.tasks) - 1)
            stations = [self.stations.doors[offer.facility, door] for door in doors]
            return [([door], task.minutes.value) for door, task in zip(stations, activity.tasks, strict=True)]
        if offer.hub == NONE or activity.remote is None:
            found = [(self.station(offer, task.staff_group), task.minutes.value) for task in activity.tasks]
            return [([station], minutes) for station, minutes in found if station is not None]
        together = sum(task.minutes.value for task in activity.remote.specialist)
        tasks: list[Task] = []
        beside: list[int] = []
        for place, task in enumerate(activity.remote.presenting):
            station = self.station(offer, task.staff_group)
            alone = task.minutes.value - (together if place == 0 else 0.0)
            if station is not None and alone > 0:
                tasks.append(([station], alone))
            if station is not None and place == 0:
                beside = [station]
        for task in activity.remote.specialist:
            at_hub = self.stations.in_post[offer.hub, self.stations.group(task.staff_group)]
            tasks.append(([at_hub, *beside], task.minutes.value))
        return tasks

    def bed(self, offer: Offer) -> int:
        """Return the station of the beds; -1 where the activity takes none."""
        if self.activity(offer).bed_days is None:
            return NONE
        if offer.mode == net.CONTRACTED:
            return self.stations.doors[offer.facility, "beds"]
        return self.stations.in_post[offer.facility, self.stations.group(BEDS)]

    def finished(self) -> net.Offers:
        """Return all offers as arrays, and note which stations are needed together."""
        offers = list(self.numbers)
        acts = [self.activity(offer) for offer in offers]
        tasks = [self.tasks(offer) for offer in offers]
        flat = [task for part in tasks for task in part]
        for needs, _ in flat:
            for other in needs[1:]:
                self.stations.partners.setdefault(other, set()).add(needs[0])
        stays = [
            NONE
            if act.bed_days is None
            else self.law_book.add(laws.LOGNORMAL, act.bed_days.value * net.US_PER_DAY, STAY_CV)
            for act in acts
        ]
        options = self.options
        booked = np.array([act.attendance == "appointment" for act in acts], dtype=bool)
        distant = np.array([offer.hub != NONE for offer in offers], dtype=bool)
        walk_in = np.array([act.attendance == "walk_in" and act.bed_days is None for act in acts], dtype=bool)
        law = [self.law_book.add(laws.LOGNORMAL, minutes * net.US_PER_MINUTE, SERVICE_CV) for _, minutes in flat]
        return net.Offers(
            activity=np.array([offer.activity for offer in offers], dtype=np.int64),
            facility=np.array([offer.facility for offer in offers], dtype=np.int64),
            mode=np.array([offer.mode for offer in offers], dtype=np.int64),
            planned=np.array([offer.planned for offer in offers], dtype=bool),
            walk_in=walk_in,
            bed=np.array([self.bed(offer) for offer in offers], dtype=np.int64),
            stay_law=np.array(stays, dtype=np.int64),
            no_show=np.where(booked, options.no_show_share, 0.0),
            fails=np.where(distant, options.telemedicine_failure_share, 0.0),
            returns=np.where(walk_in, options.return_share, 0.0),
            task_start=net.starts([len(part) for part in tasks]),
            task_law=np.array(law, dtype=np.int64),
            need_start=net.starts([len(needs) for needs, _ in flat]),
            need=np.array([station for needs, _ in flat for station in needs], dtype=np.int64),
        )


def make_choices(
    visits: pd.DataFrame,
    unmet: Floats,
    nearest: Ints,
    offers: OfferBook,
    travel: tuple[Floats, Floats],
    inside: np.ndarray,
) -> net.Choices:
    """Return where people of each zone ask for each activity.

    Parameters
    ----------
    visits
        Of the plan, with positions zone, activity, facility, mode, hub, and unit, acts_per_year, minutes; sorted.
    unmet
        Acts a year without a place, shape (zones x activities,).
    nearest
        Where people without a place ask, shape (zones, activities); -1: nowhere.
    offers
        Takes the offers.
    travel
        Minutes and km, shape (zones, facilities).
    inside
        Whether zone and facility lie in one province, same shape.
    """
    names = offers.stations.names
    activities = len(names.activities)
    rows: list[Row] = []
    for zone, activity, facility, mode, hub, unit, acts, minutes in visits.itertuples(index=False):
        offer = Offer(activity, facility, mode, planned=True, hub=hub, unit=unit, zone=zone if unit else NONE)
        words = [names.facilities[facility], MODES[mode], *([names.facilities[hub]] if hub != NONE else [])]
        aboard = mode == net.MOBILE
        way = (minutes, 0.0) if aboard else (travel[0][zone, facility], travel[1][zone, facility])
        near = aboard or bool(inside[zone, facility])
        rows.append(
            (zone * activities + activity, offers.number(offer), acts, name_key(*words), *way, near, hub != NONE)
        )
    rows += [
        _without_place(cell, unmet[cell], int(nearest.flat[cell]), offers, travel, inside)
        for cell in np.flatnonzero(unmet > 0).tolist()
    ]
    rows.sort(key=lambda row: row[0])

    def nearest_of(cell: int) -> Row:
        return _without_place(cell, 1.0, int(nearest.flat[cell]), offers, travel, inside)

    return _laid_out(rows, len(unmet), nearest_of)


def _without_place(
    cell: int, acts: float, facility: int, offers: OfferBook, travel: tuple[Floats, Floats], inside: np.ndarray
) -> Row:
    zone, activity = divmod(cell, len(offers.stations.names.activities))
    key = name_key("", MODES[net.IN_PERSON])
    if facility == NONE:
        return cell, net.NOWHERE, acts, key, np.nan, np.nan, False, False
    number = offers.number(Offer(activity, facility, net.IN_PERSON, planned=False))
    way = travel[0][zone, facility], travel[1][zone, facility]
    return cell, number, acts, key, *way, bool(inside[zone, facility]), False


def _laid_out(rows: list[Row], cells: int, nearest_of: Callable[[int], Row]) -> net.Choices:
    """Return the choices of all cells; where an act may fail at a distance, the cell has a fallback without distance.

    The fallback of a cell holds its other options, or the nearest facility that may serve.
    """
    by_cell: dict[int, list[Row]] = {}
    for row in rows:
        by_cell.setdefault(row[0], []).append(row)
    fallback: dict[int, int] = {}
    further = []
    for cell, own in by_cell.items():
        others = [row for row in own if not row[7]]
        if len(others) < len(own):
            others = others or [nearest_of(cell)]
            fallback[cell] = cells + len(fallback)
            further += [(fallback[cell], *row[1:]) for row in others]
    every = rows + further
    cells_of = np.array([row[0] for row in every], dtype=np.int64)
    return net.Choices(
        start=net.starts(np.bincount(cells_of, minlength=cells + len(fallback))),
        offer=np.array([row[1] for row in every], dtype=np.int64),
        weight=np.array([row[2] for row in every], dtype=np.float64),
        key=np.array([row[3] for row in every], dtype=np.uint64),
        fallback=np.array([fallback.get(row[0], NONE) if row[7] else NONE for row in every], dtype=np.int64),
        minutes=np.array([row[4] for row in every], dtype=np.float64),
        km=np.array([row[5] for row in every], dtype=np.float64),
        inside=np.array([row[6] for row in every], dtype=bool),
    )
