"""The allocation beside the same programme written as arrays straight into HiGHS, and at the size of a nation.

``whole``: `allocate` by stage, package and peer in turn. ``resolves``: the program stays loaded while the sides of its
rows move from scenario to scenario. ``memory``: the peak of each, in a process of its own. ``national``: seconds until
a large territory stands loaded in the solver.

The ratio of a stage is its share of the peer's whole, so that the stages show where the surplus is. Stages are CPU
seconds, which hold on a machine that others use too; the whole is told by the clock as well. All are medians over the
repetitions.

Run it with ``python benchmarks/allocation.py [SCENARIO ...] [--part PART ...] [--repeat N] [--quick] [--json]``.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import numpy as np
from direct_allocation import Direct, read
from direct_programme import Programme, write
from numpy.typing import NDArray
from synthetic import Inputs, read_inputs

from territory import allocation
from territory.allocation import solver
from territory.allocation.loaded import LoadedProgram
from territory.allocation.solver import solve_loaded, turns

SCENARIOS = [
    Path(__file__).parents[1] / "scenarios" / "fes-meknes" / f"{name}.yaml" for name in ("baseline", "staff-mobility")
]
PARTS = ("memory", "whole", "resolves", "national")
WHOLE, BY_CLOCK = "whole", "whole, by the clock"
WHOLE_MOST, RESOLVES_MOST, MEMORY_MOST, NATIONAL_MOST_S = 1.25, 1.6, 4.0, 60.0
_LARGEST_DIFFERENCE = 1e-6
_STAGES = {
    "check_region": "check",
    "check_options": "check",
    "make_problem": "problem",
    "build_program": "build",
    "LoadedProgram": "form and load",
    "solve_loaded": "between aims",
    "read_plan": "read",
}
_BLOCKS = {"demand": "Serve_All_Demand", "hours": "Staff_Hours", "beds": "Bed_Days", "leaving": "Leave_Share"}
_LEAST_FACTOR, _MOST_FACTOR = 0.9, 1.1
_BY_INTERIOR_POINT = "direct by interior point"
_QUICK_SIZES, _QUICK_NATIONAL = (40, 60), (80, 120)

Row = dict[str, float | str]
Seconds = dict[str, float]
Sides = tuple[NDArray[np.float64], NDArray[np.float64]]


class Clock:
    """Seconds by stage; what a stage does inside another counts for the inner one only, but prices hold all they do."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.seconds: Seconds = {}
        self._now = now
        self._inside = [0.0]
        self._pricing = False

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of a block to a stage."""
        if self._pricing:
            yield
            return
        begin = self._now()
        self._inside.append(0.0)
        self._pricing = name == "prices"
        yield
        self._pricing = False
        took = self._now() - begin
        self.seconds[name] = self.seconds.get(name, 0.0) + took - self._inside.pop()
        self._inside[-1] += took

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with its time added to a stage."""

        def run(*args: Any, **named: Any) -> Any:
            with self.stage(name):
                return function(*args, **named)

        return run


def package_once(inputs: Inputs) -> tuple[Seconds, Seconds]:
    """Allocate by the package; return the aims and the seconds by stage."""
    clock = Clock(time.process_time)
    with ExitStack() as stack:
        for function, stage in _STAGES.items():
            stack.enter_context(patch.object(allocation, function, clock.timed(stage, getattr(allocation, function))))
        stack.enter_context(patch.object(solver, "marginals", clock.timed("prices", solver.marginals)))
        stack.enter_context(patch.object(LoadedProgram, "minimise", clock.timed("solve", LoadedProgram.minimise)))
        begin = time.perf_counter()
        with clock.stage("rest"):
            plan = allocation.allocate(*inputs)
        took = time.perf_counter() - begin
    return {aim.name: aim.value for aim in plan.aims}, _with_whole(clock, took)


def direct_once(inputs: Inputs, first: str) -> tuple[Seconds, Seconds]:
    """Allocate by the peer; return the aims and the seconds by stage."""
    clock = Clock(time.process_time)
    begin = time.perf_counter()
    with clock.stage("build"):
        programme = write(*inputs)
    with clock.stage("form and load"):
        direct = Direct(programme, inputs[-1], first)
    with clock.stage("solve"):
        aims = direct.solve()
    with clock.stage("read"):
        read(programme, direct.values)
    return aims, _with_whole(clock, time.perf_counter() - begin)


def _with_whole(clock: Clock, took: float) -> Seconds:
    return {**clock.seconds, WHOLE: sum(clock.seconds.values()), BY_CLOCK: took}


def whole(label: str, inputs: Inputs, repeat: int) -> dict[str, Row]:
    """Compare `allocate` with the peer, in turn; the peer also with interior point and crossover first."""
    runs: dict[str, list[Seconds]] = {"package": [], "direct": [], _BY_INTERIOR_POINT: []}
    for _ in range(repeat):
        found = {}
        for way, own in runs.items():
            gc.collect()
            first = "ipm" if way == _BY_INTERIOR_POINT else "simplex"
            found[way], seconds = package_once(inputs) if way == "package" else direct_once(inputs, first)
            own.append(seconds)
        for way in ("direct", _BY_INTERIOR_POINT):
            same_aims(found["package"], found[way])
    middle = {way: {name: median(run[name] for run in own) for name in own[0]} for way, own in runs.items()}
    rows: dict[str, Row] = {}
    for way, seconds in middle.items():
        for name, value in seconds.items():
            of = BY_CLOCK if name == BY_CLOCK else WHOLE
            against = at_most(way, WHOLE_MOST) if name in {WHOLE, BY_CLOCK} else f"direct, {WHOLE}"
            rows[f"{label}: {way}, {name}"] = row(value, "s", value / middle["direct"][of], against)
    ours, theirs = middle["package"][WHOLE], middle[_BY_INTERIOR_POINT][WHOLE]
    rows[f"{label}: package, {WHOLE}, beside the other"] = row(
        ours, "s", ours / theirs, f"{_BY_INTERIOR_POINT} (at most 1.25)"
    )
    return rows


def same_aims(package: Seconds, direct: Seconds) -> None:
    """Hold that both reached the same."""
    assert package.keys() == direct.keys()
    for name, value in package.items():
        assert abs(value - direct[name]) <= _LARGEST_DIFFERENCE * max(abs(value), 1.0), (name, value, direct[name])


def row(value: float, unit: str, ratio: float, against: str) -> Row:
    """Return one row of the table."""
    return {"value": value, "unit": unit, "ratio": ratio, "against": against}


def at_most(way: str, limit: float) -> str:
    """Return what a whole figure is against: the peer's, and for the package the ratio asked for."""
    return f"direct (at most {limit:g})" if way == "package" else "direct"


def resolves(label: str, inputs: Inputs, count: int) -> dict[str, Row]:
    """Compare the solves of further scenarios in one process: needs, hours, beds and shares of leavers move."""
    factors = np.random.default_rng(1).uniform(_LEAST_FACTOR, _MOST_FACTOR, (count, len(_BLOCKS)))
    options = inputs[-1]
    program = LoadedProgram(allocation.build(*inputs))
    aims = turns(program, options)
    solve_loaded(program, aims, options)
    base = program.row_low.copy(), program.row_high.copy()
    kinds = np.array([name for name, _ in program.rows])
    of_package = [kinds == name for name in _BLOCKS.values()]
    programme = write(*inputs)
    direct = Direct(programme, options)
    direct.solve()
    of_direct = [_block(programme, name) for name in _BLOCKS]
    seconds: dict[str, list[float]] = {"package": [], "direct": []}
    for own in factors:
        begin = time.perf_counter()
        program.move_limits(*_moved(base, of_package, own))
        solution = solve_loaded(program, aims, options)
        middle = time.perf_counter()
        values = direct.solve(_moved((programme.row_low, programme.row_high), of_direct, own))
        seconds["direct"].append(time.perf_counter() - middle)
        seconds["package"].append(middle - begin)
        same_aims({aim.name: aim.value for aim in solution.aims}, values)
    total = {way: sum(own) for way, own in seconds.items()}
    rows = {
        f"{label}: {way}, {count} scenarios": row(value, "s", value / total["direct"], at_most(way, RESOLVES_MOST))
        for way, value in total.items()
    }
    for way, own in seconds.items():
        ratio = median(own) / median(seconds["direct"])
        rows[f"{label}: {way}, one scenario"] = row(median(own), "s", ratio, "direct, median")
    return rows


def _block(programme: Programme, name: str) -> NDArray[np.bool_]:
    """Return which rows belong to a block."""
    place = np.arange(len(programme.row_high))
    if name not in programme.first:
        return np.zeros(len(place), dtype=bool)
    start = programme.first[name]
    end = min((first for first in programme.first.values() if first > start), default=len(place))
    return (place >= start) & (place < end)


def _moved(base: Sides, blocks: list[NDArray[np.bool_]], factors: NDArray[np.float64]) -> Sides:
    low, high = base[0].copy(), base[1].copy()
    for chosen, factor in zip(blocks, factors, strict=True):
        low[chosen] *= factor
        high[chosen] *= factor
    return low, high


def memory(label: str, scenario: Path, sizes: tuple[int, ...]) -> dict[str, Row]:
    """Compare the peaks, each in a process of its own."""
    peaks = {}
    for way in ("package", "direct"):
        command = [sys.executable, str(Path(__file__).with_name("peak_memory.py")), way, str(scenario)]
        told = subprocess.run([*command, *map(str, sizes)], check=True, capture_output=True, text=True)
        peaks[way] = json.loads(told.stdout)
    rows = {}
    added = {way: peak["peak"] - peak["inputs"] for way, peak in peaks.items()}
    for way, peak in peaks.items():
        ratio = peak["peak"] / peaks["direct"]["peak"]
        rows[f"{label}: {way}, peak memory"] = row(peak["peak"], "MB", ratio, at_most(way, MEMORY_MOST))
        rows[f"{label}: {way}, added to inputs"] = row(added[way], "MB", added[way] / added["direct"], "direct, added")
    return rows


def national(scenario: Path, sizes: tuple[int, int], *, solved: bool) -> dict[str, Row]:
    """Tell the seconds until a territory of this size stands loaded, and if asked those of the solve."""
    inputs = read_inputs(scenario, *sizes)
    direct_clock, clock = Clock(time.perf_counter), Clock(time.perf_counter)
    gc.collect()
    with direct_clock.stage("build"):
        programme = write(*inputs)
    with direct_clock.stage("form and load"):
        direct = Direct(programme, inputs[-1])
    gc.collect()
    with clock.stage("problem"):
        problem = allocation.make_problem(*inputs)
    with clock.stage("build"):
        model = allocation.build_program(problem)
    with clock.stage("form and load"):
        program = LoadedProgram(model)
    assert program.matrix.shape == programme.matrix.shape
    rows = _limit_rows(clock.seconds, sum(direct_clock.seconds.values()))
    for name, size in zip(("rows", "columns"), programme.matrix.shape, strict=True):
        rows[f"national: {name}"] = row(size, "", size / sum(sizes), "zones and facilities")
    if solved:
        with clock.stage("solve"):
            solution = solve_loaded(program, turns(program, inputs[-1]), inputs[-1])
        with direct_clock.stage("solve"):
            aims = direct.solve()
        same_aims({aim.name: aim.value for aim in solution.aims}, aims)
        taken = direct_clock.seconds["solve"]
        rows["national: package, solve"] = row(clock.seconds["solve"], "s", clock.seconds["solve"] / taken, "direct")
        rows["national: direct, solve"] = row(taken, "s", 1.0, "direct")
    return rows


def _limit_rows(stages: Seconds, direct: float) -> dict[str, Row]:
    against = f"the limit of {NATIONAL_MOST_S:g} s"
    seconds = {**{f"package, {name}": value for name, value in stages.items()}, "package": sum(stages.values())}
    rows = {
        f"national: {name}": row(value, "s", value / NATIONAL_MOST_S, against)
        for name, value in {**seconds, "direct": direct}.items()
    }
    rows["national: package beside direct"] = row(seconds["package"], "s", seconds["package"] / direct, "direct")
    return rows


def measure(options: argparse.Namespace) -> dict[str, Row]:
    """Run the parts asked for; memory first, while this process is small."""
    sizes = () if options.zones is None else (options.zones, options.facilities)
    rows: dict[str, Row] = {}
    if "memory" in options.part:
        for scenario in options.scenarios:
            rows |= memory(scenario.stem, scenario, sizes)
    for scenario in options.scenarios if {"whole", "resolves"} & {*options.part} else ():
        inputs = read_inputs(scenario, *sizes)
        if "whole" in options.part:
            rows |= whole(scenario.stem, inputs, options.repeat)
        if "resolves" in options.part:
            rows |= resolves(scenario.stem, inputs, options.resolves)
    if "national" in options.part:
        nation = (options.national_zones, options.national_facilities)
        rows |= national(options.scenarios[0], nation, solved=options.solve_national)
    return rows


def parsed() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description="The allocation beside the same programme as arrays in HiGHS.")
    parser.add_argument("scenarios", type=Path, nargs="*", default=SCENARIOS)
    parser.add_argument("--part", choices=PARTS, nargs="+", default=PARTS)
    parser.add_argument("--zones", type=int, help="of a made territory in place of the scenario's; with --facilities")
    parser.add_argument("--facilities", type=int)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--resolves", type=int, default=20)
    parser.add_argument("--national-zones", type=int, default=1500)
    parser.add_argument("--national-facilities", type=int, default=3000)
    parser.add_argument("--solve-national", action="store_true")
    parser.add_argument("--quick", action="store_true", help="small sizes, the last scenario, once")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if (options.zones is None) != (options.facilities is None):
        parser.error("--zones and --facilities go together")
    if options.quick:
        options.scenarios = options.scenarios[-1:]
        options.zones, options.facilities = _QUICK_SIZES
        options.national_zones, options.national_facilities = _QUICK_NATIONAL
        options.repeat, options.resolves = 1, 2
    return options


def main() -> None:
    """Print the table, or one JSON object."""
    options = parsed()
    rows = measure(options)
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    wide = max(len(name) for name in rows)
    print(f"{'':{wide}s}{'value':>12s}      {'ratio':>8s}  against")
    for name, entry in rows.items():
        print(f"{name:{wide}s}{entry['value']:12.2f} {entry['unit']:4s} {entry['ratio']:8.2f}  {entry['against']}")


if __name__ == "__main__":
    main()
