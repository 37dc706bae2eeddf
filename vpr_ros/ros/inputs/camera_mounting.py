"""Where the camera sits on the robot: what a pose of the robot needs beside the camera's own."""

from __future__ import annotations

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile

from vpr_ros.core.errors import SourceError
from vpr_ros.core.records import Matrix4
from vpr_ros.ros.inputs.static_transforms import TF_MESSAGE, StaticTransforms
from vpr_ros.ros.plumbing.messages import MessageTypeError, message_class
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog

EVERY_STATIC = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class CameraMounting:
    """By static TF. Images are localized without it too; poses then say why there are none, and it is logged once."""

    def __init__(self, node: Node, base_frame: str, log: ThrottledLog) -> None:
        self._node, self._base_frame, self._log = node, base_frame, log
        self._transforms = StaticTransforms()
        self._subscription = None
        try:
            kind = message_class(TF_MESSAGE)
        except MessageTypeError as error:
            log.once("/tf_static", f"{error}: where the camera sits is not known; set node.mounting:=map")
            return
        group = MutuallyExclusiveCallbackGroup()
        self._subscription = node.create_subscription(
            kind, "/tf_static", self._receive, EVERY_STATIC, callback_group=group, raw=True
        )

    def close(self) -> None:
        """Unsubscribe."""
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)

    def base_from_camera(self, camera_frame: str) -> Matrix4 | None:
        """None while static TF does not join the camera's frame to the base."""
        found = self._transforms.lookup(self._base_frame, camera_frame)
        if found is None and self._subscription is not None:
            told = f"static TF does not join {self._base_frame!r} to the images' frame {camera_frame!r}: no poses"
            self._log.once(camera_frame, told)
        return found

    def _receive(self, cdr: bytes) -> None:
        try:
            self._transforms.receive(cdr)
        except SourceError as error:
            self._log.once("/tf_static", f"/tf_static: {error}")
