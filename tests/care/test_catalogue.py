"""The care catalogue: what the pilot holds, and every way in which one may contradict itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from territory.care import Care, figures, read_care
from territory.errors import CareError
from territory.tables import Region

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "scenarios" / "care" / "morocco.yaml").read_text(encoding="utf-8")


def faults_of(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CareError) as caught:
        read_care(path)
    return str(caught.value)


def test_what_the_catalogue_holds(care: Care, pilot: Region) -> None:
    assert len(care.activities) >= 14
    assert len(care.staff_groups) >= 12
    assert sum(activity.id.endswith("_consultation") for activity in care.activities) >= 5
    assert set(pilot.facilities["level"]) <= set(care.level_ids)
    assert set(pilot.posts["staff_group"]) <= set(care.staff_group_ids)
    wanted = {"delivery", "caesarean", "emergency", "imaging", "laboratory", "day_surgery", "surgery", "medical_stay"}
    assert wanted | {"dialysis", "child_vaccination", "antenatal_care", "chronic_follow_up"} <= set(care.activity_ids)


def test_every_number_has_a_source_and_estimates_a_reason(care: Care) -> None:
    told = figures(care)
    assert len(told) > 300
    for where, figure in told:
        assert figure.source in care.sources, where
        assert figure.quality != "estimated" or figure.note, where


def test_names_in_three_languages(care: Care) -> None:
    parts = (*care.levels, *care.staff_groups, *care.activities, *care.pathways, *care.rooms, *care.support_functions)
    for part in parts:
        assert part.name.fr
        assert part.name.en
        assert re.search("[\u0600-\u06ff]", part.name.ar)


CASES = [
    (
        "attendance: walk_in",
        "atendance: walk_in",
        "unknown key 'atendance'; expected a known key. Did you mean attendance?",
    ),
    ("{staff_group: generalist, minutes: {value: 7,", "{staff_group: generalist, minutes: {value: 0,", "0 minutes"),
    ("staff_group: generalist, minutes", "staff_group: generaliste, minutes", "Did you mean generalist?"),
    (
        "{staff_group: nurse, minutes: {value: 4,",
        "{staff_group: nurse, minutez: {value: 4,",
        "nothing; expected a value for 'minutes'",
    ),
    ("activities: [nursing_care, child_vaccination]", "activities: [nursing, child_vaccination]", "'nursing'"),
    ("source: ondh_2018, quality: estimated", "source: hearsay, quality: estimated", "a key of sources"),
    ("quality: estimated, note:", "quality: guessed, note:", "'guessed'"),
    ("{value: 1130,", "{value: -1130,", "greater than or equal to 0"),
    ("{value: 1130,", "{value: .inf,", "finite"),
    ("- id: DR\n", "- id: CSR1\n", "'CSR1' 2 times"),
]


@pytest.mark.parametrize(("old", "new", "expected"), CASES, ids=[case[1][:30] for case in CASES])
def test_a_fault_is_told(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in TEXT
    told = faults_of(tmp_path / "care.yaml", TEXT.replace(old, new, 1))
    assert expected in told
    assert "care.yaml" in told


def test_an_estimate_without_a_reason_is_refused(tmp_path: Path) -> None:
    text = re.sub(r'(value: 1130, source: assumption, quality: estimated), note: "[^"]*"', r"\1", TEXT)
    assert "an estimated figure needs a note with its reasoning" in faults_of(tmp_path / "care.yaml", text)


def test_probabilities_beyond_one(tmp_path: Path) -> None:
    text = re.sub(r"(step: paediatrics, probability: \{value: )0.25", r"\g<1>1.25", TEXT)
    told = faults_of(tmp_path / "care.yaml", text)
    assert "at most 1" in told


def test_a_step_that_never_ends(tmp_path: Path) -> None:
    chance = '{value: 1, source: assumption, quality: estimated, note: "x"}'
    step = f"\n      - {{id: round, activity: nursing_care, next: [{{step: round, probability: {chance}}}]}}"
    place = TEXT.index("\n      - {id: nursing, activity: nursing_care}")
    told = faults_of(tmp_path / "care.yaml", TEXT[:place] + step + TEXT[place:])
    assert "steps that never end; expected from each step some way out" in told


def test_unknown_catalogue_names_the_nearest() -> None:
    with pytest.raises(CareError, match=r"'moroco'; .*Did you mean morocco\?"):
        read_care("moroco")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CareError, match="no such file"):
        read_care(tmp_path / "none.yaml")
