"""The page: whole, safe, in the right language, and with the numbers of the tables."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path

import pytest
from plotly.offline import get_plotlyjs
from report.conftest import with_tables

from territory.report import LANGUAGES, RunData, page, write_page
from territory.report.words import read_words


def page_of(run: RunData, folder: Path, lang: str = "en") -> str:
    """Return the page without the library of the maps."""
    write_page(run, folder / "report.html", lang)
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert get_plotlyjs() in text
    return text.replace(get_plotlyjs(), "")


def told(text: str) -> str:
    """Return what a reader reads: no scripts, no marks."""
    text = re.sub(r"<(script|style)>.*?</\1>", " ", text, flags=re.DOTALL)
    return re.sub(r"[ \n]+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_fetches_nothing_and_leaves_no_marker(run: RunData, tmp_path: Path, lang: str) -> None:
    text = page_of(run, tmp_path, lang)
    assert not re.search(r"\b(src|action)\s*=|@import|url\(|<link", text)
    assert set(re.findall(r'href="([^"]*)"', text)) == {f"#{part}" for part in page.PARTS}
    assert set(re.findall(r"https?://[\w./-]+", text)) == {"https://creativecommons.org/licenses/by/4.0/"}
    assert not re.search(r"\{\{|\{%|\{[a-z_]+\}|\bnan\b|\bNone\b|<NA>", told(text))


@pytest.mark.parametrize(("lang", "direction"), [("fr", "ltr"), ("en", "ltr"), ("ar", "rtl")])
def test_language_and_direction(run: RunData, tmp_path: Path, lang: str, direction: str) -> None:
    assert f'<html lang="{lang}" dir="{direction}">' in page_of(run, tmp_path, lang)


def test_numbers_are_those_of_the_tables(run: RunData, tmp_path: Path) -> None:
    text = told(page_of(run, tmp_path))
    assert "The plan leaves 2.5% of this demand without a place: 250 acts a year." in text
    assert "The share is largest in Taza (22.7%)" in text
    assert "30\u00a0min Wait without an appointment 26\u00a0min to 34\u00a0min" in text
    assert "41.5\u00a0d Wait for an appointment 39.0\u00a0d to 44.0\u00a0d" in text
    assert "50.0% Share of attendances turned away 41.0% to 59.0%" in text
    assert "CHP Ghassani, one more bed: 31 more acts a year" in text
    assert "Centre =1+1, one more post (Doctor): 640 acts a year more of “Visit”" in text
    assert "MAD\u00a03.1 million Running cost a year" in text
    assert "Pay 3,000,000 3,120,000 +120,000 100.0%" in text
    assert "Centre =1+1 Taza nurse 4.0 2.0 2.0 \u22122.0 50.0%" in text
    assert "proven best" in text
    assert "616,345 People" in text
    assert "Posts: 80.0%" not in text
    assert "Read with care: more than half of these inputs is estimated: Posts (80%)." in text


def test_french_writes_numbers_the_french_way(run: RunData, tmp_path: Path) -> None:
    text = told(page_of(run, tmp_path, "fr")).replace("\u202f", "_")
    assert "616_345 Habitants" in text
    assert "2,5_% Part de la demande non couverte" in text


def test_people_with_a_place_are_told_apart(run: RunData, tmp_path: Path) -> None:
    rows = re.findall(r"<tr>.*?</tr>", page_of(run, tmp_path), flags=re.DOTALL)
    visit = next(row for row in rows if "Visit" in row and "to" in row)
    assert '<td class="number">2</td>' in visit
    pressed = next(row for row in rows if "CHP Ghassani" in row and "33.3%" in row)
    assert '<td class="number">0.5</td>' in pressed


def test_names_cannot_become_html(run: RunData, tmp_path: Path) -> None:
    hostile = replace(run, manifest={**run.manifest, "title": {"en": "</title><script>alert(2)</script>"}})
    text = page_of(hostile, tmp_path)
    assert "<script>alert" not in text
    assert "Bir &lt;script&gt;alert(1)&lt;/script&gt; &amp; Fils" in text


def test_tables_say_how_many_rows_they_leave_out(run: RunData, tmp_path: Path) -> None:
    moves = [(None, "F-2", "doctor", 0.5, "recruited")] * 20
    text = told(page_of(with_tables(run, moves=moves), tmp_path))
    assert text.count(" rows of ") == 1
    assert "15 rows of 20; all of them are in the workbook." in text


def test_an_aim_within_its_gap_is_not_called_proven(run: RunData, tmp_path: Path) -> None:
    aims = [
        {"name": "Inequity", "unit": "share of need unmet, weighted by severity", "value": 0.0123, "proven": False}
        | {"gap": 0.002},
        {"name": "Running_Cost", "unit": "MAD a year", "value": 1e6, "proven": False, "gap": None},
    ]
    text = told(page_of(replace(run, manifest={**run.manifest, "aims": aims}), tmp_path))
    assert "Inequity: 0.0123 share of need unmet, weighted by severity not proven, at most 0.20% from the best" in text
    assert "Running cost: 1,000,000 MAD a year stopped before it was proven best" in text
    assert " proven best" not in text.replace("not proven best", "").replace("was proven best", "")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_bare_run_has_a_page(empty_run: RunData, tmp_path: Path, lang: str) -> None:
    words = read_words(lang)
    text = told(page_of(empty_run, tmp_path, lang))
    assert words("no_journeys") in text
    assert words("change_none") in text
    assert not re.search(r"\bnan\b|\bNone\b", text)


def test_same_run_same_bytes_and_nothing_left_behind(run: RunData, tmp_path: Path) -> None:
    for name in ("a.html", "b.html"):
        write_page(run, tmp_path / name, "fr")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.html", "b.html"]


def test_a_broken_run_leaves_the_old_page(run: RunData, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("old", encoding="utf-8")
    with pytest.raises(KeyError):
        write_page(replace(run, tables={}), target, "fr")
    assert target.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_unknown_language(run: RunData, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no report in language 'de'; there is fr, en, ar"):
        write_page(run, tmp_path / "report.html", "de")


def test_each_result_says_what_it_rests_on(run: RunData, tmp_path: Path) -> None:
    write_page(run, tmp_path / "report.html", "en")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    shares = {row["input"]: row["estimated"] for row in run.manifest["provenance"]}
    assert "What each result rests on (share estimated)" in text
    assert f"Posts ({shares['posts']:.0%})" in text
