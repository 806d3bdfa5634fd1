"""What holds in any network: nobody is lost, no server serves two, nobody starts before he asked, more servers help."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulation.queues import exponential, one_queue
from simulation.test_engines_agree import NETWORKS, networks

from territory.simulation import Network, read_network, run_network
from territory.simulation import tally as count
from territory.simulation.arrivals import draw_patients
from territory.simulation.draws import run_key
from territory.simulation.replications import run_replication
from territory.tables.vocabulary import OUTCOMES


def table_of(network: Network) -> Any:
    return run_network(network, replications=1, journeys=True).journeys.table


@settings(max_examples=30, deadline=None)
@given(told=networks())
def test_patients_in_are_finished_inside_or_left(told: dict[str, Any]) -> None:
    network = read_network(told)
    result = run_replication(network, 0, engine="compiled", recording=True)
    total = result.tally.classes.sum(axis=0)
    assert total[: len(OUTCOMES)].sum() == total[count.ASKED] == len(result.records)
    came = len(draw_patients(network, run_key(network.seed, 0)).key)
    table = table_of(network)
    assert table["patient"].nunique() == came
    before_last = table.drop(table.groupby("patient").tail(1).index)
    assert (before_last["outcome"] == "done").all()
    begun = table[table["started_at"].notna()]
    assert (begun["started_at"] >= begun["asked_at"]).all()
    assert (begun["ended_at"].dropna() > begun["started_at"][begun["ended_at"].notna()]).all()


@settings(max_examples=30, deadline=None)
@given(servers=st.integers(1, 5), rate=st.integers(2, 60), seed=st.integers(0, 99))
def test_no_server_serves_two(servers: int, rate: int, seed: int) -> None:
    network = read_network({**one_queue(rate, servers, exponential(10), days=7), "seed": seed, "warm_up_days": 0})
    table = table_of(network)
    begun = table[table["started_at"].notna()]
    moments = np.concatenate((begun["started_at"], begun["ended_at"].dropna()))
    change = np.concatenate((np.ones(len(begun)), -np.ones(begun["ended_at"].notna().sum())))
    order = np.lexsort((change, moments))  # who leaves at a moment goes before who begins
    assert np.cumsum(change[order]).max(initial=0) <= servers


@settings(max_examples=25, deadline=None)
@given(servers=st.integers(1, 4), more=st.integers(1, 3), rate=st.integers(6, 40), seed=st.integers(0, 99))
def test_more_servers_never_lengthen_the_wait_of_anybody(servers: int, more: int, rate: int, seed: int) -> None:
    """First come first served, with the same patients, arrivals and services: Kiefer & Wolfowitz order."""
    tables = [
        table_of(read_network({**one_queue(rate, n, exponential(8), days=7), "seed": seed, "warm_up_days": 0}))
        for n in (servers, servers + more)
    ]
    few, many = (table.sort_values("patient")["started_at"].fillna(99.0).to_numpy() for table in tables)
    assert (many <= few).all()


def test_a_further_station_or_class_moves_no_draw() -> None:
    told = {**NETWORKS["rules of queues"], "warm_up_days": 0}
    wider = {
        **told,
        "classes": {**told["classes"], "new": {"priority": 2}},
        "sources": {**told["sources"], "a new one": {"to": "annex", "patients": "new", "rate_per_hour": 9}},
        "stations": {**told["stations"], "annex": {"servers": 2, "service": exponential(9)}},
    }
    both = [table_of(read_network(network)) for network in (told, wider)]
    kept = [table[table["pathway"] != "new"].drop(columns="patient") for table in both]
    pairs = []
    for table in kept:
        words = table.select_dtypes("category").columns
        plain = table.astype(dict.fromkeys(words, "str"))
        pairs.append(plain.sort_values(plain.columns.tolist(), ignore_index=True))
    assert pairs[0].equals(pairs[1])


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_the_number_of_workers_changes_nothing(engine: str) -> None:
    network = read_network(NETWORKS["rules of queues"])
    results = [run_network(network, replications=4, workers=workers, engine=engine).journeys for workers in (1, 2, 3)]
    for other in results[1:]:
        for name in ("visits", "classes", "episodes", "stations", "hours", "months", "seasons"):
            assert getattr(results[0], name).equals(getattr(other, name))


def test_another_seed_is_another_history() -> None:
    network = read_network(NETWORKS["one queue"])
    first, second = (table_of(replace(network, seed=seed)) for seed in (1, 2))
    assert not first["asked_at"].head(50).equals(second["asked_at"].head(50))
