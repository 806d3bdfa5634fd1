"""The comparison: differences to the first run, and whether chance alone may explain them."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from report.conftest import with_tables

from territory.report import LANGUAGES, RunData, comparison_sentences, write_comparison
from territory.study import compare


def other(run: RunData, **changes: tuple[float, float | None, float | None]) -> RunData:
    """Return a run with other regional indicators and waits simulated on the same patients."""
    table = run.tables["indicators"].copy()
    for indicator, values in changes.items():
        table.loc[(table["indicator"] == indicator) & (table["where"] == "region"), ["value", "low", "high"]] = values
    simulated: list[dict[str, Any]] = [
        {**row, "value": row["value"] - lead} for row, lead in zip(run.manifest["simulated"], (4.0, 6.0), strict=True)
    ]
    manifest = {**run.manifest, "name": "more", "title": {"en": "More & more"}, "simulated": simulated}
    return replace(run, manifest=manifest, tables={**run.tables, "indicators": table})


def rows(path: Path) -> dict[str, str]:
    found = re.findall(
        r'<th scope="row" class="text">(.*?)</th>(.*?)</tr>', path.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    return {name: re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).replace("\u00a0", " ") for name, text in found}


def test_differences_and_judgements(run: RunData, tmp_path: Path) -> None:
    path = tmp_path / "compare.html"
    later = other(
        run,
        unmet_share=(0.0125, None, None),
        wait_minutes_walk_in=(25.0, 20.0, 30.0),
        wait_days_appointment=(42.0, 40.0, 44.0),
    )
    write_comparison([run, later], compare([run, later]), path, "en")
    told = rows(path)
    assert "2.5% 1.2%" in told["Share of demand unmet"]
    assert "\u22121.2 pt · better" in told["Share of demand unmet"]
    assert "+12.0 h · difference uncertain" in told["Wait for an appointment"]
    assert "25 min 20 min to 30 min" in told["Wait without an appointment"]
    # Paired: differences of -4 and -6, mean -5, half width t(1) * sqrt(2) / sqrt(2) = 12.7.
    assert "\u22125.0 min (\u221218 min to +7.7 min) · difference uncertain" in told["Wait without an appointment"]
    assert "better" not in told["Mean travel, one way"]
    assert "Visit" not in " ".join(told)
    assert "More &amp; more" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_bare_run_can_be_compared(run: RunData, empty_run: RunData, tmp_path: Path, lang: str) -> None:
    bare = replace(empty_run, manifest={**run.manifest, "name": "bare", "simulated": []})
    write_comparison([bare, run], compare([bare, run]), tmp_path / "compare.html", lang)
    text = (tmp_path / "compare.html").read_text(encoding="utf-8")
    assert not re.search(r"\bnan\b|\{[a-z_]+\}|https?://", text)


def test_no_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no run was given"):
        write_comparison([], pd.DataFrame(), tmp_path / "compare.html", "fr")


# --- sentences --------------------------------------------------------------------------------------------------------


def measured(run: RunData, name: str, unmet_need: float, **values: float) -> RunData:
    """Return a run that holds these indicators of the region."""
    rows = [(indicator, "region", value, None, None, "unit", None) for indicator, value in values.items()]
    aims = [{"name": "Unmet_Need", "unit": "acts", "value": unmet_need, "proven": True, "gap": 0.0}]
    manifest = {**run.manifest, "name": name, "aims": aims, "simulated": []}
    return replace(with_tables(run, indicators=rows), manifest=manifest)


FIRST = {
    "needed_acts": 10_000.0,
    "unmet_acts": 1_000.0,
    "travel_minutes_mean": 20.0,
    "unmet_share_worst_province": 0.25,
    "running_cost_before": 50e6,
    "running_cost_change": 0.0,
    "moved_fte": 0.0,
    "contracted_acts": 100.0,
}


def test_what_changed_and_what_it_cost_is_told_in_words(run: RunData) -> None:
    first = measured(run, "first", 4_000.0, **FIRST)
    changed = {**FIRST, "unmet_acts": 600.0, "travel_minutes_mean": 18.5, "unmet_share_worst_province": 0.2}
    changed |= {"running_cost_change": 0.2e6, "moved_fte": 12.0, "contracted_acts": 50.0}
    ((name, told),) = comparison_sentences([first, measured(run, "more", 3_000.0, **changed)], "en")
    assert name == "more"
    levers, brought, price = (sentence.replace("\u00a0", " ").replace("\u2212", "-") for sentence in told)
    assert levers == "What changes: Posts moved (FTE): +12.0; Contracted acts a year: -50."
    assert brought == (
        "What it brings and costs: 400 acts fewer unmet a year; unmet need, weighted by severity, falls by 25.0%; "
        "1.5 min of travel less for an act, one way; the unmet share of the worst-served province falls by 5.0 pt; "
        "the running cost rises by MAD 200,000 a year (+0.4%)."
    )
    assert price == "Each act gained costs MAD 500."


def test_losses_savings_and_sameness_are_told_too(run: RunData) -> None:
    first = measured(run, "first", 4_000.0, **FIRST)
    worse = {**FIRST, "unmet_acts": 1_001.0, "travel_minutes_mean": 21.0, "running_cost_change": -10e6}
    cheap = {**FIRST, "unmet_acts": 500.0, "running_cost_change": 0.0}
    (_, one), (_, two) = comparison_sentences(
        [first, measured(run, "worse", 4_400.0, **worse), measured(run, "cheap", 4_000.0, **cheap)], "en"
    )
    told = " ".join(one).replace("\u00a0", " ").replace("\u2212", "-")
    assert "No lever is used differently." in told
    assert "1 act more unmet a year; unmet need, weighted by severity, rises by 10.0%" in told
    assert "1.0 min of travel more for an act" in told
    assert "the worst-served province stays where it is" in told
    assert "the running cost falls by MAD 10.0 million a year (-20.0%)" in told
    assert "act gained" not in told
    assert two[-1] == "The acts gained cost nothing more."
    assert "the running cost does not change" in two[1]


def test_other_needs_and_building_are_told(run: RunData) -> None:
    first = measured(run, "first", 4_000.0, **FIRST)
    more = measured(run, "more", 4_000.0, **{**FIRST, "needed_acts": 11_000.0, "unmet_acts": 900.0})
    ((_, told),) = comparison_sentences([first, more], "en")
    assert told[-1] == "The needs are not the same (+1,000 acts a year): the cost of an act gained is not told."
    built = measured(run, "built", 4_000.0, **{**FIRST, "unmet_acts": 900.0, "running_cost_change": 1e6})
    investments = {"facilities": [{"name": "New", "beds": 45.0, "cost_mad": 110e6}]}
    scenario = {**built.manifest["scenario"], "investments": investments}
    built = replace(built, manifest={**built.manifest, "scenario": scenario})
    ((_, told),) = comparison_sentences([first, built], "en")
    assert "Facilities built: +1; Cost of building, paid once: +MAD\u00a0110.0 million" in told[0]
    assert told[-1] == "Each act gained costs MAD\u00a010,000. Building is not counted in this."


def test_a_run_that_counts_more_costs_is_measured_from_its_own_start(run: RunData) -> None:
    # the second run pools a function that costs 30 million today: it spends 70 million, and saves 10
    first = measured(run, "first", 4_000.0, **FIRST)
    pooled = {**FIRST, "running_cost_before": 80e6, "running_cost_change": -10e6}
    ((_, told),) = comparison_sentences([first, measured(run, "pooled", 4_000.0, **pooled)], "en")
    assert "the running cost falls by MAD\u00a010.0 million a year (\u221212.5%)" in told[1]
    assert told[-1].startswith(
        "The two runs do not count the same costs to begin with (MAD\u00a050.0 million and MAD\u00a080.0 million)"
    )


def test_a_run_that_is_not_proven_says_so_beside_the_differences(run: RunData) -> None:
    first, more = (measured(run, name, 4_000.0, **FIRST) for name in ("first", "more"))
    aims = [{"name": "Unmet_Need", "unit": "acts", "value": 4_000.0, "proven": False, "gap": 0.05}]
    more = replace(more, manifest={**more.manifest, "aims": aims})
    ((_, told),) = comparison_sentences([first, more], "en")
    assert told[-1].startswith("more: The aim “Unmet need, weighted” is not proven best")
    assert "5.00%" in told[-1]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_holds_the_sentences_in_its_language(run: RunData, tmp_path: Path, lang: str) -> None:
    first = measured(run, "first", 4_000.0, **FIRST)
    more = measured(run, "<b>more</b>", 3_000.0, **{**FIRST, "unmet_acts": 600.0, "running_cost_change": 0.2e6})
    write_comparison([first, more], compare([first, more]), tmp_path / "compare.html", lang)
    text = (tmp_path / "compare.html").read_text(encoding="utf-8")
    ((_, told),) = comparison_sentences([first, more], lang)
    assert len(told) == 3
    assert all(f"<p>{html.escape(sentence, quote=False)}</p>" in text.replace("&#39;", "'") for sentence in told)
    assert "<b>more" not in text


def test_a_bare_run_says_nothing_it_does_not_know(run: RunData, empty_run: RunData) -> None:
    bare = replace(empty_run, manifest={"name": "bare"})
    ((_, told),) = comparison_sentences([run, bare], "en")
    assert told == ["No lever is used differently."]
