"""Every limit of every lever, checked again from the tables of a plan alone; nothing of the programme is used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from allocation.conftest import PAY, World
from territory.scenario import AllocationOptions
from territory.tables import Plan

ABS = 1e-4  # what the solver's tolerances of 1e-7 may add up to, in hours and acts
Key = tuple[str, str]
Sums = defaultdict[Any, float]


def sums() -> Sums:
    return defaultdict(float)


def at_most(value: float, limit: float) -> bool:
    return value <= limit + ABS + 1e-6 * abs(limit)


def same(value: float) -> Any:
    return pytest.approx(value, rel=1e-6, abs=ABS)


@dataclass
class Checked:
    """A plan beside the world and the options it was made from, and sums of its tables."""

    world: World
    options: AllocationOptions
    plan: Plan
    hours: Sums = field(default_factory=sums)  # facility, group
    acts: Sums = field(default_factory=sums)  # facility, activity; in person
    served: Sums = field(default_factory=sums)  # zone, activity
    remote: Sums = field(default_factory=sums)  # zone, activity
    aboard: Sums = field(default_factory=sums)  # base, zone, group: hours of acts given there

    def __post_init__(self) -> None:
        for row in self.plan.visits.itertuples():
            self.served[row.zone_id, row.activity] += row.acts_per_year
            self._visit(row)
        for row in self.plan.remote.itertuples():
            self._worked(row.facility_id, row.activity, "specialist", row.acts_per_year)
        units = self.options.mobile_units
        for row in self.plan.rounds.itertuples():
            unit = units.units[row.unit]
            for group, people in unit.staff.items():
                self.hours[unit.base, group] += row.days_per_week * units.weeks_per_year * units.hours_per_day * people
        for row in self.moves("shared"):
            road = 2 * self.way(row.from_facility_id, row.to_facility_id) / 60
            days = row.fte * self.options.shared_posts.working_days_per_year
            self.hours[row.to_facility_id, row.staff_group] += road * days

    def _visit(self, row: Any) -> None:
        acts, zone, place, activity = row.acts_per_year, row.zone_id, row.facility_id, row.activity
        by_hub = row.mode == "telemedicine" or (row.mode == "mobile" and self.by_hub(place, activity))
        if by_hub:
            self.remote[zone, activity] += acts
        side = "presenting" if by_hub else "full"
        if row.mode == "in_person":
            self.acts[place, activity] += acts
        if row.mode == "mobile":
            for group, minutes in self.work(activity, side).items():
                self.aboard[place, zone, group] += acts * minutes / 60
        elif row.mode != "contracted":
            self._worked(place, activity, side, acts)

    def _worked(self, place: str, activity: str, side: str, acts: float) -> None:
        for group, minutes in self.work(activity, side).items():
            self.hours[place, group] += acts * minutes / 60

    def work(self, activity: str, side: str) -> dict[str, float]:
        if side == "full":
            return self.world.activities[activity][0]
        presenting, specialist, *_ = self.world.remote[activity]
        return presenting if side == "presenting" else specialist

    def by_hub(self, base: str, activity: str) -> bool:
        """Whether an act aboard a unit of that base asks a hub; units of one base give different acts."""
        unit = next(u for u in self.options.mobile_units.units.values() if u.base == base and activity in u.activities)
        return not set(self.world.activities[activity][0]) <= set(unit.staff)

    def way(self, start: str, end: str) -> float:
        return self.world.minutes[self.world.stands_in[start], end]

    def moves(self, *kinds: str) -> list[Any]:
        return [row for row in self.plan.moves.itertuples() if row.kind in kinds]

    def level(self, facility: str) -> str:
        return self.world.facilities[facility][0]

    def pay(self, group: str) -> float:
        return self.world.pay.get(group, PAY)

    def remaining(self, facility: str, group: str) -> float:
        share = self.options.departures.shares.get(group, 0.0)
        return self.world.posts.get((facility, group), 0.0) * (1 - share)

    def after(self) -> dict[Key, float]:
        return {(row.facility_id, row.staff_group): row.fte_after for row in self.plan.posts.itertuples()}

    def line(self, *lines: str) -> float:
        costs = self.plan.costs
        return float(costs.loc[costs["line"].isin(lines), "mad_after"].sum())

    def basin(self, facility: str) -> str:
        mobility = self.options.mobility
        if mobility.within == "region":
            return "region"
        if mobility.within == "province":
            return self.world.facilities[facility][1]
        for name, basin in mobility.basins.items():
            if facility in basin.facilities or self.world.facilities[facility][1] in basin.provinces:
                return name
        return facility

    def hard(self, facility: str, group: str) -> bool:
        hard = self.options.recruitment.hard_to_staff
        if hard is None or (hard.groups and group not in hard.groups):
            return False
        zone = self.world.stands_in[facility]
        province, kind = self.world.province_of[zone], self.world.kind_of.get(zone, "rural_commune")
        if zone in hard.zones:
            return True
        if not (hard.provinces or hard.kinds):
            return False
        return (not hard.provinces or province in hard.provinces) and (not hard.kinds or kind in hard.kinds)

    def closed(self) -> Iterator[str]:
        """Facilities that the scenario closes, and those that may close and lost all their posts and acts."""
        yield from self.options.closures.facilities
        lively = {place for (place, _), fte in self.after().items() if fte > 0}
        lively |= {place for (place, _), acts in self.acts.items() if acts > ABS}
        staffed = {place for place, _ in self.world.posts}
        opened = self.plan.activities.groupby("facility_id")["open_after"].any()
        for place in self.options.activity_transfer.facilities:
            if place in staffed - lively and not opened.get(place, default=False):
                yield place
