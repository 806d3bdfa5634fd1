"""How a visit stands or ended, and the kinds of events in their order within one moment."""

from __future__ import annotations

from territory.tables.vocabulary import OUTCOMES

WAITING, IN_CARE, DONE, TURNED_AWAY, GAVE_UP, DIED, NO_SHOW, FAILED = range(len(OUTCOMES))

# Within one moment: a timetable changes, a service ends, an ambulance is back, a stay ends, patience ends, a patient
# asks. So at 8:30 the door opens before those who come at 8:30 ask.
CHANGE, SERVED, BACK, STAY_OVER, LEAVE, ASK = range(6)

NEVER = -1
EIGHT_HOURS_US = 8 * 3_600_000_000  # who waits longer for walk-in care has gone home and come back
