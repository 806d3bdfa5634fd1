"""The main job by stage: seconds, share of the whole, and peak memory of this process and its workers.

Each stage's ``ratio`` is its share of the main job; that of the memory is against the limit of 3 GB, that of the whole
against the limit of 180 s.

Run it with ``python benchmarks/main_job.py [SCENARIO] [--workers N] [--replications N] [--json]``.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

import territory as tt

SCENARIO = Path(__file__).parents[1] / "scenarios" / "fes-meknes" / "baseline.yaml"
LIMIT_S = 180.0
LIMIT_GB = 3.0
_KB_PER_GB = 1024.0**2

Row = dict[str, float | str]


def measure(scenario_file: Path, workers: int, replications: int | None) -> dict[str, Row]:
    """Run the main job once and return value, unit, ratio and what it is against, by name."""
    overrides = {} if replications is None else {"simulation.replications": replications}
    begin = time.perf_counter()
    run = tt.run_study(tt.load_scenario(scenario_file, overrides), workers=workers)
    computed = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        run.save(Path(folder) / "run")
    end = time.perf_counter()
    seconds = {**run.seconds, "save": end - computed}
    whole = end - begin
    rows: dict[str, Row] = {
        stage: {"value": value, "unit": "s", "ratio": value / whole, "against": "the main job"}
        for stage, value in seconds.items()
    }
    rows["main job"] = {"value": whole, "unit": "s", "ratio": whole / LIMIT_S, "against": f"the limit of {LIMIT_S:g} s"}
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    largest_worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    peak_gb = (own + workers * largest_worker) / _KB_PER_GB
    against = f"the limit of {LIMIT_GB:g} GB"
    rows["peak memory, at most"] = {"value": peak_gb, "unit": "GB", "ratio": peak_gb / LIMIT_GB, "against": against}
    return rows


def main() -> None:
    """Print the table, or one JSON object."""
    parser = argparse.ArgumentParser(description="The main job by stage.")
    parser.add_argument("scenario", type=Path, nargs="?", default=SCENARIO)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--replications", type=int)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = measure(options.scenario, options.workers, options.replications)
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    print(f"{'':22s}{'value':>10s}      {'ratio':>8s}  against")
    for name, row in rows.items():
        print(f"{name:22s}{row['value']:10.2f} {row['unit']:4s} {row['ratio']:8.2f}  {row['against']}")


if __name__ == "__main__":
    main()
