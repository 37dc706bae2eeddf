"""Which images of other cameras go with which frame, and that no other is read."""

from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.core.records import Frame, Labels
from vpr_ros.sources.other_cameras import OtherCameras
from vpr_ros.sources.source import FrameEntry

MS = 10**6


class Camera:
    """A source of one camera, which remembers what was read of it."""

    kind, notes = "test", ()

    def __init__(self, name: str, *stamps_ms: int) -> None:
        self.name, self._stamps = name, [each * MS for each in stamps_ms]
        self.read: list[int] = []

    def entries(self):
        return [FrameEntry(n, stamp, "", self.name, None, Labels()) for n, stamp in enumerate(self._stamps)]

    def frames(self, numbers=None):
        for number in numbers:
            self.read.append(number)
            yield Frame(np.zeros((1, 1, 3), np.uint8), self._stamps[number], self.name, "")


def told(cameras: list[Camera], *asked_ms: int) -> list[list[tuple[str, int]]]:
    others = OtherCameras(cameras, [each * MS for each in asked_ms])
    return [[(frame.camera, frame.stamp_ns // MS) for frame in others.next()] for _ in asked_ms]


def test_the_last_image_that_is_not_newer_is_taken_from_each():
    left, rear = Camera("left", 0, 90, 210), Camera("rear", 100, 205)
    assert told([left, rear], 100, 204, 210) == [
        [("left", 90), ("rear", 100)],
        [("left", 90), ("rear", 100)],
        [("left", 210), ("rear", 205)],
    ]
    assert (left.read, rear.read) == ([1, 2], [0, 1])


def test_a_camera_that_has_not_begun_or_is_silent_is_left_out_for_as_long():
    left = Camera("left", 1000, 2000)
    assert told([left], 900, 1500, 1501, 1900, 2000) == [[], [("left", 1000)], [], [], [("left", 2000)]]
    assert left.read == [0, 1]


@pytest.mark.parametrize("cameras", [[], [Camera("left")]])
def test_without_other_images_there_are_none(cameras):
    assert told(cameras, 0, 5) == [[], []]
