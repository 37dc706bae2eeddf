"""Keyframes: every one is needed, and none between them is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.core.geometry import distance_m, planar_pose, rotation_between_rad
from vpr_ros.core.records import Labels, Matrix4
from vpr_ros.core.settings import MapSettings
from vpr_ros.sources.select_keyframes import select_keyframes
from vpr_ros.sources.source import FrameEntry

SETTINGS = MapSettings(keyframe_distance_m=0.25, keyframe_angle_deg=15.0, keyframe_interval_s=1.0)


def entry(number: int, pose: Matrix4 | None, stamp_ns: int | None = None) -> FrameEntry:
    stamp = number * 10**8 if stamp_ns is None else stamp_ns
    return FrameEntry(number, stamp, f"{number}.jpg", "camera", pose, Labels())


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
