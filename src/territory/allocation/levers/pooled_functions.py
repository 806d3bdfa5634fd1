"""Pooled support functions: facilities ask in proportion to their acts, sites of some size answer.

Decisions: Supply[function, facility, site] and Units[function, site, size] (units a year); Site[function, site, size]
(yes or no).
Equations: Support_Answered, Support_Done, Site_Capacity, One_Size, Most_Sites.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyomo.environ as pyo

from territory.allocation.draft import Draft, Ledger, linear
from territory.allocation.problem import Problem
from territory.allocation.solution import Solution
from territory.care import SupportFunction

_LEAST_UNITS = 1e-6  # smaller numbers are the solver's rounding
_HALF = 0.5


def add(draft: Draft) -> None:
    """Write who may do each function for whom, what it costs there, and that every facility is answered."""
    model, problem = draft.model, draft.problem
    supplies = supplies_table(problem)
    keys = list(zip(supplies["function"], supplies["facility_id"], supplies["site_facility_id"], strict=True))
    sites = list(dict.fromkeys((function, site) for function, _, site in keys))
    sized = [(f, site, size.id) for f, site in sites for size in problem.care.support_function(f).sizes]
    model.SUPPLIES = pyo.Set(initialize=keys, dimen=3)
    model.SIZED_SITES = pyo.Set(initialize=sized, dimen=3)
    model.Supply = pyo.Var(model.SUPPLIES, within=pyo.NonNegativeReals)
    model.Units = pyo.Var(model.SIZED_SITES, within=pyo.NonNegativeReals)
    model.Site = pyo.Var(model.SIZED_SITES, within=pyo.Binary)
    if not problem.options.pooled_functions.functions:
        return
    given, done = Ledger(), Ledger()
    for key, km in zip(keys, supplies["km"].tolist(), strict=True):
        function = problem.care.support_function(key[0])
        given.add(key[:2], 1.0, model.Supply[key])
        done.add((key[0], key[2]), 1.0, model.Supply[key])
        if function.mad_per_unit_km.value > 0 and km > 0:
            draft.cost("support_functions", key[2], function.mad_per_unit_km.value * km, model.Supply[key])
    _support_answered(draft, given)
    _sizes(draft, sites, done)


def supplies_table(problem: Problem) -> pd.DataFrame:
    """Return function, facility_id, site_facility_id, km: which site may do which function for which facility."""
    pooled = problem.options.pooled_functions
    columns = ["function", "facility_id", "site_facility_id", "km"]
    if not pooled.functions:
        return pd.DataFrame(columns=columns)
    facilities = problem.facilities[~problem.facilities["facility_id"].isin(problem.options.closures.facilities)]
    done = problem.arcs[problem.arcs["mode"] == "in_person"]
    parts = []
    for name in pooled.functions:
        function = problem.care.support_function(name)
        chosen = facilities["level"].isin(function.levels)
        if pooled.sites or pooled.site_levels:
            chosen &= facilities["facility_id"].isin(pooled.sites) | facilities["level"].isin(pooled.site_levels)
        table = problem.between_facilities(facilities.loc[chosen, "facility_id"])
        asking = done.loc[done["activity"].isin([need.activity for need in function.needs]), "facility_id"]
        table = table[table["facility_id"].isin(set(asking))]
        own = table["facility_id"] == table["site_facility_id"]
        table = table.assign(km=np.where(own, 0.0, table["km"]))
        if function.largest_minutes:
            table = table[own | (table["minutes"] <= function.largest_minutes.value)]
        parts.append(table.assign(function=name))
    return pd.concat(parts)[columns].sort_values(columns[:3], ignore_index=True)


def _support_answered(draft: Draft, given: Ledger) -> None:
    """Supply over sites = units per act x acts of f, for each function and facility (units a year)."""
    problem = draft.problem
    needs = {
        name: [(need.activity, need.units.value) for need in problem.care.support_function(name).needs]
        for name in problem.options.pooled_functions.functions
    }
    busy = sorted({facility for facility, _ in draft.acts.rows})
    rows = [(name, facility) for name in needs for facility in busy]

    def rule(_: pyo.ConcreteModel, name: str, facility: str) -> object:
        asked = [term for activity, units in needs[name] for term in draft.acts.terms((facility, activity), -units)]
        if not asked:
            return pyo.Constraint.Skip
        return 0.0, linear([*given.terms((name, facility)), *asked]), 0.0

    draft.model.Support_Answered = pyo.Constraint(pyo.Set(initialize=rows, dimen=2), rule=rule)


def _sizes(draft: Draft, sites: list[tuple[str, str]], done: Ledger) -> None:
    """Write the sizes of sites: what they can do, what they cost, one at each site, so many sites in all."""
    model, problem = draft.model, draft.problem
    sizes = {(f, size.id): size for f, _ in sites for size in problem.care.support_function(f).sizes}
    of_site, of_function = Ledger(), Ledger()
    for key in model.SIZED_SITES:
        name, site, size_id = key
        size = sizes[name, size_id]
        of_site.add((name, site), 1.0, model.Site[key])
        of_function.add(name, 1.0, model.Site[key])
        done.add((name, site), -1.0, model.Units[key])
        draft.cost("support_functions", site, size.fixed_mad_per_year.value, model.Site[key])
        draft.cost("support_functions", site, size.mad_per_unit.value, model.Units[key])
    pairs = pyo.Set(initialize=sites, dimen=2)
    # Supply over facilities = Units over sizes, for each function and site (units a year)
    model.Support_Done = pyo.Constraint(pairs, rule=lambda _, f, s: (0.0, done.total((f, s)), 0.0))
    # Units[f, s, size] <= largest_units[size] x Site[f, s, size] (units a year)
    model.Site_Capacity = pyo.Constraint(
        model.SIZED_SITES,
        rule=lambda m, f, s, z: (
            None,
            linear([(1.0, m.Units[f, s, z]), (-sizes[f, z].largest_units_per_year.value, m.Site[f, s, z])]),
            0.0,
        ),
    )
    # Site over sizes <= 1, and none where the facility closes
    model.One_Size = pyo.Constraint(
        pyo.Set(initialize=sites, dimen=2),
        rule=lambda m, f, s: (
            None,
            linear([*of_site.terms((f, s)), *([(1.0, m.Close[s])] if s in m.CLOSABLE else [])]),
            1.0,
        ),
    )
    # Site over sites and sizes <= most_sites[f]
    most = {
        name: float(limit) for name, limit in problem.options.pooled_functions.most_sites.items() if name in of_function
    }
    if most:
        model.Most_Sites = pyo.Constraint(sorted(most), rule=lambda _, f: (None, of_function.total(f), most[f]))


def read(draft: Draft, solution: Solution) -> pd.DataFrame:
    """Return who does which function for whom: function, facility_id, site_facility_id, size, units_per_year, km."""
    units = [solution.value(supply) for supply in draft.model.Supply.values()]
    table = supplies_table(draft.problem).assign(units_per_year=units)
    table = table[table["units_per_year"] > _LEAST_UNITS]
    sizes = {key[:2]: key[2] for key, site in draft.model.Site.items() if solution.value(site) > _HALF}
    keys = zip(table["function"], table["site_facility_id"], strict=True)
    return table.assign(size=[sizes[key] for key in keys])


def cost_apart(draft: Draft, solution: Solution) -> dict[str, float]:
    """Return, by site, what the same work costs when each facility that may do it does its own, MAD a year.

    A facility whose level may not do it sends its work to the nearest one that may.
    """
    problem = draft.problem
    costs: dict[str, float] = {}
    given = read(draft, solution)
    for name, rows in given.groupby("function", sort=True):
        function = problem.care.support_function(str(name))
        asked = rows.groupby("facility_id")["units_per_year"].sum()
        may = problem.facilities[
            problem.facilities["level"].isin(function.levels)
            & ~problem.facilities["facility_id"].isin(problem.options.closures.facilities)
        ]
        ways = problem.between_facilities(may["facility_id"])
        ways = ways[ways["facility_id"].isin(asked.index)]
        own = ways["facility_id"] == ways["site_facility_id"]
        ways = ways.assign(km=np.where(own, 0.0, ways["km"]), minutes=np.where(own, -1.0, ways["minutes"]))
        nearest = ways.sort_values(["facility_id", "minutes", "site_facility_id"]).drop_duplicates("facility_id")
        nearest = nearest.assign(units=nearest["facility_id"].map(asked))
        nearest["carriage"] = nearest["units"] * nearest["km"] * function.mad_per_unit_km.value
        for site, own_rows in nearest.groupby("site_facility_id"):
            work = float(own_rows["units"].sum())
            cost = cheapest_size(function, work) + float(own_rows["carriage"].sum())
            costs[str(site)] = costs.get(str(site), 0.0) + cost
    return costs


def cheapest_size(function: SupportFunction, units: float) -> float:
    """Return the cost of doing so many units at one site, MAD a year: the cheapest size, or several of the largest."""
    costs = [
        size.fixed_mad_per_year.value * np.ceil(units / size.largest_units_per_year.value)
        + size.mad_per_unit.value * units
        for size in function.sizes
    ]
    return float(min(costs))
