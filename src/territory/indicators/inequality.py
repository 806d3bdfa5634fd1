"""How evenly something is spread over people: Gini, Palma, Theil, and the concentration index."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_TOP, _BOTTOM = 0.9, 0.4


def gini(values: Floats, weights: Floats) -> float:
    """Return the weighted Gini coefficient: twice the area between Lorenz curve and diagonal; NaN where nothing is.

    Trapezoids under the weighted Lorenz curve (Lerman & Yitzhaki, Journal of Econometrics 42, 1989).

    Examples
    --------
    >>> import numpy as np
    >>> gini(np.array([1.0, 1.0]), np.array([5.0, 1.0]))
    0.0
    >>> gini(np.array([0.0, 1.0]), np.array([1.0, 1.0]))
    0.5
    """
    people, amount = _lorenz(values, weights)
    if np.isnan(amount[-1]):
        return float("nan")
    under = float(np.sum((amount[1:] + amount[:-1]) * np.diff(people)))
    return max(1.0 - under, 0.0)


def palma(values: Floats, weights: Floats) -> float:
    """Return what the tenth of people with most have, over what the four tenths with least have.

    Palma, Development and Change 42 (2011); the Lorenz curve is straight between its points; inf where these have none.

    Examples
    --------
    >>> import numpy as np
    >>> round(palma(np.ones(10), np.ones(10)), 12)
    0.25
    """
    people, amount = _lorenz(values, weights)
    if np.isnan(amount[-1]):
        return float("nan")
    top, bottom = 1.0 - np.interp(_TOP, people, amount), np.interp(_BOTTOM, people, amount)
    return float(top / bottom) if bottom > 0 else float("inf")


def theil(values: Floats, weights: Floats) -> float:
    """Return the Theil index T, the mean of (x / mean) ln (x / mean); 0: all alike, ln of how many people: one has all.

    Theil, Economics and Information Theory (1967).

    Examples
    --------
    >>> import numpy as np
    >>> round(theil(np.array([0.0, 2.0]), np.array([1.0, 1.0])), 4)  # ln 2
    0.6931
    """
    share = weights / weights.sum()
    mean = float(share @ values)
    if mean <= 0 or np.isnan(mean):
        return float("nan")
    own = values / mean
    return float(share @ (own * np.log(np.where(own > 0, own, 1.0))))


def concentration_index(values: Floats, weights: Floats, *, rank_by: Floats) -> float:
    """Return the concentration index, -1 to 1: above 0 where those of large `rank_by` have more.

    2 cov(x, rank) / mean, with the rank of a person in the middle of those who are alike (Kakwani, Wagstaff & van
    Doorslaer, Journal of Econometrics 77, 1997).

    Examples
    --------
    >>> import numpy as np
    >>> concentration_index(np.array([0.0, 1.0]), np.array([1.0, 1.0]), rank_by=np.array([1.0, 2.0]))
    0.5
    """
    share = weights / weights.sum()
    mean = float(share @ values)
    if mean <= 0 or np.isnan(mean):
        return float("nan")
    _, group = np.unique(rank_by, return_inverse=True)
    of_group = np.bincount(group, weights=share)
    rank = (np.cumsum(of_group) - of_group / 2.0)[group]
    return float(2.0 / mean * (share @ (values * rank)) - 1.0)


def _lorenz(values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return the Lorenz curve: shares of people, and of what they have; NaN at its end where nothing is."""
    order = np.argsort(values, kind="stable")
    people = np.concatenate([[0.0], np.cumsum(weights[order])])
    amount = np.concatenate([[0.0], np.cumsum(values[order] * weights[order])])
    if not (amount[-1] > 0 and people[-1] > 0):
        return people, np.full(len(amount), np.nan)
    return people / people[-1], amount / amount[-1]
