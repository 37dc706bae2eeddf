"""The whole way: a driving robot's images and odometry, the node, and those who make something of what it says."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rclpy")

import robot
from amcl_like import AmclLike
from consumer_rules import fields_of, fuse_2d, robot_localization, rtabmap_global, rtabmap_initial, slam_toolbox
from hear_tf_live import hearing
from robot import Camera, Client, NodeProcess, wait_until
from std_srvs.srv import Empty
from textured_room import LENS, VISIT, look
from tf2_messages import Tf2

from vpr_ros.core.geometry import distance_m, interpolate_poses, invert_pose, planar_pose, rotation_between_rad
from vpr_ros.core.message_fields import header_fields, pose_fields
from vpr_ros.core.outputs.topics import ODOMETRY, POSE
from vpr_ros.core.records import Array, Matrix4
from vpr_ros.ros.plumbing.messages import message_from_fields

MAP_FROM_ODOM = planar_pose(3.0, -1.0, 0.7)
STOPS = (*VISIT, *VISIT[-2:0:-1])  # there and back, for as long as it takes
SECONDS_EACH, ODOMETRY_S = 1.0, 0.05


@cache
def _seen_from(stop: int) -> Array:
    return look(STOPS[stop])[0]


class Drive:
    """Publishes odometry all the time, and an image with its calibration at every stop, from a thread of its own."""

    def __init__(self, client: Client) -> None:
        for stop in range(len(STOPS)):
            _seen_from(stop)  # takes its time, which is not the robot's
        self._camera = Camera(client)
        self._odometry = client.advertise("/odom", ODOMETRY, 10)
        self._info = client.advertise("/camera_info", "sensor_msgs/msg/CameraInfo", 10)
        self._began_ns = self._camera.now_ns()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def pose_at(self, stamp_ns: int) -> Matrix4:
        whole, share = divmod((stamp_ns - self._began_ns) / 1e9 / SECONDS_EACH, 1.0)
        start, end = (STOPS[(int(whole) + step) % len(STOPS)] for step in (0, 1))
        return interpolate_poses(start[None], end[None], np.array([share]))[0]

    def _run(self) -> None:
        shown = 0
        while not self._ended.wait(ODOMETRY_S):
            now_ns = self._camera.now_ns()
            due = int((now_ns - self._began_ns) / 1e9 / SECONDS_EACH)
            if due >= shown:
                self._publish_calibration()
                self._camera.show(_seen_from(due % len(STOPS)), self._began_ns + round(due * SECONDS_EACH * 1e9))
                shown = due + 1
            self._publish_odometry(now_ns)

    def _publish_odometry(self, stamp_ns: int) -> None:
        fields = {
            "header": header_fields(stamp_ns, "odom"),
            "child_frame_id": "base_link",
            "pose": {"pose": pose_fields(invert_pose(MAP_FROM_ODOM) @ self.pose_at(stamp_ns))},
        }
        self._odometry.publish(message_from_fields(ODOMETRY, fields))

    def _publish_calibration(self) -> None:
        width, height, matrix = LENS.width, LENS.height, LENS.matrix.reshape(9)
        fields = {"width": width, "height": height, "k": matrix, "distortion_model": "plumb_bob"}
        self._info.publish(message_from_fields("sensor_msgs/msg/CameraInfo", fields))

    def __enter__(self) -> Drive:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


@pytest.fixture(scope="module")
def client(domain: int, room_map: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    log = tmp_path_factory.mktemp("node") / "log.txt"
    parameters = {
        "map.path": room_map,
        "node.mounting": "map",
        "node.max_age_s": 10.0,
        "node.min_motion_m": 0.0,
        "node.rtabmap_global_pose": True,
        "node.initialpose_cooldown_s": 0.1,
    }
    with NodeProcess(domain, log, parameters) as process, Client(domain) as client:
        wait_until(lambda: process.process.poll() is None and client.state() == robot.ACTIVE, "the node to be active")
        yield client


def _confirms(tracker: AmclLike, drive: Drive, number: int) -> None:
    wait_until(lambda: len(tracker.confirmed) + len(tracker.objections) >= number, "an initial pose")
    assert not tracker.objections
    assert len(tracker.messages) == number
    stamp_ns, believed = tracker.confirmed[-1]
    true = drive.pose_at(stamp_ns)
    assert distance_m(believed, true) < 0.05
    assert rotation_between_rad(believed, true) < np.radians(2.0)
    fields = fields_of(tracker.messages[-1])
    assert [rule(fields) for rule in (rtabmap_initial, slam_toolbox)] == [[], []]


def test_one_who_tracks_begins_where_the_robot_is_when_asked_and_at_startup(client: Client) -> None:
    poses, for_rtabmap = client.listen("/vpr/pose", POSE), client.listen("/vpr/rtabmap_global_pose", POSE)
    with Drive(client) as drive:
        tracker = AmclLike(client)
        wait_until(lambda: len(poses) >= 3 and for_rtabmap, "fixes while nobody asked")
        assert not tracker.messages
        client.call(Empty, "/vpr/reinitialize", Empty.Request())
        _confirms(tracker, drive, 1)
        assert client.set_parameters(node__initialpose="startup") == (True, "")
        assert client.change_state(robot.DEACTIVATE)
        assert client.change_state(robot.ACTIVATE)
        _confirms(tracker, drive, 2)
    base = for_rtabmap[-1].header.frame_id
    for message in poses:
        fields = fields_of(message)
        assert [rule(fields) for rule in (robot_localization, fuse_2d)] == [[], []]
    assert rtabmap_global(fields_of(for_rtabmap[-1]), frames_on_robot=(base,)) == []
    assert base == "base_link"
    time.sleep(0.3)
    assert len(tracker.messages) == 2


def test_the_transform_from_map_to_odom_is_where_odometry_began(
    client: Client, domain: int, tf2: Tf2, tmp_path: Path
) -> None:
    module, remaps = "vpr_ros.ros.consumers.map_to_odom_process", ["pose:=/vpr/pose"]
    parameters = {"planar": False, "listen_s": 1.0}
    client.forget()
    with (
        hearing(domain, tf2.environment, tmp_path / "tf.jsonl") as ear,
        NodeProcess(domain, tmp_path / "log.txt", parameters, remaps, tf2.environment, module) as process,
        Drive(client),
    ):
        wait_until(lambda: ear.listens and len(ear.heard()) > 60, "transforms", 60.0)
        transforms = [each for each in ear.heard() if (each.parent, each.child) == ("map", "odom")]
        assert len(transforms) > 50
        off_m = np.linalg.norm([(each.x, each.y, each.z) - MAP_FROM_ODOM[:3, 3] for each in transforms], axis=1)
        assert off_m.max() < 0.15  # odometry begins 3 m away: a degree of the fix is 5 cm there
        assert "first pose" in process.log
    client.forget()
