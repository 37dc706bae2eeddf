from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.geometry import invert_pose, planar_pose, rotation_between_rad, yaw_of
from vpr_ros.simulation.drive import Drive, drift_odometry, floor_of
from vpr_ros.simulation.flat_config import OdometryConfig

SECOND = 10**9


def _circle(seconds: float = 60.0, radius: float = 2.0, speed: float = 0.5) -> Drive:
    times = np.arange(0, seconds, 0.02)
    turned = times * speed / radius
    poses = [planar_pose(radius * np.sin(a), radius * (1 - np.cos(a)), a) for a in turned.tolist()]
    return Drive(SECOND + np.rint(times * SECOND).astype(np.int64), np.stack(poses))


def _with_lift() -> Drive:
    stamps = np.array([0, 1, 2, 8, 9, 10]) * SECOND + SECOND
    return Drive(
        stamps, np.stack([planar_pose(x, 0, 0, z) for x, z in ((0, 0), (0.5, 0), (1, 0), (1, 3), (1.5, 3), (2, 3))])
    )


def test_poses_between_are_interpolated() -> None:
    drive = _with_lift()
    pose = drive.poses_at(np.array([int(1.5 * SECOND)]))[0]
    np.testing.assert_allclose(pose[:3, 3], [0.25, 0, 0], atol=1e-9)


def test_nobody_floats_between_floors() -> None:
    drive = _with_lift()
    stamps = np.arange(3 * SECOND, 9 * SECOND + 1, SECOND // 2)
    heights = drive.poses_at(stamps)[:, 2, 3]
    assert set(np.round(heights, 6)) == {0.0, 3.0}
    np.testing.assert_array_equal(drive.in_lift(stamps), (stamps > 3 * SECOND) & (stamps < 9 * SECOND))
    assert [floor_of(pose, 2) for pose in drive.map_from_base] == [0, 0, 0, 1, 1, 1]


def test_twist_is_the_motion_seen_from_the_base() -> None:
    drive = _circle()
    pose, twist = drive.twist_at(SECOND + 20 * SECOND)
    np.testing.assert_allclose(twist, [0.5, 0, 0, 0, 0, 0.25], atol=2e-3)
    assert float(yaw_of(pose)) == pytest.approx(((20 * 0.25 + np.pi) % (2 * np.pi)) - np.pi, abs=1e-6)


def test_perfect_wheels_tell_the_truth() -> None:
    drive = _circle()
    perfect = OdometryConfig(0.0, 0.0, 0.0, 0.0, 0.0)
    odometry = drift_odometry(drive, perfect, 25.0, (1,))
    truth = invert_pose(drive.map_from_base[0]) @ drive.poses_at(odometry.stamps_ns)
    assert np.abs(odometry.odom_from_base - truth).max() < 1e-3
    assert odometry.velocities[100] == pytest.approx([0.5, 0.25], abs=1e-3)


def test_real_wheels_drift_by_percents_smoothly_and_by_seed() -> None:
    drive = _circle(80.0)
    errors = []
    for seed in range(5):
        odometry = drift_odometry(drive, OdometryConfig(), 25.0, (seed,))
        steps = np.linalg.norm(np.diff(odometry.odom_from_base[:, :2, 3], axis=0), axis=1)
        assert steps.max() < 0.05  # half a metre a second and noise: continuous, never a jump
        truth = invert_pose(drive.map_from_base[0]) @ drive.poses_at(odometry.stamps_ns)
        errors.append(float(rotation_between_rad(odometry.odom_from_base[-1], truth[-1])))
    assert 0.01 < np.median(errors) < 0.6
    assert max(errors) < 1.5
    again = drift_odometry(drive, OdometryConfig(), 25.0, (0,)).odom_from_base
    np.testing.assert_array_equal(again, drift_odometry(drive, OdometryConfig(), 25.0, (0,)).odom_from_base)
    assert not np.array_equal(again, drift_odometry(drive, OdometryConfig(), 25.0, (1,)).odom_from_base)


def test_wheels_do_not_notice_the_lift() -> None:
    odometry = drift_odometry(_with_lift(), OdometryConfig(0.0, 0.0, 0.0, 0.0, 0.0), 10.0, (1,))
    np.testing.assert_allclose(odometry.odom_from_base[:, 2, 3], 0)
    assert odometry.odom_from_base[-1, 0, 3] == pytest.approx(2.0, abs=1e-6)


@settings(max_examples=50, deadline=None)
@given(st.floats(0.5, 60), st.floats(1, 100))
def test_ticks_stay_within_the_drive(seconds: float, rate: float) -> None:
    drive = Drive(np.array([SECOND, SECOND + round(seconds * SECOND)]), np.stack([np.eye(4)] * 2))
    ticks = drive.ticks(rate)
    assert ticks[0] == drive.stamps_ns[0]
    assert ticks[-1] <= drive.stamps_ns[-1] + 1
    assert len(ticks) == int(drive.seconds * rate) + 1


@pytest.mark.parametrize("stamps", [[1], [2, 2], [3, 2]])
def test_stamps_must_ascend(stamps: list[int]) -> None:
    with pytest.raises(SettingsError, match="ascending"):
        Drive(np.array(stamps), np.stack([np.eye(4)] * len(stamps)))
