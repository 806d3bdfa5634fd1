"""Posts of hospitals: what is published of each, peers' staff per bed for the others, then groups by margins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from apportion import fit_margins
from facts import BuildError, Facts

BROAD = ("generalists", "specialists", "paramedical")
RATIO_METHODS = ("peer_ratio", "model_ratio")
# Posts by which a hospital may miss its total: half of the 0.1 that is kept in the end.
LARGEST_MISS = 0.05


@dataclass(frozen=True)
class Block:
    """Hospitals whose staff is known, or estimated, as one sum.

    Attributes
    ----------
    facilities : tuple of str
    site_weights : dict
        Facility to its weight inside the block; beds unless the settings say otherwise.
    persons : dict
        ``generalists``, ``specialists``, ``paramedical``.
    methods : dict
        For each of the three: ``observed_total``, ``model_hospital``, ``peer_ratio`` or ``model_ratio``; with
        ``_scaled`` where the region has fewer than the ratio asks for.
    """

    facilities: tuple[str, ...]
    site_weights: dict[str, float]
    persons: dict[str, float]
    methods: dict[str, str]


def hospital_blocks(
    facts: Facts, settings: Mapping[str, Any], assumptions: Mapping[str, Any], facilities: pd.DataFrame
) -> list[Block]:
    """Set the broad staff of every public hospital.

    Parameters
    ----------
    facts : Facts
    settings : mapping
        The region's ``posts`` settings; uses ``blocks`` and ``proximity_model``. With ``university_ratios`` the sites
        of university hospitals are one block, and the other hospitals without figures another: only the sum of an
        estimate by beds is then held.
    assumptions : mapping
        ``posts.yaml``; uses ``peers`` and ``level_profiles``.
    facilities : DataFrame
        With ``facility_id``, ``level``, ``beds``.
    """
    hospitals = facilities[facilities["level"].isin(assumptions["level_profiles"])].set_index("facility_id")
    beds = {str(key): float(count) for key, count in hospitals["beds"].items()}
    ratios = _peer_ratios(facts, assumptions["peers"])
    blocks = [_declared_block(facts, rule, beds, ratios) for rule in settings["blocks"]]
    done = {site for block in blocks for site in block.facilities}
    model = _proximity_persons(facts, settings["proximity_model"], blocks)
    together = "university_ratios" in settings
    rest: dict[str, list[str]] = {}
    for site in hospitals.index:
        level = hospitals.loc[site, "level"]
        if site in done:
            continue
        if level == "HPr" and model is not None:
            blocks.append(Block((site,), {site: 1.0}, dict(model), dict.fromkeys(BROAD, "model_hospital")))
        elif together:
            rest.setdefault("CHU" if level == "CHU" else "other", []).append(site)
        else:
            blocks.append(_ratio_block([site], {site: 1.0}, beds, ratios, "peer_ratio"))
    if "CHU" in rest:
        university = {key: facts.value(settings["university_ratios"][key]) for key in BROAD}
        blocks.append(_ratio_block(rest["CHU"], beds, beds, university, "model_ratio"))
    if "other" in rest:
        blocks.append(_ratio_block(rest["other"], beds, beds, ratios, "peer_ratio"))
    return blocks


def within_limits(blocks: list[Block], available: Mapping[str, float]) -> list[Block]:
    """Scale estimates by beds down where hospitals would hold more than the region has for them.

    Parameters
    ----------
    blocks : list of Block
    available : mapping
        Persons that hospitals may hold, for each of the three broad groups.
    """
    for key in BROAD:
        # A hôpital de proximité keeps its small team.
        scaled = [block.methods[key] in RATIO_METHODS for block in blocks]
        held = sum(block.persons[key] for block, may in zip(blocks, scaled, strict=True) if may)
        fixed = sum(block.persons[key] for block in blocks) - held
        if fixed + held <= available[key]:
            continue
        if available[key] <= fixed:
            raise BuildError(f"Small hospitals hold {fixed:.0f} {key}, all hospitals may hold {available[key]:.0f}.")
        factor = (available[key] - fixed) / held
        blocks = [
            replace(
                block,
                persons={**block.persons, key: block.persons[key] * factor},
                methods={**block.methods, key: f"{block.methods[key]}_scaled"},
            )
            if may
            else block
            for block, may in zip(blocks, scaled, strict=True)
        ]
    return blocks


def _proximity_persons(facts: Facts, model: Any, blocks: list[Block]) -> dict[str, float] | None:
    """Return the staff of a small hospital without figures: of a hospital of the region, or as the settings tell."""
    if isinstance(model, Mapping):
        return {key: facts.value(model[key]) for key in BROAD}
    return next((block.persons for block in blocks if block.facilities == (model,)), None)


def _ratio_block(
    sites: list[str], weights: Mapping[str, float], beds: Mapping[str, float], ratios: Mapping[str, float], method: str
) -> Block:
    total = sum(beds[site] for site in sites)
    persons = {key: ratios[key] * total for key in BROAD}
    return Block(tuple(sites), {site: weights[site] for site in sites}, persons, dict.fromkeys(BROAD, method))


def _peer_ratios(facts: Facts, peers: list[Mapping[str, Any]]) -> dict[str, float]:
    """Return the median persons per bed of the peers, for each broad group."""
    ratios = {}
    for key in BROAD:
        ratios[key] = median(facts.value(peer[key]) / facts.value(peer["beds"]) for peer in peers if key in peer)
    return ratios


def _declared_block(
    facts: Facts, rule: Mapping[str, Any], beds: Mapping[str, float], ratios: Mapping[str, float]
) -> Block:
    absent = [site for site in rule["facilities"] if site not in beds]
    if absent:
        raise BuildError(f"The settings give staff to {', '.join(absent)}, not among the hospitals of facilities.csv.")
    persons: dict[str, float] = {}
    methods: dict[str, str] = {}
    total_beds = sum(beds[site] for site in rule["facilities"])
    for key in BROAD:
        methods[key] = "observed_total" if key in rule or (key == "generalists" and "doctors" in rule) else "peer_ratio"
        persons[key] = facts.value(rule[key]) if key in rule else ratios[key] * total_beds
    if "doctors" in rule:
        persons["generalists"] = facts.value(rule["doctors"]) - persons["specialists"]
    weights = {site: float(rule.get("site_weights", beds)[site]) for site in rule["facilities"]}
    return Block(tuple(rule["facilities"]), weights, persons, methods)


def share_groups(
    blocks: list[Block],
    broad: str,
    block_totals: Mapping[int, float],
    group_totals: Mapping[str, float],
    affinities: Mapping[str, Mapping[str, float]],
) -> pd.DataFrame:
    """Share staff groups over hospitals so that groups and blocks keep their totals.

    Parameters
    ----------
    blocks : list of Block
    broad : str
        Broad group these staff groups belong to; gives the method of the rows.
    block_totals : mapping
        Position of the block to the posts of all groups together.
    group_totals : mapping
        Staff group to its posts over all blocks; the sum equals that of `block_totals`.
    affinities : mapping
        Facility to its pull per bed by staff group.

    Returns
    -------
    DataFrame
        ``facility_id, staff_group, fte, method``.
    """
    groups = list(group_totals)
    pull = [
        np.array([[block.site_weights[site] * affinities[site].get(group, 0.0) for group in groups]
                  for site in block.facilities])
        for block in blocks
    ]  # fmt: skip
    prior = np.array([part.sum(axis=0) for part in pull])
    rows = np.array([block_totals[position] for position in range(len(blocks))])
    fitted = fit_margins(prior, rows, np.array([group_totals[group] for group in groups]))
    missed = np.abs(fitted.sum(axis=1) - rows)
    if missed.max() > LARGEST_MISS:
        names = ", ".join(blocks[int(missed.argmax())].facilities)
        raise BuildError(f"No sharing of {broad} meets the totals of {names}: {missed.max():.1f} posts off.")
    records = []
    for block, part, totals in zip(blocks, pull, fitted, strict=True):
        sums = part.sum(axis=0)
        for row, site in enumerate(block.facilities):
            for column, group in enumerate(groups):
                if part[row, column] > 0:
                    fte = totals[column] * part[row, column] / sums[column]
                    records.append((site, group, fte, block.methods[broad]))
    return pd.DataFrame(records, columns=["facility_id", "staff_group", "fte", "method"])
