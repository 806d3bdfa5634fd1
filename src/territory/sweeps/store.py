"""The folder of a study: its runs as they land, each whole or not at all, and what they belong to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from territory.errors import Fault, SweepError, TableError
from territory.output_files import replacing, write_text
from territory.sweeps.designs import FUTURE, PLAN
from territory.sweeps.work import Outcome

MANIFEST = "study.json"
_FOLDER = "runs"
_BLOCK = 256  # runs that are put together into one file
_NUMBERS = {PLAN, FUTURE}


def is_sweep_folder(folder: Path) -> bool:
    """Whether a folder is that of a study."""
    return (folder / MANIFEST).is_file()


class Store:
    """The runs of one study on disk: a Parquet data set, a file for each run that lands, put together in blocks.

    Parameters
    ----------
    folder
        The folder of the study.
    runs
        Its design: a row for each run.
    outcomes
        The names of the outcomes.
    """

    def __init__(self, folder: Path, runs: pd.DataFrame, outcomes: tuple[str, ...]) -> None:
        self.folder = folder
        self._runs = runs
        self._outcomes = outcomes
        self._schema = _schema(runs, outcomes)
        self._loose: list[Path] = []

    def open(self, manifest: Mapping[str, Any], *, resume: bool) -> set[int]:
        """Begin in a new folder, or go on in one of the same study; return the numbers of the runs it holds.

        Raises
        ------
        SweepError
            When the folder holds something else, holds runs and is not to be gone on with, or cannot be written.
        """
        there = read_manifest(self.folder) if is_sweep_folder(self.folder) else None
        if there is None and self.folder.exists() and (self.folder.is_file() or any(self.folder.iterdir())):
            hint = "Choose another --out, or move what stands there."
            found = f"'{self.folder}', which holds something else"
            raise SweepError(Fault("--out", found, "a new folder, or one of this study", hint))
        done = self._numbers() if there is not None else set()
        if done and there is not None and there.get("fingerprint") != manifest["fingerprint"]:
            found = f"'{self.folder}', which holds runs of another study, scenario or territory"
            raise SweepError(Fault("--out", found, "a new folder, or one of this study", "Choose another --out."))
        if done and not resume:
            found = f"'{self.folder}', which holds {len(done)} runs of this study"
            raise SweepError(Fault("--out", found, "a new folder", "Go on with --resume, or choose another --out."))
        try:
            (self.folder / _FOLDER).mkdir(parents=True, exist_ok=True)
            write_text(self.folder / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1, default=str) + "\n")
        except OSError as problem:
            raise SweepError(_unwritable(self.folder, problem)) from None
        self._loose = sorted((self.folder / _FOLDER).glob("run-*.parquet"))
        return done

    def put(self, outcome: Outcome) -> None:
        """Write one run; it is there whole when this returns.

        Raises
        ------
        SweepError
            When it cannot be written; the runs before it are kept.
        """
        file = self.folder / _FOLDER / f"run-{outcome.number:07d}.parquet"
        try:
            self._write(file, pa.Table.from_pylist([self._row(outcome)], schema=self._schema))
            self._loose.append(file)
            if len(self._loose) >= _BLOCK:
                self._put_together()
        except OSError as problem:
            raise SweepError(_unwritable(file, problem)) from None

    def _put_together(self) -> None:
        """Put loose runs into one file. Where this is cut short, a run stands twice, and counts once."""
        files, self._loose = sorted(self._loose), []
        table = pa.concat_tables([pq.read_table(file, schema=self._schema) for file in files])
        self._write(self.folder / _FOLDER / f"block-{files[0].stem.removeprefix('run-')}.parquet", table)
        for file in files:
            file.unlink()

    def _write(self, file: Path, table: pa.Table) -> None:
        with replacing(file) as temporary:
            pq.write_table(table, temporary, compression="zstd")

    def _row(self, outcome: Outcome) -> dict[str, Any]:
        values = self._runs.loc[outcome.number].to_dict()
        cells = {name: _cell(value, self._schema.field(name).type) for name, value in values.items()}
        return {
            "run": outcome.number,
            **cells,
            "status": outcome.status,
            "reason": outcome.reason,
            "seed": outcome.seed,
            "seconds": outcome.seconds,
            **dict(zip(self._outcomes, outcome.outcomes, strict=True)),
            "opened": list(outcome.opened),
            "left_behind": list(outcome.left_behind),
        }

    def _numbers(self) -> set[int]:
        return set(_read(self.folder, ["run"])["run"].tolist())


def read_runs(folder: Path) -> pd.DataFrame:
    """Return the runs that have landed, by their number.

    Raises
    ------
    SweepError
        When a file of runs is broken.
    """
    table = _read(folder, None)
    return table.drop_duplicates("run").sort_values("run", ignore_index=True)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what is known about a study beside its runs.

    Raises
    ------
    TableError
        When the folder is not that of a study.
    """
    file = folder / MANIFEST
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        hint = "Make one with `territory sweep`; where this file was broken, into a new folder."
        raise TableError(Fault(str(folder), f"no readable {MANIFEST}", "the folder of a study", hint)) from None
    kinds = {"study": dict, "fingerprint": str, "runs": int, "scenario": dict}
    wrong = [key for key, kind in kinds.items() if not isinstance(found, dict) or not isinstance(found.get(key), kind)]
    if wrong:
        hint = "Run the study into a new folder: its file says what this one should."
        raise TableError(
            [Fault(f"{file}, {key}", "nothing that can be used", "what is known of a study", hint) for key in wrong]
        )
    return dict(found)


def _read(folder: Path, columns: list[str] | None) -> pd.DataFrame:
    parts: dict[Path, pa.Table] = {}
    for file in sorted((folder / _FOLDER).glob("*.parquet")):
        if file.name.startswith("."):
            continue  # one that was being written when a process ended
        try:
            parts[file] = pq.read_table(file, columns=columns)
        except (OSError, pa.ArrowException):
            hint = "Remove it, and go on with --resume: its runs are made again."
            raise SweepError(Fault(str(file), "a broken file", "runs of the study", hint)) from None
    if not parts:
        return pd.DataFrame(columns=columns or ["run"])
    usual = Counter(str(part.schema) for part in parts.values()).most_common(1)[0][0]
    strange = [file for file, part in parts.items() if str(part.schema) != usual]
    if strange:
        found, hint = "other columns than the files beside it", "Remove it, and go on with --resume."
        raise SweepError([Fault(str(file), found, "runs of one study", hint) for file in strange])
    return pa.concat_tables(parts.values()).to_pandas()


def _schema(runs: pd.DataFrame, outcomes: tuple[str, ...]) -> pa.Schema:
    factors = [(name, pa.int64() if name in _NUMBERS else _kind(runs[name])) for name in runs.columns]
    return pa.schema(
        [
            ("run", pa.int64()),
            *factors,
            ("status", pa.string()),
            ("reason", pa.string()),
            ("seed", pa.int64()),
            ("seconds", pa.float64()),
            *((name, pa.float64()) for name in outcomes),
            ("opened", pa.list_(pa.string())),
            ("left_behind", pa.list_(pa.string())),
        ]
    )


def _kind(values: pd.Series) -> pa.DataType:
    """Return the type of a column of factors: whole numbers, numbers, or else words."""
    if all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        return pa.int64()
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    return pa.float64() if numbers else pa.string()


def _cell(value: Any, kind: pa.DataType) -> Any:
    if kind != pa.string():
        return float(value) if kind == pa.float64() else int(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _unwritable(place: Path, problem: OSError) -> Fault:
    found = f"'{place}', which cannot be written ({problem.strerror or problem})"
    hint = "What was finished is kept: make room or rights, and go on with --resume."
    return Fault("--out", found, "a folder that can be written", hint)
