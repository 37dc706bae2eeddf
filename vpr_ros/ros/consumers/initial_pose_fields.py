"""The message on `initialpose`. Knows ROS by its names only."""

from __future__ import annotations

from typing import Any

import numpy as np

from vpr_ros.core.carry_pose import UncertainPose
from vpr_ros.core.message_fields import header_fields, pose_fields


def initial_pose_fields(pose: UncertainPose, map_frame: str) -> dict[str, Any]:
    """The fields of a PoseWithCovarianceStamped. Variances only: AMCL refuses a message whose covariance holds a
    negative number, which off its diagonal is nothing wrong, and spreads its particles by the variances anyway.
    """
    variances = np.diag(np.diagonal(pose.covariance)).reshape(36)
    return {
        "header": header_fields(pose.stamp_ns, map_frame),
        "pose": {"pose": pose_fields(pose.map_from_base), "covariance": variances},
    }
