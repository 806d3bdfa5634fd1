"""Faults of the levers that take care out of the house: telemedicine, mobile units, contracts."""

from __future__ import annotations

from collections.abc import Iterator

from territory.allocation.levers.mobile_units import needs_hub
from territory.allocation.setting import Setting
from territory.allocation.ways import hub_levels, hubs_table
from territory.errors import Fault


def outreach_faults(setting: Setting) -> Iterator[Fault]:
    """Yield every fault of these levers."""
    if setting.options.telemedicine.activities:
        yield from _sites(setting)
        yield from _shares(setting)
        yield from _hubs(setting)
    yield from _mobile_units(setting)
    if setting.options.contracting.activities:
        yield from _contracting(setting)
        yield from _contracts(setting)


def _sites(setting: Setting) -> Iterator[Fault]:
    remote, care = setting.options.telemedicine, setting.care
    yield from setting.empty_levels("telemedicine.site_levels", remote.site_levels)
    chosen = [care.activity(name).remote for name in remote.activities if name in care.activity_ids]
    presenting = {level for side in chosen if side for level in side.levels}
    if not presenting:
        return
    expected = f"a level that may present patients: {', '.join(sorted(presenting))}"
    for site in remote.sites:
        level = setting.level_of.get(site)
        if level and site not in setting.outside and level not in presenting:
            yield Fault("telemedicine.sites", f"'{site}', a {level}", f"a site of {expected}")
    for level in remote.site_levels:
        if level in setting.levels_present and level not in presenting:
            yield Fault("telemedicine.site_levels", f"'{level}'", expected)


def _shares(setting: Setting) -> Iterator[Fault]:
    remote, care = setting.options.telemedicine, setting.care
    for activity, share in remote.largest_shares.items():
        side = care.activity(activity).remote if activity in care.activity_ids else None
        where = f"telemedicine.largest_shares.{activity}"
        if side and activity not in remote.activities:
            yield Fault(where, "an activity that is not remote", "one of activities")
        elif side and side.largest_share.value < share <= 1:
            expected = f"at most {side.largest_share.value:g}, as the care catalogue allows"
            yield Fault(
                where, f"{share:g}", expected, "Quality is the catalogue's: lower the share, or change it there."
            )


def _hubs(setting: Setting) -> Iterator[Fault]:
    """Yield the remote activities that no hub may do, or for which no hub has, or may get, the specialist."""
    remote, care = setting.options.telemedicine, setting.care
    yield from setting.empty_levels("telemedicine.hub_levels", remote.hub_levels)
    if not set(remote.hub_levels) <= setting.levels_present:
        return  # told already
    distant = [name for name in remote.activities if name in care.activity_ids and care.activity(name).remote]
    of_level = setting.facilities["level"].isin(hub_levels(care, setting.options))
    hubs = set(setting.facilities.loc[of_level, "facility_id"])
    answering = set(
        hubs_table(setting.facilities, setting.activities, setting.may_have, care, setting.options)["activity"]
    )
    for activity in distant:
        if activity in answering:
            continue
        able = {hub for hub in hubs if (hub, activity) in setting.may_do}
        if not able:
            yield Fault("telemedicine.hub_levels", f"no hub that may do {activity}", "hubs of a level that may do it")
            continue
        side = care.activity(activity).remote
        groups = [task.staff_group for task in side.specialist] if side else []
        group = next((g for g in groups if not any((hub, g) in setting.may_have for hub in able)), groups[0])
        hint = "Choose other hub_levels or take the activity out."
        yield Fault(
            "telemedicine.hub_levels", f"no {group} at any hub for {activity}", "hubs with the specialist", hint
        )


def _mobile_units(setting: Setting) -> Iterator[Fault]:
    care, options = setting.care, setting.options
    inside = set(setting.facilities["facility_id"])
    posts = set(zip(setting.region.posts["facility_id"], setting.region.posts["staff_group"], strict=True))
    for name, unit in options.mobile_units.units.items():
        where = f"mobile_units.units.{name}"
        for group in unit.staff:
            if unit.base in inside and group in care.staff_group_ids and (unit.base, group) not in posts:
                found = f"'{group}', who has no post at {unit.base}"
                yield Fault(f"{where}.staff", found, "people of the base", "Choose another base or other people.")
        for activity in unit.activities if setting.known(tuple(unit.staff), "staff group") else ():
            if activity not in care.activity_ids:
                continue
            hub = needs_hub(unit, activity, care)
            if hub is None:
                found = f"'{activity}', which the people aboard cannot give"
                hint = "Put its staff aboard, or those who present patients to a remote specialist."
                yield Fault(f"{where}.activities", found, "acts without bed or theatre, with their staff aboard", hint)
            elif hub and activity not in options.telemedicine.activities:
                found = f"'{activity}', whose specialist is not aboard"
                hint = "Add it to telemedicine.activities, so that a hub answers."
                yield Fault(f"{where}.activities", found, "an activity that a hub answers", hint)


def _contracting(setting: Setting) -> Iterator[Fault]:
    contracts, facilities = setting.options.contracting, setting.region.facilities
    if "private" in setting.options.sectors:
        yield Fault(
            "contracting", "contracts while sectors holds 'private'", "sectors: [public]", "Choose one of both."
        )
    if contracts.budget_mad_per_year <= 0:
        yield Fault("contracting.budget_mad_per_year", f"{contracts.budget_mad_per_year:g}", "more than 0 MAD a year")
    private = facilities[facilities["sector"] == "private"]
    public = set(facilities["facility_id"]) - set(private["facility_id"])
    for facility in contracts.facilities:
        if facility in public:
            yield Fault("contracting.facilities", f"'{facility}', which is public", "a private facility")
    yield from setting.empty_levels("contracting.levels", contracts.levels)
    for level in contracts.levels:
        if level in setting.levels_present - set(private["level"]):
            yield Fault("contracting.levels", f"'{level}', a level of public facilities", "a level of private ones")
    if not (contracts.facilities or contracts.levels):
        yield Fault("contracting", "no facility", "private facilities or levels", "Say with whom.")


def _contracts(setting: Setting) -> Iterator[Fault]:
    """Yield contracts without a tariff, and those for acts that none of the private facilities may give."""
    care, contracts = setting.care, setting.options.contracting
    chosen = setting.region.facilities
    chosen = chosen[chosen["facility_id"].isin(contracts.facilities) | chosen["level"].isin(contracts.levels)]
    levels = set(chosen.loc[chosen["sector"] == "private", "level"])
    may = {activity for level in care.levels if level.id in levels for activity in level.activities}
    for name, contract in contracts.activities.items():
        if name not in care.activity_ids:
            continue
        where = f"contracting.activities.{name}"
        if contract.tariff_mad is None and care.activity(name).tariff_mad.value <= 0:
            hint = "Give tariff_mad here or in the care catalogue."
            yield Fault(where, "no tariff", "a tariff above 0 MAD", hint)
        if levels and name not in may:
            yield Fault(where, "an act none of them may give", "an act of their levels")
