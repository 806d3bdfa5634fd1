"""How an act is given: which of its two ways, and at which stations, by mode."""

from __future__ import annotations

import numpy as np

from territory.simulation import network as net
from territory.simulation.draws import Ints


def ways_of(activity: Ints, facility: Ints, mode: Ints, needs_hub: net.Flags) -> Ints:
    """Return the way of giving each act (see `Acts`): on the spot, or at a distance.

    At a distance are telemedicine, and acts of a mobile unit whose base lacks a group for them.
    """
    distant = (mode == net.TELEMEDICINE) | ((mode == net.MOBILE) & needs_hub[facility, activity])
    return np.asarray(2 * activity + distant, dtype=np.int64)


def work_stations(network: net.Network, activity: Ints, facility: Ints, mode: Ints, task: Ints, place: Ints) -> Ints:
    """Return the station of each task at the facility where it is done; -1: nobody is there for it.

    A contracted facility receives for the first task during the hours of the activity, and finishes whom it began.

    Parameters
    ----------
    network
        Stations and acts.
    activity, facility, mode
        The act of the task, where the task is done, and the mode of the act.
    task, place
        The task among those of `Acts`, and its place within the act.
    """
    stations, acts = network.stations, network.acts
    always = (place > 0) | acts.continuous[activity]
    door = np.where(always, net.OPEN_DOOR, net.WEEKDAY_DOOR)
    in_post = stations.of[facility, acts.task_group[task]]
    station: Ints = np.where(mode == net.CONTRACTED, stations.contracted[facility, door], in_post)
    return station


def bed_stations(network: net.Network, facility: Ints, mode: Ints) -> Ints:
    """Return the station of the beds for each act; -1: none."""
    contracted = network.stations.contracted[facility, net.CONTRACTED_BEDS]
    beds: Ints = np.where(mode == net.CONTRACTED, contracted, network.stations.of[facility, -1])
    return beds


def first_stations(network: net.Network, activity: Ints, facility: Ints, mode: Ints) -> Ints:
    """Return the station where each act begins: the beds for a stay, else that of the first task; -1: none."""
    acts = network.acts
    task = acts.task_start[ways_of(activity, facility, mode, network.routes.needs_hub)]
    at_work = work_stations(network, activity, facility, mode, task, np.zeros_like(task))
    first: Ints = np.where(acts.stay_mean_us[activity] > 0, bed_stations(network, facility, mode), at_work)
    return first
