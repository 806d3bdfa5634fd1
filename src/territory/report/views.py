"""The tables a reader sees, made once: the page shows their first rows, the workbook all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from territory.report import facts, waits
from territory.report.data import Figure, RunData, figure, label, labels
from territory.report.words import Words

_WITHIN = (15, 30, 60)


UNITS_OF_TIME = {"minutes": "unit_minutes", "wait": "unit_minutes", "days": "unit_days"}  # words, by kind of value


@dataclass(frozen=True)
class Column:
    """One column: its key in the frame, its title, and how its values are written.

    `kind` is ``text``, ``whole``, ``number``, ``fine``, ``signed``, ``share``, ``minutes``, ``days``, ``wait``
    (minutes, told in a unit that suits), ``money``, or ``change`` and ``change_fte``, numbers with their sign. With
    `interval`, the frame holds the ends as ``KEY_low`` and ``KEY_high``. A `bar` shows a share as a length beside its
    number.
    """

    key: str
    title: str
    kind: str = "text"
    interval: bool = False
    bar: bool = False


@dataclass(frozen=True)
class View:
    """One table with its title and columns; `note` says how to read it."""

    title: str
    columns: tuple[Column, ...]
    frame: pd.DataFrame
    note: str = ""

    def first(self, rows: int) -> View:
        """Return the view cut after so many rows."""
        return replace(self, frame=self.frame.head(rows))

    def without(self, *keys: str) -> View:
        """Return the view without some columns."""
        return replace(self, columns=tuple(column for column in self.columns if column.key not in keys))


def kind_of_care(run: RunData, what: str, words: Words) -> str:
    """Return what people call a tier or a level of care."""
    tier = words.named("tier", what)
    return label(run, "levels", what, words.lang) if tier == what else tier


def access_view(run: RunData, words: Words) -> View:
    """Return how near people live to each tier of care: mean minutes, and the share within 15, 30 and 60."""
    rows = []
    for what in facts.nearest_kinds(run):
        row: dict[str, object] = {"tier": kind_of_care(run, what, words)}
        for minutes in _WITHIN:
            row[f"within_{minutes}"] = figure(run, f"people_within_{minutes}_minutes_{what}").value
        row["nearest"] = figure(run, f"nearest_minutes_{what}").value
        rows.append(row)
    within = tuple(
        Column(f"within_{minutes}", words("within", minutes=str(minutes)), "share", bar=True) for minutes in _WITHIN
    )
    columns = (Column("tier", words("tier")), Column("nearest", words("nearest_mean"), "minutes"), *within)
    return View(words("access_title"), columns, pd.DataFrame(rows, columns=[column.key for column in columns]))


def province_view(run: RunData, words: Words) -> View:
    """Return one row for each province."""
    frame = facts.province_facts(run)
    frame = frame.assign(name=labels(run, "provinces", frame["province"], words.lang))
    columns = (
        Column("name", words("province")),
        Column("population_persons", words("people"), "whole"),
        Column("demand", words("demand_acts"), "whole"),
        Column("unmet_share", words("unmet_share"), "share", bar=True),
        Column("travel_minutes", words("mean_travel"), "minutes"),
        Column("within_30_hospital", words("within_30_hospital"), "share", bar=True),
        Column("own_share", words("own_province"), "share", bar=True),
        Column("fte_before", words("posts_before"), "number"),
        Column("fte_after", words("posts_after"), "number"),
        Column("posts_per_10000", words("posts_per_10000"), "number"),
    )
    frame = frame.sort_values("population_persons", ascending=False, ignore_index=True)
    return View(words("provinces_title"), columns, frame, words("provinces_note"))


def zone_view(run: RunData, words: Words) -> View:
    """Return one row for each zone, the longest travel first."""
    frame = facts.zone_facts(run)
    frame = frame.assign(province_name=labels(run, "provinces", frame["province"], words.lang))
    nearest = [
        Column(f"nearest_{what}", words("nearest", what=kind_of_care(run, what, words)), "minutes")
        for what in facts.nearest_kinds(run)
    ]
    columns = (
        Column("name", words("zone")),
        Column("province_name", words("province")),
        Column("population_persons", words("people"), "whole"),
        Column("travel_minutes", words("mean_travel"), "minutes"),
        *nearest,
        Column("demand", words("demand_acts"), "whole"),
        Column("unmet", words("unmet_acts"), "whole"),
        Column("unmet_share", words("unmet_share"), "share", bar=True),
    )
    frame = frame.sort_values(["travel_minutes", "zone_id"], ascending=[False, True], ignore_index=True)
    return View(words("zones_title"), columns, frame)


def facility_view(run: RunData, words: Words) -> View:
    """Return one row for each facility, the most acts first."""
    frame = facts.facility_facts(run)
    frame = frame.assign(
        level_name=labels(run, "levels", frame["level"], words.lang),
        province_name=labels(run, "provinces", frame["province"], words.lang),
        sector_name=[words.named("sector", sector) for sector in frame["sector"]],
    )
    columns = (
        Column("name", words("facility")),
        Column("level_name", words("level")),
        Column("sector_name", words("sector")),
        Column("province_name", words("province")),
        Column("acts", words("acts_plan"), "whole"),
        Column("fte_before", words("posts_before"), "number"),
        Column("fte_after", words("posts_after"), "number"),
        Column("hours_available", words("hours_available"), "whole"),
        Column("hours_used", words("hours_used"), "whole"),
        Column("workload", words("workload"), "share", bar=True),
        Column("beds", words("beds"), "whole"),
        Column("bed_occupancy", words("bed_occupancy"), "share", bar=True),
    )
    frame = frame.sort_values(["acts", "facility_id"], ascending=[False, True], ignore_index=True)
    return View(words("facilities_title"), columns, frame)


def staff_view(run: RunData, words: Words) -> View:
    """Return one row for each staff group, the fullest first."""
    frame = facts.staff_facts(run)
    frame = frame.assign(name=labels(run, "staff_groups", frame["staff_group"], words.lang))
    columns = (
        Column("name", words("staff_group")),
        Column("fte_before", words("posts_before"), "number"),
        Column("fte_after", words("posts_after"), "number"),
        Column("hours_available", words("hours_available"), "whole"),
        Column("hours_used", words("hours_used"), "whole"),
        Column("workload", words("workload"), "share", bar=True),
        Column("at_limit", words("at_limit"), "whole"),
    )
    return View(words("staff_title"), columns, frame, words("staff_note"))


def staff_by_province_view(run: RunData, words: Words) -> View:
    """Return the posts of the plan, staff group x province, the largest province first."""
    home = run.tables["facilities"].set_index("facility_id")["province"]
    posts = run.tables["posts"]
    frame = posts.assign(province=posts["facility_id"].map(home)).pivot_table(
        values="fte_after", index="staff_group", columns="province", aggfunc="sum", fill_value=0.0, observed=True
    )
    people = run.tables["zones"].groupby("province")["population_persons"].sum()
    provinces = sorted(frame.columns, key=lambda province: (-people.get(province, 0), province))
    known = list(run.manifest.get("labels", {}).get("staff_groups", {}))
    groups = sorted(frame.index, key=lambda group: (known.index(group) if group in known else len(known), group))
    frame = frame.loc[groups].reset_index()
    frame = frame.assign(name=labels(run, "staff_groups", frame["staff_group"], words.lang))
    columns = [Column(province, label(run, "provinces", province, words.lang), "number") for province in provinces]
    return View(words("staff_province_title"), (Column("name", words("staff_group")), *columns), frame)


def post_view(run: RunData, words: Words, *, short: bool = False) -> View:
    """Return one row for each facility and staff group; with `short`, only those that are full or priced."""
    frame = facts.short_posts(run) if short else facts.post_facts(run)
    places = run.tables["facilities"].set_index("facility_id")
    frame = frame.assign(
        facility=frame["facility_id"].astype(object).map(places["name"].astype(object)),
        province=labels(run, "provinces", frame["facility_id"].map(places["province"]), words.lang),
        group=labels(run, "staff_groups", frame["staff_group"], words.lang),
    )
    columns = (
        Column("facility", words("facility")),
        Column("province", words("province")),
        Column("group", words("staff_group")),
        Column("fte_before", words("posts_before"), "number"),
        Column("fte_after", words("posts_after"), "number"),
        Column("hours_available", words("hours_available"), "whole"),
        Column("hours_used", words("hours_used"), "whole"),
        Column("workload", words("workload"), "share", bar=True),
        Column("price", words("gain_title"), "number"),
    )
    return View(words("short_title" if short else "posts_title"), columns, frame, words("short_note") if short else "")


def activity_view(run: RunData, words: Words) -> View:
    """Return one row for each activity, the most unmet acts first."""
    frame = facts.activity_facts(run)
    frame = frame.assign(name=labels(run, "activities", frame["activity"], words.lang))
    modes = tuple(Column(f"mode_{mode}", words.named("mode", mode), "share") for mode in facts.modes_used(run))
    columns = (
        Column("name", words("activity")),
        Column("demand", words("demand_acts"), "whole"),
        Column("served", words("served_acts"), "whole"),
        Column("unmet", words("unmet_acts"), "whole"),
        Column("unmet_share", words("unmet_share"), "share", bar=True),
        Column("travel_minutes", words("mean_travel"), "minutes"),
        *modes,
    )
    return View(words("activities_title"), columns, frame, words("activities_note"))


def move_view(run: RunData, words: Words) -> View:
    """Return one row for each move or recruitment, the largest first."""
    frame = facts.move_facts(run)
    name = run.tables["facilities"].set_index("facility_id")["name"].astype(object)
    frame = frame.assign(
        kind_name=[words.named("move", kind) for kind in frame["kind"]],
        left=frame["from_facility_id"].astype(object).map(name).fillna(words("missing")),
        joined=frame["to_facility_id"].astype(object).map(name).fillna(words("missing")),
        group=labels(run, "staff_groups", frame["staff_group"], words.lang),
    )
    columns = (
        Column("kind_name", words("move_kind")),
        Column("group", words("staff_group")),
        Column("left", words("move_from")),
        Column("joined", words("move_to")),
        Column("fte", words("posts"), "number"),
    )
    return View(words("moves_title"), columns, frame)


def wait_view(run: RunData, words: Words) -> View:
    """Return the simulated waits, one row for each activity, the longest first."""
    frame = waits.wait_facts(run)
    frame = frame.assign(name=labels(run, "activities", frame["activity"], words.lang))
    columns = (
        Column("name", words("activity")),
        Column("steps", words("steps"), "whole"),
        Column("wait", words("wait_mean"), "wait", interval=True),
        Column("another", words("another_day"), "share", interval=True),
        Column("turned", words("turned_away"), "share", interval=True),
        Column("waiting", words("still_waiting"), "share"),
    )
    return View(words("waits_title"), columns, frame, words("waits_note"))


def pressed_view(run: RunData, words: Words) -> View:
    """Return the simulated facilities, those that turn most people away first."""
    frame = waits.pressed_facilities(run)
    places = facts.facility_facts(run).set_index("facility_id")
    frame = frame.assign(
        name=frame["facility_id"].map(places["name"].astype(object)),
        level_name=labels(run, "levels", frame["facility_id"].map(places["level"].astype(object)), words.lang),
        workload=frame["facility_id"].map(places["workload"]).astype(float),
    )
    columns = (
        Column("name", words("facility")),
        Column("level_name", words("level")),
        Column("weekly", words("weekly_patients"), "whole"),
        Column("turned_weekly", words("turned_weekly"), "number"),
        Column("turned", words("turned_away"), "share"),
        Column("workload", words("workload_plan"), "share", bar=True),
    )
    return View(words("pressed_title"), columns, frame)


def source_view(run: RunData, words: Words) -> View:
    """Return where the figures come from."""
    names = ["title", "publisher", "year", "licence", "attribution", "note"]
    frame = pd.DataFrame(
        [dict(source) for source in run.manifest.get("sources", [])], columns=["key", *names], dtype=object
    )
    columns = tuple(Column(name, words.named("source", name)) for name in names)
    return View(words("sources_title"), columns, frame.fillna("").astype(str))


def cell_figure(column: Column, row: dict[str, object]) -> Figure:
    """Return a value of a row with the interval that stands beside it."""
    keys = [column.key, *([f"{column.key}_low", f"{column.key}_high"] if column.interval else [])]
    return Figure(*(np.nan if pd.isna(row[key]) else float(row[key]) for key in keys))  # type: ignore[arg-type]
