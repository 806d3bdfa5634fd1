"""What then happens to patients: the pathways of the care catalogue, walked patient by patient through a plan.

Patients fall ill (`arrivals`), are sent to facilities as the plan says (`itineraries`), and wait there for staff and
beds whose hours are those of the plan. The network they walk through is described once, as arrays (`network`), from a
plan (`describe`) or by hand (`read`). Two engines run it, event by event and with equal results: `reference`, in SimPy,
and `compiled`, in machine code. Chance is keyed by names (`draws`); replications run side by side (`replications`).

A visit that has not begun or not ended at the horizon is ``waiting`` or ``in_care``. Travel takes no time on the clock,
but for ambulances.

People whose need the plan leaves unmet have priority 10 and above (that of their pathway plus 10): they are seen after
those whom the plan serves, and counted apart by it. Under ``unmet: nearest`` they ask at the nearest facility whose
level does the activity, where it is not closed, with someone in post for its first task and beds for a stay (a later
task without anyone in post is left out); where there is none, or under ``stay_home``, the episode ends and leaves no
visit.

Modes of the plan's visits. ``telemedicine``: somebody at the site near the patient prepares him, then both speak with a
specialist at a hub, in whose queue they wait; a failed act sends the patient to where the others of his zone go.
``mobile``: patients travel the plan's minutes to the stop in their commune (0 km) and wait for who is aboard on the
days of the weekly round; who tours is not at the base. Where a group of the act is not aboard, a hub answers.
``contracted``: nobody knows who works at a facility that is paid by the act, and the volume it gives is a limit of the
plan; so patients find no queue and no lack of beds there. They are received on weekdays from 8:30 to 16:30, at all
hours for an activity around the clock.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from territory.care.catalogue import Care
from territory.errors import Faults, SimulationError
from territory.scenario.schema import SimulationOptions
from territory.simulation.checks import check_catalogue, check_names
from territory.simulation.describe import describe_network
from territory.simulation.event_log import event_log
from territory.simulation.experiment import Experiment, run_network
from territory.simulation.network import Network
from territory.simulation.read import read_network
from territory.simulation.replications import Progress
from territory.simulation.settings import SHORTENED, settle
from territory.simulation.world import World, run_with
from territory.tables.objects import Demand, Journeys, Plan, Region, TravelTimes

__all__ = [
    "Experiment",
    "Network",
    "World",
    "check_simulation",
    "describe_network",
    "event_log",
    "read_network",
    "run_network",
    "run_with",
    "simulate",
]


def simulate(
    region: Region,
    travel: TravelTimes,
    demand: Demand,
    plan: Plan,
    care: Care,
    options: SimulationOptions,
    *,
    workers: int = 1,
    progress: Progress | None = None,
    journeys_file: Path | None = None,
) -> Journeys:
    """Return what happens to patients under a plan.

    Every replication begins empty on a Monday at 0:00; counted are the visits asked for after the warm-up. The module
    says what people do.

    Parameters
    ----------
    region
        Zones, facilities with level and beds.
    travel
        Minutes and km, zone x facility.
    demand
        Its `episodes`: new episodes a year, zone x pathway.
    plan
        Visits, unmet acts, posts, remote acts, rounds and crews.
    care
        The catalogue: activities, pathways, staff groups, levels.
    options
        Engine, seed, replications, warm-up and measured days, and what people do in many cases.
    workers
        Processes to run replications in; the result does not depend on it. More than one needs a script guarded by
        ``if __name__ == "__main__"``.
    progress
        Called with the replications done and their total after each one.
    journeys_file
        Where every step is written, if the options ask for journeys; without it they are kept in memory.

    Raises
    ------
    SimulationError
        When tables do not share their ids, when the plan sends people where nobody can serve them or buys acts from
        a facility whose level does not do them, when the compiled engine is asked for and missing, or `workers` is
        below 1.
    """
    settings = settle(options)
    found = run_network(
        describe_network(region, travel, demand, plan, care, options, settings),
        replications=settings.replications,
        engine=settings.engine,
        workers=workers,
        half_widths=dict(options.half_widths),
        most_replications=options.most_replications,
        find_warm_up=settings.finds_warm_up,
        journeys=(journeys_file or True) if options.journeys else False,
        progress=progress,
    )
    notes = (*found.notes, *((SHORTENED,) if settings.shortened else ()))
    return replace(found.journeys, notes=notes)


def check_simulation(region: Region, care: Care, options: SimulationOptions) -> None:
    """Refuse options that cannot be used, without simulating anything.

    Raises
    ------
    SimulationError
        With every word that the catalogue or the region do not know, and an engine that is not installed.
    """
    faults = Faults(SimulationError)
    check_catalogue(care, region.facilities.set_index("facility_id")["level"], faults)
    check_names(options, care, region, faults)
    try:
        settle(options)
    except SimulationError as problem:
        faults.extend(problem.faults)
    faults.raise_if_any()
