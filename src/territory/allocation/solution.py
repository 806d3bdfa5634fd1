"""What the solver found, before it is read as a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from territory.allocation.marginal import Marginal

_PROVEN_GAP = 1e-6


@dataclass(frozen=True)
class AimReached:
    """The value of one aim at its turn; later aims may have given back `aim_tolerance` of it since.

    `gap`: how far below it a better plan may still be, as a share of it. `proven`: whether nothing better is left, up
    to the solver's tolerance; False when it stopped at its time limit or at the gap asked for.
    """

    name: str
    value: float
    gap: float

    @property
    def proven(self) -> bool:
        """Whether the value is proven best."""
        return self.gap <= _PROVEN_GAP


@dataclass(frozen=True)
class Solution:
    """What the solver found: the decisions above zero, the aims in order, and what limits are worth to them.

    `values` are by the id of the decision, as the decisions of a model have no other short name; `in_plan` is what the
    plan makes of each aim, after the later ones gave back their tolerance.
    """

    values: dict[int, float]
    aims: tuple[AimReached, ...]
    in_plan: dict[str, float]
    marginals: tuple[Marginal, ...] = ()

    def value(self, decision: Any) -> float:
        """Return the value of one decision, never below zero."""
        return self.values.get(id(decision), 0.0)
