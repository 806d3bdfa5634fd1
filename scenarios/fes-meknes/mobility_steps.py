"""Widen the basin inside which staff may move, step by step, and compare what each step brings.

Run it with ``python scenarios/fes-meknes/mobility_steps.py [DIR]``; it prints a table and saves it with the run folders
in DIR (default: ``runs/mobility-steps``).
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

import territory as tt

SCENARIO = Path(__file__).with_name("staff-mobility.yaml")
STEPS = ("none", "province", "region")
SHOWN = (
    "unmet_share",
    "travel_minutes_mean",
    "travel_minutes_worst",
    "travel_gini",
    "moved_fte",
    "wait_minutes_walk_in",
    "wait_days_appointment",
    "share_turned_away",
)


def widen_basin(
    folder: Path, steps: tuple[str, ...] = STEPS, overrides: dict[str, object] | None = None
) -> pd.DataFrame:
    """Run the scenario once for each basin, save each run and the comparison, and return the comparison.

    Parameters
    ----------
    folder
        Where run folders and ``comparison.csv`` go.
    steps
        Values of ``allocation.mobility.within``, the first being what the others are compared with.
    overrides
        Further dotted keys for every run.
    """
    runs = []
    for within in steps:
        name = f"mobility-{within}"
        changes = {**(overrides or {}), "name": name, "allocation.mobility.within": within}
        run = tt.run_study(tt.load_scenario(SCENARIO, changes), workers=2)
        run.save(folder / name)
        runs.append(tt.load_run(folder / name))
    table = tt.compare(runs)
    table = table[(table["where"] == "region") & table["indicator"].isin(SHOWN)]
    table.to_csv(folder / "comparison.csv", index=False)
    return table


def main() -> None:
    """Widen the basin on the whole region and print the comparison."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("runs/mobility-steps")
    folder.mkdir(parents=True, exist_ok=True)
    table = widen_basin(folder)
    columns = ["indicator", "run", "value", "difference", "difference_low", "difference_high"]
    print(table[columns].to_string(index=False, float_format=lambda value: f"{value:,.3f}"))
    print(f"The comparison is at {folder / 'comparison.csv'}")


if __name__ == "__main__":
    main()
