"""Siting against brute force, and against the textbook programmes by another modeller, ties and duplicates included."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from territory.errors import SitingError
from territory.siting import (
    Siting,
    backup_cover,
    fixed_charge,
    max_cover,
    nested_median,
    p_centre,
    p_median,
    set_cover,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """A random case: whole minutes with ties, sites that repeat, pairs out of reach."""

    minutes: Floats
    weights: Floats
    p: int
    fixed: tuple[int, ...]
    forbidden: tuple[int, ...]
    opening: Floats
    capacities: Floats

    @property
    def sets(self) -> list[tuple[int, ...]]:
        """Every set of p sites that is allowed."""
        sites = range(self.minutes.shape[1])
        return [
            chosen
            for chosen in itertools.combinations(sites, self.p)
            if set(self.fixed) <= set(chosen) and not set(self.forbidden) & set(chosen)
        ]


def case(seed: int, *, most: int = 8) -> Case:
    chance = np.random.default_rng(seed)
    clients, sites = chance.integers(2, 2 * most), chance.integers(2, most)
    minutes = chance.integers(0, 12, (clients, sites)).astype(float)
    if seed % 3 == 0:
        minutes = chance.uniform(1, 50, (clients, sites))
    minutes[:, -1] = minutes[:, 0]  # a duplicate
    minutes[-1] = minutes[0]
    if seed % 4 == 0:
        minutes[chance.random(minutes.shape) < 0.25] = np.inf
    weights = chance.integers(0, 9, clients).astype(float)
    p = int(chance.integers(1, sites))
    order = chance.permutation(sites)
    fixed = tuple(order[: chance.integers(0, p + 1)].tolist()) if seed % 2 else ()
    forbidden = tuple(order[p + 1 :][:1].tolist()) if seed % 5 == 0 else ()
    opening = chance.integers(0, 40, sites).astype(float)
    capacities = chance.integers(1, 2 + int(1.6 * weights.sum() / p), sites).astype(float)
    return Case(minutes, weights, p, fixed, forbidden, opening, capacities)


def travel(own: Case, chosen: tuple[int, ...]) -> float:
    least = own.minutes[:, list(chosen)].min(axis=1) if chosen else np.full(len(own.minutes), np.inf)
    return np.inf if np.isinf(least).any() else float(own.weights @ least)


def best(values: list[float], *, most: bool = False) -> float:
    return (max if most else min)(values, default=-np.inf if most else np.inf)


def check(found: Siting, own: Case, expected: float, *, count: int | None = None) -> None:
    assert found.objective == pytest.approx(expected, abs=1e-7)
    assert found.is_optimal
    assert not found.stopped
    assert found.bound == pytest.approx(found.objective, abs=1e-6)
    assert set(own.fixed) <= set(found.open.tolist())
    assert not set(own.forbidden) & set(found.open.tolist())
    assert count is None or len(found.open) == count
    used = np.unique(found.assignment.tocoo().coords[1])
    assert set(used.tolist()) <= set(found.open.tolist())


def attempt(solve: Any) -> Siting | None:
    try:
        return solve()
    except SitingError:
        return None


@pytest.mark.parametrize("seed", range(120))
def test_medians_and_centres_are_those_of_brute_force(seed: int) -> None:
    own = case(seed)
    rules = {"p": own.p, "fixed": own.fixed, "forbidden": own.forbidden}
    expected = best([travel(own, chosen) for chosen in own.sets])
    found = attempt(lambda: p_median(own.minutes, own.weights, **rules))
    if np.isinf(expected):
        assert found is None
    else:
        assert found is not None
        check(found, own, expected, count=own.p)
    expected = best([own.minutes[:, chosen].min(axis=1).max() for chosen in own.sets])
    found = attempt(lambda: p_centre(own.minutes, **rules))
    if np.isinf(expected):
        assert found is None
    else:
        assert found is not None
        check(found, own, expected, count=own.p)


@pytest.mark.parametrize("seed", range(80))
def test_covers_are_those_of_brute_force(seed: int) -> None:
    own = case(seed)
    rules = {"p": own.p, "fixed": own.fixed, "forbidden": own.forbidden}
    reach = float(np.quantile(own.minutes[np.isfinite(own.minutes)], 0.3))
    near = own.minutes <= reach
    expected = best([own.weights @ near[:, chosen].any(axis=1) for chosen in own.sets], most=True)
    check(max_cover(own.minutes, own.weights, reach_minutes=reach, **rules), own, expected, count=own.p)
    complete = [chosen for chosen in own.sets if near[:, chosen].any(axis=1).all()]
    found = attempt(lambda: backup_cover(own.minutes, own.weights, reach_minutes=reach, **rules))
    if complete:
        assert found is not None
        twice = best([own.weights @ (near[:, chosen].sum(axis=1) > 1) for chosen in complete], most=True)
        check(found, own, twice, count=own.p)
    else:
        assert found is None
    for times in (1, 2):
        sets = [chosen for chosen in every_set(own) if (near[:, list(chosen)].sum(axis=1) >= times).all()]
        fewest = best([own.opening[list(chosen)].sum() for chosen in sets])
        found = attempt(
            lambda times=times: set_cover(
                own.minutes,
                reach_minutes=reach,
                opening=own.opening,
                times=times,
                fixed=own.fixed,
                forbidden=own.forbidden,
            )
        )
        if np.isinf(fewest):
            assert found is None
        else:
            assert found is not None
            check(found, own, fewest)


def every_set(own: Case) -> list[tuple[int, ...]]:
    free = [site for site in range(own.minutes.shape[1]) if site not in own.forbidden and site not in own.fixed]
    return [
        tuple(sorted({*own.fixed, *more}))
        for size in range(len(free) + 1)
        for more in itertools.combinations(free, size)
    ]


@pytest.mark.parametrize("seed", range(80))
def test_fixed_charge_location_is_that_of_brute_force(seed: int) -> None:
    own = case(seed)
    expected = best([travel(own, chosen) + own.opening[list(chosen)].sum() for chosen in every_set(own) if chosen])
    found = attempt(
        lambda: fixed_charge(own.minutes, own.weights, opening=own.opening, fixed=own.fixed, forbidden=own.forbidden)
    )
    if np.isinf(expected):
        assert found is None
    else:
        assert found is not None
        check(found, own, expected)


def textbook(own: Case, *, count: int | None, opening: Floats, single: bool) -> float:
    """Return the optimum of the programme with a share for each pair, as textbooks have it."""
    clients, sites = own.minutes.shape
    pairs = np.argwhere(np.isfinite(own.minutes))
    columns = sites + len(pairs)
    rows, low, high = [], [], []

    def add(entries: dict[int, float], least: float, most: float) -> None:
        row = np.zeros(columns)
        for place, value in entries.items():
            row[place] = value
        rows.append(row)
        low.append(least)
        high.append(most)

    of = {(int(i), int(j)): sites + k for k, (i, j) in enumerate(pairs)}
    for i in range(clients):
        add({of[i, j]: 1.0 for j in range(sites) if (i, j) in of}, 1, 1)
    for (_, j), place in of.items():
        add({place: -1.0, j: 1.0}, 0, np.inf)
    for j in range(sites):
        add({j: own.capacities[j], **{of[i, j]: -own.weights[i] for i in range(clients) if (i, j) in of}}, 0, np.inf)
    if count is not None:
        add(dict.fromkeys(range(sites), 1.0), count, count)
    lower = np.isin(np.arange(columns), own.fixed).astype(float)
    upper = 1.0 - np.isin(np.arange(columns), own.forbidden)
    costs = np.concatenate([opening, [own.weights[i] * own.minutes[i, j] for i, j in pairs]])
    whole = np.concatenate([np.ones(sites), np.full(len(pairs), float(single))])
    done = milp(
        costs,
        constraints=LinearConstraint(np.array(rows), np.array(low), np.array(high)),
        bounds=Bounds(lower, upper),
        integrality=whole,
        options={"mip_rel_gap": 0.0},
    )
    return float(done.fun) if done.success else np.inf


@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("seed", range(60))
def test_capacities_are_those_of_the_textbook_programme(seed: int, single: bool) -> None:
    own = case(seed)
    rules = {"capacities": own.capacities, "single_source": single, "fixed": own.fixed, "forbidden": own.forbidden}
    for count, solve in (
        (own.p, lambda: p_median(own.minutes, own.weights, p=own.p, **rules)),
        (None, lambda: fixed_charge(own.minutes, own.weights, opening=own.opening, **rules)),
    ):
        opening = own.opening if count is None else np.zeros(len(own.opening))
        expected = textbook(own, count=count, opening=opening, single=single)
        found = attempt(solve)
        if np.isinf(expected):
            assert found is None
            continue
        assert found is not None
        check(found, own, expected, count=count)
        taken = found.assignment.T @ own.weights
        assert (taken <= own.capacities + 1e-6).all()
        assert found.assignment.sum(axis=1) == pytest.approx(np.ones(len(own.weights)))
        if single:
            assert set(found.assignment.data.tolist()) <= {1.0}


@pytest.mark.parametrize("seed", range(40))
def test_nested_sites_are_those_of_brute_force(seed: int) -> None:
    own = case(seed, most=6)
    sites = own.minutes.shape[1]
    chance = np.random.default_rng(seed)
    weights = chance.integers(0, 9, (2, len(own.minutes))).astype(float)
    few = int(chance.integers(1, own.p + 1))
    costs = []
    for wide in itertools.combinations(range(sites), own.p):
        for high in itertools.combinations(wide, few):
            least = [own.minutes[:, list(each)].min(axis=1) for each in (wide, high)]
            if not np.isinf(least).any():
                costs.append(float((weights * least).sum()))
    try:
        found = nested_median(own.minutes, weights, p=(own.p, few))
    except SitingError:
        assert not costs
        return
    assert found.objective == pytest.approx(min(costs), abs=1e-7)
    assert found.bound == pytest.approx(found.objective, abs=1e-6)
    assert set(found.levels[1].open.tolist()) <= set(found.levels[0].open.tolist())
    assert [len(level.open) for level in found.levels] == [own.p, few]


def test_a_sparse_matrix_says_who_is_in_reach() -> None:
    own = case(8)
    row, column = np.nonzero(np.isfinite(own.minutes))
    sparse = csr_array((own.minutes[row, column], (row, column)), shape=own.minutes.shape)
    dense, other = (p_median(table, own.weights, p=own.p) for table in (own.minutes, sparse))
    assert dense.open.tolist() == other.open.tolist()
    assert dense.objective == other.objective


@pytest.mark.parametrize("seed", range(100))
def test_larger_medians_are_those_of_the_textbook_programme(seed: int) -> None:
    own = case(seed, most=20)
    own = replace(own, capacities=np.full(len(own.opening), own.weights.sum()))
    for count, solve in (
        (own.p, lambda: p_median(own.minutes, own.weights, p=own.p, fixed=own.fixed, forbidden=own.forbidden)),
        (
            None,
            lambda: fixed_charge(
                own.minutes, own.weights, opening=own.opening, fixed=own.fixed, forbidden=own.forbidden
            ),
        ),
    ):
        opening = own.opening if count is None else np.zeros(len(own.opening))
        expected = textbook(own, count=count, opening=opening, single=False)
        found = attempt(solve)
        if np.isinf(expected):
            assert found is None
        else:
            assert found is not None
            check(found, own, expected, count=count)


def network(nodes: int, seed: int) -> Floats:
    """Return shortest ways over a random network of the shape of OR-Library's pmed: n*n/50 links of 1 to 100."""
    chance = np.random.default_rng(seed)
    order = chance.permutation(nodes)
    links = {(min(pair), max(pair)): chance.integers(1, 101) for pair in itertools.pairwise(order.tolist())}
    while len(links) < nodes * nodes // 50:
        one, other = sorted(chance.integers(0, nodes, 2).tolist())
        if one != other:
            links[one, other] = chance.integers(1, 101)
    ends = np.array(list(links))
    lengths = csr_array((np.array(list(links.values()), dtype=float), tuple(ends.T)), shape=(nodes, nodes))
    return np.asarray(dijkstra(lengths, directed=False))


@pytest.mark.slow
@pytest.mark.parametrize(("nodes", "p"), [(100, 5), (100, 33), (200, 10), (200, 67), (300, 30), (400, 40), (400, 133)])
def test_medians_and_centres_of_networks_are_proven(nodes: int, p: int) -> None:
    minutes = network(nodes, seed=nodes + p)
    found = p_median(minutes, p=p, time_limit_s=120)
    assert found.is_optimal
    assert found.objective == minutes[:, found.open].min(axis=1).sum()
    centre = p_centre(minutes, p=p, time_limit_s=120)
    assert centre.is_optimal
    assert centre.objective == minutes[:, centre.open].min(axis=1).max()


@pytest.mark.slow
def test_a_median_of_nine_hundred_nodes_is_within_one_percent() -> None:
    assert p_median(network(900, seed=40), p=90, time_limit_s=300).gap < 0.01


@pytest.mark.slow
@pytest.mark.parametrize("single", [False, True])
def test_fifty_by_fifty_with_capacities_is_exact(single: bool) -> None:
    chance = np.random.default_rng(50)
    one, other = chance.uniform(0, 100, (50, 2)), chance.uniform(0, 100, (50, 2))
    minutes = np.hypot(*(one[:, None, :] - other[None, :, :]).transpose(2, 0, 1))
    weights = chance.integers(1, 60, 50).astype(float)
    capacities, opening = chance.integers(150, 400, 50).astype(float), chance.integers(500, 4000, 50).astype(float)
    rules = {"capacities": capacities, "single_source": single, "time_limit_s": 300}
    assert fixed_charge(minutes, weights, opening=opening, **rules).is_optimal
    assert p_median(minutes, weights, p=8, **rules).is_optimal


def test_a_search_that_is_stopped_says_so() -> None:
    found = p_median(network(200, seed=205), p=5, time_limit_s=0.05)
    assert found.bound <= found.objective
    assert found.stopped != found.is_optimal
