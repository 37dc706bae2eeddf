"""The node's publishers: one for each topic of the core's outputs. Silent unless the node is active."""

from __future__ import annotations

from collections.abc import Iterable

from rclpy.lifecycle import LifecycleNode
from rclpy.qos import DurabilityPolicy, QoSProfile

from vpr_ros.core.outputs.topics import OUTPUT_TOPICS, OutputMessage
from vpr_ros.ros.plumbing.messages import message_class, message_from_fields

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
RELIABLE = QoSProfile(depth=10)


class Publishers:
    """Made by configure, taken down by cleanup; the lifecycle switches them on and off."""

    def __init__(self, node: LifecycleNode) -> None:
        self._node = node
        self._by_topic = {
            topic.name: node.create_lifecycle_publisher(
                message_class(topic.type_name), topic.name, LATCHED if topic.latched else RELIABLE
            )
            for topic in OUTPUT_TOPICS
        }

    def publish(self, messages: Iterable[OutputMessage]) -> None:
        """Publish each on its topic; from any thread."""
        for message in messages:
            self._by_topic[message.topic].publish(message_from_fields(message.type_name, message.fields))

    def close(self) -> None:
        """Take the topics down."""
        for publisher in self._by_topic.values():
            self._node.destroy_lifecycle_publisher(publisher)
