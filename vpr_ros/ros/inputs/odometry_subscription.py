"""Fills the buffer of odometry from the topic `odom`."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy

from vpr_ros.core.errors import SourceError
from vpr_ros.core.records import Matrix4
from vpr_ros.ros.inputs.odometry_buffer import OdometryBuffer
from vpr_ros.ros.inputs.read_odometry import ODOMETRY, read_odometry
from vpr_ros.ros.plumbing.messages import message_class
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog

# Small messages, which best effort hardly loses, and it hears every publisher. Half a second of 200 Hz may wait.
EVERY_SAMPLE = QoSProfile(depth=100, reliability=ReliabilityPolicy.BEST_EFFORT)

GRACE_S = 3.0
"""Static transforms may come later than the first odometry; what cannot be used for longer is said."""


class OdometrySubscription:
    """Of the base's own frame, or of one that `lookup` joins to it. What cannot be used is counted and said."""

    def __init__(
        self,
        node: Node,
        buffer: OdometryBuffer,
        base_frame: str,
        lookup: Callable[[str, str], Matrix4 | None],
        log: ThrottledLog,
    ) -> None:
        self._node, self._buffer, self._log = node, buffer, log
        self._base_frame, self._lookup = base_frame, lookup
        self.topic = node.resolve_topic_name("odom")
        self.received = self.unusable = 0
        # Why the last message could not be used; None when it could.
        self.fault: str | None = None
        self._usable_at_s = monotonic()
        self._subscription = node.create_subscription(
            message_class(ODOMETRY),
            "odom",
            self._receive,
            EVERY_SAMPLE,
            callback_group=MutuallyExclusiveCallbackGroup(),
            raw=True,
        )

    def close(self) -> None:
        """Unsubscribe; how the robot moves from here on is not known."""
        self._node.destroy_subscription(self._subscription)
        self._buffer.clear()

    def _receive(self, cdr: bytes) -> None:
        self.received += 1
        try:
            sample = read_odometry(cdr, self._base_frame, self._lookup)
        except SourceError as error:
            self.unusable += 1
            self.fault = str(error)
            if monotonic() - self._usable_at_s > GRACE_S:
                self._log.once(("odometry", self.fault), f"{self.topic}: {error}; not used (said once)")
            return
        self.fault, self._usable_at_s = None, monotonic()
        self._buffer.add(sample)
