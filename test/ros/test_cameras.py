"""Cameras over DDS: several of them, where they sit, and one that fails."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("rclpy")

import robot
from robot import Client, NodeProcess, wait_until
from say_tf import saying
from textured_room import LENS, VISIT, camera_at, look
from tf2_messages import Tf2

from vpr_ros.core.geometry import invert_pose, pose_matrix, quaternion_from_roll_pitch_yaw
from vpr_ros.core.message_fields import header_fields, pose_fields
from vpr_ros.core.records import Array, Matrix4
from vpr_ros.ros.plumbing.messages import message_from_fields

POSE = "geometry_msgs/msg/PoseWithCovarianceStamped"
DIAGNOSTICS = "diagnostic_msgs/msg/DiagnosticArray"
# An optical frame on a robot: looking ahead, 0.3 m before the base and 1 m above it.
AHEAD = [0.3, 0.0, 1.0, -np.pi / 2, 0.0, -np.pi / 2]
QUICK = {"node.rate_hz": 50.0, "node.min_motion_m": 0.0}


def mounted(values: list[float]) -> Matrix4:
    return pose_matrix(np.array(values[:3]), quaternion_from_roll_pitch_yaw(*values[3:]))


class Eye:
    """A calibrated camera that says what it sees, with its calibration."""

    def __init__(self, client: Client, prefix: str = "", frame_id: str = "lens") -> None:
        self._node, self._frame_id = client.node, frame_id
        self._images = client.advertise(f"{prefix}/image", "sensor_msgs/msg/Image", 10)
        self._infos = client.advertise(f"{prefix}/camera_info", "sensor_msgs/msg/CameraInfo", 10)

    def show(self, image: Array, stamp_ns: int | None = None, **changed: Any) -> int:
        stamp_ns = int(self._node.get_clock().now().nanoseconds) if stamp_ns is None else stamp_ns
        header = header_fields(stamp_ns, self._frame_id)
        height, width = image.shape[:2]
        info = {"header": header, "width": width, "height": height, "k": LENS.matrix.reshape(9)}
        self._infos.publish(message_from_fields("sensor_msgs/msg/CameraInfo", {**info, **changed.pop("info", {})}))
        fields = {"header": header, "height": height, "width": width, "encoding": "rgb8", "step": 3 * width}
        self._images.publish(message_from_fields("sensor_msgs/msg/Image", {**fields, "data": image, **changed}))
        return stamp_ns


def keep(showing: Callable[[], object], until: Callable[[], Any], what: str) -> Any:
    """What comes of showing again and again."""

    def reached() -> Any:
        showing()
        time.sleep(0.1)
        return until()

    return wait_until(reached, what)


def status_of(health: list[Any], name: str) -> Any:
    """The newest of that name, None while there is none."""
    return next((each for each in (health[-1].status if health else []) if each.name == f"vpr: {name}"), None)


def most_points(match: list[Any], camera: str) -> float:
    """That agree with a fix, of the images of this camera."""
    decisions = [each.status[0] for each in match if each.status[0].hardware_id == camera]
    return max(float(pair.value) for each in decisions for pair in each.values if pair.key == "pose agreeing")


def pose_of(message: Any) -> Matrix4:
    at, turned = message.pose.pose.position, message.pose.pose.orientation
    return pose_matrix(np.array([at.x, at.y, at.z]), np.array([turned.x, turned.y, turned.z, turned.w]))


def test_static_tf_says_of_what_frame_the_pose_is(domain: int, room_map: Path, tmp_path: Path, tf2: Tf2) -> None:
    base_from_mast, mast_from_lens = mounted([0.1, 0.2, 0.8, 0, 0, 0.4]), mounted(AHEAD)
    said = [
        ("/tf_static", "base_footprint", "mast", base_from_mast),
        ("/tf_static", "mast", "lens", mast_from_lens),
        ("/tf", "mast", "hand_lens", mast_from_lens),
    ]
    parameters = {**QUICK, "map.path": room_map, "node.base_frame": "base_footprint"}
    with (
        NodeProcess(domain, tmp_path / "log", parameters, (), tf2.environment) as process,
        saying(domain, tf2.environment, said),
        Client(domain) as client,
    ):
        client.wait_for_state(robot.ACTIVE)
        poses, health = client.listen("/vpr/pose", POSE), client.listen("/diagnostics", DIAGNOSTICS)
        wait_until(lambda: client.node.count_publishers("/vpr/pose"), "the node's topics")
        eye, image = Eye(client), look(VISIT[1])[0]
        keep(lambda: eye.show(image), lambda: poses, "a pose")
        expected = VISIT[1] @ invert_pose(base_from_mast @ mast_from_lens)
        assert pose_of(poses[0]) == pytest.approx(expected, abs=0.03)

        hand = Eye(client, frame_id="hand_lens")
        keep(lambda: hand.show(image), lambda: "'hand_lens' are joined by /tf only" in process.log, "the reason")
        known = len(poses)
        keep(lambda: hand.show(image), lambda: "/tf only" in status_of(health, "camera camera").message, "diagnostics")
        assert len(poses) == known


def test_a_rig_solves_one_pose_from_what_its_cameras_see_together(domain: int, room_map: Path, tmp_path: Path) -> None:
    aside = [0.0, 0.2, 1.0, -np.pi / 2, 0.0, -np.pi / 2 + 0.5]
    parameters = {
        **QUICK,
        "map.path": room_map,
        "cameras": "[front, left]",
        "front.base_from_camera": AHEAD,
        "left.base_from_camera": aside,
    }
    front_from_left = invert_pose(mounted(AHEAD)) @ mounted(aside)
    map_from_front = camera_at(0.42, 0.05, -2.0, 1.12)
    front_sees, left_sees = look(map_from_front)[0], look(map_from_front @ front_from_left)[0]
    with NodeProcess(domain, tmp_path / "log", parameters) as process, Client(domain) as client:
        client.wait_for_state(robot.ACTIVE)
        poses, health = client.listen("/vpr/pose", POSE), client.listen("/diagnostics", DIAGNOSTICS)
        match = client.listen("/vpr/match", DIAGNOSTICS)
        wait_until(lambda: client.node.count_publishers("/vpr/pose"), "the node's topics")
        front, left = Eye(client, "/front"), Eye(client, "/left")

        def show_both() -> None:
            stamp_ns = left.show(left_sees)
            front.show(front_sees, stamp_ns)

        expected = map_from_front @ invert_pose(mounted(AHEAD))
        keep(show_both, lambda: len(poses) > 3, "poses")
        for each in poses:
            assert pose_of(each) == pytest.approx(expected, abs=0.03)
        assert {each.status[0].hardware_id for each in match} == {"front", "left"}
        together = most_points(match, "front")

        # One camera sends what nobody can read, and the other goes on.
        before = len(poses)
        alone = client.listen("/vpr/match", DIAGNOSTICS)

        def show_broken() -> None:
            front.show(front_sees)
            left.show(left_sees, encoding="yuv9")

        keep(show_broken, lambda: len(poses) > before + 3 and "yuv9" in process.log, "poses without the left camera")
        keep(show_broken, lambda: "yuv9" in (status_of(health, "camera left").message), "its health")
        assert process.log.count("encoding 'yuv9' is not supported") == 1
        assert together > 1.2 * most_points(alone[2:], "front")  # the first may still be of both
        assert status_of(health, "camera front").message == "images are used"
        keep(show_both, lambda: status_of(health, "camera left").message == "images are used", "its recovery")


def test_a_calibration_for_another_size_gives_places_and_says_so(domain: int, room_map: Path, tmp_path: Path) -> None:
    parameters = {**QUICK, "map.path": room_map, "camera.base_from_camera": AHEAD}
    with NodeProcess(domain, tmp_path / "log", parameters), Client(domain) as client:
        client.wait_for_state(robot.ACTIVE)
        match, health = client.listen("/vpr/match", DIAGNOSTICS), client.listen("/diagnostics", DIAGNOSTICS)
        poses = client.listen("/vpr/pose", POSE)
        eye, image = Eye(client), look(VISIT[1])[0]
        keep(lambda: eye.show(image, info={"width": 640, "height": 480}), lambda: match, "an answer")
        assert "another size" in match[-1].status[0].message
        told = "/camera_info is for images of 640x480, they are 320x240"
        keep(
            lambda: eye.show(image, info={"width": 640, "height": 480}),
            lambda: (found := status_of(health, "camera camera")) and told in found.message,
            "diagnostics",
        )
        assert poses == []
        keep(lambda: eye.show(image), lambda: poses, "a pose once the calibration fits")
        assert pose_of(poses[0]) == pytest.approx(VISIT[1] @ invert_pose(mounted(AHEAD)), abs=0.03)


def test_odometry_that_cannot_be_used_is_told(domain: int, small_map: Path, tmp_path: Path) -> None:
    with NodeProcess(domain, tmp_path / "log", {"map.path": small_map}), Client(domain) as client:
        client.wait_for_state(robot.ACTIVE)
        health = client.listen("/diagnostics", DIAGNOSTICS)
        odometry = client.advertise("/odom", "nav_msgs/msg/Odometry", 10)

        def told() -> str:
            values = health[-1].status[0].values if health else []
            return next((each.value for each in values if each.key == "odometry not used"), "")

        def say(child: str) -> None:
            header = header_fields(int(client.node.get_clock().now().nanoseconds), "odom")
            fields = {"header": header, "child_frame_id": child, "pose": {"pose": pose_fields(np.eye(4))}}
            odometry.publish(message_from_fields("nav_msgs/msg/Odometry", fields))

        keep(lambda: say("wheel"), lambda: "'wheel'" in told(), "the reason")
        keep(lambda: say("base_link"), lambda: not told(), "nothing to tell")
