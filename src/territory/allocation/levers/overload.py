"""Overload: hours above the norm, at a price that rises from step to step.

Decision: Overload[facility, staff group, step] (hours a year). Equations: Overload_Step, Overload_Budget.
"""

from __future__ import annotations

import pyomo.environ as pyo

from territory.allocation.draft import Draft, Ledger, linear
from territory.allocation.problem import Problem


def add(draft: Draft) -> None:
    """Let people work longer than the norm, each step dearer than the one before."""
    model, problem = draft.model, draft.problem
    overload = problem.options.overload
    if not overload.steps:
        return
    keys = [
        (facility, group, step)
        for (facility, group), post in problem.post.items()
        if (not overload.groups or group in overload.groups)
        and (post.remaining > 0 or (facility, group) in draft.posts)
        for step in range(len(overload.steps))
    ]
    model.OVERLOADS = pyo.Set(initialize=keys, dimen=3)
    model.Overload = pyo.Var(model.OVERLOADS, within=pyo.NonNegativeReals)
    spent = Ledger()
    for facility, group, step in keys:
        post = problem.post[facility, group]
        hours = model.Overload[facility, group, step]
        mad_per_hour = overload.steps[step].price * post.pay_mad_per_year / post.hours_per_year
        draft.extra_hours.add((facility, group), 1.0, hours)
        draft.cost("overload", facility, mad_per_hour, hours)
        spent.add("all", mad_per_hour, hours)
    _overload_step(draft)
    if overload.budget_mad_per_year is not None:
        # overload x its price <= budget (MAD a year)
        budget = draft.limit("Overload_Budget", lambda own, _: float(own.options.overload.budget_mad_per_year or 0.0))
        model.Overload_Budget = pyo.Constraint(expr=(None, spent.total("all"), budget(None)))


def _overload_step(draft: Draft) -> None:
    """Overload[f, g, s] <= share[s] x hours_per_year[g] x posts after (hours a year)."""
    steps = draft.problem.options.overload.steps

    def of_posts(problem: Problem, key: tuple[str, str, int]) -> float:
        post = problem.post[key[:2]]
        return float(steps[key[2]].share * post.hours_per_year * post.remaining)

    most = draft.limit("Overload_Step", of_posts)

    def rule(model: pyo.ConcreteModel, facility: str, group: str, step: int) -> object:
        post = draft.problem.post[facility, group]
        hours_per_fte = steps[step].share * post.hours_per_year
        changes = draft.posts.terms((facility, group), -hours_per_fte)
        return None, linear([(1.0, model.Overload[facility, group, step]), *changes]), most((facility, group, step))

    draft.model.Overload_Step = pyo.Constraint(draft.model.OVERLOADS, rule=rule)
