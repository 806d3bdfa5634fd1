"""Travel matrices made elsewhere, as they are written: CSV of pairs or of zones by facilities, OSRM's table JSON.

Every reader gives the same: a frame of origin, destination, minutes and km (NaN: not told), and how its rows are named.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from territory.csv_files import FIRST_ROW, CsvText, read_csv_text, with_decimal_points
from territory.errors import Fault, Faults, GeodataError
from territory.tables import Region

_ORIGIN = ("zone_id", "from_id", "from__id", "origin_id", "origin", "from")
_DESTINATION = ("facility_id", "to_id", "to__id", "destination_id", "destination", "to")
_MINUTES = {
    **dict.fromkeys(("minutes", "travel_time", "travel_time_p50", "time_m", "duration_minutes"), 1.0),
    **dict.fromkeys(("seconds", "duration", "duration_s", "travel_time_s"), 1.0 / 60.0),
}
_KM = {**dict.fromkeys(("km", "distance_km"), 1.0), **dict.fromkeys(("distance_m", "metres", "meters"), 0.001)}
_LEAST_COLUMNS = 2
_MOST_TOLD = 10
_KM_PER_DEGREE = 111.2
_FAR_KM = 25.0  # roads, to which OSRM moves a point, are nearer


def read_pairs(path: Path, region: Region) -> pd.DataFrame:
    """Return origin, destination, minutes and km of every pair of a file, as the file has them.

    Raises
    ------
    GeodataError
        When the file is missing, is not what its name says, or holds what is not a number.
    """
    if not path.is_file():
        raise GeodataError(
            Fault(str(path), "no such file", "a travel matrix, .csv or .json", "Correct network.matrix.")
        )
    if path.suffix.lower() == ".json":
        return _osrm(path, region)
    return _csv(path)


def _csv(path: Path) -> pd.DataFrame:
    """Read CSV in any of the usual separators and encodings; long with known names of columns, else wide."""
    told, found = read_csv_text(path)
    if told is None:
        raise GeodataError(found)
    if len(told.frame.columns) < _LEAST_COLUMNS:
        raise GeodataError(Fault(path.name, "a single column", "zones and facilities, and the way between them"))
    names = {name.lower(): name for name in told.frame.columns}
    origin, destination = (_first(names, known) for known in (_ORIGIN, _DESTINATION))
    faults = Faults(GeodataError)
    if origin and destination:
        pairs = _long(told, names, origin, destination, path.name, faults)
    else:
        pairs = _wide(told, path.name, faults)
    faults.raise_if_any()
    return pairs


def _long(
    told: CsvText, names: dict[str, str], origin: str, destination: str, file: str, faults: Faults
) -> pd.DataFrame:
    table = told.frame
    time, length = _first(names, tuple(_MINUTES)), _first(names, tuple(_KM))
    if time is None:
        known = ", ".join(_MINUTES)
        faults.add(f"{file}, row 1", "no column of travel times", f"one of {known}", "Rename the column.")
        return table
    minutes = _numbers(told, time, file, faults) * _MINUTES[time.lower()]
    km = np.full(len(table), np.nan)
    if length is not None:
        km = _numbers(told, length, file, faults) * _KM[length.lower()]
    ends = {"origin": table[origin].str.strip(), "destination": table[destination].str.strip()}
    return pd.DataFrame({**ends, "minutes": minutes, "km": km})


def _wide(told: CsvText, file: str, faults: Faults) -> pd.DataFrame:
    """Read a row for each zone, with its id first, and a column for each facility: minutes."""
    zone, *facilities = told.frame.columns
    minutes = np.stack([_numbers(told, name, file, faults) for name in facilities], axis=1)
    return pd.DataFrame(
        {
            "origin": np.repeat(told.frame[zone].str.strip().to_numpy(dtype=object), len(facilities)),
            "destination": np.tile(np.array(facilities, dtype=object), len(told.frame)),
            "minutes": minutes.ravel(),
            "km": np.nan,
        }
    )


def _numbers(told: CsvText, column: str, file: str, faults: Faults) -> Any:
    """Return numbers; an empty cell and the usual words for none are NaN."""
    words = told.frame[column].fillna("").str.strip()
    if told.decimal_comma:
        words = with_decimal_points(words)
    none = words.str.lower().isin(["", "na", "nan", "null", "inf"])
    numbers = pd.to_numeric(words.mask(none), errors="coerce").to_numpy(dtype=float)
    wrong = np.flatnonzero(np.isnan(numbers) & ~none.to_numpy())
    for position in wrong[:_MOST_TOLD]:
        where = f"{file}, row {position + FIRST_ROW}, column '{column}'"
        faults.add(where, f"'{words.iloc[position]}'", "a number, or nothing where there is no way")
    return numbers


def _first(names: dict[str, str], known: tuple[str, ...]) -> str | None:
    return next((names[word] for word in known if word in names), None)


def _osrm(path: Path, region: Region) -> pd.DataFrame:
    """Read the answer of OSRM's table service: rows are the zones, columns the facilities, in the files' order."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as problem:
        raise GeodataError(Fault(path.name, f"text that is not JSON ({problem})", "the answer of OSRM")) from None
    if not isinstance(told, dict) or told.get("code") != "Ok" or "durations" not in told:
        found = told.get("message", told.get("code", "no durations")) if isinstance(told, dict) else "no object"
        raise GeodataError(Fault(path.name, str(found), "code 'Ok' and durations, as OSRM's table service answers"))
    shape = (len(region.zones), len(region.facilities))
    parts = {}
    for key, per_unit in (("durations", 1.0 / 60.0), ("distances", 0.001)):
        rows = told.get(key)
        if rows is None:
            parts[key] = np.full(shape, np.nan)
            continue
        try:
            parts[key] = np.array(rows, dtype=float) * per_unit
        except (TypeError, ValueError):
            raise GeodataError(
                Fault(f"{path.name}, {key}", "no matrix of numbers", "rows of numbers or null")
            ) from None
        if parts[key].shape != shape:
            found = " x ".join(map(str, parts[key].shape))
            hint = "Ask OSRM with the zones as sources and the facilities as destinations, in the order of the files."
            raise GeodataError(Fault(f"{path.name}, {key}", found, f"{shape[0]} zones x {shape[1]} facilities", hint))
    faults = Faults(GeodataError)
    _check_places(path.name, "sources", told.get("sources"), region.zones, faults)
    _check_places(path.name, "destinations", told.get("destinations"), region.facilities, faults)
    faults.raise_if_any()
    return pd.DataFrame(
        {
            "origin": np.repeat(region.zones["zone_id"].to_numpy(dtype=object), shape[1]),
            "destination": np.tile(region.facilities["facility_id"].to_numpy(dtype=object), shape[0]),
            "minutes": parts["durations"].ravel(),
            "km": parts["distances"].ravel(),
        }
    )


def _check_places(file: str, key: str, told: Any, places: pd.DataFrame, faults: Faults) -> None:
    """Refuse rows in another order than the territory's: the points that OSRM tells lie far from those of the files."""
    try:
        points = np.array([place["location"] for place in told], dtype=float)
    except (TypeError, KeyError, ValueError):
        return  # the service may leave them out
    own = places[["lon", "lat"]].to_numpy(dtype=float)
    if points.shape != own.shape:
        faults.add(f"{file}, {key}", f"{len(points)} places", f"{len(own)}, those of the territory")
        return
    north = (points[:, 1] - own[:, 1]) * _KM_PER_DEGREE
    east = (points[:, 0] - own[:, 0]) * _KM_PER_DEGREE * np.cos(np.radians(own[:, 1]))
    apart = np.hypot(north, east)
    for position in np.flatnonzero(apart > _FAR_KM)[:_MOST_TOLD]:
        found = f"a point {apart[position]:.0f} km from {places.iloc[position, 0]}"
        faults.add(f"{file}, {key}, place {position + 1}", found, "the same order as in the territory's files")
