"""Plays a bag over DDS: the recorded bytes as they are, when they were recorded."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import rclpy
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile
from rclpy.signals import SignalHandlerOptions

from vpr_ros.core.errors import UsageError
from vpr_ros.ros.plumbing.domain import check_domain
from vpr_ros.ros.plumbing.large_images import use_large_image_profile
from vpr_ros.ros.plumbing.messages import MessageTypeError, message_class, message_from_fields
from vpr_ros.ros.plumbing.one_line import one_line
from vpr_ros.ros.replay.choose_qos import choose_qos
from vpr_ros.sources.bags.bag_file import BagFile, Topic

CLOCK = "/clock"
CLOCK_TYPE = "rosgraph_msgs/msg/Clock"
# Between messages the clock ticks at 40 Hz; with them it ticks as soon as it is this far behind.
TICK_S = 0.025
CLOCK_LAG_NS = 5_000_000
ACKNOWLEDGE_WITHIN_S = 2.0
LOOP_AT_LEAST_S = 0.1
# Between the first tick of the clock and the first message, so that they arrive in this order.
SETTLE_S = 0.1


@dataclass(frozen=True)
class PlayOptions:
    """How to play: `rate` times as fast, `topics` only (None: all), `wait_s` for somebody to listen.

    wait_for: the topics that somebody must listen to; images may be `<topic>/compressed` instead. None: to all.
    until_heard: topics of others, not of the bag, that must have their listeners too: a recorder's, say.
    """

    rate: float = 1.0
    loop: bool = False
    clock: bool = False
    topics: tuple[str, ...] | None = None
    wait_s: float = 2.0
    wait_for: tuple[str, ...] | None = None
    until_heard: tuple[str, ...] = ()


class BagPlayer:
    """A context manager that owns rclpy while it plays. `counts` says what was published, `notes` what is not and why.

    Ctrl-C raises KeyboardInterrupt. Raises SourceError when the bag cannot be read, UsageError when the options make no
    sense, a topic is not in it or nothing of it can be played.
    """

    def __init__(self, path: Path, options: PlayOptions) -> None:
        if not 0 < options.rate < math.inf:
            raise UsageError(f"--rate {options.rate:g}: expected a finite number above 0")
        if not 0 <= options.wait_s < math.inf:
            raise UsageError(f"--wait {options.wait_s:g}: expected a finite number of seconds, 0 or more")
        self._options = options
        self._bag = BagFile(path)
        self._stack = ExitStack()
        self._publishers: dict[str, Publisher] = {}
        self._clock: Publisher | None = None
        self._clock_ns = 0
        self.counts: Counter[str] = Counter()
        self.notes: list[str] = []
        self.latest_s = 0.0

    def __enter__(self) -> BagPlayer:
        try:
            check_domain()
            use_large_image_profile()
            self._node = self._start_ros()
            self._advertise(self._node)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._wait_for_acknowledgement()
        self._stack.close()

    @property
    def topics(self) -> list[str]:
        """What is played."""
        return sorted(self._publishers)

    @property
    def message_count(self) -> int:
        """Of what is played, once."""
        return sum(self._bag.topics[topic].messages for topic in self._publishers)

    @property
    def duration_s(self) -> float:
        """Of the bag, at its own pace."""
        return float(self._bag.duration_ns / 1e9)

    def wait_for_subscribers(self) -> list[str]:
        """Until every topic (and the clock) has somebody who listens, or those of `wait_for` have, or `wait_s` are
        over; the topics that have. Raises UsageError when those that were named have none by then.
        """
        give_up = time.monotonic() + self._options.wait_s
        publishers = {**self._publishers, **({} if self._clock is None else {CLOCK: self._clock})}
        awaited = self._awaited([{topic} for topic in publishers])
        while True:
            heard = {topic for topic, publisher in publishers.items() if publisher.get_subscription_count()}
            self._tick(self._bag.start_ns)
            unheard = [either for either in awaited if not heard & either] + self._others_unheard()
            if not unheard or time.monotonic() >= give_up:
                self._refuse(unheard)
                time.sleep(SETTLE_S)
                return sorted(heard)
            time.sleep(TICK_S)

    def play(self) -> Iterator[str]:
        """Publish every message at its time, again and again with `loop`; yields the topic of each after it is out."""
        while True:
            began = time.monotonic()
            for message in self._bag.messages(self._publishers):
                since_ns = message.bag_ns - self._bag.start_ns
                self._wait_until(began + since_ns / 1e9 / self._options.rate, message.bag_ns)
                self._publishers[message.topic].publish(message.cdr)
                self.counts[message.topic] += 1
                yield message.topic
            if not self._options.loop:
                return
            # A bag of one moment would otherwise be played as fast as this machine can.
            time.sleep(max(began + LOOP_AT_LEAST_S - time.monotonic(), 0.0))

    def _others_unheard(self) -> list[set[str]]:
        return [{topic} for topic in self._options.until_heard if not self._node.count_subscribers(topic)]

    def _refuse(self, unheard: list[set[str]]) -> None:
        """A bag that was to wait for somebody is not played to nobody."""
        if unheard and (self._options.wait_for is not None or self._options.until_heard):
            topics = ", ".join(" or ".join(sorted(either)) for either in unheard)
            raise UsageError(f"nobody listens to {topics} after {self._options.wait_s:g} s; is the node active?")

    def _start_ros(self) -> Node:
        try:
            # Not rclpy's handlers: Ctrl-C shall arrive here, between two messages.
            rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
            self._stack.callback(rclpy.try_shutdown)
            node = rclpy.create_node("vpr_play", enable_rosout=False, start_parameter_services=False)
        except RuntimeError as error:  # RCLError: ROS_DOMAIN_ID, RMW_IMPLEMENTATION and their like
            raise UsageError(f"ROS does not start: {one_line(error)}") from error
        self._stack.callback(node.destroy_node)
        return node

    def _advertise(self, node: Node) -> None:
        for topic in self._chosen():
            if topic.name == CLOCK and self._options.clock:
                self.notes.append(f"{topic.name}: not played, --clock publishes there")
                continue
            try:
                kind = message_class(topic.type_name)
            except MessageTypeError as error:
                self.notes.append(f"{topic.name}: not played: {error}")
                continue
            qos = choose_qos(topic.name, self._bag.offered_qos(topic.name))
            self._publishers[topic.name] = node.create_publisher(kind, topic.name, qos)
        if not self.message_count:
            raise UsageError(f"{self._bag.path}: nothing to play; {'; '.join(self.notes) or 'there are no messages'}")
        if self._options.clock:
            self._clock = node.create_publisher(message_class(CLOCK_TYPE), CLOCK, QoSProfile(depth=1))

    def _chosen(self) -> list[Topic]:
        names = self._options.topics
        if names is None:
            return list(self._bag.topics.values())
        for name in names:
            if name not in self._bag.topics:
                raise UsageError(f"{self._bag.path} has no topic {name}; it has {self._bag.describe_topics()}")
        return [self._bag.topics[name] for name in names]

    def _awaited(self, everything: list[set[str]]) -> list[set[str]]:
        """Sets of topics, one of each of which has to be heard."""
        if self._options.wait_for is None:
            return everything
        awaited = []
        for name in self._options.wait_for:
            awaited.append({name, f"{name}/compressed"} & set(self._publishers))
            if not awaited[-1]:
                raise UsageError(
                    f"{self._bag.path}: nothing of {name} or {name}/compressed is played; "
                    f"the bag has {self._bag.describe_topics()}"
                )
        return awaited

    def _wait_until(self, due: float, stamp_ns: int) -> None:
        while (ahead := due - time.monotonic()) > 0:
            self._tick(stamp_ns - round(ahead * self._options.rate * 1e9))
            time.sleep(min(ahead, TICK_S))
        self.latest_s = max(self.latest_s, -ahead)
        if abs(stamp_ns - self._clock_ns) > CLOCK_LAG_NS:
            self._tick(stamp_ns)

    def _tick(self, now_ns: int) -> None:
        if self._clock is not None:
            seconds, nanoseconds = divmod(now_ns, 10**9)
            fields = {"clock": {"sec": seconds, "nanosec": nanoseconds}}
            self._clock.publish(message_from_fields(CLOCK_TYPE, fields))
            self._clock_ns = now_ns

    def _wait_for_acknowledgement(self) -> None:
        """The last messages are still under way when the last publish returns."""
        give_up = time.monotonic() + ACKNOWLEDGE_WITHIN_S
        for publisher in self._publishers.values():
            left_s = max(give_up - time.monotonic(), 0.0)
            publisher.wait_for_all_acked(Duration(seconds=left_s))
