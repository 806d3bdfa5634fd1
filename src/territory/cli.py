"""The door: `territory run | check | compare | report | sweep | site | new`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from math import isnan
from pathlib import Path
from typing import Any

from tqdm import tqdm

from territory.errors import (
    AllocationError,
    Fault,
    ScenarioError,
    SimulationError,
    SitingError,
    SweepError,
    TerritoryError,
)

_ENGINE_TROUBLE = (AllocationError, SimulationError, SitingError, SweepError)
_LANGUAGES = ("fr", "en", "ar")
_COMPARED = (
    "unmet_acts",
    "unmet_share",
    "unmet_share_worst_province",
    "travel_minutes_mean",
    "far_travel_share",
    "travel_gini",
    "running_cost",
    "running_cost_change",
    "moved_fte",
    "shared_fte",
    "recruited_fte",
    "telemedicine_acts",
    "contracted_acts",
    "mobile_acts",
    "wait_minutes_walk_in",
    "wait_days_appointment",
)
_LARGE = 1000.0
_MOST_REASONS = 5
_RUNS_BAR = "{desc}{n_fmt}/{total_fmt} runs {bar:30}| {elapsed}, {remaining} left, {rate_fmt}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 1 (no plan, engine trouble) or 2 (bad input)."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a polite end is one, whoever asks for it
    try:
        return command(options)
    except TerritoryError as problem:
        print(problem, file=sys.stderr)
        return 1 if isinstance(problem, _ENGINE_TROUBLE) else 2
    except OSError as problem:
        print(f"Cannot read or write {problem.filename or 'a file'}: {problem.strerror or problem}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="territory", description="Plan care over a territory.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands)
    check = commands.add_parser("check", help="tell every fault of a scenario, study or territory, run nothing")
    check.add_argument(
        "path", type=Path, metavar="PATH", help="scenario or study file, or a territory: folder, .xlsx, .gpkg"
    )
    check.set_defaults(command=_check)
    compare = commands.add_parser("compare", help="runs side by side, with paired intervals")
    compare.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="run folders; differences are to the first")
    compare.add_argument("--out", type=Path, default=Path("runs/compare.html"), metavar="FILE", help="page to write")
    compare.add_argument("--lang", choices=_LANGUAGES, default="fr", help="language of the page (default: fr)")
    compare.set_defaults(command=_compare)
    report = commands.add_parser("report", help="write the reports of a run or a study again, from its tables")
    report.add_argument("run", type=Path, metavar="FOLDER", help="folder of a run, or of a study")
    report.add_argument("--lang", choices=_LANGUAGES, default="fr", help="language of the report (default: fr)")
    report.set_defaults(command=_report)
    _add_sweep(commands)
    site = commands.add_parser("site", help="where to open new sites")
    site.add_argument("scenario", type=Path, metavar="SCENARIO", help="scenario file (.yaml) with a block `siting`")
    site.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", dest="overrides", help="change one key"
    )
    site.add_argument("--out", type=Path, metavar="DIR", help="folder for the answer (default: runs/NAME-sites)")
    site.add_argument("--lang", choices=_LANGUAGES, default="fr", help="language of the page (default: fr)")
    site.set_defaults(command=_site)
    new = commands.add_parser("new", help="an empty territory to fill in, or one written in another format")
    new.add_argument("place", type=Path, metavar="DIR", help="new folder; with --from also a file, .xlsx or .gpkg")
    new.add_argument(
        "--from", dest="origin", type=Path, metavar="TERRITORY", help="a territory, or an extract: .osm, .osm.pbf"
    )
    new.set_defaults(command=_new)
    return parser


def _add_run(commands: Any) -> None:
    run = commands.add_parser("run", help="allocate, simulate and report one scenario")
    run.add_argument("scenario", type=Path, metavar="SCENARIO", help="scenario file (.yaml)")
    run.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="overrides", help="change one key")
    run.add_argument("--out", type=Path, metavar="DIR", help="run folder (default: runs/NAME)")
    run.add_argument("--lang", choices=_LANGUAGES, default="fr", help="language of the report (default: fr)")
    run.add_argument(
        "--workers", type=_whole_number, default=os.cpu_count() or 1, metavar="N", help="processes (default: all cores)"
    )
    run.add_argument("--csv", action="store_true", help="write CSV beside the Parquet tables")
    run.set_defaults(command=_run)


def _add_sweep(commands: Any) -> None:
    sweep = commands.add_parser("sweep", help="run a study: many runs of one scenario")
    sweep.add_argument("study", type=Path, metavar="STUDY", help="study file (.yaml)")
    sweep.add_argument("--out", type=Path, metavar="DIR", help="folder of the study (default: runs/NAME)")
    where = sweep.add_mutually_exclusive_group()
    where.add_argument(
        "--workers", type=_whole_number, default=os.cpu_count() or 1, metavar="N", help="processes (default: all cores)"
    )
    where.add_argument("--cluster", metavar="ADDRESS", help="a Dask scheduler in place of them, tcp://HOST:PORT")
    sweep.add_argument("--resume", action="store_true", help="go on with the runs that the folder lacks")
    sweep.add_argument("--yes", action="store_true", help="however many runs the design has")
    sweep.add_argument("--lang", choices=_LANGUAGES, default="fr", help="language of the report (default: fr)")
    sweep.set_defaults(command=_sweep)


def _whole_number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        message = f"'{text}' is not a whole number of 1 or more"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _overrides(pairs: Sequence[str]) -> dict[str, Any]:
    wrong = [pair for pair in pairs if "=" not in pair or pair.startswith("=")]
    if wrong:
        hint = "Write for instance --set allocation.mobility.within=region."
        raise ScenarioError([Fault("--set", f"'{pair}'", "KEY=VALUE", hint) for pair in wrong])
    return dict(pair.split("=", 1) for pair in pairs)


def _run(options: argparse.Namespace) -> int:
    from territory.study import STAGES, check_file, run_study

    scenario = check_file(options.scenario, _overrides(options.overrides))
    folder = options.out or Path("runs") / scenario.name
    _check_writable(folder)
    with tqdm(total=len(STAGES) + 1, bar_format="{desc:<34}{bar:30}| {elapsed}", file=sys.stderr) as bar:

        def progress(stage: str, done: int, total: int) -> None:
            bar.set_description_str(f"{stage} {done}/{total}" if total > 1 else stage)
            if stage in STAGES:
                bar.n = STAGES.index(stage) + done / total
                bar.refresh()

        run = run_study(scenario, workers=options.workers, progress=progress)
        bar.set_description_str("report")
        page = run.save(folder, lang=options.lang, csv=options.csv)
        bar.n = len(STAGES) + 1
        bar.set_description_str("done")
    for aim in run.open_aims:
        print(_open_aim(aim), file=sys.stderr)
    for note in run.journeys.notes:
        print(_NOTES[note], file=sys.stderr)
    print(f"The report is at {page}")
    return 0


_NOTES = {
    "compiled_engine_missing": "The compiled engine is not installed: the reference engine ran a shorter window. "
    "For a whole year: pip install 'territory[fast]'.",
    "warm_up_not_found": "No warm-up was found that can be trusted: waiting lists were still moving. Run longer.",
    "simulation_stopped": "The simulation was stopped early; the report holds the replications done by then.",
    "replications_not_precise": "The precision asked for was not reached; see simulation.most_replications.",
}


def _open_aim(aim: Any) -> str:
    """Say how far below the value of an aim a better plan may lie."""
    told = f"The aim {aim.name} is not proven best"
    if not 0 < aim.gap < float("inf"):
        return f"{told}: the solver stopped before it knew how much better a plan may be."
    return f"{told}: a better plan may lie up to {max(aim.gap, 1e-4):.2%} below it."


def _check_writable(folder: Path) -> None:
    """Refuse before the work begins, not after, when the run folder cannot be written."""
    from territory.study import folder_fault

    fault = folder_fault(folder)
    if fault:
        raise ScenarioError(fault)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}."):
            pass
    except (OSError, ValueError) as problem:
        found = f"'{folder}', which cannot be written ({getattr(problem, 'strerror', None) or problem})"
        raise ScenarioError(Fault("--out", found, "a folder that can be written")) from None


def _check(options: argparse.Namespace) -> int:
    from territory.geodata import is_territory_file, read_region
    from territory.network import snapped_points, travel_times
    from territory.scenario import NetworkOptions, is_study, read_sweep
    from territory.study import check_file
    from territory.yaml_files import read_yaml

    path: Path = options.path
    _refuse_study_folder(path, "a scenario or study file, or a territory")
    if path.is_dir() or is_territory_file(path):
        region = read_region(path)
        travel_times(region, NetworkOptions())
        print(f"{path}: {region!r}. No fault found.")
        far = snapped_points(region).nlargest(3, "snap_km")
        print(
            "Farthest from a node of the roads:",
            "; ".join(f"{at.kind} {at.name} {at.snap_km:.1f} km" for at in far.itertuples()),
        )
        return 0
    if path.is_file() and is_study(read_yaml(path, ScenarioError)):
        from territory.sweeps import designed_runs

        study = read_sweep(path)
        count = len(designed_runs(study)[1].table)
        print(f"{path}: study '{study.name}' of {count:,} run{'s' if count > 1 else ''}. No fault found.")
        return 0
    scenario = check_file(path)
    print(f"{path}: scenario '{scenario.name}'. No fault found.")
    return 0


def _refuse_study_folder(path: Path, expected: str) -> None:
    """Refuse the folder of a study where something else is asked for."""
    from territory.sweeps import is_sweep_folder

    if is_sweep_folder(path):
        hint = "Its report can be written again with `territory report`."
        raise ScenarioError(Fault(str(path), "the folder of a study of many runs", expected, hint))


def _compare(options: argparse.Namespace) -> int:
    from territory.report import comparison_sentences, write_comparison
    from territory.study import compare, load_run

    if options.out.suffix != ".html" or options.out.is_dir():
        raise ScenarioError(Fault("--out", f"'{options.out}'", "the name of a page, ending in .html"))
    for folder in options.runs:
        _refuse_study_folder(folder, "a run folder")
    runs = [load_run(folder) for folder in options.runs]
    table = compare(runs)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    write_comparison(runs, table, options.out, options.lang)
    print(_told(table))
    for name, sentences in comparison_sentences(runs, "en"):
        print("\n  ".join([f"{name}, against {runs[0].manifest['name']}:", *sentences]))
    print(f"The comparison is at {options.out}")
    return 0


def _told(table: Any) -> str:
    """Return the region's main indicators side by side as text."""
    region = table[(table["where"] == "region") & table["indicator"].isin(_COMPARED)]
    wide = region.pivot_table(index=["indicator", "unit"], columns="run", values="value", sort=False)
    order = [name for name in _COMPARED if name in wide.index.get_level_values("indicator")]
    wide = wide.reindex(order, level="indicator")
    return str(wide.to_string(float_format=lambda value: f"{value:,.0f}" if abs(value) >= _LARGE else f"{value:,.3f}"))


def _sweep(options: argparse.Namespace) -> int:
    from territory.scenario import read_sweep
    from territory.sweeps import MOST_RUNS, count_runs, sweep

    _refuse_study_folder(options.study, "the file of a study")
    study = read_sweep(options.study)
    runs = count_runs(study)
    agreed = options.yes or (runs > MOST_RUNS and sys.stdin.isatty() and _agrees(f"The study has {runs:,} runs."))
    try:
        with tqdm(unit=" runs", bar_format=_RUNS_BAR, file=sys.stderr) as bar:

            def progress(done: int, total: int) -> None:
                if bar.total is None:
                    bar.reset(total)
                    bar.initial = done  # runs of an earlier time say nothing of the time left
                bar.update(done - bar.n)

            swept = sweep(
                study,
                out=options.out,
                workers=options.workers,
                cluster=options.cluster,
                resume=options.resume,
                most_runs=max(runs, MOST_RUNS) if agreed else MOST_RUNS,
                progress=progress,
            )
    except KeyboardInterrupt:
        print("What was finished is kept; go on with --resume.", file=sys.stderr)
        raise
    failed = swept.failures()
    print(f"{len(swept.runs) - failed['runs'].sum():,} runs are done, {failed['runs'].sum():,} failed.")
    for reason in failed.head(_MOST_REASONS).itertuples():
        print(f"  {reason.runs:,}: {reason.reason}")
    print(f"The report is at {swept.save(lang=options.lang)}")
    return 0 if len(swept.runs) > failed["runs"].sum() else 1


def _agrees(said: str) -> bool:
    return input(f"{said} Go on? [y/N] ").strip().lower() in {"y", "yes", "o", "oui"}


def _site(options: argparse.Namespace) -> int:
    from territory.study import check_file, run_siting

    scenario = check_file(options.scenario, _overrides(options.overrides))
    run = run_siting(scenario)
    folder = run.save(options.out or Path("runs") / f"{scenario.name}-sites", lang=options.lang)
    columns = ["facility_id", "name", "province", "weight", "minutes_mean", "minutes_most"]
    print(run.new[columns].to_string(index=False, float_format=lambda value: f"{value:,.1f}"))
    before, after = run.minutes
    told = ["not everybody has one" if isnan(minutes) else f"{minutes:.1f}" for minutes in (before, after)]
    print(f"Mean minutes to the nearest site: {told[1]}; before: {told[0]}.")
    if run.estimated_road_share is not None:
        print(f"{run.estimated_road_share:.0%} of the kilometres of road are estimated.")
    solved = run.sites.siting
    if solved.is_optimal:
        print(f"Objective {solved.objective:,.1f}: proven best.")
    else:
        print(f"Objective {solved.objective:,.1f}: stopped; the best may be up to {solved.gap:.2%} better.")
    print(f"The sites are in {folder}; the page is {folder / 'report.html'}")
    return 0


def _report(options: argparse.Namespace) -> int:
    from territory.study import load_run, write_report
    from territory.sweeps import is_sweep_folder, load_sweep

    if is_sweep_folder(options.run):
        load_sweep(options.run).save(lang=options.lang)
    else:
        write_report(load_run(options.run), options.run, options.lang)
    print(f"The report is at {options.run / 'report.html'}")
    return 0


def _new(options: argparse.Namespace) -> int:
    from territory.geodata import OSM_SUFFIXES, read_osm, read_region, write_blank, write_draft, write_region
    from territory.report import territory_notes

    if options.origin is None:
        folder = write_blank(options.place, territory_notes())
        print(f"An empty territory is in {folder}: fill in territory.xlsx, or territory.yaml and the CSV files.")
        print(f"Then: territory check {folder / 'territory.xlsx'}, or territory check {folder}.")
    elif options.origin.name.endswith(OSM_SUFFIXES):
        place = write_draft(read_osm(options.origin), options.place)
        print(f"The roads, facilities and places of the extract are in {place}.")
        print(f"What the map does not tell is empty: territory check {place} names every cell.")
    else:
        region = read_region(options.origin)
        print(f"{region!r} is in {write_region(region, options.place)}.")
    return 0
