"""Where things sit on the robot, by static TF; and why one is not known."""

from __future__ import annotations

import threading
from time import monotonic

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.subscription import Subscription

from vpr_ros.core.errors import SourceError
from vpr_ros.core.records import Matrix4
from vpr_ros.ros.inputs.static_transforms import TF_MESSAGE, StaticTransforms
from vpr_ros.ros.plumbing.messages import MessageTypeError, message_class
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog
from vpr_ros.sources.bags.transform_tree import frame_name

EVERY_STATIC = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)
EVERY_MOVING = QoSProfile(depth=100, reliability=ReliabilityPolicy.BEST_EFFORT)
# Robots start in any order: what is missing for longer is said, after a look at what moves.
GRACE_S, LISTEN_S, LOOK_EVERY_S = 3.0, 3.0, 0.5


class RobotFrames:
    """Asked from any thread. Frames that nothing joins are said once, with the reason; they may be joined later."""

    def __init__(self, node: Node, log: ThrottledLog) -> None:
        self._node, self._log = node, log
        self._static, self._moving = StaticTransforms(), StaticTransforms()
        # (target, source) that were asked for in vain -> since when; and why, once that is found out.
        self._missing: dict[tuple[str, str], float] = {}
        self._why: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()
        # The timer may be at work in one thread of the executor while another closes.
        self._listening = threading.Lock()
        self._closed = False
        self._group = MutuallyExclusiveCallbackGroup()
        self._listener: Subscription | None = None
        self._listening_since_s = 0.0
        self._subscription: Subscription | None = None
        self._no_type: str | None = None
        try:
            self._subscription = self._subscribe("/tf_static", EVERY_STATIC)
        except MessageTypeError as error:
            self._no_type = str(error)
        # Simulated time may stand still.
        self._timer = node.create_timer(LOOK_EVERY_S, self._look, self._group, Clock(clock_type=ClockType.STEADY_TIME))

    def close(self) -> None:
        """Unsubscribe, for good."""
        self._node.destroy_timer(self._timer)
        with self._listening:
            self._closed = True
            self._stop_listening()
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)

    def lookup(self, target: str, source: str) -> Matrix4 | None:
        """target_from_source; None while static TF does not join them."""
        found = self._static.lookup(target, source)
        pair = frame_name(target), frame_name(source)
        with self._lock:
            if found is not None:
                self._missing.pop(pair, None)
                self._why.pop(pair, None)
            else:
                self._missing.setdefault(pair, monotonic())
        if found is None and self._no_type is not None:
            hint = "set node.mounting:=map, or say it by parameter (camera.base_from_camera)"
            self._log.once(TF_MESSAGE, f"{self._no_type}: where things sit on the robot is not known; {hint}")
        return found

    def why_not(self, target: str, source: str) -> str:
        """For a person: why a lookup found nothing."""
        pair = frame_name(target), frame_name(source)
        with self._lock:
            return self._why.get(pair) or self._no_type or f"static TF does not join {pair[0]!r} to {pair[1]!r}"

    def _look(self) -> None:
        """Frames that are missing for long are sought among those that move, which is too much to listen to always."""
        now_s = monotonic()
        with self._lock:
            late = [pair for pair, since_s in self._missing.items() if now_s - since_s > GRACE_S]
        new = [pair for pair in late if pair not in self._why]
        with self._listening:
            if self._closed or self._no_type is not None:
                return
            if not new:  # static TF came meanwhile
                self._stop_listening()
            elif self._listener is None:
                self._moving.take_from(self._static)
                self._listener, self._listening_since_s = self._subscribe("/tf", EVERY_MOVING), now_s
            elif now_s - self._listening_since_s > LISTEN_S:
                self._stop_listening()
                for pair in new:
                    self._explain(*pair)

    def _explain(self, target: str, source: str) -> None:
        told = f"static TF does not join {target!r} to {source!r}"
        if self._moving.lookup(target, source) is not None:
            told = f"{target!r} and {source!r} are joined by /tf only: what sits on a part that moves cannot be used"
        with self._lock:
            if (target, source) in self._missing:
                self._why[target, source] = told
        self._log.once((target, source), f"{told} (said once)")

    def _subscribe(self, topic: str, qos: QoSProfile) -> Subscription:
        transforms = self._static if topic == "/tf_static" else self._moving

        def receive(cdr: bytes) -> None:
            try:
                transforms.receive(cdr)
            except SourceError as error:
                self._log.once(topic, f"{topic}: {error}")

        kind = message_class(TF_MESSAGE)
        return self._node.create_subscription(kind, topic, receive, qos, callback_group=self._group, raw=True)

    def _stop_listening(self) -> None:
        if self._listener is not None:
            self._node.destroy_subscription(self._listener)
            self._listener = None
