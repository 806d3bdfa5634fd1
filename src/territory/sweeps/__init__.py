"""What if? Many runs of one scenario: designs, runs that can be cut short and gone on with, and how to read them."""

from territory.sweeps.checks import MOST_RUNS
from territory.sweeps.designs import count_runs
from territory.sweeps.discovery import Box, proposed
from territory.sweeps.running import designed_runs, sweep
from territory.sweeps.store import is_sweep_folder
from territory.sweeps.swept import Swept, load_sweep

__all__ = [
    "MOST_RUNS",
    "Box",
    "Swept",
    "count_runs",
    "designed_runs",
    "is_sweep_folder",
    "load_sweep",
    "proposed",
    "sweep",
]
