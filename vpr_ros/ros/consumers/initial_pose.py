"""`initialpose`: tells those who track the robot from a first pose (AMCL, slam_toolbox, rtabmap) what that pose is."""

from __future__ import annotations

import threading
import time

import numpy as np
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleNode

from vpr_ros.core.carry_pose import OdometryDrift, UncertainPose
from vpr_ros.core.geometry import yaw_of
from vpr_ros.core.localize import LocalizationMap
from vpr_ros.core.outputs.topics import POSE
from vpr_ros.ros.answer import Answer
from vpr_ros.ros.consumers.agreeing_views import AgreeingViews
from vpr_ros.ros.consumers.carry_to_now import carry_to_now
from vpr_ros.ros.consumers.initial_pose_fields import initial_pose_fields
from vpr_ros.ros.inputs.odometry_buffer import OdometryBuffer
from vpr_ros.ros.live_settings import LiveSettings
from vpr_ros.ros.outputs.publishers import RELIABLE
from vpr_ros.ros.plumbing.messages import message_class, message_from_fields
from vpr_ros.ros.plumbing.qos_overrides import overridden
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog

PERIOD_S = 0.2
# Odometry is hardly later than this; what keeps the pose back for longer is said.
PATIENCE_S = 2.0
# Beginnings of node names: ros2 bag, ros2 topic echo and our own tools listen and track nothing.
ONLOOKERS = ("rosbag2", "_ros2cli", "foxglove_bridge", "vpr_record", "vpr_doctor")


class InitialPose:
    """An AnswerListener. Sends one pose when it is wanted: after `ask`, or once after activation (mode `startup`).

    It is a pose that several views in a row agree on, moved by odometry to the newest of it, and it waits for somebody
    who listens: before that it would be lost.
    """

    def __init__(self, node: LifecycleNode, odometry: OdometryBuffer, settings: LiveSettings) -> None:
        self._node, self._odometry, self._settings = node, odometry, settings
        self._log = ThrottledLog(node.get_logger().info)
        self._drift = OdometryDrift()
        self._views = AgreeingViews(odometry, self._drift)
        self._lock = threading.Lock()
        self._wanted = False
        self._agreed: UncertainPose | None = None
        self._floor = ""
        self._map_frame = ""
        self._sent_at_s = -np.inf
        self._since_ns = 0
        qos = overridden(node, "initialpose", "publisher", RELIABLE)
        self._publisher = node.create_lifecycle_publisher(message_class(POSE), "initialpose", qos)
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._timer = node.create_timer(PERIOD_S, self._on_timer, MutuallyExclusiveCallbackGroup(), steady)

    def ask(self) -> None:
        """Send the pose that the next views agree on; the robot may have been carried away after the last ones."""
        with self._lock:
            self._wanted = self._settings.node.initialpose != "off"
            self._start_over()
            self._since_ns = self._now_ns()

    def serve(self, place_map: LocalizationMap, base_frame: str) -> None:  # noqa: ARG002
        """Begin to look: what was asked for before is forgotten."""
        with self._lock:
            self._map_frame = place_map.map_frame
            self._wanted = self._settings.node.initialpose == "startup"
            self._start_over()

    def hear(self, answer: Answer) -> None:
        """A pose that is sound counts as a view, also while the robot stands."""
        if (sound := answer.sound) is None:
            return
        pose = UncertainPose(answer.estimate.stamp_ns, sound.map_from_base, sound.covariance)
        with self._lock:
            if pose.stamp_ns < self._since_ns:
                return
            self._mind_floor()
            agreeing = self._views.add(pose)
            self._agreed = pose if agreeing >= self._settings.node.initialpose_views else None
            self._send_if_due()

    def forget(self) -> None:
        """The views were of another time; whoever asked still wants to know."""
        with self._lock:
            self._start_over()

    def close(self) -> None:
        """Take the topic down."""
        self._node.destroy_timer(self._timer)
        with self._lock:
            self._start_over()
            self._node.destroy_lifecycle_publisher(self._publisher)

    def _on_timer(self) -> None:
        with self._lock:
            self._mind_floor()
            self._send_if_due()

    def _mind_floor(self) -> None:
        """What was sound while the robot was said to be on another floor is a wrong pose on this one."""
        floor = self._settings.node.active_floor
        if floor != self._floor:
            self._views.clear()
            self._floor, self._agreed = floor, None

    def _start_over(self) -> None:
        self._views.clear()
        self._agreed = None
        self._since_ns = 0

    def _now_ns(self) -> int:
        return int(self._node.get_clock().now().nanoseconds)

    def _send_if_due(self) -> None:
        settings = self._settings.node
        if not self._wanted or self._agreed is None or settings.initialpose == "off":
            return
        if time.monotonic() - self._sent_at_s < settings.initialpose_cooldown_s:
            return
        if not self._has_listener():
            self._log.say("alone", f"initialpose: nobody listens on {self._publisher.topic_name} yet")
            return
        pose = carry_to_now(self._agreed, self._odometry, self._drift, self._now_ns())
        if pose is not None:
            self._send(pose)
        elif self._now_ns() - self._agreed.stamp_ns > PATIENCE_S * 1e9:
            self._log.say("old", "initialpose: odometry has stopped, is behind the clock or began anew; waiting for it")

    def _send(self, pose: UncertainPose) -> None:
        self._publisher.publish(message_from_fields(POSE, initial_pose_fields(pose, self._map_frame)))
        self._wanted, self._sent_at_s = False, time.monotonic()
        (x, y), turned = pose.map_from_base[:2, 3], np.degrees(yaw_of(pose.map_from_base))
        self._node.get_logger().info(f"initialpose sent: x {x:.2f} m, y {y:.2f} m, yaw {turned:.0f} deg")

    def _has_listener(self) -> bool:
        """Somebody whom the middleware has joined to us, and who does not only look on."""
        joined = int(self._publisher.get_subscription_count())
        if not joined:
            return False
        names = [each.node_name for each in self._node.get_subscriptions_info_by_topic(self._publisher.topic_name)]
        return joined > sum(1 for name in names if name.startswith(ONLOOKERS))
