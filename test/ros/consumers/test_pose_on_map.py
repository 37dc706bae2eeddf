"""Fixes fused and carried: right, calm, sure of itself only as far as it may be, and not for ever wrong."""

from __future__ import annotations

import numpy as np
import pytest
from driving_robot import SECOND, SURE, DrivingRobot
from hypothesis import given, settings
from hypothesis import strategies as st

from vpr_ros.core.carry_pose import OdometryDrift
from vpr_ros.core.geometry import distance_m, planar_pose, rotation_between_rad
from vpr_ros.ros.consumers.pose_on_map import (
    AHEAD,
    CONTRADICTED,
    FIRST,
    FUSED,
    REPLACED,
    WITHOUT_ODOMETRY,
    PoseOnMap,
)


def _begun(robot: DrivingRobot, views: int = 3, planar: bool = True) -> PoseOnMap:
    held = PoseOnMap(OdometryDrift(), views, planar)
    held.drive(robot.sample())
    assert held.map_from_odom is None
    assert held.add(robot.fix()) == FIRST
    return held


def _drive(robot: DrivingRobot, held: PoseOnMap, steps: int) -> None:
    for _ in range(steps):
        assert held.drive(robot.drive())


@settings(deadline=None, max_examples=30)
@given(st.floats(-20, 20), st.floats(-20, 20), st.floats(-3, 3), st.integers(0, 30), st.integers(0, 30))
def test_right_fixes_make_the_right_transform_wherever_odometry_began(
    x: float, y: float, yaw: float, before: int, after: int
) -> None:
    robot = DrivingRobot(map_from_odom=planar_pose(x, y, yaw), odom_from_base=planar_pose(-y, 2 * x, 1.0))
    held = _begun(robot)
    _drive(robot, held, before)
    assert held.add(robot.fix()) == FUSED
    _drive(robot, held, after)
    assert held.map_from_odom is not None
    np.testing.assert_allclose(held.map_from_odom, robot.map_from_odom, atol=1e-6)


def test_a_late_fix_is_of_where_the_robot_was() -> None:
    robot = DrivingRobot()
    held = PoseOnMap(OdometryDrift(), 3, planar=True)
    held.drive(robot.sample())
    fix = robot.fix()
    _drive(robot, held, 8)
    assert held.add(fix) == FIRST
    np.testing.assert_allclose(held.map_from_odom, robot.map_from_odom, atol=1e-9)


def test_noisy_fixes_are_averaged_and_no_step_is_larger_than_the_fix_is_off() -> None:
    robot, rng = DrivingRobot(), np.random.default_rng(0)
    held = _begun(robot)
    fixed_m, held_m = [], []
    for _ in range(60):
        _drive(robot, held, 3)
        off = rng.multivariate_normal(np.zeros(3), np.diag([0.03, 0.03, 0.02]) ** 2)
        before, fix = held.map_from_odom, robot.fix(*off)
        assert before is not None
        gap = distance_m(before @ robot.odom_from_base, fix.map_from_base)
        assert held.add(fix) == FUSED
        assert held.map_from_odom is not None
        now = held.map_from_odom @ robot.odom_from_base
        assert distance_m(before @ robot.odom_from_base, now) <= gap + 1e-9
        fixed_m.append(np.hypot(*off[:2]))
        held_m.append(distance_m(now, robot.fix().map_from_base))
    assert np.mean(held_m[10:]) < 0.85 * np.mean(fixed_m[10:])


def test_it_grows_unsure_on_the_way_and_says_so_honestly() -> None:
    """Odometry as bad as its settings say: the true place stays within what the covariance says."""
    rng, drift = np.random.default_rng(1), OdometryDrift()
    inside = 0
    for _ in range(60):
        robot, truth = DrivingRobot(), np.eye(4)
        held = _begun(robot, planar=False)
        for _ in range(40):
            step = planar_pose(
                0.05 + rng.normal(0, drift.m_per_root_m * np.sqrt(0.05)),
                rng.normal(0, drift.m_per_root_m * np.sqrt(0.05)),
                rng.normal(0, drift.rad_per_root_m * np.sqrt(0.05)),
            )
            truth = truth @ step
            held.drive(robot.drive(0.05, 0.0))
        assert held.held is not None
        off = (robot.map_from_odom @ truth)[:2, 3] - held.held.map_from_base[:2, 3]
        inside += off @ np.linalg.solve(held.held.covariance[:2, :2], off) < 5.99  # 95%
    assert inside >= 52


def test_one_wrong_fix_moves_nothing_and_a_row_of_them_is_believed() -> None:
    robot = DrivingRobot()
    held = _begun(robot)
    before = held.map_from_odom
    assert held.add(robot.fix(x=5.0)) == CONTRADICTED
    np.testing.assert_array_equal(held.map_from_odom, before)
    elsewhere = planar_pose(-7.0, 3.0, 2.0)
    robot.carried_away(elsewhere)
    outcomes = []
    for _ in range(3):
        _drive(robot, held, 3)
        outcomes.append(held.add(robot.fix()))
    assert outcomes == [CONTRADICTED, CONTRADICTED, REPLACED]
    np.testing.assert_allclose(held.map_from_odom, robot.map_from_odom, atol=1e-6)


def test_wrong_fixes_that_contradict_each_other_never_replace() -> None:
    robot = DrivingRobot()
    held = _begun(robot)
    for off in (4.0, -4.0, 8.0, -8.0, 12.0, -12.0):
        _drive(robot, held, 2)
        assert held.add(robot.fix(x=off)) == CONTRADICTED
    assert held.add(robot.fix()) == FUSED


def test_fixes_without_odometry_of_their_moment() -> None:
    robot = DrivingRobot()
    held = PoseOnMap(OdometryDrift(), 3, planar=True)
    assert held.add(robot.fix()) == AHEAD
    early = robot.fix()
    robot.stamp_ns += 2 * SECOND
    held.drive(robot.sample())
    assert held.add(early) == WITHOUT_ODOMETRY
    robot.stamp_ns += SECOND
    assert held.add(robot.fix()) == AHEAD
    assert held.map_from_odom is None


@pytest.mark.parametrize("back", [True, False])
def test_odometry_that_begins_anew_leaves_nothing(back: bool) -> None:
    robot = DrivingRobot()
    held = _begun(robot)
    _drive(robot, held, 5)
    if back:
        robot.stamp_ns -= SECOND
        assert not held.drive(robot.sample())
    else:
        assert not held.drive(robot.drive(way_m=30.0))
    assert held.map_from_odom is None
    assert held.add(robot.fix()) == FIRST


def test_a_driver_that_starts_again_after_a_pause_takes_the_transform_down() -> None:
    """Within 4 s the robot could have driven back to where its odometry began; it did not."""
    robot = DrivingRobot(odom_from_base=planar_pose(8.0, 3.0, 1.0))
    held = _begun(robot)
    robot.odom_from_base = np.eye(4)
    robot.stamp_ns += 4 * SECOND
    assert not held.drive(robot.sample())
    assert held.map_from_odom is None


def test_on_a_floor_what_tilts_is_left_out_and_the_place_stays() -> None:
    robot = DrivingRobot(odom_from_base=planar_pose(30.0, 5.0, 0.4))
    tilted = robot.fix()
    lean = np.eye(4)
    lean[:3, :3] = [[np.cos(0.03), 0, np.sin(0.03)], [0, 1, 0], [-np.sin(0.03), 0, np.cos(0.03)]]
    lean[2, 3] = 0.1
    held = PoseOnMap(OdometryDrift(), 3, planar=True)
    held.drive(robot.sample())
    held.add(type(tilted)(tilted.stamp_ns, tilted.map_from_base @ lean, SURE))
    assert held.map_from_odom is not None
    np.testing.assert_array_equal(held.map_from_odom[2], [0, 0, 1, 0])
    assert distance_m(held.map_from_odom @ robot.odom_from_base, tilted.map_from_base) < 0.01
    assert rotation_between_rad(held.map_from_odom @ robot.odom_from_base, tilted.map_from_base) < 0.01
