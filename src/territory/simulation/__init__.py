"""What then happens to patients: the pathways of the care catalogue, walked patient by patient through a plan.

Patients fall ill (`arrivals`), are sent to facilities as the plan says (`itineraries`), and wait there for staff and
beds whose hours are those of the plan (`timetable`, `reference`). The network they walk through is described once, as
arrays (`network`, `describe`); chance is keyed by names (`draws`); replications run side by side (`replications`).
"""

from __future__ import annotations

from territory.care.catalogue import Care
from territory.scenario.schema import SimulationOptions
from territory.simulation.describe import describe_network
from territory.simulation.network import Network
from territory.simulation.replications import Progress, Replication, assemble, run_replication, run_replications
from territory.tables.objects import Demand, Journeys, Plan, Region, TravelTimes

__all__ = ["Network", "Replication", "describe_network", "run_replication", "simulate"]


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
) -> Journeys:
    """Return what happens to patients under a plan.

    Every replication begins empty on a Monday at 0:00 and runs for the warm-up and the measured days. The table holds
    the steps asked for after the warm-up. A step that has not begun or not ended at the horizon has no `started_at` or
    `ended_at` (NA) and the outcome ``waiting`` or ``in_care``; who is turned away has neither. Steps not yet asked for
    leave no row.

    People whose need the plan leaves unmet have priority 10 and above (that of their pathway plus 10): they are seen
    after those whom the plan serves, and counted apart by it. Under ``unmet: nearest`` they ask at the nearest facility
    whose level does the activity, where it is not closed, with someone in post for its first task and beds for a stay
    (a later task without anyone in post is left out); where there is none, or under ``stay_home``, the episode ends and
    leaves no row for the step. Travel takes no time on the clock.

    Modes of the plan's visits. ``contracted``: nobody knows who works at a facility that is paid by the act, and the
    volume it gives is a limit of the plan; so patients find no queue and no lack of beds there. They are received on
    weekdays from 8:30 to 16:30, at all hours for an activity around the clock, and whom it began is finished; work and
    stays last as everywhere, and `stations` holds no row of them. ``mobile``: patients travel the plan's minutes to the
    stop in their commune (0 km), and wait for the people of the base as those who come there do; the days of the weekly
    round (`Plan.rounds`) are not walked yet. Where the base lacks a group of the act, it presents the patient to a
    specialist at a hub, as in ``telemedicine``.

    Parameters
    ----------
    region
        Zones, facilities with level and beds.
    travel
        Minutes and km, zone x facility.
    demand
        Its `episodes`: new episodes a year, zone x pathway.
    plan
        Visits, unmet acts, posts and remote acts.
    care
        The catalogue: activities, pathways, staff groups, levels.
    options
        Seed, replications, warm-up and measured days, and what unmet people do.
    workers
        Processes to run replications in; the result does not depend on it. More than one needs a script guarded by
        ``if __name__ == "__main__"``.
    progress
        Called with the replications done and their total after each one.

    Raises
    ------
    SimulationError
        When tables do not share their ids, when the plan sends people where nobody can serve them or buys acts from
        a facility whose level does not do them, or `workers` is below 1.
    """
    network = describe_network(region, travel, demand, plan, care, options)
    results = run_replications(network, options.replications, workers=workers, progress=progress)
    return assemble(network, results)
