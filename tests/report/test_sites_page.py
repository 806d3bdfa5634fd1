"""The page of where to open: its sentences, its tables, its map, whatever was solved and in each language."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from plotly.offline import get_plotlyjs
from report.test_page import told

from territory.report import LANGUAGES, RunData, write_sites_page

_SITES = pd.DataFrame(
    {
        "facility_id": ["F-1", "new:z2", "new:z3"],
        "name": ["CHP Ghassani", "Bir <script>alert(1)</script> & Fils", "Aknoul"],
        "province": ["Fès", "Taza", "Taza"],
        "lon": [-5.0, -4.0, -3.9],
        "lat": [34.0, 34.2, 34.6],
        "new": [False, True, True],
        "weight": [600_000.0, 12_345.0, 4_000.0],
        "minutes_mean": [5.0, 8.0, 9.0],
        "minutes_most": [5.0, 8.0, 9.0],
    }
)
_NEAREST = pd.DataFrame(
    {
        "zone_id": ["z1", "z2", "z3"],
        "weight": [600_000.0, 12_345.0, 4_000.0],
        "minutes_before": [5.0, 95.0, 140.0],
        "minutes": [5.0, 8.0, 9.0],
    }
)
_SOLVED = {
    "problem": "max_cover",
    "weights": "population",
    "reach_minutes": 30.0,
    "proven": True,
    "gap": 0.0,
    "estimated_road_share": 0.97,
}


def page(run: RunData, folder: Path, lang: str, nearest: pd.DataFrame = _NEAREST, **solved: Any) -> str:
    tables = {"zones": run.tables["zones"], "sites": _SITES, "nearest": nearest}
    made = replace(run, manifest={**run.manifest, "siting": _SOLVED | solved}, tables=tables)
    write_sites_page(made, folder / "report.html", lang)
    return (folder / "report.html").read_text(encoding="utf-8").replace(get_plotlyjs(), "")


def test_what_it_says(run: RunData, tmp_path: Path) -> None:
    text = page(run, tmp_path, "en")
    read = told(text)
    assert "Sought: the most people or acts within 30\u00a0min. New sites: 2; proven best." in read
    after, before = (5 * 600 + 8 * 12.345 + 9 * 4) / 616.345, (5 * 600 + 95 * 12.345 + 140 * 4) / 616.345
    assert f"The nearest site is {after:.1f}\u00a0min away on average; today {before:.1f}\u00a0min." in read
    assert "97% of the kilometres of road are estimated." in read
    assert "Within 30\u00a0min of a site: 100.0% of the people or acts counted; today 97.3%." in read
    assert "Aknoul Taza 4,000 140.0\u00a0min 9.0\u00a0min" in read
    assert "<script>alert" not in text
    assert re.search(r'"symbol":"star"', text)


def test_a_stopped_search_and_people_without_a_site_are_told(run: RunData, tmp_path: Path) -> None:
    some = _NEAREST.assign(minutes_before=np.nan, minutes=[5.0, 8.0, np.nan])
    read = told(page(run, tmp_path, "en", some, proven=False, gap=0.0321))
    assert "New sites: 2; not proven, at most 3.21% from the best." in read
    assert "Some people have no site within the limit of travel." in read
    assert "on average" not in read
    assert "Within 30\u00a0min of a site: 99.4% of the people or acts counted." in read
    assert "stopped before it was proven best" in told(page(run, tmp_path, "en", proven=False, gap=np.inf))


def test_who_had_no_site_before_gains_most(run: RunData, tmp_path: Path) -> None:
    text = page(run, tmp_path, "en", _NEAREST.assign(minutes_before=[5.0, 95.0, np.nan]))
    gains = told(text).split("Bir", 2)[-1]
    assert told(text).index("Aknoul Taza 4,000") < told(text).index("95.0\u00a0min")
    assert gains


def test_a_matrix_is_named_in_place_of_the_roads(run: RunData, tmp_path: Path) -> None:
    read = told(page(run, tmp_path, "en", estimated_road_share=None, travel="times.csv", reach_minutes=22.5))
    assert "Travel times come from the file times.csv." in read
    assert "kilometres of road" not in read
    assert "within 22.5\u00a0min" in read


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("problem", ["p_median", "set_cover", "fixed_charge"])
def test_every_language_has_it_whole(run: RunData, tmp_path: Path, lang: str, problem: str) -> None:
    text = page(run, tmp_path, lang, problem=problem, reach_minutes=None, weights=["visit"])
    assert f'lang="{lang}"' in text
    assert not re.search(r"\{\{|\{%|\{[a-z_]+\}|\bnan\b|\bNone\b|<NA>", told(text))
    assert not re.search(r"\b(src|action)\s*=|@import|url\(|<link", text)
