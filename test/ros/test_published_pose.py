"""A pose over DDS: a calibrated camera that sits where the map's did, on a map with points."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("rclpy")

import robot
from robot import Camera, Client, NodeProcess, stamp_of, wait_until
from textured_room import DRIVE, LENS, VISIT, look

from vpr_ros.core.geometry import pose_matrix
from vpr_ros.ros.plumbing.messages import message_from_fields

DIAGNOSTICS = "diagnostic_msgs/msg/DiagnosticArray"


@pytest.fixture(scope="module")
def client(domain: int, room_map: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    log = tmp_path_factory.mktemp("node") / "log.txt"
    parameters = {"map.path": room_map, "node.rate_hz": 50.0, "node.mounting": "map", "node.min_motion_m": 0.0}
    with NodeProcess(domain, log, parameters) as process, Client(domain) as client:
        wait_until(lambda: process.process.poll() is None and client.state() == robot.ACTIVE, "the node to be active")
        assert "poses: sift" in process.log
        yield client


def _pose(message: Any) -> np.ndarray:
    at, turned = message.pose.pose.position, message.pose.pose.orientation
    return pose_matrix(np.array([at.x, at.y, at.z]), np.array([turned.x, turned.y, turned.z, turned.w]))


def _decision(match: list[Any]) -> dict[str, str]:
    return {"message": match[-1].status[0].message} | {each.key: each.value for each in match[-1].status[0].values}


def test_poses_come_with_a_calibration_and_reasons_without(client: Client) -> None:
    poses = client.listen("/vpr/pose", "geometry_msgs/msg/PoseWithCovarianceStamped")
    relatives = client.listen("/vpr/relative_pose", "nav_msgs/msg/Odometry")
    match, health = client.listen("/vpr/match", DIAGNOSTICS), client.listen("/diagnostics", DIAGNOSTICS)
    camera, image = Camera(client), look(VISIT[1])[0]
    camera.wait_for_node()
    wait_until(lambda: client.node.count_publishers("/vpr/relative_pose"), "the node's topics")

    def shown(until: list[Any]) -> bool:
        camera.show(image)
        time.sleep(0.2)
        return bool(until)

    wait_until(lambda: shown(match), "an answer")
    told = _decision(match)
    assert told["message"] == "accepted; pose refused: no intrinsics"
    assert told["place"].startswith("corner/place_")
    assert not poses

    info = client.advertise("/camera_info", "sensor_msgs/msg/CameraInfo", 10)
    width, height = LENS.width, LENS.height
    fields = {"width": width, "height": height, "k": LENS.matrix.reshape(9), "distortion_model": "plumb_bob"}
    calibration = message_from_fields("sensor_msgs/msg/CameraInfo", fields)

    def calibrated() -> bool:
        info.publish(calibration)
        return shown(poses) and bool(relatives)

    wait_until(calibrated, "a pose")
    assert poses[0].header.frame_id == "map"
    assert _pose(poses[0]) == pytest.approx(VISIT[1], abs=0.02)
    assert 0 < poses[0].pose.covariance[0] < 0.01
    relative = relatives[0]
    assert relative.header.stamp == poses[0].header.stamp
    place = int(relative.header.frame_id.removeprefix("corner/place_"))
    assert relative.child_frame_id == "base_link"
    assert DRIVE[place] @ _pose(relative) == pytest.approx(VISIT[1], abs=0.03)
    assert relative.twist.covariance[0] == 1e6
    wait_until(lambda: health and any("poses: sift" in each.value for each in health[-1].status[0].values), "health")


def test_a_wall_without_texture_gets_no_pose(client: Client) -> None:
    poses = client.listen("/vpr/pose", "geometry_msgs/msg/PoseWithCovarianceStamped")
    match = client.listen("/vpr/match", DIAGNOSTICS)
    camera = Camera(client)
    camera.wait_for_node()
    wait_until(lambda: client.node.count_publishers("/vpr/pose"), "the node's topics")
    image = np.full((LENS.height, LENS.width, 3), 120, np.uint8)

    stamps: set[int] = set()  # images of the test before may still be on their way

    def answers() -> list[Any]:
        stamps.add(camera.show(image))
        time.sleep(0.2)
        return [each for each in match if stamp_of(each) in stamps]

    answered = wait_until(answers, "an answer")
    assert "refused" in _decision(answered)["message"]
    assert not [each for each in poses if stamp_of(each) in stamps]
