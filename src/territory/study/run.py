"""The whole row once: scenario -> region, travel, demand, plan, journeys, indicators.

The order of the stages is written here and nowhere else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import isnan
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from territory.allocation import allocate, check_options, check_region, staffing_need
from territory.care import Care, read_care
from territory.demand import estimate_demand
from territory.errors import Fault, ScenarioError, TerritoryError
from territory.finance import accounts
from territory.geodata import read_region, with_investments
from territory.indicators import access, access_between, indicators
from territory.network import travel_times
from territory.report import RunData, plots
from territory.scenario import Scenario, examine_scenario
from territory.simulation import check_simulation, simulate
from territory.study.folder import save_folder
from territory.study.manifest import is_proven, make_manifest
from territory.study.sites import check_siting
from territory.tables import RUN_TABLES, Accounts, Aim, Demand, Journeys, Plan, Region, TravelTimes
from territory.tables.notebook import facts_html
from territory.workload import with_workload

Progress = Callable[[str, int, int], None]

_SHOWN = (
    "unmet_share",
    "unmet_share_worst_province",
    "travel_minutes_mean",
    "running_cost_change",
    "wait_minutes_walk_in",
    "wait_days_appointment",
)
STAGES = ("read", "travel", "demand", "allocate", "simulate", "indicators")


@dataclass(frozen=True)
class Run:
    """One finished run: what went in, what each stage gave, and the seconds each stage took."""

    scenario: Scenario
    care: Care
    region: Region
    travel: TravelTimes
    demand: Demand
    plan: Plan
    journeys: Journeys
    staffing_need: pd.DataFrame
    accounts: Accounts
    indicators: pd.DataFrame
    access: pd.DataFrame
    seconds: dict[str, float] = field(default_factory=dict)
    scratch: TemporaryDirectory[str] | None = None  # where journeys stand until they are saved

    def data(self) -> RunData:
        """Return what reports and run folders are made from: the manifest and the tables."""
        tables = {
            "zones": self.region.zones,
            "facilities": self.region.facilities,
            "travel_times": self.travel.table,
            "demand": self.demand.table,
            "visits": self.plan.visits,
            "unmet": self.plan.unmet,
            "posts": self.plan.posts,
            "moves": self.plan.moves,
            "activities": self.plan.activities,
            "shadow_prices": self.plan.shadow_prices,
            "costs": self.plan.costs,
            "support": self.plan.support,
            "rounds": self.plan.rounds,
            "staffing_need": self.staffing_need,
            "simulated_visits": self.journeys.visits,
            "simulated_classes": self.journeys.classes,
            "simulated_episodes": self.journeys.episodes,
            "simulated_stations": self.journeys.stations,
            "simulated_hours": self.journeys.hours,
            "simulated_months": self.journeys.months,
            "simulated_seasons": self.journeys.seasons,
            "journeys": self.journeys.table,
            "accounts": self.accounts.table,
            "indicators": self.indicators,
            "access": self.access,
        }
        checked = {name: RUN_TABLES[name].check(table) for name, table in tables.items()}
        manifest = make_manifest(
            self.scenario, self.care, self.region, self.demand, self.plan, self.journeys, self.seconds
        )
        return RunData(manifest, checked, self.region.outlines, journeys_file=self.journeys.file)

    def save(self, folder: str | Path, *, lang: str = "fr", csv: bool = False) -> Path:
        """Write the run folder (tables, layers, workbook, report, manifest) and return the path of its report."""
        return save_folder(self.data(), folder, lang=lang, csv=csv)

    @property
    def open_aims(self) -> tuple[Aim, ...]:
        """The aims of which a better value may be left: the solver stopped before its proof."""
        return tuple(aim for aim in self.plan.aims if not is_proven(aim))

    def plot_travel(self, *, lang: str = "en") -> Any:
        """Return the map of mean travel by zone in the plan as a Plotly figure."""
        return plots.plot_travel(self.data(), lang=lang)

    def plot_unmet(self, *, lang: str = "en") -> Any:
        """Return the map of the unmet share by zone in the plan as a Plotly figure."""
        return plots.plot_unmet(self.data(), lang=lang)

    def plot_reach(self, *, lang: str = "en") -> Any:
        """Return the map of posts within reach by zone in the plan as a Plotly figure."""
        return plots.plot_reach(self.data(), lang=lang)

    def plot_care(self, *, lang: str = "en") -> Any:
        """Return the map of the simulated time from falling ill to care as a Plotly figure."""
        return plots.plot_care(self.data(), lang=lang)

    def plot_hours(self, *, lang: str = "en") -> Any:
        """Return the simulated arrivals by hour of the day as a Plotly figure."""
        return plots.plot_hours(self.data(), lang=lang)

    def _repr_html_(self) -> str:
        """Show the scenario and its main indicators in a notebook."""
        table = self.indicators[(self.indicators["where"] == "region") & self.indicators["indicator"].isin(_SHOWN)]
        told = {
            f"{row.indicator} ({row.unit})": f"{row.value:,.3g}"
            + ("" if isnan(row.low) else f" ({row.low:,.3g} to {row.high:,.3g})")
            for row in table.itertuples()
        }
        seconds = {"seconds": ", ".join(f"{stage} {spent:.1f}" for stage, spent in self.seconds.items())}
        return facts_html(f"Run of {self.scenario.name}", told | seconds)

    def value(self, indicator: str, where: str = "region") -> float:
        """Return one indicator at one place.

        Raises
        ------
        KeyError
            When the run does not hold it.
        """
        rows = self.indicators[(self.indicators["indicator"] == indicator) & (self.indicators["where"] == where)]
        if rows.empty:
            raise KeyError(f"{indicator} at {where}")
        return float(rows["value"].iloc[0])


class _Clock:
    """Seconds of each stage, and the progress told to whoever listens."""

    def __init__(self, progress: Progress | None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress or (lambda _stage, _done, _total: None)

    @contextmanager
    def stage(self, name: str) -> Iterator[Callable[[int, int], None]]:
        self._progress(name, 0, 1)
        start = time.perf_counter()
        yield lambda done, total: self._progress(name, done, total)
        self.seconds[name] = round(time.perf_counter() - start, 3)
        self._progress(name, 1, 1)


def run_study(scenario: Scenario, *, workers: int = 1, progress: Progress | None = None) -> Run:
    """Run every stage of a scenario.

    Parameters
    ----------
    scenario
        From `load_scenario`.
    workers
        Processes for the replications of the simulation; the results do not depend on it.
    progress
        Called with the stage, the parts done and the parts in all.

    Raises
    ------
    TerritoryError
        Of the phase in which something is wrong.
    """
    clock = _Clock(progress)
    with clock.stage("read"):
        care = with_workload(read_care(scenario.care), scenario.workload)
        today = read_region(scenario.territory)
        region = with_investments(today, scenario.investments)
    with clock.stage("travel"):
        travel = travel_times(region, scenario.network)
    with clock.stage("demand"):
        demand = estimate_demand(region, care, scenario.demand)
    with clock.stage("allocate"):
        plan = allocate(region, travel, demand, care, scenario.allocation)
    scratch = TemporaryDirectory(prefix="territory-") if scenario.simulation.journeys else None
    with clock.stage("simulate") as tell:
        journeys = simulate(
            region,
            travel,
            demand,
            plan,
            care,
            scenario.simulation,
            workers=workers,
            progress=tell,
            journeys_file=Path(scratch.name) / "journeys.parquet" if scratch else None,
        )
    with clock.stage("indicators"):
        need = staffing_need(region, travel, plan, care)
        scores = indicators(region, travel, demand, plan, journeys, care, need)
        books = accounts(plan, care)
        reach = _access(today, region, travel, care, plan)
    return Run(
        scenario, care, region, travel, demand, plan, journeys, need, books, scores, reach, clock.seconds, scratch
    )


def _access(today: Region, region: Region, travel: TravelTimes, care: Care, plan: Plan) -> pd.DataFrame:
    """Return what care people could reach today, before anything is built, and with the plan."""
    both = access_between(access(today, travel, care), access(region, travel, care, plan))
    return both.rename(columns={"first": "before", "second": "after"}).drop(columns="difference")


def check_file(path: str | Path, overrides: Mapping[str, Any] | None = None) -> Scenario:
    """Return the scenario of a file when nothing is wrong with it, nor with what it names; nothing is run.

    Raises
    ------
    ScenarioError
        With the faults of every kind at once: what the file may not say, and what the territory and the care catalogue
        do not know of the rest.
    """
    scenario, faults = examine_scenario(path, overrides)
    if scenario is not None:
        keys = [fault.where.rpartition(", ")[2] for fault in faults]
        faults += [fault for fault in check_scenario(scenario) if not any(_follows(fault, key) for key in keys)]
    if faults or scenario is None:
        raise ScenarioError(faults)
    return scenario


def _follows(fault: Fault, key: str) -> bool:
    """Whether a fault may only come from a refused key, left at its default: it stands there, or at its whole block."""
    block = ".".join(key.split(".")[:2])
    return f"{fault.where}.".startswith(f"{key}.") or fault.where == block


def check_scenario(scenario: Scenario) -> list[Fault]:
    """Return every fault of a scenario and of what it names, without solving or simulating anything.

    What the scenario builds is part of the region. Where that is told wrongly, the region as it is today is checked,
    but not the options: they may speak of what is to be built.
    """
    faults: list[Fault] = []
    found: dict[str, Any] = {}

    def attempt(name: str, step: Callable[[], Any]) -> None:
        try:
            found[name] = step()
        except TerritoryError as problem:
            faults.extend(problem.faults)

    attempt("care", lambda: read_care(scenario.care))
    if "care" in found:
        attempt("care", lambda: with_workload(found["care"], scenario.workload))
    attempt("region", lambda: read_region(scenario.territory))
    if "region" in found:
        attempt("built", lambda: with_investments(found["region"], scenario.investments))
        region = found.get("built", found["region"])
        attempt("travel", lambda: travel_times(region, scenario.network))
        if "care" in found:
            attempt("levels", lambda: check_region(region, found["care"]))
            attempt("demand", lambda: estimate_demand(region, found["care"], scenario.demand))
            if "built" in found:
                attempt("options", lambda: check_options(region, found["care"], scenario.allocation))
                if scenario.siting is not None:
                    siting = scenario.siting
                    attempt("siting", lambda: check_siting(scenario, siting, found["care"]))
                attempt("simulation", lambda: check_simulation(region, found["care"], scenario.simulation))
    return faults
