"""Who works where and when: from posts, beds and contracts to the stations of the network."""

from __future__ import annotations

import numpy as np
import pandas as pd

from territory.care.catalogue import Care
from territory.errors import Faults
from territory.simulation import network as net
from territory.simulation.checks import positions
from territory.simulation.draws import name_key
from territory.simulation.timetable import (
    Timetable,
    constant_timetable,
    continuous_timetable,
    day_timetable,
    weekday_timetable,
)
from territory.tables.objects import Plan

_LEAST_FTE = 1e-9  # a solver leaves dust: a smaller part of a post is nobody
_AMPLE = 1_000_000  # servers of a contracted facility: more than anybody ever waits for


def make_stations(facilities: pd.DataFrame, plan: Plan, care: Care, names: net.Names, faults: Faults) -> net.Stations:
    """Return a station for each facility and group in post, and for its beds.

    Parameters
    ----------
    facilities
        Level and beds, a row for each facility in the order of `names`.
    plan
        Its posts.
    care
        The catalogue: hours of the groups, who is there around the clock.
    names
        Positions of facilities and groups.
    faults
        Takes a fault for each facility or group of the posts that is not known.
    """
    where = "plan.posts"
    facility = positions(plan.posts["facility_id"], names.facilities, where, "the facilities of the region", faults)
    group = positions(plan.posts["staff_group"], names.groups[:-1], where, "the staff groups of the catalogue", faults)
    known = (facility >= 0) & (group >= 0)
    fte = np.zeros((len(names.facilities), len(names.groups)))
    fte[facility[known], group[known]] = plan.posts["fte_after"].to_numpy()[known]
    fte[:, -1] = facilities["beds"].fillna(0.0).to_numpy(dtype=np.float64)
    hours = [care.staff_group(group_id).hours_per_year.value for group_id in names.groups[:-1]]
    around_the_clock = {level.id: set(level.continuous_staff) for level in care.levels}
    station_facility, station_group = np.nonzero(fte > _LEAST_FTE)
    levels = facilities["level"].tolist()
    timetables: list[Timetable] = []
    for f, g in zip(station_facility.tolist(), station_group.tolist(), strict=True):
        if names.groups[g] == net.BEDS:
            timetables.append(constant_timetable(max(1, int(fte[f, g]))))
        elif names.groups[g] in around_the_clock[levels[f]]:
            timetables.append(continuous_timetable(fte[f, g], hours[g]))
        else:
            first_day = int(name_key(names.facilities[f], names.groups[g]))
            timetables.append(day_timetable(fte[f, g], hours[g], first_day))
    of = np.full(fte.shape, -1, dtype=np.int64)
    of[station_facility, station_group] = np.arange(len(station_facility))
    empty = [np.zeros(0, dtype=np.int64)]
    return net.Stations(
        facility=station_facility,
        group=station_group,
        of=of,
        contracted=np.full((len(names.facilities), 3), -1, dtype=np.int64),
        change_start=net.starts([len(timetable.servers) for timetable in timetables]),
        change_minutes=np.concatenate([timetable.change_minutes for timetable in timetables] or empty),
        change_servers=np.concatenate([timetable.servers for timetable in timetables] or empty),
    )


def with_contracts(stations: net.Stations, visits: pd.DataFrame, beds: int) -> net.Stations:
    """Return the stations and, after them, three for each contracted facility: two doors and beds.

    Nobody knows who works there, so that they have more servers and beds than anybody waits for. One door is open on
    weekdays from 8:30 to 16:30, the other always.

    Parameters
    ----------
    stations
        Those of the posts.
    visits
        The plan's visits with positions `facility` and `mode`.
    beds
        Position of the beds among the groups.
    """
    facility = np.unique(visits.loc[visits["mode"] == net.CONTRACTED, "facility"].to_numpy(dtype=np.int64))
    kinds = (weekday_timetable(_AMPLE), constant_timetable(_AMPLE), constant_timetable(_AMPLE))
    count = len(stations.facility)
    contracted = stations.contracted.copy()
    contracted[facility] = count + np.arange(len(facility) * len(kinds)).reshape(-1, len(kinds))
    timetables = kinds * len(facility)
    changes = [*np.diff(stations.change_start).tolist(), *(len(timetable.servers) for timetable in timetables)]
    return net.Stations(
        facility=np.concatenate((stations.facility, np.repeat(facility, len(kinds)))),
        group=np.concatenate((stations.group, np.tile(np.array([-1, -1, beds]), len(facility)))),
        of=stations.of,
        contracted=contracted,
        change_start=net.starts(changes),
        change_minutes=np.concatenate((stations.change_minutes, *(part.change_minutes for part in timetables))),
        change_servers=np.concatenate((stations.change_servers, *(part.servers for part in timetables))),
    )


def hub_needs(acts: net.Acts, stations: net.Stations) -> net.Flags:
    """Return where a mobile unit needs a hub to give an act, shape (facilities, activities).

    It does when its base lacks a group of the act and the catalogue knows the act at a distance.
    """
    needs = np.zeros((len(stations.of), len(acts.walk_in)), dtype=bool)
    for activity in range(len(acts.walk_in)):
        on_the_spot, distant, end = acts.task_start[2 * activity : 2 * activity + 3]
        if end > distant:
            needs[:, activity] = (stations.of[:, acts.task_group[on_the_spot:distant]] < 0).any(axis=1)
    return needs
