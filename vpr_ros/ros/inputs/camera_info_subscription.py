"""Keeps the newest calibration of a camera."""

from __future__ import annotations

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy

from vpr_ros.core.errors import SourceError
from vpr_ros.core.records import Intrinsics
from vpr_ros.ros.inputs.camera_parameters import CameraSetup
from vpr_ros.ros.plumbing.messages import message_class
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog
from vpr_ros.sources.bags.message_cdr import deserialize_message
from vpr_ros.sources.images.camera_intrinsics import intrinsics_from_camera_info, is_rectified_topic

CAMERA_INFO = "sensor_msgs/msg/CameraInfo"
AFTER_STAMP = 12
"""Bytes of a message before its frame_id: all that differs where the same is said with every image."""


class CameraInfoSubscription:
    """Images are localized without a calibration too; what needs one says so."""

    def __init__(self, node: Node, setup: CameraSetup, log: ThrottledLog) -> None:
        self._node = node
        self._log = log
        self.topic = node.resolve_topic_name(setup.camera_info)
        self._rectified = setup.rectified
        if setup.rectified is None:
            self._rectified = is_rectified_topic(node.resolve_topic_name(setup.image))
        self._newest: bytes | None = None
        self._read: tuple[bytes | None, Intrinsics | None, str] = None, None, f"nothing came on {self.topic} yet"
        # Small messages, repeated with every image: best effort suits every publisher.
        qos = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
        self._subscription = node.create_subscription(
            message_class(CAMERA_INFO),
            setup.camera_info,
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
        return self._look()[0]

    def why_not(self) -> str | None:
        """For a person: why there are no intrinsics; None where there are."""
        intrinsics, why = self._look()
        return why if intrinsics is None else None

    def _look(self) -> tuple[Intrinsics | None, str]:
        newest, (read, intrinsics, why) = self._newest, self._read
        if newest is None or newest[AFTER_STAMP:] == read:
            return intrinsics, why
        try:
            info = deserialize_message(CAMERA_INFO, newest)
        except SourceError as error:
            intrinsics, why = None, str(error)
        else:
            intrinsics, why = intrinsics_from_camera_info(info, rectified=bool(self._rectified))
        if intrinsics is None:
            self._log.once((self.topic, why), f"{self.topic}: no calibration: {why}")
        self._read = newest[AFTER_STAMP:], intrinsics, why
        return intrinsics, why

    def _receive(self, cdr: bytes) -> None:
        self._newest = cdr
