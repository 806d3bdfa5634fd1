"""Declared columns: what fits passes unchanged, what does not is told with its row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory.errors import TableError
from territory.tables import RUN_TABLES, Column, Schema

SCHEMA = Schema(
    "things",
    (
        Column("name", "text", "name of the thing"),
        Column("kind", "text", "kind", choices=("round", "square"), missing=True),
        Column("size_m", "number", "size in metres", low=0.0, high=10.0),
        Column("count", "integer", "how many", low=0, missing=True, optional=True),
        Column("new", "flag", "whether it is new", missing=True, optional=True),
    ),
    key=("name",),
)


def faults(frame: pd.DataFrame) -> list[str]:
    with pytest.raises(TableError) as caught:
        SCHEMA.check(frame, "things.csv", 2)
    return [str(fault) for fault in caught.value.faults]


def test_types_and_missing_values() -> None:
    frame = SCHEMA.check(
        pd.DataFrame({"name": ["a", "b"], "kind": ["round", ""], "size_m": ["1.5", "0"], "extra": [1, 2]})
    )
    assert list(frame.columns) == SCHEMA.names
    assert frame["size_m"].tolist() == [1.5, 0.0]
    assert frame["kind"].isna().tolist() == [False, True]
    assert frame["count"].isna().all()
    assert str(frame["count"].dtype) == "Int64"
    assert str(frame["new"].dtype) == "boolean"


def test_every_fault_at_once() -> None:
    told = faults(pd.DataFrame({"name": ["a", ""], "kind": ["rond", "round"], "size_m": ["11", "x"]}))
    assert told == [
        "things.csv, row 3, column name: found nothing; expected a value (name of the thing).",
        "things.csv, row 2, column kind: found 'rond'; expected one of round, square. Did you mean round?",
        "things.csv, row 3, column size_m: found 'x'; expected a number (size in metres).",
        "things.csv, row 2, column size_m: found '11'; expected between 0 and 10 (size in metres).",
    ]


@pytest.mark.parametrize("value", ["1.5", "inf", "two"])
def test_whole_numbers(value: str) -> None:
    (told,) = faults(pd.DataFrame({"name": ["a"], "kind": [None], "size_m": [1], "count": [value]}))
    assert f"found '{value}'; expected a whole number (how many)" in told


def test_flags() -> None:
    frame = SCHEMA.check(pd.DataFrame({"name": list("abc"), "kind": None, "size_m": 1, "new": ["true", "No", ""]}))
    assert frame["new"].tolist()[:2] == [True, False]
    assert frame["new"].isna().tolist() == [False, False, True]
    (told,) = faults(pd.DataFrame({"name": ["a"], "kind": [None], "size_m": [1], "new": ["perhaps"]}))
    assert "found 'perhaps'; expected true or false" in told


def test_a_missing_column_and_a_repeated_key() -> None:
    (told,) = faults(pd.DataFrame({"name": ["a"], "kind": ["round"]}))
    assert "no column 'size_m'; expected size in metres" in told
    (told,) = faults(pd.DataFrame({"name": ["a", "a"], "kind": None, "size_m": 1.0}))
    assert told.startswith("things.csv, row 3: found name 'a' a second time")


@given(
    st.lists(
        st.tuples(st.text(min_size=1), st.floats(0, 10), st.integers(0, 10**6) | st.none()),
        unique_by=lambda row: row[0],
        min_size=1,
    )
)
def test_what_fits_comes_out_as_it_went_in(rows: list[tuple[str, float, int | None]]) -> None:
    frame = pd.DataFrame(rows, columns=["name", "size_m", "count"]).assign(kind="round")
    out = SCHEMA.check(frame)
    assert out["name"].tolist() == [row[0] for row in rows]
    assert out["size_m"].tolist() == [row[1] for row in rows]
    assert [None if pd.isna(value) else int(value) for value in out["count"]] == [row[2] for row in rows]
    pd.testing.assert_frame_equal(SCHEMA.check(out), out)


def test_the_argument_is_not_changed() -> None:
    frame = pd.DataFrame({"name": ["a"], "kind": ["round"], "size_m": ["1"]})
    before = frame.copy(deep=True)
    SCHEMA.check(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_categories_stay_categories() -> None:
    frame = pd.DataFrame({"name": pd.Categorical(["a"]), "kind": ["round"], "size_m": np.array([1.0])})
    assert isinstance(SCHEMA.check(frame)["name"].dtype, pd.CategoricalDtype)


WENT = [
    "asked",
    "begun",
    "done",
    "turned_away",
    "gave_up",
    "died",
    "no_show",
    "failed",
    "waiting",
    "in_care",
    "came_back",
    "same_visit",
    "wait_days",
    "same_visit_minutes",
    "left_days",
    "on_site_minutes",
]


def test_the_run_tables_are_the_public_contract() -> None:
    assert {name: schema.names for name, schema in RUN_TABLES.items()} == {
        "zones": ["zone_id", "name", "province", "kind", "population_persons", "lon", "lat"],
        "facilities": [
            "facility_id",
            "name",
            "level",
            "sector",
            "zone_id",
            "province",
            "beds",
            "telemedicine",
            "lon",
            "lat",
        ],
        "travel_times": ["zone_id", "facility_id", "minutes", "km"],
        "demand": ["zone_id", "activity", "acts_per_year"],
        "visits": ["zone_id", "facility_id", "activity", "mode", "acts_per_year", "minutes"],
        "unmet": ["zone_id", "activity", "acts_per_year"],
        "posts": ["facility_id", "staff_group", "fte_before", "fte_after", "hours_available", "hours_used"],
        "moves": ["from_facility_id", "to_facility_id", "staff_group", "fte", "kind"],
        "activities": ["facility_id", "activity", "open_before", "open_after", "acts_before", "acts_after"],
        "shadow_prices": [
            *("limit", "where", "unit", "price", "price_unit", "holds_to", "one_more", "activity", "acts_per_year"),
            "sentence",
        ],
        "costs": ["line", "where", "mad_before", "mad_after"],
        "support": ["function", "facility_id", "site_facility_id", "size", "units_per_year", "km"],
        "rounds": ["unit", "zone_id", "days_per_week", "km"],
        "staffing_need": [
            *("facility_id", "staff_group", "workload_hours_per_year", "required_fte", "fte_before", "fte_after"),
            *("difference_before", "difference_after", "ratio_before", "ratio_after"),
        ],
        "simulated_visits": ["replication", "facility_id", "activity", "mode", "placed", *WENT],
        "simulated_classes": [
            *("replication", "pathway", "activity", "placed", *WENT, "wait_sd_minutes"),
            *("wait_p50_minutes", "wait_p90_minutes", "wait_p95_minutes"),
        ],
        "simulated_episodes": [
            *("replication", "zone_id", "pathway", "episodes", "seen", "time_to_care_days", "complete"),
            *("inside_province", "length_days", "trips", "travel_minutes", "travel_km"),
        ],
        "simulated_stations": [
            *("replication", "facility_id", "staff_group", "served", "busy_hours", "open_hours", "waiting_hours"),
        ],
        "simulated_hours": ["facility_id", "staff_group", "hour", "servers", "busy", "waiting"],
        "simulated_months": ["month", "facility_id", "staff_group", "busy_hours", "waiting"],
        "simulated_seasons": ["month", "pathway", "activity", "placed", "asked", "wait_days"],
        "journeys": [
            *("patient", "replication", "pathway", "zone_id", "step", "activity", "facility_id", "mode", "priority"),
            *("asked_at", "started_at", "ended_at", "travel_minutes", "travel_km", "outcome"),
        ],
        "accounts": ["holder", "where", "line", "mad_per_year"],
        "access": ["indicator", "where", "before", "after", "unit", "better"],
        "indicators": ["indicator", "where", "value", "low", "high", "unit", "better"],
    }
