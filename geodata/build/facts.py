"""Read the facts folder: its CSV files and the single figures cited from them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
import yaml

Expression: TypeAlias = "int | float | list[object] | Mapping[str, object]"

FIGURE_TABLES = {"observed": "where", "rates": "scope"}
BENCHMARKS = "hospital_benchmarks"


class BuildError(ValueError):
    """The build cannot go on; the text says what was found and what to do."""


class Facts:
    """The folder of fact tables.

    Parameters
    ----------
    folder : Path
        Folder with ``communes.csv``, ``facilities.csv``, ``roads.csv``, ``observed.csv``, ``rates.csv``,
        ``hospital_benchmarks.csv`` and the sub-folder ``morocco``.

    Raises
    ------
    BuildError
        When the folder is not there.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise BuildError(f"The facts folder '{folder}' does not exist. Give the folder that holds communes.csv.")
        self.folder = folder
        self._tables: dict[str, pd.DataFrame] = {}

    def table(self, name: str) -> pd.DataFrame:
        """Return one table as text; an empty cell is the empty string.

        Parameters
        ----------
        name : str
            File name without ``.csv``; ``morocco/arrondissements`` for a file of the sub-folder.

        Raises
        ------
        BuildError
            When the file is not there or cannot be read as a table.
        """
        if name not in self._tables:
            path = self.folder / f"{name}.csv"
            if not path.is_file():
                raise BuildError(f"The facts folder lacks '{name}.csv'. Looked for it at '{path}'.")
            try:
                self._tables[name] = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
            except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as fault:
                raise BuildError(f"'{path}' cannot be read as a UTF-8 table: {fault}.") from fault
        return self._tables[name].copy()

    def figure(self, table: str, indicator: str, where: str, year: str) -> float:
        """Return one published figure.

        Parameters
        ----------
        table : str
            ``observed``, ``rates`` or ``hospital_benchmarks`` (there `indicator` is the column).
        indicator, where, year : str
            Together they must name exactly one row.

        Raises
        ------
        BuildError
            When no row or several rows answer, or the cell holds no number.
        """
        frame = self.table(table)
        if table == BENCHMARKS:
            rows = frame[(frame["hospital"] == where) & (frame["year"] == year)]
            column = indicator
        else:
            place = FIGURE_TABLES[table]
            rows = frame[(frame["indicator"] == indicator) & (frame[place] == where) & (frame["year"] == year)]
            column = "value"
        values = rows[column].unique()
        if len(values) != 1:
            raise BuildError(
                f"'{table}.csv' should hold one value of '{indicator}' for '{where}' in {year}; found {len(values)}."
            )
        try:
            return float(values[0])
        except ValueError as fault:
            raise BuildError(f"'{table}.csv': '{indicator}' for '{where}' in {year} is not a number.") from fault

    def value(self, expression: Expression) -> float:
        """Work out a declared expression on figures.

        Parameters
        ----------
        expression : number, list or mapping
            A number; ``[table, indicator, where, year]``; or a mapping with ``plus``, or with ``times`` and
            optionally ``over``, each a list of expressions.
        """
        if isinstance(expression, int | float):
            return float(expression)
        if isinstance(expression, list):
            table, indicator, where, year = (str(part) for part in expression)
            return self.figure(table, indicator, where, year)
        if "plus" in expression:
            return sum(self.value(part) for part in _parts(expression, "plus"))
        result = 1.0
        for part in _parts(expression, "times"):
            result *= self.value(part)
        for part in _parts(expression, "over"):
            result /= self.value(part)
        return result


def _parts(expression: Mapping[str, object], key: str) -> list[Expression]:
    parts = expression.get(key, [])
    if not isinstance(parts, list):
        raise BuildError(f"In the settings, '{key}' should be a list; found {parts!r}.")
    return parts


def numbers(frame: pd.DataFrame, column: str) -> pd.Series[float]:
    """Return a text column as numbers, empty cells as NA.

    Raises
    ------
    BuildError
        When a cell is neither empty nor a number.
    """
    try:
        return pd.to_numeric(frame[column].replace("", None)).astype(float)
    except ValueError as fault:
        raise BuildError(f"Column '{column}' should hold numbers: {fault}.") from fault


def read_settings(path: Path) -> dict[str, Any]:
    """Read a YAML settings file kept beside the scripts.

    Raises
    ------
    BuildError
        When the file is not there or is not a mapping.
    """
    if not path.is_file():
        known = ", ".join(sorted(other.stem for other in path.parent.glob("*.yaml")))
        raise BuildError(f"There is no settings file '{path.name}'. Those at hand: {known}.")
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(settings, dict):
        raise BuildError(f"'{path.name}' should hold a mapping of settings.")
    return settings
