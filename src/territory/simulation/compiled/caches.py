"""Machine code that Numba keeps beside the sources, and that must not outlive them.

Numba asks only whether the file of a function has changed, not the files of the functions it calls. So everything kept
is dropped when any source of the engine is newer.
"""

from __future__ import annotations

from pathlib import Path


def drop_stale() -> None:
    """Remove what was compiled from older sources."""
    here = Path(__file__).parent
    sources = [*here.glob("*.py"), *here.parent.glob("*.py")]
    newest = max(source.stat().st_mtime for source in sources)
    for kept in (here / "__pycache__").glob("*.nb[ic]"):
        try:
            if kept.stat().st_mtime < newest:
                kept.unlink()
        except OSError:  # another process was quicker, or the folder is not ours to write
            continue
