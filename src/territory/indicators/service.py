"""Is the need met, and how full are people and beds? Unmet need, workload, beds."""

from __future__ import annotations

from territory.care import Care
from territory.indicators.rows import REGION, ratio, row, rows
from territory.tables import Demand, Plan, Region

Row = dict[str, object]

_DAYS_PER_YEAR = 365.0


def unmet_need(region: Region, demand: Demand, plan: Plan) -> list[Row]:
    """Return acts needed, served and unmet, the unmet share by region, province, zone and activity, and the worst."""
    table = demand.table.merge(
        plan.unmet.rename(columns={"acts_per_year": "unmet"}), on=["zone_id", "activity"], how="left"
    ).fillna({"unmet": 0.0})
    table = table.merge(region.zones[["zone_id", "province"]], on="zone_id")
    needed, unmet = table["acts_per_year"].sum(), table["unmet"].sum()
    found = [
        row("needed_acts", REGION, needed, "acts a year", None),
        row("served_acts", REGION, needed - unmet, "acts a year", "up"),
        row("unmet_acts", REGION, unmet, "acts a year", "down"),
        row("unmet_share", REGION, ratio(unmet, needed), "share", "down"),
    ]
    for kind, column in (("province", "province"), ("zone", "zone_id")):
        sums = table.groupby(column)[["acts_per_year", "unmet"]].sum()
        sums = sums[sums["acts_per_year"] > 0]
        shares = sums["unmet"] / sums["acts_per_year"]
        found += rows("unmet_share", shares, kind, "share", "down")
        found.append(row(f"unmet_share_worst_{kind}", REGION, shares.max(), "share", "down"))
    by_activity = table.groupby("activity")[["acts_per_year", "unmet"]].sum()
    for activity, sums in by_activity[by_activity["acts_per_year"] > 0].iterrows():
        found.append(row(f"unmet_share_{activity}", REGION, sums["unmet"] / sums["acts_per_year"], "share", "down"))
    return found


def workload(region: Region, plan: Plan) -> list[Row]:
    """Return hours used over hours available, for the region, each facility, and each staff group by province."""
    posts = plan.posts.merge(region.facilities[["facility_id", "province"]], on="facility_id")
    total = posts[["hours_used", "hours_available"]].sum()
    found = [row("workload", REGION, ratio(total["hours_used"], total["hours_available"]), "share", None)]
    by_facility = posts.groupby("facility_id")[["hours_used", "hours_available"]].sum()
    by_facility = by_facility[by_facility["hours_available"] > 0]
    found += rows("workload", by_facility["hours_used"] / by_facility["hours_available"], "facility", "share", None)
    for group, own in posts.groupby("staff_group"):
        share = ratio(own["hours_used"].sum(), own["hours_available"].sum())
        found.append(row(f"workload_{group}", REGION, share, "share", None))
        sums = own.groupby("province")[["hours_used", "hours_available"]].sum()
        sums = sums[sums["hours_available"] > 0]
        found += rows(f"workload_{group}", sums["hours_used"] / sums["hours_available"], "province", "share", None)
    return found


def bed_occupancy(region: Region, plan: Plan, care: Care) -> list[Row]:
    """Return bed-days of the plan over bed-days there are, for the region and each facility with beds."""
    days = {activity.id: activity.bed_days.value for activity in care.activities if activity.bed_days}
    stays = plan.visits[plan.visits["activity"].isin(days)]
    used = (stays["acts_per_year"] * stays["activity"].map(days).astype(float)).groupby(stays["facility_id"]).sum()
    beds = region.facilities.set_index("facility_id")["beds"].dropna()
    beds = beds[beds > 0]
    share = used.reindex(beds.index).fillna(0.0) / (beds * _DAYS_PER_YEAR)
    whole = ratio(used.reindex(beds.index).sum(), beds.sum() * _DAYS_PER_YEAR)
    return [
        row("bed_occupancy", REGION, whole, "share", None),
        *rows("bed_occupancy", share, "facility", "share", None),
    ]
