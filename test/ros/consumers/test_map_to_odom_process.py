"""map -> odom over DDS: by a process of its own, at its rate, and never beside another."""

from __future__ import annotations

import importlib.util
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("rclpy")

from driving_robot import DrivingRobot
from hear_tf_live import Ear, hearing
from robot import Client, NodeProcess, wait_until
from say_tf import saying
from tf2_messages import Tf2

from vpr_ros.core.message_fields import header_fields, pose_fields
from vpr_ros.core.outputs.topics import DIAGNOSTICS, ODOMETRY, POSE
from vpr_ros.ros.plumbing.messages import message_from_fields

MODULE = "vpr_ros.ros.consumers.map_to_odom_process"
QUICK = {"listen_s": 1.0}


class Stage:
    """A robot whose odometry and poses are published, and what is said about it."""

    def __init__(self, client: Client, ear: Ear) -> None:
        self.client, self.ear, self.robot = client, ear, DrivingRobot()
        self.diagnostics = client.listen("/diagnostics", DIAGNOSTICS)
        self._odometry = client.advertise("/odom", ODOMETRY, 10)
        self._poses = client.advertise("/vpr/pose", POSE, 10)

    def wait_for_node(self) -> None:
        wait_until(lambda: self._poses.get_subscription_count() and self._odometry.get_subscription_count(), "the node")

    def drive(self) -> None:
        self.robot.drive(0.01, 0.005)
        self.robot.stamp_ns = time.time_ns()
        fields = {
            "header": header_fields(self.robot.stamp_ns, "odom"),
            "child_frame_id": "base_link",
            "pose": {"pose": pose_fields(self.robot.odom_from_base)},
        }
        self._odometry.publish(message_from_fields(ODOMETRY, fields))
        time.sleep(0.03)

    def see(self) -> None:
        fix = self.robot.fix()
        pose = {"pose": pose_fields(fix.map_from_base), "covariance": fix.covariance.reshape(36)}
        self._poses.publish(message_from_fields(POSE, {"header": header_fields(fix.stamp_ns, "map"), "pose": pose}))

    def drive_until(self, reached: Any, what: str) -> None:
        def driven() -> Any:
            self.drive()
            return reached()

        wait_until(driven, what)

    def status(self) -> tuple[int, str]:
        ours = [each for each in self.diagnostics if each.status[0].name == "map_to_odom: transform"]
        return (ours[-1].status[0].level[0], ours[-1].status[0].message) if ours else (-1, "")

    def ours(self) -> list[Any]:
        return [each for each in self.ear.heard() if (each.parent, each.child) == ("map", "odom")]


@pytest.fixture
def stage(domain: int, tf2: Tf2, tmp_path: Path) -> Iterator[Stage]:
    with Client(domain) as client, hearing(domain, tf2.environment, tmp_path / "tf.jsonl") as ear:
        wait_until(lambda: ear.listens, "the ear")
        yield Stage(client, ear)


def _process(domain: int, tf2: Tf2, folder: Path, **parameters: Any) -> NodeProcess:
    remaps = ["pose:=/vpr/pose"]
    return NodeProcess(domain, folder / "log.txt", {**QUICK, **parameters}, remaps, tf2.environment, MODULE)


def test_it_publishes_from_the_first_pose_on_until_another_does(
    stage: Stage, domain: int, tf2: Tf2, tmp_path: Path
) -> None:
    with _process(domain, tf2, tmp_path) as process:
        stage.wait_for_node()
        stage.drive_until(lambda: "first pose" in stage.status()[1], "to wait for a pose")
        assert not stage.ours()

        def published() -> bool:
            stage.see()
            return len(stage.ours()) > 40

        stage.drive_until(published, "transforms")
        sent = stage.ours()
        np.testing.assert_allclose([(each.x, each.y) for each in sent], [(4.0, -2.0)] * len(sent), atol=1e-6)
        assert np.diff([each.stamp_ns for each in sent]).min() > 0
        every_s = np.median(np.diff([each.stamp_ns for each in sent])) / 1e9
        assert 0.03 < every_s < 0.1  # 0.05 where nothing else runs
        assert np.median([each.stamp_ns - each.heard_ns for each in sent]) > 0  # ahead of those who ask
        stage.drive_until(lambda: stage.status() == (0, "publishing"), "good health")

        with saying(domain, tf2.environment, [("/tf", "map", "odom", np.eye(4))]):
            stage.drive_until(lambda: stage.status()[0] == 2, "an error")
            assert "somebody else publishes map -> odom" in stage.status()[1]
        silent_from_ns = time.time_ns() + 3 * 10**8
        for _ in range(30):
            stage.drive()
            stage.see()
        assert not [each for each in stage.ours() if each.x == pytest.approx(4.0) and each.heard_ns > silent_from_ns]
        assert process.process.poll() is None
        assert process.end(signal.SIGTERM) == 0
        assert "Traceback" not in process.log


@pytest.mark.parametrize("topic", ["/tf", "/tf_static"])
def test_it_refuses_to_start_beside_another(stage: Stage, domain: int, tf2: Tf2, tmp_path: Path, topic: str) -> None:
    with (
        saying(domain, tf2.environment, [(topic, "map", "odom", np.eye(4))]),
        _process(domain, tf2, tmp_path, listen_s=20.0) as process,
    ):
        stage.drive_until(lambda: process.process.poll() is not None, "the process to end")
        assert process.end() == 1
    line = process.log.strip()
    assert "\n" not in line, line
    assert "FATAL" in line
    assert "somebody else publishes map -> odom (AMCL, a SLAM, a filter); run one of them only" in line


def test_wrong_parameters_end_it_with_a_line(domain: int, tf2: Tf2, tmp_path: Path) -> None:
    with _process(domain, tf2, tmp_path, rate=3) as process:
        wait_until(lambda: process.process.poll() is not None, "the process to end")
        assert process.end() == 2
    assert process.log.strip().endswith("unknown parameter 'rate'; did you mean rate_hz?")


@pytest.mark.skipif(importlib.util.find_spec("tf2_msgs") is not None, reason="tf2_msgs is installed")
def test_without_tf2_msgs_it_says_so(domain: int, tmp_path: Path) -> None:
    with NodeProcess(domain, tmp_path / "log.txt", {}, module=MODULE) as process:
        wait_until(lambda: process.process.poll() is not None, "the process to end")
        assert process.end() == 1
    (line,) = process.log.strip().splitlines()
    assert "tf2_msgs/msg/TFMessage is not installed here" in line
