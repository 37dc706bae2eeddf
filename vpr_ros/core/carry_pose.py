"""A pose is carried on by odometry, and grows less certain on the way. Whether two poses say the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vpr_ros.core.geometry import distance_m, rotation_between_rad
from vpr_ros.core.pose.covariance import moved_pose, pose_change
from vpr_ros.core.records import Array, Matrix4

# Two poses of the same robot differ by more than this in one of 1000 cases: chi square of x, y and yaw.
MOST_APART = 16.27
# And never by less than what no consumer minds: covariances tell of noise, not of a map that is bent a little.
TOLERATED_M, TOLERATED_RAD = 0.1, np.radians(3.0)
_IN_PLANE = np.array([0, 1, 5])


@dataclass(frozen=True, eq=False)
class UncertainPose:
    """Where the base is in the map at a stamp. covariance: 6x6, REP-103, metres and radians, axes of the map."""

    stamp_ns: int
    map_from_base: Matrix4
    covariance: Array


@dataclass(frozen=True)
class OdometryDrift:
    """How far odometry may be off: standard deviations after one metre or radian, which grow with the root of both."""

    m_per_root_m: float = 0.05
    rad_per_root_m: float = 0.03
    rad_per_root_rad: float = 0.05


def carry_pose(pose: UncertainPose, moved: Matrix4, stamp_ns: int, drift: OdometryDrift) -> UncertainPose:
    """The pose after the base moved so (the later base seen from the earlier one), at the later stamp.

    What the heading is off by moves the position by its arm; drift comes on top, as if it had been gathered evenly on a
    straight way. Two carries on such a way make the same as one.
    """
    carried = pose.map_from_base @ moved
    way_m = float(distance_m(np.eye(4), moved))
    turned_rad = float(rotation_between_rad(np.eye(4), moved))
    arm = np.cross(carried[:3, 3] - pose.map_from_base[:3, 3], np.eye(3))  # a turn about the axes -> how it moves
    change = np.eye(6)
    change[:3, 3:] = arm
    turning = drift.rad_per_root_m**2 * way_m + drift.rad_per_root_rad**2 * turned_rad
    added = np.zeros((6, 6))
    added[:3, :3] = np.eye(3) * drift.m_per_root_m**2 * way_m + turning * (arm @ arm.T) / 3
    added[:3, 3:] = turning * arm / 2
    added[3:, :3] = added[:3, 3:].T
    added[3:, 3:] = np.eye(3) * turning
    covariance = change @ pose.covariance @ change.T + added
    return UncertainPose(stamp_ns, carried, (covariance + covariance.T) / 2)


def poses_agree(one: UncertainPose, other: UncertainPose) -> bool:
    """Whether the two, of the same moment, may be the same robot: in x, y and yaw, given how uncertain both are."""
    apart = pose_change(one.map_from_base, other.map_from_base)[_IN_PLANE]
    spread = (one.covariance + other.covariance)[np.ix_(_IN_PLANE, _IN_PLANE)]
    spread = spread + np.diag([TOLERATED_M**2, TOLERATED_M**2, TOLERATED_RAD**2]) / MOST_APART
    return bool(apart @ np.linalg.solve(spread, apart) <= MOST_APART)


def fuse_poses(held: UncertainPose, fix: UncertainPose, most_fixes: float) -> UncertainPose:
    """Both of one moment as one. Fixes from near each other err alike, so what is held counts for so many at most."""
    trusted = held.covariance + fix.covariance / most_fixes
    gain = np.linalg.solve((trusted + fix.covariance).T, trusted.T).T
    fused = moved_pose(held.map_from_base, gain @ pose_change(held.map_from_base, fix.map_from_base))
    left = np.eye(6) - gain
    covariance = left @ trusted @ left.T + gain @ fix.covariance @ gain.T
    return UncertainPose(fix.stamp_ns, fused, (covariance + covariance.T) / 2)
