"""From an image's moment to now: by odometry, or not at all."""

from __future__ import annotations

import numpy as np
import pytest
from driving_robot import SECOND, DrivingRobot

from vpr_ros.core.carry_pose import OdometryDrift
from vpr_ros.ros.consumers.carry_to_now import carry_to_now
from vpr_ros.ros.inputs.odometry_buffer import OdometryBuffer

DRIFT = OdometryDrift()


def test_a_late_fix_of_a_driving_robot_is_where_the_robot_is_now() -> None:
    robot, odometry = DrivingRobot(), OdometryBuffer()
    odometry.add(robot.drive())
    seen = robot.fix()
    for _ in range(8):
        odometry.add(robot.drive())
    now = carry_to_now(seen, odometry, DRIFT, robot.stamp_ns + SECOND // 50)
    assert now is not None
    assert now.stamp_ns == robot.stamp_ns  # the newest odometry that it stands on, not the clock
    np.testing.assert_allclose(now.map_from_base, robot.fix().map_from_base, atol=1e-9)
    assert np.all(np.diagonal(now.covariance) > np.diagonal(seen.covariance))


def test_without_odometry_only_a_fresh_one_is_of_now() -> None:
    fix = DrivingRobot().fix()
    assert carry_to_now(fix, OdometryBuffer(), DRIFT, fix.stamp_ns + SECOND // 2) is fix
    assert carry_to_now(fix, OdometryBuffer(), DRIFT, fix.stamp_ns + 2 * SECOND) is None


def test_odometry_that_has_stopped_is_none() -> None:
    robot, odometry = DrivingRobot(), OdometryBuffer()
    odometry.add(robot.drive())
    robot.stamp_ns += 5 * SECOND
    assert carry_to_now(robot.fix(), odometry, DRIFT, robot.stamp_ns) is not None


def test_odometry_that_stopped_after_the_image_carries_to_no_now() -> None:
    """A pose that waited for somebody to listen, while odometry died and the robot drove on."""
    robot, odometry = DrivingRobot(), OdometryBuffer()
    odometry.add(robot.drive())
    seen = robot.fix()
    for _ in range(3):
        odometry.add(robot.drive())
    assert carry_to_now(seen, odometry, DRIFT, robot.stamp_ns + SECOND // 2) is not None
    assert carry_to_now(seen, odometry, DRIFT, robot.stamp_ns + 2 * SECOND) is None


def test_a_pose_is_not_carried_over_a_reset_of_the_odometry() -> None:
    robot, odometry = DrivingRobot(), OdometryBuffer()
    odometry.add(robot.drive(1.0, 0.5))
    seen = robot.fix()
    robot.odom_from_base = np.eye(4)  # its driver was started again
    robot.stamp_ns += SECOND
    odometry.add(robot.sample())
    assert carry_to_now(seen, odometry, DRIFT, robot.stamp_ns) is None


@pytest.mark.parametrize(("before_s", "after_s"), [(0.1, None), (2.0, 3.0)])
def test_odometry_that_is_about_to_come_is_waited_for_and_gaps_are_not_bridged(
    before_s: float, after_s: float | None
) -> None:
    robot, odometry = DrivingRobot(), OdometryBuffer()
    odometry.add(robot.sample())
    robot.stamp_ns += round(before_s * SECOND)
    fix = robot.fix()
    if after_s is not None:
        robot.stamp_ns += round(after_s * SECOND)
        odometry.add(robot.sample())
    assert carry_to_now(fix, odometry, DRIFT, robot.stamp_ns) is None
