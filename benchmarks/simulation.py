"""The engines beside SimPy and Ciw on three levels of care, ten million contacts, and growing waiting lists.

Speeds are patients a second, the median of some runs, in one process; each ``ratio`` is against idiomatic SimPy on the
same network, or against the limit that is named.

Run it with ``python benchmarks/simulation.py [--days N] [--repeat N] [--contacts N] [--json]``.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import simulation_peers as peers

from territory.simulation import Network, read_network
from territory.simulation import tally as count
from territory.simulation.compiled import CompiledRun
from territory.simulation.course import tally_of
from territory.simulation.reference import run_reference

Row = dict[str, float | str]

LIMIT_S, LIMIT_MB = 10.0, 300.0
LIMITS = {"reference": 5.0, "compiled, with records": 80.0, "compiled, counted inside": 150.0}
LARGE_STATIONS = 450
_KB_PER_MB = 1024.0


def three_levels(days: float, *, care: bool = False, copies: int = 1) -> Network:
    """Return the network of the peers, as many times as asked; `care`: with the urgent and people who give up."""
    told = peers.three_levels()
    kinds = {"urgent": peers.URGENT_SHARE, "other": 1 - peers.URGENT_SHARE} if care else {"patients": 1.0}
    patience = {"law": "exponential", "mean_minutes": peers.PATIENCE_MINUTES}
    stations: dict[str, Any] = {}
    sources: dict[str, Any] = {}
    routes: dict[str, Any] = {}
    for copy in range(copies):
        for name, own in told["stations"].items():
            law = {"law": "exponential", "mean_minutes": own["mean_minutes"]}
            stations[f"{name}, {copy}"] = {"servers": own["servers"], "service": law}
            for kind, share in kinds.items() if own["arrivals_per_hour"] else ():
                sources[f"{name}, {copy}, {kind}"] = {
                    "to": f"{name}, {copy}",
                    "patients": kind,
                    "rate_per_hour": share * own["arrivals_per_hour"],
                }
        for start, ends in told["routes"].items():
            routes[f"{start}, {copy}"] = {f"{end}, {copy}": share for end, share in ends.items()}
    classes = {"urgent": {"priority": 0}, "other": {"priority": 1, "patience": patience}} if care else {}
    network = {"stations": stations, "sources": sources, "routes": routes, "classes": classes, "days": int(days)}
    return read_network(network)


def speed(run: Callable[[], int], repeat: int) -> float:
    """Return patients a second, the median of some runs."""
    found = []
    for _ in range(repeat):
        begin = time.perf_counter()
        patients = run()
        found.append(patients / (time.perf_counter() - begin))
    return median(found)


def reference(network: Network) -> int:
    """Run the reference engine once and return the patients who came."""
    return int(tally_of(network, run_reference(network, 0)).sources[:, count.EPISODES].sum())


def compiled(network: Network, *, recording: bool) -> int:
    """Run the compiled engine once and return the patients who came."""
    blocks: list[Any] = []
    tally = CompiledRun(network, 0, blocks.append if recording else None).finish()
    return int(tally.sources[:, count.EPISODES].sum())


def beside_peers(days: float, repeat: int, *, care: bool) -> dict[str, Row]:
    """Return the speeds of the peers and of both engines on one network."""
    where = "three levels of care" if care else "three levels"
    simpy = peers.run_simpy_care if care else peers.run_simpy
    base = median(simpy(days, 1).patients_per_second for _ in range(repeat))
    rows = {"SimPy": base}
    if peers.has_ciw() and not care:
        rows["Ciw"] = median(peers.run_ciw(min(days, 3.0), 1).patients_per_second for _ in range(repeat))
    network, long = three_levels(days, care=care), three_levels(days * 30, care=care)
    compiled(network, recording=False)  # compile, or load what was compiled
    rows["reference"] = speed(lambda: reference(network), repeat)
    rows["compiled, with records"] = speed(lambda: compiled(long, recording=True), repeat)
    rows["compiled, counted inside"] = speed(lambda: compiled(long, recording=False), repeat)
    return {
        f"{name}, {where}": {
            "value": value,
            "unit": "patients/s",
            "ratio": value / base,
            "against": f"SimPy; at least {LIMITS[name]:g}" if name in LIMITS else "SimPy",
        }
        for name, value in rows.items()
    }


def peak_kb() -> float:
    """Return the peak memory of this process; where the system tells it, without that of the process that began it."""
    status = Path("/proc/self/status")
    if status.is_file():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return float(line.split()[1])
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def many_contacts(contacts: int) -> tuple[float, float, int]:
    """Return the seconds, the peak memory in MB and the contacts of a run over 450 stations in this process."""
    copies = -(-LARGE_STATIONS // len(peers.three_levels()["stations"]))
    compiled(three_levels(1, copies=copies), recording=False)
    visits_per_day = copies * 48 * 9.6 * 24 * (1 + 0.25 + 0.25 * 0.2)
    network = three_levels(-(-contacts // int(visits_per_day)), copies=copies)
    begin = time.perf_counter()
    tally = CompiledRun(network, 0).finish()
    seconds = time.perf_counter() - begin
    peak = peak_kb() / _KB_PER_MB
    return seconds, peak, int(tally.classes[:, count.ASKED].sum())


def growing_list() -> Row:
    """Return the speed while a list grows from 90,000 to 100,000, against that while it grows to the first 10,000."""
    law = {"law": "exponential", "mean_minutes": 6.0}
    source = {"to": "clinic", "rate_per_hour": 600.0}
    network = read_network(
        {"sources": {"town": source}, "stations": {"clinic": {"servers": 45, "service": law}}, "days": 28}
    )
    found = []
    for _ in range(5):
        run = CompiledRun(network, 0)
        seconds = []
        for first, last in ((0, 10_000), (90_000, 100_000)):
            while run.seen(0)[0] < first:
                run.advance(int(run.now_us) + _STEP_US)
            begin, before = time.perf_counter(), run.patients
            while run.seen(0)[0] < last:
                run.advance(int(run.now_us) + _STEP_US)
            seconds.append((run.patients - before) / (time.perf_counter() - begin))
        found.append(seconds)
    early, late = (median(column) for column in zip(*found, strict=True))
    return {"value": late, "unit": "patients/s", "ratio": late / early, "against": "the first 10,000 of the list"}


_STEP_US = 6 * 3_600_000_000


def main() -> None:
    """Print the table, or one JSON object."""
    parser = argparse.ArgumentParser(description="The engines beside SimPy and Ciw.")
    parser.add_argument("--days", type=float, default=3.0)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--contacts", type=int, default=10_000_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only-contacts", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only_contacts:
        print(json.dumps(many_contacts(options.contacts)))
        return
    rows = {
        **beside_peers(options.days, options.repeat, care=False),
        **beside_peers(options.days, options.repeat, care=True),
    }
    command = [sys.executable, __file__, "--only-contacts", "--contacts", str(options.contacts)]
    seconds, peak, contacts = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    name = f"{contacts:,} contacts over 450 stations"
    rows[name] = {"value": seconds, "unit": "s", "ratio": seconds / LIMIT_S, "against": f"the limit of {LIMIT_S:g} s"}
    rows[f"{name}, peak memory"] = {
        "value": peak,
        "unit": "MB",
        "ratio": peak / LIMIT_MB,
        "against": f"the limit of {LIMIT_MB:g} MB",
    }
    rows["a list of 90,000 to 100,000"] = growing_list()
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    for title, row in rows.items():
        print(f"{title:48s}{row['value']:14,.1f} {row['unit']:12s}{row['ratio']:8.2f} x {row['against']}")


if __name__ == "__main__":
    main()
