"""The wheel carries the region and the care catalogue, so that an installed package works anywhere."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAM = """
import pathlib, territory as tt
assert "unpacked" in tt.__path__[0], tt.__path__
region = tt.read_region("fes-meknes")
care = tt.read_care("morocco")
assert region.zones["population_persons"].sum() == 4_467_911
assert "unpacked" in str(__import__("territory.geodata").geodata.find_region("fes-meknes"))
assert "unpacked" in str(__import__("territory.care").care.find_care("morocco"))
import territory.report.words
assert territory.report.words.read_words("ar")
"""


@pytest.mark.slow
def test_an_installed_package_reads_its_region(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    folder = tmp_path / "unpacked"
    zipfile.ZipFile(wheel).extractall(folder)
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
