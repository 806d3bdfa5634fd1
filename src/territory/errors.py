"""The errors of the package: one root, and under it one class for each phase in which something can go wrong.

::

    TerritoryError                   .faults
      ScenarioError(ValueError)      a scenario says something it may not say
      GeodataError(ValueError)       a layer or file lacks ids, coordinates, or does not meet the others
      TableError(ValueError)         a table breaks its declared columns
      CareError(ValueError)          the care catalogue contradicts itself
      AllocationError(RuntimeError)
        NoFeasiblePlan               the limits leave no plan
        SolverStopped                time limit without a plan, numerical trouble
      SitingError(ValueError)        nothing, or nothing that may be, can be opened
      SimulationError(RuntimeError)
      IndicatorError(ValueError)     what is measured contradicts itself
      SweepError(RuntimeError)

A phase gathers all its faults and raises once; `Faults` is the basket it gathers them in.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_MOST_SHOWN = 12


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where it stands, what was found, what was expected, and the way out."""

    where: str
    found: str
    expected: str
    hint: str = ""

    def __str__(self) -> str:
        """Tell the fault in one line."""
        text = f"{self.where}: found {self.found}; expected {self.expected}"
        return f"{text}. {self.hint}" if self.hint else f"{text}."


class TerritoryError(Exception):
    """The root of all errors of this package; `faults` holds everything found in the phase."""

    title = "Something is wrong"

    def __init__(self, faults: Iterable[Fault] | Fault) -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        """Tell every fault, one a line, under the phase's title."""
        count = len(self.faults)
        head = f"{self.title} ({count} fault{'s' if count != 1 else ''}):"
        return "\n".join([head, *(f"  - {fault}" for fault in self.faults)])

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes with the faults intact."""
        return type(self), (self.faults,)


class ScenarioError(TerritoryError, ValueError):
    """A scenario says something it may not say."""

    title = "The scenario cannot be used"


class GeodataError(TerritoryError, ValueError):
    """A layer or file lacks ids or coordinates, or does not meet the others."""

    title = "The territory's data cannot be used"


class TableError(TerritoryError, ValueError):
    """A table breaks its declared columns."""

    title = "A table breaks its declared columns"


class CareError(TerritoryError, ValueError):
    """The care catalogue contradicts itself."""

    title = "The care catalogue cannot be used"


class AllocationError(TerritoryError, RuntimeError):
    """The allocation could not give a plan."""

    title = "The allocation gave no plan"


@dataclass(frozen=True)
class Conflict:
    """One of the limits that cannot hold together: its equation, where it stands, and how a planner calls it."""

    limit: str
    where: str
    name: str


@dataclass(frozen=True)
class Shortage:
    """How far one limit must give way so that a plan exists, in its unit; `now` is the limit as it stands.

    `floor`: it is one below which nothing may go, and must come down; the others are ceilings, and must go up.
    """

    limit: str
    where: str
    name: str
    unit: str
    now: float
    short_by: float
    floor: bool = False


class NoFeasiblePlan(AllocationError):  # noqa: N818  (a name a planner reads)
    """The limits of the scenario leave no plan.

    `conflicts` are limits that cannot hold together, none of which could be left out; `shortages` the cheapest way to
    make a plan possible.
    """

    title = "No plan meets all the limits"

    def __init__(
        self,
        faults: Iterable[Fault] | Fault,
        conflicts: Iterable[Conflict] = (),
        shortages: Iterable[Shortage] = (),
    ) -> None:
        super().__init__(faults)
        self.conflicts = tuple(conflicts)
        self.shortages = tuple(shortages)

    def __str__(self) -> str:
        """Tell every fault, then the limits that cannot hold together."""
        names = list(dict.fromkeys(conflict.name for conflict in self.conflicts))
        if not names:
            return super().__str__()
        more = f"; and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else ""
        return f"{super().__str__()}\nThese limits cannot hold together: {'; '.join(names[:_MOST_SHOWN])}{more}."

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes with the reasons intact."""
        return type(self), (self.faults, self.conflicts, self.shortages)


class SolverStopped(AllocationError):  # noqa: N818
    """The solver stopped before it had a plan."""

    title = "The solver stopped without a plan"


class SitingError(TerritoryError, ValueError):
    """Sites cannot be chosen: what was given contradicts itself, or no set of sites does what is asked."""

    title = "No sites can be chosen"


class SimulationError(TerritoryError, RuntimeError):
    """The simulation could not run to its end."""

    title = "The simulation could not run"


class IndicatorError(TerritoryError, ValueError):
    """What is measured contradicts itself."""

    title = "This cannot be measured"


class SweepError(TerritoryError, RuntimeError):
    """A batch of runs could not go on."""

    title = "The sweep could not go on"


class Faults:
    """The basket of one phase: add faults as they are met, raise them together at the end."""

    def __init__(self, error: type[TerritoryError]) -> None:
        self.error = error
        self.found: list[Fault] = []

    def add(self, where: str, found: str, expected: str, hint: str = "") -> None:
        """Put one fault into the basket."""
        self.found.append(Fault(where, found, expected, hint))

    def extend(self, faults: Iterable[Fault]) -> None:
        """Put several faults into the basket."""
        self.found.extend(faults)

    def raise_if_any(self) -> None:
        """Raise the phase's error when the basket is not empty."""
        if self.found:
            raise self.error(self.found)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint naming the known words that look most like `word`, or all of them when they are few.

    Examples
    --------
    >>> nearest("alocation", ["allocation", "simulation"])
    'Did you mean allocation?'
    """
    words = sorted(set(known))
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if close:
        return f"Did you mean {close[0]}?"
    shown = ", ".join(words[:_MOST_SHOWN])
    return f"Known: {shown}{', ...' if len(words) > _MOST_SHOWN else ''}."
