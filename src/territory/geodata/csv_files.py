"""The one door for the CSV files of a territory: UTF-8, comma-separated, one header line."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd

from territory.errors import Fault
from territory.tables import Schema

FIRST_ROW = 2  # the number a spreadsheet shows for the first row under the header


def read_csv(path: Path, schema: Schema) -> tuple[pd.DataFrame | None, list[Fault]]:
    """Read one file by its declared columns.

    Returns
    -------
    tuple
        The checked table and no fault, or None and every fault found.
    """
    text, fault = _text(path)
    if fault:
        return None, [fault]
    header = text.split("\n", 1)[0]
    try:
        fault = _header_fault(path, header)
        broken = [fault] if fault else _ragged_rows(path, text)
    except csv.Error as problem:
        broken = [Fault(path.name, f"text that is not CSV ({problem})", "a CSV file")]
    if broken:
        return None, broken
    try:
        frame = pd.read_csv(io.StringIO(text), dtype="str", keep_default_na=False, na_values=[""])
    except pd.errors.ParserError as problem:
        return None, [Fault(path.name, f"text that is not CSV ({problem})", "a CSV file", "Close every quote.")]
    frame.columns = frame.columns.str.strip()
    if frame.empty:
        return None, [Fault(path.name, "a header line and no rows", "at least one row", "Add the rows.")]
    table, faults = schema.examine(frame, path.name, FIRST_ROW)
    return (None, faults) if faults else (table, [])


def _text(path: Path) -> tuple[str, Fault | None]:
    if not path.is_file():
        return "", Fault(path.name, "no such file", f"a CSV file in {path.parent.name}/", "Add the file.")
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = raw[: problem.start].count(b"\n") + 1
        hint = "It looks like Latin-1 (Windows): save it again as 'CSV UTF-8'."
        return "", Fault(f"{path.name}, row {line}", "letters that are not UTF-8", "UTF-8", hint)
    if not text.strip():
        return "", Fault(path.name, "an empty file", "a header line and rows", "Fill it or take it from a backup.")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        return "", Fault(f"{path.name}, row {line}", "a NUL byte", "a text file", "Save it again as 'CSV UTF-8'.")
    return text.replace("\r\n", "\n").replace("\r", "\n"), None


def _header_fault(path: Path, header: str) -> Fault | None:
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if header.count(mark) > header.count(","):
            return Fault(
                f"{path.name}, row 1", f"columns separated by {name}", "commas", "Save it again as comma-separated CSV."
            )
    names = [name.strip() for name in next(csv.reader([header]))]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        return Fault(f"{path.name}, row 1", f"column '{twice[0]}' twice", "each column once", "Remove or rename one.")
    return None


def _ragged_rows(path: Path, text: str) -> list[Fault]:
    rows = csv.reader(io.StringIO(text))
    width = len(next(rows))
    faults = []
    for row in rows:
        if row and len(row) != width:
            where = f"{path.name}, row {rows.line_num}"
            faults.append(
                Fault(where, f"{len(row)} fields", f"{width}, as in the header", "Quote texts that hold a comma.")
            )
    return faults[:5]
