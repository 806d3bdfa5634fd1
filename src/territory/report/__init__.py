"""How do we show it? The page, the workbook and the layers of a run, in French, English and Arabic."""

from territory.report import plots
from territory.report.against import comparison_sentences
from territory.report.comparison import write_comparison
from territory.report.data import Outlines, RunData
from territory.report.layers import read_outlines, write_layers
from territory.report.page import write_page
from territory.report.sites import write_sites_page
from territory.report.sweep_data import SweepData
from territory.report.sweep_page import write_sweep_page, write_sweep_workbook
from territory.report.words import LANGUAGES, territory_notes
from territory.report.workbook import write_workbook

__all__ = [
    "LANGUAGES",
    "Outlines",
    "RunData",
    "SweepData",
    "comparison_sentences",
    "plots",
    "read_outlines",
    "territory_notes",
    "write_comparison",
    "write_layers",
    "write_page",
    "write_sites_page",
    "write_sweep_page",
    "write_sweep_workbook",
    "write_workbook",
]
