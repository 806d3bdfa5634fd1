#!/usr/bin/env python3
"""The model beside observed figures: one table, `README.md`, made from a run folder.

Run ``python docs/observed/compare.py runs/baseline``. The observed figures stand in `figures.csv`, the prose and a
sentence on each large gap in `words.yaml`. Every figure of the model is counted from the tables of the run: acts a year
in the plan (`visits`), and acts asked for and begun in the simulated window (`simulated_visits`), brought to a year.
Bed-days are acts times the mean stay of the care catalogue. Waits are of all who ask, with or without a place in the
plan.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from territory import TerritoryError, load_run, read_care
from territory.indicators import interval
from territory.report import RunData

HERE = Path(__file__).parent
LARGE = (0.67, 1.5)
SMALLEST_RATIO = 0.01
DAYS_PER_YEAR = 365.0
WORKING_DAYS = 210.0
EVERYWHERE = "all"
GROUPS = {
    "CHU": "University hospital (CHU)",
    "CHR": "Regional hospitals (CHR)",
    "CHP": "Provincial hospitals (CHP)",
    "region": "Region and nation",
}


@dataclass(frozen=True)
class Counts:
    """Acts a year: one series by facility and activity for the plan, one for each replication."""

    plan: pd.Series
    replications: tuple[pd.Series, ...]


@dataclass(frozen=True)
class Model:
    """What a run says, ready to be asked.

    Parameters
    ----------
    counts
        Acts a year.
    waits
        Visits by appointment or with a stay, a row for each facility, activity and replication: `waited` of them with
        `wait_days`, summed.
    facilities
        By facility_id: level, beds.
    posts
        By facility_id and staff_group: posts in the plan.
    bed_days
        Mean stay in days, by activity.
    persons
        Inhabitants of the region.
    """

    counts: Counts
    waits: pd.DataFrame
    facilities: pd.DataFrame
    posts: pd.Series
    bed_days: Mapping[str, float]
    persons: float

    def chosen(self, selection: str) -> pd.Index:
        """Return the facilities of a list of ids and levels, or all."""
        words = selection.split()
        if words == [EVERYWHERE]:
            return self.facilities.index
        ids = self.facilities.index
        return ids[ids.isin(words) | self.facilities["level"].isin(words)]


@dataclass(frozen=True)
class Value:
    """A figure of the model: of the plan, and simulated with its 95 % interval; NaN where there is none."""

    plan: float
    simulated: float
    low: float
    high: float

    @property
    def best(self) -> float:
        """The figure set beside the observed one: of the plan, else simulated."""
        return self.simulated if np.isnan(self.plan) else self.plan


def read_model(run: RunData) -> Model:
    """Return the model's side of the comparison."""
    care = read_care(run.manifest["scenario"]["care"])
    visits = run.tables["simulated_visits"]
    keys = ["facility_id", "activity"]
    window = run.manifest["journeys_window"]
    per_year = DAYS_PER_YEAR / (window["to_day"] - window["from_day"])
    counts = Counts(
        plan=run.tables["visits"].groupby(keys)["acts_per_year"].sum(),
        replications=tuple(own.groupby(keys)["begun"].sum() * per_year for _, own in visits.groupby("replication")),
    )
    walk_in = {activity.id for activity in care.activities if activity.attendance == "walk_in"}
    waits = visits[~visits["activity"].isin(walk_in)].assign(waited=visits["begun"] + visits["waiting"])
    return Model(
        counts=counts,
        waits=waits[[*keys, "replication", "waited", "wait_days"]],
        facilities=run.tables["facilities"].set_index("facility_id")[["level", "beds"]],
        posts=run.tables["posts"].set_index(["facility_id", "staff_group"])["fte_after"],
        bed_days={activity.id: activity.bed_days.value for activity in care.activities if activity.bed_days},
        persons=float(run.tables["zones"]["population_persons"].sum()),
    )


def acts(counts: pd.Series, ids: pd.Index, activities: str) -> float:
    """Return the acts a year of some activities at some facilities."""
    inside = counts.index.get_level_values("facility_id").isin(ids)
    asked = counts.index.get_level_values("activity").isin(activities.split())
    return float(counts[inside & asked].sum())


def beds(model: Model, ids: pd.Index) -> float:
    """Return the beds of some facilities."""
    return float(model.facilities.loc[ids, "beds"].sum())


def bed_days(model: Model, counts: pd.Series, ids: pd.Index) -> float:
    """Return the bed-days a year at some facilities."""
    return sum(acts(counts, ids, activity) * days for activity, days in model.bed_days.items())


def admissions(model: Model, counts: pd.Series, ids: pd.Index) -> float:
    """Return the stays a year at some facilities, births among them."""
    return acts(counts, ids, " ".join(model.bed_days))


def posts(model: Model, ids: pd.Index, groups: str) -> float:
    """Return the posts of some staff groups at some facilities."""
    inside = model.posts.index.get_level_values("facility_id").isin(ids)
    staff = model.posts.index.get_level_values("staff_group").isin(groups.split())
    return float(model.posts[inside & staff].sum())


Measure = Callable[[Model, pd.Series, pd.Index, pd.Series], float]
MEASURES: dict[str, Measure] = {
    "acts_per_year": lambda _, counts, ids, row: acts(counts, ids, row["activities"]),
    "acts_per_week": lambda _, counts, ids, row: acts(counts, ids, row["activities"]) * 7.0 / DAYS_PER_YEAR,
    "acts_per_inhabitant": lambda model, counts, ids, row: (
        float(row["factor"]) * acts(counts, ids, row["activities"]) / model.persons
    ),
    "acts_per_bed": lambda model, counts, ids, row: acts(counts, ids, row["activities"]) / beds(model, ids),
    "acts_per_post": lambda model, counts, ids, row: (
        acts(counts, ids, row["activities"]) / posts(model, ids, row["staff"])
    ),
    "acts_per_post_and_day": lambda model, counts, ids, row: (
        acts(counts, ids, row["activities"]) / posts(model, ids, row["staff"]) / WORKING_DAYS
    ),
    "share": lambda _, counts, ids, row: 100.0 * acts(counts, ids, row["activities"]) / acts(counts, ids, row["among"]),
    "bed_days_per_year": lambda model, counts, ids, _: bed_days(model, counts, ids),
    "occupancy": lambda model, counts, ids, _: (
        100.0 * bed_days(model, counts, ids) / (beds(model, ids) * DAYS_PER_YEAR)
    ),
    "mean_stay": lambda model, counts, ids, _: bed_days(model, counts, ids) / admissions(model, counts, ids),
    "admissions_per_bed": lambda model, counts, ids, _: admissions(model, counts, ids) / beds(model, ids),
}


def value_of(model: Model, row: pd.Series) -> Value:
    """Return the model's figure for one observed figure."""
    ids = model.chosen(row["facilities"])
    if row["measure"] == "wait":
        own = model.waits
        own = own[own["facility_id"].isin(ids) & own["activity"].isin(row["activities"].split())]
        sums = own.groupby("replication")[["waited", "wait_days"]].sum()
        return Value(float("nan"), *interval((sums["wait_days"] / sums["waited"]).to_numpy(dtype=float)))
    measure = MEASURES[row["measure"]]
    simulated = [measure(model, counts, ids, row) for counts in model.counts.replications]
    return Value(measure(model, model.counts.plan, ids, row), *interval(np.array(simulated)))


def number(value: float) -> str:
    """Return a figure with three or four digits that matter; a dash for none."""
    if np.isnan(value):
        return "-"
    size = abs(value)
    decimals = next((places for least, places in ((100, 0), (10, 1), (1, 2), (0.1, 3)) if size >= least), 4)
    return f"{value:,.{decimals}f}".replace(",", " ") if value else "0"


def simulated_text(value: Value) -> str:
    """Return the simulated mean with its interval."""
    if np.isnan(value.simulated):
        return "-"
    return f"{number(value.simulated)} [{number(max(value.low, 0.0))}; {number(value.high)}]"


def observed_text(row: pd.Series) -> str:
    """Return the observed figure with its bounds, its unit and how it was made."""
    ends = [
        f"{int(end):,}".replace(",", " ") if end.isdigit() else end for end in (row["value"], row["value_to"]) if end
    ]
    text = f"{row['bound']} {' to '.join(ends)} {row['unit']}".strip()
    note = f"; {row['note']}" if row["note"] else ""
    mark = "; set" if row["tuned"] == "yes" else ""
    return f"{text} ({row['year']}, {row['quality']}{note}{mark})"


def ratio_of(row: pd.Series, value: Value) -> float:
    """Return model over observed; where two ends are observed, over their middle."""
    ends = [float(end) for end in (row["value"], row["value_to"]) if end]
    return value.best / float(np.mean(ends))


def ratio_text(ratio: float) -> str:
    """Return a ratio with two decimals, a dash for none."""
    if np.isnan(ratio):
        return "-"
    return "< 0.01" if 0.0 < ratio < SMALLEST_RATIO else f"{ratio:.2f}"


def sentence_of(row: pd.Series, ratio: float, sentences: Mapping[str, Mapping[str, str]]) -> str:
    """Return the sentence on a large gap, by its side; empty for a small one.

    Raises
    ------
    KeyError
        When a large gap has no sentence on this side.
    """
    if LARGE[0] <= ratio <= LARGE[1]:
        return ""
    side = "none" if np.isnan(ratio) else "low" if ratio < LARGE[0] else "high"
    return sentences[row["figure"]][side]


def table(figures: pd.DataFrame, model: Model, sentences: Mapping[str, Mapping[str, str]]) -> tuple[str, list[str]]:
    """Return the table as Markdown, and the figures whose large gap has no sentence."""
    sources = list(dict.fromkeys(figures["source"]))
    lines = [
        "| indicator | where | observed | source | plan | simulated [95 %] | ratio | large gap |",
        "|---|---|---|---:|---:|---:|---:|---|",
    ]
    silent = []
    for group, title in GROUPS.items():
        lines.append(f"| **{title}** | | | | | | | |")
        for _, row in figures[figures["group"] == group].iterrows():
            value = value_of(model, row)
            ratio = ratio_of(row, value)
            try:
                sentence = sentence_of(row, ratio, sentences)
            except KeyError:
                sentence = "Not yet explained."
                silent.append(row["figure"])
            cells = [
                row["indicator"],
                row["where"],
                observed_text(row),
                f"[{sources.index(row['source']) + 1}]",
                number(value.plan),
                simulated_text(value),
                ratio_text(ratio),
                sentence,
            ]
            lines.append(f"| {' | '.join(cells)} |")
    named = [f"{place}. {source}" for place, source in enumerate(sources, start=1)]
    return "\n".join([*lines, "", "## Sources", "", *named]), silent


def write_page(run: RunData, target: Path) -> list[str]:
    """Write the page, whole or not at all, and return the figures whose large gap has no sentence."""
    figures = pd.read_csv(HERE / "figures.csv", dtype=str, keep_default_na=False)
    words = yaml.safe_load((HERE / "words.yaml").read_text(encoding="utf-8"))
    body, silent = table(figures, read_model(run), words["gaps"])
    window = run.manifest["journeys_window"]
    days = f"{window['to_day'] - window['from_day']:.0f} days"
    seen = f"Run: `{run.manifest['name']}`, {window['replications']} replications of {days}.\n"
    left_out = "\n".join(f"- {line}" for line in words["left_out"])
    text = "\n".join([words["before"], seen, body, "", "## Left out on purpose", "", left_out, "", words["after"]])
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(target)
    return silent


def main() -> int:
    """Read the run folder named on the command line and write the page."""
    parser = argparse.ArgumentParser(description="Set a run beside observed figures: docs/observed/README.md")
    parser.add_argument("run", type=Path, help="a run folder, such as runs/baseline")
    options = parser.parse_args()
    try:
        silent = write_page(load_run(options.run), HERE / "README.md")
    except TerritoryError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    if silent:
        sys.stderr.write(f"Large gaps without a sentence in words.yaml: {', '.join(silent)}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
