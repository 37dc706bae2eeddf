from __future__ import annotations

import cv2
import numpy as np
import pytest

from vpr_ros.core.message_fields import header_fields
from vpr_ros.core.records import Array, Frame
from vpr_ros.ros.inputs.choose_stream import COMPRESSED, RAW
from vpr_ros.ros.inputs.depth_buffer import DepthBuffer
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog
from vpr_ros.sources.bags.message_cdr import serialize_message

NOW = 5 * 10**9
MS = 10**6
FRAME = Frame(np.zeros((4, 6, 3), np.uint8), NOW, "camera", "")


def raw(depth_mm: Array, stamp_ns: int, frame_id: str = "lens") -> bytes:
    height, width = depth_mm.shape
    fields = {"header": header_fields(stamp_ns, frame_id), "height": height, "width": width, "step": 2 * width}
    return bytes(serialize_message(RAW, {**fields, "encoding": "16UC1", "data": depth_mm.tobytes()}))


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def buffer(said: list[str]) -> DepthBuffer:
    return DepthBuffer(1.0, ThrottledLog(said.append))


def test_the_nearest_in_time_belongs_to_the_image(buffer: DepthBuffer) -> None:
    for number, stamp_ns in enumerate((NOW - 33 * MS, NOW + 5 * MS, NOW + 38 * MS)):
        buffer.receive("/depth", RAW, raw(np.full((4, 6), 1000 * number, np.uint16), stamp_ns))
    depth_m = buffer.depth_of(FRAME, "lens")
    assert depth_m is not None
    assert depth_m.tolist() == np.full((4, 6), 1.0).tolist()


def test_depth_of_another_time_does_not(buffer: DepthBuffer, said: list[str]) -> None:
    assert buffer.depth_of(FRAME, "lens") is None
    buffer.receive("/depth", RAW, raw(np.ones((4, 6), np.uint16), NOW - 40 * MS))
    assert buffer.depth_of(FRAME, "lens") is None
    buffer.receive("/depth", RAW, raw(np.ones((4, 6), np.uint16), NOW))
    buffer.forget()
    assert buffer.depth_of(FRAME, "lens") is None
    assert said == []


def test_compressed_depth_is_depth(buffer: DepthBuffer) -> None:
    png = cv2.imencode(".png", np.full((4, 6), 2500, np.uint16))[1].tobytes()
    fields = {"header": header_fields(NOW, "lens"), "format": "16UC1; compressedDepth", "data": bytes(12) + png}
    buffer.receive("/depth/compressedDepth", COMPRESSED, bytes(serialize_message(COMPRESSED, fields)))
    depth_m = buffer.depth_of(FRAME, "lens")
    assert depth_m is not None
    assert depth_m[3, 5] == 2.5


@pytest.mark.parametrize(
    ("cdr", "why"),
    [
        (raw(np.ones((4, 6), np.uint16), NOW, "depth_lens"), "frame 'depth_lens', the images are in 'lens'"),
        (raw(np.ones((5, 6), np.uint16), NOW), "depth of 6x5 is not aligned to an image of 6x4"),
        (raw(np.ones((4, 6), np.uint16), NOW)[:-3], "not a sensor_msgs/msg/Image"),
    ],
)
def test_what_is_not_aligned_is_refused_and_said_once(
    buffer: DepthBuffer, said: list[str], cdr: bytes, why: str
) -> None:
    for _ in range(3):
        buffer.receive("/depth", RAW, cdr)
        assert buffer.depth_of(FRAME, "lens") is None
    (line,) = said
    assert why in line
    assert line.startswith("/depth: depth is not used: ")
    assert line.endswith("(said once)")


def test_what_is_no_message_is_said(buffer: DepthBuffer, said: list[str]) -> None:
    buffer.receive("/depth", RAW, b"\x00\x01")
    assert "/depth: " in said[0]
