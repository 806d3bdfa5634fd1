"""The page in a browser: the maps are drawn, and nothing is complained about."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from territory.report import RunData, write_page

_BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--enable-logging=stderr", "--v=0", "--virtual-time-budget=8000", "--dump-dom",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(_BROWSER is None, reason="no chromium")
@pytest.mark.parametrize("lang", ["fr", "ar"])
def test_maps_are_drawn_without_complaint(run: RunData, tmp_path: Path, lang: str) -> None:
    write_page(run, tmp_path / "report.html", lang)
    profile = tmp_path / "profile"
    command = [str(_BROWSER), *_FLAGS, f"--user-data-dir={profile}", (tmp_path / "report.html").as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert not re.search(r"CONSOLE.*(Uncaught|ERROR|Error|Refused|Failed)", done.stderr)
    assert len(re.findall(r'class="main-svg"', done.stdout)) >= 2
    assert len(re.findall(r'<path class="point"', done.stdout)) >= 2 * len(run.tables["zones"])
