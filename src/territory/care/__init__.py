"""The care catalogue, told once for both engines."""

from territory.care.catalogue import Activity, Care, Figure, Level, Name, Pathway, Rate, Remote, StaffGroup, Step, Task
from territory.care.files import figures, find_care, read_care

__all__ = [
    "Activity",
    "Care",
    "Figure",
    "Level",
    "Name",
    "Pathway",
    "Rate",
    "Remote",
    "StaffGroup",
    "Step",
    "Task",
    "figures",
    "find_care",
    "read_care",
]
