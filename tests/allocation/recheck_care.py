"""Care of a plan checked again: need, hours, beds, rooms, and who may give what where, lever by lever."""

from __future__ import annotations

import pytest

from allocation.conftest import HOURS_PER_YEAR
from allocation.recheck import ABS, Checked, at_most, same, sums


def recheck_care(checked: Checked) -> None:
    balance(checked)
    ways(checked)
    hours(checked)
    beds_and_rooms(checked)
    telemedicine(checked)
    rounds(checked)
    contracts(checked)
    volumes(checked)
    pooled(checked)
    equity(checked)


def balance(checked: Checked) -> None:
    unmet = sums()
    for row in checked.plan.unmet.itertuples():
        unmet[row.zone_id, row.activity] += row.acts_per_year
    for need, acts in checked.world.needs.items():
        assert checked.served[need] + unmet[need] == same(acts)
    assert set(checked.served) | set(unmet) <= set(checked.world.needs)


def ways(checked: Checked) -> None:
    """Each visit is one that its facility, its mode and the scenario allow, with its minutes."""
    world, options, gone = checked.world, checked.options, set(checked.closed())
    for row in checked.plan.visits.itertuples():
        place, activity, level = row.facility_id, row.activity, checked.level(row.facility_id)
        if row.mode == "mobile":
            units = [unit for unit in options.mobile_units.units.values() if unit.base == place]
            assert any(row.zone_id in unit.zones and activity in unit.activities for unit in units)
            assert row.minutes == options.mobile_units.minutes_to_stop
            continue
        assert row.minutes == world.minutes[row.zone_id, place]
        assert place not in gone
        if row.mode == "contracted":
            assert level == "clinic"
            assert activity in world.levels["clinic"]
        elif row.mode == "telemedicine":
            assert level in world.remote[activity][2]
        else:
            shared = options.shared_posts
            visited = shared.groups and (place in shared.sites or level in shared.site_levels)
            assert activity in world.levels[level] + (world.visiting.get(level, ()) if visited else ())
            assert activity not in options.closures.activities.get(place, ())


def hours(checked: Checked) -> None:
    """Hours of work, road and rounds are those told, within the posts and the steps of overload."""
    overload = checked.options.overload
    steps = sum(step.share for step in overload.steps)
    told = {(row.facility_id, row.staff_group): row for row in checked.plan.posts.itertuples()}
    assert {key for key, used in checked.hours.items() if used > ABS} <= set(told)
    for (place, group), row in told.items():
        norm = row.fte_after * HOURS_PER_YEAR
        extra = row.hours_available - norm
        may = not overload.groups or group in overload.groups
        assert row.hours_used == same(checked.hours[place, group])
        assert at_most(row.hours_used, checked.options.largest_workload * norm + extra)
        assert at_most(extra, steps * norm if may else 0.0)
        assert extra >= -ABS


def beds_and_rooms(checked: Checked) -> None:
    options, beds, rooms = checked.options, sums(), sums()
    for (place, activity), acts in checked.acts.items():
        beds[place] += acts * (checked.world.activities[activity][2] or 0.0)
        rooms[place] += acts * checked.world.theatre_minutes.get(activity, 0.0) / 60
    for place, days in beds.items():
        assert at_most(days, (checked.world.facilities[place][2] or 0.0) * 365 * options.largest_bed_occupancy)
    for place, count in checked.world.theatres.items():
        assert at_most(rooms[place], count * 1000 * options.largest_room_use)


def telemedicine(checked: Checked) -> None:
    world, remote = checked.world, checked.options.telemedicine
    for (zone, activity), acts in checked.remote.items():
        share = min(world.remote[activity][3], remote.largest_shares.get(activity, 1.0))
        assert activity in remote.activities
        assert at_most(acts, share * world.needs[zone, activity])
    answered, by_hub = sums(), sums()
    for row in checked.plan.remote.itertuples():
        answered[row.activity] += row.acts_per_year
        assert checked.level(row.facility_id) in (remote.hub_levels or ("hospital",))
        for group, minutes in world.remote[row.activity][1].items():
            by_hub[row.facility_id, group] += row.acts_per_year * minutes / 60
    for activity in world.remote:
        asked = sum(acts for (_, of), acts in checked.remote.items() if of == activity)
        assert answered[activity] == same(asked)
    after = checked.after()
    for key, used in by_hub.items():
        assert at_most(used, remote.hub_largest_share * HOURS_PER_YEAR * after.get(key, 0.0))
    used_sites = set(checked.plan.visits.loc[checked.plan.visits["mode"] == "telemedicine", "facility_id"])
    new = {site for site in used_sites if not world.facilities[site][3]}
    assert all(site in remote.sites or checked.level(site) in remote.site_levels for site in new)
    assert remote.most_sites is None or len(new) <= remote.most_sites


def rounds(checked: Checked) -> None:
    """Whole days of the week, and no more hours in a zone than its days leave after the road."""
    units, table = checked.options.mobile_units, checked.plan.rounds
    days, there = sums(), sums()
    for row in table.itertuples():
        unit = units.units[row.unit]
        minutes = checked.world.minutes[row.zone_id, unit.base]
        assert row.zone_id in unit.zones
        assert row.days_per_week == int(row.days_per_week)
        assert row.km == minutes  # the worlds count a km a minute
        days[row.unit] += row.days_per_week
        for group, people in unit.staff.items():
            on_site = units.hours_per_day - 2 * minutes / 60
            there[unit.base, row.zone_id, group] += row.days_per_week * units.weeks_per_year * on_site * people
    for name, count in days.items():
        assert count <= units.units[name].days_per_week
    for key, used in checked.aboard.items():
        assert at_most(used, there[key])


def contracts(checked: Checked) -> None:
    contracting, spent, bought = checked.options.contracting, 0.0, sums()
    visits = checked.plan.visits
    for row in visits[visits["mode"] == "contracted"].itertuples():
        tariff = contracting.activities[row.activity].tariff_mad
        spent += row.acts_per_year * (checked.world.tariff_mad if tariff is None else tariff)
        bought[row.facility_id, row.activity] += row.acts_per_year
        assert row.facility_id in contracting.facilities or checked.level(row.facility_id) in contracting.levels
    for (_, activity), acts in bought.items():
        assert at_most(acts, contracting.activities[activity].largest_acts_per_facility)
    assert at_most(spent, contracting.budget_mad_per_year)
    assert checked.line("contracts") == pytest.approx(spent, abs=1.0)


def volumes(checked: Checked) -> None:
    """An activity that may open or close has a safe volume or no acts, and only where it is open."""
    transfer, world = checked.options.activity_transfer, checked.world
    opened = checked.plan.activities.set_index(["facility_id", "activity"])["open_after"]
    for (place, activity), acts in checked.acts.items():
        if acts <= ABS:
            continue
        assert opened[place, activity]
        if activity in transfer.activities:
            smallest = transfer.smallest_volumes.get(activity, world.smallest_volume.get(activity, 0.0))
            assert acts >= smallest - ABS
            assert at_most(acts, transfer.largest_volumes.get(activity, acts))
    for row in checked.plan.activities.itertuples():
        assert row.acts_after == same(
            sum(
                v.acts_per_year
                for v in checked.plan.visits.itertuples()
                if (v.facility_id, v.activity) == (row.facility_id, row.activity)
            )
        )


def pooled(checked: Checked) -> None:
    """Every act is answered, by sites of one size that hold it, no more of them than allowed, near enough."""
    pools, world, table = checked.options.pooled_functions, checked.world, checked.plan.support
    for name in pools.functions:
        needs, sizes, _, levels = world.support[name]
        rows = table[table["function"] == name]
        given = rows.groupby("facility_id")["units_per_year"].sum()
        for place in {place for place, _ in checked.acts}:
            asked = sum(checked.acts[place, activity] * units for activity, units in needs.items())
            assert given.get(place, 0.0) == same(asked)
        chosen = set(pools.sites) | {place for place in world.facilities if checked.level(place) in pools.site_levels}
        for site, own in rows.groupby("site_facility_id"):
            assert own["size"].nunique() == 1
            assert at_most(own["units_per_year"].sum(), sizes[own["size"].iloc[0]][0])
            assert checked.level(site) in levels
            assert not chosen or site in chosen
        assert rows["site_facility_id"].nunique() <= pools.most_sites.get(name, len(world.facilities))
        for row in rows.itertuples():
            own_site = row.facility_id == row.site_facility_id
            way = 0.0 if own_site else checked.way(row.facility_id, row.site_facility_id)
            assert row.km == way
            assert own_site or way <= world.reach_minutes.get(name, way)
        assert not set(rows["site_facility_id"]) & set(checked.closed())


def equity(checked: Checked) -> None:
    limits, shares = checked.options.equity, unmet_shares(checked, checked.options.equity.of)
    for share in shares.values():
        assert share <= (1.0 if limits.largest_unmet_share is None else limits.largest_unmet_share) + 1e-6
    unserved = checked.plan.unmet
    left = unserved.loc[unserved["activity"].isin(limits.fully_served), "acts_per_year"].sum()
    assert left == pytest.approx(0.0, abs=ABS)


def unmet_shares(checked: Checked, of: str) -> dict[str, float]:
    """Return the unmet share of need of each province or zone, weighted by severity."""
    world, unmet, need = checked.world, sums(), sums()
    place = {zone: world.province_of[zone] if of == "province" else zone for zone in world.zones}
    for row in checked.plan.unmet.itertuples():
        unmet[place[row.zone_id]] += row.acts_per_year * world.activities[row.activity][1]
    for (zone, activity), acts in world.needs.items():
        need[place[zone]] += acts * world.activities[activity][1]
    return {where: unmet[where] / total for where, total in need.items()}
