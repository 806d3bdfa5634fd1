"""Travel times kept in a folder by the checksum of all they follow from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from territory.errors import Fault, ScenarioError
from territory.output_files import replacing
from territory.scenario import NetworkOptions
from territory.tables import Region, TravelTimes

_PARTS = ("zones", "facilities", "road_nodes", "roads")
# What of a table travel does not follow from.
_NAMES = ("name", "name_ar", "source", "quality", "point_quality", "area_quality", "beds", "beds_quality")
_BY_CAR = "by_car"


def kept_times(region: Region, options: NetworkOptions, compute: Callable[[], TravelTimes]) -> TravelTimes:
    """Return the travel times that `options.cache` keeps of these inputs; compute and keep them when it has none.

    A file that cannot be read is made anew.

    Raises
    ------
    ScenarioError
        When the folder cannot be made or written.
    """
    folder = Path(str(options.cache))
    file = folder / f"travel-{checksum(region, options)}.parquet"
    try:
        return _read(file)
    except (OSError, ValueError, KeyError):
        travel = compute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(file) as temporary:
            _joined(travel).to_parquet(temporary, compression="zstd", index=False)
    except OSError as problem:
        found = f"'{folder}', which cannot be written ({problem.strerror or problem})"
        raise ScenarioError(Fault("network.cache", found, "a folder that can be written")) from None
    return travel


def checksum(region: Region, options: NetworkOptions) -> str:
    """Return a SHA-256 over the tables, the options and the code that travel times follow from, in hexadecimal."""
    found = hashlib.sha256(options.model_dump_json(exclude={"cache"}).encode())
    for part in _PARTS:
        table: pd.DataFrame = getattr(region, part)
        for name in sorted(set(table) - set(_NAMES)):
            found.update(f"{part}.{name}".encode())
            found.update(np.asarray(pd.util.hash_array(table[name].to_numpy(dtype=object))).tobytes())
    for code in sorted(Path(__file__).parent.glob("*.py")):
        found.update(code.read_bytes())
    return found.hexdigest()


def _joined(travel: TravelTimes) -> pd.DataFrame:
    tables = [travel.table.assign(**{_BY_CAR: False})]
    if travel.by_car is not None:
        tables.append(travel.by_car.assign(**{_BY_CAR: True}))
    return pd.concat(tables, ignore_index=True)


def _read(file: Path) -> TravelTimes:
    joined = pd.read_parquet(file)
    driven = joined.pop(_BY_CAR).to_numpy(dtype=bool)
    table, by_car = (joined[rows].reset_index(drop=True) for rows in (~driven, driven))
    return TravelTimes(table=table, by_car=None if by_car.empty else by_car)
