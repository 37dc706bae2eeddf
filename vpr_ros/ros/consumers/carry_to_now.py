"""A pose of a while ago -> the pose of now, as far as odometry knows. Knows no rclpy."""

from __future__ import annotations

from vpr_ros.core.carry_pose import OdometryDrift, UncertainPose, carry_pose
from vpr_ros.ros.inputs.odometry_buffer import MAX_GAP_S, OdometryBuffer

# Without odometry a pose that views agree on is that of a robot that stands, for so long.
STANDS_S = 1.0
# Odometry that is older has stopped, and nobody knows where the robot has driven since.
STOPPED_S = 1.0


def carry_to_now(
    pose: UncertainPose, odometry: OdometryBuffer, drift: OdometryDrift, now_ns: int
) -> UncertainPose | None:
    """Moved to the newest odometry, or as it is where none comes and it is fresh. None: not known, ask again later.

    Nothing that is returned is of a moment more than a second ago: who takes it for the pose of now would be misled.
    """
    newest = odometry.newest()
    if newest is None or newest.stamp_ns < pose.stamp_ns - MAX_GAP_S * 1e9:
        return pose if now_ns - pose.stamp_ns <= STANDS_S * 1e9 else None
    if now_ns - newest.stamp_ns > STOPPED_S * 1e9:
        return None
    moved = odometry.moved(pose.stamp_ns, newest.stamp_ns)
    return None if moved is None else carry_pose(pose, moved, newest.stamp_ns, drift)
