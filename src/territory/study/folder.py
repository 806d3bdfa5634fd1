"""A run folder: the tables, the manifest and the reports of one run, written whole or not at all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from territory.errors import Fault, ScenarioError, TableError
from territory.output_files import replacing_folder
from territory.report import Outlines, RunData, read_outlines, write_layers, write_page, write_workbook
from territory.tables import RUN_TABLES

JOURNEYS = "journeys"
_MANIFEST = "manifest.json"
_CONTENT = {_MANIFEST, "tables", "territory.gpkg", "workbook.xlsx", "report.html"}
_KEYS = {"status", "name", "territory", "scenario", "simulated", "journeys_window", "labels", "sources"}


def save_folder(run: RunData, folder: str | Path, *, lang: str, csv: bool) -> Path:
    """Write the run folder and return the path of its report.

    The folder is written beside its place and then put there; an older run of the same name is replaced.

    Parameters
    ----------
    run
        Manifest, checked tables and outlines.
    folder
        Where to put it, such as ``runs/baseline``.
    lang
        Language of the report and the workbook: fr, en or ar.
    csv
        Whether to write plain CSV beside the Parquet tables.

    Raises
    ------
    ScenarioError
        When something else stands at that place.
    """
    target = Path(folder)
    if target.is_symlink():
        target = target.resolve()
    fault = folder_fault(target)
    if fault:
        raise ScenarioError(fault)
    with replacing_folder(target) as partial:
        _fill(run, partial, lang=lang, csv=csv)
    return target / "report.html"


def folder_fault(folder: Path) -> Fault | None:
    """Return a fault when something stands at that place that is not a run folder, or holds more than one."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return None
    expected = "a new folder, or an older run that nothing was added to"
    hint = "Choose another --out, or move what stands there."
    if not folder.is_dir():
        return Fault("--out", f"'{folder}', which is a file", expected, hint)
    try:
        _read_manifest(folder)
    except TableError:
        return Fault("--out", f"'{folder}', which is there and is not a run folder", expected, hint)
    added = sorted({item.name for item in folder.iterdir()} - _CONTENT)
    return Fault("--out", f"'{added[0]}' inside the run folder '{folder}'", expected, hint) if added else None


def _fill(run: RunData, folder: Path, *, lang: str, csv: bool) -> None:
    (folder / "tables").mkdir()
    for name, table in run.tables.items():
        if name == JOURNEYS and run.journeys_file is not None:
            shutil.copyfile(run.journeys_file, folder / "tables" / f"{name}.parquet")
            continue
        table.to_parquet(folder / "tables" / f"{name}.parquet", compression="zstd", index=False)
        if csv:
            table.to_csv(folder / "tables" / f"{name}.csv", index=False)
    write_report(run, folder, lang)
    text = json.dumps(run.manifest, ensure_ascii=False, indent=2)
    (folder / _MANIFEST).write_text(text + "\n", encoding="utf-8")


def write_report(run: RunData, folder: Path, lang: str) -> None:
    """Write the layers, the workbook and the page of a run into its folder."""
    write_layers(run, folder / "territory.gpkg")
    write_workbook(run, folder / "workbook.xlsx", lang)
    write_page(run, folder / "report.html", lang)


def load_run(folder: str | Path) -> RunData:
    """Read a run folder.

    Raises
    ------
    TableError
        When the folder is not a run folder, or a table of it is missing or broken.
    """
    path = Path(folder)
    manifest = _read_manifest(path)
    faults: list[Fault] = []
    tables: dict[str, pd.DataFrame] = {}
    for name, schema in RUN_TABLES.items():
        file = path / "tables" / f"{name}.parquet"
        if name == JOURNEYS:  # may be larger than memory, and no report needs it
            tables[name] = schema.empty()
            continue
        try:
            tables[name] = schema.check(pd.read_parquet(file), file.name)
        except TableError as problem:
            faults.extend(problem.faults)
        except (OSError, ValueError):
            faults.append(Fault(str(file), "no readable table", f"the table {name}", "Run the scenario again."))
    outlines: Outlines = {}
    try:
        outlines = read_outlines(path / "territory.gpkg")
    except (OSError, ValueError, RuntimeError):
        faults.append(
            Fault(str(path / "territory.gpkg"), "no readable layers", "the layers of the run", "Run it again.")
        )
    if faults:
        raise TableError(faults)
    return RunData(manifest=manifest, tables=tables, outlines=outlines)


def _read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a run folder, with all the keys that reports and comparisons read."""
    file = folder / _MANIFEST
    if not file.is_file():
        raise TableError(Fault(str(folder), f"no {_MANIFEST}", "a run folder", "Make one with `territory run`."))
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise TableError(
            Fault(str(file), "a file that is not JSON", "the manifest of a run", "Run it again.")
        ) from None
    lacking = sorted(_KEYS - set(manifest)) if isinstance(manifest, dict) else sorted(_KEYS)
    if lacking:
        raise TableError(Fault(str(file), f"no key '{lacking[0]}'", "the manifest of a run", "Run the scenario again."))
    measures = {"indicator", "where", "replication", "value"}
    rows = manifest["simulated"]
    options = manifest["scenario"].get("simulation") if isinstance(manifest["scenario"], dict) else None
    if not isinstance(options, dict) or not all(isinstance(row, dict) and measures <= set(row) for row in rows):
        raise TableError(Fault(str(file), "keys 'scenario' or 'simulated' that are broken", "the manifest of a run"))
    return dict(manifest)
