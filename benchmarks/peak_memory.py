"""Peak memory of one allocation in a process of its own: what the inputs take, and the peak in all, in MB.

Run by `benchmarks/allocation.py`: ``python benchmarks/peak_memory.py package|direct SCENARIO [ZONES FACILITIES]``.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

import direct_allocation
import synthetic

import territory as tt

_KB_PER_MB = 1024.0


def peak_mb() -> float:
    """Return the peak memory of this process; the kernel's figure of the program itself, where it tells one."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return float(line.split()[1]) / _KB_PER_MB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KB_PER_MB


def main() -> None:
    """Allocate once and print the peaks before and after."""
    way, scenario, *sizes = sys.argv[1:]
    inputs = synthetic.read_inputs(Path(scenario), *map(int, sizes))
    before = peak_mb()
    result = tt.allocate(*inputs) if way == "package" else direct_allocation.allocate(*inputs)
    print(json.dumps({"inputs": before, "peak": peak_mb(), "kind": type(result).__name__}))


if __name__ == "__main__":
    main()
