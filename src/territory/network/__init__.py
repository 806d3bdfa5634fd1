"""How far is it? Roads -> graph -> `TravelTimes`."""

from territory.network.graph import road_graph
from territory.network.isochrones import isochrones
from territory.network.travel import travel_times

__all__ = ["isochrones", "road_graph", "travel_times"]
