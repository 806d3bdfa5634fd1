"""Declared columns: what a table must hold, in which unit, and the check that every table passes when it is made."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from territory.errors import Fault, TableError, nearest

Kind = Literal["text", "number", "integer", "flag"]

_ALMOST = 0.85  # likeness of two names of which one must be a slip of the other
_MOST_ROWS_TOLD = 5
_KIND_WORDS = {"number": "a number", "integer": "a whole number", "flag": "true or false", "text": "text"}
_TRUE = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True)
class Column:
    """One declared column.

    Parameters
    ----------
    name
        Column name; the unit stands in it.
    kind
        ``text`` (str), ``number`` (float64, NaN when missing), ``integer`` (Int64) or ``flag`` (boolean).
    meaning
        One sentence for the reader of the table.
    low, high
        Smallest and largest value allowed, both included.
    choices
        The only words allowed in a text column; empty means any.
    missing
        Whether a value may be absent (NA).
    optional
        Whether the whole column may be absent; it is then filled with NA.
    """

    name: str
    kind: Kind
    meaning: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    missing: bool = False
    optional: bool = False


@dataclass(frozen=True)
class Schema:
    """The declared columns of one table and the columns that together name a row."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Column names in declared order."""
        return [column.name for column in self.columns]

    def empty(self) -> pd.DataFrame:
        """Return the table with no rows."""
        return self.check(pd.DataFrame({name: [] for name in self.names}))

    def check(self, frame: pd.DataFrame, where: str = "", first_row: int = 0) -> pd.DataFrame:
        """Return a new frame with exactly the declared columns and dtypes.

        Parameters
        ----------
        frame
            Any frame that has the declared columns; further columns are dropped.
        where
            What to call the table in faults, a file name for instance.
        first_row
            The number by which the first row is known to the reader (2 for a file with a header line).

        Raises
        ------
        TableError
            With one fault for each column or value that breaks the declaration.
        """
        out, faults = self.examine(frame, where, first_row)
        if faults:
            raise TableError(faults)
        return out

    def examine(self, frame: pd.DataFrame, where: str = "", first_row: int = 0) -> tuple[pd.DataFrame, list[Fault]]:
        """Return what `check` returns and the faults instead of raising them."""
        place = where or self.name
        faults: list[Fault] = []
        series: dict[str, pd.Series] = {}
        for column in self.columns:
            if column.name not in frame.columns:
                faults.extend(self._missing(column, frame, place))
                series[column.name] = _absent(column, frame.index)
                continue
            series[column.name] = _typed(column, frame[column.name], place, first_row, faults)
        out = pd.DataFrame(series, index=frame.index).reset_index(drop=True)
        if self.key and not faults:
            faults.extend(self._repeated(out, place, first_row))
        return out, faults

    def _missing(self, column: Column, frame: pd.DataFrame, place: str) -> list[Fault]:
        """Return the fault of a missing column; one that may be missing has none, unless another is named almost so."""
        known = [str(name) for name in frame.columns]
        if not column.optional:
            hint = nearest(column.name, known) if known else ""
            return [Fault(place, f"no column '{column.name}'", column.meaning, hint)]
        almost = difflib.get_close_matches(column.name, set(known) - set(self.names), n=1, cutoff=_ALMOST)
        hint = f"Did you mean {column.name}? Else rename it."
        return [Fault(place, f"a column '{word}', which nothing reads", "a known column", hint) for word in almost]

    def _repeated(self, frame: pd.DataFrame, place: str, first_row: int) -> list[Fault]:
        again = frame.duplicated(list(self.key), keep="first")
        faults = []
        for position in np.flatnonzero(again.to_numpy())[:_MOST_ROWS_TOLD]:
            words = ", ".join(f"{name} '{frame[name].iloc[position]}'" for name in self.key)
            where = f"{place}, row {position + first_row}"
            faults.append(
                Fault(where, f"{words} a second time", "each only once", "Give it an id of its own or remove the row.")
            )
        return faults


def _absent(column: Column, index: pd.Index) -> pd.Series:
    empty = pd.Series([pd.NA] * len(index), index=index, dtype="object")
    return _cast(column, empty)


def _cast(column: Column, values: pd.Series) -> pd.Series:
    if column.kind == "text":
        return values if isinstance(values.dtype, pd.CategoricalDtype) else values.astype("str").where(values.notna())
    if column.kind == "number":
        return pd.to_numeric(values, errors="coerce").astype("float64")
    if column.kind == "integer":
        return pd.to_numeric(values, errors="coerce").astype("Int64")
    return values.astype("boolean")


def _typed(column: Column, raw: pd.Series, place: str, first_row: int, faults: list[Fault]) -> pd.Series:
    """Bring one column to its dtype and note every value that does not fit."""
    values, wrong = _understood(column, raw)
    expected = f"{_KIND_WORDS[column.kind]} ({column.meaning})"
    _note(column, raw, wrong, expected, place, first_row, faults)
    if not column.missing:
        _note(column, raw, values.isna() & ~wrong, f"a value ({column.meaning})", place, first_row, faults)
    values = values.where(~wrong) if bool(wrong.any()) else values
    outside = _outside(column, values)
    _note(column, raw, outside, _bounds(column), place, first_row, faults)
    return _cast(column, values.where(~outside) if bool(outside.any()) else values)


def _understood(column: Column, raw: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return the values of a column as they are meant, and which of them are not of its kind."""
    right = pd.Series(data=False, index=raw.index)
    if column.kind == "text":
        if isinstance(raw.dtype, pd.CategoricalDtype):
            return raw, right
        text = raw.astype("str").where(raw.notna())
        return text.where(text != ""), right
    values, wrong = raw, right
    if not pd.api.types.is_numeric_dtype(raw.dtype) and not pd.api.types.is_bool_dtype(raw.dtype):
        text = raw.astype("str").str.strip().where(raw.notna())
        text = text.where(text != "")
        values = text.str.lower().map(_TRUE) if column.kind == "flag" else pd.to_numeric(text, errors="coerce")
        wrong = text.notna() & values.isna()
    if column.kind == "flag":
        return values, wrong
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    wrong = wrong | np.isinf(numbers)
    if column.kind == "integer":
        wrong = wrong | (np.isfinite(numbers) & (np.rint(np.nan_to_num(numbers)) != np.nan_to_num(numbers)))
    return values, wrong


def _outside(column: Column, values: pd.Series) -> pd.Series:
    outside = pd.Series(data=False, index=values.index)
    if column.choices:
        outside = values.notna() & ~values.isin(column.choices)
    if column.low is not None:
        outside = outside | (values < column.low).fillna(value=False)
    if column.high is not None:
        outside = outside | (values > column.high).fillna(value=False)
    return outside.astype(bool)


def _bounds(column: Column) -> str:
    if column.choices:
        return f"one of {', '.join(column.choices)}"
    if column.low is not None and column.high is not None:
        return f"between {column.low:g} and {column.high:g} ({column.meaning})"
    if column.low is not None:
        return f"{column.low:g} or more ({column.meaning})"
    return f"at most {column.high:g} ({column.meaning})" if column.high is not None else column.meaning


def _note(
    column: Column, raw: pd.Series, bad: pd.Series, expected: str, place: str, first_row: int, faults: list[Fault]
) -> None:
    positions = np.flatnonzero(bad.to_numpy(dtype=bool))
    for position in positions[:_MOST_ROWS_TOLD]:
        value = raw.iloc[position]
        found = "nothing" if pd.isna(value) or value == "" else f"'{value}'"
        hint = nearest(str(value), column.choices) if column.choices and found != "nothing" else ""
        faults.append(Fault(f"{place}, row {position + first_row}, column {column.name}", found, expected, hint))
    if len(positions) > _MOST_ROWS_TOLD:
        more = len(positions) - _MOST_ROWS_TOLD
        faults.append(Fault(f"{place}, column {column.name}", f"{more} more rows with the same fault", expected))
