"""What tests of sweeps share: study files in a folder of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sweeps.models import FACTORS, SCENARIO

Write = Callable[..., Path]


@pytest.fixture
def study_file(tmp_path: Path) -> Write:
    """Return a writer of study files on a base scenario that is never run."""
    (tmp_path / "base.yaml").write_text(SCENARIO, encoding="utf-8")

    def write(**told: Any) -> Path:
        content = {
            "name": "study",
            "scenario": "base.yaml",
            "stages": "both",
            "uncertainties": FACTORS,
            "design": {"method": "latin_hypercube", "samples": 20},
            "outcomes": ["y"],
            **told,
        }
        file = tmp_path / "study.yaml"
        file.write_text(json.dumps(content), encoding="utf-8")
        return file

    return write
