"""Recruitment: new posts within a budget, dearer where it is hard to staff.

Decision: Recruit (full-time equivalents). Equations: Recruitment_Budget, Recruits_Of_Group.
"""

from __future__ import annotations

import pyomo.environ as pyo

from territory.allocation.draft import Draft, Ledger


def add(draft: Draft) -> None:
    """Let posts be filled from outside; write the budget and the limits of each group."""
    model, problem = draft.model, draft.problem
    options = problem.options.recruitment
    model.RECRUITED = pyo.Set(initialize=[key for key, post in problem.post.items() if post.may_recruit], dimen=2)
    model.Recruit = pyo.Var(model.RECRUITED, within=pyo.NonNegativeReals)
    if not len(model.RECRUITED):
        return
    incentive = options.hard_to_staff.incentive_mad_per_year if options.hard_to_staff else None
    spent, of_group = Ledger(), Ledger()
    for key in model.RECRUITED:
        post, recruit = problem.post[key], model.Recruit[key]
        extra = incentive or 0.0 if post.hard else 0.0
        draft.posts.add(key, 1.0, recruit)
        draft.cost("pay", key[0], post.pay_mad_per_year, recruit)
        if extra > 0:
            draft.cost("incentives", key[0], extra, recruit)
        draft.aims.add("disruption", 1.0, recruit)
        spent.add("all", post.pay_mad_per_year + extra, recruit)
        of_group.add(key[1], 1.0, recruit)
    _recruitment_budget(draft, spent)
    _recruits_of_group(draft, of_group)


def _recruitment_budget(draft: Draft, spent: Ledger) -> None:
    """Recruit x (pay + incentive) over all posts <= budget (MAD a year)."""
    budget = draft.limit("Recruitment_Budget", lambda problem, _: problem.options.recruitment.budget_mad_per_year)
    draft.model.Recruitment_Budget = pyo.Constraint(expr=(None, spent.total("all"), budget(None)))


def _recruits_of_group(draft: Draft, of_group: Ledger) -> None:
    """Recruit over facilities <= largest_posts[g], for each staff group that has a limit (full-time equivalents)."""
    groups = [group for group in draft.problem.options.recruitment.largest_posts if group in of_group]
    most = draft.limit(
        "Recruits_Of_Group", lambda problem, group: float(problem.options.recruitment.largest_posts[group])
    )
    draft.model.Recruits_Of_Group = pyo.Constraint(
        groups, rule=lambda _, group: (None, of_group.total(group), most(group))
    )
