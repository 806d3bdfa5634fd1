"""Measures of inequality against closed forms, and what they must obey."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory.indicators import concentration_index, gini, palma, theil

MANY = (np.arange(200_000) + 0.5) / 200_000
spreads = st.lists(st.tuples(st.floats(0.01, 100), st.integers(1, 20)), min_size=2, max_size=12)


def test_closed_forms_of_known_laws() -> None:
    ones = np.ones_like(MANY)
    exponential, pareto = -np.log1p(-MANY), (1 - MANY) ** (-1 / 3.0)  # Pareto of shape 3
    assert gini(MANY, ones) == pytest.approx(1 / 3, abs=1e-6)  # uniform
    assert gini(exponential, ones) == pytest.approx(1 / 2, abs=1e-4)
    assert gini(pareto, ones) == pytest.approx(1 / (2 * 3 - 1), abs=1e-3)
    assert theil(exponential, ones) == pytest.approx(1 - np.euler_gamma, abs=1e-3)
    assert theil(pareto, ones) == pytest.approx(np.log(2 / 3) + 1 / 2, abs=1e-3)  # ln((a-1)/a) + 1/(a-1)
    assert palma(MANY, ones) == pytest.approx((1 - 0.9**2) / 0.4**2, abs=1e-4)  # Lorenz curve p squared


def test_closed_forms_of_two_groups() -> None:
    """A share p of people holds a share q: Gini q - p, Theil q ln(q/p) + (1-q) ln((1-q)/(1-p))."""
    p, q = 0.2, 0.6
    values, people = np.array([q / p, (1 - q) / (1 - p)]), np.array([p, 1 - p])
    assert gini(values, people) == pytest.approx(q - p, abs=1e-12)
    assert theil(values, people) == pytest.approx(q * np.log(q / p) + (1 - q) * np.log((1 - q) / (1 - p)), abs=1e-12)
    assert palma(values, people) == pytest.approx((q / 2) / (0.4 * (1 - q) / (1 - p)), abs=1e-12)


@given(spreads, st.floats(0.1, 50))
def test_unit_and_size_of_groups_change_nothing(rows: list[tuple[float, int]], factor: float) -> None:
    values, people = np.array([row[0] for row in rows]), np.array([row[1] for row in rows], dtype=float)
    apart = np.repeat(values, people.astype(int))
    for measure in (gini, theil, palma):
        expected = measure(values, people)
        assert measure(values * factor, people) == pytest.approx(expected, rel=1e-7, abs=1e-9)
        assert measure(values, people * factor) == pytest.approx(expected, rel=1e-7, abs=1e-9)
        assert measure(apart, np.ones(len(apart))) == pytest.approx(expected, rel=1e-7, abs=1e-9)


@given(spreads)
def test_a_gift_from_rich_to_poor_makes_it_more_even(rows: list[tuple[float, int]]) -> None:
    values, people = np.array([row[0] for row in rows]), np.array([row[1] for row in rows], dtype=float)
    rich, poor = int(np.argmax(values)), int(np.argmin(values))
    gift = (values[rich] - values[poor]) / 4
    after = values.copy()
    after[rich] -= gift * min(people) / people[rich]
    after[poor] += gift * min(people) / people[poor]
    for measure in (gini, theil):
        assert measure(after, people) <= measure(values, people) + 1e-9


@given(spreads)
def test_ranked_by_itself_concentration_is_gini(rows: list[tuple[float, int]]) -> None:
    values, people = np.array([row[0] for row in rows]), np.array([row[1] for row in rows], dtype=float)
    expected = gini(values, people)
    assert concentration_index(values, people, rank_by=values) == pytest.approx(expected, abs=1e-9)
    assert concentration_index(values, people, rank_by=-values) == pytest.approx(-expected, abs=1e-9)
    assert concentration_index(values, people, rank_by=np.ones(len(values))) == pytest.approx(0, abs=1e-9)


def test_of_nothing_nothing_is_told() -> None:
    nothing, people = np.zeros(3), np.ones(3)
    assert np.isnan([gini(nothing, people), palma(nothing, people), theil(nothing, people)]).all()
    assert np.isnan(concentration_index(nothing, people, rank_by=people))
    assert palma(np.array([0.0, 0.0, 1.0]), people) == np.inf
