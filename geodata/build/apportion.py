"""Share totals out: whole units by largest remainder, and tables with given margins."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

FITTING_ROUNDS = 2000
FITTING_TOLERANCE = 1e-10


def largest_remainder(weights: npt.ArrayLike, total: int) -> npt.NDArray[np.int64]:
    """Share a whole number in proportion to weights.

    Parameters
    ----------
    weights : array_like, shape (n,)
        Not negative, not all zero.
    total : int
        Units to share.

    Returns
    -------
    ndarray of int, shape (n,)
        Sums to `total`; of equal remainders the first row comes first, so the answer is always the same.
    """
    parts = np.asarray(weights, dtype=np.float64)
    exact = parts / parts.sum() * total
    # Without this rounding, noise in the last binary digit would decide between equal remainders.
    exact = np.round(exact, 9)
    floors: npt.NDArray[np.int64] = np.floor(exact).astype(np.int64)
    missing = total - int(floors.sum())
    order = np.argsort(-(exact - floors), kind="stable")
    floors[order[:missing]] += 1
    return floors


def fit_margins(prior: FloatArray, row_totals: FloatArray, column_totals: FloatArray) -> FloatArray:
    """Fit a table to its margins, keeping the pattern of the prior (iterative proportional fitting).

    Parameters
    ----------
    prior : ndarray, shape (rows, columns)
        Not negative; a zero stays a zero.
    row_totals : ndarray, shape (rows,)
    column_totals : ndarray, shape (columns,)
        The two sums must agree.

    Returns
    -------
    ndarray, shape (rows, columns)
        Column sums are exact; row sums as near as the zeros of the prior allow.
    """
    table = prior.astype(np.float64).copy()
    for _ in range(FITTING_ROUNDS):
        sums = table.sum(axis=1)
        table *= np.divide(row_totals, sums, out=np.zeros_like(sums), where=sums > 0)[:, None]
        sums = table.sum(axis=0)
        table *= np.divide(column_totals, sums, out=np.zeros_like(sums), where=sums > 0)[None, :]
        if np.allclose(table.sum(axis=1), row_totals, rtol=FITTING_TOLERANCE, atol=FITTING_TOLERANCE):
            break
    return table
