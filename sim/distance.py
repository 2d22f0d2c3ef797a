"""How far is it, and how long does the way take?"""

from __future__ import annotations

from sim import register
from sim.sphere import KM_PER_DEGREE, Degrees, cosine, kilometres
from sim.world import Array

__all__ = ["KM_PER_DEGREE", "Degrees", "cosine", "kilometres", "travel_minutes", "walking_minutes"]


def travel_minutes(lon: Degrees, lat: Degrees, lon2: Degrees, lat2: Degrees) -> Array:
    """Travel one way [minutes], broadcast over places and facilities.

    access + 60 road / speed, road = detour x distance [km] and speed [km/h] rising with the road
    from near to far: near + (far - near) road / (road + half). All five are in the register.
    """
    road = register.value("travel_detour") * kilometres(lon, lat, lon2, lat2)
    near, far = register.value("travel_speed_near"), register.value("travel_speed_far")
    speed = near + (far - near) * road / (road + register.value("travel_speed_half"))
    return register.value("travel_access_minutes") + 60.0 * road / speed


def walking_minutes(lon: Degrees, lat: Degrees, lon2: Degrees, lat2: Degrees) -> Array:
    """A walk one way [minutes], broadcast alike: detour x distance [km] / walking speed [km/h]."""
    road = register.value("travel_detour") * kilometres(lon, lat, lon2, lat2)
    return 60.0 * road / register.value("walking_speed")
