"""Demand is population x rates x the expected steps of the pathway's Markov chain."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from territory.care import Care, Figure, Name, Pathway, Step
from territory.care.catalogue import Next, Rate
from territory.demand import estimate_demand, expected_steps
from territory.errors import ScenarioError
from territory.scenario import DemandOptions
from territory.tables import Region


def figure(value: float) -> Figure:
    return Figure(value=value, source="test", quality="official")


def pathway(steps: dict[str, dict[str, float]]) -> Pathway:
    return Pathway(
        id="p",
        name=Name(fr="p", en="p", ar="p"),
        rates=(Rate(area="all", age="all", per_person_per_year=figure(1)),),
        steps=tuple(
            Step(id=step, activity="act", next=tuple(Next(step=to, probability=figure(p)) for to, p in onward.items()))
            for step, onward in steps.items()
        ),
    )


def test_a_chain_solved_by_hand() -> None:
    # seen once; 0.2 referred; a referred patient comes back with 0.25: 0.2 / (1 - 0.25)
    times = expected_steps(pathway({"seen": {"referred": 0.2}, "referred": {"referred": 0.25}}))
    assert times == pytest.approx([1.0, 0.2 / 0.75])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.05, 0.1, 0.2, 0.3]), min_size=9, max_size=9), st.integers(0, 2**32 - 1))
def test_a_chain_against_random_walks(chances: list[float], seed: int) -> None:
    names = ["a", "b", "c"]
    table = {name: dict(zip(names, chances[3 * row : 3 * row + 3], strict=True)) for row, name in enumerate(names)}
    expected = expected_steps(pathway(table))
    generator = np.random.default_rng(seed)
    counts = np.zeros((4000, 3))
    for walk in counts:
        place = 0
        while place is not None:
            walk[place] += 1
            steps = np.cumsum(list(table[names[place]].values()))
            drawn = generator.random()
            place = int(np.searchsorted(steps, drawn, side="right")) if drawn < steps[-1] else None
    error = counts.std(axis=0, ddof=1) / np.sqrt(len(counts))
    assert (np.abs(counts.mean(axis=0) - expected) <= 5 * error + 1e-9).all()


def test_every_person_has_one_age_and_one_area(pilot: Region, care: Care) -> None:
    demand = estimate_demand(pilot, care, DemandOptions())
    for path in care.pathways:
        ages = {rate.age for rate in path.rates}
        if ages == {"all"} and {rate.area for rate in path.rates} == {"urban", "rural"}:
            urban = pilot.zones["urban_persons"].to_numpy(dtype=float)
            rural = pilot.zones["population_persons"].to_numpy(dtype=float) - urban
            rates = {rate.area: rate.per_person_per_year.value for rate in path.rates}
            by_hand = urban * rates["urban"] + rural * rates["rural"]
            own = demand.episodes[demand.episodes["pathway"] == path.id]["episodes_per_year"]
            assert own.to_numpy() == pytest.approx(by_hand)


def test_acts_are_the_expected_steps_of_the_episodes(pilot: Region, care: Care) -> None:
    demand = estimate_demand(pilot, care, DemandOptions())
    episodes = demand.episodes.groupby("pathway")["episodes_per_year"].sum()
    acts = pd.Series(0.0, index=care.activity_ids)
    for path in care.pathways:
        for step, times in zip(path.steps, expected_steps(path), strict=True):
            acts[step.activity] += episodes[path.id] * times
    total = demand.table.groupby("activity")["acts_per_year"].sum()
    assert total.reindex(acts.index).to_numpy() == pytest.approx(acts.to_numpy())


def test_factors_multiply(pilot: Region, care: Care) -> None:
    base = estimate_demand(pilot, care, DemandOptions())
    double = estimate_demand(pilot, care, DemandOptions(factor=2.0))
    assert double.table["acts_per_year"].to_numpy() == pytest.approx(2 * base.table["acts_per_year"].to_numpy())
    name = care.pathways[0].id
    one = estimate_demand(pilot, care, DemandOptions(pathway_factors={name: 0.0})).episodes
    assert (one.loc[one["pathway"] == name, "episodes_per_year"] == 0).all()


def test_unknown_pathway_is_told(pilot: Region, care: Care) -> None:
    with pytest.raises(
        ScenarioError, match=r"demand.pathway_factors.general_ilness: found .*Did you mean general_illness"
    ):
        estimate_demand(pilot, care, DemandOptions(pathway_factors={"general_ilness": 2.0}))


def test_medical_consultations_stand_near_the_observed_use(pilot: Region, care: Care) -> None:
    """Public medical consultations: 0.6 per inhabitant and year (ministry sources 2015-2018)."""
    table = estimate_demand(pilot, care, DemandOptions()).table
    medical = table["activity"].str.endswith("_consultation") | (table["activity"] == "chronic_follow_up")
    per_inhabitant = table.loc[medical, "acts_per_year"].sum() / 4_467_911
    assert per_inhabitant == pytest.approx(0.6, rel=0.1)
