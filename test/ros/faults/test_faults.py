"""The fault campaign: each fault happens to a node at work; nothing wrong is published, and it recovers by itself.

Once in the suite; VPR_FAULT_REPEATS=20 (or `make faults`) makes a campaign of it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

pytest.importorskip("rclpy")

import robot
from robot import Camera, wait_until
from stage import COMPRESSED, IMAGE, RATE_HZ, VIEWS, Stage, as_it_is, as_jpeg, image_fields
from std_srvs.srv import Trigger

REPEATS = int(os.environ.get("VPR_FAULT_REPEATS", "1"))
Spoiled = tuple[str, dict[str, Any], bool]


@pytest.fixture(scope="module")
def stage(domain: int, room_map: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("faults")
    shutil.copytree(room_map, folder / "corner")
    stage = Stage(domain, folder / "corner", folder)
    try:
        stage.start()
        stage.camera.showing.set()
        stage.wait_for_fix()
        yield stage
    finally:
        stage.close()


@pytest.fixture(params=range(REPEATS))
def at_work(stage: Stage) -> Iterator[Stage]:
    """The node localizes before, and again after; everything said in between is judged."""
    stage.wait_for_fix()
    yield stage
    camera = stage.camera
    camera.spoil, camera.offset_ns, camera.zero_stamps, camera.rate_hz = as_it_is, 0, False, RATE_HZ
    camera.showing.set()
    stage.wait_for_fix()
    assert stage.judge() > 0
    assert stage.process is not None
    assert "Traceback" not in stage.process.log


def _for(seconds: float, spoil: Callable[[int], Spoiled], stage: Stage) -> None:
    stage.camera.spoil = spoil
    time.sleep(seconds)


def test_camera_stops_and_returns(at_work: Stage) -> None:
    at_work.camera.stop()
    last_ns = at_work.camera.clock()
    at_work.health.clear()
    wait_until(lambda: "no usable image" in at_work.told(), "a warning")
    assert at_work.count_fixes_after(last_ns) == 0


def test_driver_is_restarted(at_work: Stage) -> None:
    at_work.camera.advertise("/image", IMAGE)


def test_resolution_changes_without_its_calibration(at_work: Stage) -> None:
    def smaller(view: int) -> Spoiled:
        return IMAGE, image_fields(np.ascontiguousarray(cv2.resize(VIEWS[view], (200, 150)))), False

    _for(0.8, smaller, at_work)


def test_encoding_changes(at_work: Stage) -> None:
    def bgr(view: int) -> Spoiled:
        return IMAGE, image_fields(np.ascontiguousarray(VIEWS[view][..., ::-1]), "bgr8"), True

    def grey(view: int) -> Spoiled:
        return IMAGE, image_fields(cv2.cvtColor(VIEWS[view], cv2.COLOR_RGB2GRAY), "mono8"), True

    def unheard_of(view: int) -> Spoiled:
        return IMAGE, image_fields(VIEWS[view], "rgb7"), False

    for spoil in (bgr, grey, unheard_of):
        _for(0.5, spoil, at_work)


def test_messages_contradict_their_data(at_work: Stage) -> None:
    def short(view: int) -> Spoiled:
        return IMAGE, {**image_fields(VIEWS[view]), "data": VIEWS[view].tobytes()[:-1000]}, False

    def narrow(view: int) -> Spoiled:
        return IMAGE, {**image_fields(VIEWS[view]), "step": 10}, False

    for spoil in (short, narrow):
        _for(0.5, spoil, at_work)


def test_garbage_jpeg(at_work: Stage) -> None:
    def garbage(_view: int) -> Spoiled:
        return COMPRESSED, {"format": "jpeg", "data": b"\xff\xd8\xff" + bytes(range(256)) * 20}, False

    def cut_off(view: int) -> Spoiled:
        name, fields, _ = as_jpeg(view)
        return name, {**fields, "data": fields["data"][: len(fields["data"]) // 2]}, False

    at_work.camera.advertise("/image/compressed", COMPRESSED)
    at_work.camera.spoil = as_jpeg
    at_work.camera.showing.set()
    at_work.wait_for_fix()
    for spoil in (garbage, cut_off):
        _for(0.6, spoil, at_work)
    at_work.camera.spoil = as_jpeg
    at_work.wait_for_fix()
    at_work.camera.advertise("/image", IMAGE)


def test_zero_stamps(at_work: Stage) -> None:
    at_work.camera.zero_stamps = True
    time.sleep(0.8)


@pytest.mark.parametrize("offset_s", [-3600, 3600])
def test_stamps_of_another_time(at_work: Stage, offset_s: int) -> None:
    at_work.camera.offset_ns = offset_s * 10**9
    time.sleep(0.8)


def test_map_is_deleted_and_restored(at_work: Stage) -> None:
    path = at_work.place_map
    away = path.with_name("away")
    path.rename(away)
    try:
        at_work.wait_for_fix()  # what is loaded serves on
        answer = at_work.client.call(Trigger, "/vpr/reload_map", Trigger.Request())
        assert not answer.success
        assert str(path) in answer.message
        at_work.wait_for_fix()
    finally:
        away.rename(path)
    assert at_work.client.call(Trigger, "/vpr/reload_map", Trigger.Request()).success


def test_map_is_swapped_at_work(at_work: Stage) -> None:
    other = at_work.place_map.with_name("other")
    if not other.exists():
        shutil.copytree(at_work.place_map, other)
    for path in (other, at_work.place_map):
        assert at_work.client.set_parameters(map__path=str(path)) == (True, "")
        answer = at_work.client.call(Trigger, "/vpr/reload_map", Trigger.Request())
        assert answer.success, answer.message
        at_work.wait_for_fix()


def test_odometry_comes_and_is_lost(at_work: Stage) -> None:
    publisher = at_work.client.node.create_publisher(robot.message_class("nav_msgs/msg/Odometry"), "/odom", 10)
    try:
        give_up = time.monotonic() + 1.0
        while time.monotonic() < give_up:
            stamp_ns = at_work.camera.clock()
            stamp = {"sec": stamp_ns // 10**9, "nanosec": stamp_ns % 10**9}
            header = {"stamp": stamp, "frame_id": "odom"}
            pose = {"pose": {"orientation": {"w": 1.0}}}
            fields = {"header": header, "child_frame_id": "base_link", "pose": pose}
            publisher.publish(robot.message_from_fields("nav_msgs/msg/Odometry", fields))
            time.sleep(0.02)
    finally:
        at_work.client.node.destroy_publisher(publisher)


def test_process_is_killed_and_restarted(at_work: Stage) -> None:
    assert at_work.process is not None
    at_work.process.process.send_signal(signal.SIGKILL)
    assert at_work.process.process.wait(10) == -signal.SIGKILL
    at_work.start()


def test_flood(at_work: Stage) -> None:
    at_work.camera.rate_hz = 200.0
    time.sleep(1.0)
    began = time.monotonic()
    assert at_work.client.state() == robot.ACTIVE
    assert time.monotonic() - began < 2.0  # a busy machine; `benchmarks.node_under_load` measures
    at_work.wait_for_fix()


def test_two_publishers_on_one_topic(at_work: Stage) -> None:
    second = Camera(at_work.client)
    give_up = time.monotonic() + 1.0
    view = 0
    while time.monotonic() < give_up:
        view = (view + 1) % len(VIEWS)
        stamp_ns = at_work.camera.clock()
        at_work.camera.shown[stamp_ns] = view
        at_work.camera.stamps.add(stamp_ns)
        second.show(VIEWS[view], stamp_ns)
        time.sleep(0.04)


def test_subscriber_that_never_reads(at_work: Stage) -> None:
    listener = (
        "import os, rclpy, time\n"
        "from rclpy.qos import QoSProfile, HistoryPolicy\n"
        "from std_msgs.msg import String\nfrom diagnostic_msgs.msg import DiagnosticArray\n"
        "from geometry_msgs.msg import PoseWithCovarianceStamped\n"
        "rclpy.init()\nnode = rclpy.create_node('deaf')\nqos = QoSProfile(depth=1, history=HistoryPolicy.KEEP_ALL)\n"
        "kinds = {'match': DiagnosticArray, 'pose': PoseWithCovarianceStamped, 'place_id': String, 'room': String}\n"
        "kept = [node.create_subscription(kind, '/vpr/' + name, print, qos) for name, kind in kinds.items()]\n"
        "while not all(node.count_publishers('/vpr/' + name) for name in kinds): time.sleep(0.05)\n"
        "time.sleep(0.5)\nprint('there', flush=True)\ntime.sleep(60)\n"
    )
    environment = {**os.environ, "ROS_DOMAIN_ID": str(at_work.client.domain)}
    deaf = subprocess.Popen([sys.executable, "-c", listener], env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert deaf.stdout is not None
        assert deaf.stdout.readline() == "there\n"
        deaf.send_signal(signal.SIGSTOP)
        time.sleep(1.5)
        at_work.wait_for_fix()
    finally:
        deaf.kill()
        deaf.wait()
        assert deaf.stdout is not None
        deaf.stdout.close()
