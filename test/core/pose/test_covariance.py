from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pose_scene import ON_ROBOT, exact_pairs, robot_at, room

from vpr_ros.core.geometry import invert_pose, pose_matrix
from vpr_ros.core.pose.correlated_noise import correlated_noise
from vpr_ros.core.pose.covariance import FLOOR_M, base_covariance, calibrated, moved_covariance, moved_pose

number = st.floats(-1, 1)


@st.composite
def rigid(draw):
    q = np.array([draw(number) for _ in range(4)])
    q = q if np.linalg.norm(q) > 0.1 else np.array([0.0, 0, 0, 1])
    return pose_matrix(np.array([draw(number) * 5 for _ in range(3)]), q)


@settings(deadline=None)
@given(rigid(), rigid(), st.lists(number, min_size=6, max_size=6))
def test_a_small_change_of_the_camera_is_that_change_of_the_base(camera_from_map, camera_from_base, direction):
    """Against what really happens when the camera's pose is changed: a rank-one covariance along one direction."""
    change = np.array(direction) * 1e-6
    half, moved = change[:3], np.eye(4)
    turn = pose_matrix(np.zeros(3), np.append(half, np.sqrt(1 - half @ half)))[:3, :3]  # pycolmap's quaternion
    moved[:3, :3], moved[:3, 3] = turn @ camera_from_map[:3, :3], camera_from_map[:3, 3] + change[3:]
    before, after = (invert_pose(each) @ camera_from_base for each in (camera_from_map, moved))
    turned = after[:3, :3] @ before[:3, :3].T
    skew = (turned - turned.T) / 2
    really = np.concatenate([after[:3, 3] - before[:3, 3], [skew[2, 1], skew[0, 2], skew[1, 0]]])
    said = base_covariance(np.outer(change, change), camera_from_map, camera_from_base)
    assert said == pytest.approx(np.outer(really, really), rel=1e-3, abs=1e-15)


@settings(deadline=None)
@given(st.lists(st.floats(-3, 3), min_size=36, max_size=36), st.floats(-8, 2))
def test_whatever_comes_in_it_is_symmetric_positive_definite_and_not_below_the_floor(values, size):
    square = np.array(values).reshape(6, 6) * 10**size
    covariance = calibrated(square)
    assert np.array_equal(covariance, covariance.T)
    assert np.linalg.eigvalsh(covariance)[0] > 0
    assert np.all(np.diag(covariance)[:3] >= FLOOR_M**2 * 0.999)


def test_along_the_axes_of_a_turned_frame():
    covariance = np.diag([4.0, 1, 1, 0.4, 0.1, 0.1])
    turned = moved_covariance(covariance, invert_pose(robot_at(3, 4, 90)))
    assert np.diag(turned) == pytest.approx([1, 4, 1, 0.1, 0.4, 0.1])


def test_a_pose_is_moved_along_the_axes_of_the_map():
    pose = robot_at(1, 2, 90)
    assert moved_pose(pose, np.array([0.1, 0, 0, 0, 0, 0]))[:3, 3] == pytest.approx([1.1, 2, 0])
    assert moved_pose(pose, np.array([0, 0, 0, 0, 0, np.pi / 2])) == pytest.approx(robot_at(1, 2, 180), abs=1e-12)


def _noise(pixels_of, seed=0):
    truth = robot_at(0, 0, 0)
    pairs, views = exact_pairs(room(), truth)
    pixels = pairs.pixels + pixels_of(pairs.pixels, np.random.default_rng(seed))
    return correlated_noise(dataclasses.replace(pairs, pixels=pixels), truth, views, 1.0, 100.0)


def test_residuals_that_are_wrong_by_themselves_change_nothing():
    factors = [_noise(lambda pixels, rng: rng.normal(0, 1, pixels.shape), seed) for seed in range(10)]
    assert 1.0 <= np.median(factors) < 2.0


def test_regions_that_are_wrong_together_count_as_little_as_they_know():
    """In each of 4x4 cells all points miss by the same: several hundred points know no more than sixteen."""

    def together(pixels, rng):
        cells = (pixels / [160, 120]).astype(int)
        return rng.normal(0, 1, (4, 4, 2))[cells[:, 0], cells[:, 1]]

    assert np.median([_noise(together, seed) for seed in range(10)]) > 10


def test_points_in_one_cell_say_nothing_about_each_other():
    truth = robot_at(0, 0, 0)
    corner = np.random.default_rng(0).uniform([3.0, 1.0, 1.3], [4.0, 1.2, 1.4], (50, 3))
    pairs, views = exact_pairs(corner, truth, mount=ON_ROBOT)
    assert correlated_noise(pairs, truth, views, 1.0, 2.0) == 100.0
