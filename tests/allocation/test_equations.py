"""Each equation alone against its `.lp` file: a change of any coefficient is seen in review.

To refresh the files on purpose: TERRITORY_WRITE_LP=1 pytest tests/allocation/test_equations.py
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pyomo.environ as pyo
import pytest

from allocation.conftest import World

FILES = Path(__file__).parent / "lp"

# the levers of each model, and what it must hold beside the equations that are always there
BASE = {"Serve_All_Demand", "Staff_Hours", "Bed_Days", "Room_Hours", "Unmet_Need", "Travel_Minutes"}
MOBILITY = {"within": "region", "largest_share": 0.5}
MODELS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "mobility": (
        {"mobility": {**MOBILITY, "largest_shares": {"nurse": 0.25}, "cost_mad_per_person": 1000.0}},
        {"People_Conserved", "Leave_Share", "Running_Cost", "Disruption"},
    ),
    "mobility_priced_by_km": ({"mobility": {**MOBILITY, "cost_mad_per_km": 10.0}}, {"Way_Of_People"}),
    "recruitment": (
        {
            "recruitment": {
                "budget_mad_per_year": 250_000.0,
                "largest_posts": {"doctor": 2.0},
                "hard_to_staff": {"zones": ["zone_south"], "incentive_mad_per_year": 30_000.0},
            },
            "departures": {"shares": {"doctor": 0.1}},
        },
        {"Recruitment_Budget", "Recruits_Of_Group"},
    ),
    "shared_posts": (
        {"shared_posts": {"groups": ["doctor"], "site_levels": ["post"], "within_minutes": 60.0}},
        {"Visits_Of_Group"},
    ),
    "closures": ({"mobility": MOBILITY, "closures": {"facilities": ["post_north"]}}, {"Closed_Posts"}),
    "activity_transfer": (
        {
            "mobility": MOBILITY,
            "activity_transfer": {
                "activities": ["visit", "stay"],
                "facilities": ["post_north"],
                "keep": {"hospital": ["stay"]},
                "smallest_volumes": {"visit": 500.0},
                "largest_volumes": {"stay": 400.0},
                "most_changes": 2,
                "opening_cost_mad": 200.0,
                "closing_cost_mad": 100.0,
                "budget_mad": 300.0,
            },
        },
        {
            "Only_Where_Open",
            "Smallest_Safe_Volume",
            "Not_In_Closed_Facility",
            "Close_Posts",
            "Leave_When_Closed",
            "Unfilled_When_Closed",
            "Changes_In_Year",
            "Transition_Budget",
        },
    ),
    "activity_transfer_beside_others": (
        {
            "shared_posts": {"groups": ["doctor"], "sites": ["post_south"]},
            "telemedicine": {"activities": ["visit"], "sites": ["post_south"], "hub_levels": ["hospital"]},
            "activity_transfer": {"activities": ["visit"], "facilities": ["post_north"]},
        },
        {"Lend_When_Open", "Answered_Where_Open"},
    ),
    "pooled_functions": (
        {"pooled_functions": {"functions": ["laboratory"], "most_sites": {"laboratory": 1}}},
        {"Support_Answered", "Support_Done", "Site_Capacity", "One_Size", "Most_Sites"},
    ),
    "telemedicine": (
        {
            "telemedicine": {
                "activities": ["visit"],
                "sites": ["post_south"],
                "hub_levels": ["hospital"],
                "most_sites": 1,
                "kit_mad_per_year": 5000.0,
                "largest_shares": {"visit": 0.2},
                "hub_largest_share": 0.5,
            }
        },
        {"Remote_Answered", "Remote_Share", "Hub_Share", "Connected_Sites", "Only_When_Connected"},
    ),
    "mobile_units": (
        {
            "telemedicine": {"activities": ["visit"], "hub_levels": ["hospital"]},
            "mobile_units": {
                "units": {
                    "van": {
                        "base": "post_north",
                        "staff": {"nurse": 1.0},
                        "zones": ["zone_south"],
                        "activities": ["visit"],
                        "mad_per_year": 1000.0,
                        "mad_per_km": 2.0,
                    }
                }
            },
        },
        {"Round_Days", "Unit_Hours"},
    ),
    "contracting": (
        {
            "contracting": {
                "activities": {"visit": {"largest_acts_per_facility": 900.0}},
                "levels": ["clinic"],
                "budget_mad_per_year": 60_000.0,
            }
        },
        {"Contract_Volume", "Contract_Budget"},
    ),
    "overload": (
        {
            "overload": {
                "steps": [{"share": 0.1, "price": 1.25}, {"share": 0.05, "price": 1.5}],
                "groups": ["doctor"],
                "budget_mad_per_year": 20_000.0,
            },
            "budgets": {"region_mad_per_year": 900_000.0, "facilities_mad_per_year": {"hospital": 420_000.0}},
        },
        {"Overload_Step", "Overload_Budget", "Region_Budget", "Facility_Budget"},
    ),
    "equity": (
        {
            "aims": ["unmet", "inequity", "far_travel"],
            "inequity": "spread",
            "far_minutes": 30.0,
            "equity": {"largest_unmet_share": 0.2, "fully_served": ["stay"]},
        },
        {"Largest_Unmet_Share", "Fully_Served", "Worst_Unmet", "Best_Unmet", "Inequity", "Far_Travel_Minutes"},
    ),
}
CASES = [("telemedicine", name) for name in sorted(BASE)] + [
    (lever, name) for lever, (_, names) in MODELS.items() for name in sorted(names)
]


def full(world: World) -> World:
    """Give the world a private clinic, theatres, remote visits, a laboratory and places."""
    world.remote = {"visit": ({"nurse": 10.0}, {"doctor": 10.0}, ("post",), 0.25)}
    world.facilities["clinic"] = ("clinic", "south", None, False, 35.0)
    world.levels["clinic"] = ("visit",)
    world.stands_in = {"post_south": "zone_south", "clinic": "zone_south"}
    world.province_of = {"zone_south": "south"}
    world.minutes |= {("zone_north", "clinic"): 55.0, ("zone_south", "clinic"): 15.0}
    world.theatre_minutes, world.theatres = {"stay": 30.0}, {"hospital": 1.0}
    sizes = {"small": (5000.0, 10_000.0, 4.0), "large": (50_000.0, 60_000.0, 2.0)}
    world.support = {"laboratory": ({"visit": 0.5, "stay": 3.0}, sizes, 0.05, ("post", "hospital"))}
    world.tariff_mad = 80.0
    return world


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


@pytest.mark.parametrize(("lever", "name"), CASES)
def test_equation(world: World, lever: str, name: str, tmp_path: Path) -> None:
    text = lp_of(full(world).model(**MODELS[lever][0]), name, tmp_path / "model.lp")
    golden = FILES / f"{name}.lp"
    if os.environ.get("TERRITORY_WRITE_LP"):
        FILES.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_every_equation_has_its_file(world: World) -> None:
    names = set()
    for levers, told in MODELS.values():
        model = full(world).model(**levers)
        parts = {part.local_name for part in model.component_objects((pyo.Constraint, pyo.Objective)) if len(part)}
        assert told <= parts
        names |= parts
    assert names == {name for _, name in CASES} == {file.stem for file in FILES.glob("*.lp")}
