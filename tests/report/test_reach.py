"""The staff within reach, in the page, the workbook and the map: the numbers of the table of access."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from report.conftest import with_tables

from territory.report import RunData, maps, reach, write_page, write_workbook
from territory.report.words import read_words


def test_reach_by_group_is_told_for_ten_thousand_people(run: RunData) -> None:
    view = reach.reach_view(run, read_words("en"))
    (row,) = view.frame.to_dict("records")
    assert row["name"] == "Doctor"
    assert row["reach_before"] == pytest.approx(0.18)
    assert row["reach_after"] == pytest.approx(0.187)
    assert (row["gini_before"], row["gini_after"]) == (0.0721, 0.0612)
    assert row["none"] == pytest.approx(4_000 / 616_345)  # z3 alone has nobody


def test_the_map_shows_each_group_on_the_same_circles(run: RunData) -> None:
    chart = json.loads(maps.chart_json(reach.reach_map(run, read_words("fr"))))
    circles = chart["data"][len(run.outlines)]
    (menu,) = chart["layout"]["updatemenus"]
    (button,) = menu["buttons"]
    change, traces = button["args"]
    assert traces == [len(run.outlines)]
    assert change["marker.color"] == [circles["marker"]["color"]] == [[0.15, 2.0, 0.0]]
    assert change["marker.cmax"] == [circles["marker"]["cmax"]]
    assert circles["x"] == [-5.0, -4.0, -3.9]


def test_the_workbook_holds_every_zone(run: RunData, tmp_path: Path) -> None:
    write_workbook(run, tmp_path / "workbook.xlsx", "fr")
    sheet = openpyxl.load_workbook(tmp_path / "workbook.xlsx")["Accès"]
    assert [cell.value for cell in sheet[1]][-1] == "Médecin (postes pour 10 000 habitants)"
    assert [row[-1].value for row in sheet.iter_rows(min_row=2)] == pytest.approx([0.15, 2.0, 0.0])


@pytest.mark.parametrize("lang", ["fr", "en", "ar"])
def test_a_run_without_posts_has_a_page(run: RunData, tmp_path: Path, lang: str) -> None:
    write_page(with_tables(run, access=[]), tmp_path / "report.html", lang)
    assert 'id="map-reach"' not in (tmp_path / "report.html").read_text(encoding="utf-8")
    write_page(run, tmp_path / "report.html", lang)
    assert 'id="map-reach"' in (tmp_path / "report.html").read_text(encoding="utf-8")
