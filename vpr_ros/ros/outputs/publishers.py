"""The node's publishers: one for each topic. Silent unless the node is active."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rclpy.lifecycle import LifecycleNode
from rclpy.qos import DurabilityPolicy, QoSProfile

from vpr_ros.core.outputs.topics import OutputMessage, OutputTopic
from vpr_ros.ros.plumbing.messages import MessageTypeError, message_class, message_from_fields
from vpr_ros.ros.plumbing.qos_overrides import overridden

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
RELIABLE = QoSProfile(depth=10)


class Publishers:
    """Made by configure, taken down by cleanup; the lifecycle switches them on and off.

    A topic whose type is not installed here is left out and never wanted.
    """

    def __init__(self, node: LifecycleNode, topics: Sequence[OutputTopic]) -> None:
        self._node = node
        self._by_topic, self._latched = {}, set()
        for topic in topics:
            qos = overridden(node, topic.name, "publisher", LATCHED if topic.latched else RELIABLE)
            if qos.durability == DurabilityPolicy.TRANSIENT_LOCAL:
                self._latched.add(topic.name)
            if is_installed(topic.type_name):
                kind = message_class(topic.type_name)
                self._by_topic[topic.name] = node.create_lifecycle_publisher(kind, topic.name, qos)

    def wanted(self, topic: OutputTopic) -> bool:
        """Whether a message would reach anybody, now or later: what nobody hears need not be made."""
        publisher = self._by_topic.get(topic.name)
        return publisher is not None and (topic.name in self._latched or publisher.get_subscription_count() > 0)

    def publish(self, messages: Iterable[OutputMessage]) -> None:
        """Publish each on its topic; from any thread."""
        for message in messages:
            publisher = self._by_topic[message.topic]
            if message.topic in self._latched or publisher.get_subscription_count() > 0:
                publisher.publish(message_from_fields(message.type_name, message.fields))

    def close(self) -> None:
        """Take the topics down."""
        for publisher in self._by_topic.values():
            self._node.destroy_lifecycle_publisher(publisher)


def is_installed(type_name: str) -> bool:
    """Whether the type's package is there: not every machine has every one."""
    try:
        message_class(type_name)
    except MessageTypeError:
        return False
    return True
