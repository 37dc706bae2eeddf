"""A drive: where the robot's base was, at any time; and the wheel odometry it believed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.geometry import interpolate_poses, invert_pose, planar_pose, yaw_of
from vpr_ros.core.records import Array, Matrix4
from vpr_ros.simulation.flat import STOREY_M
from vpr_ros.simulation.flat_config import OdometryConfig

LIFT_STEP_M = 0.5
"""A pose that climbs more than this from one to the next went by lift; no frames are taken between the two."""


@dataclass(frozen=True, eq=False)
class Drive:
    """Any trajectory: stamps_ns int64 [n], strictly ascending, and map_from_base [n, 4, 4]."""

    stamps_ns: Array
    map_from_base: Array

    def __post_init__(self) -> None:
        if len(self.stamps_ns) < 2 or not np.all(np.diff(self.stamps_ns) > 0):
            raise SettingsError("a drive needs at least two poses with strictly ascending stamps")

    @property
    def seconds(self) -> float:
        return float(self.stamps_ns[-1] - self.stamps_ns[0]) / 1e9

    def poses_at(self, stamps_ns: Array) -> Array:
        """map_from_base [m, 4, 4] at stamps within the drive. In a lift the robot is on the floor it left."""
        later = np.clip(np.searchsorted(self.stamps_ns, stamps_ns), 1, len(self.stamps_ns) - 1)
        a, b = self.map_from_base[later - 1], self.map_from_base[later]
        span = self.stamps_ns[later] - self.stamps_ns[later - 1]
        share = np.clip((stamps_ns - self.stamps_ns[later - 1]) / span, 0.0, 1.0)
        share = np.where(self._rides(later) & (share < 1.0), 0.0, share)
        return interpolate_poses(a, b, share)

    def in_lift(self, stamps_ns: Array) -> Array:
        """Whether the robot is between floors, bool [m]."""
        later = np.clip(np.searchsorted(self.stamps_ns, stamps_ns), 1, len(self.stamps_ns) - 1)
        inside = (stamps_ns > self.stamps_ns[later - 1]) & (stamps_ns < self.stamps_ns[later])
        return np.asarray(self._rides(later) & inside)

    def _rides(self, later: Array) -> Array:
        climb = np.abs(self.map_from_base[later, 2, 3] - self.map_from_base[later - 1, 2, 3])
        return np.asarray(climb > LIFT_STEP_M)

    def ticks(self, rate_hz: float) -> Array:
        """Stamps of a sensor of this rate from the drive's start to its end."""
        count = int(self.seconds * rate_hz) + 1
        return np.asarray(self.stamps_ns[0] + np.rint(np.arange(count) * (1e9 / rate_hz)).astype(np.int64))

    def twist_at(self, stamp_ns: int) -> tuple[Matrix4, Array]:
        """(pose, velocity in the base frame: linear m/s and angular rad/s [6]) at a stamp, by central difference."""
        step = 5_000_000
        around = np.clip(np.array([stamp_ns - step, stamp_ns, stamp_ns + step]), self.stamps_ns[0], self.stamps_ns[-1])
        before, here, after = self.poses_at(around)
        seconds = (around[2] - around[0]) / 1e9
        moved = invert_pose(before) @ after
        if abs(moved[2, 3]) > LIFT_STEP_M:
            return here, np.zeros(6)
        turn = 0.5 * np.array([moved[2, 1] - moved[1, 2], moved[0, 2] - moved[2, 0], moved[1, 0] - moved[0, 1]])
        return here, np.concatenate([moved[:3, 3], turn]) / seconds


def floor_of(map_from_base: Matrix4, floors: int) -> int:
    """Which storey a base stands on."""
    return int(np.clip(np.rint(map_from_base[2, 3] / STOREY_M), 0, floors - 1))


@dataclass(frozen=True, eq=False)
class WheelOdometry:
    """odom_from_base [n, 4, 4] and velocities [n, 2] (m/s, rad/s) at stamps_ns [n]."""

    stamps_ns: Array
    odom_from_base: Array
    velocities: Array


def drift_odometry(drive: Drive, config: OdometryConfig, rate_hz: float, seed: tuple[int, ...]) -> WheelOdometry:
    """What the wheels tell: the true motion with errors of scale, heading and slip; continuous, planar, from zero."""
    rng = np.random.default_rng(seed)
    stamps = drive.ticks(rate_hz)
    poses = drive.poses_at(stamps)
    moved = invert_pose(poses[:-1]) @ poses[1:]
    forward, turned = moved[:, 0, 3].copy(), yaw_of(moved)
    forward[np.abs(moved[:, 2, 3]) > LIFT_STEP_M] = 0.0  # the lift moves, the wheels do not
    scale = 1 + config.scale_error * rng.standard_normal()
    turn_scale = 1 + config.turn_scale_error * rng.standard_normal()
    drift = config.heading_drift_rad_m * rng.standard_normal()
    noise = rng.standard_normal((2, len(forward)))
    told = forward * scale + config.slip * np.sqrt(np.abs(forward)) * noise[0]
    told_turn = turned * turn_scale + np.abs(forward) * drift + config.turn_slip * np.sqrt(np.abs(turned)) * noise[1]
    heading = np.concatenate([[0.0], np.cumsum(told_turn)])
    middle = heading[:-1] + told_turn / 2
    x = np.concatenate([[0.0], np.cumsum(told * np.cos(middle))])
    y = np.concatenate([[0.0], np.cumsum(told * np.sin(middle))])
    believed = np.stack([planar_pose(*row) for row in zip(x.tolist(), y.tolist(), heading.tolist(), strict=True)])
    seconds = np.diff(stamps) / 1e9
    velocities = np.vstack([[0.0, 0.0], np.column_stack([told / seconds, told_turn / seconds])])
    return WheelOdometry(stamps, believed, velocities)
