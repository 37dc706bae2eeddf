"""Listens to a running robot for some seconds, and leaves a bag of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import rclpy
from rclpy.context import Context
from rclpy.node import Node
from rclpy.qos import ReliabilityPolicy

from vpr_ros.core.errors import SourceError, UsageError
from vpr_ros.ros.inputs.choose_stream import COMPRESSED, RAW
from vpr_ros.ros.plumbing.domain import check_domain
from vpr_ros.ros.plumbing.one_line import one_line
from vpr_ros.ros.replay.choose_live_topics import choose_live_topics
from vpr_ros.ros.replay.play_bag import CLOCK
from vpr_ros.ros.replay.record_bag import BagRecorder, RecordOptions

SHORTEST_S, QUIET_S, PATIENCE_S = 2.0, 1.0, 10.0
"""Nodes of a quiet network are found within a second, one after the other; a busy machine takes longer."""
SETTLE_S = 1.0
"""Until the recorder has found them, too."""
TICK_S = 0.1


@dataclass(frozen=True)
class Publisher:
    """Who sends on a topic, and how."""

    topic: str
    reliable: bool
    node: str


@dataclass(frozen=True)
class Heard:
    """publishers: of the topics that were recorded. untold: what could not be, and why."""

    publishers: tuple[Publisher, ...]
    untold: tuple[str, ...]


def hear_robot(
    path: Path, seconds: float, image: str | None, info: str | None, tick: Callable[[], object] = lambda: None
) -> Heard:
    """Record what `choose_live_topics` chooses. tick: called ten times a second.

    Raises UsageError when ROS does not start, nothing is published or the choice is not clear, SourceError when nothing
    is heard, StorageError when the bag cannot be written.
    """
    if not 0 < seconds < 3600:
        raise UsageError(f"--seconds {seconds:g}: expected more than 0 and less than an hour")
    check_domain()
    topics, publishers, by_clock = _discover(image, info)
    recorder = BagRecorder(path, RecordOptions(topics=topics, by_clock=by_clock))
    with recorder:
        end = time.monotonic() + SETTLE_S + seconds
        while time.monotonic() < end:
            time.sleep(TICK_S)
            tick()
    if not recorder.counts:
        raise SourceError(f"nothing was heard on {', '.join(topics)} in {seconds:g} s; is the robot running?")
    return Heard(publishers, tuple(recorder.notes))


def _discover(image: str | None, info: str | None) -> tuple[tuple[str, ...], tuple[Publisher, ...], bool]:
    """(topics, their publishers, whether time is simulated)."""
    context = Context()
    try:
        rclpy.init(context=context)
        node = rclpy.create_node("vpr_doctor", context=context, enable_rosout=False, start_parameter_services=False)
    except RuntimeError as error:  # RCLError: RMW_IMPLEMENTATION and its like
        context.try_shutdown()
        raise UsageError(f"ROS does not start: {one_line(error)}") from error
    try:
        topics = choose_live_topics(_wait_for_topics(node), image, info)
        if not topics:
            raise UsageError("nobody publishes images, odometry or TF here; is it the robot's ROS_DOMAIN_ID?")
        publishers = tuple(each for topic in topics for each in _publishers(node, topic))
        return topics, publishers, bool(node.count_publishers(CLOCK))
    finally:
        node.destroy_node()
        context.try_shutdown()


def _wait_for_topics(node: Node) -> list[tuple[str, str]]:
    """(name, type) of all that is published, as soon as images are and nothing more comes."""
    began = changed = time.monotonic()
    known: list[tuple[str, str]] = []
    while True:
        topics = [(name, types[0]) for name, types in node.get_topic_names_and_types() if node.count_publishers(name)]
        now = time.monotonic()
        if topics != known:
            known, changed = topics, now
        complete = any(kind in (RAW, COMPRESSED) for _, kind in known) and now - changed > QUIET_S
        if (complete and now - began > SHORTEST_S) or now - began > PATIENCE_S:
            return known
        time.sleep(TICK_S)


def _publishers(node: Node, topic: str) -> list[Publisher]:
    return [
        Publisher(
            topic,
            each.qos_profile.reliability != ReliabilityPolicy.BEST_EFFORT,
            f"{each.node_namespace.rstrip('/')}/{each.node_name}",
        )
        for each in node.get_publishers_info_by_topic(topic)
    ]
