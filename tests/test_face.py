"""The public face holds exactly the names it says, and loads nothing heavy by itself."""

from __future__ import annotations

import subprocess
import sys

import territory


def test_the_face_is_this_list() -> None:
    assert territory.__all__ == sorted(territory.__all__)
    assert set(territory.__all__) == {
        "Demand",
        "Fault",
        "Journeys",
        "NoFeasiblePlan",
        "Plan",
        "Region",
        "Run",
        "Swept",
        "TerritoryError",
        "TravelTimes",
        "access",
        "access_between",
        "accounts",
        "allocate",
        "allocation",
        "check_scenario",
        "compare",
        "estimate_demand",
        "frontier",
        "indicators",
        "isochrones",
        "load_run",
        "load_scenario",
        "load_sweep",
        "plot_frontier",
        "read_care",
        "read_region",
        "run_study",
        "simulate",
        "simulation",
        "siting",
        "snapped_points",
        "staffing_need",
        "sweep",
        "travel_times",
        "write_region",
    }
    assert all(getattr(territory, name) is not None for name in territory.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(territory, "optimise")


def test_help_loads_no_solver() -> None:
    code = (
        "import sys, territory, territory.cli\n"
        "try: territory.cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'pyomo', 'highspy', 'simpy', 'geopandas', 'pandas', 'plotly'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
