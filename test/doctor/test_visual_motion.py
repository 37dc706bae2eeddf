"""Motion of pictures, against motion that is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from robot_bag import MOUNT, image_of, image_times_ns, pose_at
from textured_room import LENS

from vpr_ros.core.geometry import invert_pose
from vpr_ros.core.records import Array
from vpr_ros.doctor.time_offset import matrix_of, rotation_vectors
from vpr_ros.doctor.visual_motion import MotionTracker, fit_rotation, solve_motion
from vpr_ros.doctor.watch_frames import Watched

FOCAL_PX = 260.0
small = st.floats(-0.15, 0.15)


def rays(seed: int, turn: Array, way: Array) -> tuple[Array, Array]:
    """Unit rays to points 2 to 6 m ahead from two places, a few of them wrong."""
    rng = np.random.default_rng(seed)
    points = np.column_stack([rng.uniform(-2, 2, (120, 2)), rng.uniform(2, 6, 120)])
    seen = (points - way) @ matrix_of(turn)
    seen[:6] = seen[6:12]
    return tuple(each / np.linalg.norm(each, axis=1, keepdims=True) for each in (points, seen))


@settings(max_examples=25, deadline=None)
@given(st.tuples(small, small, small), st.integers(0, 1000))
def test_a_turn_alone_is_found_and_no_way(turn: tuple[float, float, float], seed: int):
    found, way = solve_motion(*rays(seed, np.array(turn), np.zeros(3)), FOCAL_PX)
    assert way is None
    np.testing.assert_allclose(found, turn, atol=1e-4)


@settings(max_examples=25, deadline=None)
@given(st.tuples(small, small, small), st.sampled_from([(0, 0, 1), (0, 0, -1), (1, 0, 0), (-0.6, 0, 0.8)]))
def test_a_turn_and_a_way_are_found(turn: tuple[float, float, float], way: tuple[float, ...]):
    found, seen = solve_motion(*rays(3, np.array(turn), 0.4 * np.array(way)), FOCAL_PX)
    np.testing.assert_allclose(found, turn, atol=2e-3)
    assert seen is not None
    assert np.dot(seen, way) > 0.999


def test_pictures_tell_how_the_camera_moved(watched: Watched):
    assert len(watched.motions) > 30
    stamps = np.array([[each.start_ns, each.end_ns] for each in watched.motions])
    cameras = np.stack([[pose_at(int(now)) @ MOUNT for now in pair] for pair in stamps])
    true = rotation_vectors(invert_pose(cameras[:, 0]) @ cameras[:, 1])
    off = np.linalg.norm(np.stack([each.turn for each in watched.motions]) - true, axis=1)
    assert np.degrees(np.median(off)) < 0.7
    assert np.degrees(np.percentile(off, 90)) < 2.0


def test_a_picture_that_does_not_follow_begins_anew():
    tracker = MotionTracker(LENS)
    times = image_times_ns()
    assert tracker.feed(times[0], image_of(0)) is None
    tracker.restart()
    assert tracker.feed(times[20], image_of(20)) is None
    assert tracker.feed(times[20] + 10**9, np.full_like(image_of(0), 128)) is None, "nothing to follow"
    assert tracker.feed(times[21], image_of(21)) is None


def test_where_vectors_leave_a_choice_the_rotation_stays_near():
    towards = matrix_of(np.array([0.0, 0.0, 0.4]))
    up = np.array([[0.0, 0.0, 1.0]] * 3)
    np.testing.assert_allclose(fit_rotation(up, up, np.ones(3), towards), towards, atol=1e-6)
    assert np.linalg.det(fit_rotation(up, -up, np.ones(3))) == pytest.approx(1.0)
