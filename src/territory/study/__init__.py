"""The whole row once: run a scenario, save and load its run folder, compare runs."""

from territory.study.comparison import compare, shares_draws
from territory.study.folder import folder_fault, load_run, write_report
from territory.study.manifest import checksums, named, rests_on
from territory.study.run import STAGES, Run, check_file, check_scenario, run_study
from territory.study.sites import SitingRun, run_siting

__all__ = [
    "STAGES",
    "Run",
    "SitingRun",
    "check_file",
    "check_scenario",
    "checksums",
    "compare",
    "folder_fault",
    "load_run",
    "named",
    "rests_on",
    "run_siting",
    "run_study",
    "shares_draws",
    "write_report",
]
