"""The rational agent access model: people go where travel and crowding together cost them least.

Its equilibrium, where nobody gains by changing, is the optimum of a convex quadratic programme (Beckmann, McGuire &
Winsten, Studies in the Economics of Transportation, 1956): the least sum over facilities of ``demand² / (2 room)`` plus
the travel of all. It is strictly convex in the demand of each facility, so crowding and costs are unique, even where
who goes where is not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import issparse

from territory.errors import Fault, Faults, IndicatorError
from territory.indicators.catchment import Floats, checked_places

_TOLERANCE = 1e-12  # what people could still gain by changing, as a share of all costs
_MOST_STEPS = 200  # 2,000 origins and 500 facilities take about 30
_TO_THE_BOUND = 0.99


def raam(
    minutes: Any,
    population: ArrayLike,
    supply: ArrayLike,
    *,
    tau_minutes: float,
    people_per_supply: float | None = None,
) -> Floats:
    """Return the cost of care at each origin, shape (origins,): crowding, and travel in units of `tau_minutes`.

    A facility costs ``minutes / tau_minutes + people who come / (supply * people_per_supply)``, and everybody goes
    where that is least (Saxon & Snow, Annals of the American Association of Geographers 110, 2020). The paper moves
    people step by step towards that state; here it is found to rounding, so no step or order matters. NaN where nothing
    is in reach; where nobody lives, the cost of a first who would.

    Parameters
    ----------
    minutes, population, supply
        As in `two_step`; facilities without supply are left out.
    tau_minutes
        Travel that weighs as much as a crowding of 1, above 0.
    people_per_supply
        People for each unit of supply at a crowding of 1, above 0; None: all people in reach over all supply. Give the
        same to compare two supplies, since by its own mean the greater one is no less crowded.

    Raises
    ------
    IndicatorError
        When shapes differ, a number is negative or missing, or the sizes differ so much that no equilibrium is found.
    """
    places = checked_places(minutes, population, supply)
    faults = Faults(IndicatorError)
    for name, value in (("tau_minutes", tau_minutes), ("people_per_supply", people_per_supply)):
        if value is not None and not 0 < value < np.inf:
            faults.add(name, f"{value}", "a number above 0")
    faults.raise_if_any()
    table = _full(places.minutes)
    travel = np.where(np.isfinite(table) & (places.supply > 0), table / tau_minutes, np.inf)
    served = places.population * np.isfinite(travel).any(axis=1)
    cost = travel
    if (come := served > 0).any():
        used = places.supply > 0
        per_supply = served.sum() / places.supply.sum() if people_per_supply is None else people_per_supply
        cost = travel[:, used] + _crowding(travel[come][:, used], served[come], places.supply[used] * per_supply)
    least = cost.min(axis=1, initial=np.inf)
    return np.where(np.isfinite(least), least, np.nan)


def _crowding(travel: Floats, people: Floats, room: Floats) -> Floats:
    """Return the crowding of each facility at equilibrium, its demand over its room.

    A primal-dual interior-point method with Mehrotra's corrector (SIAM Journal on Optimization 2, 1992): flows and what
    each costs above the least start and stay feasible and positive, and their products go to 0.
    """
    near = np.isfinite(travel)
    trip = np.where(near, travel, 0.0)
    room, people = room / people.sum(), people / people.sum()
    flow = np.where(near, (people / near.sum(axis=1))[:, None], 0.0)
    cost = trip + flow.sum(axis=0) / room
    start = np.where(near, cost, np.inf).min(axis=1) - (flow * cost).sum()
    slack = np.where(near, cost - start[:, None], 1.0)
    for _ in range(_MOST_STEPS):
        gap = float((flow * slack).sum())
        crowding: Floats = flow.sum(axis=0) / room
        if gap <= _TOLERANCE * float((flow * (trip + crowding)).sum()):
            return crowding
        changes = _newton(flow, slack, near, room)
        straight = changes(np.zeros_like(flow))
        step = min(1.0, _longest(flow, straight[0]), _longest(slack, straight[1]))
        left = float(((flow + step * straight[0]) * (slack + step * straight[1])).sum())
        more_flow, more_slack = changes((left / gap) ** 3 * gap / near.sum() - straight[0] * straight[1])
        step = min(1.0, _TO_THE_BOUND * min(_longest(flow, more_flow), _longest(slack, more_slack)))
        flow, slack = flow + step * more_flow, slack + step * more_slack
    raise IndicatorError(
        Fault("minutes", f"no equilibrium in {_MOST_STEPS} steps", "people, supply and minutes of a like size")
    )


def _newton(
    flow: Floats, slack: Floats, near: NDArray[np.bool_], room: Floats
) -> Callable[[Floats], tuple[Floats, Floats]]:
    """Return what gives the changes of flows and slacks after which, to first order, their products are the target."""
    ease = flow / slack
    by_origin = ease.sum(axis=1)
    links = ease.T @ (ease / by_origin[:, None])
    np.fill_diagonal(links, 0.0)  # the diagonal is summed from the rest: a difference of large numbers would be noise
    factor = cho_factor(np.diag(room + links.sum(axis=1)) - links, overwrite_a=True)

    def changes(target: Floats) -> tuple[Floats, Floats]:
        push = np.where(near, target / slack, 0.0) - flow
        of_origin = push.sum(axis=1)
        crowding = cho_solve(factor, push.sum(axis=0) - ease.T @ (of_origin / by_origin))
        cost = (ease @ crowding - of_origin) / by_origin
        more_slack = np.where(near, crowding - cost[:, None], 0.0)
        return push - ease * more_slack, more_slack

    return changes


def _longest(values: Floats, changes: Floats) -> float:
    """Return how many times the changes can be made until a value is 0."""
    falling = changes < 0
    return float((-values[falling] / changes[falling]).min(initial=np.inf))


def _full(minutes: Any) -> Floats:
    if not issparse(minutes):
        return np.asarray(minutes, dtype=float)
    table = np.full(minutes.shape, np.nan)
    row, column = minutes.tocoo().coords
    table[row, column] = minutes.tocoo().data
    return table
