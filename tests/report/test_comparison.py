"""The comparison: differences to the first run, and whether chance alone may explain them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from territory.report import LANGUAGES, RunData, write_comparison
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
