"""When no plan exists: which limits conflict, what is the cheapest way out, and that the way out is one."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from scipy.optimize import linprog

from allocation.conftest import HOURS_PER_YEAR, World
from allocation.random_regions import random_region
from allocation.solved_apart import Apart
from territory.allocation import allocate, build, solve
from territory.errors import Conflict, NoFeasiblePlan, Shortage
from territory.scenario import AllocationOptions


def refused(world: World, **options: Any) -> NoFeasiblePlan:
    with pytest.raises(NoFeasiblePlan) as caught:
        world.allocate(**options)
    return caught.value


def told(error: NoFeasiblePlan) -> set[tuple[str, str]]:
    return {(conflict.limit, conflict.where) for conflict in error.conflicts}


def scarce(world: World) -> World:
    """Ask for 20,000 visits in the south, where 8,000 h of doctors are too few by far."""
    world.needs["zone_south", "visit"] = 20_000.0
    return world


def test_posts_that_are_too_few_for_equity(world: World) -> None:
    error = refused(scarce(world), equity={"largest_unmet_share": 0.0, "of": "zone"})
    # 24,000 visits of 12 minutes and 500 stays of an hour are 5,300 h; there are 3,000 h, and any place may have more
    assert told(error) == {
        ("Largest_Unmet_Share", "zone_south"),
        ("Staff_Hours", "hospital, doctor"),
        ("Staff_Hours", "post_north, doctor"),
    }
    assert str(error) == (
        "No plan meets all the limits (1 fault):\n"
        "  - posts.csv: found posts of doctor at The hospital: 2 full-time posts; "
        "expected at least 4.3 full-time posts, 2.3 full-time posts more. "
        "All of this together is the cheapest change that leaves a plan.\n"
        "These limits cannot hold together: unmet need of zone_south; posts of doctor at The hospital; "
        "posts of doctor at The post_north."
    )


def test_a_limit_is_told_as_it_stands(world: World) -> None:
    transfer = {"activities": ["visit", "stay"], "most_changes": 0, "smallest_volumes": {"stay": 900.0}}
    # 500 stays are asked for: the smallest volume is nearer to what there is than one change more to none
    assert [shortage.now for shortage in refused(world, activity_transfer=transfer).shortages] == [900.0]
    budgets = {"budgets": {"region_mad_per_year": 650_000.0}, "recruitment": {"budget_mad_per_year": 1.0}}
    assert [shortage.now for shortage in refused(world, **budgets).shortages] == [pytest.approx(0.65)]


def test_a_budget_that_nothing_changes_is_a_conflict_too(world: World) -> None:
    error = refused(world, budgets={"region_mad_per_year": 100_000.0})
    assert told(error) == {("Region_Budget", "region")}
    assert [shortage.short_by for shortage in error.shortages] == [pytest.approx(0.6)]


def test_an_equality_of_the_user_gives_way_downwards(world: World) -> None:
    model = build(*world.inputs(), AllocationOptions())
    model.Exactly = pyo.Constraint(expr=model.Visits["zone_south", "hospital", "visit", "in_person"] == 6000)
    with pytest.raises(NoFeasiblePlan) as caught:
        solve(model)
    assert [shortage.short_by for shortage in caught.value.shortages] == [pytest.approx(1000)]


def test_fully_served_without_beds(world: World) -> None:
    world.facilities["hospital"] = ("hospital", "north", 1.0, False, 10.0)
    error = refused(world, equity={"fully_served": ["stay"]})
    # 500 stays of 4 days need 2,000 bed-days; a bed has 365 x 0.85 = 310.25: 6.446 beds, 5.446 more than there are
    assert error.shortages == (
        Shortage(
            "Bed_Days", "hospital", "beds of The hospital", "bed", pytest.approx(1.0), pytest.approx(5.4464, rel=1e-4)
        ),
    )
    assert ("Bed_Days", "hospital") in told(error)
    assert str(error) == (
        "No plan meets all the limits (1 fault):\n"
        "  - facilities.csv: found beds of The hospital: 1 bed; expected at least 6.45 beds, 5.45 beds more. "
        "All of this together is the cheapest change that leaves a plan.\n"
        "These limits cannot hold together: stay in zone_south, to be fully served; beds of The hospital."
    )


def test_a_region_budget_below_pay_is_told_where_nothing_changes_it(world: World) -> None:
    error = refused(world, budgets={"region_mad_per_year": 100_000.0})
    (fault,) = error.faults
    assert fault.where == "allocation.budgets.region_mad_per_year"
    assert fault.found == "money of running cost: 0.6 million MAD a year beyond the limit"
    assert fault.hint == "No lever that is on changes it: loosen the limit, or turn a lever on."


def test_a_budget_that_recruits_cannot_mend(world: World) -> None:
    budgets = {"facilities_mad_per_year": {"hospital": 350_000.0}}
    error = refused(world, budgets=budgets, recruitment={"budget_mad_per_year": 50_000.0})
    # four posts of 100,000 MAD
    assert told(error) == {("Facility_Budget", "hospital")}
    assert error.shortages[0].short_by == pytest.approx(0.05)
    assert error.faults[0].where == "allocation.budgets.facilities_mad_per_year.hospital"
    assert "money of running cost of The hospital" in error.faults[0].found


def test_a_safe_volume_that_must_be_kept(world: World) -> None:
    transfer = {"activities": ["stay"], "smallest_volumes": {"stay": 900.0}, "keep": {"hospital": ["stay"]}}
    error = refused(world, activity_transfer=transfer)
    # 500 stays are asked for in all
    (shortage,) = error.shortages
    assert (shortage.limit, shortage.where, shortage.unit) == ("Smallest_Safe_Volume", "hospital, stay", "act a year")
    assert shortage.short_by == pytest.approx(400)
    assert shortage.now == pytest.approx(900)
    assert error.faults[0].expected == "at most 500 acts a year, 400 acts a year less"


def test_a_sum_that_is_paid_once_is_told_so(world: World) -> None:
    """The one opening that is asked for costs a million, 300,000 MAD more than there are."""
    world.posts["post_south", "nurse"] = 1.0
    transfer = {"activities": ["visit"], "opening_cost_mad": 1e6, "budget_mad": 700_000.0}
    model = build(*world.inputs(), AllocationOptions(activity_transfer=transfer, mobility={"within": "region"}))
    model.Asked = pyo.Constraint(expr=model.Open["post_south", "visit"] >= 1)
    with pytest.raises(NoFeasiblePlan) as caught:
        solve(model)
    told = [fault for fault in caught.value.faults if fault.where == "allocation.activity_transfer.budget_mad"]
    assert [fault.found for fault in told] == ["money for openings and closings: 0.7 million MAD once"]
    assert [fault.expected for fault in told] == ["at least 1 million MAD once, 0.3 million MAD once more"]


def infeasible(world: World) -> dict[str, Any]:
    """Return limits that conflict: fully served stays, a hospital with too few doctors, and little money."""
    world.posts["hospital", "doctor"] = 0.3
    return {
        "equity": {"fully_served": ["stay"]},
        "mobility": {"within": "region", "largest_share": 0.1},
        "recruitment": {"budget_mad_per_year": 5_000.0},
    }


def test_conflicts_cannot_be_done_without(world: World) -> None:
    """Each limit told is part of the conflict: without it, and it alone, a plan exists."""
    options = AllocationOptions(**infeasible(world))
    inputs = world.inputs()
    with pytest.raises(NoFeasiblePlan) as caught:
        allocate(*inputs, options)
    names = {limit for limit, _ in told(caught.value)}
    assert {"Fully_Served", "Staff_Hours", "Recruitment_Budget", "Leave_Share"} <= names
    for conflict in caught.value.conflicts:
        model = build(*inputs, options)
        equation = model.component(conflict.limit)
        index = next(i for i in equation if as_told(i) == conflict.where)
        equation[index].deactivate()
        assert Apart(model).best("unmet") is not None, conflict


def as_told(index: Any) -> str:
    if isinstance(index, tuple):
        return ", ".join(map(str, index))
    return "region" if index is None else str(index)


def test_what_is_short_makes_a_plan_when_it_is_given(world: World) -> None:
    settings = infeasible(world)
    error = refused(world, **settings)
    assert error.shortages
    for shortage in error.shortages:
        if shortage.limit == "Staff_Hours":
            world.posts[tuple(shortage.where.split(", "))] += shortage.short_by * (1 + 1e-6)
        elif shortage.limit == "Recruitment_Budget":
            settings["recruitment"]["budget_mad_per_year"] += 1e6 * shortage.short_by * (1 + 1e-6)
        else:
            assert shortage.limit in {"Leave_Share", "Fully_Served"}
            settings["equity"] = {}
    world.allocate(**settings)


SCALE = {"Staff_Hours": HOURS_PER_YEAR, "Bed_Days": 365 * 0.85, "Room_Hours": 1000 * 0.85, "Recruitment_Budget": 1e6}


@pytest.mark.parametrize("seed", [0, 1, pytest.param(range(2, 40), marks=pytest.mark.slow)])
def test_what_is_short_makes_a_plan_anywhere(seed: int | range) -> None:
    """Everybody is to be served: what is told as short is given, row by row, and nothing less would do."""
    serve_all = {"equity": {"largest_unmet_share": 0.0, "of": "zone"}, "recruitment": {"budget_mad_per_year": 9e4}}
    for each in [seed] if isinstance(seed, int) else seed:
        world = random_region(each)
        model = build(*world.inputs(), AllocationOptions(**serve_all))
        full, less = Apart(model), Apart(model)
        if full.best("unmet") is not None:
            continue
        with pytest.raises(NoFeasiblePlan) as caught:
            solve(model)
        for shortage in caught.value.shortages:
            row = next(k for k, row in enumerate(full.rows) if (row[0], as_told(row[1])) == shortage_at(shortage))
            given = shortage.short_by * SCALE.get(shortage.limit, 1.0)
            full, less = full.raised(row, given * (1 + 1e-6) + 1e-4), less.raised(row, 0.99 * given)
        assert full.best("unmet") is not None, each
        assert less.best("unmet") is None, each


def shortage_at(shortage: Shortage) -> tuple[str, str]:
    return shortage.limit, shortage.where


@pytest.mark.parametrize("doctors", [0.1, 0.2, 0.3])
def test_the_way_out_is_the_cheapest(world: World, doctors: float) -> None:
    """Each limit may give way at a price of one for as much again as it is; solved apart by SciPy."""
    settings = infeasible(world)
    world.posts["hospital", "doctor"] = doctors
    error = refused(world, **settings)
    spent = sum(shortage.short_by / max(abs(shortage.now), 1.0) for shortage in error.shortages)
    apart = Apart(build(*world.inputs(), AllocationOptions(**settings)))
    scale = {"Staff_Hours": HOURS_PER_YEAR, "Bed_Days": 365 * 0.85, "Recruitment_Budget": 1e6}
    soft = {*scale, "Leave_Share", "Fully_Served"}
    rows = [k for k, (name, _) in enumerate(apart.rows) if name in soft]
    prices = [1 / max(abs(apart.row_high[k]), scale.get(apart.rows[k][0], 1.0)) for k in rows]
    loosened = np.zeros((len(apart.rows), len(rows)))
    loosened[rows, range(len(rows))] = -1.0
    matrix = np.hstack([apart.matrix.toarray(), loosened])
    above, below = np.isfinite(apart.row_high), np.isfinite(apart.row_low)
    found = linprog(
        np.r_[np.zeros(len(apart.columns)), prices],
        A_ub=np.vstack([matrix[above], -matrix[below]]),
        b_ub=np.r_[apart.row_high[above], -apart.row_low[below]],
        bounds=[*zip(apart.low, apart.high, strict=True), *[(0, np.inf)] * len(rows)],
    )
    assert spent == pytest.approx(found.fun, rel=1e-6)


def test_the_error_travels_between_processes(world: World) -> None:
    error = refused(world, **infeasible(world))
    other = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert isinstance(other, NoFeasiblePlan)
    assert (other.faults, other.conflicts, other.shortages) == (error.faults, error.conflicts, error.shortages)
    assert str(other) == str(error)
    assert all(isinstance(conflict, Conflict) for conflict in other.conflicts)


def test_an_equation_of_the_user_is_named(world: World) -> None:
    model = build(*world.inputs(), AllocationOptions())
    south = [arc for arc in model.ARCS if arc[0] == "zone_south" and arc[2] == "visit"]
    model.Many_From_South = pyo.Constraint(expr=sum(model.Visits[arc] for arc in south) >= 6000)
    with pytest.raises(NoFeasiblePlan) as caught:
        solve(model)
    assert caught.value.conflicts == (Conflict("Many_From_South", "region", "many from south (region)"),)
    (shortage,) = caught.value.shortages
    assert (shortage.limit, shortage.now, shortage.short_by) == (
        "Many_From_South",
        pytest.approx(6000),
        pytest.approx(1000),
    )
    assert "Many_From_South" in str(caught.value)


def test_an_equation_of_the_user_over_zones_is_named_with_its_zone(world: World) -> None:
    model = build(*world.inputs(), AllocationOptions())
    limits = {"zone_north": 0.0, "zone_south": 8000.0}
    arcs = {zone: [arc for arc in model.ARCS if arc[0] == zone and arc[2] == "visit"] for zone in limits}
    model.Least = pyo.Constraint(list(limits), rule=lambda m, z: sum(m.Visits[arc] for arc in arcs[z]) >= limits[z])
    with pytest.raises(NoFeasiblePlan) as caught:
        solve(model)
    assert [(conflict.limit, conflict.where) for conflict in caught.value.conflicts] == [("Least", "zone_south")]


def test_whole_numbers_that_leave_no_plan(world: World) -> None:
    """Half a site would do; no site may be, and one is too many."""
    world.remote = {"visit": ({"nurse": 10.0}, {"doctor": 8.0}, ("post",), 1.0)}
    remote = {"activities": ["visit"], "sites": ["post_south"], "hub_levels": ["hospital"], "most_sites": 1}
    model = build(*world.inputs(), AllocationOptions(telemedicine=remote))
    model.Half = pyo.Constraint(expr=model.Connect["post_south"] == 0.5)
    with pytest.raises(NoFeasiblePlan) as caught:
        solve(model)
    assert caught.value.faults
