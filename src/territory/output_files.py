"""Files appear whole or not at all: they are written beside their place and then put there."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from territory.errors import Fault, TerritoryError

# A GeoPackage carries the time of each change; ours carries the same one always, so that equal data give equal bytes.
_CHANGED = "2000-01-01T00:00:00.000Z"
_COUNTERS = (24, 92)  # SQLite file format, 1.3: the change counter, and the one for which the header holds
_ONE = (1).to_bytes(4, "big")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name in the same folder; on success it replaces `path`, on failure it is removed."""
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text with the same bytes on every system."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


@contextmanager
def replacing_folder(target: Path) -> Iterator[Path]:
    """Give an empty folder beside `target`; on success it takes that place, on failure it is removed.

    What stood there before goes only when the new folder is there.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir()
        yield partial
        older = target.with_name(f".{target.name}.{os.getpid()}.older")
        if target.exists():
            target.rename(older)
        partial.rename(target)
        shutil.rmtree(older, ignore_errors=True)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def without_time(geopackage: Path) -> None:
    """Take the time of its making, and how often it was written to meanwhile, out of a GeoPackage."""
    with closing(sqlite3.connect(geopackage)) as base, base:
        base.execute("UPDATE gpkg_contents SET last_change = ?", (_CHANGED,))
    with geopackage.open("r+b") as file:
        for place in _COUNTERS:
            file.seek(place)
            file.write(_ONE)


def check_free(target: Path, error: type[TerritoryError]) -> None:
    """Refuse a place where something stands already.

    Raises
    ------
    TerritoryError
        Of the class `error`, unless nothing or an empty folder is there.
    """
    if target.exists() and (target.is_file() or any(target.iterdir())):
        hint = "Choose another place, or move what stands there."
        raise error(Fault(str(target), "a place that holds something", "a new file or an empty folder", hint))
