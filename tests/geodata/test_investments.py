"""What a scenario builds: new facilities at the point of their zone, added beds, and every misfit told."""

from __future__ import annotations

import pandas as pd
import pytest

from territory.errors import ScenarioError
from territory.geodata import with_investments
from territory.network import travel_times
from territory.scenario import Investments, NetworkOptions
from territory.tables import FACILITY_ROWS, Region

AZROU = "FM-H-0017"


def hospital(small: Region, **changes: object) -> dict[str, object]:
    zone = small.zones["zone_id"].iloc[0]
    return {
        "facility_id": "FM-N-01",
        "name": "New hospital",
        "level": "HPr",
        "zone_id": zone,
        "beds": 45.0,
        "cost_mad": 5e7,
        "source": "A newspaper of 2020",
        **changes,
    }


def test_a_new_facility_stands_at_the_point_of_its_zone(small: Region) -> None:
    built = with_investments(small, Investments(facilities=[hospital(small)]))  # type: ignore[list-item]
    row = built.facilities.set_index("facility_id").loc["FM-N-01"]
    zone = small.zones.iloc[0]
    for column in ("lon", "lat", "x_m", "y_m", "zone_id", "province"):
        assert row[column] == zone[column]
    assert row["sector"] == "public"
    assert row["beds"] == 45
    assert (row["beds_quality"], row["quality"], row["point_quality"]) == ("estimated", "estimated", "commune_point")
    assert pd.isna(row["telemedicine"])
    assert row["source"] in {source.key for source in built.sources}
    assert "A newspaper of 2020" in next(s.attribution for s in built.sources if s.key == row["source"])


def test_the_table_keeps_its_columns_and_the_old_rows(small: Region) -> None:
    before = small.facilities.copy(deep=True)
    built = with_investments(small, Investments(facilities=[hospital(small)]))  # type: ignore[list-item]
    pd.testing.assert_frame_equal(small.facilities, before)
    pd.testing.assert_series_equal(built.facilities.dtypes, before.dtypes)
    pd.testing.assert_frame_equal(built.facilities.iloc[:-1], before)
    FACILITY_ROWS.check(built.facilities)
    assert len(built.posts) == len(small.posts)


def test_beds_that_are_not_told_are_missing(small: Region) -> None:
    built = with_investments(small, Investments(facilities=[hospital(small, beds=None)]))  # type: ignore[list-item]
    assert built.facilities["beds"].isna().iloc[-1]
    assert built.facilities["beds_quality"].isna().iloc[-1]


def test_added_beds(small: Region) -> None:
    before = small.facilities.set_index("facility_id")
    grown = with_investments(small, Investments(added_beds={AZROU: 20})).facilities.set_index("facility_id")
    assert grown.loc[AZROU, "beds"] == before.loc[AZROU, "beds"] + 20
    assert grown.loc[AZROU, "beds_quality"] == "estimated"
    pd.testing.assert_frame_equal(grown.drop(AZROU), before.drop(AZROU))
    assert before.loc[AZROU, "beds_quality"] == "official"


def test_nothing_built_changes_nothing(small: Region) -> None:
    same = with_investments(small, Investments())
    pd.testing.assert_frame_equal(same.facilities, small.facilities)
    assert same.sources == small.sources


def test_roads_reach_the_new_facility(small: Region) -> None:
    built = with_investments(small, Investments(facilities=[hospital(small)]))  # type: ignore[list-item]
    minutes = travel_times(built, NetworkOptions()).table
    reached = minutes[minutes["facility_id"] == "FM-N-01"]
    assert len(reached) == len(small.zones)


def test_all_misfits_are_told_at_once(small: Region) -> None:
    unknown = small.facilities.loc[small.facilities["beds"].isna(), "facility_id"].iloc[0]
    wrong = Investments(
        facilities=[
            hospital(small),  # type: ignore[list-item]
            hospital(small, zone_id="03.171.01.0"),  # type: ignore[list-item]
            hospital(small, facility_id=AZROU),  # type: ignore[list-item]
        ],
        added_beds={"FM-H-017": 10, "FM-N-01": 10, unknown: 10, AZROU: -1},
    )
    with pytest.raises(ScenarioError) as caught:
        with_investments(small, wrong)
    told = str(caught.value)
    assert len(caught.value.faults) == 7
    assert "investments.facilities.FM-N-01: found 2 facilities of this id; expected each id once" in told
    assert f"investments.facilities.{AZROU}: found the id of a facility of the region" in told
    assert "investments.facilities.FM-N-01.zone_id: found '03.171.01.0'; expected a zone of the region" in told
    assert "investments.added_beds.FM-H-017: found 'FM-H-017'; expected a facility of the region" in told
    assert "investments.added_beds.FM-N-01: found a new facility" in told
    assert f"investments.added_beds.{unknown}: found a facility of unknown beds" in told
    assert f"investments.added_beds.{AZROU}: found -1 beds; expected 0 or more beds" in told
