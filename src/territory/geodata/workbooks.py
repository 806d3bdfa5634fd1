"""Excel workbooks in: a sheet per table, every cell as the text it was meant to be."""

from __future__ import annotations

import datetime as dt
import warnings
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import openpyxl
import pandas as pd
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from territory.csv_files import FIRST_ROW
from territory.errors import Fault, nearest
from territory.geodata.sheets import Sheet, unreadable

_MOST_TOLD = 5
_DATES = (dt.date, dt.time, dt.timedelta)


def read_workbook(path: Path, wanted: dict[str, bool]) -> tuple[dict[str, Sheet], list[Fault]]:
    """Read the sheets of a workbook.

    Parameters
    ----------
    path
        An ``.xlsx`` file.
    wanted
        Names of the sheets, and whether each may be absent or empty. Other sheets are the author's own.

    Returns
    -------
    tuple
        Sheets by name, and every fault found: merged cells, dates and errors of formulas, rows left empty, sheets that
        lack.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of drawings and styles that it does not know
            book = openpyxl.load_workbook(path, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, ValueError, OSError, EOFError) as problem:
        hint = "Save it again from Excel."
        return {}, [unreadable(path, problem, "a whole Excel workbook, .xlsx", hint=hint)]
    names = {name.strip().lower(): name for name in book.sheetnames}
    sheets, faults = {}, []
    for name, may_lack in wanted.items():
        if name not in names:
            if not may_lack:
                faults.append(Fault(path.name, f"no sheet '{name}'", "a sheet for each table", nearest(name, names)))
            continue
        sheet, found = _sheet(book[names[name]], f"{path.name}, sheet {name}", may_lack=may_lack)
        faults += found
        if sheet is not None:
            sheets[name] = sheet
    return sheets, faults


def _sheet(page: Worksheet, name: str, *, may_lack: bool) -> tuple[Sheet | None, list[Fault]]:
    faults = [
        Fault(f"{name}, cells {merged.coord}", "merged cells", "one value in each cell", "Unmerge them.")
        for merged in list(page.merged_cells.ranges)[:_MOST_TOLD]
    ]
    rows = [list(row) for row in page.iter_rows()]
    while rows and all(_is_empty(cell.value) for cell in rows[-1]):
        rows.pop()
    if len(rows) < FIRST_ROW:
        if may_lack and not faults:
            return None, []
        return None, faults or [Fault(name, "no rows", "a header line and at least one row", "Add the rows.")]
    heads = ["" if _is_empty(cell.value) else str(cell.value).strip() for cell in rows[0]]
    faults += _head_faults(heads, name)
    kept = [position for position, head in enumerate(heads) if head]
    cells = [[row[position] for position in kept] for row in rows[1:]]
    faults += _cell_faults(cells, name) + _gap_faults(cells, name)
    if faults:
        return None, faults
    frame = pd.DataFrame([[_text(cell.value) for cell in row] for row in cells], columns=[heads[i] for i in kept])
    return Sheet(name, frame.astype("object"), FIRST_ROW), []


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _text(value: Any) -> str | None:
    """Return a cell as text: a code typed as a number stays a code."""
    if _is_empty(value):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value).strip()


def _head_faults(heads: list[str], name: str) -> list[Fault]:
    twice = sorted({head for head in heads if head and heads.count(head) > 1})
    faults = [Fault(f"{name}, row 1", f"column '{head}' twice", "each column once") for head in twice[:_MOST_TOLD]]
    if not any(heads):
        faults.append(
            Fault(f"{name}, row 1", "no names of columns", "a header line", "Put the names in the first row.")
        )
    return faults


def _cell_faults(cells: list[list[Any]], name: str) -> list[Fault]:
    faults = []
    for cell in (cell for row in cells for cell in row):
        where = f"{name}, cell {cell.coordinate}"
        if isinstance(cell.value, _DATES):
            hint = "Excel made a date of a code such as 3-1: format the column as text and type it again."
            faults.append(Fault(where, f"the date {cell.value}", "a code or a number", hint))
        elif cell.data_type == "e":
            faults.append(Fault(where, f"the error {cell.value}", "a value", "Mend the formula."))
    if len(faults) > _MOST_TOLD:
        more = f"{len(faults) - _MOST_TOLD} more cells with a date or an error"
        return [*faults[:_MOST_TOLD], Fault(name, more, "codes, numbers or texts")]
    return faults


def _gap_faults(cells: list[list[Any]], name: str) -> list[Fault]:
    gaps = [number for number, row in enumerate(cells, FIRST_ROW) if all(_is_empty(cell.value) for cell in row)]
    return [
        Fault(f"{name}, row {row}", "an empty row", "rows without a gap", "Delete it.") for row in gaps[:_MOST_TOLD]
    ]
