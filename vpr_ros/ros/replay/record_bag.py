"""Records what a node says into a bag: the bytes as they come, of every topic that it publishes."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType

import rclpy
from rclpy.clock import Clock, ClockType
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.signals import SignalHandlerOptions

from vpr_ros.core.errors import UsageError, VprError
from vpr_ros.ros.plumbing.domain import check_domain
from vpr_ros.ros.plumbing.messages import MessageTypeError, message_class
from vpr_ros.ros.plumbing.one_line import one_line
from vpr_ros.sources.bags.message_cdr import typestore
from vpr_ros.sources.bags.write_bag import BagWriter

LOOK_AGAIN_S = 0.25
DEPTH = 200
# What every node publishes, and pictures, which cost the node time as soon as somebody wants them.
OF_EVERY_NODE = ("/rosout", "/parameter_events")
PICTURES = ("sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage")


@dataclass(frozen=True)
class RecordOptions:
    """What to record: all that `node` publishes but pictures, or these topics, whoever publishes them.

    by_clock: bag times are those of /clock.
    """

    node: str = "/vpr"
    topics: tuple[str, ...] | None = None
    by_clock: bool = False


class BagRecorder:
    """A context manager with a thread of its own; on leaving, the bag is complete. `counts` says what it holds,
    `notes` what it lacks and why.

    Raises UsageError when ROS does not start or the bag is there already, StorageError when it cannot be written.
    """

    def __init__(self, path: Path, options: RecordOptions, on_failure: Callable[[], None] = lambda: None) -> None:
        """on_failure: called once, from the thread, when nothing more can be written."""
        self._options, self._on_failure = options, on_failure
        self._bag = BagWriter(path)
        self._known: set[str] = set()
        self._early: list[tuple[str, str, bytes]] = []
        self._failure: VprError | None = None
        self.counts: Counter[str] = Counter()
        self.notes: list[str] = []

    def __enter__(self) -> BagRecorder:
        check_domain()
        self._bag.__enter__()
        try:
            self._node = self._start_ros()
        except BaseException as error:
            self._bag.__exit__(type(error), error, None)
            raise
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self._node)
        self._thread = threading.Thread(target=self._executor.spin, name="vpr_record")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.shutdown()
        self._thread.join()
        self._node.destroy_node()
        rclpy.try_shutdown()
        if self._early and self._failure is None:
            self.notes.append(f"{len(self._early)} messages that came before any /clock are not recorded")
        failure = error if error is not None else self._failure
        self._bag.__exit__(None if failure is None else type(failure), failure, None)
        if self._failure is not None and error is None:
            raise self._failure

    def _start_ros(self) -> Node:
        try:
            rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
            clock = Parameter("use_sim_time", value=self._options.by_clock)
            node = rclpy.create_node("vpr_record", enable_rosout=False, parameter_overrides=[clock])
        except RuntimeError as error:  # RCLError: RMW_IMPLEMENTATION and its like
            rclpy.try_shutdown()
            raise UsageError(f"ROS does not start: {one_line(error)}") from error
        node.create_timer(LOOK_AGAIN_S, self._look, clock=Clock(clock_type=ClockType.STEADY_TIME))
        return node

    def _look(self) -> None:
        """For topics that have come since; a node that is configured advertises its own then."""
        wanted = self._options.topics
        for topic, types in self._published():
            if topic in self._known or (topic not in wanted if wanted is not None else topic in OF_EVERY_NODE):
                continue
            self._known.add(topic)
            if wanted is None and types[0] in PICTURES:
                self.notes.append(f"{topic}: pictures are recorded when they are named with --topics")
                continue
            try:
                self._subscribe(topic, types[0])
            except MessageTypeError as error:
                self.notes.append(f"{topic}: not recorded: {error}")

    def _published(self) -> list[tuple[str, list[str]]]:
        if self._options.topics is not None:
            # Not before a publisher is known, whose QoS is followed: a subscriber alone makes a topic, too.
            known = self._node.get_topic_names_and_types()
            return [(topic, types) for topic, types in known if self._node.count_publishers(topic)]
        namespace, _, name = self._options.node.rpartition("/")
        try:
            return list(self._node.get_publisher_names_and_types_by_node(name, namespace or "/"))
        except RuntimeError:  # rclpy's NodeNameNonExistentError: it has not started yet, or has ended
            return []

    def _subscribe(self, topic: str, type_name: str) -> None:
        kind = message_class(type_name)
        if type_name not in typestore().types:
            raise MessageTypeError(f"bags are not written with messages of type {type_name}")
        publishers = [info.qos_profile for info in self._node.get_publishers_info_by_topic(topic)]
        reliable = all(qos.reliability == ReliabilityPolicy.RELIABLE for qos in publishers)
        latched = bool(publishers) and all(qos.durability == DurabilityPolicy.TRANSIENT_LOCAL for qos in publishers)
        qos = QoSProfile(
            depth=DEPTH,
            reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
            durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
        )
        if latched:
            self._bag.latch(topic)
        heard = partial(self._hear, topic, type_name)
        self._node.create_subscription(kind, topic, heard, qos, raw=True)

    def _hear(self, topic: str, type_name: str, cdr: bytes) -> None:
        """What comes before the first /clock gets its time."""
        now_ns = int(self._node.get_clock().now().nanoseconds)
        self._early.append((topic, type_name, cdr))
        if now_ns == 0 or self._failure is not None:
            return
        waiting, self._early = self._early, []
        try:
            for each in waiting:
                self._bag.write_raw(*each, now_ns)
                self.counts[each[0]] += 1
        except VprError as error:
            self._failure = error
            self._on_failure()
