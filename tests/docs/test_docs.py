"""What the documents show runs: README code, the notebook; both READMEs name the same commands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def blocks(file: str, language: str) -> list[str]:
    text = (ROOT / file).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


@pytest.mark.slow
@pytest.mark.parametrize(
    "file",
    [
        "README.md",
        "README.fr.md",
        "docs/allocation.md",
        "docs/simulation.md",
        "docs/siting.md",
        "docs/access.md",
        "docs/territories.md",
        "docs/travel.md",
        "docs/sweeps.md",
    ],
)
def test_the_code_of_documents_runs(file: str) -> None:
    code = "\n".join(blocks(file, "python"))  # a later block may go on from an earlier one
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_commands_of_the_readme_exist() -> None:
    for file in ("README.md", "README.fr.md"):
        shell = "\n".join(blocks(file, "sh"))
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        for target in re.findall(r"^make (\S+)", shell, flags=re.MULTILINE):
            assert f"\n{target}:" in makefile
        for scenario in re.findall(r"scenarios/\S+\.yaml", shell):
            assert (ROOT / scenario).is_file()


def test_both_readmes_name_the_same_scenarios() -> None:
    names = [
        set(re.findall(r"`([\w-]+\.(?:yaml|py))`", (ROOT / file).read_text("utf-8")))
        for file in ("README.md", "README.fr.md")
    ]
    there = {file.name for file in (ROOT / "scenarios" / "fes-meknes").iterdir() if file.suffix in {".yaml", ".py"}}
    assert names[0] & there == names[1] & there == there


def test_links_of_the_documents_lead_somewhere() -> None:
    for file in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "geodata").glob("*.md")]:
        for link in re.findall(r"\]\(([^)#:]+)\)", file.read_text(encoding="utf-8")):
            assert (file.parent / link).exists(), f"{file.name}: {link}"


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_notebooks_are_stripped(file: Path) -> None:
    for cell in nbformat.read(file, as_version=4).cells:
        assert not cell.get("outputs")
        assert not cell.get("execution_count")


@pytest.mark.slow
@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
@pytest.mark.filterwarnings("default")
def test_notebooks_run(file: Path) -> None:
    notebook = nbformat.read(file, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(file.parent)}}).execute()


@pytest.mark.slow
def test_the_bench_runs() -> None:
    command = [sys.executable, "benchmarks/main_job.py", "--replications", "2", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert '"against": "the limit of 180 s"' in done.stdout
