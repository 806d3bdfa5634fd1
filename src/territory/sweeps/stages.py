"""The stages of one run, each kept until something it depends on changes, so that a sweep computes nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd

from territory.allocation import KeptProgram, allocate, build, check_options, staffing_need
from territory.care import Care, read_care
from territory.demand import estimate_demand
from territory.errors import NoFeasiblePlan, SolverStopped
from territory.geodata import read_region, with_investments
from territory.indicators import indicators, planned_indicators
from territory.network import travel_times
from territory.scenario import Scenario
from territory.simulation import simulate
from territory.tables import Demand, Plan, Region, TravelTimes
from territory.workload import with_workload

Made = TypeVar("Made")

_OF_STAFFING = ("missing_fte", "staffing_ratio_")
_OF_NEARNESS = ("nearest_minutes_", "people_within_")
_KEPT = 2  # of each kind: what a run needs, and one more, for runs that alternate


@dataclass(frozen=True, eq=False)
class Ground:
    """What a plan stands on."""

    care: Care
    region: Region
    travel: TravelTimes
    demand: Demand


class Stages:
    """The stages of a study, for one process; results do not depend on what was run before."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[Hashable, Any]] = {}

    def ground(self, scenario: Scenario) -> Ground:
        """Return care, region, travel and demand of a scenario.

        Raises
        ------
        TerritoryError
            Of the phase in which something is wrong.
        """
        keys = _keys(scenario)
        care = self._keep("care", keys["care"], lambda: with_workload(read_care(scenario.care), scenario.workload))
        region = self._keep(
            "region", keys["region"], lambda: with_investments(read_region(scenario.territory), scenario.investments)
        )
        travel = self._keep("travel", keys["travel"], lambda: travel_times(region, scenario.network))
        demand = self._keep("demand", keys["demand"], lambda: estimate_demand(region, care, scenario.demand))
        return Ground(care, region, travel, demand)

    def take(self, scenario: Scenario, ground: Ground) -> None:
        """Take what was computed elsewhere for a scenario."""
        for kind, key in _keys(scenario).items():
            self._keep(kind, key, lambda kind=kind: getattr(ground, kind))  # type: ignore[misc]

    def plan(self, scenario: Scenario) -> Plan:
        """Return the plan of a scenario, made as `territory run` makes it.

        Raises
        ------
        NoFeasiblePlan, SolverStopped
            When there is none.
        """
        ground = self.ground(scenario)
        return allocate(ground.region, ground.travel, ground.demand, ground.care, scenario.allocation)

    def held_plan(self, scenario: Scenario) -> Plan:
        """Return the same, kept for the runs that hold the plan while the world around it changes."""
        return self._keep("plan", scenario.model_dump_json(), lambda: self.plan(scenario))

    def plan_again(self, scenario: Scenario, first: Scenario) -> Plan:
        """Return the plan of a scenario from the kept programme of another one, where that is possible.

        The plan of `first` itself is the one that `territory run` makes, whatever else was run before; scenarios that
        differ from it in the simulation alone have it too.

        Raises
        ------
        NoFeasiblePlan, SolverStopped
            When there is none.
        """
        program = self._keep("program", first.model_dump_json(), lambda: self._program(first))
        if program is None:
            return self.plan(scenario)
        if _of_plan(scenario) == _of_plan(first):
            return program.plan
        ground = self.ground(scenario)
        check_options(ground.region, ground.care, scenario.allocation)
        problem = program.moved(ground.demand, scenario.allocation)
        if problem is None:
            return self.plan(scenario)
        try:
            return program.solve_again(problem)
        except (NoFeasiblePlan, SolverStopped):  # one built anew says why
            return self.plan(scenario)

    def _program(self, first: Scenario) -> KeptProgram | None:
        """Return the kept programme of a scenario; None where it has no plan to begin from."""
        ground = self.ground(first)
        try:
            return KeptProgram(build(ground.region, ground.travel, ground.demand, ground.care, first.allocation))
        except (NoFeasiblePlan, SolverStopped):
            return None

    def planned(self, scenario: Scenario, plan: Plan, names: Collection[str] | None = None) -> pd.DataFrame:
        """Return the indicators of a plan; where only some `names` are asked for, others may be left out."""
        ground = self.ground(scenario)
        inputs = (ground.region, ground.travel, ground.demand, plan, ground.care)
        need = None
        if names is None or any(name.startswith(_OF_STAFFING) for name in names):
            need = staffing_need(ground.region, ground.travel, plan, ground.care)
        near = names is None or any(name.startswith(_OF_NEARNESS) for name in names)
        return planned_indicators(*inputs, need, near=near)

    def simulated(self, scenario: Scenario, plan: Plan) -> pd.DataFrame:
        """Return the indicators of a plan and of what then happens to patients."""
        ground = self.ground(scenario)
        journeys = simulate(ground.region, ground.travel, ground.demand, plan, ground.care, scenario.simulation)
        need = staffing_need(ground.region, ground.travel, plan, ground.care)
        return indicators(ground.region, ground.travel, ground.demand, plan, journeys, ground.care, need)

    def _keep(self, kind: str, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what was made for a key, or make it; the oldest of a kind goes when there are too many."""
        kept = self._kept.setdefault(kind, {})
        if key in kept:
            kept[key] = kept.pop(key)  # the last used stands last
        else:
            made = make()
            while len(kept) >= _KEPT:
                del kept[next(iter(kept))]
            kept[key] = made
        return kept[key]  # type: ignore[no-any-return]


def _keys(scenario: Scenario) -> dict[str, Hashable]:
    """Return what each part of the ground follows from."""
    where = (scenario.territory, scenario.investments.model_dump_json())
    return {
        "care": (scenario.care, scenario.workload.model_dump_json()),
        "region": where,
        "travel": (where, scenario.network.model_dump_json()),
        "demand": (where, scenario.care, scenario.demand.model_dump_json()),
    }


def _of_plan(scenario: Scenario) -> str:
    """Return what the plan of a scenario follows from."""
    return scenario.model_dump_json(exclude={"simulation", "changes"})
