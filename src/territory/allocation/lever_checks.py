"""Levers that contradict themselves, the region or the catalogue; names that do not exist are told elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from territory.allocation.outreach_checks import outreach_faults
from territory.allocation.setting import Setting
from territory.errors import Fault

_MOST_TOLD = 5


def lever_faults(setting: Setting) -> list[Fault]:
    """Return every fault of the levers, each under the key it stands at."""
    found = [
        *_outside(setting),
        *_closed(setting),
        *_levels(setting),
        *_mobility(setting),
        *_recruitment(setting),
        *_shared_posts(setting),
        *_activity_transfer(setting),
        *_pooled_functions(setting),
        *outreach_faults(setting),
    ]
    return [Fault(f"allocation.{fault.where}", fault.found, fault.expected, fault.hint) for fault in found]


def _outside(setting: Setting) -> Iterator[Fault]:
    """Yield facilities that a lever names and that do not take part in the plan."""
    options = setting.options
    contracts, closures = options.contracting, options.closures
    bought = set(contracts.facilities) | {
        facility for facility, level in setting.level_of.items() if level in contracts.levels
    }
    named: dict[str, Iterable[str]] = {
        "closures.facilities": set(closures.facilities) - bought,
        "closures.activities": set(closures.activities) - bought,
        "activity_transfer.facilities": options.activity_transfer.facilities,
        "activity_transfer.keep": options.activity_transfer.keep,
        "shared_posts.sites": options.shared_posts.sites,
        "pooled_functions.sites": options.pooled_functions.sites,
        "telemedicine.sites": options.telemedicine.sites,
        "budgets.facilities_mad_per_year": options.budgets.facilities_mad_per_year,
        **{f"mobility.basins.{name}.facilities": basin.facilities for name, basin in options.mobility.basins.items()},
        **{f"mobile_units.units.{name}.base": (unit.base,) for name, unit in options.mobile_units.units.items()},
    }
    for where, facilities in named.items():
        for facility in sorted(set(facilities) & set(setting.outside)):
            found = f"'{facility}', which is {setting.outside[facility]}"
            yield Fault(where, found, "a facility that takes part in the plan", "allocation.sectors says which do.")


def _closed(setting: Setting) -> Iterator[Fault]:
    """Yield what the scenario closes and another lever counts on."""
    options = setting.options
    transfer, closures = options.activity_transfer, options.closures
    used: dict[str, Iterable[str]] = {
        "activity_transfer.facilities": transfer.facilities,
        "activity_transfer.keep": transfer.keep,
        "pooled_functions.sites": options.pooled_functions.sites,
        "telemedicine.sites": options.telemedicine.sites,
        "shared_posts.sites": options.shared_posts.sites,
        "contracting.facilities": options.contracting.facilities,
        **{f"mobile_units.units.{name}.base": (unit.base,) for name, unit in options.mobile_units.units.items()},
    }
    closed = set(closures.facilities) & set(setting.level_of)
    for where, facilities in used.items():
        for facility in facilities:
            if facility in closed:
                hint = "Take it out of closures.facilities or out of here."
                yield Fault(where, f"'{facility}', which closures.facilities closes", "a facility that is open", hint)
    for facility, names in transfer.keep.items():
        for activity in sorted(set(names) & set(closures.activities.get(facility, ()))):
            yield Fault(f"activity_transfer.keep.{facility}", f"'{activity}', which closures closes", "one of both")
        if facility in transfer.facilities:
            found = f"'{facility}', which activity_transfer.facilities may close"
            yield Fault("activity_transfer.keep", found, "a facility that stays", "Take it out of one of both.")


def _levels(setting: Setting) -> Iterator[Fault]:
    """Yield activities that a lever names at a facility whose level may not do them, or that nobody could do there."""
    options = setting.options
    places = {
        "activity_transfer.keep": options.activity_transfer.keep,
        "closures.activities": options.closures.activities,
    }
    for where, named in places.items():
        for facility, names in named.items():
            if facility in setting.outside or facility not in setting.level_of:
                continue  # told already
            for activity in names:
                if activity in setting.care.activity_ids and (facility, activity) not in setting.of_level:
                    found = f"'{activity}', which a {setting.level_of[facility]} may not do"
                    yield Fault(f"{where}.{facility}", found, "an activity of its level")
    yield from _kept_by_nobody(setting)


def _kept_by_nobody(setting: Setting) -> Iterator[Fault]:
    transfer = setting.options.activity_transfer
    for facility, names in transfer.keep.items():
        for activity in names:
            if activity not in transfer.activities or (facility, activity) not in setting.may_do:
                continue  # not listed, not its level's, or closed: told already
            tasks = setting.care.activity(activity).tasks
            lacking = [task.staff_group for task in tasks if (facility, task.staff_group) not in setting.may_have]
            if lacking:
                found = f"'{activity}', for which there is no {lacking[0]}"
                hint = "Turn on a lever that brings the staff, or take it out."
                yield Fault(f"activity_transfer.keep.{facility}", found, "an activity with its staff", hint)


def _mobility(setting: Setting) -> Iterator[Fault]:
    mobility = setting.options.mobility
    if (mobility.within == "basins") != bool(mobility.basins):
        found = "no basin named" if not mobility.basins else f"within '{mobility.within}' and basins named"
        yield Fault("mobility.basins", found, "basins, and within: basins", "Name the basins or change `within`.")
    for name, basin in mobility.basins.items():
        if not (basin.provinces or basin.facilities):
            yield Fault(f"mobility.basins.{name}", "nothing", "provinces or facilities", "Say who belongs to it.")
    provinces: dict[str, list[str]] = defaultdict(list)
    members: dict[str, list[str]] = defaultdict(list)
    facilities = setting.region.facilities
    for name, basin in mobility.basins.items():
        for province in basin.provinces:
            provinces[province].append(name)
        inside = facilities["facility_id"].isin(basin.facilities) | facilities["province"].isin(basin.provinces)
        for facility in facilities.loc[inside, "facility_id"]:
            members[facility].append(name)
    split = {province for province, names in provinces.items() if len(names) > 1}
    yield from _split("province", {province: provinces[province] for province in sorted(split)})
    inside = set(facilities.loc[facilities["province"].isin(split), "facility_id"])  # told with their province
    yield from _split(
        "facility", {word: names for word, names in members.items() if len(names) > 1 and word not in inside}
    )


def _split(kind: str, places: Mapping[str, list[str]]) -> Iterator[Fault]:
    for place, names in list(places.items())[:_MOST_TOLD]:
        found = f"{kind} '{place}' in {' and '.join(names)}"
        yield Fault("mobility.basins", found, "each facility in one basin", "Take it out of the others.")
    if len(places) > _MOST_TOLD:
        found = f"{len(places) - _MOST_TOLD} more in several basins"
        yield Fault("mobility.basins", found, "each facility in one basin", "Take them out of the others.")


def _recruitment(setting: Setting) -> Iterator[Fault]:
    hard, zones = setting.options.recruitment.hard_to_staff, setting.region.zones
    if hard and hard.provinces and hard.kinds:
        known = set(hard.provinces) <= set(zones["province"]) and set(hard.kinds) <= set(zones["kind"])
        if known and not (zones["province"].isin(hard.provinces) & zones["kind"].isin(hard.kinds)).any():
            found = f"no {' or '.join(hard.kinds)} in {', '.join(hard.provinces)}"
            yield Fault("recruitment.hard_to_staff", found, "kinds of zone that these provinces have")


def _shared_posts(setting: Setting) -> Iterator[Fault]:
    shared = setting.options.shared_posts
    if not shared.groups:
        return
    if not (shared.sites or shared.site_levels):
        yield Fault("shared_posts", "groups without sites", "sites or site_levels", "Say where they may go.")
    if shared.smallest_fraction > shared.largest_share:
        found = f"smallest_fraction {shared.smallest_fraction:g} above largest_share {shared.largest_share:g}"
        yield Fault("shared_posts", found, "a smallest fraction at most the largest share")
    yield from setting.empty_levels("shared_posts.site_levels", shared.site_levels)


def _activity_transfer(setting: Setting) -> Iterator[Fault]:
    transfer, care = setting.options.activity_transfer, setting.care
    for key in ("smallest_volumes", "largest_volumes"):
        for activity in getattr(transfer, key):
            if activity in care.activity_ids and activity not in transfer.activities:
                yield _not_listed(f"activity_transfer.{key}.{activity}", activity)
    for facility, names in transfer.keep.items():
        for activity in names:
            if activity in care.activity_ids and activity not in transfer.activities:
                yield _not_listed(f"activity_transfer.keep.{facility}", activity)
    for activity, largest in transfer.largest_volumes.items():
        known = activity in care.activity_ids
        figure = care.activity(activity).smallest_volume if known else None
        smallest = transfer.smallest_volumes.get(activity, figure.value if figure else 0.0)
        if smallest > largest >= 0:
            found = f"smallest {smallest:g} above largest {largest:g}"
            hint = "Lower the smallest volume or raise the largest."
            yield Fault(f"activity_transfer.largest_volumes.{activity}", found, "smallest at most largest", hint)


def _not_listed(where: str, activity: str) -> Fault:
    return Fault(where, f"'{activity}'", "an activity listed in activity_transfer.activities", "Add it there.")


def _pooled_functions(setting: Setting) -> Iterator[Fault]:
    pooled = setting.options.pooled_functions
    functions = {function.id: function for function in setting.care.support_functions}
    chosen = [functions[name] for name in pooled.functions if name in functions]
    for name in pooled.most_sites:
        if name in functions and name not in pooled.functions:
            yield Fault(f"pooled_functions.most_sites.{name}", "a function that is not pooled", "one of functions")
    if not chosen:
        return
    useless = set(pooled.sites) & set(setting.outside)  # told already
    for site in pooled.sites:
        level = setting.level_of.get(site)
        if level and site not in useless and not any(level in function.levels for function in chosen):
            useless.add(site)
            names = " or ".join(function.id for function in chosen)
            yield Fault("pooled_functions.sites", f"'{site}', a {level}", f"a facility of a level that may do {names}")
    if useless or not (setting.known(pooled.sites, "facility") and setting.known(pooled.site_levels, "level")):
        return
    named = {setting.level_of[site] for site in pooled.sites} | set(pooled.site_levels)
    for function in chosen:
        if not (named or set(function.levels)) & set(function.levels) & set(setting.facilities["level"]):
            yield Fault("pooled_functions", f"no site for {function.id}", "a facility of a level that may do it")
