"""What carrying does to a covariance, by sampling and by parts; which poses agree; what fusing may not do."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.core.carry_pose import OdometryDrift, UncertainPose, carry_pose, fuse_poses, poses_agree
from vpr_ros.core.geometry import planar_pose, yaw_of
from vpr_ros.core.pose.covariance import moved_pose, pose_change

DRIFT, NO_DRIFT = OdometryDrift(), OdometryDrift(0.0, 0.0, 0.0)
angles, metres = st.floats(-3.0, 3.0), st.floats(-5.0, 5.0)
spreads = st.integers(0, 10**6).map(
    lambda seed: (lambda root: 0.01 * root @ root.T + 1e-4 * np.eye(6))(np.random.default_rng(seed).normal(size=(6, 6)))
)


def _pose(x: float, y: float, yaw: float, covariance: np.ndarray | None = None) -> UncertainPose:
    return UncertainPose(0, planar_pose(x, y, yaw), np.eye(6) * 1e-4 if covariance is None else covariance)


@given(metres, metres, angles, st.floats(-10.0, 10.0), spreads)
def test_a_straight_way_in_two_halves_is_the_whole(
    x: float, y: float, yaw: float, way: float, covariance: np.ndarray
) -> None:
    start, half = _pose(x, y, yaw, covariance), planar_pose(way / 2, 0.0, 0.0)
    whole = carry_pose(start, planar_pose(way, 0.0, 0.0), 8, DRIFT)
    parts = carry_pose(carry_pose(start, half, 4, DRIFT), half, 8, DRIFT)
    assert parts.stamp_ns == whole.stamp_ns == 8
    np.testing.assert_allclose(parts.map_from_base, whole.map_from_base, atol=1e-9)
    np.testing.assert_allclose(parts.covariance, whole.covariance, atol=1e-9)


@given(spreads, metres, angles)
def test_carrying_never_makes_surer(covariance: np.ndarray, way: float, turn: float) -> None:
    carried = carry_pose(_pose(1.0, 2.0, 0.3, covariance), planar_pose(way, 0.5, turn), 1, DRIFT).covariance
    np.testing.assert_array_equal(carried, carried.T)
    assert np.linalg.eigvalsh(carried)[0] > 0
    assert np.linalg.det(carried) >= np.linalg.det(covariance) * (1 - 1e-9)
    assert carried[5, 5] >= covariance[5, 5] - 1e-12


def test_an_uncertain_heading_becomes_an_uncertain_place() -> None:
    rng = np.random.default_rng(3)
    covariance = np.diag([0.01, 0.01, 0.01, 1e-3, 1e-3, 2e-3])
    start, moved = _pose(1.0, -2.0, 0.7, covariance), planar_pose(4.0, 1.0, 0.5)
    changes = rng.multivariate_normal(np.zeros(6), covariance, 4000)
    ends = [pose_change(start.map_from_base @ moved, moved_pose(start.map_from_base, each) @ moved) for each in changes]
    carried = carry_pose(start, moved, 1, NO_DRIFT).covariance
    np.testing.assert_allclose(np.cov(np.array(ends).T), carried, atol=0.1 * np.abs(carried).max())


def test_a_robot_that_stands_stays_as_certain_as_it_was() -> None:
    start = _pose(1.0, 2.0, 0.3)
    np.testing.assert_array_equal(carry_pose(start, np.eye(4), 5, DRIFT).covariance, start.covariance)


@given(st.floats(0.0, 0.09), angles)
def test_near_ones_agree_whatever_they_say_of_themselves(apart: float, direction: float) -> None:
    sure = np.eye(6) * 1e-10
    moved = _pose(apart * np.cos(direction), apart * np.sin(direction), 0.0, sure)
    assert poses_agree(_pose(0.0, 0.0, 0.0, sure), moved)


@pytest.mark.parametrize("other", [(1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, 0.5), (0.0, 0.0, np.pi)])
def test_far_ones_do_not_unless_they_are_unsure(other: tuple[float, float, float]) -> None:
    assert not poses_agree(_pose(0.0, 0.0, 0.0), _pose(*other))
    assert poses_agree(_pose(0.0, 0.0, 0.0, np.eye(6)), _pose(*other))


def test_what_is_unsure_in_one_direction_agrees_in_that_one_only() -> None:
    along = _pose(0.0, 0.0, 0.0, np.diag([1.0, 1e-4, 1e-4, 1e-4, 1e-4, 1e-4]))
    assert poses_agree(along, _pose(2.0, 0.0, 0.0))
    assert not poses_agree(along, _pose(0.0, 2.0, 0.0))


@given(metres, angles, spreads, spreads)
def test_fusing_a_pose_with_itself_changes_nothing_but_how_sure_it_is(
    x: float, yaw: float, one: np.ndarray, other: np.ndarray
) -> None:
    fused = fuse_poses(_pose(x, 1.0, yaw, one), _pose(x, 1.0, yaw, other), 3.0)
    np.testing.assert_allclose(fused.map_from_base, planar_pose(x, 1.0, yaw), atol=1e-9)
    assert np.linalg.eigvalsh(fused.covariance)[0] > 0
    assert np.linalg.eigvalsh(other - fused.covariance)[0] > -1e-9  # never less sure than the fix alone


def test_many_fixes_of_one_spot_count_for_few_and_the_newest_for_a_quarter() -> None:
    one = _pose(0.0, 0.0, 0.0, np.eye(6) * 0.01)
    held = one
    for _ in range(200):
        held = fuse_poses(held, one, 3.0)
    assert 0.3 < held.covariance[0, 0] / 0.01 < 0.6
    shifted = fuse_poses(held, _pose(0.4, 0.0, 0.2, np.eye(6) * 0.01), 3.0)
    assert 0.25 <= shifted.map_from_base[0, 3] / 0.4 < 0.6
    assert 0.25 <= float(yaw_of(shifted.map_from_base)) / 0.2 < 0.6
    assert cv2.norm(shifted.map_from_base[2:3]) == pytest.approx(1.0)
