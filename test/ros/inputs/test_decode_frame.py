"""Messages off the wire become the frames that bags give."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from vpr_ros.core.errors import ImageError, SourceError
from vpr_ros.core.records import Array
from vpr_ros.ros.inputs.choose_stream import COMPRESSED, RAW
from vpr_ros.ros.inputs.decode_frame import decode_frame
from vpr_ros.ros.worker.live_localizer import ReceivedImage
from vpr_ros.sources.bags.message_cdr import serialize_message


def _image(height: int = 6, width: int = 8) -> Array:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def _received(type_name: str, fields: dict, topic: str = "/front/image_raw") -> ReceivedImage:
    return ReceivedImage(topic, type_name, 7_000_000_012, bytes(serialize_message(type_name, fields)))


def test_raw_image_keeps_pixels_stamp_and_camera() -> None:
    image = _image()
    fields = {"height": 6, "width": 8, "encoding": "bgr8", "step": 24, "data": image[:, :, ::-1].copy()}
    frame = decode_frame(_received(RAW, fields), None, 100.0)
    assert np.array_equal(frame.image, image)
    assert (frame.stamp_ns, frame.camera) == (7_000_000_012, "front")
    assert frame.source_name == "/front/image_raw@7000000012"


def test_compressed_image_is_the_same_camera() -> None:
    image = _image()
    png = cv2.imencode(".png", image[:, :, ::-1])[1].tobytes()
    received = _received(COMPRESSED, {"format": "png", "data": png}, "/front/image_raw/compressed")
    frame = decode_frame(received, None, 100.0)
    assert np.array_equal(frame.image, image)
    assert frame.camera == "front"


def test_too_large_images_are_refused_before_decoding() -> None:
    png = cv2.imencode(".png", np.zeros((200, 200, 3), np.uint8))[1].tobytes()
    with pytest.raises(ImageError, match="/front/image_raw"):
        decode_frame(_received(COMPRESSED, {"format": "png", "data": png}), None, 0.01)


def test_contradictory_message_names_the_topic() -> None:
    fields = {"height": 6, "width": 8, "encoding": "rgb8", "step": 24, "data": b"short"}
    with pytest.raises(ImageError, match="/front/image_raw"):
        decode_frame(_received(RAW, fields), None, 100.0)


def test_bytes_that_are_no_message_are_an_error_of_one_line() -> None:
    with pytest.raises(SourceError) as caught:
        decode_frame(ReceivedImage("/image", RAW, 1, b"\0\1\0\0garbage"), None, 100.0)
    assert "\n" not in str(caught.value)
