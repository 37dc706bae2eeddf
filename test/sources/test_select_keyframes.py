"""Keyframes: every one is needed, and none between them is."""

from __future__ import annotations

from datetime import datetime, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.core.geometry import distance_m, planar_pose, rotation_between_rad
from vpr_ros.core.records import Labels, Matrix4
from vpr_ros.core.settings import MapSettings
from vpr_ros.sources.select_keyframes import choose_keyframes, select_keyframes
from vpr_ros.sources.source import FrameEntry

SETTINGS = MapSettings(keyframe_distance_m=0.25, keyframe_angle_deg=15.0, keyframe_interval_s=1.0)


def entry(number: int, pose: Matrix4 | None, stamp_ns: int | None = None, *, has_heading: bool = True) -> FrameEntry:
    stamp = number * 10**8 if stamp_ns is None else stamp_ns
    return FrameEntry(number, stamp, f"{number}.jpg", "camera", pose, Labels(), has_heading)


def reaches(a: Matrix4, b: Matrix4) -> bool:
    return bool(distance_m(a, b) >= 0.25 or rotation_between_rad(a, b) >= np.deg2rad(15.0))


steps = st.lists(st.tuples(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2), st.floats(-0.2, 0.2)), max_size=150)


@given(steps, st.sets(st.integers(0, 150)))
def test_keyframes_are_where_a_limit_is_first_reached(moves: list[tuple[float, float, float]], lost: set[int]) -> None:
    poses = [planar_pose(*each) for each in np.cumsum([(0.0, 0.0, 0.0), *moves], axis=0)]
    entries = [entry(number, None if number in lost else pose) for number, pose in enumerate(poses)]
    posed = [each.number for each in entries if each.map_from_base is not None]
    chosen = select_keyframes(entries, SETTINGS)
    if not posed:
        return
    assert chosen[0] == posed[0]
    for last, following in zip(chosen, [*chosen[1:], len(poses)], strict=True):
        assert following == len(poses) or reaches(poses[last], poses[following])
        assert not any(reaches(poses[last], poses[between]) for between in posed if last < between < following)
    assert select_keyframes([entries[number] for number in chosen], SETTINGS) == chosen


def test_a_long_stand_and_then_a_move() -> None:
    """More frames without motion than are looked at in one go."""
    entries = [entry(number, planar_pose(0.0 if number < 500 else 1.0, 0, 0)) for number in range(600)]
    assert select_keyframes(entries, SETTINGS) == [0, 500]


def test_turning_on_the_spot_makes_keyframes() -> None:
    entries = [entry(number, planar_pose(0, 0, np.deg2rad(5.001 * number))) for number in range(10)]
    assert select_keyframes(entries, SETTINGS) == [0, 3, 6, 9]


@pytest.mark.parametrize(("interval_s", "expected"), [(1.0, [0, 10, 20]), (0.0, list(range(25)))])
def test_without_poses_time_decides(interval_s: float, expected: list[int]) -> None:
    entries = [entry(number, None) for number in range(25)]
    assert select_keyframes(entries, MapSettings(keyframe_interval_s=interval_s)) == expected


def test_a_clock_that_starts_again_does_not_end_the_keyframes() -> None:
    stamps = [100, 101, 102, 1, 2, 3]
    entries = [entry(number, None, stamp * 10**9) for number, stamp in enumerate(stamps)]
    assert select_keyframes(entries, SETTINGS) == [0, 1, 2, 3, 4, 5]


def test_no_frames() -> None:
    assert select_keyframes([], SETTINGS) == []


def day(year: int, month: int, number: int, hour: int = 12) -> int:
    return int(datetime(year, month, number, hour, tzinfo=timezone.utc).timestamp()) * 10**9


def street(first: int, stamp_ns: int) -> list[FrameEntry]:
    """A drive of 20 m along a street, an image a metre."""
    return [entry(first + x, planar_pose(x, 0, 0), stamp_ns + x * 10**9) for x in range(20)]


def test_keyframes_are_thinned_and_that_is_told() -> None:
    chosen = choose_keyframes(street(0, 0), MapSettings(thinning_m=5.0))
    assert chosen.numbers == [0, 5, 10, 15]
    assert chosen.notes == ("thinning left out 16 of 20 keyframes nearer than 5 m to another",)
    assert choose_keyframes(street(0, 0), MapSettings()).notes == ()


def test_thinning_looks_at_all_keyframes_not_at_the_last_only() -> None:
    """There and back: the way back brings nothing new."""
    there = [entry(x, planar_pose(x, 0, 0)) for x in range(20)]
    back = [entry(20 + x, planar_pose(19 - x, 0, np.pi)) for x in range(20)]
    assert select_keyframes([*there, *back], MapSettings(thinning_m=5.0)) == [0, 5, 10, 15]


def test_a_place_seen_in_two_years_stays_twice() -> None:
    entries = [*street(0, day(2012, 4, 1)), *street(20, day(2019, 7, 4))]
    chosen = choose_keyframes(entries, MapSettings(thinning_m=5.0))
    assert chosen.numbers == [0, 5, 10, 15, 20, 25, 30, 35]
    assert "in each of 2 visits by itself" in chosen.notes[0]
    assert select_keyframes(entries, MapSettings(thinning_m=5.0, visits="one")) == [0, 5, 10, 15]


def test_visits_that_lie_mixed_are_told_apart() -> None:
    """As in a data set's folder, whose names are sorted by place: the other year's image of a spot is no repetition."""
    pose = planar_pose(1, 2, 0)
    entries = [entry(number, pose, day(2012 + number % 2, 1, 1)) for number in range(6)]
    assert select_keyframes(entries, MapSettings()) == [0, 1]
    assert select_keyframes(entries, MapSettings(visits="one")) == [0]


def test_stamps_that_are_no_dates_are_one_visit() -> None:
    """Photos count as 1 s apart: the day after the first 86,400 is no other day."""
    entries = [entry(number, planar_pose(0, 0, 0), number * 10**9) for number in (0, 86_399, 86_400, 200_000)]
    assert [each.number for each in entries][:1] == select_keyframes(entries, MapSettings())


def test_where_nobody_knows_which_way_a_camera_looked_each_view_counts() -> None:
    """Tiles of a panorama: one position, many directions."""
    tiles = [entry(number, planar_pose(7, 7, 0), has_heading=False) for number in range(12)]
    assert select_keyframes(tiles, MapSettings()) == list(range(12))
    assert select_keyframes(tiles, MapSettings(thinning_m=1.0)) == [0]


def test_thinning_without_positions_says_that_it_does_nothing() -> None:
    chosen = choose_keyframes([entry(number, None) for number in range(25)], MapSettings(thinning_m=5.0))
    assert chosen.numbers == [0, 10, 20]
    assert chosen.notes == ("map.thinning_m does nothing: no frame has a position",)


@given(steps, st.floats(0.3, 3))
def test_no_two_thinned_keyframes_are_near(moves: list[tuple[float, float, float]], thinning_m: float) -> None:
    poses = [planar_pose(*each) for each in np.cumsum([(0.0, 0.0, 0.0), *moves], axis=0)]
    entries = [entry(number, pose) for number, pose in enumerate(poses)]
    chosen = select_keyframes(entries, MapSettings(thinning_m=thinning_m))
    assert chosen[0] == 0
    positions = np.array([poses[number][:3, 3] for number in chosen])
    apart = np.linalg.norm(positions[:, None] - positions[None], axis=-1) + np.eye(len(chosen)) * 1e9
    assert apart.min() >= thinning_m * (1 - 1e-9)
