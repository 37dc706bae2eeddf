"""The node `map_to_odom`: publishes the transform map -> odom from poses and odometry, where nobody else does."""

from __future__ import annotations

from typing import Any

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.qos import QoSProfile

from vpr_ros.core.outputs.topics import DIAGNOSTICS, POSE
from vpr_ros.ros.consumers.map_to_odom import MapToOdom
from vpr_ros.ros.consumers.map_to_odom_health import health_fields
from vpr_ros.ros.consumers.map_to_odom_settings import MapToOdomSettings
from vpr_ros.ros.inputs.odometry_subscription import EVERY_SAMPLE
from vpr_ros.ros.inputs.read_odometry import ODOMETRY
from vpr_ros.ros.inputs.robot_frames import EVERY_MOVING, EVERY_STATIC
from vpr_ros.ros.inputs.static_transforms import TF_MESSAGE
from vpr_ros.ros.outputs.publishers import RELIABLE
from vpr_ros.ros.plumbing.declare_settings import declare_fixed_settings
from vpr_ros.ros.plumbing.messages import MessageTypeError, message_class, message_from_fields
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog

NODE_NAME = "map_to_odom"
TO_TF = QoSProfile(depth=100)


class MapToOdomNode(Node):
    """All callbacks are of one group, one at a time; they raise what MapToOdom raises.

    Raises SettingsError for its parameters, MessageTypeError without tf2_msgs.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(NODE_NAME, **kwargs)
        self._settings = declare_fixed_settings(self, MapToOdomSettings)
        self._maker = MapToOdom(self._settings, ThrottledLog(self.get_logger().warning))
        try:
            tf_message = message_class(TF_MESSAGE)
        except MessageTypeError as error:
            raise MessageTypeError(f"{error}; it comes with ROS 2, not with its Python wheels") from error
        group = MutuallyExclusiveCallbackGroup()
        for kind, topic, heard, qos in (
            (tf_message, "/tf", self._maker.hear_tf, EVERY_MOVING),
            (tf_message, "/tf_static", self._maker.hear_tf_static, EVERY_STATIC),
            (message_class(ODOMETRY), "odom", self._maker.hear_odometry, EVERY_SAMPLE),
            (message_class(POSE), "pose", self._maker.hear_pose, RELIABLE),
        ):
            self.create_subscription(kind, topic, heard, qos, callback_group=group, raw=True)
        self._transforms = self.create_publisher(tf_message, "/tf", TO_TF)
        self._diagnostics = self.create_publisher(message_class(DIAGNOSTICS), "/diagnostics", RELIABLE)
        self.create_timer(1.0 / self._settings.rate_hz, self._send, group)
        self.create_timer(1.0, self._publish_health, group, Clock(clock_type=ClockType.STEADY_TIME))

    def close(self) -> None:
        """Nothing outlives the node."""

    def _send(self) -> None:
        fields = self._maker.transform(self._now_ns())
        if fields is not None:
            self._transforms.publish(message_from_fields(TF_MESSAGE, fields))

    def _publish_health(self) -> None:
        fields = health_fields(self._maker.health(), self.get_fully_qualified_name()[1:], self._now_ns())
        self._diagnostics.publish(message_from_fields(DIAGNOSTICS, fields))

    def _now_ns(self) -> int:
        return int(self.get_clock().now().nanoseconds)
