"""What the plan says, place by place: small frames made from the tables of a run, with ids and plain numbers."""

from __future__ import annotations

import pandas as pd

from territory.report.data import RunData, figures

UNMET = "acts a year, weighted by severity"  # the unit of prices that tell of unmet need
_AT_LIMIT = 0.999
_MOST_OF_GROUP = 3
_NEAREST = "nearest_minutes_"
_TIERS = ("primary", "hospital")


def mean_minutes(visits: pd.DataFrame, by: str) -> pd.Series:
    """Return the mean one-way minutes of the acts of each group of visits."""
    weighted = visits.assign(weighted=visits["acts_per_year"] * visits["minutes"])
    sums = weighted.groupby(by, observed=True)[["weighted", "acts_per_year"]].sum()
    return sums["weighted"] / sums["acts_per_year"].where(sums["acts_per_year"] > 0)


def ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    """Return part over whole, NaN where there is no whole."""
    return part / whole.where(whole > 0)


def zone_facts(run: RunData) -> pd.DataFrame:
    """Return each zone with its demand, unmet demand, travel and nearest care.

    Columns beside those of the table ``zones``: demand, served, unmet (acts a year), unmet_share, travel_minutes, and
    nearest_WHAT (minutes) for each of `nearest_kinds`.
    """
    out = run.tables["zones"].copy()
    zone = out["zone_id"].astype(object)
    for name, table in (("demand", "demand"), ("served", "visits"), ("unmet", "unmet")):
        sums = run.tables[table].groupby("zone_id")["acts_per_year"].sum()
        out[name] = zone.map(sums).fillna(0.0)
    out["unmet_share"] = _told(run, "unmet_share", "zone", zone, ratio(out["unmet"], out["demand"]))
    travel = zone.map(mean_minutes(run.tables["visits"], "zone_id")).astype(float)
    out["travel_minutes"] = _told(run, "travel_minutes_mean", "zone", zone, travel)
    for what in nearest_kinds(run):
        out[f"nearest_{what}"] = zone.map(figures(run, f"{_NEAREST}{what}", "zone")).astype(float)
    return out


def nearest_kinds(run: RunData) -> list[str]:
    """Return the tiers, then the levels, whose nearest facility the run knows for each zone."""
    table = run.tables["indicators"]
    names = table.loc[table["where"].str.startswith("zone:"), "indicator"].unique()
    found = sorted(name.removeprefix(_NEAREST) for name in names if name.startswith(_NEAREST))
    return [*(tier for tier in _TIERS if tier in found), *(what for what in found if what not in _TIERS)]


def province_facts(run: RunData) -> pd.DataFrame:
    """Return each province with people, unmet demand, travel, posts, and the share of acts it serves its own people."""
    zones = zone_facts(run)
    posts = run.tables["posts"]
    home = run.tables["facilities"].set_index("facility_id")["province"]
    out = zones.groupby("province")[["population_persons", "demand", "unmet"]].sum().reset_index()
    province = out["province"].astype(object)
    out["unmet_share"] = _told(run, "unmet_share", "province", province, ratio(out["unmet"], out["demand"]))
    visits = run.tables["visits"]
    visits = visits.assign(
        lives=visits["zone_id"].map(zones.set_index("zone_id")["province"]), served=visits["facility_id"].map(home)
    )
    travel = province.map(mean_minutes(visits, "lives")).astype(float)
    out["travel_minutes"] = _told(run, "travel_minutes_mean", "province", province, travel)
    own = visits[visits["lives"] == visits["served"]].groupby("lives")["acts_per_year"].sum()
    every = visits.groupby("lives")["acts_per_year"].sum()
    out["own_share"] = ratio(province.map(own).fillna(0.0), province.map(every).astype(float))
    within = figures(run, "people_within_30_minutes_hospital", "province")
    out["within_30_hospital"] = province.map(within).astype(float)
    for when in ("before", "after"):
        sums = posts.groupby(posts["facility_id"].map(home))[f"fte_{when}"].sum()
        out[f"fte_{when}"] = province.map(sums).fillna(0.0)
    people = out["population_persons"].astype(float)
    out["posts_per_10000"] = ratio(out["fte_after"] * 10_000, people)
    return out


def facility_facts(run: RunData) -> pd.DataFrame:
    """Return each facility with acts, posts, hours, workload and bed occupancy in the plan."""
    out = run.tables["facilities"].copy()
    facility = out["facility_id"].astype(object)
    acts = run.tables["visits"].groupby("facility_id")["acts_per_year"].sum()
    out["acts"] = facility.map(acts).fillna(0.0)
    sums = (
        run.tables["posts"].groupby("facility_id")[["fte_before", "fte_after", "hours_available", "hours_used"]].sum()
    )
    for name in sums.columns:
        out[name] = facility.map(sums[name]).fillna(0.0)
    out["workload"] = _told(run, "workload", "facility", facility, ratio(out["hours_used"], out["hours_available"]))
    out["bed_occupancy"] = facility.map(figures(run, "bed_occupancy", "facility")).astype(float)
    return out


def staff_facts(run: RunData) -> pd.DataFrame:
    """Return each staff group with posts before and after, hours, workload and how many facilities are at the limit."""
    posts = post_facts(run)
    sums = ["fte_before", "fte_after", "hours_available", "hours_used", "at_limit"]
    out = posts.groupby("staff_group")[sums].sum().reset_index()
    out["workload"] = ratio(out["hours_used"], out["hours_available"])
    return out.sort_values(["workload", "staff_group"], ascending=[False, True], ignore_index=True)


def post_facts(run: RunData) -> pd.DataFrame:
    """Return each facility and staff group with workload, whether it is at the limit, and the gain of one more."""
    limit = float(run.manifest.get("scenario", {}).get("allocation", {}).get("largest_workload", 1.0))
    prices = priced_posts(run).drop_duplicates(["facility_id", "staff_group"])
    out = run.tables["posts"].merge(prices, on=["facility_id", "staff_group"], how="left")
    out["workload"] = ratio(out["hours_used"], out["hours_available"])
    out["at_limit"] = (out["workload"] >= limit * _AT_LIMIT).astype(int)
    return out


def short_posts(run: RunData) -> pd.DataFrame:
    """Return the posts that are full or of which one more would gain something: the dearest of each staff group."""
    posts = post_facts(run)
    short = posts[(posts["at_limit"] == 1) | (posts["price"] > 0)]
    order = ["price", "at_limit", "hours_used", "facility_id", "staff_group"]
    short = short.sort_values(order, ascending=[False, False, False, True, True])
    return short.groupby("staff_group").head(_MOST_OF_GROUP).reset_index(drop=True)


def priced_posts(run: RunData) -> pd.DataFrame:
    """Return what one more full-time post would serve at most, facility x staff group, the highest first.

    It is the gain of one whole post where the run knows it, else the price of the first part of one.
    """
    table = run.tables["shadow_prices"]
    table = table[(table["limit"] == "Staff_Hours") & (table["price_unit"] == UNMET)]
    places = table["where"].str.split(", ", n=1, expand=True).reindex(columns=[0, 1]).astype(object)
    out = pd.DataFrame({"price": table["one_more"].fillna(table["price"])})
    out = out.assign(facility_id=places[0], staff_group=places[1]).dropna()
    return out.sort_values(["price", "facility_id", "staff_group"], ascending=[False, True, True], ignore_index=True)


def activity_facts(run: RunData) -> pd.DataFrame:
    """Return each activity with demand, served and unmet acts, travel and the share of each mode."""
    visits = run.tables["visits"]
    out = pd.DataFrame({"demand": run.tables["demand"].groupby("activity")["acts_per_year"].sum()})
    out["served"] = visits.groupby("activity")["acts_per_year"].sum()
    out["unmet"] = run.tables["unmet"].groupby("activity")["acts_per_year"].sum()
    out = out.fillna(0.0)
    out["unmet_share"] = ratio(out["unmet"], out["demand"])
    out["travel_minutes"] = mean_minutes(visits, "activity")
    modes = visits.pivot_table(values="acts_per_year", index="activity", columns="mode", aggfunc="sum", observed=True)
    for mode in modes_used(run):
        out[f"mode_{mode}"] = ratio(modes[mode].reindex(out.index).fillna(0.0), out["served"])
    return out.reset_index().sort_values(
        ["unmet", "demand", "activity"], ascending=[False, False, True], ignore_index=True
    )


def modes_used(run: RunData) -> list[str]:
    """Return the modes in which the plan gives any act."""
    visits = run.tables["visits"]
    return sorted(visits.loc[visits["acts_per_year"] > 0, "mode"].unique())


def move_facts(run: RunData) -> pd.DataFrame:
    """Return each move with its kind (see `territory.tables.vocabulary.MOVE_KINDS`), the largest first."""
    out = run.tables["moves"].copy()
    order = ["fte", "kind", "staff_group", "from_facility_id", "to_facility_id"]
    return out.sort_values(order, ascending=[False, True, True, True, True], ignore_index=True)


def flow_facts(run: RunData) -> pd.DataFrame:
    """Return who goes where: acts a year and minutes, zone x facility."""
    visits = run.tables["visits"]
    visits = visits[visits["acts_per_year"] > 0].assign(weighted=visits["acts_per_year"] * visits["minutes"])
    out = visits.groupby(["zone_id", "facility_id"], observed=True)[["acts_per_year", "weighted"]].sum().reset_index()
    out["minutes"] = out.pop("weighted") / out["acts_per_year"]
    return out


def _told(run: RunData, indicator: str, kind: str, places: pd.Series, counted: pd.Series) -> pd.Series:
    """Return the indicator where the run holds it, else what was counted here."""
    return places.map(figures(run, indicator, kind)).astype(float).fillna(counted)
