"""Posts today by facility and staff group, estimated.

Nobody publishes posts by facility. The method, told with its figures in ``geodata/POSTS.md``:

1. Totals of the region by staff group (`staff_totals`): national totals x part of the population, the region's own
   figure for doctors, declared parts by specialty.
2. Hospitals (`hospital_posts`): doctors and nurses as published where they are; elsewhere peers' persons per bed.
   Staff groups are then shared so that each group and each hospital keeps its total.
3. Centres for lung disease, reproductive health and public-health laboratories: a fixed small team.
4. Primary care (`primary_posts`): what is left of generalists and nurses, by level and people served, with the figures
   of single provinces kept; midwives by level on the scale of the province where they are known.
5. Rounded to 0.1 of a post, the sum of each group being kept, and that of each province to a tenth.

Regions without a settings file of their own have their totals from `national`, and no published hospital: where the
ratios ask for more than a part of what the region has, they are scaled down and the method says so.

Specialists: the posts of hospitals as published or by ratio. Their sum lies below the region's head-count: what is
missing stands for residents in training and for professors' teaching time at the university hospital.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from apportion import largest_remainder
from facts import BuildError, Facts
from hospital_posts import Block, hospital_blocks, share_groups, within_limits
from primary_posts import nurse_targets, primary_facilities, share_generalists, share_midwives, share_nurses
from profiles import hospital_profiles
from staff_totals import StaffTotals, regional_totals

COLUMNS = ["facility_id", "staff_group", "fte", "method", "source", "quality"]
SOURCE = "posts_estimate"
TENTHS = 10


def build_posts(
    facts: Facts,
    settings: Mapping[str, Any],
    assumptions: Mapping[str, Any],
    facilities: pd.DataFrame,
    zones: pd.DataFrame,
) -> pd.DataFrame:
    """Make the table of posts.

    Parameters
    ----------
    facts : Facts
    settings : mapping
        The region's ``posts`` settings.
    assumptions : mapping
        ``posts.yaml``.
    facilities, zones : DataFrame
        The region's tables.

    Returns
    -------
    DataFrame
        `COLUMNS`; ``fte`` in full-time posts, multiples of 0.1 above 0. Private clinics have no rows.
    """
    totals = regional_totals(facts, settings, assumptions, int(zones["population_persons"].sum()))
    blocks = hospital_blocks(facts, settings, assumptions, facilities)
    support = _support_posts(facilities, assumptions["support"])
    affinities = hospital_profiles(settings, assumptions, facilities)
    if "largest_hospital_part" in settings:
        blocks = within_limits(blocks, _for_hospitals(totals, support, settings["largest_hospital_part"]))
    doctors = _hospital_doctors(blocks, totals, support, affinities)
    primary, known = assumptions["primary"], settings["primary"]
    rows = primary_facilities(facilities, zones, primary["served_weights"])
    midwives = share_midwives(facts, rows, primary["midwife_weights"], known["midwives_scale"])
    if "largest_primary_part" in settings:
        midwives = _at_most(midwives, totals.paramedical["midwife"] * settings["largest_primary_part"]["midwife"])
    paramedical = _hospital_paramedical(blocks, totals, pd.concat([support, midwives]), affinities)
    nurses_left = totals.paramedical["nurse"] - _used(paramedical, "nurse") - _used(support, "nurse")
    nurses = share_nurses(
        rows, nurses_left, nurse_targets(facts, rows, midwives, known["nurses_and_midwives"]), primary
    )
    generalists_left = totals.generalists - _used(doctors, "generalist")
    targets = _generalist_targets(facts, known["generalists"], doctors, facilities)
    generalists = share_generalists(rows, generalists_left, targets, primary)
    emergency = _emergency_team(facts, settings["emergency_team"], facilities, affinities)
    parts = [doctors, paramedical, support, midwives, nurses, generalists, emergency]
    return _round_posts(pd.concat(parts, ignore_index=True), facilities)


def _used(posts: pd.DataFrame, group: str) -> float:
    return float(posts.loc[posts["staff_group"] == group, "fte"].sum())


def _support_posts(facilities: pd.DataFrame, teams: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    records = [
        (row.facility_id, group, float(fte), "fixed_team")
        for row in facilities.itertuples(index=False)
        for group, fte in teams.get(str(row.level), {}).items()
    ]
    return pd.DataFrame(records, columns=["facility_id", "staff_group", "fte", "method"])


def _for_hospitals(totals: StaffTotals, support: pd.DataFrame, largest: Mapping[str, float]) -> dict[str, float]:
    """Return the persons that hospitals may hold; specialists of the centres are taken off first."""
    inside = sum(totals.specialist_shares.values())
    centres = sum(_used(support, group) for group in totals.specialist_shares) / inside
    return {
        "generalists": totals.generalists * largest["generalists"],
        "specialists": totals.specialists * largest["specialists"] - centres,
        "paramedical": sum(totals.paramedical.values()) / totals.paramedical_share * largest["paramedical"],
    }


def _at_most(posts: pd.DataFrame, limit: float) -> pd.DataFrame:
    """Scale posts down to a limit, and say so in their method."""
    held = float(posts["fte"].sum())
    if held <= limit:
        return posts
    return posts.assign(fte=posts["fte"] * limit / held, method=posts["method"] + "_scaled")


def _emergency_team(
    facts: Facts,
    team: Mapping[str, Any],
    facilities: pd.DataFrame,
    affinities: Mapping[str, Mapping[str, float]],
) -> pd.DataFrame:
    """Return the doctors in training who hold the emergency departments of the CHU, as posts of generalists."""
    if "share" in team:
        share = {str(site): facts.value(figure) for site, figure in team["share"].items()}
        total = facts.value(team["generalists"])
    else:
        sites = facilities[facilities["level"] == "CHU"].set_index("facility_id")["beds"]
        # A site with oncologists alone sees no emergencies.
        share = {str(site): float(beds) for site, beds in sites.items() if "anaesthetist" in affinities[str(site)]}
        total = facts.value(team["generalists_per_bed"]) * sum(share.values())
    records = [(site, "generalist", total * part / sum(share.values()), "peer_team") for site, part in share.items()]
    return pd.DataFrame(records, columns=["facility_id", "staff_group", "fte", "method"])


def _hospital_doctors(
    blocks: list[Block], totals: StaffTotals, support: pd.DataFrame, affinities: Mapping[str, Mapping[str, float]]
) -> pd.DataFrame:
    """Share specialists and generalists of hospitals; the centres' specialists come out of the same totals."""
    inside = sum(totals.specialist_shares.values())
    rows = {position: block.persons["specialists"] * inside for position, block in enumerate(blocks)}
    centres = {group: _used(support, group) for group in totals.specialist_shares}
    unit = (sum(rows.values()) + sum(centres.values())) / inside
    if unit > totals.specialists:
        raise BuildError(
            f"Hospitals hold {unit:.0f} specialists, the region {totals.specialists:.0f}. See 'posts: blocks'."
        )
    columns = {group: unit * share - centres[group] for group, share in totals.specialist_shares.items()}
    columns = _placed(columns, affinities, sum(rows.values()))
    specialists = share_groups(blocks, "specialists", rows, columns, affinities)
    rows = {position: block.persons["generalists"] for position, block in enumerate(blocks)}
    generalists = share_groups(blocks, "generalists", rows, {"generalist": sum(rows.values())}, affinities)
    return pd.concat([specialists, generalists], ignore_index=True)


def _hospital_paramedical(
    blocks: list[Block], totals: StaffTotals, elsewhere: pd.DataFrame, affinities: Mapping[str, Mapping[str, float]]
) -> pd.DataFrame:
    """Share the hospitals' paramedical staff; nurses are what the other groups leave of the published sums."""
    rows = {n: block.persons["paramedical"] * totals.paramedical_share for n, block in enumerate(blocks)}
    columns = {group: total - _used(elsewhere, group) for group, total in totals.paramedical.items()}
    del columns["nurse"]
    columns["nurse"] = sum(rows.values()) - sum(columns.values())
    columns = _placed(columns, affinities, sum(rows.values()))
    return share_groups(blocks, "paramedical", rows, columns, affinities)


def _placed(
    columns: Mapping[str, float], affinities: Mapping[str, Mapping[str, float]], total: float
) -> dict[str, float]:
    """Leave out the groups that no hospital of the region has a place for; the others take their part."""
    wanted = {group for profile in affinities.values() for group in profile}
    placed = {group: count for group, count in columns.items() if group in wanted and count > 0}
    if len(placed) == len(columns):
        return placed
    factor = total / sum(placed.values())
    return {group: count * factor for group, count in placed.items()}


def _generalist_targets(
    facts: Facts, known: list[Mapping[str, Any]], doctors: pd.DataFrame, facilities: pd.DataFrame
) -> dict[str, float]:
    """Return the generalists of primary care of the provinces with a figure, hospital doctors taken off if counted."""
    province_of = facilities.set_index("facility_id")["province"]
    generalists = doctors[doctors["staff_group"] == "generalist"]
    by_province = generalists.groupby(generalists["facility_id"].map(province_of))["fte"].sum()
    targets = {}
    for entry in known:
        inside = float(by_province.get(entry["province"], 0.0)) if entry["with_hospitals"] else 0.0
        targets[entry["province"]] = facts.value(entry["total"]) - inside
    return targets


def _round_posts(posts: pd.DataFrame, facilities: pd.DataFrame) -> pd.DataFrame:
    """Round to tenths: each staff group keeps its sum, and so do its provinces to a tenth.

    Rounding the region in one go would favour the provinces whose facilities come first among equal parts.
    """
    province = posts["facility_id"].map(facilities.set_index("facility_id")["province"])
    posts = posts.assign(province=province)
    posts = posts.sort_values(["facility_id", "staff_group"], kind="stable", ignore_index=True)
    for group in sorted(posts["staff_group"].unique()):
        sums = posts[posts["staff_group"] == group].groupby("province")["fte"].sum()
        tenths = largest_remainder(sums, round(float(sums.sum()) * TENTHS))
        for place, units in zip(sums.index, tenths, strict=True):
            here = (posts["staff_group"] == group) & (posts["province"] == place)
            posts.loc[here, "fte"] = largest_remainder(posts.loc[here, "fte"], int(units)) / TENTHS
    posts = posts[posts["fte"] > 0].assign(source=SOURCE, quality="estimated")
    return posts[COLUMNS].reset_index(drop=True)
