"""Build ``geodata/morocco/cities.csv``: municipalities of Morocco, their people, the insured of a national insurer.

    python geodata/build/build_cities.py FACTS_FOLDER

FACTS_FOLDER holds ``morocco/communes.csv`` (HCP, census of 2024) and ``insurer_branches.csv`` (share of the insured in
the 16 cities of the regional branches planned by CNOPS in 2007). Where the share is told for two cities together, it is
parted by their people; what is told for no city is shared among all others by their people, and so is `estimated`.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from facts import BuildError, Facts
from numpy.typing import NDArray

TARGET = Path(__file__).resolve().parents[1] / "morocco" / "cities.csv"
TOGETHER = {"Rabat-Salé": ("Rabat", "Salé"), "Laâyoune-Smara": ("Laâyoune", "Es-Semara")}
LARGEST_KM = 15.0
_KM_PER_DEGREE = 111.2


def main() -> int:
    """Run the build; return 0, or 2 after telling what is wrong with the inputs."""
    parser = argparse.ArgumentParser(description="Build geodata/morocco/cities.csv from a folder of fact tables.")
    parser.add_argument("facts", type=Path, help="folder of fact tables")
    options = parser.parse_args()
    try:
        facts = Facts(options.facts)
        table = cities(facts.table("morocco/communes"), facts.table("insurer_branches"))
        TARGET.parent.mkdir(exist_ok=True)
        partial = TARGET.with_name(f".{TARGET.name}.{os.getpid()}.partial")
        table.to_csv(partial, index=False)
        partial.replace(TARGET)
    except (BuildError, OSError) as fault:
        print(f"build_cities: {fault}", file=sys.stderr)
        return 2
    print(f"{len(table)} cities, {table['planned_branch'].sum()} with a planned branch.")
    return 0


def cities(communes: pd.DataFrame, branches: pd.DataFrame) -> pd.DataFrame:
    """Return every municipality with its people, its share of the insured, and whether a branch was planned there."""
    own = communes[communes["kind"] == "municipality"].reset_index(drop=True)
    people = own["population_2024"].astype(int)
    points = own[["point_lat", "point_lon"]].astype(float).to_numpy()
    share, quality = np.full(len(own), np.nan), np.full(len(own), "estimated", dtype=object)
    planned = np.zeros(len(own), dtype=bool)
    for branch in branches.itertuples():
        rows = _rows_of(branch.city, own, people, points, np.array([float(branch.lat), float(branch.lon)]))
        planned[rows[0]] = True
        share[rows] = float(branch.insured_share_percent) / 100.0 * people.iloc[rows] / people.iloc[rows].sum()
        if len(rows) == 1:
            quality[rows] = branch.quality
    rest = np.isnan(share)
    share[rest] = (1.0 - np.nansum(share)) * people[rest] / people[rest].sum()
    return pd.DataFrame(
        {
            "city_id": own["commune_code"],
            "name": own["name_fr"],
            "province": own["province"],
            "population_persons": people,
            "lon": points[:, 1].round(4),
            "lat": points[:, 0].round(4),
            "insured_share": share.round(6),
            "insured_quality": quality,
            "planned_branch": planned,
            "source": "hcp_rgph_2024",
            "quality": "official",
        }
    )


def _rows_of(
    city: str, own: pd.DataFrame, people: pd.Series, points: NDArray[np.float64], place: NDArray[np.float64]
) -> list[int]:
    """Return the municipalities that a branch stands for: those named together, else the largest one nearby."""
    names = TOGETHER.get(city)
    if names:
        rows = [own.index[own["name_fr"] == name] for name in names]
        if all(len(row) == 1 for row in rows):
            return [int(row[0]) for row in rows]
        raise BuildError(f"'{city}' stands for {' and '.join(names)}, which are not one municipality each.")
    apart = np.hypot(points[:, 0] - place[0], (points[:, 1] - place[1]) * np.cos(np.radians(place[0]))) * _KM_PER_DEGREE
    near = np.flatnonzero(apart < LARGEST_KM)
    if not len(near):
        raise BuildError(f"No municipality lies within {LARGEST_KM:g} km of '{city}'.")
    return [int(near[np.argmax(people.iloc[near])])]


if __name__ == "__main__":
    sys.exit(main())
