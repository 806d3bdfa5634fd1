"""Longer acts are the same as fewer hours of everybody, and nothing else in the catalogue changes."""

from __future__ import annotations

from typing import Any

import pytest

import territory as tt
from territory.care import Care, figures
from territory.errors import ScenarioError
from territory.scenario import AllocationOptions, DemandOptions, NetworkOptions, WorkloadOptions
from territory.tables import Plan, Region
from territory.workload import with_workload


def places_of_minutes(care: Care) -> set[str]:
    """Return where the minutes of tasks, near and remote, and of rooms stand."""
    found = set()
    for act in care.activities:
        found |= {f"activities.{act.id}.tasks.{task.staff_group}" for task in act.tasks}
        if act.remote is not None:
            both = (*act.remote.presenting, *act.remote.specialist)
            found |= {f"activities.{act.id}.remote.{task.staff_group}" for task in both}
        if act.room is not None:
            found.add(f"activities.{act.id}.room.minutes")
    return found


def plan(region: Region, care: Care) -> Plan:
    options = AllocationOptions.model_validate({"mobility": {"within": "province"}})
    travel, demand = tt.travel_times(region, NetworkOptions()), tt.estimate_demand(region, care, DemandOptions())
    return tt.allocate(region, travel, demand, care, options)


def with_hours(care: Care, share: float) -> Care:
    """Return the catalogue with a share of the hours of every staff group and room."""

    def cut(parts: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(
            part.model_copy(
                update={
                    "hours_per_year": part.hours_per_year.model_copy(
                        update={"value": part.hours_per_year.value * share}
                    )
                }
            )
            for part in parts
        )

    return care.model_copy(update={"staff_groups": cut(care.staff_groups), "rooms": cut(care.rooms)})


def test_one_changes_nothing(care: Care) -> None:
    assert with_workload(care, WorkloadOptions()) == care


def test_all_minutes_and_nothing_else(care: Care) -> None:
    longer = with_workload(care, WorkloadOptions(factor=1.5))
    before, after = dict(figures(care)), dict(figures(longer))
    assert before.keys() == after.keys()
    own = places_of_minutes(care)
    assert len(own) > len(care.activities)
    for where, told in after.items():
        expected = before[where].value * (1.5 if where in own else 1.0)
        assert told.value == pytest.approx(expected, rel=1e-12), where
        assert (told.source, told.quality) == (before[where].source, before[where].quality)


def test_one_activity_on_top_of_all(care: Care) -> None:
    longer = with_workload(care, WorkloadOptions(factor=2.0, activity_factors={"delivery": 0.75}))
    for act, was in zip(longer.activities, care.activities, strict=True):
        factor = 1.5 if act.id == "delivery" else 2.0
        assert act.tasks[0].minutes.value == pytest.approx(was.tasks[0].minutes.value * factor)


def test_longer_acts_are_fewer_hours(small: Region, care: Care) -> None:
    longer = plan(small, with_workload(care, WorkloadOptions(factor=1.25)))
    fewer = plan(small, with_hours(care, 1 / 1.25))
    today = plan(small, care)
    unmet = [told.unmet["acts_per_year"].sum() for told in (longer, fewer, today)]
    assert unmet[0] == pytest.approx(unmet[1], rel=1e-6)
    assert unmet[0] > unmet[2] > 0


def test_an_activity_that_is_not_known(care: Care) -> None:
    with pytest.raises(
        ScenarioError, match=r"workload\.activity_factors\.delivry: found 'delivry'.*Did you mean delivery"
    ):
        with_workload(care, WorkloadOptions(activity_factors={"delivry": 2.0}))
