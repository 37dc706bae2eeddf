"""GPS in EXIF: what phones write, and what they write when they do not know."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from exif_bytes import exif, gps_tags
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.sources.positions.exif_gps import GpsFix, read_gps

MOMENT = datetime(2019, 7, 4, 12, 34, 56, tzinfo=timezone.utc)


def fix_of(**changes: Any) -> GpsFix | None:
    """A fix near Turin with these tags changed; None takes one away."""
    tags = gps_tags(45.0625, 7.6625, heading=123.5, moment="2019:07:04 12:34:56")
    for name, value in changes.items():
        number = int(name.removeprefix("tag"))
        if value is None:
            del tags[number]
        else:
            tags[number] = value
    return read_gps(exif(gps=tags))


def test_everything_that_a_phone_knows() -> None:
    fix = fix_of()
    assert fix is not None
    assert (fix.latitude_deg, fix.longitude_deg) == pytest.approx((45.0625, 7.6625), abs=1e-8)
    assert fix.heading_deg == pytest.approx(123.5)
    assert fix.stamp_ns == int(MOMENT.timestamp()) * 10**9


@given(st.floats(-89, 89), st.floats(-179, 179), st.sampled_from("<>"))
def test_any_place_on_the_globe(latitude: float, longitude: float, order: str) -> None:
    fix = read_gps(exif(gps=gps_tags(latitude, longitude), order=order))
    if abs(latitude) + abs(longitude) < 1e-6:
        return
    assert fix is not None
    assert (fix.latitude_deg, fix.longitude_deg) == pytest.approx((latitude, longitude), abs=1e-8)
    assert fix.heading_deg is fix.stamp_ns is None


@pytest.mark.parametrize(
    "changes",
    [
        {"tag2": None},
        {"tag1": None},
        {"tag1": (2, b"X\0")},
        {"tag2": (5, [95.0, 0.0, 0.0])},
        {"tag4": (5, [181.0, 0.0, 0.0])},
        {"tag4": (2, b"7.66\0")},
        {"tag2": (5, [0.0, 0.0, 0.0]), "tag4": (5, [0.0, 0.0, 0.0])},
    ],
)
def test_no_fix(changes: dict[str, Any]) -> None:
    assert fix_of(**changes) is None


def test_no_exif_no_fix() -> None:
    assert read_gps(b"") is None
    assert read_gps(exif({0x112: (3, 1)})) is None


@pytest.mark.parametrize("changes", [{"tag16": None}, {"tag17": None}, {"tag16": (2, b"M\0")}, {"tag17": (5, [400.0])}])
def test_a_heading_that_is_not_from_true_north_is_none(changes: dict[str, Any]) -> None:
    fix = fix_of(**changes)
    assert fix is not None
    assert fix.heading_deg is None
    assert fix.stamp_ns is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"tag29": None},
        {"tag7": None},
        {"tag29": (2, b"2019:13:04\0")},
        {"tag7": (5, [61.0, 0.0, 0.0])},
        {"tag7": (5, [1.0])},
    ],
)
def test_a_time_that_is_none(changes: dict[str, Any]) -> None:
    fix = fix_of(**changes)
    assert fix is not None
    assert fix.stamp_ns is None
    assert fix.heading_deg is not None
