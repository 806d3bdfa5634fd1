"""What a study of many runs says: what is decided, what is not known, which runs are made, and what is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from territory.errors import Fault, ScenarioError
from territory.scenario.keys import plain, takes_numbers
from territory.scenario.options import Options
from territory.yaml_files import model_from, read_yaml

Law = Literal["uniform", "loguniform", "triangular", "normal", "lognormal"]
Method = Literal["grid", "one_at_a_time", "latin_hypercube", "morris", "sobol", "fast", "table"]

_NEEDED: Mapping[str, tuple[str, ...]] = {
    "uniform": ("low", "high"),
    "loguniform": ("low", "high"),
    "triangular": ("low", "high", "mode"),
    "normal": ("mean", "sd"),
    "lognormal": ("median", "geometric_sd"),
}
_MAY_BE_CUT = ("normal", "lognormal")  # laws without ends of their own; low and high cut them
_PARAMETERS = ("low", "high", "mode", "mean", "sd", "median", "geometric_sd")
_COLUMNS_OF_RUNS = {"run", "plan", "future", "status", "reason", "seed", "seconds", "opened", "left_behind"}
_OF_STUDIES = {"scenario", "stages", "levers", "uncertainties", "design", "outcomes"}
_OF_SCENARIOS = {"extends", "territory", "care"}
_WITH_SAMPLES = ("latin_hypercube", "morris", "sobol", "fast")
_LEAST_FAST = 65  # runs of each factor for four harmonics: 4 x 4^2 + 1 (Saltelli, Tarantola & Chan 1999)


class Factor(Options):
    """The values that one key of the scenario may take: a list, a range, or a law."""

    title: dict[str, str] = Field(default_factory=dict, description="what a report calls it, by language (fr, en, ar)")
    values: tuple[Any, ...] = Field(default=(), description="a list of values, each as likely as another")
    law: Law = Field(default="uniform", description="law between low and high, or about a mean or median")
    low: float | None = Field(default=None, description="smallest value")
    high: float | None = Field(default=None, description="largest value")
    mode: float | None = Field(default=None, description="likeliest value of a triangular law")
    mean: float | None = Field(default=None, description="mean of a normal law, before low and high cut it")
    sd: float | None = Field(default=None, gt=0, description="standard deviation of a normal law")
    median: float | None = Field(default=None, gt=0, description="median of a lognormal law")
    geometric_sd: float | None = Field(
        default=None,
        gt=1,
        description="two thirds of a lognormal law lie between the median divided and multiplied by it",
    )

    @model_validator(mode="before")
    @classmethod
    def _short(cls, content: Any) -> Any:
        """Let a plain list stand for its values."""
        return {"values": content} if isinstance(content, list) else content

    @model_validator(mode="after")
    def _whole(self) -> Factor:
        told = {name for name in _PARAMETERS if getattr(self, name) is not None}
        if self.values:
            if told or len(self.values) < 2:  # noqa: PLR2004
                msg = "a list of two values or more, and nothing beside it"
                raise ValueError(msg)
            return self
        if not told and self.law == "uniform":
            return self  # a user's table says the values
        missing = [name for name in _NEEDED[self.law] if name not in told]
        ends = {"low", "high"} if self.law in _MAY_BE_CUT else set()
        idle = sorted(told - set(_NEEDED[self.law]) - ends)
        if missing or idle:
            word = f"{', '.join(missing)} for the law {self.law}" if missing else f"no {', '.join(idle)} for {self.law}"
            raise ValueError(word)
        self._check_order()
        return self

    @property
    def is_empty(self) -> bool:
        """Whether it says no values: a table of runs does."""
        return not self.values and all(getattr(self, name) is None for name in _PARAMETERS)

    def _check_order(self) -> None:
        low, high = self.low, self.high
        if low is not None and high is not None and not low < high:
            msg = f"low below high, not {low:g} and {high:g}"
            raise ValueError(msg)
        if self.law in {"loguniform", "lognormal"} and low is not None and not low > 0:
            msg = f"low above zero for the law {self.law}"
            raise ValueError(msg)
        if self.mode is not None and low is not None and high is not None and not low <= self.mode <= high:
            msg = "mode between low and high"
            raise ValueError(msg)


class Design(Options):
    """Which runs are made."""

    method: Method = Field(
        default="latin_hypercube",
        description="every combination; each factor alone from the base; a Latin hypercube; trajectories of Morris; "
        "sequences of Sobol (Saltelli) or of the extended FAST; or a table of runs",
    )
    samples: int | None = Field(
        default=None,
        ge=1,
        le=10_000_000,
        description="runs of a Latin hypercube, trajectories of Morris (factors + 1 runs each), points of Sobol "
        "(factors + 2 runs each; a power of two), runs of each factor of FAST",
    )
    steps: int = Field(
        default=5, ge=2, le=1000, description="values of a range, for the grid and for one factor at a time"
    )
    crossed: bool = Field(
        default=False, description="each combination of the levers with each run of the design over the uncertainties"
    )
    seed: int = Field(default=1, ge=0, lt=2**32, description="chance of the design")
    table: str | None = Field(
        default=None, min_length=1, description="CSV of runs, a column for each factor, for the method table"
    )

    @model_validator(mode="after")
    def _complete(self) -> Design:
        if (self.samples is None) == (self.method in _WITH_SAMPLES):
            word = "samples" if self.samples is None else "no samples"
            msg = f"{word} for the method {self.method}"
            raise ValueError(msg)
        if (self.table is None) == (self.method == "table"):
            word = "table" if self.table is None else "no table"
            msg = f"{word} for the method {self.method}"
            raise ValueError(msg)
        if self.method == "sobol" and self.samples is not None and self.samples & (self.samples - 1):
            msg = "samples that are a power of two for the method sobol"
            raise ValueError(msg)
        if self.method == "fast" and self.samples is not None and self.samples < _LEAST_FAST:
            msg = f"samples of {_LEAST_FAST} or more for the method fast"
            raise ValueError(msg)
        return self


class Threshold(Options):
    """What an outcome must keep to be good enough."""

    at_most: float | None = Field(default=None, description="largest good value")
    at_least: float | None = Field(default=None, description="smallest good value")

    @model_validator(mode="after")
    def _one(self) -> Threshold:
        if (self.at_most is None) == (self.at_least is None):
            msg = "at_most or at_least, one of the two"
            raise ValueError(msg)
        return self

    def holds(self, value: float) -> bool:
        """Whether a value is good enough; one that is not known is not."""
        return bool(value <= self.at_most) if self.at_most is not None else bool(value >= float(self.at_least or 0.0))


class Sweep(Options):
    """One study of many runs of a scenario."""

    name: str = Field(pattern=r"^\w[\w.-]*$", max_length=80, description="short name; its folder is called so")
    title: dict[str, str] = Field(default_factory=dict, description="title by language (fr, en, ar)")
    description: dict[str, str] = Field(default_factory=dict, description="a few sentences by language")
    scenario: str = Field(min_length=1, description="scenario file of every run, relative to this file")
    overrides: dict[str, Any] = Field(
        default_factory=dict,
        description="keys of the scenario that all runs change alike, such as a shorter simulation",
    )
    stages: Literal["allocation", "simulation", "both"] = Field(
        default="allocation",
        description="what each run computes. allocation: a plan; simulation: what happens to patients when the plan "
        "was made before the uncertainties were known; both: a plan that knows them, and what happens then",
    )
    levers: dict[str, Factor] = Field(default_factory=dict, description="what is decided, by key of the scenario")
    uncertainties: dict[str, Factor] = Field(default_factory=dict, description="what is not known, by key")
    design: Design
    outcomes: tuple[str, ...] = Field(
        min_length=1, description="indicators that are kept, of the region, or `indicator@place`"
    )
    thresholds: dict[str, Threshold] = Field(
        default_factory=dict, description="what is good enough, by outcome: for regret, and for what breaks a plan"
    )
    chance: Literal["common", "own"] = Field(
        default="common",
        description="common: the simulations of all runs draw the same random numbers, so that runs differ by their "
        "factors alone; own: each run has a seed of its own",
    )
    left_behind: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=0.2, description="a zone with a larger unmet share of its acts is left behind"
    )

    @field_validator("levers", "uncertainties", mode="before")
    @classmethod
    def _lists(cls, factors: Any) -> Any:
        return factors if factors is not None else {}

    @model_validator(mode="after")
    def _consistent(self) -> Sweep:
        twice = sorted({*self.levers} & {*self.uncertainties} | {*self.overrides} & {*self.factors})
        if twice:
            msg = f"'{twice[0]}' as a lever, as an uncertainty or among the overrides, once"
            raise ValueError(msg)
        keys = sorted({*self.factors, *self.overrides})
        inside = [(one, other) for one in keys for other in keys if other.startswith(f"{one}.")]
        if inside:
            msg = f"keys apart from each other, not '{inside[0][1]}' inside '{inside[0][0]}'"
            raise ValueError(msg)
        if not self.factors:
            msg = "one lever or uncertainty at least"
            raise ValueError(msg)
        if self.design.crossed and not (self.levers and self.uncertainties):
            msg = "levers and uncertainties, to be crossed"
            raise ValueError(msg)
        taken = sorted({*self.outcomes} & _COLUMNS_OF_RUNS)
        if taken:
            msg = f"outcomes of other names than '{taken[0]}', which every run has"
            raise ValueError(msg)
        strange = sorted(set(self.thresholds) - set(self.outcomes))
        if strange:
            msg = f"thresholds of outcomes, which '{strange[0]}' is not"
            raise ValueError(msg)
        empty = [key for key, factor in self.factors.items() if factor.is_empty]
        if empty and self.design.method != "table":
            msg = f"values, low and high, or a law for '{empty[0]}'"
            raise ValueError(msg)
        return self

    @property
    def factors(self) -> dict[str, Factor]:
        """Levers, then uncertainties."""
        return {**self.levers, **self.uncertainties}


def is_study(content: Mapping[str, Any]) -> bool:
    """Whether a file is a study rather than a scenario, by its keys."""
    return bool(_OF_STUDIES & set(content)) and not _OF_SCENARIOS & set(content)


def read_sweep(path: str | Path) -> Sweep:
    """Read a study file; the scenario and the table that it names become paths from here.

    Raises
    ------
    ScenarioError
        With every fault of the file.
    """
    file = Path(path)
    content = read_yaml(file, ScenarioError)
    if _OF_SCENARIOS & set(content) and not _OF_STUDIES & set(content):
        raise ScenarioError(Fault(str(file), "a scenario", "a study of many runs", "Run it with `territory run`."))
    for kind in ("levers", "uncertainties"):
        if isinstance(content.get(kind), dict):
            content[kind] = {key: _with_numbers(str(key), factor) for key, factor in content[kind].items()}
    sweep = model_from(Sweep, content, file.name, ScenarioError)
    scenario = file.parent / sweep.scenario
    if not scenario.is_file():
        found = f"'{sweep.scenario}', which is {'no file' if scenario.exists() else 'not there'}"
        raise ScenarioError(Fault(f"{file.name}, scenario", found, "a scenario file, relative to this file"))
    update: dict[str, Any] = {"scenario": str(scenario)}
    if sweep.design.table is not None:
        update["design"] = sweep.design.model_copy(update={"table": str(file.parent / sweep.design.table)})
    return sweep.model_copy(update=update)


def _with_numbers(key: str, factor: Any) -> Any:
    """Return what is told of a factor, texts made numbers where its key takes these: YAML reads 4e7 as a text."""
    if isinstance(factor, dict) and "values" in factor:
        return {**factor, "values": _with_numbers(key, factor["values"])}
    if isinstance(factor, list) and takes_numbers(key):
        return [plain(value) if isinstance(value, str) else value for value in factor]
    return factor
