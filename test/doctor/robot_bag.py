"""A robot that turns and drives in a corner of a textured room, as a bag; each defect is one keyword. Not a test file.

The pictures are drawn once a test run, from exact poses; odometry says them exactly.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from textured_room import LENS, SIZE_PX, camera_at, look

from vpr_ros.core.geometry import invert_pose, planar_pose
from vpr_ros.core.message_fields import header_fields, pose_fields, transform_fields
from vpr_ros.core.records import Array, Matrix4
from vpr_ros.doctor.read_recording import read_recording
from vpr_ros.doctor.recording import Recording
from vpr_ros.sources.bags.bag_file import BagFile
from vpr_ros.sources.bags.write_bag import BagWriter
from vpr_ros.sources.source import SourceOptions

START_NS = 1_700_000_000 * 10**9
SECONDS, IMAGE_HZ, ODOMETRY_HZ = 12.0, 8.0, 20.0
MOUNT = camera_at(0.1, 0.0, 0.0)
"""base_from_camera: 0.1 m ahead, 1.1 m high, 8 degrees down."""
BASE, CAMERA = "base_link", "camera_optical_frame"
IMAGES, INFO = "/camera/image_raw", "/camera/camera_info"
TF = "tf2_msgs/msg/TFMessage"
MS = 10**6


def base_pose(seconds: float) -> Matrix4:
    """map_from_base: there and back along x, looking left and right, never twice at the same pace."""
    x = 0.8 * (1 - np.cos(2 * np.pi * seconds / 11.0))
    yaw = 0.5 * np.sin(2 * np.pi * seconds / 4.5) + 0.1 * np.sin(2 * np.pi * seconds / 1.9)
    return np.asarray(planar_pose(x - 0.5, 0.2 * x, yaw))


def image_times_ns() -> list[int]:
    return [START_NS + round(number * 1e9 / IMAGE_HZ) for number in range(round(SECONDS * IMAGE_HZ))]


def odometry_times_ns() -> list[int]:
    """From a second and a half before the first image until as long after the last."""
    count = round((SECONDS + 3.0) * ODOMETRY_HZ)
    return [START_NS - 1_500_000_000 + round(number * 1e9 / ODOMETRY_HZ) for number in range(count)]


def pose_at(now_ns: int) -> Matrix4:
    return base_pose((now_ns - START_NS) / 1e9)


@functools.cache
def picture(number: int) -> bytes:
    """JPEG of what the camera sees at that frame, with a camera's noise."""
    image, _ = look(pose_at(image_times_ns()[number]) @ MOUNT)
    noisy = image + np.random.default_rng(number).normal(0, 2, image.shape)
    return bytes(cv2.imencode(".jpg", np.clip(noisy, 0, 255).astype(np.uint8)[..., ::-1])[1])


def image_of(number: int) -> Array:
    """RGB as it comes out of the bag."""
    return np.asarray(cv2.imdecode(np.frombuffer(picture(number), np.uint8), cv2.IMREAD_COLOR))[..., ::-1].copy()


def same(value: Any) -> Any:
    return value


@dataclass
class RobotBag:
    """What is not said is sound. stamp_*, hear_*: the true time of a message -> its stamp, when it is recorded."""

    stamp_image: Callable[[int], int] = same
    hear_image: Callable[[int], int] = same
    stamp_odometry: Callable[[int], int] = same
    stamp_tf: Callable[[int], int] = same
    sent: Callable[[int], bool] = lambda _number: True
    shown: Callable[[int], int] = same
    data: Callable[[bytes, int], bytes] = lambda jpeg, _number: jpeg
    image_frame: str = CAMERA
    info_frame: str = CAMERA
    info: Mapping[str, Any] | None = field(default_factory=dict)
    later_info: Mapping[str, Any] = field(default_factory=dict)
    mount: Matrix4 | None = field(default_factory=lambda: MOUNT)
    topic: str = f"{IMAGES}/compressed"
    odometry: bool = True
    odometry_hz: float = ODOMETRY_HZ
    believed: Callable[[Matrix4, int], Matrix4] = lambda pose, _number: pose
    odometry_fields: Mapping[str, Any] = field(default_factory=dict)
    localized_hz: float = 0.0
    tf: bool = True
    above_base: str = "odom"
    in_map: bool = True
    tf_said: Callable[[int], bool] = lambda _now: True
    map_from_odom: Callable[[int], Matrix4] = lambda _now: np.eye(4)
    more_tf: Callable[[int], list[dict[str, Any]]] = lambda _now: []
    more_static: tuple[dict[str, Any], ...] = ()

    def write(self, path: Path) -> Path:
        events = [(now, 0, number) for number, now in enumerate(odometry_times_ns())]
        events += [(now, 1, number) for number, now in enumerate(image_times_ns())]
        with BagWriter(path) as bag:
            static = [] if self.mount is None else [transform(BASE, CAMERA, START_NS, self.mount)]
            static += self.more_static
            if static:
                bag.write("/tf_static", TF, {"transforms": static}, START_NS - 2 * 10**9)
            for now, is_image, number in sorted(events):
                if is_image:
                    self._write_image(bag, now, number)
                elif number % round(ODOMETRY_HZ / self.odometry_hz) == 0:
                    self._write_motion(bag, now, number)
        return path

    def _write_motion(self, bag: BagWriter, now: int, number: int) -> None:
        map_from_odom = self.map_from_odom(now)
        pose = self.believed(invert_pose(map_from_odom) @ pose_at(now), number)
        if self.odometry:
            fields = {"header": header_fields(self.stamp_odometry(now), "odom"), "child_frame_id": BASE}
            fields |= {"pose": {"pose": pose_fields(pose)}, **self.odometry_fields}
            bag.write("/odom", "nav_msgs/msg/Odometry", fields, now)
        if self.tf and self.tf_said(now):
            links = [transform(self.above_base, BASE, self.stamp_tf(now), pose)]
            if self.in_map:
                links.append(transform("map", "odom", self.stamp_tf(now), map_from_odom))
            bag.write("/tf", TF, {"transforms": [*links, *self.more_tf(now)]}, now)
        if self.localized_hz and number % round(ODOMETRY_HZ / self.localized_hz) == 0:
            fields = {"header": header_fields(now, "map"), "pose": pose_fields(pose_at(now))}
            bag.write("/robot_pose", "geometry_msgs/msg/PoseStamped", fields, now)

    def _write_image(self, bag: BagWriter, now: int, number: int) -> None:
        if not self.sent(number):
            return
        stamp, heard = self.stamp_image(now), self.hear_image(now)
        if self.info is not None:
            changed = self.info if number < SECONDS * IMAGE_HZ / 2 or not self.later_info else self.later_info
            bag.write(INFO, "sensor_msgs/msg/CameraInfo", self._info(stamp, changed), heard)
        data = self.data(picture(self.shown(number)), number)
        fields = {"header": header_fields(stamp, self.image_frame), "format": "jpeg", "data": data}
        bag.write(self.topic, "sensor_msgs/msg/CompressedImage", fields, heard)

    def _info(self, stamp: int, changed: Mapping[str, Any]) -> dict[str, Any]:
        header = header_fields(stamp, self.info_frame)
        size = {"width": SIZE_PX[0], "height": SIZE_PX[1]}
        model = {"distortion_model": "plumb_bob", "d": [0.0] * 5, "k": LENS.matrix.ravel()}
        return {"header": header, **size, **model, **changed}


def transform(parent: str, child: str, stamp_ns: int, pose: Matrix4) -> dict[str, Any]:
    return {
        "header": header_fields(stamp_ns, parent),
        "child_frame_id": child,
        "transform": transform_fields(pose),
    }


def turned(roll: float = 0.0, pitch: float = 0.0, yaw: float = 0.0) -> Matrix4:
    """A rotation by so many degrees, one of them at a time."""
    pose = np.eye(4)
    pose[:3, :3] = cv2.Rodrigues(np.radians([roll, pitch, yaw]))[0]
    return pose


def read(path: Path, max_age_s: float = 1.0, **options: Any) -> Recording:
    return read_recording(BagFile(path), SourceOptions(**options), max_age_s)
