"""Fastest routes over a network, many to many: minutes by SciPy's compiled Dijkstra, and the km along each route."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_BLOCK = 2_000_000  # distances at a time: those from all starts to every node of a large network would not fit


def fastest_routes(
    nodes: int, ends: Ints, minutes: Floats, km: Floats, starts: Ints, targets: Ints, *, cutoff_minutes: float = np.inf
) -> tuple[Floats, Floats]:
    """Return minutes and km of the fastest route, shape (starts, targets); inf where there is none, or none so short.

    Parameters
    ----------
    nodes
        How many nodes there are.
    ends
        The two nodes of each link, which is used both ways; shape (links, 2). Of parallel links the fastest counts.
    minutes, km
        Of each link, shape (links,).
    starts, targets
        Nodes.
    cutoff_minutes
        No route longer than this is looked for.
    """
    network = _Network(nodes, ends, minutes, km)
    places, row = np.unique(starts, return_inverse=True)
    found_minutes, found_km = (np.empty((len(places), len(targets))) for _ in range(2))
    together = max(_BLOCK // max(nodes, 1), 1)
    for first in range(0, len(places), together):
        part = slice(first, first + together)
        least, before = dijkstra(
            network.minutes, directed=False, indices=places[part], return_predecessors=True, limit=cutoff_minutes
        )
        found_minutes[part] = least[:, targets]
        found_km[part] = np.where(np.isfinite(least), network.km_along(before), np.inf)[:, targets]
    return found_minutes[row], found_km[row]


class _Network:
    """Links without their slower parallels, as a matrix of minutes, and their km by the pair of nodes."""

    def __init__(self, nodes: int, ends: Ints, minutes: Floats, km: Floats) -> None:
        low, high = np.sort(ends, axis=1).T
        order = np.lexsort((km, minutes, high, low))
        pair = low[order] * nodes + high[order]
        first = np.concatenate(([True], pair[1:] != pair[:-1])) if len(pair) else np.zeros(0, dtype=bool)
        kept = order[first & (low[order] != high[order])]
        shape = (nodes, nodes)
        self.nodes = nodes
        self.minutes = csr_array((minutes[kept], (low[kept], high[kept])), shape=shape)
        self._pairs, self._km = low[kept] * nodes + high[kept], km[kept]  # ascending

    def km_along(self, before: NDArray[np.int32]) -> Floats:
        """Return km from the start to every node, shape (starts, nodes), from the node before each on its route.

        Each node knows the km from an ancestor; in each round the ancestor's own is added and it is skipped, so that
        the ancestors are twice as far (pointer jumping).
        """
        node = np.broadcast_to(np.arange(self.nodes), before.shape)
        ancestor = np.where(before >= 0, before, node).astype(np.int64)
        pair = np.minimum(ancestor, node) * self.nodes + np.maximum(ancestor, node)
        link = np.searchsorted(self._pairs, pair).clip(max=max(len(self._pairs) - 1, 0))
        km = np.where(ancestor != node, self._km[link], 0.0) if len(self._km) else np.zeros(before.shape)
        while True:
            further = np.take_along_axis(ancestor, ancestor, axis=1)
            if (further == ancestor).all():
                return km
            km = km + np.take_along_axis(km, ancestor, axis=1)
            ancestor = further
