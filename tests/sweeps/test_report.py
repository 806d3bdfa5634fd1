"""The page and the workbook of a study: whole in each language, whatever the design, and true to the runs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from plotly.offline import get_plotlyjs
from report.test_page import told
from sweeps import models
from sweeps.conftest import Write

from territory.report import LANGUAGES
from territory.scenario import load_scenario, read_sweep
from territory.sweeps import Swept, count_runs, load_sweep, sweep
from territory.sweeps.checks import MOST_RUNS, check_study

ROOT = Path(__file__).parents[2]
STUDIES = sorted((ROOT / "scenarios" / "fes-meknes" / "sweeps").glob("*.yaml"))
DESIGNS: dict[str, dict[str, Any]] = {
    "grid": {"design": {"method": "grid", "steps": 3}},
    "one_at_a_time": {"design": {"method": "one_at_a_time", "steps": 3}},
    "latin_hypercube": {"design": {"method": "latin_hypercube", "samples": 40}},
    "morris": {"design": {"method": "morris", "samples": 5}},
    "sobol": {"design": {"method": "sobol", "samples": 16}},
    "fast": {"design": {"method": "fast", "samples": 65}},
    "crossed": {
        "levers": {"allocation.mobility.within": ["none", "region"]},
        "design": {"method": "latin_hypercube", "samples": 12, "crossed": True},
    },
}


def page(swept: Swept, lang: str) -> str:
    text = swept.save(lang=lang).read_text(encoding="utf-8")
    return text.replace(get_plotlyjs(), "")


@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_has_a_whole_page_in_every_language(study_file: Write, tmp_path: Path, design: str) -> None:
    base = "demand: {factor: 0.5}\nnetwork: {speed_factor: 0.5}\nsimulation: {no_show_share: 0.4}\n"
    (tmp_path / "base.yaml").write_text(models.SCENARIO + base, encoding="utf-8")
    file = study_file(thresholds={"y": {"at_most": 2.0}}, **DESIGNS[design])
    swept = sweep(file, out=tmp_path / "out", model=models.plane)
    for lang in LANGUAGES:
        text = page(swept, lang)
        assert f'lang="{lang}"' in text
        assert not re.search(r"\{\{|\{%|\{[a-z_]+\}|\bnan\b|\bNone\b|<NA>", told(text))
        assert not re.search(r"\b(src|action)\s*=|@import|url\(|<link", text)
    book = openpyxl.load_workbook(tmp_path / "out" / "workbook.xlsx")
    last = book.worksheets[-1]
    assert last.max_row == len(swept.runs) + 1


def test_what_the_page_says(study_file: Write, tmp_path: Path) -> None:
    factors = {**models.FACTORS, "demand.factor": {**models.ONE_WIDE, "title": {"en": "Needs <b>all</b>"}}}
    file = study_file(
        uncertainties=factors, thresholds={"y": {"at_most": 2.0}}, design={"method": "latin_hypercube", "samples": 200}
    )
    swept = sweep(file, out=tmp_path / "out", model=models.fails_often)
    text = page(swept, "en")
    read = told(text)
    done = swept.runs[swept.runs["status"] == "done"]
    failed = len(swept.runs) - len(done)
    assert f"Runs finished: {len(done)}; failed: {failed}." in read
    assert "Design: a Latin hypercube. Each run calls the user's own model." in read
    assert f"y: {done['y'].mean():.3f} on average of the finished runs" in read
    assert "ValueError: too much" in read
    assert f"threshold (2.000 at most) met in {len(done) / 2:.1f}% of the runs" in read
    assert "<b>all</b>" not in text
    assert "Most closely linked: network.speed_factor (partial rank correlation" in read


def test_a_box_is_told(study_file: Write, tmp_path: Path) -> None:
    file = study_file(design={"method": "latin_hypercube", "samples": 800}, thresholds={"y": {"at_most": 0.5}})
    read = told(page(sweep(file, out=tmp_path / "out", model=models.planted), "en"))
    assert re.search(
        r"mostly missed where demand\.factor is between 0\.\d+ and 0\.\d+ and network\.speed_factor is", read
    )


def test_what_has_no_measure_is_named(study_file: Write, tmp_path: Path) -> None:
    levers = {"allocation.mobility.within": ["none", "region"]}
    words = {"levers": levers, "design": {"method": "latin_hypercube", "samples": 12}}
    read = told(page(sweep(study_file(**words), out=tmp_path / "words", model=models.plane), "en"))
    assert "No measure for allocation.mobility.within, whose values are words" in read
    lost = study_file(design={"method": "fast", "samples": 65})
    swept = sweep(lost, out=tmp_path / "lost", model=models.fails_often)
    assert "Runs are missing, failed or not made yet, for the measure of this design" in told(page(swept, "en"))


def test_plans_that_hold_as_often_are_counted(study_file: Write, tmp_path: Path) -> None:
    file = study_file(
        levers={"allocation.mobility.within": ["none", "province", "region"]},
        design={"method": "latin_hypercube", "samples": 6, "crossed": True},
        thresholds={"y": {"at_most": 2.0}},
    )
    read = told(page(sweep(file, out=tmp_path / "out", model=models.plane), "en"))  # the lever changes nothing in it
    assert "As often: 2 other combinations, none with a smaller largest regret in “y”" in read


def test_the_workbook_holds_outcomes_as_numbers(study_file: Write, tmp_path: Path) -> None:
    swept = sweep(study_file(), out=tmp_path / "out", model=models.plane)
    swept.save(lang="en")
    sheet = openpyxl.load_workbook(tmp_path / "out" / "workbook.xlsx")["Outcomes"]
    row = dict(zip(*(tuple(cell.value for cell in line) for line in sheet.iter_rows()), strict=True))
    assert row["Mean"] == pytest.approx(swept.runs["y"].mean())
    assert row["Highest"] == pytest.approx(swept.runs["y"].max())


def test_an_unfinished_study_says_so(study_file: Write, tmp_path: Path) -> None:
    folder = sweep(study_file(), out=tmp_path / "out", model=models.plane).folder
    for file in sorted((folder / "runs").iterdir())[15:]:
        file.unlink()
    swept = load_sweep(folder)
    assert not swept.is_whole
    assert "The study is not finished; runs still to be made: 5." in told(page(swept, "en"))


def test_places_stand_on_the_map(small_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(f"name: base\nterritory: {small_folder}\ncare: morocco\n", encoding="utf-8")
    content = {
        "name": "study",
        "scenario": "base.yaml",
        "uncertainties": {"demand.factor": {"low": 1.0, "high": 3.0}},
        "design": {"method": "latin_hypercube", "samples": 4},
        "outcomes": ["unmet_share", "unmet_share@province:Ifrane"],
        "left_behind": 0.3,
    }
    (tmp_path / "study.yaml").write_text(json.dumps(content), encoding="utf-8")
    swept = sweep(tmp_path / "study.yaml", out=tmp_path / "out")
    zone = swept.left_behind().sort_values(ascending=False).index[0]
    names = swept.data.place.tables["zones"].set_index("zone_id")["name"]
    text = page(swept, "fr")
    assert f"La commune le plus souvent laissée de côté : {names[zone]}" in told(text)
    assert 'id="map-left"' in text
    assert "Ifrane" in told(text)
    assert "À lire avec prudence" in told(text)  # what the runs rest on, as a run's own page says it
    assert page(load_sweep(tmp_path / "out"), "fr") == text


@pytest.mark.parametrize("file", STUDIES, ids=lambda file: file.stem)
def test_shipped_studies_can_be_run(file: Path) -> None:
    study = read_sweep(file)
    check_study(study, load_scenario(study.scenario, study.overrides))
    assert 10 < count_runs(study) <= MOST_RUNS
    assert all(set(told.title) == {"fr", "en", "ar"} for told in study.factors.values())
    assert set(study.title) == set(study.description) == {"fr", "en", "ar"}


def test_figures_for_notebooks(study_file: Write, tmp_path: Path) -> None:
    swept = sweep(
        study_file(design={"method": "latin_hypercube", "samples": 40}), out=tmp_path / "out", model=models.plane
    )
    for chart in (swept.plot_drivers("y"), swept.plot_responses("y"), swept.plot_heat("y")):
        assert len(chart.data) > 0
    assert "40 done, 0 failed, of 40" in swept._repr_html_()
    strongest = swept.plot_drivers("y").data[-1]
    assert strongest.y[-1] == "demand.factor"


def test_what_opens_stands_on_the_map(small_folder: Path, tmp_path: Path) -> None:
    scenario = (
        f"name: base\nterritory: {small_folder}\ncare: morocco\n"
        "allocation: {mobility: {within: region}, telemedicine: {activities: [mental_health_consultation], "
        "site_levels: [CSR2, CSR1]}}\n"
    )
    (tmp_path / "base.yaml").write_text(scenario, encoding="utf-8")
    content = {
        "name": "study",
        "scenario": "base.yaml",
        "uncertainties": {"demand.factor": {"low": 1.0, "high": 1.5}},
        "design": {"method": "latin_hypercube", "samples": 3},
        "outcomes": ["telemedicine_acts"],
    }
    (tmp_path / "study.yaml").write_text(json.dumps(content), encoding="utf-8")
    swept = sweep(tmp_path / "study.yaml", out=tmp_path / "out")
    opened = swept.opened()
    assert len(opened) > 0
    assert opened["share"].between(0, 1).all()
    assert set(opened["activity"]) == {"mental_health_consultation"}
    chart = swept.plot_opened()
    assert len(chart.data[-1].x) == opened["facility_id"].nunique()
    assert 'id="map-opened"' in page(swept, "ar")


def crossed(study_file: Write, tmp_path: Path, limit: float, within: list[str]) -> Swept:
    file = study_file(
        levers={"allocation.mobility.within": within},
        design={"method": "latin_hypercube", "samples": 6, "crossed": True},
        thresholds={"y": {"at_most": limit}},
    )
    return sweep(file, out=tmp_path / "out", model=models.plane)


def test_no_plan_is_named_where_none_is_good_enough(study_file: Write, tmp_path: Path) -> None:
    read = told(page(crossed(study_file, tmp_path, -1.0, ["none", "region"]), "en"))
    assert "No combination is good enough in any future." in read
    assert "Good enough most often" not in read


def test_one_other_plan_is_one(study_file: Write, tmp_path: Path) -> None:
    read = told(page(crossed(study_file, tmp_path, 2.0, ["none", "region"]), "en"))
    assert "As often: 1 other combination, none" in read


def test_plans_of_an_unfinished_study_are_not_ranked(study_file: Write, tmp_path: Path) -> None:
    folder = crossed(study_file, tmp_path, 2.0, ["none", "region"]).folder
    max((folder / "runs").iterdir()).unlink()
    assert "Good enough most often" not in told(page(load_sweep(folder), "en"))


def test_failed_futures_are_counted_beside_the_plans(study_file: Write, tmp_path: Path) -> None:
    file = study_file(
        levers={"allocation.mobility.within": ["none", "region"]},
        design={"method": "latin_hypercube", "samples": 12, "crossed": True},
        thresholds={"y": {"at_most": 2.0}},
    )
    assert "Failed futures" in told(page(sweep(file, out=tmp_path / "out", model=models.fails_often), "en"))
