"""Sixteen branches over the cities of Morocco: proven, and no farther than those that were planned."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

SCRIPT = Path(__file__).parents[2] / "scenarios" / "morocco" / "insurer_branches.py"


def test_sixteen_branches_are_proven_and_nearer_than_planned() -> None:
    own = runpy.run_path(str(SCRIPT))
    cities = pd.read_csv(own["CITIES"], dtype={"city_id": str})
    best, table = own["place_branches"](cities, 16)
    assert best.is_optimal
    assert len(best.open) == 16
    share = table["insured_share"].to_numpy()
    assert best.objective == pytest.approx(float(share @ table["km"]))
    assert best.objective < float(share @ table["km_planned"])
    # no exchange of one branch for another city is better
    km = own["kilometres"](cities)
    for leaving in best.open:
        others = np.setdiff1d(best.open, [leaving])
        nearest = km[:, others].min(axis=1)
        assert (share @ np.minimum(nearest[:, None], km) >= best.objective - 1e-9).all()


def test_cities_hold_the_people_and_the_insured_of_the_country() -> None:
    cities = pd.read_csv(runpy.run_path(str(SCRIPT))["CITIES"])
    assert len(cities) == 226
    assert cities["insured_share"].sum() == pytest.approx(1.0, abs=1e-4)
    assert cities["planned_branch"].sum() == 16
    assert cities["population_persons"].max() == 3_215_935  # Casablanca, census of 2024
    assert set(cities["insured_quality"]) == {"official", "estimated"}


def test_kilometres_of_a_known_way() -> None:
    own = runpy.run_path(str(SCRIPT))
    cities = pd.DataFrame({"lat": [33.5883, 34.0133], "lon": [-7.6114, -6.8326]})
    assert own["kilometres"](cities)[0, 1] == pytest.approx(1.3 * 86, rel=0.02)  # Casablanca to Rabat, straight
