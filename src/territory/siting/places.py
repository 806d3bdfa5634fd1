"""Where to open in a territory: from its tables to a siting problem, and back to a table of places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from territory.errors import Faults, SitingError
from territory.scenario.siting import SitingOptions
from territory.siting.centre import p_centre
from territory.siting.covering import backup_cover, max_cover, set_cover
from territory.siting.median import fixed_charge, p_median
from territory.siting.mip import Floats
from territory.siting.solution import Siting, nearest_of
from territory.tables import Region, TravelTimes

_MOST_TOLD = 5


@dataclass(frozen=True, eq=False)
class Sites:
    """Where to open, and what it changes.

    Parameters
    ----------
    table
        Every open site: facility_id, name, level, zone_id, province, lon, lat, whether it is `new`, the `weight` of
        those for whom it is the nearest, and their `minutes_mean` and `minutes_most`.
    nearest
        Of every zone: its weight, the nearest open site and the minutes to it, before and after; missing where no site
        was open before.
    siting
        The solved problem: objective, bound, gap.
    """

    table: pd.DataFrame
    nearest: pd.DataFrame
    siting: Siting


def choose_sites(
    region: Region,
    travel: TravelTimes,
    weights: pd.Series,
    existing: Sequence[str],
    candidates: Sequence[str],
    options: SitingOptions,
) -> Sites:
    """Return where to open.

    Parameters
    ----------
    region
        Zones, and facilities among which those that may be built already stand.
    travel
        Minutes from every zone to every existing and candidate facility.
    weights
        People, or acts a year, by zone_id.
    existing, candidates
        Ids of the facilities that are sites already, and of those where one may open.
    options
        Problem, number of new sites, reach.

    Raises
    ------
    SitingError
        When nothing may open, fewer than asked for, or no set of sites does what is asked.
    SolverStopped
        When the time ends before any sites are found.
    """
    ids = [*existing, *candidates]
    faults = Faults(SitingError)
    if len(candidates) < max(options.open or 1, 1):
        faults.add(
            "siting.candidates", f"{len(candidates)} places", f"{options.open or 1} at least", "Name more levels."
        )
    weight = weights.reindex(region.zones["zone_id"]).fillna(0.0).to_numpy(dtype=float)
    if not weight.sum() > 0:
        faults.add("siting.weights", "nobody and no act in any zone", "people, or acts that somebody needs")
    faults.raise_if_any()
    wide = travel.table.pivot_table(index="zone_id", columns="facility_id", values="minutes")
    minutes = wide.reindex(index=region.zones["zone_id"], columns=ids).fillna(np.inf).to_numpy(dtype=float)
    _check_reached(region, minutes, options)
    siting = _solved(minutes, weight, len(existing), options)
    before = nearest_of(minutes, np.arange(len(existing)))[1] if existing else None
    return Sites(
        table=_table(region, minutes, weight, ids, len(existing), siting),
        nearest=_nearest(region, minutes, weight, ids, siting, before),
        siting=siting,
    )


def _check_reached(region: Region, minutes: Floats, options: SitingOptions) -> None:
    """Refuse zones that no site reaches, where the problem asks for everybody to have one."""
    if options.problem in {"max_cover", "backup_cover"}:
        return
    reach = options.reach_minutes if options.problem == "set_cover" and options.reach_minutes else np.inf
    faults = Faults(SitingError)
    alone = region.zones[~((minutes <= reach) & np.isfinite(minutes)).any(axis=1)]
    for zone in alone.head(_MOST_TOLD).itertuples():
        where = f"zone '{zone.zone_id}' ({zone.name})"
        hint = "Name more candidates, or raise siting.reach_minutes, network.cutoff_minutes or level_cutoff_minutes."
        faults.add(where, "no site, and no place where one may open, within its reach", "one at least", hint)
    if len(alone) > _MOST_TOLD:
        faults.add("zones", f"{len(alone) - _MOST_TOLD} more such zones", "none")
    faults.raise_if_any()


def _solved(minutes: Floats, weight: Floats, existing: int, options: SitingOptions) -> Siting:
    fixed, limit = tuple(range(existing)), options.time_limit_s
    p = existing + (options.open or 0)
    reach = options.reach_minutes or np.inf
    costs = np.concatenate([np.zeros(existing), np.full(minutes.shape[1] - existing, options.opening)])
    new = np.concatenate([np.zeros(existing), np.ones(minutes.shape[1] - existing)])
    match options.problem:
        case "p_median":
            return p_median(minutes, weight, p=p, fixed=fixed, time_limit_s=limit)
        case "p_centre":
            return p_centre(minutes, p=p, fixed=fixed, time_limit_s=limit)
        case "set_cover":
            return set_cover(minutes, reach_minutes=reach, opening=new, fixed=fixed, time_limit_s=limit)
        case "max_cover":
            return max_cover(minutes, weight, p=p, reach_minutes=reach, fixed=fixed, time_limit_s=limit)
        case "backup_cover":
            return backup_cover(minutes, weight, p=p, reach_minutes=reach, fixed=fixed, time_limit_s=limit)
    return fixed_charge(minutes, weight, opening=costs, fixed=fixed, time_limit_s=limit)


def _table(
    region: Region, minutes: Floats, weight: Floats, ids: list[str], existing: int, siting: Siting
) -> pd.DataFrame:
    site, least = nearest_of(minutes, siting.open)
    zones = pd.DataFrame({"site": site, "weight": weight, "minutes": least})
    served = zones[np.isfinite(zones["minutes"])].assign(total=lambda own: own["weight"] * own["minutes"])
    sums = served.groupby("site").agg(weight=("weight", "sum"), total=("total", "sum"), most=("minutes", "max"))
    sums = sums.reindex(siting.open)
    places = region.facilities.set_index("facility_id").loc[[ids[site] for site in siting.open]].reset_index()
    return places[["facility_id", "name", "level", "zone_id", "province", "lon", "lat"]].assign(
        new=siting.open >= existing,
        weight=sums["weight"].fillna(0.0).to_numpy(),
        minutes_mean=(sums["total"] / sums["weight"]).to_numpy(),
        minutes_most=sums["most"].to_numpy(),
    )


def _nearest(
    region: Region, minutes: Floats, weight: Floats, ids: list[str], siting: Siting, before: Floats | None
) -> pd.DataFrame:
    site, least = nearest_of(minutes, siting.open)
    reached = np.isfinite(least)
    return pd.DataFrame(
        {
            "zone_id": region.zones["zone_id"].to_numpy(),
            "weight": weight,
            "facility_id": pd.array(np.where(reached, np.array(ids, dtype=object)[site], pd.NA), dtype="string"),
            "minutes_before": np.nan if before is None else np.where(np.isfinite(before), before, np.nan),
            "minutes": np.where(reached, least, np.nan),
        }
    )
