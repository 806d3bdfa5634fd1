"""CSV as planners' machines write it: the encoding and the separator are recognised, every cell stays text."""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from territory.errors import Fault

FIRST_ROW = 2  # the number a spreadsheet shows for the first row under the header

_SEPARATORS = ",;\t"
_ARABIC = re.compile(rb"[\xc1-\xd6\xd8-\xdf\xe1\xe3-\xe6\xec\xed]{3}")  # letters seldom come so in a row in French
_SPACES = r"[\s\u00a0\u202f]"  # the two that part thousands, too
_FRENCH = rf"\s*[+-]?\d+(?:{_SPACES}\d{{3}})*(?:,\d+)?\s*"
_MOST_TOLD = 5


@dataclass(frozen=True)
class CsvText:
    """The cells of one file as texts, NA where empty, and the separator they were parted by."""

    frame: pd.DataFrame
    separator: str

    @property
    def decimal_comma(self) -> bool:
        """Whether a comma may be the decimal mark: it is not the separator."""
        return self.separator != ","


def read_csv_text(path: Path, *, may_be_empty: bool = False) -> tuple[CsvText | None, list[Fault]]:
    """Read one file: UTF-8 or UTF-16 or, failing that, Windows' Arabic or Western letters; commas, semicolons or tabs.

    Parameters
    ----------
    path
        The file.
    may_be_empty
        Whether a header line alone will do.

    Returns
    -------
    tuple
        The cells and no fault, or None and every fault found.
    """
    text, fault = _text(path)
    if fault:
        return None, [fault]
    header = text.split("\n", 1)[0]
    separator = max(_SEPARATORS, key=header.count)
    try:
        fault = _header_fault(path, header, separator)
        broken = [fault] if fault else _ragged_rows(path, text, separator)
    except csv.Error as problem:
        broken = [Fault(path.name, f"text that is not CSV ({problem})", "a CSV file")]
    if broken:
        return None, broken
    try:
        frame = pd.read_csv(io.StringIO(text), sep=separator, dtype="str", keep_default_na=False, na_values=[""])
    except pd.errors.ParserError as problem:
        return None, [Fault(path.name, f"text that is not CSV ({problem})", "a CSV file", "Close every quote.")]
    frame = frame.apply(lambda cells: cells.str.strip().replace("", None))  # a no-break space too
    frame.columns = frame.columns.str.strip()
    if frame.empty and not may_be_empty:
        return None, [Fault(path.name, "a header line and no rows", "at least one row", "Add the rows.")]
    return CsvText(frame, separator), []


def with_decimal_points(numbers: pd.Series) -> pd.Series:
    """Return numbers written as in French, `1 234,5`, as a program reads them; other words stay as they are.

    Where any number of the series has a decimal point, a comma is no decimal mark, and stays.
    """
    french = numbers.str.fullmatch(_FRENCH).fillna(value=False).astype(bool)
    if numbers.str.contains(r"\d\.\d", regex=True).any():
        return numbers
    plain = numbers.str.replace(_SPACES, "", regex=True).str.replace(",", ".", regex=False)
    return numbers.where(~french, plain)


def _text(path: Path) -> tuple[str, Fault | None]:
    if not path.is_file():
        return "", Fault(path.name, "no such file", f"a CSV file in {path.parent.name}/", "Add the file.")
    try:
        text = _decoded(path.read_bytes())
    except UnicodeDecodeError as problem:
        line = problem.object[: problem.start].count(b"\n") + 1
        found = "letters that are not of the file's alphabet"
        return "", Fault(f"{path.name}, row {line}", found, "UTF-8 throughout", "Save it again as 'CSV UTF-8'.")
    if not text.strip():
        return "", Fault(path.name, "an empty file", "a header line and rows", "Fill it or take it from a backup.")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        return "", Fault(f"{path.name}, row {line}", "a NUL byte", "a text file", "Save it again as 'CSV UTF-8'.")
    return text.replace("\r\n", "\n").replace("\r", "\n"), None


def _decoded(raw: bytes) -> str:
    """Return the text of a file; only where it is not Unicode is its alphabet told from its letters.

    Raises
    ------
    UnicodeDecodeError
        When no one alphabet reads it whole: most of it UTF-8 and some of it not, or bytes that are no letters.
    """
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        read = raw.decode("utf-8", errors="replace")
        broken = read.count("\ufffd")
        if sum(letter > "\x7f" for letter in read) - broken > broken:
            raise
        return raw.decode("cp1256" if _ARABIC.search(raw) else "cp1252")


def _header_fault(path: Path, header: str, separator: str) -> Fault | None:
    names = [name.strip() for name in next(csv.reader([header], delimiter=separator))]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        return Fault(f"{path.name}, row 1", f"column '{twice[0]}' twice", "each column once", "Remove or rename one.")
    return None


def _ragged_rows(path: Path, text: str, separator: str) -> list[Fault]:
    rows = csv.reader(io.StringIO(text), delimiter=separator)
    width = len(next(rows))
    faults = []
    for row in rows:
        if row and len(row) != width:
            where = f"{path.name}, row {rows.line_num}"
            faults.append(
                Fault(where, f"{len(row)} fields", f"{width}, as in the header", "Quote texts that hold a separator.")
            )
    return faults[:_MOST_TOLD]
