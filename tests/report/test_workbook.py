"""The workbook: the same numbers, sheet by sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from report.conftest import HOSTILE

from territory.report import RunData, write_workbook


def sheet(path: Path, name: str) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(path)[name].iter_rows(values_only=True))


def test_sheets_hold_the_numbers(run: RunData, tmp_path: Path) -> None:
    path = tmp_path / "workbook.xlsx"
    write_workbook(run, path, "en")
    book = openpyxl.load_workbook(path)
    names = ["Summary", "Provinces", "Zones", "Access", "Facilities", "Posts", "Moves", "Activities", "Openings"]
    names += ["Costs", "Staffing need", "Support functions", "Rounds", "Waits", "Sources"]
    assert book.sheetnames == names
    assert all(page.freeze_panes == "B2" and page.auto_filter.ref for page in book)
    assert ("Share of demand unmet", 0.02475, None, None, "share (0 to 1)", "unmet_share") in sheet(path, "Summary")
    assert sheet(path, "Zones")[1][0:3] == ("Aknoul", "Taza", 4000)
    assert ("Recruited", "Doctor", "\u2013", "Centre =1+1", 0.5) in sheet(path, "Moves")
    wait = dict(zip(*sheet(path, "Waits")[:2], strict=True))
    assert (wait["Mean wait (minutes)"], wait["Mean wait (minutes), low end at 95%"]) == (30, 26.5)
    assert (wait["Simulated attendances"], wait["Share of attendances turned away"]) == (2, 0.5)
    posts = sheet(path, "Posts")
    assert len(posts) == 1 + len(run.tables["posts"])
    assert ("Centre =1+1", "Taza", "Doctor", 1, 2.5, 1500, 1500, 1, 700.6) in posts


def test_sheets_of_what_the_plan_changes(full_run: RunData, tmp_path: Path) -> None:
    path = tmp_path / "workbook.xlsx"
    write_workbook(full_run, path, "en")
    assert ("CHP Ghassani", "Fez", "Support functions", 900_000, 1_000_000, 100_000) in sheet(path, "Costs")
    assert sheet(path, "Costs")[1][:3] == ("Centre =1+1", "Taza", "Support functions")
    assert ("Laboratory", "Centre =1+1", "CHP Ghassani", "Hospital", 1000, "request", 110) in sheet(
        path, "Support functions"
    )
    assert sheet(path, "Rounds")[1:] == [("van", "Aknoul", "Taza", 3, 45), ("van", HOSTILE, "Taza", 1, 110)]
    need = dict(zip(*sheet(path, "Staffing need")[:2], strict=True))
    assert (need["Facility"], need["Staff group"], need["Posts required (FTE)"]) == ("Centre =1+1", "nurse", 4)
    assert (need["Gap in the plan (FTE)"], need["Posts over required, plan"]) == (-2, 0.5)
    kinds = [row[0] for row in sheet(path, "Openings")[1:]]
    assert kinds == ["Closes", "The facility closes", "Opens"]
    assert ("Left unfilled", "Doctor", "Dispensaire Ain", "\u2013", 1) in sheet(path, "Moves")


@pytest.mark.parametrize("lang", ["fr", "ar"])
def test_a_bare_run_has_a_workbook(empty_run: RunData, tmp_path: Path, lang: str) -> None:
    path = tmp_path / "workbook.xlsx"
    write_workbook(empty_run, path, lang)
    book = openpyxl.load_workbook(path)
    assert len(book.sheetnames) == 15
    assert all(bool(page.sheet_view.rightToLeft) == (lang == "ar") for page in book)


def test_same_run_same_bytes_and_nothing_left_behind(run: RunData, tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(run, tmp_path / name, "fr")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.xlsx", "b.xlsx"]
