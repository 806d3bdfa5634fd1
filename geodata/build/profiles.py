"""Which staff groups work at which hospital."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd


def hospital_profiles(
    settings: Mapping[str, Any], assumptions: Mapping[str, Any], facilities: pd.DataFrame
) -> dict[str, Mapping[str, float]]:
    """Return each hospital's profile: which groups work there, and how strongly each is drawn to its beds.

    Its own where the settings name one, else, at a university hospital, that of the first of the settings' words its
    name holds, else that of its level.
    """
    words = settings.get("profile_words", [])
    answer = {}
    for row in facilities.itertuples(index=False):
        name = assumptions["level_profiles"].get(row.level)
        if row.level == "CHU" and words:
            found = (rule["profile"] for rule in words if rule["word"] in str(row.name).lower())
            name = next(found, settings["university_profile"])
        name = settings["profiles"].get(row.facility_id, name)
        if name is not None:
            answer[str(row.facility_id)] = assumptions["profiles"][name]
    return answer


def groups_with_a_place(
    settings: Mapping[str, Any], assumptions: Mapping[str, Any], facilities: pd.DataFrame
) -> set[str]:
    """Return the staff groups that some facility of the region has a place for."""
    profiles = hospital_profiles(settings, assumptions, facilities).values()
    centres = (assumptions["support"].get(level, {}) for level in facilities["level"])
    return {"generalist", "nurse", "midwife"}.union(*profiles, *centres)
