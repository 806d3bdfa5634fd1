"""What will be there? A region, and what a scenario builds in it, before any plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from territory.errors import Faults, ScenarioError, nearest
from territory.scenario import Investments
from territory.scenario.schema import NewFacility
from territory.tables import FACILITY_ROWS, Region, Source

_SOURCE = "scenario"


def with_investments(region: Region, investments: Investments) -> Region:
    """Return the region with the new facilities and the added beds; the given one stays as it is.

    A new facility is public and stands at the point of its zone. It has no posts: the levers of the allocation fill
    them. Whether its level is known is checked with the care catalogue. Figures of a scenario are `estimated`.

    Raises
    ------
    ScenarioError
        With every id that is taken or stands twice, every unknown zone or facility, and every bed added where the
        beds are not known.
    """
    faults = Faults(ScenarioError)
    _check_facilities(region, investments.facilities, faults)
    _check_added_beds(region, investments, faults)
    faults.raise_if_any()
    facilities = _with_beds(region.facilities, investments.added_beds)
    if not investments.facilities:
        return replace(region, facilities=facilities)
    built = _built(region.zones, investments.facilities)
    others = tuple(source for source in region.sources if source.key != _SOURCE)
    return replace(
        region,
        facilities=pd.concat([facilities, built[facilities.columns]], ignore_index=True),
        sources=(*others, _source(investments.facilities)),
    )


def _check_facilities(region: Region, facilities: Sequence[NewFacility], faults: Faults) -> None:
    taken = set(region.facilities["facility_id"])
    zones = region.zones["zone_id"].tolist()
    for facility_id, count in Counter(facility.facility_id for facility in facilities).items():
        where = f"investments.facilities.{facility_id}"
        if facility_id in taken:
            faults.add(where, "the id of a facility of the region", "a new id", "Choose another one.")
        if count > 1:
            faults.add(where, f"{count} facilities of this id", "each id once", "Rename or remove one.")
    for facility in facilities:
        if facility.zone_id not in zones:
            where = f"investments.facilities.{facility.facility_id}.zone_id"
            faults.add(where, f"'{facility.zone_id}'", "a zone of the region", nearest(facility.zone_id, zones))


def _check_added_beds(region: Region, investments: Investments, faults: Faults) -> None:
    beds = region.facilities.set_index("facility_id")["beds"]
    built = {facility.facility_id for facility in investments.facilities}
    for facility_id, added in investments.added_beds.items():
        where = f"investments.added_beds.{facility_id}"
        if facility_id in built - set(beds.index):
            faults.add(where, "a new facility", "a facility of the region", "Give its beds where it is built.")
        elif facility_id not in beds.index:
            faults.add(where, f"'{facility_id}'", "a facility of the region", nearest(facility_id, beds.index))
        elif pd.isna(beds[facility_id]):
            faults.add(
                where, "a facility of unknown beds", "a facility of known beds", "Tell its beds in facilities.csv."
            )
        if added < 0:
            faults.add(where, f"{added:g} beds", "0 or more beds")


def _with_beds(facilities: pd.DataFrame, added: dict[str, float]) -> pd.DataFrame:
    grown = facilities["facility_id"].isin([facility_id for facility_id, beds in added.items() if beds > 0])
    more = facilities["facility_id"].map(added).fillna(0.0).astype(float)
    return facilities.assign(
        beds=facilities["beds"] + more, beds_quality=facilities["beds_quality"].mask(grown, "estimated")
    )


def _built(zones: pd.DataFrame, facilities: Sequence[NewFacility]) -> pd.DataFrame:
    """Return the rows of the new facilities, each at the point of its zone."""
    places = zones.set_index("zone_id").loc[[facility.zone_id for facility in facilities]].reset_index()
    rows = pd.DataFrame(
        {
            "facility_id": [facility.facility_id for facility in facilities],
            "name": [facility.name for facility in facilities],
            "level": [facility.level for facility in facilities],
            "sector": "public",
            "zone_id": places["zone_id"],
            "province": places["province"],
            "beds": [float("nan") if facility.beds is None else facility.beds for facility in facilities],
            "beds_quality": [None if facility.beds is None else "estimated" for facility in facilities],
            "telemedicine": pd.NA,
            "lon": places["lon"],
            "lat": places["lat"],
            "point_quality": "commune_point",
            "source": _SOURCE,
            "quality": "estimated",
        }
    )
    return FACILITY_ROWS.check(rows, "investments.facilities").assign(x_m=places["x_m"], y_m=places["y_m"])


def _source(facilities: Sequence[NewFacility]) -> Source:
    told = "; ".join(sorted({facility.source for facility in facilities}))
    return Source(
        key=_SOURCE,
        title="Facilities that the scenario builds",
        publisher="Author of the scenario",
        year=None,
        licence="As the scenario file",
        attribution=f"New facilities as supposed by the scenario, after {told}",
        note="Supposed, not observed: they stand at the point of their zone.",
    )
