"""What objects show of themselves in a notebook, and the figures they give."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import pytest

import territory as tt
from territory.tables.notebook import facts_html


@pytest.fixture(scope="module")
def run(small_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tt.Run:
    file = tmp_path_factory.mktemp("shown") / "shown.yaml"
    file.write_text(
        f"name: shown\nterritory: {small_folder}\ncare: morocco\nallocation: {{mobility: {{within: province}}}}\n"
        "simulation: {replications: 2, warm_up_days: 7, days: 7}\n",
        encoding="utf-8",
    )
    return tt.run_study(tt.load_scenario(file))


def test_every_object_tells_its_facts(run: tt.Run) -> None:
    expected = {
        "scenario": "shown",
        "region": "facilities",
        "travel": "pairs",
        "demand": "general_consultation",
        "plan": "Unmet_Need",
        "journeys": "replications",
    }
    for name, word in expected.items():
        shown = getattr(run, name)._repr_html_()
        assert word in shown
        assert "nan" not in shown
    assert "unmet_share" in run._repr_html_()
    assert f"{run.value('unmet_share'):,.3g}" in run._repr_html_()


def test_words_are_escaped(run: tt.Run) -> None:
    assert "<script>" not in facts_html("<script>", {"<script>": "<script>"})
    assert "<script>" not in replace(run.region, name={"en": "<script>"})._repr_html_()


@pytest.mark.parametrize("name", ["plot_travel", "plot_unmet", "plot_reach", "plot_care", "plot_hours"])
@pytest.mark.parametrize("lang", ["en", "ar"])
def test_figures_of_a_run(run: tt.Run, name: str, lang: str) -> None:
    chart = getattr(run, name)(lang=lang)
    assert isinstance(chart, go.Figure)
    assert len(chart.data) > 0


def test_the_figure_of_a_frontier() -> None:
    table = pd.DataFrame(
        {"point": [0, 1, 2], "unmet": [1.0, 2.0, 5.0], "cost": [9.0, 4.0, 3.0], "knee": [False, True, False]}
    )
    chart = tt.plot_frontier(table, ("unmet", "cost"), ("acts", "MAD"))
    assert list(chart.data[0].x) == [9.0, 4.0, 3.0]
    assert list(chart.data[1].y) == [2.0]
    assert chart.layout.xaxis.title.text == "cost, MAD"
