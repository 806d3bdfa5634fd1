"""Staff of a region by group: its own totals or the nation's brought to it, and the part outside the groups."""

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
    """Set the totals of the region.

    Where the settings tell its ``totals``, these; else, for generalists and paramedical staff, national total x the
    region's part of the population, and for doctors the region's own figure. Generalists are taken off the doctors to
    leave the specialists.

    Parameters
    ----------
    facts : Facts
    settings : mapping
        The region's ``posts`` settings; uses ``totals`` (doctors, generalists, paramedical, polyvalent_nurses,
        midwives), or else ``doctors``.
    assumptions : mapping
        ``posts.yaml``; uses ``national``, ``specialist_groups``, ``other_paramedical_groups``.
    population : int
        Persons of the region, 2024.

    Returns
    -------
    StaffTotals
    """
    if "totals" in settings:
        staff, part = settings["totals"], 1.0
    else:
        nation = numbers(facts.table(assumptions["national_population_table"]), "population_2024").sum()
        staff = {key: facts.value(value) for key, value in assumptions["national"].items()}
        part = population / float(nation)
    doctors = staff["doctors"] if "doctors" in staff else facts.value(settings["doctors"])
    generalists = staff["generalists"] * part
    others = staff["paramedical"] - staff["polyvalent_nurses"] - staff["midwives"]
    paramedical = {group: others * share * part for group, share in assumptions["other_paramedical_groups"].items()}
    paramedical["nurse"] += staff["polyvalent_nurses"] * part
    paramedical["midwife"] = staff["midwives"] * part
    return StaffTotals(
        generalists=generalists,
        specialists=doctors - generalists,
        paramedical=paramedical,
        paramedical_share=sum(paramedical.values()) / (staff["paramedical"] * part),
        specialist_shares=dict(assumptions["specialist_groups"]),
    )
