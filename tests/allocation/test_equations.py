"""Each equation alone against its `.lp` file: a change of any coefficient is seen in review.

To refresh the files on purpose: TERRITORY_WRITE_LP=1 pytest tests/allocation/test_equations.py
"""

from __future__ import annotations

import os
from pathlib import Path

import pyomo.environ as pyo
import pytest

from allocation.conftest import World

FILES = Path(__file__).parent / "lp"

LEVERS = {
    "mobility": {"within": "region", "largest_share": 0.5},
    "recruitment": {"budget_mad_per_year": 250_000.0, "largest_posts": {"doctor": 2.0}},
    "telemedicine": {"activities": ["visit"], "sites": ["post_south"], "hub_levels": ["hospital"]},
    "closures": {"facilities": ["post_north"]},
}

EQUATIONS = [
    "Serve_All_Demand",
    "Staff_Hours",
    "Bed_Days",
    "Remote_Answered",
    "Remote_Share",
    "People_Conserved",
    "Leave_Share",
    "Closed_Posts",
    "Recruitment_Budget",
    "Recruits_Of_Group",
]
AIMS = ["Unmet_Need", "Travel_Minutes", "Disruption"]


@pytest.fixture
def model(world: World) -> pyo.ConcreteModel:
    world.remote = {"visit": ({"nurse": 10.0}, {"doctor": 10.0}, ("post",), 0.25)}
    return world.model(**LEVERS)


def lp_of(model: pyo.ConcreteModel, keep: str, path: Path) -> str:
    for equation in model.component_objects(pyo.Constraint):
        if equation.local_name != keep:
            equation.deactivate()
    for aim in model.component_objects(pyo.Objective):
        if aim.local_name != keep:
            aim.deactivate()
    if not any(aim.active for aim in model.component_objects(pyo.Objective)):
        model.nothing = pyo.Objective(expr=0)
    model.write(str(path), format="lp", io_options={"symbolic_solver_labels": True})
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if line.strip() and not line.startswith("\\")) + "\n"


@pytest.mark.parametrize("name", [*EQUATIONS, *AIMS])
def test_equation(model: pyo.ConcreteModel, name: str, tmp_path: Path) -> None:
    text = lp_of(model, name, tmp_path / "model.lp")
    golden = FILES / f"{name}.lp"
    if os.environ.get("TERRITORY_WRITE_LP"):
        FILES.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_every_equation_has_its_file(model: pyo.ConcreteModel) -> None:
    names = {part.local_name for part in model.component_objects((pyo.Constraint, pyo.Objective))}
    assert names == {*EQUATIONS, *AIMS} == {file.stem for file in FILES.glob("*.lp")}
