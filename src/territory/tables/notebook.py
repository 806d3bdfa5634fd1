"""What an object shows of itself in a notebook: a title and a few facts."""

from __future__ import annotations

import html
from collections.abc import Mapping


def facts_html(title: str, facts: Mapping[str, str]) -> str:
    """Return a small table of facts under a title, every word escaped."""
    rows = "".join(
        f"<tr><th style='text-align:left'>{html.escape(name)}</th><td>{html.escape(fact)}</td></tr>"
        for name, fact in facts.items()
    )
    return f"<strong>{html.escape(title)}</strong><table>{rows}</table>"
