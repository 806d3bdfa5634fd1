"""How long and with which engine: what the options leave open, settled."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from territory.errors import Fault, SimulationError
from territory.scenario.schema import SimulationOptions

SHORTENED = "compiled_engine_missing"
FAST_EXTRA = "pip install 'territory[fast]'"


@dataclass(frozen=True)
class Settings:
    """The engine and the window of a simulation.

    Parameters
    ----------
    engine
        ``simpy`` or ``compiled``.
    replications
        Independent runs, at least.
    warm_up_days, days
        Days left out and days measured.
    finds_warm_up
        Whether the warm-up is yet to be found.
    shortened
        Whether the window is shorter because the compiled engine is missing.
    """

    engine: str
    replications: int
    warm_up_days: int
    days: int
    finds_warm_up: bool = False
    shortened: bool = False


# engine: replications, warm-up and measured days where the options leave them open
_USUAL = {"compiled": (5, 28, 364), "simpy": (4, 14, 14)}


def has_compiled() -> bool:
    """Say whether the compiled engine is installed."""
    return find_spec("numba") is not None


def settle(options: SimulationOptions) -> Settings:
    """Return what is run.

    Raises
    ------
    SimulationError
        When the compiled engine is asked for and missing.
    """
    engine = choose_engine(options.engine)
    replications, warm_up, days = _USUAL[engine]
    left_open = options.days is None or options.replications is None
    return Settings(
        engine=engine,
        replications=options.replications or replications,
        warm_up_days=options.warm_up_days if isinstance(options.warm_up_days, int) else warm_up,
        days=options.days or days,
        finds_warm_up=options.warm_up_days == "auto",
        shortened=options.engine == "auto" and engine == "simpy" and left_open,
    )


def choose_engine(asked: str) -> str:
    """Return the engine for ``auto``, ``simpy`` or ``compiled``.

    Raises
    ------
    SimulationError
        When the compiled engine is asked for and missing.
    """
    if asked == "compiled" and not has_compiled():
        found = "engine 'compiled', but Numba is not installed"
        raise SimulationError(Fault("simulation.engine", found, "'simpy', or 'auto'", f"Or install it: {FAST_EXTRA}."))
    if asked == "auto":
        return "compiled" if has_compiled() else "simpy"
    return asked
