"""One who tracks the robot from `initialpose` on as AMCL does: checks the message, integrates odometry, confirms.

Not a test file. A node of its own, over DDS; what AMCL looks up in TF (base at the stamp from base now) is here looked
up in the same odometry.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from consumer_rules import amcl, fields_of
from robot import Client, stamp_of

from vpr_ros.core.geometry import invert_pose, pose_matrix
from vpr_ros.core.outputs.topics import ODOMETRY, POSE
from vpr_ros.core.records import Matrix4


class AmclLike:
    """`confirmed` grows by the pose it believes in, with each message that it accepts; `objections` otherwise."""

    def __init__(self, client: Client, global_frame: str = "map") -> None:
        """Its callbacks come one at a time."""
        self._global_frame = global_frame
        self._odometry: dict[int, Matrix4] = {}
        self._waiting: list[tuple[int, Matrix4]] = []
        self.messages: list[Any] = []
        self.confirmed: list[tuple[int, Matrix4]] = []
        self.objections: list[str] = []
        client.hear("/odom", ODOMETRY, self._drive, 100)
        client.hear("/initialpose", POSE, self._initial_pose)

    def _initial_pose(self, message: Any) -> None:
        self.messages.append(message)
        self.objections += amcl(fields_of(message), self._global_frame)
        self._waiting.append((stamp_of(message), matrix_of(message.pose.pose)))

    def _drive(self, message: Any) -> None:
        """Odometry of the pose's moment may be heard after the pose; odometry of later moments without it may not."""
        now_ns, now = stamp_of(message), matrix_of(message.pose.pose)
        self._odometry[now_ns] = now
        due, self._waiting = (
            [each for each in self._waiting if each[0] <= now_ns],
            [each for each in self._waiting if each[0] > now_ns],
        )
        for stamp_ns, pose in due:
            then = self._odometry.get(stamp_ns)
            if then is None:  # AMCL would assume no motion
                self.objections.append("Failed to transform initial pose in time")
            else:
                self.confirmed.append((now_ns, pose @ invert_pose(then) @ now))


def matrix_of(pose: Any) -> Matrix4:
    """A geometry_msgs/Pose."""
    at, turned = pose.position, pose.orientation
    return pose_matrix(np.array([at.x, at.y, at.z]), np.array([turned.x, turned.y, turned.z, turned.w]))
