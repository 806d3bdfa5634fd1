"""How far is it? Roads -> graph -> `TravelTimes`."""

from territory.network.graph import road_graph
from territory.network.travel import travel_times

__all__ = ["road_graph", "travel_times"]
