"""Draws and laws, one number at a time: the functions of `draws` and `laws`, compiled."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from territory.simulation import draws, laws
from territory.simulation.compiled import layout as at
from territory.simulation.draws import GAMMA
from territory.simulation.laws import (
    CENTRE,
    CENTRE_DOWN,
    CENTRE_UP,
    DETERMINISTIC,
    EMPIRICAL,
    EXPONENTIAL,
    FAR,
    FAR_DOWN,
    FAR_UP,
    HYPEREXPONENTIAL,
    LOGNORMAL,
    LONGEST_US,
    TAIL_DOWN,
    TAIL_UP,
    UNIFORM,
)

mix = njit(draws.mix, cache=True)
unit = njit(draws.unit, cache=True)
ratio = njit(laws.ratio, cache=True)


@njit(cache=True)
def patient_key(source_key, number):
    return mix(np.uint64(source_key) ^ mix(np.uint64(number)))


@njit(cache=True)
def member_key(batch_key, number):
    if number == 0:
        return batch_key
    return mix(batch_key ^ mix(np.uint64(number) + np.uint64(GAMMA)))


@njit(cache=True)
def bits(run, key, number, purpose):
    word = np.uint64(number) * np.uint64(256) + np.uint64(purpose)
    return mix(mix(np.uint64(key) ^ np.uint64(run)) ^ word)


@njit(cache=True)
def uniform(run, key, number, purpose):
    return unit(bits(run, key, number, purpose))


@njit(cache=True)
def normal(chance):
    middle = chance - 0.5
    if abs(middle) <= CENTRE:
        return middle * ratio(CENTRE_UP, CENTRE_DOWN, CENTRE * CENTRE - middle * middle)
    edge = math.sqrt(-math.log(min(chance, 1.0 - chance)))
    tail = ratio(TAIL_UP, TAIL_DOWN, edge - 1.6) if edge <= FAR else ratio(FAR_UP, FAR_DOWN, edge - FAR)
    return -tail if middle < 0 else tail


@njit(cache=True)
def _gamma(mean, shape, random_bits):
    low = 1.0 if shape < 1.0 else 0.0
    d = shape + low - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    value = 0.0
    chain = random_bits
    while True:
        chain = mix(chain)
        z = normal(unit(chain))
        root = 1.0 + c * z
        chain = mix(chain)
        if root <= 0.0:
            continue
        cube = root * root * root
        if math.log(unit(chain)) < 0.5 * z * z + d - d * cube + d * math.log(cube):
            value = d * cube
            break
    if low > 0.0:
        value *= math.exp(math.log(unit(mix(~random_bits))) / shape)
    return value * (mean / shape)


@njit(cache=True)
def _picked(ints, reals, law, chance):
    row = ints[ints[at.LAW_START] + law]
    last = ints[ints[at.LAW_START] + law + 1] - 1
    while row < last and chance >= reals[ints[at.LAW_CUMULATIVE] + row]:
        row += 1
    return row


@njit(cache=True)
def duration(ints, reals, law, random_bits):
    """Return one duration, whole microseconds."""
    kind = ints[ints[at.LAW_KIND] + law]
    first = reals[ints[at.LAW_FIRST] + law]
    if kind == EXPONENTIAL:
        value = -math.log(unit(random_bits)) * first
    elif kind == DETERMINISTIC:
        value = first
    elif kind == LOGNORMAL:
        cv = reals[ints[at.LAW_SECOND] + law]
        variance = math.log(1.0 + cv * cv)
        value = math.exp(math.sqrt(variance) * normal(unit(random_bits)) - variance / 2.0) * first
    elif kind == UNIFORM:
        value = first + unit(random_bits) * (reals[ints[at.LAW_SECOND] + law] - first)
    elif kind == HYPEREXPONENTIAL:
        value = (
            -math.log(unit(mix(random_bits))) * reals[ints[at.LAW_VALUE] + _picked(ints, reals, law, unit(random_bits))]
        )
    elif kind == EMPIRICAL:
        value = reals[ints[at.LAW_VALUE] + _picked(ints, reals, law, unit(random_bits))]
    else:
        value = _gamma(first, reals[ints[at.LAW_SECOND] + law], random_bits)
    return np.int64(math.floor(min(value, LONGEST_US) + 0.5))
