"""Where sixteen regional branches of a national insurer should stand, beside those that were planned in 2007.

Run it with ``python scenarios/morocco/insurer_branches.py [FILE]``; it prints both sets and saves each city with its
nearest branch of either in FILE (default: ``runs/insurer-branches.csv``). Insured people of each of Morocco's 226
municipalities go to the nearest branch. Kilometres are straight lines times a detour, both an estimate: no national
network of roads is at hand.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import territory as tt

CITIES = Path(__file__).parents[2] / "geodata" / "morocco" / "cities.csv"
DETOUR = 1.3
EARTH_KM = 6371.0


def kilometres(cities: pd.DataFrame) -> NDArray[np.float64]:
    """Return km between all pairs of cities: great circles times the detour."""
    lat, lon = (np.radians(cities[name].to_numpy(dtype=float)) for name in ("lat", "lon"))
    north, east = lat[:, None] - lat[None, :], lon[:, None] - lon[None, :]
    half = np.sin(north / 2) ** 2 + np.cos(lat)[:, None] * np.cos(lat)[None, :] * np.sin(east / 2) ** 2
    return DETOUR * 2 * EARTH_KM * np.arcsin(np.sqrt(half))


def place_branches(cities: pd.DataFrame, branches: int) -> tuple[tt.siting.Siting, pd.DataFrame]:
    """Return the best branches, and each city with the km to its branch of the best set and of the planned one."""
    km = kilometres(cities)
    share = cities["insured_share"].to_numpy(dtype=float)
    best = tt.siting.p_median(km, share, p=branches)
    planned = np.flatnonzero(cities["planned_branch"])
    table = cities[["city_id", "name", "province", "insured_share"]].assign(
        branch=cities["name"].to_numpy()[best.site],
        km=km[np.arange(len(cities)), best.site],
        km_planned=km[:, planned].min(axis=1),
    )
    return best, table


def main() -> None:
    """Place the branches and print both sets."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("runs/insurer-branches.csv")
    cities = pd.read_csv(CITIES, dtype={"city_id": str})
    planned = cities[cities["planned_branch"]]
    best, table = place_branches(cities, len(planned))
    target.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(target, index=False)
    chosen = cities.iloc[best.open]
    print("Best:", ", ".join(chosen["name"]))
    print("Planned in 2007, not among them:", ", ".join(planned.loc[~planned.index.isin(chosen.index), "name"]))
    share = table["insured_share"] / table["insured_share"].sum()
    means = [float((share * table[column]).sum()) for column in ("km", "km_planned")]
    proof = "proven best" if best.is_optimal else f"up to {best.gap:.2%} better may exist"
    print(f"Mean km of an insured person to a branch: {means[0]:.1f} ({proof}); as planned {means[1]:.1f}.")
    print(f"The cities are in {target}")


if __name__ == "__main__":
    main()
