"""The words: the same in each language, all of them used, and numbers written as each language writes them."""

from __future__ import annotations

import re
import string
from importlib.resources import files
from typing import get_args

import pytest

from territory.allocation.aims import AIM_UNITS
from territory.allocation.limits import _PRICED
from territory.allocation.solver import WEIGHTED
from territory.geodata.head import HEAD_SHEETS, Head
from territory.geodata.sheets import PARTS
from territory.report import LANGUAGES, scores
from territory.report.data import Figure
from territory.report.words import read_words
from territory.scenario import SitingOptions
from territory.scenario.levers import Equity, Mobility
from territory.tables import MODES, QUALITIES
from territory.tables.vocabulary import COST_LINES, MOVE_KINDS


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_same_keys_and_places(lang: str) -> None:
    words, french = read_words(lang), read_words("fr")
    assert list(words.texts) == list(french.texts)
    assert {key: places(text) for key, text in words.texts.items()} == {
        key: places(text) for key, text in french.texts.items()
    }
    assert {name: list(family) for name, family in words.families.items()} == {
        name: list(family) for name, family in french.families.items()
    }
    assert all([*words.texts.values(), *(name for family in words.families.values() for name in family.values())])


def test_no_key_is_unused() -> None:
    room = files("territory.report")
    sources = [
        file for folder in (room, room / "templates") for file in folder.iterdir() if file.name.endswith((".py", ".j2"))
    ]
    text = "\n".join(file.read_text(encoding="utf-8") for file in sources)
    words = read_words("fr")
    assert [key for key in words.texts if not re.search(rf"[\"']{key}[\"']", text)] == []
    named = set(re.findall(r'named\(\s*"([a-z_]+)"', text))
    assert named == set(words.families)


def test_families_name_what_a_run_may_hold() -> None:
    families = read_words("en").families
    assert set(families["mode"]) == set(MODES)
    assert set(families["quality"]) == set(QUALITIES)
    assert set(families["move"]) == set(MOVE_KINDS)
    assert set(families["siting"]) == set(get_args(SitingOptions.model_fields["problem"].annotation))
    assert set(families["cost_line"]) == set(COST_LINES)
    assert set(families["aim"]) == {*AIM_UNITS, WEIGHTED}
    assert set(AIM_UNITS.values()) <= set(families["unit"])
    assert set(families["equity"]) == set(get_args(Equity.model_fields["of"].annotation))
    assert set(families["indicator"]) == set(scores.KINDS)
    columns = {column.name for part in PARTS.values() for column in part.schema.columns}
    assert set(families["column"]) == columns | {"ring"} | {name for names in HEAD_SHEETS.values() for name in names}
    assert set(families["head"]) == set(Head.model_fields)
    assert set(families["mobility"]) == set(get_args(Mobility.model_fields["within"].annotation))


def test_numbers_by_language() -> None:
    french, english, arabic = (read_words(lang) for lang in LANGUAGES)
    assert french.number(-1234567.25) == "\u22121\u202f234\u202f567,2"
    assert english.number(1234567.25, 2) == "1,234,567.25"
    assert arabic.number(-3.0) == "\u200e\u22123,0"
    assert english.number(-0.04) == "0.0"
    assert french.share(0.5) == "50,0\u202f%"
    assert english.share(0.0001) == "< 0.1%"
    assert english.share(0.0) == "0.0%"
    assert english.whole(float("nan")) == "\u2013"


def test_waits_take_the_unit_that_suits() -> None:
    words = read_words("en")
    assert words.wait(4.26) == "4.3\u00a0min"
    assert words.wait(300.0) == "5.0\u00a0h"
    assert words.wait(14400.0) == "10.0\u00a0d"
    assert words.show(0.5, "days") == "12.0\u00a0h"
    assert words.interval(Figure(100.0, 60.0, 140.0), "wait") == "1.0\u00a0h to 2.3\u00a0h"
    assert words.interval(Figure(20.0, -39.0, 78.0), "wait") == "0\u00a0min to 78\u00a0min"
    assert words.interval(Figure(100.0), "wait") == ""


def test_differences_carry_their_sign() -> None:
    words = read_words("en")
    assert words.difference(0.012, "share") == "+1.2 pt"
    assert words.difference(-2.0, "minutes") == "\u22122.0\u00a0min"
    assert words.difference(0.0, "whole") == "0"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_texts_of_a_family_have_the_same_places(lang: str) -> None:
    words, french = read_words(lang), read_words("fr")
    for family, names in words.families.items():
        for word, text in names.items():
            assert places(text) == places(french.families[family][word]), (family, word)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nouns_have_the_forms_of_their_language(lang: str) -> None:
    forms = {"fr": 2, "en": 2, "ar": 5}[lang]
    counted = read_words(lang).families["counted"]
    assert {len(text.split("|")) for text in counted.values()} == {forms}


def test_every_priced_limit_has_its_words() -> None:
    assert set(read_words("en").families["priced"]) == set(_PRICED)


def test_counts_agree_with_their_noun() -> None:
    french, english, arabic = (read_words(lang) for lang in LANGUAGES)
    assert [english.count("post", number, 1) for number in (0, 1, 1.5, 2)] == [
        "0 posts",
        "1 post",
        "1.5 posts",
        "2 posts",
    ]
    assert [french.count("site", number) for number in (0, 1, 2)] == ["0 site", "1 site", "2 sites"]
    assert french.count("post", 1.5, 1) == "1,5 poste"
    told = [arabic.count("day", number) for number in (1, 2, 3, 10, 11, 99, 100, 102, 103, 111)]
    assert told == [
        "يوم واحد", "يومين", "3 أيام", "10 أيام", "11 يوما", "99 يوما", "100 يوم", "102 يوم", "103 أيام", "111 يوما"
    ]  # fmt: skip


def test_money_and_relative_changes() -> None:
    french, english, arabic = (read_words(lang) for lang in LANGUAGES)
    assert french.money(2_040_000.0) == "2,0\u00a0millions de MAD"
    assert french.money(1_999_999.0) == "1\u202f999\u202f999\u00a0MAD"
    assert english.money(64.25) == "MAD\u00a064.2"
    assert english.money(float("nan")) == "\u2013"
    assert english.difference(-3e6, "money") == "\u2212MAD\u00a03.0 million"
    assert arabic.difference(3e6, "money") == "\u200e+3,0\u00a0مليون درهم"
    assert english.relative(-0.125) == "\u221212.5%"
    assert english.relative(0.0) == "0.0%"
    assert english.show(-4.0, "change") == "\u22124"
