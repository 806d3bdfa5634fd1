"""A study from its file to its runs: check, design, run, keep; and go on where it was cut short."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Any

from territory.errors import Faults, ScenarioError
from territory.scenario import Scenario, Sweep, load_scenario, read_sweep, value_of
from territory.study import check_file, checksums
from territory.sweeps.checks import MOST_RUNS, check_names, check_outcomes, check_size, check_study, check_table
from territory.sweeps.designs import Runs, count_runs, make_runs
from territory.sweeps.pools import run_parts
from territory.sweeps.stages import Stages
from territory.sweeps.store import Store
from territory.sweeps.swept import Swept, load_sweep
from territory.sweeps.variants import parts_of
from territory.sweeps.work import DONE, Model, Order, Outcome

Progress = Callable[[int, int], None]

_NOT_IN_RUNS = {"title", "description", "thresholds"}  # what a study may change without another run


def sweep(
    study: str | Path | Sweep,
    *,
    out: str | Path | None = None,
    workers: int = 1,
    cluster: Any = None,
    resume: bool = False,
    model: Model | None = None,
    most_runs: int = MOST_RUNS,
    progress: Progress | None = None,
) -> Swept:
    """Run a study and return its runs; each is on disk when it is done.

    In a script with `workers`, call it under ``if __name__ == "__main__":``.

    Parameters
    ----------
    study
        A study file, or what `territory.scenario.read_sweep` read of one.
    out
        The folder; missing: ``runs/NAME``.
    workers
        Processes on this machine.
    cluster
        The address of a Dask scheduler or a `distributed.Client`, in place of processes.
    resume
        Go on with the runs that a folder of the same study lacks.
    model
        A function of a scenario that returns outcomes by name, in place of the stages; of a module where processes or a
        cluster run it.
    most_runs
        A larger design is refused.
    progress
        Called with the runs done and their total.

    Raises
    ------
    ScenarioError
        When the study, its scenario or its design cannot be used, or an outcome is no indicator.
    SweepError
        When the runs cannot go on; what was finished is kept.
    """
    told = study if isinstance(study, Sweep) else read_sweep(study)
    base, runs = designed_runs(told, most_runs, own_model=model is not None)
    folder = Path(out) if out is not None else Path("runs") / told.name
    store = Store(folder, runs.table, told.outcomes)
    manifest = _manifest(told, base, runs, model)
    done = store.open(manifest, resume=resume)
    parts = [part for part in parts_of(told, runs.table) if part.number not in done]
    ground = Stages().ground(base) if parts and model is None else None
    order = Order(manifest["fingerprint"], told, base, ground, model)
    tell = progress or (lambda _done, _total: None)
    tell(len(done), len(runs.table))
    with closing(run_parts(order, parts, workers=workers, cluster=cluster)) as outcomes:
        for count, outcome in enumerate(_known(outcomes), start=len(done) + 1):
            store.put(outcome)
            tell(count, len(runs.table))
    return load_sweep(folder)


def _known(outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """Yield outcomes of runs; refuse the first that is done when it lacks what the study asks for."""
    known = False
    for outcome in outcomes:
        if not known and outcome.status == DONE:
            _check_known(outcome)
            known = True
        yield outcome


def designed_runs(study: Sweep, most_runs: int = MOST_RUNS, *, own_model: bool = False) -> tuple[Scenario, Runs]:
    """Return the scenario and the runs of a study of which nothing is wrong; nothing is run.

    Raises
    ------
    ScenarioError
        With every fault of the scenario, or else of the study.
    """
    check_size(study, count_runs(study), most_runs)  # before it is made; a table is counted when it is read
    read = load_scenario if own_model else check_file
    base = read(study.scenario, study.overrides)
    check_study(study, base)
    runs = make_runs(study, _base_values(study, base))
    check_size(study, len(runs.table), most_runs)
    if study.design.method == "table":
        check_table(study, base, runs.table)
    if not own_model:
        check_outcomes(study, base)
        check_names(study, base, runs.table)
    return base, runs


def _check_known(outcome: Outcome) -> None:
    """Refuse outcomes that the first run has no indicator for, before others are run."""
    faults = Faults(ScenarioError)
    for name, hint in outcome.unknown.items():
        faults.add("outcomes", f"'{name}', which the first run did not compute", "an indicator of the runs", hint)
    faults.raise_if_any()


def _base_values(study: Sweep, base: Scenario) -> dict[str, Any]:
    """Return the value of each factor in the scenario, where the design starts from it."""
    if study.design.method != "one_at_a_time":
        return {}
    faults, found = Faults(ScenarioError), {}
    for key in study.factors:
        found[key] = value_of(base, key)
        if found[key] is None:
            expected = "a value in the scenario, to start one factor at a time from"
            faults.add(key, "nothing", expected, "Say it in the scenario file.")
    faults.raise_if_any()
    return found


def _manifest(study: Sweep, base: Scenario, runs: Runs, model: Model | None) -> dict[str, Any]:
    told = study.model_dump(mode="json")
    inputs = {} if model is not None else checksums(base)
    by = f"{getattr(model, '__module__', '')}.{getattr(model, '__qualname__', type(model).__name__)}"
    kept = {key: value for key, value in told.items() if key not in _NOT_IN_RUNS and key != "scenario"}
    kept["design"] = {**kept["design"], "table": None}  # its content counts, not its place
    for kind in ("levers", "uncertainties"):
        kept[kind] = {key: {**factor, "title": None} for key, factor in kept[kind].items()}
    scenario = base.model_dump(mode="json", exclude={"territory", "care", "title", "description"})
    content = [kept, scenario, inputs, runs.table.to_dict("split"), by if model is not None else ""]
    text = json.dumps(content, sort_keys=True, default=str)
    return {
        "study": told,
        "scenario": base.model_dump(mode="json"),
        "runs": len(runs.table),
        "fingerprint": hashlib.sha256(text.encode()).hexdigest(),
        "checksums": inputs,
        "own_model": model is not None,
        "versions": {name: version(name) for name in ("territory", "salib", "highspy", "numpy")},
    }
