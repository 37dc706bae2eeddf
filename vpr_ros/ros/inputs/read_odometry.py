"""An odometry message as it came over the wire -> how the base moved. Knows no rclpy."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from vpr_ros.core.errors import SourceError
from vpr_ros.core.geometry import invert_pose, pose_matrix
from vpr_ros.core.records import Matrix4
from vpr_ros.ros.inputs.odometry_buffer import OdometrySample
from vpr_ros.sources.bags.message_cdr import deserialize_message
from vpr_ros.sources.bags.transform_tree import frame_name

ODOMETRY = "nav_msgs/msg/Odometry"


def read_odometry(cdr: bytes, base_frame: str, lookup: Callable[[str, str], Matrix4 | None]) -> OdometrySample:
    """A sample of the base. `lookup(target, source)` says how the message's child frame sits on it, if it is another.

    An empty child frame is taken for the base's. Raises SourceError saying why the message cannot be used.
    """
    message = deserialize_message(ODOMETRY, cdr)
    stamp = message.header.stamp
    stamp_ns = stamp.sec * 10**9 + stamp.nanosec
    if stamp_ns <= 0:
        raise SourceError("odometry has no stamp; its publisher must set header.stamp")
    at, turned = _numbers(message.pose.pose.position, "xyz"), _numbers(message.pose.pose.orientation, "xyzw")
    moving, turning = (_numbers(part, "xyz") for part in (message.twist.twist.linear, message.twist.twist.angular))
    if not all(math.isfinite(each) for each in (*at, *turned, *moving, *turning)):
        raise SourceError("odometry is not a number")
    try:
        odom_from_child = pose_matrix(np.array(at), np.array(turned))
    except ValueError as error:
        raise SourceError("odometry has a quaternion of zero length") from error
    child, base = frame_name(message.child_frame_id), frame_name(base_frame)
    if child in ("", base):
        return OdometrySample(stamp_ns, odom_from_child, math.hypot(*moving), math.hypot(*turning))
    base_from_child = lookup(base, child)
    if base_from_child is None:
        raise SourceError(f"odometry is of {child!r}, which static TF does not join to the base {base!r}")
    child_from_base = invert_pose(base_from_child)
    speed = np.asarray(moving) + np.cross(turning, child_from_base[:3, 3])
    return OdometrySample(stamp_ns, odom_from_child @ child_from_base, math.hypot(*speed), math.hypot(*turning))


def _numbers(part: Any, names: str) -> list[float]:
    return [float(getattr(part, name)) for name in names]
