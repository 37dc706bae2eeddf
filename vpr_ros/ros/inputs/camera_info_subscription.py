"""Keeps the newest calibration of the camera."""

from __future__ import annotations

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy

from vpr_ros.core.errors import SourceError
from vpr_ros.core.records import Intrinsics
from vpr_ros.ros.plumbing.messages import message_class
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog
from vpr_ros.sources.bags.message_cdr import deserialize_message
from vpr_ros.sources.images.camera_intrinsics import intrinsics_from_camera_info, is_rectified_topic

CAMERA_INFO = "sensor_msgs/msg/CameraInfo"


class CameraInfoSubscription:
    """Images are localized without a calibration too; what needs one says so."""

    def __init__(self, node: Node, log: ThrottledLog) -> None:
        self._node = node
        self._log = log
        self._topic = node.resolve_topic_name("camera_info")
        self._rectified = is_rectified_topic(node.resolve_topic_name("image"))
        self._newest: bytes | None = None
        # Small messages, repeated with every image: best effort suits every publisher.
        qos = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
        self._subscription = node.create_subscription(
            message_class(CAMERA_INFO),
            self._topic,
            self._receive,
            qos,
            callback_group=MutuallyExclusiveCallbackGroup(),
            raw=True,
        )

    def close(self) -> None:
        """Unsubscribe."""
        self._node.destroy_subscription(self._subscription)

    def intrinsics(self) -> Intrinsics | None:
        """From the newest message; None while there is none that can be used, which is logged once."""
        if self._newest is None:
            return None
        try:
            info = deserialize_message(CAMERA_INFO, self._newest)
        except SourceError as error:
            self._log.once(self._topic, f"{self._topic}: {error}")
            return None
        intrinsics, why_not = intrinsics_from_camera_info(info, rectified=self._rectified)
        if intrinsics is None:
            self._log.once(self._topic, f"{self._topic}: no calibration: {why_not}")
        return intrinsics

    def _receive(self, cdr: bytes) -> None:
        self._newest = cdr
