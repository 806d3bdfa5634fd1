"""What one more unit of a limit would bring to the first aim, told as a sentence."""

from __future__ import annotations

import pandas as pd

from territory.allocation.problem import DAYS_PER_YEAR, Problem
from territory.allocation.solver import Solution

_LEAST_PRICE = 1e-6
_MILLION = 1e6
_PRICE_UNIT = "acts a year, weighted by severity"


def shadow_prices(problem: Problem, solution: Solution) -> pd.DataFrame:
    """Return the prices of the limits a planner can change, the highest first.

    The price of a limit is the dual value of its equation in the first aim, for one full-time post, one bed, or one
    million dirhams a year. It holds for small changes of one limit with all others as they are.
    """
    rows = [
        *_of_posts(problem, solution),
        *_of_beds(problem, solution),
        *_of_budget(solution),
    ]
    columns = ["limit", "where", "unit", "price", "price_unit", "sentence"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(["price", "where"], ascending=[False, True], ignore_index=True, kind="stable")


def _of_posts(problem: Problem, solution: Solution) -> list[tuple[str, str, str, float, str, str]]:
    names = {group.id: group.name.en for group in problem.care.staff_groups}
    rows = []
    for post in problem.posts.itertuples():
        price = solution.duals.get(("Staff_Hours", (post.facility_id, post.staff_group)), 0.0)
        per_post = price * problem.options.largest_workload * post.hours_per_year
        if per_post > _LEAST_PRICE and post.open:
            place = problem.names[post.facility_id]
            sentence = _told(f"One more {names[post.staff_group].lower()} at {place}", per_post)
            where = f"{post.facility_id}, {post.staff_group}"
            rows.append(("Staff_Hours", where, "full-time post", per_post, _PRICE_UNIT, sentence))
    return rows


def _of_beds(problem: Problem, solution: Solution) -> list[tuple[str, str, str, float, str, str]]:
    rows = []
    for bed in problem.beds.itertuples():
        per_day = solution.duals.get(("Bed_Days", bed.facility_id), 0.0)
        per_bed = per_day * DAYS_PER_YEAR * problem.options.largest_bed_occupancy
        if per_bed > _LEAST_PRICE:
            place = problem.names[bed.facility_id]
            sentence = _told(f"One more bed at {place}", per_bed)
            rows.append(("Bed_Days", bed.facility_id, "bed", per_bed, _PRICE_UNIT, sentence))
    return rows


def _of_budget(solution: Solution) -> list[tuple[str, str, str, float, str, str]]:
    per_million = solution.duals.get(("Recruitment_Budget", None), 0.0) * _MILLION
    if per_million <= _LEAST_PRICE:
        return []
    sentence = _told("One million dirhams a year more for recruits", per_million)
    return [("Recruitment_Budget", "region", "million MAD a year", per_million, _PRICE_UNIT, sentence)]


def _told(cause: str, price: float) -> str:
    return f"{cause} serves {price:,.0f} more {_PRICE_UNIT}."
