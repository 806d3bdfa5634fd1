"""Levers that contradict themselves, the region or the catalogue; names that do not exist are told elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from territory.allocation.levers.mobile_units import needs_hub
from territory.care import Care
from territory.errors import Fault
from territory.scenario import AllocationOptions
from territory.tables import Region


def lever_faults(region: Region, care: Care, options: AllocationOptions) -> list[Fault]:
    """Return every fault of the levers, each under the key it stands at."""
    found = [
        *_closed(options),
        *_levels(region, care, options),
        *_mobility(region, options),
        *_shared_posts(region, care, options),
        *_activity_transfer(care, options),
        *_pooled_functions(region, care, options),
        *_telemedicine(region, care, options),
        *_mobile_units(region, care, options),
        *_contracting(region, care, options),
    ]
    return [Fault(f"allocation.{fault.where}", fault.found, fault.expected, fault.hint) for fault in found]


def _closed(options: AllocationOptions) -> Iterator[Fault]:
    """Yield what the scenario closes and another lever counts on."""
    transfer, closures = options.activity_transfer, options.closures
    used = {
        "activity_transfer.facilities": transfer.facilities,
        "activity_transfer.keep": transfer.keep,
        "pooled_functions.sites": options.pooled_functions.sites,
        "telemedicine.sites": options.telemedicine.sites,
        "shared_posts.sites": options.shared_posts.sites,
        **{f"mobile_units.units.{name}.base": (unit.base,) for name, unit in options.mobile_units.units.items()},
    }
    for where, facilities in used.items():
        for facility in facilities:
            if facility in closures.facilities:
                hint = "Take it out of closures.facilities or out of here."
                yield Fault(where, f"'{facility}', which closures.facilities closes", "a facility that is open", hint)
    for facility, names in transfer.keep.items():
        for activity in set(names) & set(closures.activities.get(facility, ())):
            yield Fault(f"activity_transfer.keep.{facility}", f"'{activity}', which closures closes", "one of both")
        if facility in transfer.facilities:
            found = f"'{facility}', which activity_transfer.facilities may close"
            yield Fault("activity_transfer.keep", found, "a facility that stays", "Take it out of one of both.")


def _levels(region: Region, care: Care, options: AllocationOptions) -> Iterator[Fault]:
    """Yield facilities that a lever asks for what their level may not do."""
    level_of = dict(zip(region.facilities["facility_id"], region.facilities["level"], strict=True))
    may = {level.id: set(level.activities) for level in care.levels}
    for facility, names in options.activity_transfer.keep.items():
        for activity in set(names) & set(care.activity_ids):
            if activity not in may.get(level_of.get(facility, ""), {activity}):
                found = f"'{activity}', which a {level_of[facility]} may not do"
                yield Fault(f"activity_transfer.keep.{facility}", found, "an activity of its level")
    chosen = [care.activity(name).remote for name in options.telemedicine.activities if name in care.activity_ids]
    levels = {level for remote in chosen if remote for level in remote.levels}
    for site in options.telemedicine.sites:
        if levels and level_of.get(site, next(iter(levels))) not in levels:
            found = f"'{site}', a {level_of[site]}"
            yield Fault(
                "telemedicine.sites", found, f"a site of a level that may present patients: {', '.join(sorted(levels))}"
            )


def _mobility(region: Region, options: AllocationOptions) -> Iterator[Fault]:
    mobility = options.mobility
    if (mobility.within == "basins") != bool(mobility.basins):
        found = "no basin named" if not mobility.basins else f"within '{mobility.within}' and basins named"
        yield Fault("mobility.basins", found, "basins, and within: basins", "Name the basins or change `within`.")
    member: dict[str, list[str]] = defaultdict(list)
    facilities = region.facilities
    for name, basin in mobility.basins.items():
        inside = facilities["facility_id"].isin(basin.facilities) | facilities["province"].isin(basin.provinces)
        for facility in facilities.loc[inside, "facility_id"]:
            member[facility].append(name)
    split = {facility: names for facility, names in member.items() if len(names) > 1}
    for facility, names in list(split.items())[:5]:
        found = f"facility '{facility}' in {' and '.join(names)}"
        yield Fault("mobility.basins", found, "each facility in one basin", "Take it out of the others.")


def _shared_posts(region: Region, care: Care, options: AllocationOptions) -> Iterator[Fault]:
    shared = options.shared_posts
    if shared.groups and not (shared.sites or shared.site_levels):
        yield Fault("shared_posts", "groups without sites", "sites or site_levels", "Say where they may go.")
    if shared.groups and shared.smallest_fraction > shared.largest_share:
        found = f"smallest_fraction {shared.smallest_fraction:g} above largest_share {shared.largest_share:g}"
        yield Fault("shared_posts", found, "a smallest fraction at most the largest share")
    if shared.groups:
        yield from _empty_levels(region, care, "shared_posts.site_levels", shared.site_levels)


def _activity_transfer(care: Care, options: AllocationOptions) -> Iterator[Fault]:
    transfer = options.activity_transfer
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


def _pooled_functions(region: Region, care: Care, options: AllocationOptions) -> Iterator[Fault]:
    pooled = options.pooled_functions
    level_of = dict(zip(region.facilities["facility_id"], region.facilities["level"], strict=True))
    known = {function.id: function for function in care.support_functions}
    for name in pooled.most_sites:
        if name in known and name not in pooled.functions:
            yield Fault(f"pooled_functions.most_sites.{name}", "a function that is not pooled", "one of functions")
    for name in pooled.functions:
        if name not in known:
            continue
        levels = set(known[name].levels)
        for site in pooled.sites:
            if site in level_of and level_of[site] not in levels:
                found = f"'{site}', a {level_of[site]}"
                yield Fault("pooled_functions.sites", found, f"a facility of a level that may do {name}")
        chosen = {level_of.get(site) for site in pooled.sites} | set(pooled.site_levels) or levels
        if not chosen & levels & set(level_of.values()):
            yield Fault("pooled_functions", f"no site for {name}", "a facility of a level that may do it")


def _telemedicine(region: Region, care: Care, options: AllocationOptions) -> Iterator[Fault]:
    remote = options.telemedicine
    if not remote.activities:
        return
    yield from _empty_levels(region, care, "telemedicine.site_levels", remote.site_levels)
    yield from _empty_levels(region, care, "telemedicine.hub_levels", remote.hub_levels)
    for activity in remote.largest_shares:
        distant = activity in care.activity_ids and care.activity(activity).remote is not None
        if distant and activity not in remote.activities:
            yield Fault(
                f"telemedicine.largest_shares.{activity}", "an activity that is not remote", "one of activities"
            )
    if not set(remote.hub_levels) <= set(region.facilities["level"]):
        return  # told already
    hub_levels = remote.hub_levels or [level.id for level in care.levels if level.tier == "hospital"]
    if options.mobility.within not in {"none", "facility"} or options.recruitment.budget_mad_per_year > 0:
        # a hub may get its specialist, if its level may do the activity
        may = {activity for level in care.levels if level.id in hub_levels for activity in level.activities}
        for activity in sorted(set(remote.activities) & set(care.activity_ids) - may):
            yield Fault("telemedicine.hub_levels", f"no hub that may do {activity}", "hubs of a level that may do it")
        return
    hubs = region.facilities.loc[region.facilities["level"].isin(hub_levels), "facility_id"]
    posts = region.posts[region.posts["facility_id"].isin(hubs) & (region.posts["fte"] > 0)]
    there = set(posts["staff_group"])
    for activity in remote.activities:
        side = care.activity(activity).remote if activity in care.activity_ids else None
        for task in side.specialist if side else ():
            if task.staff_group not in there:
                found = f"no {task.staff_group} at any hub for {activity}"
                hint = "Choose other hub_levels or take the activity out."
                yield Fault("telemedicine.hub_levels", found, "hubs with the specialist", hint)


def _mobile_units(region: Region, care: Care, options: AllocationOptions) -> Iterator[Fault]:
    public = set(region.facilities.loc[region.facilities["sector"].isin(options.sectors), "facility_id"])
    every = set(region.facilities["facility_id"])
    posts = set(zip(region.posts["facility_id"], region.posts["staff_group"], strict=True))
    for name, unit in options.mobile_units.units.items():
        where = f"mobile_units.units.{name}"
        if unit.base in every - public:
            yield Fault(f"{where}.base", f"'{unit.base}'", "a facility that takes part in the plan")
        for group in unit.staff:
            if unit.base in public and group in care.staff_group_ids and (unit.base, group) not in posts:
                found = f"'{group}', who has no post at {unit.base}"
                yield Fault(f"{where}.staff", found, "people of the base", "Choose another base or other people.")
        for activity in set(unit.activities) & set(care.activity_ids):
            hub = needs_hub(unit, activity, care)
            if hub is None:
                found = f"'{activity}', which the people aboard cannot give"
                hint = "Put its staff aboard, or those who present patients to a remote specialist."
                yield Fault(f"{where}.activities", found, "acts without bed or theatre, with their staff aboard", hint)
            elif hub and activity not in options.telemedicine.activities:
                found = f"'{activity}', whose specialist is not aboard"
                hint = "Add it to telemedicine.activities, so that a hub answers."
                yield Fault(f"{where}.activities", found, "an activity that a hub answers", hint)


def _contracting(region: Region, care: Care, options: AllocationOptions) -> Iterator[Fault]:
    contracts = options.contracting
    if not contracts.activities:
        return
    if "private" in options.sectors:
        yield Fault(
            "contracting", "contracts while sectors holds 'private'", "sectors: [public]", "Choose one of both."
        )
    if contracts.budget_mad_per_year <= 0:
        yield Fault("contracting.budget_mad_per_year", f"{contracts.budget_mad_per_year:g}", "more than 0 MAD a year")
    private = region.facilities[region.facilities["sector"] == "private"]
    public = set(region.facilities["facility_id"]) - set(private["facility_id"])
    for facility in contracts.facilities:
        if facility in public:
            yield Fault("contracting.facilities", f"'{facility}', which is public", "a private facility")
    yield from _empty_levels(region, care, "contracting.levels", contracts.levels)
    chosen = private[private["facility_id"].isin(contracts.facilities) | private["level"].isin(contracts.levels)]
    if chosen.empty and not (contracts.facilities or contracts.levels):
        yield Fault("contracting", "no facility", "private facilities or levels", "Say with whom.")
    may = {activity for level in care.levels if level.id in set(chosen["level"]) for activity in level.activities}
    yield from _contracts(care, options, may if len(chosen) else set(care.activity_ids))


def _contracts(care: Care, options: AllocationOptions, may: set[str]) -> Iterator[Fault]:
    for name, contract in options.contracting.activities.items():
        if name not in care.activity_ids:
            continue
        if contract.tariff_mad is None and care.activity(name).tariff_mad.value <= 0:
            hint = "Give tariff_mad here or in the care catalogue."
            yield Fault(f"contracting.activities.{name}", "no tariff", "a tariff above 0 MAD", hint)
        if name not in may:
            yield Fault(f"contracting.activities.{name}", "an act none of them may give", "an act of their levels")


def _empty_levels(region: Region, care: Care, where: str, levels: tuple[str, ...]) -> Iterator[Fault]:
    """Yield a fault for each level that no facility has; unknown ones are told elsewhere."""
    present = set(region.facilities["level"])
    for level in levels:
        if level in care.level_ids and level not in present:
            yield Fault(where, f"'{level}', a level of no facility", "a level that some facility has")
