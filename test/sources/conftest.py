"""Small drives, written by the production writer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from colmap_maker import write_model

from vpr_ros.core.message_fields import header_fields
from vpr_ros.sources.bags.write_bag import BagWriter

START_NS = 1_700_000_000 * 10**9
STEP_NS = 10**8
IMAGE_TOPIC = "/camera/image_raw"


@dataclass
class Drive:
    """A robot driving along x at 1 m/s, an image every 0.1 s. What is switched off is not recorded."""

    frames: int = 10
    storage: str = "mcap"
    width: int = 16
    height: int = 12
    images: Iterable[str] = ("raw",)
    stamp_images: Callable[[int], int] = lambda index: START_NS + index * STEP_NS
    tf: tuple[str, ...] = ("map", "odom", "base_link")
    tf_offset_ns: int = 0
    hop_offsets_ns: dict[str, int] = field(default_factory=dict)
    bag_time: Callable[[int], int] = lambda now: now
    mount: bool = True
    info: bool = True
    depth: tuple[int, int] | None = None
    pose_topics: dict[str, tuple[str, str]] = field(default_factory=dict)
    pose_frames: Iterable[int] | None = None
    labels: bool = False

    def write(self, path: Path) -> Path:
        with BagWriter(path, self.storage) as bag:
            if self.mount:
                bag.write("/tf_static", TF, {"transforms": [_transform("base_link", "cam", START_NS, z=1.5)]}, START_NS)
            for index in range(self.frames):
                self._write_frame(bag, index, START_NS + index * STEP_NS)
        return path

    def image(self, index: int) -> Any:
        """The picture of a frame: its number is its colour."""
        return np.full((self.height, self.width, 3), (index * 10, 100, 200 - index * 10), dtype=np.uint8)

    def _write_frame(self, bag: BagWriter, index: int, now: int) -> None:
        if self.labels and index in (0, self.frames // 2):
            bag.write("/ground_truth/room", "std_msgs/msg/String", {"data": f"room {index}"}, now)
        for parent, child in zip(self.tf, self.tf[1:], strict=False):
            # The robot is at (index / 10) m: half of the way is said by each hop.
            x = index * 0.1 / (len(self.tf) - 1)
            moved = _transform(parent, child, now + self.tf_offset_ns + self.hop_offsets_ns.get(child, 0), x=x)
            bag.write("/tf", TF, {"transforms": [moved]}, self.bag_time(now))
        for topic, (kind, frame) in self.pose_topics.items():
            if self.pose_frames is None or index in self.pose_frames:
                pose = _pose(kind, frame, now + self.tf_offset_ns, index * 0.1)
                bag.write(topic, *pose, self.bag_time(now))
        self._write_camera(bag, index, self.stamp_images(index), self.bag_time(now + 10**6))

    def _write_camera(self, bag: BagWriter, index: int, stamp: int, now: int) -> None:
        header = header_fields(stamp, "cam")
        pixels = self.image(index)
        size = {"header": header, "height": self.height, "width": self.width}
        if "raw" in self.images:
            bag.write(IMAGE_TOPIC, IMAGE, {**size, "encoding": "rgb8", "step": 3 * self.width, "data": pixels}, now)
        if "compressed" in self.images:
            png = cv2.imencode(".png", pixels[..., ::-1])[1]
            fields = {"header": header, "format": "png", "data": png}
            bag.write(f"{IMAGE_TOPIC}/compressed", "sensor_msgs/msg/CompressedImage", fields, now)
        if self.info:
            k = [50.0, 0, 8, 0, 50, 6, 0, 0, 1]
            bag.write("/camera/camera_info", "sensor_msgs/msg/CameraInfo", {**size, "k": k}, now)
        if self.depth is not None:
            columns, rows = self.depth
            millimetres = np.full((rows, columns), 1000 + index, dtype=np.uint16)
            depth = {"header": header, "height": rows, "width": columns, "encoding": "16UC1", "step": 2 * columns}
            bag.write("/camera/depth/image_raw", IMAGE, {**depth, "data": millimetres.tobytes()}, now)


IMAGE = "sensor_msgs/msg/Image"
TF = "tf2_msgs/msg/TFMessage"


def _transform(parent: str, child: str, stamp_ns: int, **translation: float) -> dict[str, Any]:
    header = header_fields(stamp_ns, parent)
    return {"header": header, "child_frame_id": child, "transform": {"translation": translation}}


def _pose(kind: str, frame: str, stamp_ns: int, x: float) -> tuple[str, dict[str, Any]]:
    pose = {"position": {"x": x}}
    header = header_fields(stamp_ns, frame)
    if kind == "PoseStamped":
        return "geometry_msgs/msg/PoseStamped", {"header": header, "pose": pose}
    if kind == "Odometry":
        fields = {"header": header, "child_frame_id": "base_link", "pose": {"pose": pose}}
        return "nav_msgs/msg/Odometry", fields
    return "geometry_msgs/msg/PoseWithCovarianceStamped", {"header": header, "pose": {"pose": pose}}


@pytest.fixture
def bag(tmp_path: Path) -> Callable[..., Path]:
    """Write a drive that differs from the plain one as said; see `Drive`."""

    def write(**differences: Any) -> Path:
        return Drive(**differences).write(tmp_path / "drive")

    return write


@pytest.fixture(scope="session")
def drive() -> type[Drive]:
    return Drive


@pytest.fixture
def colmap() -> Callable[..., Any]:
    """Write a COLMAP model with COLMAP's own library, see `write_model`."""
    pytest.importorskip("pycolmap")
    return write_model
