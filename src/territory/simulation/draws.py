"""Chance: draws keyed by names, so that what is added to a region moves no draw of what was there.

A draw is a function of (seed, replication, patient, step, purpose) and of nothing else: there is no stream that is read
in some order. The function is the finaliser of splitmix64 (Steele, Lea & Flood 2014, *Fast splittable pseudorandom
number generators*, OOPSLA), applied once for each word of the key, on unsigned 64-bit numbers that wrap.
"""

from __future__ import annotations

import math
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# What a draw is for. Purposes of one step must differ; tasks take the numbers from TASK upwards.
ARRIVAL = 0
FACILITY = 1
FALLBACK = 2
NEXT = 3
STAY = 4
RETURN = 5
THIN = 6
BATCH = 7
LATE = 8
DELAY = 9
PATIENCE = 10
JOIN = 11
NO_SHOW = 12
FAIL = 13
PERSIST = 14
TASK = 16
MOST_TASKS = 256 - TASK

GAMMA = 0x9E3779B97F4A7C15
_FIRST = 0xBF58476D1CE4E5B9
_SECOND = 0x94D049BB133111EB


def mix(bits: Keys) -> Keys:
    """Scatter 64-bit numbers: the increment and finaliser of splitmix64, element by element."""
    mixed = bits + np.uint64(GAMMA)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(_FIRST)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(_SECOND)
    return mixed ^ (mixed >> np.uint64(31))


def name_key(*words: str) -> np.uint64:
    """Return the 64-bit key of a name made of words, the same on every machine.

    Examples
    --------
    >>> name_key("zone 1", "births")
    np.uint64(14431164245564450960)
    """
    digest = blake2b("|".join(words).encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


def run_key(seed: int, replication: int) -> np.uint64:
    """Return the key of one replication under one seed."""
    return name_key("run", str(seed), str(replication))


def patient_keys(stream_keys: Keys, numbers: Ints) -> Keys:
    """Return the keys of the patients `numbers` (0, 1, ...) of their streams."""
    return mix(stream_keys ^ mix(numbers.astype(np.uint64)))


def member_keys(batch_keys: Keys, numbers: Ints) -> Keys:
    """Return the keys of the members `numbers` of batches; member 0 has the key of its batch."""
    return np.where(numbers == 0, batch_keys, mix(batch_keys ^ mix(numbers.astype(np.uint64) + np.uint64(GAMMA))))


def bits(run: np.uint64, keys: Keys, step: int | Ints, purpose: int | Ints) -> Keys:
    """Return 64 random bits for each patient key, at a step and for a purpose."""
    word = np.asarray(step, dtype=np.uint64) * np.uint64(256) + np.asarray(purpose, dtype=np.uint64)
    return mix(mix(keys ^ run) ^ word)


def unit(random_bits: Keys) -> Floats:
    """Turn bits into uniform numbers strictly between 0 and 1 (52 bits, so that neither end is ever met)."""
    return (random_bits >> np.uint64(12)) * 2.0**-52 + 2.0**-53  # type: ignore[return-value]


def uniform(run: np.uint64, keys: Keys, step: int | Ints, purpose: int | Ints) -> Floats:
    """Return one uniform number for each patient key, at a step and for a purpose."""
    return unit(bits(run, keys, step, purpose))


def race(random_bits: Keys, start: Ints, count: Ints, option_keys: Keys, option_weights: Floats) -> Ints:
    """Choose one option for each drawer, with probability in proportion to the weights.

    Each option runs an exponential race with its own draw and its weight as rate; the first one home is chosen
    (Efraimidis & Spirakis 2006, *Weighted random sampling with a reservoir*, Information Processing Letters 97). An
    option that is added takes its drawers from the others and leaves the rest of the choices as they were, which a
    cumulative sum would not.

    Parameters
    ----------
    random_bits
        Bits of each drawer, shape (drawers,).
    start, count
        First option of each drawer in the option arrays and how many it has (at least one), shape (drawers,).
    option_keys, option_weights
        Key and weight (greater than zero) of every option.

    Returns
    -------
    numpy.ndarray
        Position of the chosen option in the option arrays, shape (drawers,).
    """
    if len(start) == 0:
        return np.zeros(0, dtype=np.int64)
    ends = np.cumsum(count)
    drawer = np.repeat(np.arange(len(start)), count)
    option = np.arange(ends[-1]) - np.repeat(ends - count, count) + np.repeat(start, count)
    chances = unit(mix(random_bits[drawer] ^ option_keys[option]))
    logarithms = np.fromiter(map(math.log, chances.tolist()), np.float64, len(chances))  # of the C library, see `laws`
    times = -logarithms / option_weights[option]
    first = np.minimum.reduceat(times, ends - count)
    home = np.flatnonzero(times == first[drawer])[::-1]  # backwards: of two that tie, the earlier option stays written
    chosen = np.empty(len(start), dtype=np.int64)
    chosen[drawer[home]] = option[home]
    return chosen
