"""Rooms in use where a source counts them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from facts import Facts

COLUMNS = ["facility_id", "room", "rooms", "source", "quality"]


def build_rooms(facts: Facts, settings: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Make the table of rooms.

    Parameters
    ----------
    facts : Facts
    settings : sequence of mapping
        ``facility, room, rooms`` (an expression on figures), ``source, quality``.

    Returns
    -------
    DataFrame
        One row per facility and kind of room with `COLUMNS`; a facility without a row has no known number of rooms.
    """
    rows = [
        (entry["facility"], entry["room"], round(facts.value(entry["rooms"])), entry["source"], entry["quality"])
        for entry in settings
    ]
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(["facility_id", "room"], ignore_index=True)
