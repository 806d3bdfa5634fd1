"""A territory to be filled: a folder of CSV and a workbook, empty, with the columns explained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from territory.errors import GeodataError
from territory.geodata.sheets import PARTS
from territory.geodata.writing import Draft, Notes, explained, write_folder, write_workbook
from territory.output_files import check_free, replacing_folder, write_text

WORKBOOK = "territory.xlsx"
COLUMNS_FILE = "columns.csv"


def blank_head(territory_id: str) -> dict[str, Any]:
    """Return the head of a territory of which nothing is known yet but its id."""
    return {
        "territory_id": territory_id,
        "name": dict.fromkeys(("fr", "en", "ar"), territory_id),
        "languages": ["fr", "en", "ar"],
        "metric_crs": "",
        "provinces": [],
        "sources": [],
    }


def write_blank(folder: str | Path, notes: Notes) -> Path:
    """Write an empty territory: a workbook, and the same as ``territory.yaml`` and CSV files; return the folder.

    Parameters
    ----------
    folder
        A new or empty folder.
    notes
        What each key of ``territory.yaml`` and each column holds, by language.

    Raises
    ------
    GeodataError
        When something stands there already.
    """
    target = Path(folder)
    check_free(target, GeodataError)
    tables = {name: pd.DataFrame(columns=part.schema.names) for name, part in PARTS.items()}
    draft = Draft(blank_head(target.resolve().name), tables, notes=notes)
    with replacing_folder(target) as partial:
        write_folder(draft, partial)
        write_workbook(draft, partial / WORKBOOK)
        write_text(partial / COLUMNS_FILE, explained(notes).to_csv(index=False, lineterminator="\n"))
    return target
