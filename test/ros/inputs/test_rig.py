"""Which images of the other cameras go with one, and where each was taken."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from vpr_ros.core.errors import ImageError
from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.records import Frame, Matrix4
from vpr_ros.ros.inputs.odometry_buffer import OdometryBuffer, OdometrySample
from vpr_ros.ros.inputs.rig import companions
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog
from vpr_ros.ros.worker.live_localizer import ReceivedImage

MS = 10**6
NOW = 10**12
IMAGE = np.zeros((2, 2, 3), np.uint8)


@dataclass
class Side:
    """A camera beside the one that is looked through."""

    name: str
    stamps_ns: list[int]
    calibrated: bool = True
    broken: bool = False
    asked: list[int] = field(default_factory=list)

    def newest_before(self, stamp_ns: int, oldest_ns: int) -> ReceivedImage | None:
        fitting = [each for each in self.stamps_ns if oldest_ns <= each <= stamp_ns]
        return ReceivedImage(f"/{self.name}", "", max(fitting), b"") if fitting else None

    def can_solve(self, image: ReceivedImage) -> bool:
        assert image.topic == f"/{self.name}"
        return self.calibrated

    def frame(self, image: ReceivedImage, odom_from_base: Matrix4 | None) -> Frame:
        self.asked.append(image.stamp_ns)
        if self.broken:
            raise ImageError(f"{image.topic}: no JPEG")
        return Frame(IMAGE, image.stamp_ns, self.name, "", odom_from_base=odom_from_base)


def moving() -> OdometryBuffer:
    """One metre a second ahead, known for the last second."""
    buffer = OdometryBuffer()
    for step in range(11):
        buffer.add(OdometrySample(NOW - (10 - step) * 100 * MS, planar_pose(0.1 * step, 0.0, 0.0)))
    return buffer


def ahead(buffer: OdometryBuffer | None = None) -> Frame:
    return Frame(IMAGE, NOW, "front", "", odom_from_base=None if buffer is None else buffer.at(NOW))


def found(*others: Side, buffer: OdometryBuffer | None = None, said: list[str] | None = None) -> list[Frame]:
    log = ThrottledLog((said if said is not None else []).append)
    return list(companions(ahead(buffer), others, buffer or OdometryBuffer(), 150 * MS, log))


def test_with_odometry_each_image_has_its_own_place() -> None:
    (frame,) = found(Side("left", [NOW - 400 * MS, NOW - 100 * MS, NOW + 30 * MS]), buffer=moving())
    assert (frame.camera, frame.stamp_ns) == ("left", NOW - 100 * MS)
    assert frame.odom_from_base is not None
    assert frame.odom_from_base[0, 3] == pytest.approx(0.9)


def test_older_than_the_window_is_of_no_use() -> None:
    assert found(Side("left", [NOW - 200 * MS]), buffer=moving()) == []


def test_without_odometry_only_images_of_the_same_moment_go_together() -> None:
    frames = found(Side("left", [NOW - 30 * MS]), Side("right", [NOW - MS]), Side("rear", [NOW]))
    assert [(frame.camera, frame.stamp_ns) for frame in frames] == [("right", NOW), ("rear", NOW)]
    assert all(frame.odom_from_base is None for frame in frames)


def test_what_cannot_be_solved_is_not_even_decoded() -> None:
    side = Side("left", [NOW], calibrated=False)
    assert found(side) == []
    assert side.asked == []


def test_a_broken_camera_leaves_the_others_alone() -> None:
    said: list[str] = []
    frames = found(Side("left", [NOW], broken=True), Side("right", [NOW]), said=said)
    assert [frame.camera for frame in frames] == ["right"]
    assert said == ["/left: no JPEG (said now and then)"]
