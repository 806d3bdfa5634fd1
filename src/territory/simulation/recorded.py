"""Every step of every patient: records of an engine as rows of the `journeys` table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from territory.simulation import network as net
from territory.simulation.course import Course
from territory.simulation.draws import Ints
from territory.simulation.results import words
from territory.tables.schemas import JOURNEYS
from territory.tables.vocabulary import MODES, NO_PLACE_PRIORITY, OUTCOMES

# Columns of records, as the compiled engine writes them.
PATIENT, NUMBER, SOURCE, OPTION, ASKED, STARTED, ENDED, OUTCOME, TRIES = range(9)


def records_of(network: net.Network, courses: list[Course]) -> Ints:
    """Return the measured visits of a reference run as records, by patient and number."""
    parts = []
    for course in courses:
        rows = course.rows
        columns = (rows.patient, rows.number, rows.source, rows.option, course.asked_us, course.started_us)
        every = np.column_stack((*columns, course.ended_us, course.outcome, course.tries))
        parts.append(every[course.asked_us >= network.warm_up_us])
    return in_order(np.concatenate(parts))


def in_order(records: Ints) -> Ints:
    """Return records by patient and number."""
    return records[np.lexsort((records[:, NUMBER], records[:, PATIENT]))]


def table_of(network: net.Network, records: Ints, replication: int) -> pd.DataFrame:
    """Return records as rows of the `journeys` table, words as categories."""
    names, offers, choices = network.names, network.offers, network.choices
    option, source = records[:, OPTION], records[:, SOURCE]
    offer = choices.offer[option]
    pathway = network.sources.pathway[source]
    priority = network.pathways.priority[pathway] + np.where(offers.planned[offer], 0, NO_PLACE_PRIORITY)

    def days(column: int) -> np.ndarray:
        moments = records[:, column]
        return np.where(moments < 0, np.nan, moments / net.US_PER_DAY)

    return pd.DataFrame(
        {
            "patient": records[:, PATIENT],
            "replication": np.full(len(records), replication),
            "pathway": words(pathway, names.pathways),
            "zone_id": words(network.sources.zone[source], names.zones),
            "step": records[:, NUMBER],
            "activity": words(offers.activity[offer], names.activities),
            "facility_id": words(offers.facility[offer], names.facilities),
            "mode": words(offers.mode[offer], MODES),
            "priority": priority,
            "asked_at": days(ASKED),
            "started_at": days(STARTED),
            "ended_at": days(ENDED),
            "travel_minutes": np.nan_to_num(choices.minutes[option]),
            "travel_km": np.nan_to_num(choices.km[option]),
            "outcome": words(records[:, OUTCOME], OUTCOMES),
        }
    )


class JourneysFile:
    """The `journeys` table of one replication, written block by block as visits end."""

    def __init__(self, network: net.Network, path: Path, replication: int) -> None:
        self._network = network
        self._replication = replication
        self._path = path
        self._schema = pa.Schema.from_pandas(JOURNEYS.check(table_of(network, np.zeros((0, 9), dtype=np.int64), 0)))
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")

    def take(self, records: Ints) -> None:
        """Write one block."""
        table = JOURNEYS.check(table_of(self._network, records, self._replication))
        self._writer.write_table(pa.Table.from_pandas(table, schema=self._schema, preserve_index=False))

    def close(self) -> None:
        """End the file."""
        self._writer.close()


def joined(parts: list[Path], target: Path) -> None:
    """Put the files of all replications together into one, block by block, and remove them."""
    schema = pq.read_schema(parts[0])
    partial = target.with_name(f".{target.name}.partial")
    with pq.ParquetWriter(partial, schema, compression="zstd") as writer:
        for part in parts:
            file = pq.ParquetFile(part)
            for group in range(file.num_row_groups):
                writer.write_table(file.read_row_group(group))
            file.close()
            part.unlink()
    partial.rename(target)
