"""Poses between poses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.core.geometry import planar_pose, rotation_between_rad, yaw_of
from vpr_ros.sources.pose_track import make_track, track_from_values

SECOND = 10**9


def at(track: object, *stamps: int, gap: float = 1.0) -> tuple[np.ndarray, list[bool]]:
    poses, known = track.at(np.array(stamps, dtype=np.int64), gap)  # type: ignore[attr-defined]
    return poses, known.tolist()


def test_between_two_poses_it_goes_straight_and_turns_the_short_way() -> None:
    track = make_track(np.array([0, SECOND]), np.stack([planar_pose(0, 0, 3.0), planar_pose(2, 0, -3.0)]))
    poses, known = at(track, 0, SECOND // 4, SECOND // 2, SECOND)
    assert known == [True] * 4
    assert poses[:, 0, 3] == pytest.approx([0, 0.5, 1, 2])
    assert abs(yaw_of(poses[2])) == pytest.approx(np.pi)


def test_outside_and_in_gaps_there_is_no_pose() -> None:
    stamps = np.array([0, 1, 5, 6]) * SECOND
    track = make_track(stamps, np.stack([planar_pose(x, 0, 0) for x in (0, 1, 5, 6)]))
    poses, known = at(track, -1, SECOND, 2 * SECOND, 5 * SECOND, 6 * SECOND + 1)
    assert known == [False, True, False, True, False]
    assert poses[1, 0, 3] == 1.0
    assert np.array_equal(poses[2], np.eye(4))
    assert at(track, 2 * SECOND, gap=4.0)[1] == [True]


def test_order_does_not_matter_and_of_equal_stamps_the_last_counts() -> None:
    poses = np.stack([planar_pose(x, 0, 0) for x in (2, 0, 9)])
    track = make_track(np.array([2, 1, 2]) * SECOND, poses)
    assert track.stamps_ns.tolist() == [SECOND, 2 * SECOND]
    assert at(track, 2 * SECOND)[0][0, 0, 3] == 9.0


def test_no_poses_at_all() -> None:
    track, left_out = track_from_values(np.zeros(0), np.zeros((0, 7)))
    assert at(track, 5)[1] == [False]
    assert left_out == 0


def test_what_is_no_pose_is_left_out() -> None:
    rows = np.array([[0, 0, 0, 0, 0, 0, 1.0], [1, 0, 0, 0, 0, 0, 0], [np.nan, 0, 0, 0, 0, 0, 1], [3, 0, 0, 0, 0, 0, 2]])
    track, left_out = track_from_values(np.arange(4), rows)
    assert left_out == 2
    assert track.stamps_ns.tolist() == [0, 3]


angles = st.floats(-3.1, 3.1)


@given(angles, angles, st.floats(0, 1), st.floats(-5, 5), st.floats(-5, 5))
def test_the_way_to_a_pose_between_is_its_share_of_the_way(
    start: float, end: float, share: float, x: float, y: float
) -> None:
    a, b = planar_pose(0, 0, start), planar_pose(x, y, end)
    track = make_track(np.array([0, SECOND]), np.stack([a, b]))
    moment = int(share * SECOND)
    (between,), (known,) = at(track, moment)
    assert known
    whole = rotation_between_rad(a, b)
    if whole < np.pi - 1e-3:  # at half a turn both ways are as short
        assert rotation_between_rad(a, between) == pytest.approx(whole * moment / SECOND, abs=1e-6)
    assert between[:2, 3] == pytest.approx([x * moment / SECOND, y * moment / SECOND], abs=1e-9)
