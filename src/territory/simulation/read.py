"""Read a network of queues told by hand: from a YAML file or a mapping to the arrays of `Network`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from territory.errors import Faults, SimulationError, nearest
from territory.scenario.queueing import EVERY_CLASS, Law, QueueingNetwork, Source, StationOptions
from territory.simulation import laws
from territory.simulation import network as net
from territory.simulation.draws import name_key
from territory.simulation.laws import LawBook
from territory.simulation.network import NO_LIMIT, NONE, US_PER_DAY, US_PER_HOUR, US_PER_MINUTE
from territory.simulation.timetable import shifts_of_week
from territory.yaml_files import model_from, read_yaml

_EVERYONE = "patients"
_CERTAIN = 1.0 + 1e-9
_EVERYWHERE = ""

Routes = dict[str, dict[str, dict[str, float]]]  # class -> from -> to -> share


def read_network(told: Mapping[str, Any] | str | Path) -> net.Network:
    """Return the network of queues that a YAML file or a mapping tells.

    Parameters
    ----------
    told
        Path of a YAML file, or its content; the keys are those of `territory.scenario.QueueingNetwork`.

    Raises
    ------
    SimulationError
        With every fault: unknown keys and names, shares above 1, loops without exit, shifts beyond the day, negative
        times, stations without servers for ever.

    Examples
    --------
    >>> read_network({
    ...     "sources": {"town": {"to": "clinic", "rate_per_hour": 12}},
    ...     "stations": {"clinic": {"servers": 3, "service": {"law": "exponential", "mean_minutes": 12}}},
    ...     "days": 364,
    ... })
    Network(1 zones, 1 facilities, 1 stations, 1 sources, 0 + 364 days)
    """
    if isinstance(told, Mapping):
        where, content = str(told.get("name", "network")), dict(told)
    else:
        where, content = Path(told).name, read_yaml(Path(told), SimulationError)
    options = _options(content, where)
    faults = Faults(SimulationError)
    _check_names(options, where, faults)
    faults.raise_if_any()
    routes = _routes_by_class(options)
    _check_routes(options, routes, where, faults)
    _check_servers(options, where, faults)
    faults.raise_if_any()
    return _Builder(options, routes).network()


def _options(content: dict[str, Any], where: str) -> QueueingNetwork:
    """Return the checked content; what is told for all classes is not told to stand under a name that nobody wrote."""
    try:
        return model_from(QueueingNetwork, content, where, SimulationError)
    except SimulationError as problem:
        plain = [replace(fault, where=fault.where.replace(f".{EVERY_CLASS}", "")) for fault in problem.faults]
        raise SimulationError(plain) from None


def _classes(options: QueueingNetwork) -> list[str]:
    """Return the classes: those told, and the one that needs no telling where a source has it."""
    plain = [_EVERYONE] if any(source.patients == _EVERYONE for source in options.sources.values()) else []
    return sorted({*options.classes, *plain})


def _check_names(options: QueueingNetwork, where: str, faults: Faults) -> None:
    stations, classes = set(options.stations), set(_classes(options))
    for place, name in _stations_told(options):
        if name not in stations:
            faults.add(f"{where}, {place}", f"unknown station '{name}'", "a station", nearest(name, stations))
    for place, name in _classes_told(options):
        if name not in classes:
            faults.add(f"{where}, {place}", f"unknown class '{name}'", "a class", nearest(name, classes))


def _stations_told(options: QueueingNetwork) -> Iterator[tuple[str, str]]:
    """Yield where something refers to a station, and the name."""
    for name, source in options.sources.items():
        yield f"sources.{name}.to", source.to
    for name, own in options.stations.items():
        yield from ((f"stations.{name}.needs", other) for other in own.needs)
        yield from ((f"stations.{name}.bed", bed) for bed in [own.bed] if bed)
    for start, ways in options.routes.items():
        yield "routes", start
        yield from ((f"routes.{start}", to) for ends in ways.values() for to in ends)
    for start, minutes in options.travel_minutes.items():
        yield from (("travel_minutes", name) for name in (start, *minutes))


def _classes_told(options: QueueingNetwork) -> Iterator[tuple[str, str]]:
    """Yield where something refers to a class, and the name."""
    for name, source in options.sources.items():
        yield f"sources.{name}.patients", source.patients
    for name, own in options.stations.items():
        yield from ((f"stations.{name}.service", word) for word in own.service if word != EVERY_CLASS)
    for start, ways in options.routes.items():
        yield from ((f"routes.{start}", name) for name in ways if name != EVERY_CLASS)


def _routes_by_class(options: QueueingNetwork) -> Routes:
    """Return the routes of every class; what is told for a class replaces what is told for all."""
    routes: Routes = {name: {} for name in _classes(options)}
    for start, ways in options.routes.items():
        for name, by_start in routes.items():
            chosen = ways.get(name, ways.get(EVERY_CLASS, {}))
            by_start[start] = {to: share for to, share in chosen.items() if share > 0}
    return routes


def _reached(routes: dict[str, dict[str, float]], start: str) -> list[str]:
    """Return the stations that somebody who begins at `start` may meet, in order of discovery."""
    found, awaited = [start], [start]
    while awaited:
        for to in routes.get(awaited.pop(), {}):
            if to not in found:
                found.append(to)
                awaited.append(to)
    return found


def _check_routes(options: QueueingNetwork, routes: Routes, where: str, faults: Faults) -> None:
    """Note shares above 1, loops without exit, and stations without a service on the way."""
    told: set[tuple[str, ...]] = set()
    for source in options.sources.values():
        name, own = source.patients, routes[source.patients]
        reached = _reached(own, source.to)
        for start in reached:
            place = f"{where}, routes.{start}"
            total = sum(own.get(start, {}).values())
            if total > _CERTAIN and (place,) not in told:
                told.add((place,))
                faults.add(place, f"shares of class '{name}' that sum to {total:g}", "at most 1", "The rest leaves.")
            if _service(options.stations[start], name) is None:
                place = f"{where}, stations.{start}.service"
                if (place, name) not in told:
                    told.add((place, name))
                    faults.add(place, f"no law for class '{name}'", "a law of service", "Patients come here.")
        leaving = {start for start in reached if sum(own.get(start, {}).values()) < 1 - 1e-12}
        while grown := {s for s in reached if s not in leaving and set(own.get(s, {})) & leaving}:
            leaving |= grown
        stuck = sorted(set(reached) - leaving)
        if stuck and (name, *stuck) not in told:
            told.add((name, *stuck))
            found = f"a loop without exit for class '{name}': {', '.join(stuck)}"
            faults.add(f"{where}, routes", found, "a way out of every loop", "Let shares sum to less than 1 somewhere.")


def _check_servers(options: QueueingNetwork, where: str, faults: Faults) -> None:
    for name, own in options.stations.items():
        if not any(shift.servers for shift in own.servers):
            found = "zero servers for ever"
            faults.add(f"{where}, stations.{name}.servers", found, "a server at some hour of the week", "Add a shift.")
        if name in own.needs:
            faults.add(f"{where}, stations.{name}.needs", f"'{name}' itself", "other stations")
        if own.bed is not None:
            _check_bed(options, name, own.bed, where, faults)
        for other in own.needs:
            lent = options.stations[other]
            if lent.shift_end == "interrupt" or lent.preemptive:
                faults.add(f"{where}, stations.{name}.needs", f"'{other}', which interrupts", "a station that finishes")


def _check_bed(options: QueueingNetwork, name: str, bed: str, where: str, faults: Faults) -> None:
    """Note a station of beds that does anything but lend them."""
    place, own = f"{where}, stations.{name}.bed", options.stations[bed]
    needed = any(bed in other.needs for other in options.stations.values())
    for wrong, found, expected in (
        (bool(own.service), "which serves", "a station without `service`, which only lends its servers"),
        (own.shift_end == "interrupt" or own.preemptive, "which interrupts", "beds that are held to the end"),
        (needed, "which another station `needs`", "a station of beds alone"),
    ):
        if wrong:
            faults.add(place, f"'{bed}', {found}", expected, "Tell the beds apart.")


class _Builder:
    """Arrays from checked options: a pathway for each source, an activity and a facility for each station."""

    def __init__(self, options: QueueingNetwork, routes: Routes) -> None:
        self.options = options
        self.routes = routes
        self.laws = LawBook()
        self.stations = sorted(options.stations)
        self.classes = _classes(options)
        self.sources = sorted(options.sources)
        self.steps = [
            (name, station)
            for name in self.classes
            for station in self._stations_of(name)
        ]  # fmt: skip
        self.step_of = {pair: number for number, pair in enumerate(self.steps)}

    def _stations_of(self, name: str) -> list[str]:
        starts = [source.to for source in self.options.sources.values() if source.patients == name]
        return sorted({station for start in starts for station in _reached(self.routes[name], start)})

    def network(self) -> net.Network:
        options = self.options
        pathways = self._pathways()
        offers = self._offers()
        sources, rates = self._sources()
        stations = self._stations()
        names = net.Names((_EVERYWHERE,), tuple(self.stations), ("servers",), tuple(self._acts()), tuple(self.classes))
        return net.Network(
            names=names,
            stations=stations,
            laws=self.laws.finished(),
            windows=net.Windows(*(np.zeros(size, dtype=np.int64) for size in (1, 0, 0))),
            rates=rates,
            sources=sources,
            pathways=pathways,
            offers=offers,
            choices=self._choices(),
            ambulances=net.Ambulances(np.full(len(self.stations), NONE), np.full((len(self.stations),) * 2, NONE)),
            seed=options.seed,
            warm_up_days=options.warm_up_days,
            days=options.days,
        )

    def _acts(self) -> list[str]:
        """Return an activity for each class at each station: laws of service may differ by class."""
        return [f"{station}/{name}" if len(self.classes) > 1 else station for name, station in self.steps]

    def law(self, law: Law | None) -> int:
        """Return the number of a law in the book; -1 for none."""
        if law is None:
            return NONE
        mean = (law.mean_minutes or 0.0) * US_PER_MINUTE
        shape = law.shape or 1.0
        values = [value * US_PER_MINUTE for value in law.values_minutes or ()]
        ends = [(end or 0.0) * US_PER_MINUTE for end in (law.low_minutes, law.high_minutes)]
        add = self.laws.add
        return {
            "exponential": lambda: add(laws.EXPONENTIAL, mean),
            "deterministic": lambda: add(laws.DETERMINISTIC, mean),
            "erlang": lambda: add(laws.GAMMA, mean, shape),
            "gamma": lambda: add(laws.GAMMA, mean, shape),
            "lognormal": lambda: add(laws.LOGNORMAL, mean, law.cv or 0.0),
            "uniform": lambda: add(laws.UNIFORM, ends[0], ends[1]),
            "hyperexponential": lambda: add(laws.HYPEREXPONENTIAL, 0, 0, values, law.weights or ()),
            "empirical": lambda: add(laws.EMPIRICAL, 0, 0, values, law.weights or ()),
        }[law.law]()

    def _pathways(self) -> net.Pathways:
        ways = [list(self.routes[name].get(station, {}).items()) for name, station in self.steps]
        shape = (len(self.steps), max(1, *(len(way) for way in ways)) if len(ways) > 1 else max(1, len(ways[0])))
        step, law = np.full(shape, NONE), np.full(shape, NONE)
        cumulative = np.zeros(shape)
        for row, ((name, station), own) in enumerate(zip(self.steps, ways, strict=True)):
            total = 0.0
            for column, (to, share) in enumerate(own):
                total += share
                step[row, column] = self.step_of[name, to]
                minutes = self.options.travel_minutes.get(station, {}).get(to, 0.0)
                law[row, column] = self.laws.add(laws.DETERMINISTIC, minutes * US_PER_MINUTE) if minutes else NONE
                cumulative[row, column:] = min(total, 1.0) if total < 1 - 1e-12 else 1.0
        kinds = [self.options.classes.get(name) for name in self.classes]
        by_step = [self.options.classes.get(name) for name, _ in self.steps]
        return net.Pathways(
            priority=np.array([kind.priority if kind else 0 for kind in kinds], dtype=np.int64),
            step_activity=np.arange(len(self.steps)),
            patience_law=np.array([self.law(kind.patience if kind else None) for kind in by_step], dtype=np.int64),
            dies=np.array([bool(kind and kind.dies) for kind in by_step], dtype=bool),
            next_step=step,
            next_cumulative=cumulative,
            next_law=law,
            next_urgent=np.zeros(shape, dtype=bool),
        )

    def _offers(self) -> net.Offers:
        count = len(self.steps)
        own = [self.options.stations[station] for _, station in self.steps]
        place = np.array([self.stations.index(station) for _, station in self.steps], dtype=np.int64)
        needs = [[self.stations.index(word) for word in (station, *kind.needs)]
                 for (_, station), kind in zip(self.steps, own, strict=True)]  # fmt: skip
        beds = [self.stations.index(kind.bed) if kind.bed else NONE for kind in own]
        return net.Offers(
            activity=np.arange(count),
            facility=place,
            mode=np.full(count, net.IN_PERSON),
            planned=np.ones(count, dtype=bool),
            walk_in=np.array([kind.walk_in for kind in own], dtype=bool),
            bed=np.array(beds, dtype=np.int64),
            stay_law=np.array([self.law(kind.stay) for kind in own], dtype=np.int64),
            no_show=np.array([kind.no_show for kind in own]),
            fails=np.zeros(count),
            returns=np.array([kind.returns for kind in own]),
            task_start=np.arange(count + 1),
            task_law=np.array(
                [self.law(_service(kind, name)) for (name, _), kind in zip(self.steps, own, strict=True)]
            ),
            need_start=net.starts([len(part) for part in needs]),
            need=np.array([number for part in needs for number in part], dtype=np.int64),
        )

    def _choices(self) -> net.Choices:
        count = len(self.steps)
        return net.Choices(
            start=np.arange(count + 1),
            offer=np.arange(count),
            weight=np.ones(count),
            key=np.array([name_key(*pair) for pair in self.steps], dtype=np.uint64),
            fallback=np.full(count, NONE),
            minutes=np.zeros(count),
            km=np.zeros(count),
            inside=np.ones(count, dtype=bool),
        )

    def _sources(self) -> tuple[net.Sources, net.Rates]:
        own = [self.options.sources[name] for name in self.sources]
        varying = [source for source in own if len(source.rate_per_hour or ()) > 1]
        tables = {id(source): number for number, source in enumerate(varying)}
        periods = [source.rate_per_hour or () for source in varying]
        batches = [
            self.laws.add(laws.EMPIRICAL, 0, 0, source.batch.sizes, source.batch.weights) if source.batch else NONE
            for source in own
        ]
        none = np.full(len(own), NONE)
        steps = [self.step_of[source.patients, source.to] for source in own]
        sources = net.Sources(
            zone=np.zeros(len(own), dtype=np.int64),
            pathway=np.array([self.classes.index(source.patients) for source in own], dtype=np.int64),
            step=np.array(steps, dtype=np.int64),
            key=np.array([name_key(name) for name in self.sources], dtype=np.uint64),
            gap_law=np.array([self._gap(source) for source in own], dtype=np.int64),
            window=none,
            weekly=np.array([tables.get(id(source), NONE) for source in own], dtype=np.int64),
            seasonal=none,
            batch_law=np.array(batches, dtype=np.int64),
            late_law=np.array([self.law(source.late) for source in own], dtype=np.int64),
            past_us=np.zeros(len(own), dtype=np.int64),
        )
        shares = [np.array([p.per_hour for p in part]) / max(p.per_hour for p in part) for part in periods]
        rates = net.Rates(
            start=net.starts([len(part) for part in periods]),
            from_us=np.array([round(p.from_hour * US_PER_HOUR) for part in periods for p in part], dtype=np.int64),
            share=np.concatenate(shares) if shares else np.zeros(0),
            period_us=np.full(len(periods), US_PER_DAY),
        )
        return sources, rates

    def _gap(self, source: Source) -> int:
        if source.between is not None:
            return self.law(source.between)
        if source.every_minutes is not None:
            return self.laws.add(laws.DETERMINISTIC, source.every_minutes * US_PER_MINUTE)
        peak = max(period.per_hour for period in source.rate_per_hour or ())
        return self.laws.add(laws.EXPONENTIAL, US_PER_HOUR / peak)

    def _stations(self) -> net.Stations:
        own = [self.options.stations[name] for name in self.stations]
        timetables = [shifts_of_week(kind.servers) for kind in own]
        partners: list[list[int]] = [[] for _ in own]
        for number, kind in enumerate(own):
            for word in kind.needs:
                partners[self.stations.index(word)].append(number)
        return net.Stations(
            facility=np.arange(len(own)),
            group=np.zeros(len(own), dtype=np.int64),
            known=np.ones(len(own), dtype=bool),
            change_start=net.starts([len(moments) for moments, _ in timetables]),
            change_us=np.concatenate([moments for moments, _ in timetables]),
            change_servers=np.concatenate([servers for _, servers in timetables]),
            capacity=np.array([NO_LIMIT if kind.capacity is None else kind.capacity for kind in own], dtype=np.int64),
            preempts=np.array([kind.preemptive for kind in own], dtype=bool),
            interrupts=np.array([kind.shift_end == "interrupt" for kind in own], dtype=bool),
            join_start=net.starts([len(kind.joins or ()) for kind in own]),
            join_chance=np.array([share for kind in own for share in kind.joins or ()], dtype=np.float64),
            partner_start=net.starts([len(part) for part in partners]),
            partner=np.array([number for part in partners for number in part], dtype=np.int64),
        )


def _service(kind: StationOptions, name: str) -> Law | None:
    return kind.service.get(name, kind.service.get(EVERY_CLASS))
