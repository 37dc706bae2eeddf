"""WGS84 latitude and longitude -> UTM: metres east and north in one of sixty strips, each a conformal map.

Krueger's series to the fourth order in the third flattening, as in Karney, "Transverse Mercator with an accuracy of a
few nanometers" (2011), eq. 35; within a strip it is good to far less than a millimetre.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

_SEMI_MAJOR_M = 6378137.0
_FLATTENING = 1 / 298.257223563
_SCALE = 0.9996
_FALSE_EAST_M, _FALSE_NORTH_M = 500_000.0, 10_000_000.0
_N = _FLATTENING / (2 - _FLATTENING)
_RECTIFYING_RADIUS_M = _SEMI_MAJOR_M / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64)
_ECCENTRICITY = math.sqrt(_FLATTENING * (2 - _FLATTENING))
_ALPHA = (
    _N / 2 - 2 / 3 * _N**2 + 5 / 16 * _N**3 + 41 / 180 * _N**4,
    13 / 48 * _N**2 - 3 / 5 * _N**3 + 557 / 1440 * _N**4,
    61 / 240 * _N**3 - 103 / 140 * _N**4,
    49561 / 161280 * _N**4,
)
SOUTHMOST_DEG, NORTHMOST_DEG = -80.0, 84.0


@dataclass(frozen=True)
class UtmPosition:
    """Metres east and north in a grid: a zone's number 1..60 and the hemisphere's letter, N or S."""

    east_m: float
    north_m: float
    grid: str


def utm_from_wgs84(latitude_deg: float, longitude_deg: float, zone: int | None = None) -> UtmPosition:
    """zone: the strip to use, for positions that shall share one; None takes the one they lie in.

    Raises ValueError where UTM has no grid: near the poles, or for numbers that are no position.
    """
    if not (SOUTHMOST_DEG <= latitude_deg <= NORTHMOST_DEG and -180 <= longitude_deg <= 180):
        raise ValueError(f"latitude {latitude_deg:g}, longitude {longitude_deg:g} has no place in UTM")
    if zone is None:
        zone = utm_zone(latitude_deg, longitude_deg)
    east_m, north_m = _project(math.radians(latitude_deg), math.radians(longitude_deg - central_meridian_deg(zone)))
    is_south = latitude_deg < 0
    return UtmPosition(
        _FALSE_EAST_M + east_m, north_m + (_FALSE_NORTH_M if is_south else 0.0), f"{zone}{'S' if is_south else 'N'}"
    )


def utm_zone(latitude_deg: float, longitude_deg: float) -> int:
    """1..60, with the exceptions round Norway and Svalbard."""
    zone = int((longitude_deg + 180) // 6) % 60 + 1
    if 56 <= latitude_deg < 64 and 3 <= longitude_deg < 12:
        return 32
    if latitude_deg >= 72 and 0 <= longitude_deg < 42:
        return 31 + 2 * int((longitude_deg + 3) // 12)
    return zone


def central_meridian_deg(zone: int) -> float:
    """The longitude that a zone's grid is true to."""
    return zone * 6 - 183.0


def _project(latitude: float, longitude: float) -> tuple[float, float]:
    """Radians, longitude from the central meridian -> metres east of it and north of the equator."""
    sine = math.sin(latitude)
    t = math.sinh(math.atanh(sine) - _ECCENTRICITY * math.atanh(_ECCENTRICITY * sine))  # tangent of conformal latitude
    xi = math.atan2(t, math.cos(longitude))
    eta = math.asinh(math.sin(longitude) / math.hypot(t, math.cos(longitude)))
    north, east = xi, eta
    for order, alpha in enumerate(_ALPHA, start=1):
        north += alpha * math.sin(2 * order * xi) * math.cosh(2 * order * eta)
        east += alpha * math.cos(2 * order * xi) * math.sinh(2 * order * eta)
    return _SCALE * _RECTIFYING_RADIUS_M * east, _SCALE * _RECTIFYING_RADIUS_M * north
