"""Allowances, visits, rooms, volumes and support functions: what the pilot holds, and how each may go wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from territory.care import Care, figures, read_care
from territory.errors import CareError

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "scenarios" / "care" / "morocco.yaml").read_text(encoding="utf-8")
FUNCTIONS = (
    "laboratory",
    "imaging_reading",
    "sterilisation",
    "pharmacy",
    "purchasing",
    "information_system",
    "training",
)


def part_of(text: str, opening: str) -> tuple[int, int]:
    """Return where the block that opens so begins and ends."""
    start = text.index(opening)
    end = text.find("\n  - id: ", start + len(opening))
    return start, end if end > 0 else len(text)


def changed(opening: str, old: str, new: str) -> str:
    """Return the catalogue with the first match changed inside one block."""
    start, end = part_of(TEXT, opening)
    block, count = re.subn(old, new, TEXT[start:end], count=1)
    assert count == 1
    return TEXT[:start] + block + TEXT[end:]


def told(tmp_path: Path, text: str) -> str:
    path = tmp_path / "care.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CareError) as caught:
        read_care(path)
    return str(caught.value)


def test_every_group_tells_its_allowances(care: Care) -> None:
    for group in care.staff_groups:
        assert group.allowances is not None
        left = group.allowances.available_hours_per_year.value * (1 - group.allowances.category_share.value)
        assert left == pytest.approx(group.hours_per_year.value, rel=0.002)
    assert care.staff_group("nurse").allowances.individual_hours_per_year.value == 96  # type: ignore[union-attr]


def test_volumes_rooms_and_visits_of_the_pilot(care: Care) -> None:
    volumes = {activity.id for activity in care.activities if activity.smallest_volume}
    assert volumes == {"delivery", "caesarean", "surgery", "day_surgery", "dialysis", "oncology_treatment"}
    rooms = {activity.id: activity.room.room for activity in care.activities if activity.room}
    assert rooms == dict.fromkeys(("caesarean", "surgery", "day_surgery"), "operating_room")
    assert "cardiology_consultation" in care.level("HPr").visiting
    assert "general_consultation" in care.level("DR").visiting


def test_support_functions_of_the_pilot(care: Care) -> None:
    assert tuple(function.id for function in care.support_functions) == FUNCTIONS
    for function in care.support_functions:
        assert re.search("[\u0600-\u06ff]", function.name.ar)
        assert re.search("[\u0600-\u06ff]", function.unit.ar)
        costs = [size.fixed_mad_per_year.value for size in function.sizes]
        full = [cost / size.largest_units_per_year.value for cost, size in zip(costs, function.sizes, strict=True)]
        units = [size.mad_per_unit.value for size in function.sizes]
        whole = [cost + unit for cost, unit in zip(full, units, strict=True)]
        assert costs == sorted(costs)
        assert whole == sorted(whole, reverse=True)
    assert all(room.hours_per_year.value < 8760 for room in care.rooms)


def test_figures_of_the_new_parts_are_listed(care: Care) -> None:
    places = {where for where, _ in figures(care)}
    assert {
        "staff_groups.nurse.allowances.category_share",
        "staff_groups.nurse.allowances.available_hours_per_year",
        "staff_groups.nurse.allowances.individual_hours_per_year",
        "activities.surgery.room.minutes",
        "activities.delivery.smallest_volume",
        "rooms.operating_room.hours_per_year",
        "support_functions.sterilisation.needs.surgery",
        "support_functions.laboratory.sizes.region.largest_units_per_year",
        "support_functions.laboratory.sizes.region.fixed_mad_per_year",
        "support_functions.laboratory.sizes.region.mad_per_unit",
        "support_functions.laboratory.mad_per_unit_km",
        "support_functions.laboratory.largest_minutes",
    } <= places


LABORATORY = '  - id: laboratory\n    name: {fr: "Laboratoire (analyse'
CASES = [
    (
        "  - id: nurse\n",
        r"category_share: \{value: 0.168",
        "category_share: {value: 0.3",
        "= 1102 hours; expected the 1310",
    ),
    (
        "  - id: nurse\n",
        r"category_share: \{value: 0.168",
        "category_share: {value: 1",
        "found 1; expected a share below",
    ),
    ("  - id: HPr\n", r"visiting: \[", "visiting: [delivery, ", "'delivery', which the level may do at any time"),
    ("  - id: HPr\n", r"visiting: \[cardiology", "visiting: [kardiology", "Did you mean cardiology_consultation?"),
    ("  - id: surgery\n", "room: operating_room", "room: theatre", "found 'theatre'; expected an id declared"),
    ("  - id: surgery\n", r"minutes: \{value: 110", "minutes: {value: 0", "found 0; expected more than 0 minutes"),
    ("  - id: operating_room\n", "value: 2000", "value: 0", "found 0; expected more than 0 hours a year"),
    ("  - id: operating_room\n", "source: assumption", "source: hearsay", "rooms.operating_room.hours_per_year.source"),
    ("  - id: pharmacy\n", "- id: pharmacy", "- id: training", "'training' 2 times"),
    (LABORATORY, "activity: laboratory", "activity: labortory", "found 'labortory'"),
    (LABORATORY, "units: {value: 1,", "units: {value: 0,", "found 0; expected more than 0 units an act"),
    (LABORATORY, "levels: .HPr", "levels: [HPx", "found 'HPx'"),
    (LABORATORY, "value: 120,", "value: 0,", "largest_minutes: found 0"),
    (
        "  - id: sterilisation\n",
        "activity: caesarean",
        "activity: surgery",
        "'surgery' 2 times; expected each activity once",
    ),
]


@pytest.mark.parametrize(("opening", "old", "new", "expected"), CASES, ids=[case[3][:34] for case in CASES])
def test_a_fault_of_the_new_parts(tmp_path: Path, opening: str, old: str, new: str, expected: str) -> None:
    assert expected in told(tmp_path, changed(opening, old, new))


def test_sizes_out_of_order_are_told_at_once(tmp_path: Path) -> None:
    start = TEXT.index(LABORATORY)
    text = TEXT[start:].replace("value: 120000,", "value: 20000,", 1).replace("{value: 25,", "{value: 99,", 1)
    text = text.replace("value: 30000,", "value: 0,", 1).replace("- id: province", "- id: hospital", 1)
    faults = told(tmp_path, TEXT[:start] + text)
    assert "'hospital' 2 times; expected each id once" in faults
    assert "largest_units_per_year: found 0; expected more than 0 units a year" in faults
    assert "sizes.region.mad_per_unit: found 99 MAD after 34 of 'hospital'; expected no dearer unit" in faults


def test_a_larger_size_that_holds_less(tmp_path: Path) -> None:
    start = TEXT.index(LABORATORY)
    text = TEXT[:start] + TEXT[start:].replace("value: 120000,", "value: 20000,", 1)
    assert "found 20000 units after 30000 of 'hospital'; expected sizes from small to large" in told(tmp_path, text)
