"""Views count in a row, by odometry where there is some."""

from __future__ import annotations

from driving_robot import DrivingRobot

from vpr_ros.core.carry_pose import OdometryDrift
from vpr_ros.core.geometry import planar_pose
from vpr_ros.ros.consumers.agreeing_views import AgreeingViews
from vpr_ros.ros.inputs.odometry_buffer import OdometryBuffer


def _driven(robot: DrivingRobot, odometry: OdometryBuffer, steps: int = 10) -> None:
    for _ in range(steps):
        odometry.add(robot.drive())


def test_views_of_a_driving_robot_agree_by_odometry_only() -> None:
    robot, odometry = DrivingRobot(), OdometryBuffer()
    knowing, blind = AgreeingViews(odometry, OdometryDrift()), AgreeingViews(OdometryBuffer(), OdometryDrift())
    counts = []
    for _ in range(3):
        _driven(robot, odometry)
        counts.append((knowing.add(robot.fix()), blind.add(robot.fix())))
    assert counts == [(1, 1), (2, 1), (3, 1)]


def test_without_odometry_a_robot_that_stands_is_seen_to() -> None:
    robot, views = DrivingRobot(), AgreeingViews(OdometryBuffer(), OdometryDrift())
    counts = []
    for off in (0.0, 0.02, -0.02):
        robot.stamp_ns += 10**9
        counts.append(views.add(robot.fix(off)))
    assert counts == [1, 2, 3]


def test_one_that_contradicts_begins_a_new_row() -> None:
    robot, odometry = DrivingRobot(), OdometryBuffer()
    views = AgreeingViews(odometry, OdometryDrift())
    _driven(robot, odometry, 1)
    counts = []
    for off in (0.0, 0.0, 3.0, 3.0, 0.0):
        _driven(robot, odometry, 3)
        counts.append(views.add(robot.fix(off)))
    assert counts == [1, 2, 1, 2, 1]
    views.clear()
    assert views.add(robot.fix()) == 1


def test_wheels_that_did_not_turn_while_the_robot_was_carried_contradict() -> None:
    robot, odometry = DrivingRobot(), OdometryBuffer()
    views = AgreeingViews(odometry, OdometryDrift())
    _driven(robot, odometry, 2)
    assert views.add(robot.fix()) == 1
    robot.carried_away(planar_pose(9.0, 9.0, 1.0))
    _driven(robot, odometry, 2)
    assert views.add(robot.fix()) == 1
