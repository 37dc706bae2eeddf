from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.core.geometry import (
    distance_m,
    interpolate_poses,
    invert_pose,
    matrix_from_quaternion,
    planar_pose,
    pose_matrix,
    quaternion_from_matrix,
    quaternion_from_roll_pitch_yaw,
    rotation_between_rad,
    yaw_of,
)

coordinates = st.floats(-100, 100)


@st.composite
def quaternions(draw):
    q = np.array([draw(st.floats(-1, 1)) for _ in range(4)])
    length = np.linalg.norm(q)
    return q / length if length > 0.1 else np.array([0.0, 0.0, 0.0, 1.0])


@st.composite
def poses(draw):
    return pose_matrix(np.array([draw(coordinates) for _ in range(3)]), draw(quaternions()))


@given(quaternions())
def test_a_quaternion_comes_back_up_to_its_sign(q):
    back = quaternion_from_matrix(matrix_from_quaternion(q))
    assert back[3] >= 0
    assert abs(np.dot(back, q)) == pytest.approx(1, abs=1e-9)


@given(poses())
def test_an_inverse_undoes_a_pose(pose):
    assert np.allclose(invert_pose(pose) @ pose, np.eye(4), atol=1e-9)


@given(poses(), poses(), st.floats(0, 1))
def test_between_two_poses_both_parts_move_in_proportion(a, b, share):
    between = interpolate_poses(a, b, share)
    assert distance_m(a, between) == pytest.approx(share * distance_m(a, b), abs=1e-7)
    angle = float(rotation_between_rad(a, b))
    if angle < np.pi - 1e-3:  # half a turn has two shortest arcs
        assert rotation_between_rad(a, between) == pytest.approx(share * angle, abs=1e-6)


@given(coordinates, coordinates, st.floats(-3.1, 3.1))
def test_a_planar_pose_faces_its_yaw(x, y, yaw):
    pose = planar_pose(x, y, yaw)
    assert yaw_of(pose) == pytest.approx(yaw)
    assert pose[:2, 3].tolist() == [x, y]


def test_rotations_are_right_handed():
    quarter_turn_left = matrix_from_quaternion(np.array([0, 0, np.sqrt(0.5), np.sqrt(0.5)]))
    assert np.allclose(quarter_turn_left @ [1, 0, 0], [0, 1, 0])


def test_functions_broadcast():
    many = np.stack([planar_pose(x, 0, 0.1 * x) for x in range(5)])
    assert distance_m(many[0], many).tolist() == [0, 1, 2, 3, 4]
    assert np.allclose(rotation_between_rad(many[0], many), 0.1 * np.arange(5))


@pytest.mark.parametrize("q", [[0, 0, 0, 0], [np.nan, 0, 0, 1]])
def test_a_quaternion_without_length_is_refused(q):
    with pytest.raises(ValueError, match="zero length"):
        matrix_from_quaternion(np.array(q))


angles = st.floats(-3.1, 3.1)


@given(angles, angles, angles)
def test_roll_pitch_yaw_turn_about_fixed_axes_in_that_order(roll, pitch, yaw):
    about = [np.array([1.0, 0, 0]), np.array([0, 1.0, 0]), np.array([0, 0, 1.0])]
    x, y, z = (
        matrix_from_quaternion(np.append(axis * np.sin(angle / 2), np.cos(angle / 2)))
        for axis, angle in zip(about, (roll, pitch, yaw), strict=True)
    )
    turned = matrix_from_quaternion(quaternion_from_roll_pitch_yaw(roll, pitch, yaw))
    np.testing.assert_allclose(turned, z @ y @ x, atol=1e-9)
