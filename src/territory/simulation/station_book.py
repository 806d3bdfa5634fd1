"""Stations collected while the network of a plan is built."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from territory.simulation import network as net
from territory.simulation.timetable import Timetable, constant_timetable, weekday_timetable

BEDS = "beds"
AMBULANCES = "ambulances"

_AMPLE = 1_000_000  # servers of a contracted facility: more than anybody ever waits for


@dataclass
class StationBook:
    """Stations collected while a network is built, by what they are."""

    names: net.Names
    in_post: dict[tuple[int, int], int] = field(default_factory=dict)  # facility and group
    doors: dict[tuple[int, str], int] = field(default_factory=dict)  # contracted facility: weekday, open, beds
    aboard: dict[tuple[str, int, int], int] = field(default_factory=dict)  # unit, zone, group
    partners: dict[int, set[int]] = field(default_factory=dict)
    _places: list[tuple[int, int]] = field(default_factory=list)
    _timetables: list[Timetable] = field(default_factory=list)

    def add(self, facility: int, group: int, timetable: Timetable) -> int:
        """Return the number of a new station."""
        self._places.append((facility, group))
        self._timetables.append(timetable)
        return len(self._places) - 1

    def group(self, word: str) -> int:
        """Return the position of a group."""
        return self.names.groups.index(word)

    def contract(self, facility: int) -> None:
        """Open the doors of a contracted facility.

        Nobody knows who works there, so that they have more servers and beds than anybody waits for. One door is open
        on weekdays from 8:30 to 16:30, the other always.
        """
        if (facility, "open") not in self.doors:
            self.doors[facility, "weekday"] = self.add(facility, net.NONE, weekday_timetable(_AMPLE))
            self.doors[facility, "open"] = self.add(facility, net.NONE, constant_timetable(_AMPLE))
            self.doors[facility, "beds"] = self.add(facility, self.group(BEDS), constant_timetable(_AMPLE))

    def finished(self) -> net.Stations:
        """Return all stations as arrays."""
        count = len(self._places)
        partners = [sorted(self.partners.get(number, ())) for number in range(count)]
        changes = [timetable.change_minutes for timetable in self._timetables]
        empty = [np.zeros(0, dtype=np.int64)]
        return net.Stations(
            facility=np.array([facility for facility, _ in self._places], dtype=np.int64),
            group=np.array([group for _, group in self._places], dtype=np.int64),
            known=np.isin(np.arange(count), list(self.doors.values()), invert=True),
            change_start=net.starts([len(part) for part in changes]),
            change_us=np.concatenate(changes or empty) * net.US_PER_MINUTE,
            change_servers=np.concatenate([timetable.servers for timetable in self._timetables] or empty),
            capacity=np.full(count, net.NO_LIMIT),
            preempts=np.zeros(count, dtype=bool),
            interrupts=np.zeros(count, dtype=bool),
            join_start=np.zeros(count + 1, dtype=np.int64),
            join_chance=np.zeros(0),
            partner_start=net.starts([len(part) for part in partners]),
            partner=np.array([number for part in partners for number in part], dtype=np.int64),
        )
