"""The compiled engine (Numba, the extra ``fast``)."""

from __future__ import annotations

from collections.abc import Callable

from territory.simulation.compiled import caches, layout
from territory.simulation.draws import Ints
from territory.simulation.network import Network
from territory.simulation.tally import Tally

with caches.kept_by_content():
    from territory.simulation.compiled.engine import advance, change_servers, close, cut, prepare, send

Take = Callable[[Ints], None]

__all__ = ["CompiledRun"]


class CompiledRun:
    """One replication under way.

    Parameters
    ----------
    network
        The network.
    replication
        Number of the replication.
    take
        Called with each block of records (see `layout`), a copy; without it nothing is recorded.
    """

    def __init__(self, network: Network, replication: int, take: Take | None = None) -> None:
        self.network = network
        self.state = layout.new_state(network, replication, recording=take is not None)
        self._take = take
        self.now_us = 0
        state = self.state
        prepare(state.ints, state.reals, state.sums, state.stations, state.heap)

    def advance(self, until_us: int) -> None:
        """Let everything happen before a moment."""
        until_us = min(until_us, self.network.horizon_us)
        self.now_us = until_us
        while (stopped := advance(*self.state, until_us)) != layout.DONE:
            if stopped == layout.RECORDS_FULL:
                self._hand_on()
            else:
                self.state = layout.grown(self.state, stopped)

    @property
    def patients(self) -> int:
        """How many have fallen ill so far."""
        return int(self.state.sums[layout.PATIENTS])

    def seen(self, station: int) -> tuple[int, int, int]:
        """Return how many people wait at a station, how many are served, and how many servers there are."""
        row = self.state.stations[station * layout.STATION_COLUMNS :]
        return int(row[layout.WAITING]), int(row[layout.BUSY]), int(row[layout.SERVERS])

    def add_servers(self, station: int, change: int, now_us: int) -> None:
        """Add servers to a station, or take some away."""
        stations = self.network.stations
        partners = stations.partner[stations.partner_start[station] : stations.partner_start[station + 1]]
        self._make_room(sum(self.seen(int(number))[0] for number in (station, *partners)))
        change_servers(*self.state, station, change, now_us)

    def send(self, source: int, key: int, number: int, now_us: int) -> None:
        """Let somebody of a source fall ill now."""
        self._make_room(1)
        state = self.state
        send(state.ints, state.sums, state.heap, state.slots, source, key, number, now_us)

    def _make_room(self, wanted: int) -> None:
        sums = self.state.sums
        while sums[layout.EVENTS] + sums[layout.LATER_EVENTS] + 2 * (wanted + _SPARE) > sums[layout.HEAP_ROOM]:
            self.state = layout.grown(self.state, layout.HEAP_FULL)
        if self.state.sums[layout.FREE_SLOT] == self.state.sums[layout.SLOTS_ROOM]:
            self.state = layout.grown(self.state, layout.SLOTS_FULL)
        while (
            self._take is not None and self.state.sums[layout.RECORDS] + wanted > self.state.sums[layout.RECORDS_ROOM]
        ):
            self._hand_on()

    def finish(self) -> Tally:
        """Run to the horizon and return the counts."""
        self.advance(self.network.horizon_us)
        state = self.state
        close(state.ints, state.sums, state.stations)
        slot = 0
        while (slot := cut(state.ints, state.sums, state.slots, self.state.records, slot)) >= 0:
            self._hand_on()
        self._hand_on()
        return layout.tally_in(self.network, self.state.sums)

    def _hand_on(self) -> None:
        """Hand on the records there are, and make room for more at once next time."""
        count = int(self.state.sums[layout.RECORDS])
        if self._take is not None and count:
            self._take(self.state.records[: count * layout.RECORD_COLUMNS].reshape(count, -1).copy())
        self.state.sums[layout.RECORDS] = 0
        if self._take is not None and (not count or self.state.sums[layout.RECORDS_ROOM] < _LARGEST_BLOCK):
            self.state = layout.grown(self.state, layout.RECORDS_FULL)


_SPARE = 64
_LARGEST_BLOCK = 1 << 20
