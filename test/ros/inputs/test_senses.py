"""What comes over DDS becomes frames with all that is known about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

pytest.importorskip("rclpy")

from robot import Client, wait_until

from vpr_ros.core.errors import SettingsError, VprError
from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.localize import LocalizationMap
from vpr_ros.core.message_fields import header_fields, pose_fields
from vpr_ros.core.parse_settings import override_settings
from vpr_ros.core.records import Frame, Matrix4
from vpr_ros.core.settings import Settings
from vpr_ros.ros.inputs.camera_parameters import CameraSetup
from vpr_ros.ros.inputs.odometry_buffer import OdometryBuffer
from vpr_ros.ros.inputs.senses import Senses
from vpr_ros.ros.plumbing.messages import message_from_fields
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog
from vpr_ros.ros.worker.live_localizer import ReceivedImage

SECOND, MS = 10**9, 10**6
NOW = 1_000 * SECOND
FRONT = CameraSetup("front", "front/image", "front/camera_info", "front/depth", planar_pose(0.3, 0.0, 0.0))
LEFT = CameraSetup("left", "left/image", "left/camera_info", "left/depth", planar_pose(0.0, 0.2, 1.5))
K = np.array([200.0, 0, 3.5, 0, 200, 2.5, 0, 0, 1])


@pytest.fixture(scope="module")
def client(domain: int) -> Iterator[Client]:
    with Client(domain) as client:
        client.node.declare_parameter("image_transport", "auto")
        yield client


class Robot:
    """Senses with two cameras, and what they hear."""

    def __init__(self, client: Client, *setups: CameraSetup) -> None:
        self.images: list[ReceivedImage] = []
        self.unusable: list[tuple[str, VprError]] = []
        self.buffer = OdometryBuffer()
        self._client = client
        self._publishers: dict[str, Any] = {}
        self.senses = Senses(
            client.node,
            override_settings(Settings(), ["node.use_depth=true", "node.mounting=map"]),
            setups or (FRONT, LEFT),
            "base_link",
            cast(LocalizationMap, SimpleNamespace(mounting=lambda *_names, **_exactly: None)),
            True,
            ThrottledLog(lambda _text: None),
            lambda topic, kind, stamp_ns, cdr: self.images.append(ReceivedImage(topic, kind, stamp_ns, cdr)),
            lambda topic, why: self.unusable.append((topic, why)),
            self.buffer,
        )

    def say(self, topic: str, kind: str, stamp_ns: int, frame_id: str = "lens", **fields: Any) -> None:
        if topic not in self._publishers:
            self._publishers[topic] = self._client.advertise(topic, kind, 50)
            wait_until(self._publishers[topic].get_subscription_count, f"somebody who listens to {topic}")
        message = {"header": header_fields(stamp_ns, frame_id), **fields}
        self._publishers[topic].publish(message_from_fields(kind, message))

    def calibrate(self, camera: str) -> None:
        info = {"width": 8, "height": 6, "k": K}
        self.say(f"/{camera}/camera_info", "sensor_msgs/msg/CameraInfo", NOW, **info)

    def frames(self, image: ReceivedImage, wanted: Callable[[list[Frame]], object], what: str) -> list[Frame]:
        """Once they are as wanted. The calibrations are said again: best effort may lose one that comes early."""

        def made() -> list[Frame] | None:
            for camera in ("front", "left"):
                self.calibrate(camera)
            frames = self.senses.frames(image)
            return frames if wanted(frames) else None

        return wait_until(made, what)

    def show(self, camera: str, stamp_ns: int, encoding: str = "mono8") -> ReceivedImage | None:
        """The image as it came; None where it was refused."""
        known = len(self.images), len(self.unusable)
        fields = {"height": 6, "width": 8, "step": 8, "encoding": encoding, "data": bytes(48)}
        self.say(f"/{camera}/image", "sensor_msgs/msg/Image", stamp_ns, **fields)
        wait_until(lambda: (len(self.images), len(self.unusable)) != known, "an image")
        return self.images[-1] if len(self.images) > known[0] else None

    def move(self, stamp_ns: int, odom_from_base: Matrix4) -> None:
        pose = {"pose": pose_fields(odom_from_base)}
        self.say("/odom", "nav_msgs/msg/Odometry", stamp_ns, "odom", child_frame_id="base_link", pose=pose)
        wait_until(lambda: (newest := self.buffer.newest()) and newest.stamp_ns == stamp_ns, "odometry")


@pytest.fixture
def robot(client: Client) -> Iterator[Robot]:
    made = Robot(client)
    yield made
    made.senses.close()
    client.forget()


def test_a_frame_has_all_that_is_known_about_it(robot: Robot) -> None:
    robot.move(NOW - 20 * MS, planar_pose(1.0, 0.0, 0.0))
    robot.move(NOW + 20 * MS, planar_pose(2.0, 0.0, 0.0))
    robot.calibrate("front")
    depth = {"height": 6, "width": 8, "step": 16, "encoding": "16UC1", "data": np.full((6, 8), 1500, "<u2").tobytes()}
    robot.say("/front/depth", "sensor_msgs/msg/Image", NOW, **depth)
    image = robot.show("front", NOW)
    assert image is not None
    (frame,) = robot.frames(  # nothing came from the other camera
        image, lambda frames: frames[0].depth_m is not None and frames[0].intrinsics, "depth and calibration"
    )
    assert frame.image.shape == (6, 8, 3)
    assert frame.depth_m[5, 7] == pytest.approx(1.5)
    assert frame.intrinsics.matrix[0, 0] == 200
    assert np.array_equal(frame.base_from_camera, FRONT.base_from_camera)
    assert frame.odom_from_base[0, 3] == pytest.approx(1.5)


def test_what_the_other_camera_saw_before_comes_along_with_its_own_odometry(robot: Robot) -> None:
    for step in range(5):
        robot.move(NOW + step * 50 * MS, planar_pose(0.1 * step, 0.0, 0.0))
    robot.show("left", NOW + 100 * MS)
    robot.show("left", NOW + 200 * MS)  # newer than the one that is looked at
    image = robot.show("front", NOW + 150 * MS)
    assert image is not None
    front, left = robot.frames(image, lambda frames: len(frames) == 2, "both")
    assert (left.stamp_ns, left.camera) == (NOW + 100 * MS, "left")
    assert left.odom_from_base[0, 3] == pytest.approx(0.2)
    assert front.odom_from_base[0, 3] == pytest.approx(0.3)
    robot.senses.forget()
    assert robot.buffer.newest() is None
    assert len(robot.senses.frames(image)) == 1


def test_an_unknown_encoding_switches_a_camera_off_until_it_is_known_again(robot: Robot) -> None:
    assert robot.show("left", NOW, encoding="yuv9") is None
    ((topic, why),) = robot.unusable
    assert topic == "/left/image"
    assert "encoding 'yuv9' is not supported" in str(why)
    front, left = robot.senses.cameras()
    assert (front.fault, left.unusable, left.received) == (None, 1, 1)
    assert "yuv9" in (left.fault or "")
    image = robot.show("left", NOW + MS)
    assert image is not None
    robot.senses.frames(image)
    assert robot.senses.cameras()[1].fault is None
    assert "no calibration" in (robot.senses.cameras()[1].without_poses or "")


def test_what_is_listened_to_is_what_is_documented(robot: Robot, client: Client) -> None:
    wanted = {f"/{camera}/{topic}" for camera in ("front", "left") for topic in ("image", "camera_info", "depth")}

    def heard() -> set[str]:
        return {name for name, _ in client.node.get_subscriber_names_and_types_by_node("test_client", "/")}

    wait_until(lambda: wanted | {"/odom"} <= heard(), "the graph to tell")
    assert robot.senses.stream == "/front/image, /left/image"


def test_two_cameras_on_one_topic_are_refused(client: Client) -> None:
    double = CameraSetup("double", "front/image", "x", "y")
    with pytest.raises(SettingsError, match="cameras front and double both look at /front/image"):
        Robot(client, FRONT, double)
