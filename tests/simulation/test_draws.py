"""Chance: keyed by names, uniform, and untouched by what is added."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from territory.simulation import draws


def test_the_hash_is_splitmix64() -> None:
    # The first three numbers of splitmix64 from seed 0, as published with xoshiro (Vigna).
    state = np.array([0, draws.GAMMA, (2 * draws.GAMMA) % 2**64], dtype=np.uint64)
    assert [hex(word) for word in draws.mix(state)] == ["0xe220a8397b1dcdaf", "0x6e789e6aa1b965f4", "0x6c45d188009454f"]


def test_draws_are_uniform_and_independent_of_each_other() -> None:
    run = draws.run_key(1, 0)
    keys = draws.patient_keys(np.full(100_000, draws.name_key("zone", "pathway")), np.arange(100_000))
    first, second = (draws.uniform(run, keys, step, draws.NEXT) for step in (0, 1))
    assert stats.kstest(first, "uniform").pvalue > 0.01
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.01
    assert abs(np.corrcoef(first[1:], first[:-1])[0, 1]) < 0.01


@pytest.mark.parametrize("other", [(2, 0), (1, 1)])
def test_another_seed_or_replication_draws_otherwise(other: tuple[int, int]) -> None:
    keys = draws.patient_keys(np.full(10, draws.name_key("a")), np.arange(10))
    assert not np.any(
        draws.uniform(draws.run_key(1, 0), keys, 0, 0) == draws.uniform(draws.run_key(*other), keys, 0, 0)
    )


def test_a_uniform_number_is_never_zero_or_one() -> None:
    ends = draws.unit(np.array([0, 2**64 - 1], dtype=np.uint64))
    assert 0 < ends[0] < ends[1] < 1


def race_of(weights: dict[str, float], drawers: int = 60_000) -> np.ndarray:
    bits = draws.bits(draws.run_key(1, 0), np.arange(drawers).astype(np.uint64), 0, draws.FACILITY)
    keys = np.array([draws.name_key(name) for name in weights], dtype=np.uint64)
    options = np.array(list(weights.values()))
    start, count = np.zeros(drawers, dtype=np.int64), np.full(drawers, len(weights))
    return np.array(list(weights))[draws.race(bits, start, count, keys, options)]


def test_choices_are_in_proportion() -> None:
    chosen = race_of({"a": 5.0, "b": 3.0, "c": 2.0})
    shares = [(chosen == name).mean() for name in "abc"]
    assert shares == pytest.approx([0.5, 0.3, 0.2], abs=0.01)


def test_a_further_choice_moves_only_those_who_take_it() -> None:
    before, after = race_of({"a": 5.0, "c": 2.0}), race_of({"a": 5.0, "b": 3.0, "c": 2.0})
    assert np.all((after == before) | (after == "b"))
