"""The running cost of a plan line by line, and each aim, computed again from the tables of the plan."""

from __future__ import annotations

import pytest

from allocation.conftest import HOURS_PER_YEAR
from allocation.recheck import Checked, at_most, same, sums
from allocation.recheck_care import unmet_shares
from allocation.recheck_people import changed
from territory.allocation import AIMS


def recheck_costs(checked: Checked) -> None:
    pay(checked)
    moves(checked)
    overload(checked)
    rounds(checked)
    sites(checked)
    budgets(checked)


def pay(checked: Checked) -> None:
    hard, expected, incentives = checked.options.recruitment.hard_to_staff, sums(), sums()
    for (place, group), fte in checked.after().items():
        expected[place] += fte * checked.pay(group)
    for row in checked.moves("moved", "recruited"):
        if hard and hard.incentive_mad_per_year and checked.hard(row.to_facility_id, row.staff_group):
            incentives[row.to_facility_id] += row.fte * hard.incentive_mad_per_year
    costs = checked.plan.costs
    for line, sum_of in (("pay", expected), ("incentives", incentives)):
        told = costs[costs["line"] == line].set_index("where")["mad_after"]
        for place in set(sum_of) | set(told.index):
            assert told.get(place, 0.0) == pytest.approx(sum_of[place], rel=1e-6, abs=1.0)
    before = costs[costs["line"] == "pay"].set_index("where")["mad_before"]
    for place, mad in before.items():
        posts = checked.world.posts
        assert mad == same(sum(fte * checked.pay(group) for (at, group), fte in posts.items() if at == place))


def moves(checked: Checked) -> None:
    """Each move costs its person and its straight km."""
    mobility, world, expected = checked.options.mobility, checked.world, 0.0
    for row in checked.moves("moved"):
        km = abs(world.facilities[row.from_facility_id][4] - world.facilities[row.to_facility_id][4])
        expected += row.fte * (mobility.cost_mad_per_person + mobility.cost_mad_per_km * km)
    assert checked.line("moves") == pytest.approx(expected, rel=1e-4, abs=5.0)


def overload(checked: Checked) -> None:
    """Hours above the norm cost the cheapest steps first."""
    expected = 0.0
    for row in checked.plan.posts.itertuples():
        norm = row.fte_after * HOURS_PER_YEAR
        extra = max(row.hours_available - norm, 0.0)
        hourly = checked.pay(row.staff_group) / HOURS_PER_YEAR
        steps = checked.options.overload.steps
        for step in steps:
            worked = min(extra, step.share * norm)
            expected += worked * hourly * step.price
            extra -= worked
    spent, limit = checked.line("overload"), checked.options.overload.budget_mad_per_year
    assert spent == pytest.approx(expected, rel=1e-4, abs=1.0)
    assert limit is None or at_most(spent, limit)


def rounds(checked: Checked) -> None:
    units, world = checked.options.mobile_units, checked.world
    expected = sum(
        unit.mad_per_year
        for unit in units.units.values()
        if any(2 * world.minutes[zone, unit.base] / 60 < units.hours_per_day for zone in unit.zones)
    )
    for row in checked.plan.rounds.itertuples():
        expected += 2 * row.km * row.days_per_week * units.weeks_per_year * units.units[row.unit].mad_per_km
    assert checked.line("mobile_units") == same(expected)


def sites(checked: Checked) -> None:
    """Support costs its sites, units and carriage; a connected site its kit; a change what it costs once."""
    options, support = checked.options, 0.0
    for name in options.pooled_functions.functions:
        _, sizes, mad_per_unit_km, _ = checked.world.support[name]
        rows = checked.plan.support[checked.plan.support["function"] == name]
        support += (rows["units_per_year"] * rows["km"]).sum() * mad_per_unit_km
        for _, own in rows.groupby("site_facility_id"):
            _, fixed, each = sizes[own["size"].iloc[0]]
            support += fixed + each * own["units_per_year"].sum()
    opened, closed = changed(checked)
    transfer = options.activity_transfer
    places = len(set(checked.closed()) & set(transfer.facilities))
    once = transfer.opening_cost_mad * len(opened) + transfer.closing_cost_mad * (len(closed) + places)
    assert checked.line("transitions") >= once - 1.0
    assert checked.line("support_functions") == pytest.approx(support, rel=1e-4, abs=1.0)


def budgets(checked: Checked) -> None:
    limits, costs = checked.options.budgets, checked.plan.costs
    if limits.region_mad_per_year is not None:
        assert at_most(costs["mad_after"].sum(), limits.region_mad_per_year)
    for place, limit in limits.facilities_mad_per_year.items():
        assert at_most(costs.loc[costs["where"] == place, "mad_after"].sum(), limit)


def recheck_aims(checked: Checked) -> None:
    """Each aim is what the tables say; an aim that a later one may loosen is met within its tolerance."""
    reached = {aim.name: aim for aim in checked.plan.aims}
    for word, value in aims_of(checked).items():
        aim = reached.get(AIMS[word])
        if aim is not None and word in checked.options.aims:
            slack = 2 * checked.options.aim_tolerance * max(abs(aim.value), 1.0)
            assert value == pytest.approx(aim.value, rel=1e-5, abs=slack + 1e-3), word


def aims_of(checked: Checked) -> dict[str, float]:
    visits, unmet, world = checked.plan.visits, checked.plan.unmet, checked.world
    severity = unmet["activity"].map({activity: parts[1] for activity, parts in world.activities.items()})
    beyond = (visits["minutes"] - checked.options.far_minutes).clip(lower=0.0)
    shares = unmet_shares(checked, "zone" if checked.options.inequity == "worst_zone" else "province")
    least = min(shares.values()) if checked.options.inequity == "spread" else 0.0
    return {
        "unmet": float((unmet["acts_per_year"] * severity.astype(float)).sum()),
        "travel": float((visits["acts_per_year"] * visits["minutes"]).sum()),
        "far_travel": float((visits["acts_per_year"] * beyond).sum()),
        "inequity": max(shares.values(), default=0.0) - least,
        "cost": float(checked.plan.costs["mad_after"].sum()),
        "disruption": disruption(checked),
    }


def disruption(checked: Checked) -> float:
    people = sum(row.fte for row in checked.moves("moved", "recruited", "shared"))
    people += 2 * sum(row.fte for row in checked.moves("unfilled"))
    opened, closed = changed(checked)
    places = len(set(checked.closed()) & set(checked.options.activity_transfer.facilities))
    return people + len(opened) + len(closed) + places + new_sites(checked)


def new_sites(checked: Checked) -> int:
    """Return how many sites were chosen to be connected; the least that were used where not chosen."""
    if checked.options.telemedicine.most_sites is None:
        return 0
    visits = checked.plan.visits
    used = set(visits.loc[visits["mode"] == "telemedicine", "facility_id"])
    return len([site for site in used if not checked.world.facilities[site][3]])
