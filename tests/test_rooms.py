"""The rules of the house: imports go down only, files and functions stay short."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[1]
FILES = sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "geodata").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")])


def test_imports_go_down_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(no_cache=True) == EXIT_STATUS_SUCCESS


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_sizes(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno <= 60, node.name
        if isinstance(node, ast.ClassDef):
            assert node.end_lineno - node.lineno <= 250, node.name


HOMES = {
    "pyomo": {"allocation"},
    "highspy": {"allocation", "siting"},
    "simpy": {"simulation"},
    "networkx": {"network"},
    "plotly": {"report"},
    "jinja2": {"report"},
    "openpyxl": {"geodata"},
    "osmnx": {"geodata"},
    "pyrosm": {"geodata"},
    "xlsxwriter": {"geodata", "report"},
    "SALib": {"sweeps"},
    "distributed": {"sweeps"},
}


@pytest.mark.parametrize(("library", "rooms"), HOMES.items())
def test_a_heavy_library_has_its_home(library: str, rooms: set[str]) -> None:
    for file in (ROOT / "src" / "territory").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] == library for name in names):
                assert file.relative_to(ROOT / "src" / "territory").parts[0] in rooms
