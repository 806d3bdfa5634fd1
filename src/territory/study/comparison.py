"""Runs side by side: indicators of each, the difference to the first, and paired intervals where draws are shared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from territory.errors import Fault, TableError
from territory.indicators import interval
from territory.report import RunData

_SHARED = ("seed", "replications", "warm_up_days", "days")


def compare(runs: Sequence[RunData]) -> pd.DataFrame:
    """Return indicators of several runs side by side.

    Two runs with the same seed and window meet the same patients, so a simulated difference is taken replication by
    replication (paired comparison by common random numbers; Law, Simulation Modeling and Analysis, 2015, section 10.2)
    and its interval is the one of the paired differences.

    Returns
    -------
    pandas.DataFrame
        indicator, where, unit, better, run, value, low, high, difference, difference_low, difference_high; the
        difference is to the first run, and its ends are missing where nothing was simulated or draws are not shared.

    Raises
    ------
    TableError
        When fewer than two runs are given, or they are of different territories.
    """
    _check(runs)
    first = runs[0]
    base = first.tables["indicators"].set_index(["indicator", "where"])
    parts = []
    for run in runs:
        table = run.tables["indicators"].copy()
        keys = pd.MultiIndex.from_frame(table[["indicator", "where"]])
        table["run"] = run.manifest["name"]
        table["difference"] = table["value"].to_numpy() - base["value"].reindex(keys).to_numpy()
        low, high = _paired(first, run, keys)
        parts.append(table.assign(difference_low=low, difference_high=high))
    columns = ["indicator", "where", "unit", "better", "run", "value", "low", "high"]
    columns += ["difference", "difference_low", "difference_high"]
    return pd.concat(parts, ignore_index=True)[columns]


def _paired(first: RunData, run: RunData, keys: pd.MultiIndex) -> tuple[np.ndarray, np.ndarray]:
    low = np.full(len(keys), np.nan)
    high = np.full(len(keys), np.nan)
    if run is first or not shares_draws(first, run):
        return low, high
    one, other = (
        pd.DataFrame(each.manifest["simulated"]).set_index(["indicator", "where", "replication"])["value"]
        for each in (first, run)
    )
    differences = (other - one).dropna()
    grouped = {key: values.to_numpy() for key, values in differences.groupby(level=["indicator", "where"])}
    for position, key in enumerate(keys):
        if key in grouped:
            _, low[position], high[position] = interval(grouped[key])
    return low, high


def shares_draws(one: RunData, other: RunData) -> bool:
    """Whether two runs simulate the same patients: same seed, replications and window."""
    sides = [run.manifest["scenario"]["simulation"] for run in (one, other)]
    return (
        all(sides[0][key] == sides[1][key] for key in _SHARED)
        and bool(one.manifest["simulated"])
        and bool(other.manifest["simulated"])
    )


def _check(runs: Sequence[RunData]) -> None:
    if len(runs) <= 1:
        raise TableError(Fault("compare", f"{len(runs)} run", "two runs or more"))
    places = sorted({run.manifest["territory"]["id"] for run in runs})
    if len(places) > 1:
        raise TableError(Fault("compare", f"runs of {', '.join(places)}", "runs of one territory"))
    zones = {frozenset(run.tables["zones"]["zone_id"]) for run in runs}
    if len(zones) > 1:
        raise TableError(Fault("compare", "runs whose zones are not the same", "runs of one territory"))
    names = [run.manifest["name"] for run in runs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise TableError(
            Fault("compare", f"two runs called '{twice[0]}'", "runs with names of their own", "Set `name` in one.")
        )
