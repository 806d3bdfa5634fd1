"""Staff of a region by group: national totals brought to the region, and the part outside the groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from facts import Facts, numbers


@dataclass(frozen=True)
class StaffTotals:
    """Persons of a region, before they are shared over facilities.

    Attributes
    ----------
    generalists : float
        Public generalists, persons.
    specialists : float
        Public specialists, persons; professors and residents are counted in.
    paramedical : dict
        Persons by staff group: nurse, midwife, anaesthesia_nurse, laboratory_technician, radiology_technician.
    paramedical_share : float
        Part of all paramedical staff who belong to these groups, 0 to 1.
    specialist_shares : dict
        Part of all specialists by staff group; their sum is less than 1.
    """

    generalists: float
    specialists: float
    paramedical: dict[str, float]
    paramedical_share: float
    specialist_shares: dict[str, float]


def regional_totals(
    facts: Facts, settings: Mapping[str, Any], assumptions: Mapping[str, Any], population: int
) -> StaffTotals:
    """Bring the national totals to the region.

    Generalists and paramedical staff: national total x the region's part of the population. Doctors: the
    region's own figure, where the generalists are taken off to leave the specialists.

    Parameters
    ----------
    facts : Facts
    settings : mapping
        The region's ``posts`` settings; uses ``doctors``.
    assumptions : mapping
        ``posts.yaml``; uses ``national``, ``specialist_groups``, ``other_paramedical_groups``.
    population : int
        Persons of the region, 2024.

    Returns
    -------
    StaffTotals
    """
    nation = numbers(facts.table(assumptions["national_population_table"]), "population_2024").sum()
    part = population / float(nation)
    national = {key: facts.value(value) for key, value in assumptions["national"].items()}
    generalists = national["generalists"] * part
    others = national["paramedical"] - national["polyvalent_nurses"] - national["midwives"]
    paramedical = {group: others * share * part for group, share in assumptions["other_paramedical_groups"].items()}
    paramedical["nurse"] += national["polyvalent_nurses"] * part
    paramedical["midwife"] = national["midwives"] * part
    return StaffTotals(
        generalists=generalists,
        specialists=facts.value(settings["doctors"]) - generalists,
        paramedical=paramedical,
        paramedical_share=sum(paramedical.values()) / (national["paramedical"] * part),
        specialist_shares=dict(assumptions["specialist_groups"]),
    )
