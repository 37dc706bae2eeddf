"""Subscribes to images as they are published: raw or compressed, reliable or best effort, following changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.subscription import Subscription

from vpr_ros.ros.inputs.choose_stream import COMPRESSED_SUFFIX, Offer, Stream, choose_stream, expected_stream
from vpr_ros.ros.plumbing.messages import message_class
from vpr_ros.ros.plumbing.qos_overrides import overridden

LOOK_EVERY_S = 0.25


class ImageSubscription:
    """Hands on every image as (topic, type name, CDR bytes), undecoded: most are replaced before they are looked at."""

    def __init__(
        self,
        node: Node,
        topic: str,
        transport: str,
        on_image: Callable[[str, str, bytes], None],
        compressed: str = COMPRESSED_SUFFIX,
    ) -> None:
        """compressed: what image_transport appends to the topic for its compressed images."""
        self._node = node
        self._transport = transport
        self._on_image = on_image
        self._topic = node.resolve_topic_name(topic)
        self._topics = (self._topic, f"{self._topic}/{compressed}")
        self._group = MutuallyExclusiveCallbackGroup()
        self._subscription: Subscription | None = None
        # The timer may be at work in one thread of the executor while another closes.
        self._lock = threading.Lock()
        self._closed = False
        self.stream = expected_stream(*self._topics, transport)
        self._subscribe(self.stream)
        # Simulated time may stand still; publishers come and go all the same.
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._timer = node.create_timer(LOOK_EVERY_S, self._look, callback_group=self._group, clock=steady)

    @property
    def topics(self) -> tuple[str, str]:
        """Where its images may come from: raw ones, and compressed ones beside them."""
        return self._topics

    def close(self) -> None:
        """Unsubscribe, for good."""
        self._node.destroy_timer(self._timer)
        with self._lock:
            self._closed = True
            self._unsubscribe()

    def _look(self) -> None:
        stream = choose_stream(*self._topics, self._transport, self._offers())
        with self._lock:
            if stream is not None and stream != self.stream and not self._closed:
                self._unsubscribe()
                self._subscribe(stream)

    def _offers(self) -> list[Offer]:
        offers = []
        for topic in self._topics:
            for publisher in self._node.get_publishers_info_by_topic(topic):
                reliable = publisher.qos_profile.reliability != ReliabilityPolicy.BEST_EFFORT
                offers.append(Offer(topic, publisher.topic_type, reliable))
        return offers

    def _subscribe(self, stream: Stream) -> None:
        reliability = ReliabilityPolicy.RELIABLE if stream.reliable else ReliabilityPolicy.BEST_EFFORT
        following = QoSProfile(
            history=HistoryPolicy.KEEP_LAST, depth=1, reliability=reliability, durability=DurabilityPolicy.VOLATILE
        )
        qos = overridden(self._node, stream.topic, "subscription", following)

        def receive(cdr: Any) -> None:
            self._on_image(stream.topic, stream.type_name, cdr)

        kind = message_class(stream.type_name)
        self._subscription = self._node.create_subscription(
            kind, stream.topic, receive, qos, callback_group=self._group, raw=True
        )
        self.stream = stream
        how = "reliable" if qos.reliability == ReliabilityPolicy.RELIABLE else "best effort"
        self._node.get_logger().info(f"looking at {stream.topic} ({stream.type_name}, {how})")

    def _unsubscribe(self) -> None:
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = None
