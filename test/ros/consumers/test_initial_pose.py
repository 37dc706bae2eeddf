"""When a first pose is sent, and when not: the listener on a real node, its answers made by hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("rclpy")

import rclpy
from consumer_rules import amcl, fields_of, rtabmap_initial, slam_toolbox
from driving_robot import DrivingRobot
from rclpy.context import Context
from rclpy.lifecycle import LifecycleNode
from robot import Client, stamp_of, wait_until

from vpr_ros.core.carry_pose import UncertainPose
from vpr_ros.core.node_settings import NodeSettings
from vpr_ros.core.outputs.topics import POSE
from vpr_ros.core.records import VerifiedPose
from vpr_ros.ros.consumers.initial_pose import InitialPose
from vpr_ros.ros.inputs.odometry_buffer import OdometryBuffer
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog

MAP: Any = SimpleNamespace(map_frame="map")


class Stage:
    """The listener on an active node that nobody spins: what its timer would do is called."""

    def __init__(self, client: Client) -> None:
        self._context = Context()
        rclpy.init(context=self._context, domain_id=client.domain)
        self.node = LifecycleNode("vpr", context=self._context)
        self.settings = SimpleNamespace(node=NodeSettings(initialpose_cooldown_s=0.0))
        self.odometry, self.robot = OdometryBuffer(), DrivingRobot(stamp_ns=time.time_ns())
        self.node.trigger_configure()
        self.sender = InitialPose(self.node, self.odometry, self.settings)  # type: ignore[arg-type]
        self.sender._now_ns = lambda: self.robot.stamp_ns  # type: ignore[method-assign]  # a busy machine is no robot
        self.node.trigger_activate()
        self.sender.serve(MAP, "base_link")
        self.heard = client.listen("/initialpose", POSE)

    def close(self) -> None:
        self.sender.close()
        self.node.destroy_node()
        self._context.try_shutdown()

    def ask_of_now(self) -> None:
        self.robot.stamp_ns = time.time_ns()  # what is seen and driven from here on is later
        self.sender.ask()

    def drive(self, steps: int = 3) -> None:
        for _ in range(steps):
            self.odometry.add(self.robot.drive())

    def see(self, sound: bool = True, **off: float) -> UncertainPose:
        fix = self.robot.fix(**off)
        pose = VerifiedPose(fix.map_from_base, fix.covariance, None, {}) if sound else None
        self.sender.hear(SimpleNamespace(sound=pose, estimate=SimpleNamespace(stamp_ns=fix.stamp_ns)))  # type: ignore[arg-type]
        return fix

    def listeners(self) -> list[str]:
        return [each.node_name for each in self.node.get_subscriptions_info_by_topic("/initialpose")]

    def joined(self) -> None:
        wait_until(lambda: self.listeners() and self.sender._publisher.get_subscription_count(), "a listener")

    def change(self, **changed: Any) -> None:
        self.settings.node = replace(self.settings.node, **changed)

    def arrived(self, number: int) -> list[Any]:
        wait_until(lambda: len(self.heard) >= number, f"{number} messages")
        return self.heard

    def settled(self) -> int:
        """How many came, after time enough for one more to come."""
        time.sleep(0.3)
        return len(self.heard)


@pytest.fixture(scope="module")
def client(domain: int) -> Iterator[Client]:
    with Client(domain) as client:
        yield client


@pytest.fixture
def stage(client: Client) -> Iterator[Stage]:
    stage = Stage(client)
    stage.joined()
    yield stage
    stage.close()
    client.forget()


def test_only_who_asks_is_told_and_only_once(stage: Stage) -> None:
    stage.drive()
    for _ in range(3):
        stage.see()
        stage.drive()
    assert stage.settled() == 0
    stage.ask_of_now()
    for _ in range(4):
        stage.drive()
        stage.see()
    assert len(stage.arrived(1)) == stage.settled() == 1


def test_it_is_moved_by_odometry_to_now_and_stamped_with_it(stage: Stage) -> None:
    stage.ask_of_now()
    stage.drive()
    stage.see()
    stage.drive()
    seen = stage.robot.fix()
    stage.drive(6)
    pose = VerifiedPose(seen.map_from_base, seen.covariance, None, {})
    stage.sender.hear(SimpleNamespace(sound=pose, estimate=SimpleNamespace(stamp_ns=seen.stamp_ns)))  # type: ignore[arg-type]
    (message,) = stage.arrived(1)
    now = stage.robot.fix().map_from_base
    assert stamp_of(message) == stage.robot.stamp_ns > seen.stamp_ns
    assert [message.pose.pose.position.x, message.pose.pose.position.y] == pytest.approx(now[:2, 3], abs=1e-9)
    assert np.diagonal(np.reshape(message.pose.covariance, (6, 6)))[5] > seen.covariance[5, 5]
    fields = fields_of(message)
    assert [rule(fields) for rule in (amcl, rtabmap_initial, slam_toolbox)] == [[], [], []]


def test_views_must_agree_and_be_of_after_the_question(stage: Stage) -> None:
    stage.change(initialpose_views=3)
    stage.drive()
    stage.sender.ask()
    stage.robot.stamp_ns -= 10**9
    stage.odometry.clear()
    for _ in range(4):  # taken before, localized after
        stage.see()
        stage.robot.stamp_ns += 10**8
    assert stage.settled() == 0
    stage.ask_of_now()
    for off in (0.0, 0.0, 3.0, -3.0, 0.0, 0.0):
        stage.drive()
        stage.see(x=off)
    assert stage.settled() == 0
    stage.drive()
    stage.see(sound=False)  # nothing to agree with, and nothing against
    stage.see()
    assert len(stage.arrived(1)) == 1


@pytest.mark.parametrize("mode", ["off", "service", "startup"])
def test_modes(stage: Stage, mode: str) -> None:
    stage.change(initialpose=mode)
    stage.sender.serve(MAP, "base_link")

    def see_twice() -> None:
        for _ in range(2):
            stage.drive()
            stage.see()

    see_twice()
    if mode == "startup":
        stage.arrived(1)
    assert stage.settled() == (mode == "startup")
    stage.ask_of_now()
    see_twice()
    if mode != "off":
        stage.arrived(2 if mode == "startup" else 1)
    assert stage.settled() == {"off": 0, "service": 1, "startup": 2}[mode]


def test_a_pose_that_waits_is_not_sent_when_the_robot_is_said_to_be_on_another_floor(stage: Stage) -> None:
    stage.change(active_floor="ground", initialpose_cooldown_s=1000.0)
    stage.sender._sent_at_s = time.monotonic()  # so it waits
    stage.ask_of_now()
    for _ in range(2):
        stage.drive()
        stage.see()
    stage.change(active_floor="first", initialpose_cooldown_s=0.0)
    stage.sender._on_timer()
    stage.drive()
    stage.see()  # the first view of this floor has nothing to agree with
    assert stage.settled() == 0
    stage.drive()
    stage.see()
    assert len(stage.arrived(1)) == 1


def test_odometry_that_stopped_keeps_the_pose_back_and_that_is_said(stage: Stage) -> None:
    said: list[str] = []
    stage.sender._log = ThrottledLog(said.append)
    stage.change(initialpose_cooldown_s=1000.0)
    stage.sender._sent_at_s = time.monotonic()  # so it waits
    stage.ask_of_now()
    for _ in range(2):
        stage.drive()
        stage.see()
    stage.change(initialpose_cooldown_s=0.0)
    stage.robot.stamp_ns += 3 * 10**9  # and drives on, nobody knows where to
    stage.sender._on_timer()
    assert stage.settled() == 0
    assert ["odometry has stopped" in line for line in said] == [True]


def test_a_clock_that_jumped_leaves_the_question_and_nothing_seen(stage: Stage) -> None:
    stage.ask_of_now()
    stage.drive()
    stage.see()
    stage.sender.forget()
    stage.odometry.clear()
    stage.robot.stamp_ns -= 500 * 10**9
    stage.drive()
    stage.see()
    assert stage.settled() == 0
    stage.drive()
    stage.see()
    assert len(stage.arrived(1)) == 1


def test_who_asks_again_and_again_waits(stage: Stage) -> None:
    stage.change(initialpose_cooldown_s=2.0)
    for _ in range(3):
        stage.ask_of_now()
        for _ in range(2):
            stage.drive()
            stage.see()
    assert stage.settled() == 1
    wait_until(lambda: stage.sender._on_timer() or len(stage.heard) == 2, "the cool-down to be over")


def test_it_waits_for_somebody_who_tracks_and_is_then_of_then(client: Client) -> None:
    stage = Stage(client)
    stage.joined()
    client.forget()
    with Client(client.domain, "rosbag2_recorder") as recorder:
        recorded = recorder.listen("/initialpose", POSE)
        try:
            wait_until(lambda: stage.listeners() == ["rosbag2_recorder"], "the recorder alone")
            wait_until(lambda: stage.sender._publisher.get_subscription_count() == 1, "the recorder to be joined")
            stage.ask_of_now()
            for _ in range(3):
                stage.drive()
                stage.see()
            stage.sender._on_timer()
            assert not recorded
            late = client.listen("/initialpose", POSE)
            stage.drive(10)
            _until(stage.sender._on_timer, lambda: late)
            assert stamp_of(late[0]) == stage.robot.stamp_ns
            wait_until(lambda: recorded, "the recorder to hear it too")
        finally:
            stage.close()
            client.forget()


def _until(poke: Callable[[], None], reached: Callable[[], Any]) -> None:
    def poked() -> Any:
        poke()
        return reached()

    wait_until(poked, "what was poked for")
