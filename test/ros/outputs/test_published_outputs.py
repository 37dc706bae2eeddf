"""All topics of a real node over DDS: they are the documented ones, and tell one answer alike."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

pytest.importorskip("rclpy")

import robot
from hear_tf import static_transforms
from rclpy.qos import DurabilityPolicy, ReliabilityPolicy
from robot import LATCHED, Camera, Client, NodeProcess, stamp_of, wait_until
from textured_room import DRIVE, LENS, VISIT, look
from tf2_messages import Tf2, Tf2UnavailableError, find_tf2

from vpr_ros.core.geometry import pose_matrix
from vpr_ros.ros.outputs.publishers import is_installed
from vpr_ros.ros.plumbing.messages import message_from_fields

TOPICS = Path(__file__).resolve().parents[3] / "docs" / "topics.md"
OF_ROS = {"/parameter_events", "/rosout", "/vpr/transition_event"}
POSE, MARKERS = "geometry_msgs/msg/PoseWithCovarianceStamped", "visualization_msgs/msg/MarkerArray"
KINDS = {
    "/vpr/pose": POSE,
    "/vpr/coarse_pose": POSE,
    "/vpr/rtabmap_global_pose": POSE,
    "/vpr/relative_pose": "nav_msgs/msg/Odometry",
    "/vpr/place_id": "std_msgs/msg/String",
    "/vpr/match": "diagnostic_msgs/msg/DiagnosticArray",
    "/vpr/candidates": "geometry_msgs/msg/PoseArray",
    "/vpr/markers": MARKERS,
    "/vpr/debug_image/compressed": "sensor_msgs/msg/CompressedImage",
}


@dataclass(frozen=True)
class Documented:
    """A topic as the documentation has it."""

    name: str
    type_name: str
    latched: bool


@pytest.fixture(scope="module")
def tf2_here() -> Tf2 | None:
    """tf2_msgs for the node, None where it cannot be had: all but its topic is tested without it too."""
    try:
        return find_tf2()
    except Tf2UnavailableError:
        return None


@pytest.fixture(scope="module")
def client(
    domain: int, room_map: Path, tf2_here: Tf2 | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    log = tmp_path_factory.mktemp("node") / "log.txt"
    parameters = {
        "map.path": room_map,
        "node.rate_hz": 50.0,
        "node.mounting": "map",
        "node.rtabmap_global_pose": True,
        "node.repeat_after_s": 1000.0,
    }
    environment = {} if tf2_here is None else tf2_here.environment
    with NodeProcess(domain, log, parameters, environment=environment) as process, Client(domain) as client:
        wait_until(lambda: process.process.poll() is None and client.state() == robot.ACTIVE, "the node to be active")
        yield client


def _documented(tf2: bool) -> list[Documented]:
    section = TOPICS.read_text(encoding="utf-8").split("## Published", 1)[1].split("\n## ", 1)[0]
    rows = []
    for line in section.splitlines():
        if not line.startswith("| `") or "by the executable" in line:  # that is another process
            continue
        topics, kind, _ = (cell.strip() for cell in line.strip("| ").split(" | ", 2))
        package, name = re.match(r"(\w+)/(\w+)", kind).groups()  # type: ignore[union-attr]
        type_name = f"{package}/msg/{name}"
        there = tf2 if package == "tf2_msgs" else is_installed(type_name)
        for topic in re.findall(r"`([^`]+)`", topics) if there else []:
            full = topic.replace("~", "/vpr") if topic.startswith("~") else f"/{topic.lstrip('/')}"
            rows.append(Documented(full, type_name, "latched" in kind))
    return rows


def test_topics_types_and_qualities_are_those_of_the_documentation(client: Client, tf2_here: Tf2 | None) -> None:
    documented = _documented(tf2_here is not None)
    assert len(documented) >= 16
    node = client.node

    def published() -> dict[str, list[str]]:
        return dict(node.get_publisher_names_and_types_by_node("vpr", "/"))

    names = {each.name for each in documented}
    with suppress(AssertionError):  # the next line says which is missing
        wait_until(lambda: names <= set(published()), "the documented topics")
    assert set(published()) - OF_ROS == names
    for each in documented:
        assert published()[each.name] == [each.type_name], each.name
        (about,) = [info for info in node.get_publishers_info_by_topic(each.name) if info.node_name == "vpr"]
        assert about.qos_profile.reliability == ReliabilityPolicy.RELIABLE, each.name
        durability = DurabilityPolicy.TRANSIENT_LOCAL if each.latched else DurabilityPolicy.VOLATILE
        assert about.qos_profile.durability == durability, each.name


class Looker:
    """Shows the node images with their calibration until something is heard."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.heard: dict[str, list[Any]] = {name: client.listen(name, kind) for name, kind in KINDS.items()}
        self._camera = Camera(client)
        self._camera.wait_for_node()
        self._info = client.advertise("/camera_info", "sensor_msgs/msg/CameraInfo", 10)
        fields = {"width": LENS.width, "height": LENS.height, "k": LENS.matrix.reshape(9)}
        self._calibration = message_from_fields(
            "sensor_msgs/msg/CameraInfo", {**fields, "distortion_model": "plumb_bob"}
        )
        wait_until(lambda: all(map(self._known, KINDS)), "the node to know who listens")

    def _known(self, topic: str) -> bool:
        return bool(self.client.node.count_publishers(topic))

    def show(self, view: int, until: Callable[[], Any], what: str) -> Any:
        image = look(VISIT[view])[0]

        def shown() -> Any:
            self._info.publish(self._calibration)
            self._camera.show(image)
            time.sleep(0.15)
            return until()

        return wait_until(shown, what)

    def decisions(self) -> list[str]:
        return [each.status[0].message for each in self.heard["/vpr/match"]]


@pytest.fixture
def looker(client: Client) -> Iterator[Looker]:
    yield Looker(client)
    client.forget()


def _matrix(pose: Any) -> np.ndarray:
    at, turned = pose.position, pose.orientation
    return pose_matrix(np.array([at.x, at.y, at.z]), np.array([turned.x, turned.y, turned.z, turned.w]))


def test_the_topics_tell_one_fix_alike(client: Client, looker: Looker, tf2_here: Tf2 | None) -> None:
    client.set_parameters(node__repeat_after_s=0.0)
    heard = looker.heard
    looker.show(1, lambda: all(heard.values()), "something on every topic")
    client.set_parameters(node__repeat_after_s=1000.0)
    fix = heard["/vpr/pose"][-1]
    same = {name: [each for each in heard[name] if name != "/vpr/place_id" and _is_of(each, fix)] for name in heard}
    assert _matrix(fix.pose.pose) == pytest.approx(VISIT[1], abs=0.02)
    assert fix.header.frame_id == "map"
    place_id = int(heard["/vpr/place_id"][-1].data.removeprefix("corner/place_"))
    assert same["/vpr/rtabmap_global_pose"][0].header.frame_id == "base_link"
    assert same["/vpr/rtabmap_global_pose"][0].pose == fix.pose
    (candidates,) = same["/vpr/candidates"]
    assert candidates.header.frame_id == "map"
    assert _matrix(candidates.poses[0]) == pytest.approx(DRIVE[place_id], abs=1e-6)
    (markers,) = same["/vpr/markers"]
    by_name = {each.ns: each for each in markers.markers}
    assert by_name["query"].pose == fix.pose.pose
    assert by_name["match"].pose == candidates.poses[0]
    picture = heard["/vpr/debug_image/compressed"][-1]
    assert cv2.imdecode(np.frombuffer(picture.data, np.uint8), cv2.IMREAD_COLOR) is not None
    keyframes = client.listen("/vpr/keyframes", MARKERS, LATCHED)
    wait_until(lambda: keyframes, "the map")
    assert sum(len(each.points) for each in keyframes[0].markers) == 3 * len(DRIVE)
    if tf2_here is not None:
        transforms = {each["child"]: each for each in static_transforms(client.domain, tf2_here.environment)}
        place = transforms[f"corner/place_{place_id}"]
        assert place["parent"] == "map"
        assert place["xyz"] == pytest.approx(DRIVE[place_id][:3, 3])


def _is_of(message: Any, fix: Any) -> bool:
    stamped = message.markers[0] if hasattr(message, "markers") else message
    return stamp_of(stamped) == stamp_of(fix)


def test_a_robot_that_stands_gives_one_fix_and_one_that_moved_another(looker: Looker) -> None:
    poses = looker.heard["/vpr/pose"]
    looker.show(3, lambda: poses, "a fix somewhere else")
    told = len(looker.decisions())
    looker.show(3, lambda: len(looker.decisions()) > told + 4, "more answers")
    assert len({stamp_of(each) for each in poses}) == 1
    assert "accepted; pose held back: moved too little since the last fix" in looker.decisions()[-1]
    looker.show(0, lambda: len(poses) > 1, "a fix after moving")


def test_a_fix_of_another_floor_is_told_and_not_published(client: Client, looker: Looker) -> None:
    assert client.set_parameters(node__active_floor="attic", node__repeat_after_s=0.0) == (True, "")
    reason = "accepted; pose held back: node.active_floor='attic' is no floor of the map (it names none)"
    looker.show(2, lambda: reason in looker.decisions(), "the reason")
    poses, since = looker.heard["/vpr/pose"], len(looker.decisions())
    before = len(poses)
    looker.show(2, lambda: len(looker.decisions()) > since + 3, "more answers")
    assert set(looker.decisions()[since:]) == {reason}
    assert len(poses) == before
    assert looker.heard["/vpr/coarse_pose"]
    assert client.set_parameters(node__active_floor="") == (True, "")
    looker.show(2, lambda: len(poses) > before, "a fix")
