"""Pose messages that can be fused, and those that cannot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from driving_robot import DrivingRobot, pose_cdr
from hypothesis import given, settings
from hypothesis import strategies as st

from vpr_ros.core.carry_pose import UncertainPose
from vpr_ros.core.errors import SourceError
from vpr_ros.core.geometry import planar_pose
from vpr_ros.ros.consumers.read_fix import read_fix

GOOD = DrivingRobot().fix()
coordinates = st.floats(-1e3, 1e3)


@settings(deadline=None)
@given(coordinates, coordinates, st.floats(-3, 3))
def test_a_pose_comes_through(x: float, y: float, yaw: float) -> None:
    frame, fix = read_fix(pose_cdr(UncertainPose(5, planar_pose(x, y, yaw), GOOD.covariance), "/map"))
    assert (frame, fix.stamp_ns) == ("map", 5)
    np.testing.assert_allclose(fix.map_from_base, planar_pose(x, y, yaw), atol=1e-9)
    np.testing.assert_array_equal(fix.covariance, GOOD.covariance)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (replace(GOOD, stamp_ns=0), "no stamp"),
        (replace(GOOD, covariance=np.zeros((6, 6))), "not positive definite"),
        (replace(GOOD, covariance=np.eye(6) + np.eye(6, k=1)), "not positive definite"),
        (replace(GOOD, covariance=np.full((6, 6), np.nan)), "not a number"),
        (replace(GOOD, map_from_base=planar_pose(np.inf, 0.0, 0.0)), "not a number"),
    ],
)
def test_what_cannot_be_fused_says_why(bad: UncertainPose, why: str) -> None:
    with pytest.raises(SourceError, match=why):
        read_fix(pose_cdr(bad))


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_garbage_is_refused_in_one_way(cdr: bytes) -> None:
    with pytest.raises(SourceError):
        read_fix(cdr)
