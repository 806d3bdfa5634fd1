"""The page that sets the model beside observed figures is written whole from a run, and counts what it says."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

import territory as tt
from territory.report import RunData

ROOT = Path(__file__).parents[2]
OBSERVED = ROOT / "docs" / "observed"


@pytest.fixture(scope="module")
def compare() -> ModuleType:
    spec = importlib.util.spec_from_file_location("compare", OBSERVED / "compare.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["compare"] = module  # where its dataclasses look for their names
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def run() -> RunData:
    short = {"simulation.replications": 2, "simulation.warm_up_days": 7, "simulation.days": 28}
    return tt.run_study(tt.load_scenario(ROOT / "scenarios" / "fes-meknes" / "baseline.yaml", overrides=short)).data()


@pytest.mark.slow
def test_the_page_counts_the_run(compare: ModuleType, run: RunData, tmp_path: Path) -> None:
    compare.write_page(run, tmp_path / "page.md")
    assert [file.name for file in tmp_path.iterdir()] == ["page.md"]
    text = (tmp_path / "page.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ") and "**" not in line][1:]
    figures = pd.read_csv(OBSERVED / "figures.csv", dtype=str, keep_default_na=False)
    assert sorted(row[0].removeprefix("| ") for row in rows) == sorted(figures["indicator"])
    (births,) = (row for row in rows if row[0] == "| deliveries, caesareans included" and "CHU Hassan II" in row[1])
    visits, level = run.tables["visits"], run.tables["facilities"].set_index("facility_id")["level"]
    own = visits[(visits["facility_id"].map(level) == "CHU") & visits["activity"].isin(["delivery", "caesarean"])]
    planned = own["acts_per_year"].sum()
    assert births[4] == f"{planned:,.0f}".replace(",", " ")
    assert births[6] == f"{planned / 7747:.2f}"
    low, mean, high = (
        float(number.replace(" ", ""))
        for number in re.fullmatch(r"([\d ]+) \[([\d ]+); ([\d ]+)\]", births[5]).group(2, 1, 3)  # type: ignore[union-attr]
    )
    assert low < mean < high
    assert mean == pytest.approx(planned, rel=0.15)


@pytest.mark.slow
def test_a_large_gap_without_a_sentence_is_told(compare: ModuleType, run: RunData) -> None:
    figures = pd.read_csv(OBSERVED / "figures.csv", dtype=str, keep_default_na=False)
    body, silent = compare.table(figures, compare.read_model(run), {})
    assert "Not yet explained." in body
    assert 0 < len(silent) < len(figures)
