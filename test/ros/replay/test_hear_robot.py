"""`vpr doctor --live` over DDS: a robot is heard with the QoS and the clock it has, and looked at like a bag."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rclpy")

from rclpy.qos import qos_profile_sensor_data
from robot import Camera, Client
from tf2_messages import Tf2
from twelve_places import place_image

from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.message_fields import header_fields, pose_fields, transform_fields
from vpr_ros.sources.bags.write_bag import BagWriter

TF = "tf2_msgs/msg/TFMessage"
FRAMES, STEP_NS = 40, 100_000_000
PATIENCE_S = 90.0


def write_drive(path: Path) -> Path:
    """Four seconds of a robot whose pictures are 50 ms old when they come."""
    with BagWriter(path) as bag:
        start = 1_700_000_000 * 10**9
        mount = {"header": header_fields(start, "base_link"), "child_frame_id": "cam"}
        bag.write("/tf_static", TF, {"transforms": [{**mount, "transform": transform_fields(np.eye(4))}]}, start)
        for number in range(FRAMES):
            now, pose = start + number * STEP_NS, planar_pose(0.02 * number, 0.0, 0.0)
            odom = {"header": header_fields(now, "odom"), "child_frame_id": "base_link"}
            bag.write("/odom", "nav_msgs/msg/Odometry", {**odom, "pose": {"pose": pose_fields(pose)}}, now)
            bag.write("/tf", TF, {"transforms": [{**odom, "transform": transform_fields(pose)}]}, now)
            image = place_image(number % 12, noise=number)
            fields = {"header": header_fields(now, "cam"), "width": 320, "height": 240, "encoding": "rgb8"}
            bag.write(
                "/camera/image_raw", "sensor_msgs/msg/Image", {**fields, "step": 960, "data": image}, now + STEP_NS // 2
            )
    return path


@contextmanager
def vpr(environment: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "vpr_ros.cli.main", *arguments]
    with subprocess.Popen(
        command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def listen(environment: dict[str, str], *arguments: str) -> tuple[int, dict[str, dict[str, object]]]:
    """(exit code, findings by check)."""
    with vpr(environment, "doctor", "--live", "--json", "--seconds", "3", *arguments) as process:
        told, complained = process.communicate(timeout=PATIENCE_S)
    assert "Traceback" not in complained
    assert told, complained
    return process.returncode, {each["check"]: each for each in json.loads(told)["findings"]}


def test_a_robot_with_tf_and_a_clock_of_its_own(domain: int, tf2: Tf2, tmp_path: Path):
    environment = {**os.environ, **tf2.environment, "ROS_DOMAIN_ID": str(domain), "OMP_NUM_THREADS": "1"}
    bag = write_drive(tmp_path / "drive")
    with vpr(environment, "play", str(bag), "--clock", "--loop", "--wait", "0") as player:
        assert player.stdout is not None
        assert "playing" in player.stdout.readline()
        _, findings = listen(environment, "--keep", str(tmp_path / "heard"))
    assert findings["publishers"]["found"] == "/vpr_play publishes /camera/image_raw, reliably"
    assert findings["tf camera"]["found"] == "base_link -> cam, fixed"
    assert findings["tf map"]["found"].startswith("odom -> base_link")
    assert str(findings["odometry"]["found"]).startswith("/odom: ")
    assert "live" not in findings
    assert (tmp_path / "heard" / "metadata.yaml").is_file()


def test_images_best_effort_and_late_by_this_machines_clock(domain: int):
    environment = {**os.environ, "ROS_DOMAIN_ID": str(domain), "OMP_NUM_THREADS": "1"}
    with Client(domain) as client:
        camera = Camera(client, "/front/image_raw", qos_profile_sensor_data)
        command = [sys.executable, "-m", "vpr_ros.cli.main", "doctor", "--live", "--json", "--seconds", "3"]
        with subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE) as process:
            shown = 0
            while process.poll() is None:
                camera.show(place_image(shown % 12), camera.now_ns() - 600_000_000)
                shown += 1
                time.sleep(0.05)
            assert process.stdout is not None
            findings = {each["check"]: each for each in json.loads(process.stdout.read())["findings"]}
    assert findings["publishers"]["found"] == "/test_client publishes /front/image_raw, best effort"
    assert findings["image age"]["level"] in ("warn", "FAIL")
    assert findings["image age"]["numbers"]["median_s"] == pytest.approx(0.6, abs=0.3)


def test_nobody_there_is_one_line(domain: int):
    environment = {**os.environ, "ROS_DOMAIN_ID": str(domain + 1)}
    with vpr(environment, "doctor", "--live", "--seconds", "1") as process:
        _, complained = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 2
    assert "nobody publishes images, odometry or TF here" in complained
    assert complained.count("\n") == 1
