"""How far is it? Roads -> graph -> `TravelTimes`."""

from territory.network.graph import road_graph
from territory.network.isochrones import isochrones
from territory.network.points import snapped_points
from territory.network.travel import travel_times

__all__ = ["isochrones", "road_graph", "snapped_points", "travel_times"]
