"""What one more unit of a limit would bring, told in the words of the report."""

from __future__ import annotations

from typing import Any

import pandas as pd

from territory.report.change_facts import allocation_options
from territory.report.data import RunData, label
from territory.report.facts import UNMET
from territory.report.words import Words

TRAVEL = "minutes a year, one way"
_MINUTES_PER_HOUR = 60.0
_MOST_POSTS = 3
_SAME = 0.999
_FURTHER = 1.05  # a price that holds farther than this is one of further units too
_LEAST_TOLD = {UNMET: 0.5, TRAVEL: 30.0}  # half an act, half an hour
# what the second word of `where` names, by limit; the other limits name a place, a group or a unit alone
_SECOND = {
    "Staff_Hours": "staff_groups",
    "Leave_Share": "staff_groups",
    "Room_Hours": "rooms",
    "Contract_Volume": "activities",
}


def price_sentences(run: RunData, words: Words) -> list[str]:
    """Return what one more unit of each kind of limit would bring where it brings most.

    Posts are told for the few dearest staff groups, the other limits once; first what serves more people, then what
    brings people nearer to care.
    """
    told = []
    for unit in (UNMET, TRAVEL, *_other_units(run)):
        table = _priced(run, unit)
        is_post = table["limit"] == "Staff_Hours"
        posts = table[is_post].drop_duplicates("second").head(_MOST_POSTS if unit == UNMET else 1)
        others = table[table["limit"].isin(list(words.families["priced"])) & ~is_post].drop_duplicates("limit")
        rows = [*posts.to_dict("records"), *others.to_dict("records")]
        told += [_sentence(run, table, row, words) for row in rows]
    return told


def _other_units(run: RunData) -> list[str]:
    units = run.tables["shadow_prices"]["price_unit"].drop_duplicates()
    return [str(unit) for unit in units if unit not in {UNMET, TRAVEL}]


def _priced(run: RunData, unit: str) -> pd.DataFrame:
    """Return the prices of one aim that can be told, those that are known for a whole unit first, then the highest.

    `gain` is that of one whole unit where it is known, else the price, which it cannot pass; `place` and `second` are
    the two words of `where`.
    """
    table = run.tables["shadow_prices"]
    table = table[table["price_unit"] == unit]
    table = table.assign(gain=table["one_more"].fillna(table["price"]), known=table["one_more"].notna())
    parts = table["where"].str.split(", ", n=1, expand=True).reindex(columns=[0, 1]).astype(object)
    table = table.assign(place=parts[0], second=parts[1])[table["gain"] >= _LEAST_TOLD.get(unit, 0.0)]
    order = ["known", "gain", "where"]
    return table.sort_values(order, ascending=[False, False, True], kind="stable", ignore_index=True)


def _sentence(run: RunData, table: pd.DataFrame, row: dict[str, Any], words: Words) -> str:
    limit, names = row["limit"], run.tables["facilities"].set_index("facility_id")["name"]
    what = label(run, _SECOND[limit], str(row["second"]), words.lang) if limit in _SECOND else ""
    if limit == "Recruits_Of_Group":
        what = label(run, "staff_groups", row["place"], words.lang)
    cause = words.named("priced", limit).format(place=names.get(row["place"], row["place"]), what=what)
    gain = _gain(run, row, words)
    told = [words("priced", cause=cause, gain=gain) if row["known"] else words("priced_most", cause=cause, gain=gain)]
    if row["holds_to"] > _FURTHER:
        told.append(words("price_units", units=words.number(row["holds_to"])))
    same = table[(table["limit"] == limit) & (table["price"] >= row["price"] * _SAME)]
    if limit in _SECOND:
        same = same[same["second"] == row["second"]]
    if len(same) > 1:
        told.append(words("price_others", count=words.whole(len(same) - 1)))
    return " ".join(told)


def _gain(run: RunData, row: dict[str, Any], words: Words) -> str:
    price, unit = float(row["gain"]), str(row["price_unit"])
    activity = "" if pd.isna(row["activity"]) else label(run, "activities", str(row["activity"]), words.lang)
    if unit == UNMET:
        told = words.whole(price)
        if not activity:
            return words("gain_acts", price=told)
        return words("gain_activity", acts=words.count("act", row["acts_per_year"]), activity=activity, price=told)
    if unit == TRAVEL:
        hours = words.count("hour", price / _MINUTES_PER_HOUR)
        if not activity:
            return words("gain_travel", hours=hours)
        near = words.count("act", row["acts_per_year"])
        far = float(allocation_options(run).get("far_minutes", 60.0))
        return words("gain_near", hours=hours, acts=near, activity=activity, minutes=words.whole(far))
    return words("gain_other", price=words.number(price, 3), unit=words.named("unit", unit))
