"""Floating catchments against a plain rewrite, a worked example, and what every such measure must obey."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import nnls
from scipy.sparse import csr_array

from territory.errors import IndicatorError
from territory.indicators import (
    enhanced_two_step,
    gaussian_weights,
    gravity,
    raam,
    step_weights,
    three_step,
    two_step,
)
from territory.indicators.rational_agents import _crowding

Case = tuple[np.ndarray, np.ndarray, np.ndarray]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    origins, sites = draw(st.integers(1, 7)), draw(st.integers(1, 5))
    minutes = draw(st.lists(st.integers(0, 60), min_size=origins * sites, max_size=origins * sites))
    lost = draw(st.lists(st.booleans(), min_size=origins * sites, max_size=origins * sites))
    table = np.where(np.reshape(lost, (origins, sites)), np.inf, np.reshape(minutes, (origins, sites)).astype(float))
    people = draw(st.lists(st.integers(0, 5000), min_size=origins, max_size=origins))
    supply = draw(st.lists(st.integers(0, 40), min_size=sites, max_size=sites))
    return table, np.array(people, dtype=float), np.array(supply, dtype=float)


# The plain rewrite: one loop for each sentence of the papers.


def plain_weight(minutes: float, how: str) -> float:
    if math.isinf(minutes):
        return 0.0
    if how == "binary":
        return 1.0 if minutes <= 30 else 0.0
    if how == "steps":
        return 1.0 if minutes <= 10 else 0.68 if minutes <= 20 else 0.22 if minutes <= 30 else 0.0
    if how == "gravity":
        return max(minutes, 1.0) ** -1.5
    return (math.exp(-0.5 * (minutes / 30) ** 2) - math.exp(-0.5)) / (1 - math.exp(-0.5)) if minutes <= 30 else 0.0


def plain_two_step(case: Case, how: str) -> list[float]:
    minutes, people, supply = case
    ratios = []
    for site in range(len(supply)):
        demand = sum(people[k] * plain_weight(minutes[k, site], how) for k in range(len(people)))
        ratios.append(supply[site] / demand if demand > 0 else 0.0)
    return [
        sum(ratios[site] * plain_weight(minutes[k, site], how) for site in range(len(supply)))
        for k in range(len(people))
    ]


def plain_three_step(case: Case, how: str) -> list[float]:
    minutes, people, supply = case
    weight = [[plain_weight(minutes[k, j], how) for j in range(len(supply))] for k in range(len(people))]
    choice = [[own / sum(row) if sum(row) > 0 else 0.0 for own in row] for row in weight]
    ratios = []
    for j in range(len(supply)):
        demand = sum(choice[k][j] * weight[k][j] * people[k] for k in range(len(people)))
        ratios.append(supply[j] / demand if demand > 0 else 0.0)
    return [sum(choice[k][j] * weight[k][j] * ratios[j] for j in range(len(supply))) for k in range(len(people))]


STEPS = step_weights([10, 20, 30], [1.0, 0.68, 0.22])


@given(cases())
def test_floating_catchments_equal_the_plain_rewrite(case: Case) -> None:
    close = {"rel": 1e-12, "abs": 1e-15}
    assert two_step(*case, threshold_minutes=30) == pytest.approx(plain_two_step(case, "binary"), **close)
    assert enhanced_two_step(*case, weights=STEPS) == pytest.approx(plain_two_step(case, "steps"), **close)
    dai = gaussian_weights(30)
    assert enhanced_two_step(*case, weights=dai) == pytest.approx(plain_two_step(case, "dai"), **close)
    assert gravity(*case, exponent=1.5) == pytest.approx(plain_two_step(case, "gravity"), **close)
    assert three_step(*case, weights=STEPS) == pytest.approx(plain_three_step(case, "steps"), **close)


@given(cases())
def test_sparse_equals_dense(case: Case) -> None:
    minutes, people, supply = case
    row, column = np.nonzero(np.isfinite(minutes))
    sparse = csr_array((minutes[row, column], (row, column)), shape=minutes.shape)
    for measure in (
        lambda table: two_step(table, people, supply, threshold_minutes=30),
        lambda table: three_step(table, people, supply, weights=gaussian_weights(30)),
        lambda table: gravity(table, people, supply, exponent=2),
        lambda table: raam(table, people, supply, tau_minutes=20),
    ):
        assert measure(sparse) == pytest.approx(measure(minutes), rel=1e-9, nan_ok=True)


@given(cases())
def test_all_supply_that_somebody_reaches_is_shared_out(case: Case) -> None:
    minutes, people, supply = case
    reached = (np.where(minutes <= 30, people[:, None], 0) > 0).any(axis=0)
    assert people @ two_step(*case, threshold_minutes=30) == pytest.approx(supply[reached].sum())


def test_a_worked_example() -> None:
    """Two towns and two centres: 1,000 people near both, 500 near the second alone.

    The first centre (4 doctors) has 1,000 people, the second (3) has 1,500: 0.004 and 0.002 a head; the first town
    reaches both, 0.006, the second 0.002. With 0.5 for the way to the second centre: 3 / (500 + 500) = 0.003 and
    0.004 + 0.5 x 0.003 = 0.0055.
    """
    minutes = np.array([[5.0, 20.0], [50.0, 5.0]])
    people, doctors = [1000, 500], [4, 3]
    assert two_step(minutes, people, doctors, threshold_minutes=30) == pytest.approx([0.006, 0.002])
    halved = step_weights([10, 30], [1.0, 0.5])
    assert enhanced_two_step(minutes, people, doctors, weights=halved) == pytest.approx([0.0055, 0.003])


def test_the_example_of_luo_and_wang() -> None:
    """Figure 3 of Luo & Wang (2003): one doctor at a near 8 people, one at b near 4; the fourth tract is near both."""
    near_a, near_b = {1, 2, 3, 4, 6, 7, 9, 10}, {4, 5, 8, 11}
    minutes = [[20.0 if tract in near else 40.0 for near in (near_a, near_b)] for tract in range(1, 12)]
    eighth, quarter, both = 0.125, 0.25, 0.375
    expected = [eighth, eighth, eighth, both, quarter, eighth, eighth, quarter, eighth, eighth, quarter]
    assert two_step(minutes, np.ones(11), [1, 1], threshold_minutes=30) == pytest.approx(expected, rel=1e-12)


def test_the_gaussian_falls_from_one_to_nothing() -> None:
    weights = gaussian_weights(60)(np.array([0.0, 30.0, 60.0, 61.0]))
    assert weights == pytest.approx([1.0, (math.exp(-0.125) - math.exp(-0.5)) / (1 - math.exp(-0.5)), 0.0, 0.0])


def test_people_of_one_town_part_themselves_between_two_centres() -> None:
    """800 people, centres of 1 and 3 doctors, 0 and 10 minutes away, tau 20: crowding of 200 people a doctor is 1.

    x at the first: x / 200 = 0.5 + (800 - x) / 600, so x = 275 and the cost is 1.375 at both.
    """
    assert raam([[0.0, 10.0]], [800], [1, 3], tau_minutes=20) == pytest.approx([1.375])


@given(cases())
def test_some_flow_over_the_cheapest_ways_alone_makes_the_crowding(case: Case) -> None:
    minutes, people, supply = case
    travel = np.where(np.isfinite(minutes), minutes / 20, np.inf)[:, supply > 0]
    come = (people > 0) & np.isfinite(travel).any(axis=1)
    assume(come.any())
    room = supply[supply > 0] * 50
    crowding = _crowding(travel[come], people[come], room)
    cost = travel[come] + crowding
    origin, site = np.nonzero(cost <= cost.min(axis=1, keepdims=True) + 1e-7)
    sums = np.vstack([np.arange(come.sum())[:, None] == origin, np.arange(len(room))[:, None] == site]).astype(float)
    _, missed = nnls(sums, np.concatenate([people[come], crowding * room]))
    assert missed <= 1e-6 * people.sum()


def test_many_places_settle_and_more_supply_costs_nobody_more() -> None:
    chance = np.random.default_rng(1)
    minutes, people = chance.uniform(0, 100, (200, 60)), chance.integers(1, 50_000, 200)
    supply = chance.integers(1, 30, 60)
    cost = raam(minutes, people, supply, tau_minutes=60, people_per_supply=5_000)
    more = raam(minutes, people, supply * np.where(np.arange(60) < 5, 2, 1), tau_minutes=60, people_per_supply=5_000)
    assert (more <= cost + 1e-8).all()
    assert more.mean() < cost.mean()


def test_what_rational_agents_cannot_be_given_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(IndicatorError, match=r"tau_minutes: found 0.*\n.*people_per_supply: found -1"):
        raam([[1.0]], [1.0], [1.0], tau_minutes=0, people_per_supply=-1)
    monkeypatch.setitem(raam.__globals__, "_MOST_STEPS", 0)
    with pytest.raises(IndicatorError, match="no equilibrium in 0 steps"):
        raam([[1.0]], [1.0], [1.0], tau_minutes=60)


@given(cases())
def test_nobody_gains_by_going_elsewhere(case: Case) -> None:
    """At equilibrium the cost is the least of all in reach; a town that is copied to its place changes nothing."""
    minutes, people, supply = case
    cost = raam(*case, tau_minutes=20)
    reached = (np.isfinite(minutes) & (supply > 0)).any(axis=1)
    assert (np.isnan(cost) == ~reached).all()
    halves = raam(np.vstack([minutes, minutes]), np.concatenate([people, people]) / 2, supply, tau_minutes=20)
    assert halves[: len(people)] == pytest.approx(cost, rel=1e-5, abs=1e-6, nan_ok=True)
    assert halves[len(people) :] == pytest.approx(cost, rel=1e-5, abs=1e-6, nan_ok=True)


@pytest.mark.parametrize(
    ("case", "told"),
    [
        (([[1.0]], [1.0, 2.0], [1.0]), "population: found shape"),
        (([[1.0]], [1.0], []), "supply: found shape"),
        (([[-1.0]], [1.0], [1.0]), "minutes: found negative numbers"),
        (([[1.0]], [-1.0], [1.0]), "population: found missing, infinite or negative numbers"),
        (([[1.0]], [1.0], [np.nan]), "supply: found missing, infinite or negative numbers"),
        (([1.0], [1.0], [1.0]), "expected origins x facilities"),
    ],
)
def test_what_contradicts_itself_is_refused(case: tuple, told: str) -> None:
    with pytest.raises(IndicatorError, match=told):
        two_step(*case, threshold_minutes=30)


def test_steps_that_do_not_rise_are_refused() -> None:
    with pytest.raises(IndicatorError, match="expected 2 rising limits above 0"):
        step_weights([20, 10], [1.0, 0.5])
    with pytest.raises(IndicatorError, match="weights of 0 or more"):
        step_weights([10, 20], [1.0, -0.5])
    with pytest.raises(IndicatorError, match="threshold_minutes: found 0; expected minutes above 0"):
        gaussian_weights(0)
