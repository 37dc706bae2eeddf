"""A pose message as it came over the wire -> a pose that can be fused. Knows no rclpy."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.carry_pose import UncertainPose
from vpr_ros.core.errors import SourceError
from vpr_ros.core.geometry import pose_matrix
from vpr_ros.core.outputs.topics import POSE
from vpr_ros.sources.bags.message_cdr import deserialize_message
from vpr_ros.sources.bags.transform_tree import frame_name


def read_fix(cdr: bytes) -> tuple[str, UncertainPose]:
    """The frame that the pose is in, and the pose. Raises SourceError saying why it cannot be used."""
    message = deserialize_message(POSE, cdr)
    stamp, at, turned = message.header.stamp, message.pose.pose.position, message.pose.pose.orientation
    stamp_ns = stamp.sec * 10**9 + stamp.nanosec
    if stamp_ns <= 0:
        raise SourceError("a pose has no stamp; its publisher must set header.stamp")
    covariance = np.array(message.pose.covariance, dtype=np.float64).reshape(6, 6)
    numbers = np.array([at.x, at.y, at.z, turned.x, turned.y, turned.z, turned.w])
    if not (np.isfinite(numbers).all() and np.isfinite(covariance).all()):
        raise SourceError("a pose is not a number")
    if not np.allclose(covariance, covariance.T) or np.linalg.eigvalsh(covariance)[0] <= 0:
        raise SourceError("a pose's covariance is not positive definite, so nobody knows what it is worth")
    try:
        map_from_base = pose_matrix(numbers[:3], numbers[3:])
    except ValueError as error:
        raise SourceError("a pose has a quaternion of zero length") from error
    return frame_name(message.header.frame_id), UncertainPose(stamp_ns, map_from_base, covariance)
