from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.core.geometry import planar_pose
from vpr_ros.evaluation.answered_pose import AnsweredPose
from vpr_ros.evaluation.pose_error import direction_error_deg, pose_error

TRUE = planar_pose(1.0, 2.0, 0.5)


def test_distance_angle_and_axes():
    error = pose_error(AnsweredPose(planar_pose(4.0, 6.0, 0.5 + np.radians(30)), None), TRUE)
    assert error.distance_m == pytest.approx(5)
    assert error.angle_deg == pytest.approx(30)
    assert error.axes == pytest.approx([3, 4, 0, 0, 0, np.radians(30)])
    assert error.sigmas is None
    assert error.nees is None


def test_covariance_gives_sigmas_and_nees():
    error = pose_error(AnsweredPose(planar_pose(1.2, 2.0, 0.5), np.diag([0.04, 1, 1, 1, 1, 1])), TRUE)
    assert error.sigmas == pytest.approx([0.2, 1, 1, 1, 1, 1])
    assert error.nees == pytest.approx(1)


@pytest.mark.parametrize("covariance", [np.zeros((6, 6)), -np.eye(6), np.full((6, 6), np.nan), np.eye(3)])
def test_a_covariance_that_is_none_is_not_used(covariance):
    error = pose_error(AnsweredPose(TRUE, covariance), TRUE)
    assert error.sigmas is None
    assert error.distance_m == 0


def test_an_answer_that_is_no_number_is_infinitely_wrong():
    error = pose_error(AnsweredPose(np.full((4, 4), np.nan), np.eye(6)), TRUE)
    assert error.distance_m == error.angle_deg == np.inf


def test_direction_from_the_place_to_the_query():
    place = planar_pose(0.0, 0.0, 1.0)
    ahead, aside = planar_pose(2.0, 0.0, 0.0), planar_pose(0.0, 3.0, 0.0)
    assert direction_error_deg(place, aside, ahead) == pytest.approx(90)
    assert direction_error_deg(place, ahead, ahead) == pytest.approx(0, abs=1e-6)


def test_no_direction_from_where_one_stands_and_none_from_no_pose():
    place = planar_pose(0.0, 0.0, 1.0)
    assert direction_error_deg(place, planar_pose(1.0, 0.0, 0.0), planar_pose(0.05, 0.0, 0.0)) is None
    assert direction_error_deg(place, np.full((4, 4), np.nan), planar_pose(1.0, 0.0, 0.0)) == np.inf
    assert direction_error_deg(place, place, planar_pose(1.0, 0.0, 0.0)) == np.inf
