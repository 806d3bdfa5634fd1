"""Which plan holds in most futures? Regret, satisficing, and where futures leave people behind."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from territory.errors import Fault, ScenarioError
from territory.scenario import Sweep
from territory.sweeps.designs import FUTURE, PLAN
from territory.sweeps.work import DONE

_DIGITS = 6
_HIGH = 0.9  # regret that nine futures of ten do not pass


def regret(study: Sweep, runs: pd.DataFrame) -> pd.DataFrame:
    """Return how each combination of levers does over the futures of a crossed design.

    The regret of a plan in a future is how much worse its outcome is than that of the best plan in the same future
    (Savage, J. Am. Stat. Assoc. 46, 1951). Futures in which a run failed are counted apart: there a plan is not good
    enough.

    Parameters
    ----------
    study
        A study with `design.crossed`, and thresholds that say which way its outcomes are better.
    runs
        Its runs.

    Returns
    -------
    pandas.DataFrame
        plan, the levers, futures, failed, good_enough (share of the futures in which every threshold holds), and for
        each outcome with a threshold: NAME (mean), NAME_regret (largest), NAME_regret_90 (what nine futures of ten do
        not pass). The plan that is good enough most often comes first; of
        several, that with the smallest largest regret in the first outcome with a threshold.

    Raises
    ------
    ScenarioError
        When the design is not crossed or no outcome has a threshold.
    """
    if PLAN not in runs.columns:
        raise ScenarioError(Fault("design.crossed", "a design that is not crossed", "levers crossed with futures"))
    if not study.thresholds:
        raise ScenarioError(Fault("thresholds", "none", "what is good enough, for one outcome at least"))
    good = _good(study, runs)
    table = runs.groupby(PLAN)[list(study.levers)].first()
    table["futures"] = runs.groupby(PLAN).size()
    table["failed"] = (runs["status"] != DONE).groupby(runs[PLAN]).sum()
    table["good_enough"] = good.groupby(runs[PLAN]).mean()
    for outcome, threshold in study.thresholds.items():
        worse = 1.0 if threshold.at_most is not None else -1.0
        badness = (worse * runs[outcome]).where(runs["status"] == DONE)
        lost = badness - badness.groupby(runs[FUTURE]).transform("min")
        by_plan = lost.groupby(runs[PLAN])
        table[outcome] = runs[outcome].groupby(runs[PLAN]).mean()
        table[f"{outcome}_regret"] = by_plan.max()
        table[f"{outcome}_regret_90"] = by_plan.quantile(_HIGH)
    first = table[f"{next(iter(study.thresholds))}_regret"].round(_DIGITS)  # beyond is what the solver leaves open
    order = pd.DataFrame({"good_enough": -table["good_enough"], "regret": first})
    return table.loc[order.sort_values(["good_enough", "regret"], kind="stable").index].reset_index()


def _good(study: Sweep, runs: pd.DataFrame) -> pd.Series:
    good = runs["status"] == DONE
    for outcome, threshold in study.thresholds.items():
        good &= runs[outcome].map(threshold.holds)
    return good


def left_behind_shares(runs: pd.DataFrame) -> pd.Series:
    """Return the share of finished runs in which each zone is left behind, by zone_id; zones never left are missing."""
    return _shares(runs, "left_behind")


def opened_shares(runs: pd.DataFrame) -> pd.DataFrame:
    """Return facility_id, activity and the share of finished runs in which the plan opens it there."""
    shares = _shares(runs, "opened")
    keys = [key.rsplit(" ", 1) for key in shares.index]
    return pd.DataFrame(
        {
            "facility_id": pd.Series([key[0] for key in keys], dtype=object),
            "activity": pd.Series([key[1] for key in keys], dtype=object),
            "share": shares.to_numpy(dtype=float),
        }
    )


def failures(runs: pd.DataFrame) -> pd.DataFrame:
    """Return reason and runs: why runs failed, the most frequent first."""
    reasons = runs.loc[runs["status"] != DONE, "reason"].value_counts()
    return pd.DataFrame({"reason": reasons.index.astype("str"), "runs": reasons.to_numpy()})


def _shares(runs: pd.DataFrame, column: str) -> pd.Series:
    done = runs[runs["status"] == DONE]
    counts = Counter(name for names in done[column] for name in names)
    return pd.Series({name: counts[name] / len(done) for name in sorted(counts)}, dtype=np.float64)
