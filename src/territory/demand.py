"""How much is needed? Population x pathways -> episodes a year, then the expected acts of those episodes.

An episode walks the steps of its pathway as an absorbing Markov chain: with ``P`` the step-to-step probabilities, the
expected number of times each step is made is ``e (I - P)^-1`` with ``e`` the door (Kemeny & Snell, Finite Markov
Chains, 1960, theorem 3.2.4). The simulation walks the same steps patient by patient.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from territory.care import Care, Pathway
from territory.errors import Faults, ScenarioError, nearest
from territory.scenario import DemandOptions
from territory.tables import Demand, Region

Vector = NDArray[np.float64]


def estimate_demand(region: Region, care: Care, options: DemandOptions) -> Demand:
    """Return the expected acts a year by zone and activity, and the episodes they come from.

    Parameters
    ----------
    region
        Its zones give inhabitants, urban share and age shares.
    care
        Its pathways give rates per inhabitant and steps.
    options
        Factors on all rates, or on those of one pathway.

    Raises
    ------
    ScenarioError
        When a factor names a pathway that the catalogue does not have.
    """
    _check_factors(care, options)
    zones = region.zones
    zone_ids = zones["zone_id"].to_numpy(dtype=object)
    acts = np.zeros((len(zones), len(care.activities)))
    column = {activity.id: position for position, activity in enumerate(care.activities)}
    episodes = []
    for pathway in care.pathways:
        factor = options.factor * options.pathway_factors.get(pathway.id, 1.0)
        per_year = factor * _episodes(zones, pathway)
        episodes.append(pd.DataFrame({"zone_id": zone_ids, "pathway": pathway.id, "episodes_per_year": per_year}))
        for step, times in zip(pathway.steps, expected_steps(pathway), strict=True):
            acts[:, column[step.activity]] += per_year * float(times)
    table = pd.DataFrame(
        {
            "zone_id": np.repeat(zone_ids, len(care.activities)),
            "activity": np.tile(np.array(care.activity_ids, dtype=object), len(zones)),
            "acts_per_year": acts.ravel(),
        }
    )
    return Demand(table=table, episodes=pd.concat(episodes, ignore_index=True))


def expected_steps(pathway: Pathway) -> Vector:
    """Return the expected number of times each step is made in one episode, in the order of the pathway's steps."""
    position = {step.id: index for index, step in enumerate(pathway.steps)}
    onward = np.zeros((len(pathway.steps), len(pathway.steps)))
    for step in pathway.steps:
        for following in step.next:
            onward[position[step.id], position[following.step]] += following.probability.value
    door = np.zeros(len(pathway.steps))
    door[0] = 1.0
    return np.asarray(np.linalg.solve(np.eye(len(pathway.steps)) - onward.T, door), dtype=np.float64)


def _episodes(zones: pd.DataFrame, pathway: Pathway) -> Vector:
    """Return the new episodes a year of each zone, before factors."""
    parts = [_persons(zones, rate.area, rate.age) * rate.per_person_per_year.value for rate in pathway.rates]
    total: Vector = np.sum(parts, axis=0)
    return total


def _persons(zones: pd.DataFrame, area: str, age: str) -> Vector:
    """Return the inhabitants of each zone in one area and age group; ages are spread alike over town and country."""
    everyone = zones["population_persons"].to_numpy(dtype=float)
    urban = zones["urban_persons"].to_numpy(dtype=float)
    persons = {"all": everyone, "urban": urban, "rural": everyone - urban}[area]
    young = zones["share_age_0_4"].to_numpy(dtype=float)
    school = zones["share_age_5_14"].to_numpy(dtype=float)
    old = zones["share_age_60_plus"].to_numpy(dtype=float)
    share = {
        "all": np.ones(len(zones)),
        "0_4": young,
        "5_14": school,
        "60_plus": old,
        "15_59": 1.0 - young - school - old,
        "5_plus": 1.0 - young,
    }[age]
    counted: Vector = persons * share
    return counted


def _check_factors(care: Care, options: DemandOptions) -> None:
    faults = Faults(ScenarioError)
    known = [pathway.id for pathway in care.pathways]
    for word, factor in options.pathway_factors.items():
        where = f"demand.pathway_factors.{word}"
        if word not in known:
            faults.add(where, f"'{word}'", "a pathway of the care catalogue", nearest(word, known))
        elif not factor >= 0:
            faults.add(where, f"{factor:g}", "0 or more")
    faults.raise_if_any()
