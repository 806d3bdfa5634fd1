"""A travel matrix made by another router, checked and adopted as `TravelTimes`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from territory.errors import Faults, GeodataError
from territory.network.matrix_files import read_pairs
from territory.scenario import NetworkOptions
from territory.tables import Region, TravelTimes

Floats = NDArray[np.float64]

_MOST_TOLD = 10
_LONGEST_MINUTES = 7_200.0  # five days: more is what programs write for "no way"
_KMH = (2.0, 200.0)  # speeds over straight lines between which minutes can be minutes
_M_PER_KM = 1000.0
_MINUTES_PER_HOUR = 60.0


def adopted_times(region: Region, options: NetworkOptions, path: str | Path) -> TravelTimes:
    """Return the travel times of a matrix file for the zones and facilities of a region.

    Parameters
    ----------
    region
        Zones and facilities; pairs of the file with others are left out.
    options
        `access_detour` makes km of straight lines where the file has minutes alone.
    path
        CSV with a row for each pair (columns as R5, AccessMod or this package name them), CSV with a row for each zone
        and a column for each facility, or the JSON of OSRM's table service. A pair without minutes has no way.

    Raises
    ------
    GeodataError
        With every fault: zones or facilities that the file does not know or that nothing reaches, pairs told twice,
        negative minutes, minutes that are seconds or hours.
    """
    file = Path(path)
    pairs = read_pairs(file, region)
    faults = Faults(GeodataError)
    zones, facilities = region.zones["zone_id"], region.facilities["facility_id"]
    sides = (("zone", "origin", zones), ("facility", "destination", facilities))
    for word, side, ids in sides:
        _check_known(file.name, word, pairs[side], ids, faults)
    faults.raise_if_any()
    pairs = pairs[pairs["origin"].isin(zones) & pairs["destination"].isin(facilities)]
    again = pairs[pairs.duplicated(["origin", "destination"])]
    for pair in again.head(_MOST_TOLD).itertuples():
        faults.add(f"{file.name}, {pair.origin} to {pair.destination}", "told twice", "each pair once")
    below = pairs[(pairs["minutes"] < 0) | (pairs["km"] < 0)]
    for pair in below.head(_MOST_TOLD).itertuples():
        where = f"{file.name}, {pair.origin} to {pair.destination}"
        faults.add(where, f"{min(pair.minutes, pair.km):g}", "0 or more", "Leave the cell empty where there is no way.")
    reached = pairs[np.isfinite(pairs["minutes"])]
    for word, side, ids in sides:
        lost = ids[~ids.isin(reached[side])]
        for name in lost.head(_MOST_TOLD):
            faults.add(f"{file.name}, {word} '{name}'", "no way to or from it", "one at least", "Correct its point.")
    faults.raise_if_any()
    straight = _straight_km(region, reached)
    _check_unit(file.name, reached["minutes"].to_numpy(dtype=float), straight, faults)
    faults.raise_if_any()
    longest = reached[reached["minutes"] > _LONGEST_MINUTES]
    for pair in longest.head(_MOST_TOLD).itertuples():
        where = f"{file.name}, {pair.origin} to {pair.destination}"
        expected = f"{_LONGEST_MINUTES:g} minutes at most"
        faults.add(where, f"{pair.minutes:g} minutes", expected, "Leave the cell empty where there is no way.")
    faults.raise_if_any()
    table = pd.DataFrame(
        {
            "zone_id": reached["origin"],
            "facility_id": reached["destination"],
            "minutes": reached["minutes"],
            "km": reached["km"].fillna(pd.Series(straight * options.access_detour, index=reached.index)),
        }
    )
    order = [pd.Categorical(table["zone_id"], zones), pd.Categorical(table["facility_id"], facilities)]
    return TravelTimes(table=table.iloc[np.lexsort([order[1].codes, order[0].codes])].reset_index(drop=True))


def _check_known(file: str, word: str, told: pd.Series, ids: pd.Series, faults: Faults) -> None:
    missing = ids[~ids.isin(told)]
    for name in missing.head(_MOST_TOLD):
        faults.add(f"{file}, {word} '{name}'", "not in the matrix", f"every {word} of the territory")
    if len(missing) > _MOST_TOLD:
        faults.add(file, f"{len(missing) - _MOST_TOLD} more of the {word}s missing", "every one", "Are these its ids?")


def _straight_km(region: Region, pairs: pd.DataFrame) -> Floats:
    one = region.zones.set_index("zone_id").loc[pairs["origin"], ["x_m", "y_m"]].to_numpy(dtype=float)
    other = region.facilities.set_index("facility_id").loc[pairs["destination"], ["x_m", "y_m"]].to_numpy(dtype=float)
    return np.asarray(np.hypot(*(one - other).T) / _M_PER_KM)


def _check_unit(file: str, minutes: Floats, straight_km: Floats, faults: Faults) -> None:
    """Refuse minutes at which people would crawl or fly: the unit is another, or the order of rows."""
    if len(minutes) > 1 and not minutes.any():
        faults.add(f"{file}, minutes", "0 for every pair", "minutes of travel")
    far = (straight_km > 1.0) & (minutes > 0)
    if not far.any():
        return
    speed = float(np.median(straight_km[far] / minutes[far] * _MINUTES_PER_HOUR))
    if not _KMH[0] <= speed <= _KMH[1]:
        found = f"a median of {speed:.3g} km/h over straight lines"
        unit = "seconds" if speed < _KMH[0] else "hours"
        faults.add(f"{file}, minutes", found, f"{_KMH[0]:g} to {_KMH[1]:g} km/h", f"Are these {unit}? Name the unit.")
