"""The tables of what the plan changes: running cost, support sites, mobile rounds, staffing need, openings."""

from __future__ import annotations

import pandas as pd

from territory.report import change_facts
from territory.report.data import RunData, labels
from territory.report.facts import ratio
from territory.report.views import Column, View
from territory.report.words import Words


def cost_view(run: RunData, words: Words) -> View:
    """Return the running cost line by line, and its total."""
    frame = change_facts.cost_facts(run)
    if not frame.empty:
        total = frame[["mad_before", "mad_after", "difference"]].sum()
        frame = pd.concat([frame, pd.DataFrame([{"line": "total", **total}])], ignore_index=True)
    frame = frame.assign(
        name=[words("total") if line == "total" else words.named("cost_line", line) for line in frame["line"]],
        share=ratio(frame["mad_after"], pd.Series(frame["mad_after"].iloc[:-1].sum(), index=frame.index)),
    )
    columns = (
        Column("name", words("cost_line")),
        Column("mad_before", words("mad_before"), "whole"),
        Column("mad_after", words("mad_after"), "whole"),
        Column("difference", words("mad_difference"), "change"),
        Column("share", words("share_of_total"), "share", bar=True),
    )
    return View(words("costs_title"), columns, frame, words("costs_note"))


def facility_cost_view(run: RunData, words: Words) -> View:
    """Return each line of the running cost where it is borne, the largest change first."""
    frame = change_facts.facility_costs(run)
    places = run.tables["facilities"].set_index("facility_id")
    where = frame["where"].astype(object)
    frame = frame.assign(
        place=where.map(places["name"].astype(object)).fillna(words("whole_region")),
        province=labels(run, "provinces", where.map(places["province"].astype(object)), words.lang).fillna(
            words("missing")
        ),
        name=[words.named("cost_line", line) for line in frame["line"]],
    )
    columns = (
        Column("place", words("facility")),
        Column("province", words("province")),
        Column("name", words("cost_line")),
        Column("mad_before", words("mad_before"), "whole"),
        Column("mad_after", words("mad_after"), "whole"),
        Column("difference", words("mad_difference"), "change"),
    )
    return View(words("costs_title"), columns, frame)


def activity_change_view(run: RunData, words: Words) -> View:
    """Return what opens and closes, one row for each activity at a facility."""
    frame = change_facts.activity_changes(run)
    places = run.tables["facilities"].set_index("facility_id")
    where = frame["facility_id"].astype(object)
    frame = frame.assign(
        kind=[words.named("activity_change", change) for change in frame["change"]],
        place=where.map(places["name"].astype(object)),
        province=labels(run, "provinces", where.map(places["province"].astype(object)), words.lang),
        name=labels(run, "activities", frame["activity"], words.lang),
    )
    columns = (
        Column("kind", words("change_kind")),
        Column("place", words("facility")),
        Column("province", words("province")),
        Column("name", words("activity")),
        Column("acts_per_year", words("acts_plan"), "whole"),
    )
    return View(words("activity_changes_title"), columns, frame)


def support_view(run: RunData, words: Words) -> View:
    """Return one row for each support site, the functions one after the other."""
    frame = change_facts.site_facts(run)
    names = run.tables["facilities"].set_index("facility_id")["name"].astype(object)
    frame = frame.assign(
        name=labels(run, "support_functions", frame["function"], words.lang),
        site=frame["site_facility_id"].astype(object).map(names),
        size_name=[words.named("size", str(size)) for size in frame["size"]],
        unit=labels(run, "support_units", frame["function"], words.lang),
    )
    columns = (
        Column("name", words("function")),
        Column("site", words("site")),
        Column("size_name", words("size")),
        Column("facilities", words("facilities_served"), "whole"),
        Column("units_per_year", words("units_per_year"), "whole"),
        Column("unit", words("unit")),
    )
    return View(words("support_title"), columns, frame, words("support_note"))


def support_row_view(run: RunData, words: Words) -> View:
    """Return who does which function for whom, one row for each facility that asks."""
    frame = run.tables["support"]
    names = run.tables["facilities"].set_index("facility_id")["name"].astype(object)
    frame = frame.assign(
        name=labels(run, "support_functions", frame["function"], words.lang),
        asks=frame["facility_id"].astype(object).map(names),
        site=frame["site_facility_id"].astype(object).map(names),
        size_name=[words.named("size", str(size)) for size in frame["size"]],
        unit=labels(run, "support_units", frame["function"], words.lang),
    )
    columns = (
        Column("name", words("function")),
        Column("asks", words("facility")),
        Column("site", words("site")),
        Column("size_name", words("size")),
        Column("units_per_year", words("units_per_year"), "whole"),
        Column("unit", words("unit")),
        Column("km", words("km_one_way"), "number"),
    )
    return View(words("support_title"), columns, frame)


def round_view(run: RunData, words: Words) -> View:
    """Return the weekly round of each mobile unit."""
    zones = run.tables["zones"].set_index("zone_id")
    frame = run.tables["rounds"].sort_values(["unit", "days_per_week", "zone_id"], ascending=[True, False, True])
    where = frame["zone_id"].astype(object)
    frame = frame.assign(
        zone=where.map(zones["name"].astype(object)),
        province=labels(run, "provinces", where.map(zones["province"].astype(object)), words.lang),
    )
    columns = (
        Column("unit", words("mobile_unit")),
        Column("zone", words("zone")),
        Column("province", words("province")),
        Column("days_per_week", words("days_per_week"), "whole"),
        Column("km", words("km_from_base"), "number"),
    )
    return View(words("rounds_title"), columns, frame)


def need_view(run: RunData, words: Words) -> View:
    """Return posts required and in post by staff group, the shortest first."""
    frame = change_facts.need_by_group(run)
    frame = frame.assign(name=labels(run, "staff_groups", frame["staff_group"], words.lang))
    columns = (
        Column("name", words("staff_group")),
        Column("required_fte", words("required_fte"), "number"),
        Column("fte_before", words("posts_before"), "number"),
        Column("fte_after", words("posts_after"), "number"),
        Column("difference_after", words("difference_fte"), "change_fte"),
        Column("ratio_before", words("ratio_before"), "share"),
        Column("ratio_after", words("ratio_after"), "share", bar=True),
        Column("missing_fte", words("missing_fte"), "number"),
    )
    return View(words("need_title"), columns, frame, words("need_note"))


def post_need_view(run: RunData, words: Words) -> View:
    """Return posts required and in post at each facility and group, the most posts missing first."""
    frame = change_facts.need_by_post(run)
    places = run.tables["facilities"].set_index("facility_id")
    where = frame["facility_id"].astype(object)
    frame = frame.assign(
        place=where.map(places["name"].astype(object)),
        province=labels(run, "provinces", where.map(places["province"].astype(object)), words.lang),
        name=labels(run, "staff_groups", frame["staff_group"], words.lang),
    )
    columns = (
        Column("place", words("facility")),
        Column("province", words("province")),
        Column("name", words("staff_group")),
        Column("workload_hours_per_year", words("workload_hours"), "whole"),
        Column("required_fte", words("required_fte"), "number"),
        Column("fte_before", words("posts_before"), "number"),
        Column("fte_after", words("posts_after"), "number"),
        Column("difference_before", words("difference_before"), "change_fte"),
        Column("difference_after", words("difference_fte"), "change_fte"),
        Column("ratio_before", words("ratio_before"), "share"),
        Column("ratio_after", words("ratio_after"), "share"),
    )
    return View(words("post_need_title"), columns, frame)
