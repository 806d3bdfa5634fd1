"""The rational agent access model: people go where travel and crowding together cost them least."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse

from territory.errors import Fault, IndicatorError
from territory.indicators.catchment import Floats, checked_places

_MOST_ROUNDS = 2000
_SETTLED = 1e-7  # largest change of crowding in a round after which all stay where they are


def raam(minutes: Any, population: ArrayLike, supply: ArrayLike, *, tau_minutes: float) -> Floats:
    """Return the cost of care at each origin, shape (origins,): crowding, and travel in units of `tau_minutes`.

    A facility costs minutes / tau + (people who come / its supply) / (all people / all supply), and everybody goes
    where that is least (Saxon & Snow, Medical Decision Making 40, 2020). This equilibrium is the minimum of a convex
    function; it is found origin by origin, each time parting its people exactly as suits them, the others staying.
    NaN where nothing is in reach.

    Raises
    ------
    IndicatorError
        When shapes differ, a number is negative or missing, or no equilibrium is reached.
    """
    places = checked_places(minutes, population, supply)
    table = _full(places.minutes)
    reached = np.isfinite(table) & (places.supply > 0)
    travel = np.where(reached, table / tau_minutes, np.inf)
    served = places.population * reached.any(axis=1)
    crowd = places.supply * served.sum() / max(places.supply.sum(), 1e-300)  # people who make a crowding of 1
    sites = [np.flatnonzero(row) for row in reached]
    people = [np.zeros(len(own)) for own in sites]
    load = np.zeros(table.shape[1])
    for _ in range(_MOST_ROUNDS):
        moved = 0.0
        for origin in np.flatnonzero(served > 0):
            own = sites[origin]
            others = load[own] - people[origin]
            parted = _parted(served[origin], travel[origin, own], others, crowd[own])
            moved = max(moved, float(np.abs((parted - people[origin]) / crowd[own]).max()))
            load[own] = others + parted
            people[origin] = parted
        if moved < _SETTLED:
            break
    else:
        found = f"people who still move after {_MOST_ROUNDS} rounds"
        raise IndicatorError(Fault("raam", found, "an equilibrium", "Give populations and supplies of a like size."))
    cost = travel + np.divide(load, crowd, out=np.zeros_like(load), where=crowd > 0)[None, :]
    least = np.where(reached, cost, np.inf).min(axis=1, initial=np.inf)
    return np.where(np.isfinite(least), least, np.nan)


def _parted(people: float, travel: Floats, others: Floats, crowd: Floats) -> Floats:
    """Return who goes where so that all used places cost the same, and no other less."""
    alone = travel + others / crowd  # cost of the first who comes
    order = np.argsort(alone, kind="stable")
    room, weighted = np.cumsum(crowd[order]), np.cumsum(crowd[order] * alone[order])
    level = (people + weighted) / room  # the common cost, if so many places are used
    used = int(np.flatnonzero(level >= alone[order])[-1])
    return np.asarray(np.maximum((level[used] - alone) * crowd, 0.0), dtype=float)


def _full(minutes: Any) -> Floats:
    if not issparse(minutes):
        return np.asarray(minutes, dtype=float)
    table = np.full(minutes.shape, np.nan)
    row, column = minutes.tocoo().coords
    table[row, column] = minutes.tocoo().data
    return table
