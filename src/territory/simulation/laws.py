"""Laws of durations: exponential, deterministic, uniform, lognormal, gamma (Erlang), hyperexponential, empirical.

A duration is drawn from 64 keyed bits and from nothing else. What is written here element by element runs on numpy
arrays and, compiled, on single numbers; both use the logarithm and the exponential of the machine's C library, so that
they agree to the last bit. (numpy's own logarithm does not: it differs with the processor.)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from territory.simulation import draws
from territory.simulation.draws import Floats, Ints, Keys

EXPONENTIAL = 0
DETERMINISTIC = 1
UNIFORM = 2
LOGNORMAL = 3
GAMMA = 4
HYPEREXPONENTIAL = 5
EMPIRICAL = 6

NO_LAW = -1
LONGEST_US = float(1 << 56)  # longer than two thousand years: nothing that is added to it overflows

# Rational approximations of the quantile of the normal law, accurate to about one part in 10^16: algorithm AS 241
# (Wichura 1988, *The percentage points of the normal distribution*, Applied Statistics 37(3)).
CENTRE_UP = (
    2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
    1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0,
)  # fmt: skip
CENTRE_DOWN = (
    5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
    5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0,
)  # fmt: skip
TAIL_UP = (
    7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258e0,
    3.64784832476320460504e0, 5.76949722146069140550e0, 4.63033784615654529590e0, 1.42343711074968357734e0,
)  # fmt: skip
TAIL_DOWN = (
    1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
    6.89767334985100004550e-1, 1.67638483018380384940e0, 2.05319162663775882187e0, 1.0,
)  # fmt: skip
FAR_UP = (
    2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
    2.96560571828504891230e-1, 1.78482653991729133580e0, 5.46378491116411436990e0, 6.65790464350110377720e0,
)  # fmt: skip
FAR_DOWN = (
    2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
    1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0,
)  # fmt: skip
CENTRE = 0.425
FAR = 5.0


@dataclass(frozen=True, eq=False)
class Laws:
    """All laws of a network, one row each; times in microseconds.

    Parameters
    ----------
    kind
        One of the constants above.
    first, second
        Exponential and deterministic: the mean. Uniform: the ends. Lognormal: mean and coefficient of variation. Gamma:
        mean and shape. The two with a table: nothing.
    start
        First row of each law in the table below, shape (laws + 1,).
    value, cumulative
        Means of the phases or values, and their cumulative probabilities.
    """

    kind: Ints
    first: Floats
    second: Floats
    start: Ints
    value: Floats
    cumulative: Floats


@dataclass
class LawBook:
    """Laws collected while a network is built; equal laws are kept once."""

    _numbers: dict[tuple[Any, ...], int] = field(default_factory=dict)

    def add(
        self,
        kind: int,
        first: float = 0.0,
        second: float = 0.0,
        values: Sequence[float] = (),
        weights: Sequence[float] = (),
    ) -> int:
        """Return the number of a law; `weights` (any positive numbers) belong to `values`, which have a table's law."""
        law = (kind, float(first), float(second), tuple(values), tuple(weights))
        return self._numbers.setdefault(law, len(self._numbers))

    def finished(self) -> Laws:
        """Return all laws as arrays."""
        rows = list(self._numbers)
        parts = [np.cumsum(weights) / np.sum(weights) for *_, weights in rows if weights]
        counts = [len(values) for *_, values, _ in rows]
        return Laws(
            kind=np.array([row[0] for row in rows], dtype=np.int64),
            first=np.array([row[1] for row in rows], dtype=np.float64),
            second=np.array([row[2] for row in rows], dtype=np.float64),
            start=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
            value=np.array([value for row in rows for value in row[3]], dtype=np.float64),
            cumulative=np.concatenate(parts) if parts else np.zeros(0),
        )


def each(function: Callable[[float], float], values: Floats) -> Floats:
    """Return a function of the C library of every value, as a compiled engine would get it."""
    return np.fromiter(map(function, values.tolist()), np.float64, len(values))


def ratio(up: Sequence[float], down: Sequence[float], at: Any) -> Any:
    """Return the quotient of two polynomials of degree seven, element by element."""
    above = ((((((up[0] * at + up[1]) * at + up[2]) * at + up[3]) * at + up[4]) * at + up[5]) * at + up[6]) * at + up[7]
    below = (
        (((((down[0] * at + down[1]) * at + down[2]) * at + down[3]) * at + down[4]) * at + down[5]) * at + down[6]
    ) * at + down[7]
    return above / below


def normal(chance: Floats) -> Floats:
    """Return the quantiles of the standard normal law."""
    middle = chance - 0.5
    quantile: Floats = middle * ratio(CENTRE_UP, CENTRE_DOWN, CENTRE * CENTRE - middle * middle)
    outer = np.flatnonzero(np.abs(middle) > CENTRE)
    if len(outer):
        edge = np.sqrt(-each(math.log, np.minimum(chance[outer], 1.0 - chance[outer])))
        tail = np.where(edge <= FAR, ratio(TAIL_UP, TAIL_DOWN, edge - 1.6), ratio(FAR_UP, FAR_DOWN, edge - FAR))
        quantile[outer] = np.where(middle[outer] < 0, -tail, tail)
    return quantile


def durations(laws: Laws, law: Ints, random_bits: Keys) -> Ints:
    """Return one duration for each law number and its bits, whole microseconds."""
    found = np.zeros(len(law), dtype=np.float64)
    kinds = laws.kind[law]
    for kind in np.unique(kinds):
        rows = np.flatnonzero(kinds == kind)
        found[rows] = _SAMPLERS[kind](laws, law[rows], random_bits[rows])
    return np.floor(np.minimum(found, LONGEST_US) + 0.5).astype(np.int64)


def _exponential(laws: Laws, law: Ints, random_bits: Keys) -> Floats:
    return -each(math.log, draws.unit(random_bits)) * laws.first[law]


def _deterministic(laws: Laws, law: Ints, _: Keys) -> Floats:
    return laws.first[law]


def _uniform(laws: Laws, law: Ints, random_bits: Keys) -> Floats:
    return laws.first[law] + draws.unit(random_bits) * (laws.second[law] - laws.first[law])


def _lognormal(laws: Laws, law: Ints, random_bits: Keys) -> Floats:
    """Return ``exp(s z - s^2 / 2)`` times the mean, with ``s^2 = log(1 + cv^2)`` and a normal ``z``."""
    variance = each(math.log, 1.0 + laws.second * laws.second)[law]
    spread = np.sqrt(variance)
    return each(math.exp, spread * normal(draws.unit(random_bits)) - variance / 2.0) * laws.first[law]


def _gamma(laws: Laws, law: Ints, random_bits: Keys) -> Floats:
    """Squeeze a normal (Marsaglia & Tsang 2000, *A simple method for generating gamma variables*, ACM TOMS 26(3)).

    Shapes below 1 are drawn one higher and multiplied by a power of another uniform number, as in the paper.
    """
    shape = laws.second[law]
    low = np.where(shape < 1.0, 1.0, 0.0)
    d = shape + low - 1.0 / 3.0
    c = 1.0 / np.sqrt(9.0 * d)
    value = np.zeros(len(law))
    open_rows = np.arange(len(law))
    bits = random_bits
    while len(open_rows):
        bits = draws.mix(bits)
        z = normal(draws.unit(bits))
        root = 1.0 + c[open_rows] * z
        cube = root * root * root
        positive = np.where(root > 0.0, cube, 1.0)
        bits = draws.mix(bits)
        chance = each(math.log, draws.unit(bits))
        own = d[open_rows]
        bound = 0.5 * z * z + own - own * positive + own * each(math.log, positive)
        good = (root > 0.0) & (chance < bound)
        value[open_rows[good]] = (own * positive)[good]
        open_rows, bits = open_rows[~good], bits[~good]
    small = np.flatnonzero(low > 0.0)
    if len(small):
        power = each(math.log, draws.unit(draws.mix(~random_bits[small]))) / shape[small]
        value[small] *= each(math.exp, power)
    return value * (laws.first[law] / shape)


def _hyperexponential(laws: Laws, law: Ints, random_bits: Keys) -> Floats:
    length = -each(math.log, draws.unit(draws.mix(random_bits)))
    return length * laws.value[_picked(laws, law, random_bits)]


def _empirical(laws: Laws, law: Ints, random_bits: Keys) -> Floats:
    return laws.value[_picked(laws, law, random_bits)]


def _picked(laws: Laws, law: Ints, random_bits: Keys) -> Ints:
    """Return the row of the table that each draw meets."""
    chance = draws.unit(random_bits)
    row = laws.start[law].copy()
    last = laws.start[law + 1] - 1
    going = np.arange(len(law))
    while len(going):
        going = going[(chance[going] >= laws.cumulative[row[going]]) & (row[going] < last[going])]
        row[going] += 1
    return row


_SAMPLERS = {
    EXPONENTIAL: _exponential,
    DETERMINISTIC: _deterministic,
    UNIFORM: _uniform,
    LOGNORMAL: _lognormal,
    GAMMA: _gamma,
    HYPEREXPONENTIAL: _hyperexponential,
    EMPIRICAL: _empirical,
}


def means_us(laws: Laws) -> Floats:
    """Return the mean of every law."""
    middle = np.where(laws.kind == UNIFORM, (laws.first + laws.second) / 2.0, laws.first)
    for law in np.flatnonzero(np.diff(laws.start)):
        part = slice(laws.start[law], laws.start[law + 1])
        middle[law] = float((laws.value[part] * np.diff(laws.cumulative[part], prepend=0.0)).sum())
    return middle
