"""Poses in a row that say the same: one view may be mistaken, several on a way hardly. Knows no rclpy."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.carry_pose import OdometryDrift, UncertainPose, carry_pose, poses_agree
from vpr_ros.ros.inputs.odometry_buffer import OdometryBuffer


class AgreeingViews:
    """Counts them. Where odometry does not know how the robot moved between two, they agree if it stood."""

    def __init__(self, odometry: OdometryBuffer, drift: OdometryDrift) -> None:
        self._odometry, self._drift = odometry, drift
        self._last: UncertainPose | None = None
        self._count = 0

    def add(self, pose: UncertainPose) -> int:
        """How many in a row agree, this one included; 1 when it contradicts the one before."""
        last, self._last = self._last, pose
        self._count = self._count + 1 if last is not None and self._agree(last, pose) else 1
        return self._count

    def clear(self) -> None:
        """Begin anew."""
        self._last, self._count = None, 0

    def _agree(self, last: UncertainPose, pose: UncertainPose) -> bool:
        moved = self._odometry.moved(last.stamp_ns, pose.stamp_ns)
        return poses_agree(carry_pose(last, np.eye(4) if moved is None else moved, pose.stamp_ns, self._drift), pose)
