"""Shared posts: one person over several sites, by whole visit-days of the week.

Decision: VisitDays[home, site, staff group], a whole number of parts of a post.
Equation: Visits_Of_Group.
"""

from __future__ import annotations

import pyomo.environ as pyo

from territory.allocation.draft import Draft, Ledger
from territory.allocation.problem import MINUTES_PER_HOUR


def add(draft: Draft) -> None:
    """Lend parts of posts to sites nearby; the road of each visit-day is work at the site."""
    model, problem = draft.model, draft.problem
    shared, shares = problem.options.shared_posts, problem.shares
    keys = list(zip(shares["facility_id"], shares["site_facility_id"], shares["staff_group"], strict=True))
    model.SHARES = pyo.Set(initialize=keys, dimen=3)
    model.VisitDays = pyo.Var(model.SHARES, within=pyo.NonNegativeIntegers)
    lent = Ledger()
    part = shared.smallest_fraction
    for (home, site, group), minutes in zip(keys, shares["minutes"].tolist(), strict=True):
        days, pay = model.VisitDays[home, site, group], problem.post[home, group].pay_mad_per_year
        road_hours = 2.0 * minutes / MINUTES_PER_HOUR * shared.working_days_per_year * part
        draft.posts.add((home, group), -part, days)
        draft.posts.add((site, group), part, days)
        draft.hours_used.add((site, group), road_hours, days)
        draft.cost("pay", home, -part * pay, days)
        draft.cost("pay", site, part * pay, days)
        draft.aims.add("disruption", part, days)
        lent.add((home, group), part, days)
    _visits_of_group(draft, lent)


def _visits_of_group(draft: Draft, lent: Ledger) -> None:
    """VisitDays x fraction over sites <= largest_share x posts today, for each home and group (FTE)."""
    share = draft.problem.options.shared_posts.largest_share
    draft.model.Visits_Of_Group = pyo.Constraint(
        pyo.Set(initialize=lent.rows, dimen=2),
        rule=lambda _, f, g: (None, lent.total((f, g)), share * draft.problem.post[f, g].remaining),
    )
