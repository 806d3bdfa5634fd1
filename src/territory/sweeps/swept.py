"""A finished study: its runs as one table, and every way to read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from territory.errors import Fault, ScenarioError, TableError
from territory.report import SweepData, plots, write_sweep_page, write_sweep_workbook
from territory.scenario import Sweep
from territory.sweeps import correlations, discovery, robustness, sensitivity
from territory.sweeps.store import MANIFEST, read_manifest, read_runs
from territory.sweeps.told import sweep_data
from territory.sweeps.work import DONE
from territory.tables.notebook import facts_html
from territory.yaml_files import model_from


@dataclass(frozen=True, eq=False)
class Swept:
    """The runs of a study.

    Parameters
    ----------
    folder
        Where they stand.
    study
        What was asked.
    manifest
        What is known beside: the scenario, versions, checksums of inputs.
    runs
        A row for each run: run, plan and future where levers are crossed, each factor, status (done or failed), reason,
        seed, seconds, each outcome, opened (facility and activity of what the plan opens), left_behind (zones).
    """

    folder: Path
    study: Sweep
    manifest: Mapping[str, Any]
    runs: pd.DataFrame

    @property
    def is_whole(self) -> bool:
        """Whether every run of the design is there."""
        return len(self.runs) == int(self.manifest["runs"])

    @cached_property
    def data(self) -> SweepData:
        """The study as its report reads it."""
        return sweep_data(self.study, self.manifest, self.runs)

    def save(self, *, lang: str = "fr") -> Path:
        """Write the page and the workbook beside the runs, and return the path of the page.

        Raises
        ------
        TerritoryError
            When the territory of the study's scenario is no longer there.
        ValueError
            When there is no report in that language.
        """
        write_sweep_workbook(self.data, self.folder / "workbook.xlsx", lang)
        write_sweep_page(self.data, self.folder / "report.html", lang)
        return self.folder / "report.html"

    def plot_drivers(self, outcome: str, *, lang: str = "en") -> Any:
        """Return what drives an outcome as a Plotly figure, by the method of the design."""
        return plots.plot_drivers(self.data, outcome, lang=lang)

    def plot_responses(self, outcome: str, *, lang: str = "en") -> Any:
        """Return the mean of an outcome along each factor as a Plotly figure."""
        return plots.plot_responses(self.data, outcome, lang=lang)

    def plot_heat(self, outcome: str, *, lang: str = "en") -> Any:
        """Return an outcome over the two factors that drive it most as a Plotly figure."""
        return plots.plot_heat(self.data, outcome, lang=lang)

    def plot_left_behind(self, *, lang: str = "en") -> Any:
        """Return the map of the share of runs in which each zone is left behind as a Plotly figure."""
        return plots.plot_left_behind(self.data, lang=lang)

    def plot_opened(self, *, lang: str = "en") -> Any:
        """Return the map of the facilities where some run opens an activity as a Plotly figure."""
        return plots.plot_opened(self.data, lang=lang)

    def _repr_html_(self) -> str:
        """Show the size of the study and its outcomes in a notebook."""
        done = self.runs[self.runs["status"] == DONE]
        told = {
            "runs": f"{len(done):,} done, {len(self.runs) - len(done):,} failed, of {self.manifest['runs']:,}",
            "design": self.study.design.method,
        }
        spread = {
            name: f"mean {done[name].mean():,.4g}, from {done[name].min():,.4g} to {done[name].max():,.4g}"
            for name in self.study.outcomes
        }
        return facts_html(f"Study {self.study.name}", told | spread)

    def failures(self) -> pd.DataFrame:
        """Return reason and runs: why runs failed, the most frequent first."""
        return robustness.failures(self.runs)

    def sobol_indices(self, outcome: str) -> pd.DataFrame:
        """Return the share of variance that each factor explains; see `territory.sweeps.sensitivity.sobol_indices`."""
        return sensitivity.sobol_indices(self.study, self.runs, outcome)

    def morris_effects(self, outcome: str) -> pd.DataFrame:
        """Return elementary effects; see `territory.sweeps.sensitivity.morris_effects`."""
        return sensitivity.morris_effects(self.study, self.runs, outcome)

    def tornado(self, outcome: str) -> pd.DataFrame:
        """Return how far each factor alone moves an outcome; see `territory.sweeps.sensitivity.tornado`."""
        return sensitivity.tornado(self.study, self.runs, outcome)

    def correlations(self, outcome: str) -> pd.DataFrame:
        """Return partial rank correlations; see `territory.sweeps.correlations.correlations`."""
        sensitivity.check_names(self.study, (), outcome)
        return correlations.correlations(self.study, self.runs, outcome)

    def response(self, factor: str, outcome: str) -> pd.DataFrame:
        """Return the mean of an outcome along a factor; see `territory.sweeps.sensitivity.response`."""
        return sensitivity.response(self.study, self.runs, factor, outcome)

    def heat(self, one: str, other: str, outcome: str) -> pd.DataFrame:
        """Return the mean of an outcome over two factors; see `territory.sweeps.sensitivity.heat`."""
        return sensitivity.heat(self.study, self.runs, one, other, outcome)

    def prim(self, outcome: str) -> list[discovery.Box]:
        """Return boxes in which an outcome breaks its threshold; see `territory.sweeps.discovery.prim`."""
        return discovery.prim(self.study, self.runs, outcome)

    def regret(self) -> pd.DataFrame:
        """Return how each plan does over the futures; see `territory.sweeps.robustness.regret`."""
        return robustness.regret(self.study, self.runs)

    def left_behind(self) -> pd.Series:
        """Return the share of runs in which each zone is left behind, by zone_id."""
        return robustness.left_behind_shares(self.runs)

    def opened(self) -> pd.DataFrame:
        """Return the share of runs in which the plan opens an activity at a facility."""
        return robustness.opened_shares(self.runs)


def load_sweep(folder: str | Path) -> Swept:
    """Read the folder of a study, also of one that is not finished.

    Raises
    ------
    TableError, SweepError
        When the folder is not that of a study, or a file of runs is broken.
    ScenarioError
        When no run has finished.
    """
    place = Path(folder)
    manifest, runs = read_manifest(place), read_runs(place)
    if runs.empty:
        raise ScenarioError(Fault(str(place), "no finished run", "one at least", "Run the study: `territory sweep`."))
    study = model_from(Sweep, manifest["study"], f"{place / MANIFEST}, study", TableError)
    return Swept(place, study, manifest, runs)
