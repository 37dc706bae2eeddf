"""Hears what a localizer says: its answers and poses by image stamp, and how long after the image each came."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Any

import numpy as np
import rclpy
from lifecycle_msgs.msg import State
from lifecycle_msgs.srv import GetState
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor

from vpr_ros.core.geometry import pose_matrix
from vpr_ros.core.heard_answer import HeardAnswer
from vpr_ros.core.outputs.topics import FIX, MATCH, OUTPUT_TOPICS
from vpr_ros.core.records import Matrix4
from vpr_ros.ros.outputs.publishers import RELIABLE
from vpr_ros.ros.plumbing.domain import check_domain
from vpr_ros.ros.plumbing.messages import message_class
from vpr_ros.sources.bags.cdr_header import read_stamped_header

POLL_S = 0.05


class AnswerRecorder:
    """A context manager with a ROS context and a thread of its own. `answers`, `poses` (by stamp, nanoseconds) and
    `counts` grow while it listens.

    Raises UsageError on entering when ROS_DOMAIN_ID is none.
    """

    def __init__(self, node_name: str, image_topic: str, image_type: str) -> None:
        self._name, self._image_topic, self._image_type = node_name, image_topic, image_type
        self._context = Context()
        self._image_heard_s: dict[int, float] = {}
        self.answers: list[HeardAnswer] = []
        self.poses: dict[int, Matrix4] = {}
        self.counts: Counter[str] = Counter()

    def __enter__(self) -> AnswerRecorder:
        check_domain()
        rclpy.init(context=self._context)
        self._node = rclpy.create_node("vpr_record_answers", context=self._context)
        kind = message_class(self._image_type)
        self._node.create_subscription(kind, self._image_topic, self._on_image, RELIABLE, raw=True)
        for topic in OUTPUT_TOPICS:
            name = topic.name.replace("~", self._name)
            heard = self._counting(name, {MATCH: self._on_match, FIX: self._on_pose}.get(topic))
            self._node.create_subscription(message_class(topic.type_name), name, heard, RELIABLE)
        self._state = self._node.create_client(GetState, f"{self._name}/get_state")
        self._executor = SingleThreadedExecutor(context=self._context)
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
        rclpy.shutdown(context=self._context)

    def wait_until_active(self, within_s: float, is_alive: Callable[[], bool]) -> bool:
        """Until the node's lifecycle says active; False when it ended or the time is over."""
        give_up = time.monotonic() + within_s
        while time.monotonic() < give_up and is_alive():
            if self._state.service_is_ready():
                asked = self._state.call_async(GetState.Request())
                while not asked.done() and time.monotonic() < give_up and is_alive():
                    time.sleep(POLL_S)
                if asked.done() and asked.result().current_state.id == State.PRIMARY_STATE_ACTIVE:
                    return True
            time.sleep(POLL_S)
        return False

    def _counting(self, name: str, then: Callable[[Any], None] | None) -> Callable[[Any], None]:
        def heard(message: Any) -> None:
            self.counts[name] += 1
            if then is not None:
                then(message)

        return heard

    def _on_image(self, cdr: bytes) -> None:
        self._image_heard_s[read_stamped_header(cdr).stamp_ns] = time.monotonic()

    def _on_match(self, message: Any) -> None:
        decision = message.status[0]
        values = {pair.key: pair.value for pair in decision.values}
        stamp_ns = _stamp_ns(message)
        image_heard_s = self._image_heard_s.get(stamp_ns)
        self.answers.append(
            HeardAnswer(
                stamp_ns=stamp_ns,
                place=values["place"],
                room=values["room"],
                floor=values["floor"],
                refusal=decision.message if decision.level != b"\x00" else None,
                stages_ms=sum(float(value) for key, value in values.items() if key.endswith(" ms")),
                latency_ms=None if image_heard_s is None else (time.monotonic() - image_heard_s) * 1e3,
            )
        )

    def _on_pose(self, message: Any) -> None:
        at, turned = message.pose.pose.position, message.pose.pose.orientation
        pose = pose_matrix(np.array([at.x, at.y, at.z]), np.array([turned.x, turned.y, turned.z, turned.w]))
        self.poses[_stamp_ns(message)] = pose


def _stamp_ns(message: Any) -> int:
    return int(message.header.stamp.sec) * 10**9 + int(message.header.stamp.nanosec)
