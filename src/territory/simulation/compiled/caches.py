"""Machine code that Numba keeps on disk, and that must not outlive its sources.

Numba asks only whether the file of a function has changed, not the files of the functions it calls. So what is compiled
is kept in a folder named by the content of all sources.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from numba import config


@contextmanager
def kept_by_content() -> Iterator[None]:
    """Let functions declared inside be kept in the folder of these sources; where that cannot be, as Numba likes."""
    here = Path(__file__).parent
    sources = sorted([*here.glob("*.py"), *here.parent.glob("*.py")])
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    folder = here / "__pycache__" / f"compiled-{digest}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:  # installed where we may not write
        yield
        return
    before = config.CACHE_DIR
    config.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        config.CACHE_DIR = before
