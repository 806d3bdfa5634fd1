"""Which runs a study makes: a row for each run, a column for each factor."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from SALib.sample import fast_sampler, latin, morris, sobol

from territory.csv_files import read_csv_text
from territory.errors import Fault, Faults, ScenarioError
from territory.scenario import Sweep, is_whole, plain
from territory.sweeps.factors import levels, values_at

Floats = NDArray[np.float64]

PLAN, FUTURE = "plan", "future"  # columns of a crossed design
MORRIS_LEVELS = 4
FAST_HARMONICS = 4
_MOST_TOLD = 5
_NO_VALUES = ("", "nan", "inf", "+inf", "-inf", "infinity", "-infinity")


@dataclass(frozen=True, eq=False)
class Runs:
    """The runs of a study.

    Parameters
    ----------
    table
        A row for each run and a column for each factor; `plan` and `future` before them where levers are crossed with
        uncertainties: the number of the combination of levers, and of the run of the design.
    places
        Where the runs stand in the unit cube of the factors of the design, shape (runs, factors); None where the design
        has none.
    """

    table: pd.DataFrame
    places: Floats | None = None


def salib_problem(names: list[str]) -> dict[str, Any]:
    """Return the unit cube of some factors as SALib asks for it."""
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}


def designed(study: Sweep) -> list[str]:
    """Return the factors that the method of the design moves: without the levers where they are crossed."""
    return list(study.uncertainties if study.design.crossed else study.factors)


def count_runs(study: Sweep) -> int:
    """Return how many runs the design has, without making it; 0 for a table, which is counted when it is read."""
    design, names = study.design, designed(study)
    samples, factors = design.samples or 0, len(names)
    if design.method == "grid":
        own = prod(len(levels_of(study, name)) for name in names)
    elif design.method == "one_at_a_time":
        own = 1 + sum(len(levels_of(study, name)) for name in names)
    else:
        own = {
            "latin_hypercube": samples,
            "morris": samples * (factors + 1),
            "sobol": samples * (factors + 2),
            "fast": samples * factors,
            "table": 0,
        }[design.method]
    return own * _combinations(study)


def _combinations(study: Sweep) -> int:
    return prod(len(levels_of(study, name)) for name in study.levers) if study.design.crossed else 1


def levels_of(study: Sweep, name: str) -> list[Any]:
    """Return the values that a factor takes in a grid, and one factor at a time."""
    return levels(study.factors[name], study.design.steps, whole=is_whole(name))


def make_runs(study: Sweep, base: dict[str, Any]) -> Runs:
    """Return the runs of a study.

    SALib's are the Latin hypercube (McKay, Beckman & Conover, Technometrics 21, 1979), the trajectories of Morris
    (Technometrics 33, 1991), the sequences of Sobol as Saltelli arranges them (Comput. Phys. Commun. 145, 2002) and
    those of the extended FAST (Saltelli, Tarantola & Chan, Technometrics 41, 1999).

    Parameters
    ----------
    study
        Factors and design.
    base
        The value that each factor has in the scenario: what one factor at a time starts from.

    Raises
    ------
    ScenarioError
        When a table of runs cannot be used.
    """
    names = designed(study)
    own = _own_runs(study, names, base)
    if not study.design.crossed:
        return own
    combinations = list(product(*(levels_of(study, name) for name in study.levers)))
    parts = []
    for plan, combination in enumerate(combinations):
        part = own.table.copy()
        for name, value in zip(study.levers, combination, strict=True):
            part[name] = pd.Series([value] * len(part), dtype=object)
        part.insert(0, FUTURE, range(len(part)))
        part.insert(0, PLAN, plan)
        parts.append(part)
    return Runs(pd.concat(parts, ignore_index=True)[[PLAN, FUTURE, *study.factors]])


def _own_runs(study: Sweep, names: list[str], base: dict[str, Any]) -> Runs:
    design = study.design
    if design.method == "table":
        return Runs(_from_table(study))
    if design.method == "grid":
        return Runs(_frame(names, list(product(*(levels_of(study, name) for name in names)))))
    if design.method == "one_at_a_time":
        rows = [[base[name] for name in names]]
        for position, name in enumerate(names):
            rows += [[*rows[0][:position], value, *rows[0][position + 1 :]] for value in levels_of(study, name)]
        return Runs(_frame(names, rows))
    places = _places(design.method, design.samples or 0, names, design.seed)
    columns = [values_at(study.factors[name], places[:, k], whole=is_whole(name)) for k, name in enumerate(names)]
    return Runs(_frame(names, list(zip(*columns, strict=True))), places)


def _places(method: str, samples: int, names: list[str], seed: int) -> Floats:
    """Return the points of a design in the unit cube, shape (runs, factors)."""
    problem = salib_problem(names)
    match method:
        case "latin_hypercube":
            found = latin.sample(problem, samples, seed=seed)
        case "morris":
            found = morris.sample(problem, samples, num_levels=MORRIS_LEVELS, seed=seed)
        case "sobol":
            found = sobol.sample(problem, samples, calc_second_order=False, seed=seed)
        case _:
            found = fast_sampler.sample(problem, samples, M=FAST_HARMONICS, seed=seed)
    return np.asarray(found, dtype=np.float64)


def _frame(names: list[str], rows: list[Any]) -> pd.DataFrame:
    """Return rows as a table of objects: a number stays the number that the scenario is given."""
    columns = {name: pd.Series([row[k] for row in rows], dtype=object) for k, name in enumerate(names)}
    return pd.DataFrame(columns, columns=names)


def _from_table(study: Sweep) -> pd.DataFrame:
    """Read a table of runs; words that are no numbers are read as in an override."""
    file = str(study.design.table)
    faults = Faults(ScenarioError)
    read, broken = read_csv_text(Path(file), may_be_empty=True)
    if read is None:
        raise ScenarioError(
            [Fault(f"design.table, {fault.where}", fault.found, fault.expected, fault.hint) for fault in broken]
        )
    text = read.frame.fillna("")
    for name in designed(study):
        if name not in text.columns:
            faults.add(f"{file}, row 1", f"no column '{name}'", "a column for each factor of the design")
    for name in [column for column in text.columns if column not in designed(study)]:
        faults.add(f"{file}, row 1", f"a column '{name}'", "the key of a lever or of an uncertainty")
    if text.empty:
        faults.add(file, "a header line and no rows", "one run at least")
    faults.raise_if_any()
    for name in designed(study):
        for row in np.flatnonzero(text[name].str.lower().isin(_NO_VALUES))[:_MOST_TOLD]:
            word = text[name][row] or "nothing"
            faults.add(f"{file}, row {row + 2}, column {name}", word, "a finite number or a word")
    faults.raise_if_any()
    return text[designed(study)].map(plain).astype(object)
