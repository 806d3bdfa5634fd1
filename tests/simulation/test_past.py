"""The days before time 0: doors that are closed or open, by hand."""

from __future__ import annotations

import numpy as np
from simulation.conftest import TinyRegion

from territory.simulation import network as net
from territory.simulation.past import Doors

HOUR = net.US_PER_HOUR
DAY = net.US_PER_DAY


def test_waits_for_the_door(tiny: TinyRegion) -> None:
    network = tiny.network()
    names, stations = network.names, network.stations
    doors = Doors(stations)
    nurse = int(stations.of[names.facilities.index("post"), names.groups.index("nurse")])
    beds = int(stations.of[names.facilities.index("hospital"), -1])
    # three nurses of 1,825 h a year: 7 h a day from 8:30 on weekdays
    moments = np.array([0, 8 * HOUR, 9 * HOUR, 16 * HOUR, 4 * DAY + 16 * HOUR, -DAY, -7 * DAY + 9 * HOUR])
    waits = doors.wait_us(np.full(len(moments), nurse), moments)
    expected = [8.5, 0.5, 0, 16.5, 8 + 48 + 8.5, 24 + 8.5, 0]
    assert (waits / HOUR).tolist() == expected
    assert doors.wait_us(np.full(3, beds), moments[:3]).tolist() == [0, 0, 0]
    assert doors.wait_us(np.full(3, -1), moments[:3]).tolist() == [0, 0, 0]
