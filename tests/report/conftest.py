"""A run small enough to check by hand: two provinces, three zones, three facilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from counted import visits_of

from territory.report import RunData
from territory.tables import RUN_TABLES

UNMET = "acts a year, weighted by severity"
TRAVEL = "minutes a year, one way"
HOSTILE = "Bir <script>alert(1)</script> & Fils"

_ROWS: dict[str, list[tuple[Any, ...]]] = {
    "zones": [
        ("z1", "Fès-Nord", "Fès", "arrondissement", 600_000, -5.0, 34.05),
        ("z2", HOSTILE, "Taza", "rural_commune", 12_345, -4.0, 34.2),
        ("z3", "Aknoul", "Taza", "rural_commune", 4_000, -3.9, 34.6),
    ],
    "facilities": [
        ("F-1", "CHP Ghassani", "CHP", "public", "z1", "Fès", 300.0, True, -5.01, 34.04),
        ("F-2", "Centre =1+1", "CSR1", "public", "z2", "Taza", None, None, -4.01, 34.21),
        ("F-3", "Clinique Atlas", "CLINIC", "private", "z1", "Fès", 40.0, None, -5.02, 34.03),
    ],
    "travel_times": [
        ("z1", "F-1", 5.0, 3.0),
        ("z2", "F-2", 8.0, 4.0),
        ("z2", "F-1", 95.0, 110.0),
        ("z3", "F-2", 50.0, 45.0),
    ],
    "demand": [("z1", "visit", 9_000.0), ("z2", "visit", 800.0), ("z3", "visit", 200.0), ("z2", "stay", 100.0)],
    "visits": [
        ("z1", "F-1", "visit", "in_person", 9_000.0, 5.0),
        ("z2", "F-2", "visit", "in_person", 500.0, 8.0),
        ("z2", "F-2", "visit", "telemedicine", 200.0, 8.0),
        ("z2", "F-1", "stay", "in_person", 100.0, 95.0),
        ("z3", "F-2", "visit", "in_person", 50.0, 50.0),
    ],
    "unmet": [("z2", "visit", 100.0), ("z3", "visit", 150.0)],
    "posts": [
        ("F-1", "doctor", 10.0, 9.0, 12_000.0, 9_000.0),
        ("F-2", "doctor", 1.0, 2.5, 1_500.0, 1_500.0),
        ("F-2", "nurse", 2.0, 2.0, 3_000.0, 900.0),
    ],
    "moves": [("F-1", "F-2", "doctor", 1.0, "moved"), (None, "F-2", "doctor", 0.5, "recruited")],
    "activities": [("F-1", "visit", True, True, None, 9_000.0)],
    "shadow_prices": [
        (
            "Staff_Hours",
            "F-2, doctor",
            "full-time post",
            812.4,
            UNMET,
            0.25,
            700.6,
            "visit",
            640.0,
            "One more doctor at F-2.",
        ),
        ("Bed_Days", "F-1", "bed", 31.0, UNMET, 4.0, 31.0, None, None, "One more bed at F-1."),
        (
            "Staff_Hours",
            "F-1, doctor",
            "full-time post",
            90_000.0,
            TRAVEL,
            0.1,
            None,
            None,
            None,
            "One more doctor at F-1.",
        ),
    ],
    "costs": [("pay", "F-1", 2_400_000.0, 2_160_000.0), ("pay", "F-2", 600_000.0, 960_000.0)],
    "support": [],
    "rounds": [],
    "staffing_need": [
        ("F-1", "doctor", 9_000.0, 6.0, 10.0, 9.0, 4.0, 3.0, 10 / 6, 1.5),
        ("F-2", "doctor", 4_500.0, 3.0, 1.0, 2.5, -2.0, -0.5, 1 / 3, 2.5 / 3),
        ("F-2", "nurse", 4_000.0, 4.0, 2.0, 2.0, -2.0, -2.0, 0.5, 0.5),
    ],
    "journeys": [
        (
            patient,
            replication,
            "illness",
            "z1",
            0,
            "visit",
            "F-1",
            "in_person",
            priority,
            15.0,
            started,
            ended,
            5.0,
            3.0,
            outcome,
        )
        for replication in (0, 1)
        for patient, priority, started, ended, outcome in (
            (0, 1, 15.0 + 30 / 1440, 15.1, "done"),
            (1, 1, None, None, "turned_away"),
            (2, 11, 15.0, 15.1, "done"),
        )
    ],
    "accounts": [],
    "indicators": [
        ("unmet_share", "region", 0.02475, None, None, "share", "down"),
        ("unmet_share", "province:Taza", 0.22727, None, None, "share", "down"),
        ("travel_minutes_mean", "region", 6.3, None, None, "minutes", "down"),
        ("people_within_30_minutes_hospital", "region", 0.9735, None, None, "share", "up"),
        ("nearest_minutes_hospital", "zone:z3", 140.0, None, None, "minutes", "down"),
        ("wait_minutes_walk_in", "region", 30.0, 26.5, 33.5, "minutes", "down"),
        ("wait_minutes_walk_in_visit", "region", 30.0, 26.5, 33.5, "minutes", "down"),
        ("wait_days_appointment", "region", 41.5, 39.0, 44.0, "days", "down"),
        ("share_turned_away", "region", 0.5, 0.41, 0.59, "share", "down"),
        ("share_turned_away_visit", "region", 0.5, 0.41, 0.59, "share", "down"),
    ],
    "access": [
        *(
            ("access_gaussian_doctor", where, before, after, "FTE per 1,000 people", "up")
            for where, before, after in [
                ("region", 0.018, 0.0187),
                ("zone:z1", 0.017, 0.015),
                ("zone:z2", 0.08, 0.2),
                ("zone:z3", 0.0, 0.0),
            ]
        ),
        ("access_gini_doctor", "region", 0.0721, 0.0612, "0 to 1", "down"),
        ("nearest_minutes_CHP", "region", 8.0, 8.0, "minutes", "down"),
    ],
}


SIMULATED: dict[str, list[tuple[Any, ...]]] = {
    "simulated_classes": [],
    "simulated_episodes": [(r, "z1", "illness", 2, 2, 0.02, 1, 1, 0.1, 3, 15.0, 9.0) for r in (0, 1)],
    "simulated_stations": [(r, "F-1", "doctor", 2, 4.0, 80.0, 1.0) for r in (0, 1)],
    "simulated_hours": [("F-1", "doctor", hour, 9.0, 1.0, 0.5) for hour in (9, 10, 33)],
    "simulated_months": [(1, "F-1", "doctor", 4.0, 0.1)],
    "simulated_seasons": [(1, "illness", "visit", True, 2.0, 0.02)],
}


def named(fr: str, en: str, ar: str) -> dict[str, str]:
    return {"fr": fr, "en": en, "ar": ar}


def manifest() -> dict[str, Any]:
    return {
        "status": "finished",
        "name": "today",
        "title": named("Aujourd'hui", "Today", "اليوم"),
        "description": named("Le personnel d'aujourd'hui.", "Today's staff.", "موظفو اليوم."),
        "territory": {"id": "tiny", "name": named("Petite région", "Tiny region", "جهة صغيرة")},
        "scenario": {
            "name": "today",
            "title": {},
            "allocation": {
                "sectors": ["public"],
                "largest_workload": 1.0,
                "mobility": {"within": "region", "largest_share": 0.2},
            },
            "simulation": {"seed": 7, "replications": 2, "warm_up_days": 14, "days": 14},
        },
        "overrides": ["allocation.mobility.within: none -> region"],
        "seed": 7,
        "versions": {"territory": "0.1.0", "pandas": "3.1.1"},
        "seconds": {"read": 0.5},
        "aims": [
            {
                "name": "Unmet_Need",
                "unit": "acts a year, weighted by severity",
                "value": 250.0,
                "proven": True,
                "gap": 0.0,
            }
        ],
        "tasks": {"visit": ["doctor"], "stay": ["doctor"]},
        "labels": {
            "support_functions": {"laboratory": named("Laboratoire", "Laboratory", "المختبر")},
            "support_units": {"laboratory": named("demande", "request", "طلب")},
            "activities": {"visit": named("Consultation", "Visit", "فحص"), "stay": named("Séjour", "Stay", "استشفاء")},
            "staff_groups": {"doctor": named("Médecin", "Doctor", "طبيب")},
            "levels": {"CHP": named("Hôpital provincial", "Provincial hospital", "مستشفى إقليمي")},
            "provinces": {"Fès": named("Fès", "Fez", "فاس"), "Taza": named("Taza", "Taza", "تازة")},
        },
        "sources": [
            {
                "key": "hcp",
                "title": "RGPH 2024",
                "publisher": "HCP",
                "year": 2024,
                "licence": "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/",
                "attribution": "HCP, RGPH 2024",
                "note": None,
            }
        ],
        "provenance": [
            {
                "input": "posts",
                "quantity": "full-time equivalents",
                "official": 0.2,
                "osm": 0.0,
                "geonames": 0.0,
                "estimated": 0.8,
            },
            {
                "input": "beds",
                "quantity": "beds",
                "official": float("nan"),
                "osm": 0.0,
                "geonames": 0.0,
                "estimated": 0.0,
            },
        ],
        "journeys_window": {"from_day": 14.0, "to_day": 28.0, "replications": 2},
        "simulated": [
            {"indicator": "wait_minutes_walk_in", "where": "region", "replication": number, "value": value}
            for number, value in ((0, 29.0), (1, 31.0))
        ],
    }


def table(name: str) -> pd.DataFrame:
    schema = RUN_TABLES[name]
    if name == "simulated_visits":
        return visits_of(table("journeys"), to_day=28.0)
    return schema.check(pd.DataFrame((_ROWS | SIMULATED)[name], columns=schema.names))


@pytest.fixture
def run() -> RunData:
    outlines: Mapping[str, tuple[tuple[tuple[float, float], ...], ...]] = {
        "Fès": (((-5.2, 33.9), (-4.8, 33.9), (-4.8, 34.2), (-5.2, 34.2), (-5.2, 33.9)),),
        "Taza": (
            ((-4.3, 34.0), (-3.7, 34.0), (-3.7, 34.8), (-4.3, 34.0)),
            ((-3.5, 34.0), (-3.4, 34.0), (-3.4, 34.1), (-3.5, 34.0)),
        ),
    }
    return RunData(manifest=manifest(), tables={name: table(name) for name in RUN_TABLES}, outlines=outlines)


@pytest.fixture
def empty_run(run: RunData) -> RunData:
    """The same run when nothing was moved, priced, simulated or measured."""
    left = ("moves", "journeys", "shadow_prices", "indicators", "unmet", "posts", "visits", "activities")
    left += ("costs", "staffing_need", *SIMULATED, "simulated_visits")
    tables = {**run.tables, **{name: RUN_TABLES[name].empty() for name in left}}
    return replace(run, manifest={"name": "bare"}, tables=tables, outlines={})


def with_tables(run: RunData, **rows: list[tuple[Any, ...]]) -> RunData:
    """Return the run with other rows in some tables."""
    made = {
        name: RUN_TABLES[name].check(pd.DataFrame(found, columns=RUN_TABLES[name].names))
        for name, found in rows.items()
    }
    return replace(run, tables={**run.tables, **made})


@pytest.fixture
def full_run(run: RunData) -> RunData:
    """The same run with every lever used."""
    levers = {
        "sectors": ["public"],
        "far_minutes": 60.0,
        "mobility": {"within": "basins", "largest_share": 0.2},
        "shared_posts": {"groups": ["doctor"], "within_minutes": 45.0},
        "recruitment": {
            "budget_mad_per_year": 3e6,
            "hard_to_staff": {"kinds": ["rural_commune"], "incentive_mad_per_year": 30_000.0},
        },
        "departures": {"shares": {"nurse": 0.05}},
        "closures": {"facilities": ["F-4"], "activities": {"F-1": ["stay"]}},
        "activity_transfer": {"activities": ["visit"], "facilities": ["F-4"]},
        "pooled_functions": {"functions": ["laboratory"]},
        "telemedicine": {"activities": ["visit"]},
        "mobile_units": {"units": {"van": {}}},
        "contracting": {"activities": {"stay": {}}, "budget_mad_per_year": 1e6},
        "overload": {"steps": [{"share": 0.1, "price": 1.25}]},
        "budgets": {"region_mad_per_year": 10e6, "facilities_mad_per_year": {"F-1": 4_000_000.0, "F-2": 5e6}},
        "equity": {"largest_unmet_share": 0.1, "of": "zone", "fully_served": ["stay"]},
        "aim_weights": {"unmet": 1.0},
    }
    investments = {
        "facilities": [{"name": HOSTILE, "beds": 45.0, "cost_mad": 110e6}],
        "added_beds": {"F-1": 15.0},
        "cost_mad": 80e6,
    }
    changed = with_tables(
        run,
        facilities=[
            *_ROWS["facilities"],
            ("F-4", "Dispensaire Ain", "DR", "public", "z3", "Taza", None, None, -3.9, 34.6),
        ],
        visits=[
            *_ROWS["visits"],
            ("z1", "F-3", "stay", "contracted", 40.0, 6.0),
            ("z3", "F-2", "visit", "mobile", 120.0, 15.0),
        ],
        posts=[
            *_ROWS["posts"],
            ("F-4", "doctor", 1.0, 0.0, 0.0, 0.0),
        ],
        moves=[
            ("F-1", "F-2", "doctor", 1.0, "moved"),
            ("F-1", "F-2", "doctor", 0.4, "shared"),
            (None, "F-2", "doctor", 0.5, "recruited"),
            ("F-2", None, "nurse", 0.1, "departed"),
            ("F-4", None, "doctor", 1.0, "unfilled"),
        ],
        activities=[
            ("F-1", "visit", True, True, None, 9_000.0),
            ("F-1", "stay", True, False, None, 0.0),
            ("F-2", "visit", False, True, None, 550.0),
            ("F-2", "stay", False, True, None, 0.0),
            ("F-4", "visit", True, False, None, 0.0),
        ],
        costs=[
            ("pay", "F-1", 2_400_000.0, 2_160_000.0),
            ("pay", "F-2", 600_000.0, 960_000.0),
            ("moves", "F-1", 0.0, 5_000.0),
            ("incentives", "F-2", 0.0, 15_000.0),
            ("overload", "F-2", 0.0, 20_000.0),
            ("contracts", "F-3", 0.0, 250_000.0),
            ("telemedicine", "F-2", 0.0, 20_000.0),
            ("mobile_units", "F-1", 0.0, 300_000.0),
            ("support_functions", "F-1", 900_000.0, 1_000_000.0),
            ("support_functions", "F-2", 700_000.0, 0.0),
            ("transitions", "F-2", 0.0, 50_000.0),
        ],
        support=[
            ("laboratory", "F-1", "F-1", "hospital", 3_000.0, 0.0),
            ("laboratory", "F-2", "F-1", "hospital", 1_000.0, 110.0),
        ],
        rounds=[("van", "z3", 3, 45.0), ("van", "z2", 1, 110.0)],
        indicators=[*_ROWS["indicators"], ("overload_hours", "region", 130.0, None, None, "hours a year", "down")],
    )
    scenario = {**run.manifest["scenario"], "allocation": levers, "investments": investments}
    return replace(changed, manifest={**run.manifest, "name": "full", "scenario": scenario})
