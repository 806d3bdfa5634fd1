"""What the checks of the levers ask again and again: who takes part, what a level may do, who may be where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from territory.allocation.staff import Pairs
from territory.allocation.ways import activities_table
from territory.care import Care
from territory.errors import Fault
from territory.scenario import AllocationOptions
from territory.tables import Region


@dataclass(frozen=True)
class Setting:
    """A region, a catalogue and the options of an allocation, before anything is made of them."""

    region: Region
    care: Care
    options: AllocationOptions

    @cached_property
    def level_of(self) -> dict[str, str]:
        """The level of each facility of the region."""
        return dict(zip(self.region.facilities["facility_id"], self.region.facilities["level"], strict=True))

    @cached_property
    def facilities(self) -> pd.DataFrame:
        """The facilities that take part with their posts."""
        table = self.region.facilities
        return table[table["sector"].isin(self.options.sectors)]

    @cached_property
    def outside(self) -> dict[str, str]:
        """The sector of each facility that does not take part."""
        table = self.region.facilities
        table = table[~table["sector"].isin(self.options.sectors)]
        return dict(zip(table["facility_id"], table["sector"], strict=True))

    @cached_property
    def levels_present(self) -> set[str]:
        """The levels that some facility of the region has."""
        return set(self.region.facilities["level"])

    @cached_property
    def activities(self) -> pd.DataFrame:
        """What each facility that takes part may do, visited or by itself (see `activities_table`)."""
        return activities_table(self.facilities, self.care, self.options)

    @cached_property
    def of_level(self) -> Pairs:
        """The facility and activity pairs that the levels allow, whether the scenario closes them or not."""
        return set(zip(self.activities["facility_id"], self.activities["activity"], strict=True))

    @cached_property
    def may_do(self) -> Pairs:
        """The facility and activity pairs that the scenario leaves open."""
        table = self.activities[self.activities["open_after"]]
        return set(zip(table["facility_id"], table["activity"], strict=True))

    @cached_property
    def may_have(self) -> Pairs:
        """The facility and staff group pairs that have, or may get, somebody; how far visitors go is not asked."""
        options = self.options
        shares, shared, hiring = options.departures.shares, options.shared_posts, options.recruitment
        closed = set(options.closures.facilities)
        posts = self.region.posts[self.region.posts["fte"] > 0]
        there = {
            (facility, group)
            for facility, group in zip(posts["facility_id"], posts["staff_group"], strict=True)
            if shares.get(group, 0.0) < 1
        }
        present = {group for _, group in there}
        moving = options.mobility.within not in {"none", "facility"}
        coming = {group for group in present if moving and group in (options.mobility.groups or present)}
        if hiring.budget_mad_per_year > 0:
            coming |= set(hiring.largest_posts or self.care.staff_group_ids)
        visited = self.facilities["facility_id"].isin(shared.sites) | self.facilities["level"].isin(shared.site_levels)
        ids = self.facilities["facility_id"]
        pairs = there | {(facility, group) for facility in ids for group in coming}
        pairs |= {(facility, group) for facility in ids[visited] for group in shared.groups if group in present}
        return {(facility, group) for facility, group in pairs if facility not in closed}

    def known(self, words: tuple[str, ...], kind: str) -> bool:
        """Whether every word is a known facility, level, activity or staff group; the others are told elsewhere."""
        known = {
            "facility": self.level_of,
            "level": self.care.level_ids,
            "activity": self.care.activity_ids,
            "staff group": self.care.staff_group_ids,
        }
        return set(words) <= set(known[kind])

    def empty_levels(self, where: str, levels: tuple[str, ...]) -> Iterator[Fault]:
        """Yield a fault for each level that no facility has; unknown ones are told elsewhere."""
        for level in levels:
            if level in self.care.level_ids and level not in self.levels_present:
                yield Fault(where, f"'{level}', a level of no facility", "a level that some facility has")
