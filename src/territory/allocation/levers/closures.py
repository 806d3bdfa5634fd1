"""Closures that the scenario states: everybody leaves, by moving in the basin or by losing the post.

Decision: Unfilled (full-time equivalents). Equation: Closed_Posts.
"""

from __future__ import annotations

import pyomo.environ as pyo

from territory.allocation.draft import Draft, linear


def add(draft: Draft) -> None:
    """Empty the posts of closed facilities; those of facilities that may close are the transfer's to empty."""
    model, problem = draft.model, draft.problem
    losing = [key for key, post in problem.post.items() if post.may_close and post.remaining > 0]
    model.UNFILLED = pyo.Set(initialize=losing, dimen=2)
    model.Unfilled = pyo.Var(model.UNFILLED, within=pyo.NonNegativeReals)
    for key in losing:
        draft.posts.add(key, -1.0, model.Unfilled[key])
        draft.cost("pay", key[0], -problem.post[key].pay_mad_per_year, model.Unfilled[key])
        # a post lost weighs more than a post moved, so that nobody is left over who could go elsewhere
        draft.aims.add("disruption", 2.0, model.Unfilled[key])
    _closed_posts(draft)


def _closed_posts(draft: Draft) -> None:
    """Leave[f, g] + Unfilled[f, g] = posts today, where the facility closes (full-time equivalents)."""
    leaving = draft.limit("Closed_Posts", lambda problem, key: float(problem.post[key].remaining))

    def rule(model: pyo.ConcreteModel, facility: str, group: str) -> object:
        post = draft.problem.post[facility, group]
        if post.open:
            return pyo.Constraint.Skip
        gone = [(1.0, part[facility, group]) for part in (model.Leave, model.Unfilled) if (facility, group) in part]
        return leaving((facility, group)), linear(gone), leaving((facility, group))

    draft.model.Closed_Posts = pyo.Constraint(draft.model.UNFILLED, rule=rule)
