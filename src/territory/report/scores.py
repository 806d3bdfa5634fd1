"""The indicators of a run as a reader knows them: by name, written in their unit, with their intervals."""

from __future__ import annotations

import pandas as pd

from territory.report.data import Figure, RunData, label
from territory.report.views import Column, View, kind_of_care
from territory.report.words import Words

# How each indicator is written; a longer id that begins so carries a tier, an activity or a staff group behind it.
KINDS = {
    "unmet_share": "share",
    "unmet_acts": "whole",
    "served_acts": "whole",
    "needed_acts": "whole",
    "unmet_share_worst_province": "share",
    "unmet_share_worst_zone": "share",
    "travel_minutes_mean": "minutes",
    "travel_minutes_worst": "minutes",
    "far_travel_share": "share",
    "travel_gini": "fine",
    "travel_km_per_year": "whole",
    "nearest_minutes": "minutes",
    "people_within_15_minutes": "share",
    "people_within_30_minutes": "share",
    "people_within_60_minutes": "share",
    "running_cost": "money",
    "running_cost_before": "money",
    "running_cost_change": "money",
    "cost": "money",
    "moved_fte": "number",
    "shared_fte": "number",
    "recruited_fte": "number",
    "departed_fte": "number",
    "unfilled_fte": "number",
    "telemedicine_acts": "whole",
    "contracted_acts": "whole",
    "mobile_acts": "whole",
    "overload_hours": "whole",
    "activities_opened": "whole",
    "activities_closed": "whole",
    "facilities_closed": "whole",
    "support_sites": "whole",
    "workload": "share",
    "bed_occupancy": "share",
    "missing_fte": "number",
    "staffing_ratio": "share",
    "wait_minutes_walk_in": "wait",
    "wait_minutes_walk_in_no_place": "wait",
    "wait_days_appointment": "days",
    "wait_days_appointment_no_place": "days",
    "wait_days_stay": "days",
    "wait_days_stay_no_place": "days",
    "minutes_on_site_walk_in": "wait",
    "minutes_on_site_appointment": "wait",
    "share_turned_away": "share",
    "share_another_day": "share",
    "share_still_waiting": "share",
    "share_no_place": "share",
    "share_left_waiting": "share",
    "share_died_waiting": "share",
    "share_no_show": "share",
    "time_to_care_days": "days",
    "travel_minutes_per_episode": "minutes",
    "travel_minutes_per_year": "whole",
    "share_inside_province": "share",
    "trips_by_telemedicine": "whole",
    "waiting_list": "whole",
    "waiting_list_days": "days",
    "ambulance_hours_per_year": "whole",
    "ambulance_transfers_per_year": "whole",
    "ambulance_wait_minutes": "wait",
    "occupancy_simulated": "share",
}


def base_of(indicator: str) -> str:
    """Return the known indicator that an id is, or begins with; the id itself when none is known."""
    known = [base for base in KINDS if indicator == base or indicator.startswith(f"{base}_")]
    return max(known, key=len, default=indicator)


def indicator_name(run: RunData, indicator: str, words: Words) -> str:
    """Return what people call an indicator, with the tier, activity or staff group that it is about."""
    base = base_of(indicator)
    name = words.named("indicator", base)
    rest = indicator.removeprefix(base).removeprefix("_")
    if not rest:
        return name
    if base == "cost":
        return words("about", name=name, what=words.named("cost_line", rest))
    told = kind_of_care(run, rest, words)
    for family in ("activities", "staff_groups", "pathways"):
        told = label(run, family, rest, words.lang) if told == rest else told
    return words("about", name=name, what=told)


def is_overall(indicator: str, words: Words) -> bool:
    """Whether an indicator is about all care, one tier or one line of cost, not about one activity, group or level."""
    rest = indicator.removeprefix(base_of(indicator)).removeprefix("_")
    return not rest or rest in words.families["tier"] or rest in words.families["cost_line"]


def kind_of(indicator: str) -> str:
    """Return how an indicator is written."""
    return KINDS.get(base_of(indicator), "fine")


def regional(run: RunData) -> dict[str, Figure]:
    """Return the indicators of the whole region by id, the well-known ones first."""
    table = run.tables["indicators"]
    rows = table[table["where"] == "region"]
    found = {str(row["indicator"]): Figure(row["value"], row["low"], row["high"]) for row in rows.to_dict("records")}
    return {indicator: found[indicator] for indicator in sorted(found, key=reading_order)}


def reading_order(indicator: str) -> tuple[int, str]:
    """Return where an indicator stands in a list: as in `KINDS`, unknown ones last."""
    order = list(KINDS)
    base = base_of(indicator)
    return order.index(base) if base in order else len(order), indicator


def summary_view(run: RunData, words: Words) -> View:
    """Return the regional indicators as a table: each value in its own unit."""
    rows = [
        {
            "name": indicator_name(run, indicator, words),
            "indicator": indicator,
            "value": told.value,
            "value_low": told.low,
            "value_high": told.high,
            "unit": words("of_one") if kind_of(indicator) == "share" else _unit(run, indicator, words),
        }
        for indicator, told in regional(run).items()
    ]
    columns = (
        Column("name", words("indicator")),
        Column("value", words("value"), "fine", interval=True),
        Column("unit", words("unit")),
        Column("indicator", words("indicator_id")),
    )
    keys = ["name", "indicator", "value", "value_low", "value_high", "unit"]
    return View(words("summary_title"), columns, pd.DataFrame(rows, columns=keys))


def _unit(run: RunData, indicator: str, words: Words) -> str:
    table = run.tables["indicators"]
    return words.named("unit", str(table.loc[table["indicator"] == indicator, "unit"].iloc[0]))
