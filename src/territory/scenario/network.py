"""What a scenario says about travel."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from territory.scenario.options import Options


class WithoutCar(Options):
    """How people without a car travel: on foot, and by collective taxi along the roads.

    A taxi leaves when it is full, may be stopped along the roads it takes, and in towns comes to the door. A trip takes
    the quickest mix of walks and rides, and each ride waits once.
    """

    share: float = Field(ge=0, le=1, description="part of the people without a car, in zones that tell none")
    share_rural: float | None = Field(
        default=None, ge=0, le=1, description="the same part of the rural people. Missing: as of the others"
    )
    walk_speed_kmh: float = Field(default=4.5, gt=0, le=10, description="speed on foot, km/h")
    taxi_wait_minutes: float = Field(default=15.0, ge=0, le=600, description="wait for a ride, minutes")
    taxi_speed_factor: float = Field(default=0.85, gt=0, le=3, description="speed of a taxi over that of a car")
    taxi_road_classes: tuple[str, ...] = Field(
        default=(), description="classes of roads that collective taxis take; empty: every class"
    )


class NetworkOptions(Options):
    """How far it is."""

    access_speed_kmh: float = Field(default=20.0, gt=0, le=130, description="speed off the road network, km/h")
    access_detour: float = Field(default=1.4, ge=1, le=5, description="path length over straight line off the network")
    speed_factor: float = Field(default=1.0, gt=0, le=3, description="multiplies the speed of every road")
    class_speed_factors: dict[str, Annotated[float, Field(gt=0, le=3)]] = Field(
        default_factory=dict, description="multiplies the speed of the roads of a class beside that"
    )
    month: int | None = Field(
        default=None, ge=1, le=12, description="month of the trips: roads closed in it are left out. Missing: none is"
    )
    largest_snap_km: float = Field(
        default=25.0, gt=0, description="a point farther than this from the network is a fault, km"
    )
    cutoff_minutes: float | None = Field(
        default=None, gt=0, description="trips longer than this are left out, minutes. Missing: none"
    )
    level_cutoff_minutes: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict, description="the same for trips to facilities of a level of care, in place of that"
    )
    settled_density_per_km2: float = Field(
        default=10.0,
        gt=0,
        description="people of a thinly peopled zone live on so much of it that each square km has this many",
    )
    without_car: WithoutCar | None = Field(
        default=None, description="travel of people without a car. Missing: everybody goes by car"
    )
    cache: str | None = Field(
        default=None,
        min_length=1,
        description="folder that keeps travel times, by the checksum of what they follow from",
    )
    matrix: str | None = Field(
        default=None,
        min_length=1,
        description="file of travel times made elsewhere (.csv, .json) in place of the roads",
    )

    @model_validator(mode="after")
    def _one_way_to_travel(self) -> NetworkOptions:
        of_roads = [
            name
            for name in _OF_ROADS
            if getattr(self, name) != type(self).model_fields[name].get_default(call_default_factory=True)
        ]
        if self.matrix is not None and of_roads:
            msg = f"travel by the matrix, or {', '.join(of_roads)} over the roads, not both"
            raise ValueError(msg)
        return self


_OF_ROADS = ("without_car", "month", "speed_factor", "class_speed_factors", "access_speed_kmh", "largest_snap_km")
