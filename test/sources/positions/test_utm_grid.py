"""UTM against an independent implementation and against what a conformal map must be."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.sources.positions.utm_grid import central_meridian_deg, utm_from_wgs84, utm_zone

_A, _F = 6378137.0, 1 / 298.257223563
_E2 = _F * (2 - _F)


# From the PyPI package utm 0.9.0 by hand; over 100,000 random positions the two differ by 1 mm at most.
@pytest.mark.parametrize(
    ("latitude", "longitude", "east_m", "north_m", "grid"),
    [
        (37.7749, -122.4194, 551130.768, 4180998.882, "10N"),
        (-33.8568, 151.2153, 334900.570, 6252288.753, "56S"),
        (59.9139, 10.7522, 597979.903, 6643118.992, "32N"),
        (78.2232, 15.6267, 514278.715, 8683355.470, "33N"),
        (0.0001, -78.5, 778276.317, 11.064, "17N"),
    ],
)
def test_cities(latitude: float, longitude: float, east_m: float, north_m: float, grid: str) -> None:
    position = utm_from_wgs84(latitude, longitude)
    assert position.grid == grid
    assert position.east_m == pytest.approx(east_m, abs=2e-3)
    assert position.north_m == pytest.approx(north_m, abs=2e-3)


latitudes, offsets = st.floats(-79.9, 83.9), st.floats(-3, 3)


@given(latitudes, st.integers(1, 60))
def test_the_central_meridian_is_straight(latitude: float, zone: int) -> None:
    assert utm_from_wgs84(latitude, central_meridian_deg(zone), zone).east_m == pytest.approx(500_000, abs=1e-6)


@given(latitudes, offsets)
def test_west_mirrors_east(latitude: float, offset: float) -> None:
    east, west = utm_from_wgs84(latitude, 9 + offset, 32), utm_from_wgs84(latitude, 9 - offset, 32)
    assert east.east_m + west.east_m == pytest.approx(1_000_000, abs=1e-6)
    assert east.north_m == pytest.approx(west.north_m, abs=1e-6)


@given(st.floats(0.01, 79), offsets)
def test_south_mirrors_north(latitude: float, offset: float) -> None:
    north, south = utm_from_wgs84(latitude, 9 + offset, 32), utm_from_wgs84(-latitude, 9 + offset, 32)
    assert (north.grid, south.grid) == ("32N", "32S")
    assert north.north_m + south.north_m == pytest.approx(10_000_000, abs=1e-6)


@given(st.floats(-79, 83).filter(lambda latitude: abs(latitude) > 0.01), offsets)
def test_small_steps_keep_their_shape_and_length(latitude: float, offset: float) -> None:
    """A step north and one east stay square and equally scaled, and are as long as the ellipsoid has them."""
    step = 1e-4
    longitude = 9 + offset
    here = utm_from_wgs84(latitude, longitude, 32)
    north, east = utm_from_wgs84(latitude + step, longitude, 32), utm_from_wgs84(latitude, longitude + step, 32)
    w = math.sqrt(1 - _E2 * math.sin(math.radians(latitude + step / 2)) ** 2)
    north_m = math.radians(step) * _A * (1 - _E2) / w**3
    east_m = (
        math.radians(step)
        * math.cos(math.radians(latitude))
        * _A
        / math.sqrt(1 - _E2 * math.sin(math.radians(latitude)) ** 2)
    )
    along_north = (north.east_m - here.east_m) / north_m, (north.north_m - here.north_m) / north_m
    along_east = (east.east_m - here.east_m) / east_m, (east.north_m - here.north_m) / east_m
    assert along_east[0] == pytest.approx(along_north[1], abs=2e-5)
    assert along_east[1] == pytest.approx(-along_north[0], abs=2e-5)
    assert 0.9995 < math.hypot(*along_north) < 1.0011


@pytest.mark.parametrize(
    ("latitude", "longitude", "zone"),
    [
        (50, 3.5, 31),
        (60, 3.5, 32),
        (60, 2.9, 31),
        (75, 8.9, 31),
        (75, 9.1, 33),
        (75, 41, 37),
        (0, -180, 1),
        (0, 180, 1),
    ],
)
def test_zones_and_their_exceptions(latitude: float, longitude: float, zone: int) -> None:
    assert utm_zone(latitude, longitude) == zone


@pytest.mark.parametrize(("latitude", "longitude"), [(85, 0), (-81, 0), (0, 181), (math.nan, 0), (0, math.inf)])
def test_where_there_is_no_grid(latitude: float, longitude: float) -> None:
    with pytest.raises(ValueError, match="has no place in UTM"):
        utm_from_wgs84(latitude, longitude)
