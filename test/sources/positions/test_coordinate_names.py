"""Names of place recognition data sets: whole ones, short ones, and what only looks like one."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.sources.positions.coordinate_names import parse_moment, parse_name
from vpr_ros.sources.positions.geo_position import GeoPosition

PITTS = "@0584437.86@4477466.26@17@T@040.44120@-080.00430@000123@07@@@@@@pitch1@"


def ns(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=timezone.utc).timestamp()) * 10**9  # type: ignore[misc,arg-type]


def test_a_name_as_the_downloaders_write_it() -> None:
    assert parse_name(PITTS) == GeoPosition(584437.86, 4477466.26, "17N")


def test_every_field_that_is_used() -> None:
    name = "@584437.86@4477466.26@17@H@-40.4@-80.0@pano_1@07@090@12@0@301.5@20190203_0405@night@"
    expected = GeoPosition(584437.86, 4477466.26, "17S", 301.5, 90.0, ns(2019, 2, 3, 4, 5))
    assert parse_name(name) == expected


@pytest.mark.parametrize("name", ["@12.5@-7e3@", "@12.5@-7e3@000017@", "@12.5@-7e3"])
def test_coordinates_alone_are_enough(name: str) -> None:
    assert parse_name(name) == GeoPosition(12.5, -7000.0, "")


@pytest.mark.parametrize(
    "name", ["db1", "", "@", "@@@", "@a@b@", "@nan@1@", "@1@inf@", "img@1@2@", "@1@", "me@home", "@1,5@2@"]
)
def test_other_names_carry_none(name: str) -> None:
    assert parse_name(name) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019", ns(2019, 1, 1)),
        ("201907", ns(2019, 7, 1)),
        ("20190704", ns(2019, 7, 4)),
        ("20190704_12", ns(2019, 7, 4, 12)),
        ("20190704_123456", ns(2019, 7, 4, 12, 34, 56)),
        ("", None),
        ("201913", None),
        ("20190230", None),
        ("19500101", None),
        ("0000", None),
        ("2019-07-04", None),
        ("1562243696000", None),
    ],
)
def test_times_are_known_as_far_as_they_are_told(text: str, expected: int | None) -> None:
    assert parse_moment(text) == expected


@given(
    st.floats(-1e7, 1e7),
    st.floats(-1e7, 1e7),
    st.integers(1, 60),
    st.sampled_from("CDEFGHJKLMNPQRSTUVWX"),
    st.one_of(st.none(), st.floats(0, 360)),
)
def test_what_is_written_is_read(east: float, north: float, zone: int, letter: str, heading: float | None) -> None:
    shown = "" if heading is None else repr(heading)
    found = parse_name(f"@{east!r}@{north!r}@{zone:02d}@{letter}@@@@@{shown}@@@@@@")
    assert found == GeoPosition(east, north, f"{zone}{'N' if letter >= 'N' else 'S'}", heading_deg=heading)


@given(st.text(alphabet="@0123456789.-eTnaif_", max_size=80))
def test_no_name_is_an_error(name: str) -> None:
    found = parse_name(name)
    assert found is None or abs(found.east_m) < float("inf")
