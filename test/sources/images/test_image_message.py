"""Pixels of messages in every supported layout, and every way in which a message contradicts itself."""

from __future__ import annotations

import array
import struct
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rvl_coder import encode_rvl

from vpr_ros.core.errors import ImageError
from vpr_ros.core.records import Array
from vpr_ros.sources.images.image_message import (
    DEPTH_ENCODINGS,
    IMAGE_ENCODINGS,
    align_depth,
    depth_from_compressed,
    depth_from_image,
    rgb_from_compressed,
    rgb_from_image,
)

COLOUR = (200, 100, 50)
RGB = np.full((4, 6, 3), COLOUR, np.uint8)


def message(encoding: str, pixels: Array, *, padding: int = 0, big: bool = False, height: int | None = None) -> Any:
    """A sensor_msgs/Image of these rows, each followed by some padding."""
    rows = np.ascontiguousarray(pixels).reshape(pixels.shape[0], -1)
    rows = rows.astype(rows.dtype.newbyteorder(">" if big else "<")).view(np.uint8)
    padded = np.pad(rows, ((0, 0), (0, padding)), constant_values=255)
    return SimpleNamespace(
        encoding=encoding,
        height=pixels.shape[0] if height is None else height,
        width=pixels.shape[1],
        step=padded.shape[1],
        is_bigendian=int(big),
        data=padded.tobytes(),
    )


# The colour as video cameras send it: ITU-R BT.601 of limited range.
_BT601 = np.array([[0.257, 0.504, 0.098], [-0.148, -0.291, 0.439], [0.439, -0.368, -0.071]])
Y, U, V = np.round(_BT601 @ COLOUR + [16, 128, 128]).astype(np.uint8)


def packed_yuv(order: str) -> Array:
    """The colour as two bytes a pixel: luma, and in turn one of the two chroma values."""
    pair = {"uyvy": (U, Y, V, Y), "yuyv": (Y, U, Y, V)}[order]
    return np.tile(np.array(pair, np.uint8), (4, 3)).reshape(4, 6, 2)


def mosaic(pattern: str) -> Array:
    values = dict(zip("rgb", COLOUR, strict=True))
    tile = np.array([values[letter] for letter in pattern], np.uint8).reshape(2, 2)
    return np.tile(tile, (2, 3))


PATTERNS = ("rggb", "bggr", "gbrg", "grbg")
LAYOUTS = {
    "rgb8": RGB,
    "bgr8": RGB[..., ::-1],
    "8UC3": RGB[..., ::-1],
    "rgba8": np.dstack([RGB, np.zeros((4, 6), np.uint8)]),
    "bgra8": np.dstack([RGB[..., ::-1], np.zeros((4, 6), np.uint8)]),
    "yuv422": packed_yuv("uyvy"),
    "uyvy": packed_yuv("uyvy"),
    "yuv422_yuy2": packed_yuv("yuyv"),
    "yuyv": packed_yuv("yuyv"),
    **{f"bayer_{pattern}8": mosaic(pattern) for pattern in PATTERNS},
    "rgb16": RGB.astype(np.uint16) * 257,
    "bgr16": RGB[..., ::-1].astype(np.uint16) * 257,
    "rgba16": np.dstack([RGB, np.zeros((4, 6), np.uint8)]).astype(np.uint16) * 257,
    "bgra16": np.dstack([RGB[..., ::-1], np.zeros((4, 6), np.uint8)]).astype(np.uint16) * 257,
    **{f"bayer_{pattern}16": mosaic(pattern).astype(np.uint16) * 257 for pattern in PATTERNS},
}


@pytest.mark.parametrize("padding", [0, 5])
@pytest.mark.parametrize("encoding", LAYOUTS)
def test_colours_come_out_right(encoding: str, padding: int) -> None:
    image = rgb_from_image(message(encoding, LAYOUTS[encoding], padding=padding), "camera")
    assert image.shape == (4, 6, 3)
    assert image.dtype == np.uint8
    tolerance = 3 if "yu" in encoding or "uy" in encoding else 0
    assert np.abs(image[1:3, 1:5].astype(int) - COLOUR).max() <= tolerance


@pytest.mark.parametrize(("encoding", "order"), [("nv12", (U, V)), ("nv21", (V, U))])
@pytest.mark.parametrize("padding", [0, 2])
def test_planes_of_luma_and_chroma(encoding: str, order: tuple[int, int], padding: int) -> None:
    luma = np.full((4, 6), Y, np.uint8)
    chroma = np.tile(np.array(order, np.uint8), (2, 3))
    given_message = message(encoding, np.vstack([luma, chroma]), padding=padding, height=4)
    image = rgb_from_image(given_message, "camera")
    assert image.shape == (4, 6, 3)
    assert np.abs(image.astype(int) - COLOUR).max() <= 3


def test_grey_of_8_and_16_bits_in_both_byte_orders() -> None:
    grey = np.array([[0, 100, 255]], np.uint8)
    assert rgb_from_image(message("mono8", grey), "camera")[0, :, 1].tolist() == [0, 100, 255]
    for big in (False, True):
        deep = message("mono16", grey.astype(np.uint16) * 257, big=big)
        assert rgb_from_image(deep, "camera")[0, :, 1].tolist() == [0, 100, 255]


@pytest.mark.parametrize("encoding", [encoding for encoding in LAYOUTS if encoding.endswith("16")])
def test_colours_of_16_bits_in_the_other_byte_order(encoding: str) -> None:
    image = rgb_from_image(message(encoding, LAYOUTS[encoding], big=True), "camera")
    assert np.array_equal(image[1:3, 1:5], RGB[1:3, 1:5])


def test_rgb8_without_padding_is_not_copied() -> None:
    whole = message("rgb8", RGB)
    assert np.shares_memory(rgb_from_image(whole, "camera"), np.frombuffer(whole.data, np.uint8))


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda data: array.array("B", data)])
def test_data_may_come_from_any_ros_library(kind: Any) -> None:
    given_message = message("rgb8", RGB)
    given_message.data = kind(given_message.data)
    assert np.array_equal(rgb_from_image(given_message, "camera"), RGB)


def test_an_unknown_encoding_is_named_with_those_supported() -> None:
    with pytest.raises(ImageError, match=r"^/camera: encoding '32FC3' is not supported; these are: rgb8, bgr8"):
        rgb_from_image(message("32FC3", RGB), "/camera")


@pytest.mark.parametrize("encoding", [*LAYOUTS, "mono8", "mono16", "nv12"])
def test_data_of_another_size_than_said_is_refused(encoding: str) -> None:
    whole = message(encoding, LAYOUTS.get(encoding, RGB))
    whole.data = whole.data[:-1]
    with pytest.raises(ImageError, match="bytes contradict 6x4"):
        rgb_from_image(whole, "camera")


@pytest.mark.parametrize("encoding", [*IMAGE_ENCODINGS, *DEPTH_ENCODINGS])
def test_a_step_shorter_than_a_row_is_refused(encoding: str) -> None:
    short = SimpleNamespace(encoding=encoding, height=2, width=8, step=4, is_bigendian=0, data=bytes(8))
    short.data = bytes(12) if encoding.startswith("nv") else bytes(8)
    read = rgb_from_image if encoding in IMAGE_ENCODINGS else depth_from_image
    with pytest.raises(ImageError, match="step 4 is too short for 8 pixels"):
        read(short, "camera")


def test_images_without_pixels_are_refused() -> None:
    empty = SimpleNamespace(encoding="rgb8", height=0, width=0, step=0, is_bigendian=0, data=b"")
    with pytest.raises(ImageError, match=r"no pixels \(0x0\)"):
        rgb_from_image(empty, "camera")


@pytest.mark.parametrize("encoding", ["yuv422", "yuyv", "nv12"])
def test_shared_colours_need_even_sizes(encoding: str) -> None:
    step, rows = (6, 2) if encoding != "nv12" else (3, 3)
    odd = SimpleNamespace(encoding=encoding, height=2, width=3, step=step, is_bigendian=0, data=bytes(step * rows))
    with pytest.raises(ImageError, match="3x2"):
        rgb_from_image(odd, "camera")


def test_depth_in_millimetres_and_metres() -> None:
    for big in (False, True):
        millimetres = np.array([[0, 1500, 65535]], np.uint16)
        assert depth_from_image(message("16UC1", millimetres, big=big), "depth")[0] == pytest.approx([0, 1.5, 65.535])
        metres = np.array([[np.nan, np.inf, -1.0, 2.5]], np.float32)
        known = depth_from_image(message("32FC1", metres, big=big), "depth")
        assert known.dtype == np.float32
        assert known[0].tolist() == [0, 0, 0, 2.5]


def test_colour_is_no_depth() -> None:
    with pytest.raises(ImageError, match="'rgb8' is no encoding of depth; these are: 16UC1, 32FC1"):
        depth_from_image(message("rgb8", RGB), "depth")


def compressed(kind: str, data: bytes) -> Any:
    return SimpleNamespace(format=kind, data=np.frombuffer(data, np.uint8))


def test_compressed_colour() -> None:
    png = cv2.imencode(".png", RGB[..., ::-1])[1].tobytes()
    assert np.array_equal(rgb_from_compressed(compressed("rgb8; png compressed bgr8", png), "camera"), RGB)
    jpeg = cv2.imencode(".jpg", RGB[..., ::-1])[1].tobytes()
    assert np.abs(rgb_from_compressed(compressed("jpeg", jpeg), "camera").astype(int) - COLOUR).max() <= 3
    with pytest.raises(ImageError, match="is depth, not an image"):
        rgb_from_compressed(compressed("16UC1; compressedDepth png", png), "camera")


def test_compressed_depth_of_millimetres_behind_its_header_and_bare() -> None:
    png = cv2.imencode(".png", np.array([[0, 1234]], np.uint16))[1].tobytes()
    for kind, data in (("16UC1; compressedDepth png", bytes(12) + png), ("16UC1; png compressed ", png)):
        assert depth_from_compressed(compressed(kind, data), "depth")[0] == pytest.approx([0, 1.234])


def test_compressed_depth_of_metres_is_stored_inversely() -> None:
    """As image_transport encodes it: quantisation 100, at most 10 m."""
    a = 100.0 * 101.0
    b = 1.0 - a / 10.0
    metres = np.array([[0.5, 2.0, 9.5]])
    stored = np.append(np.round(a / metres + b), [[0]], axis=1).astype(np.uint16)
    data = struct.pack("<iff", 0, a, b) + cv2.imencode(".png", stored)[1].tobytes()
    depth = depth_from_compressed(compressed("32FC1; compressedDepth png", data), "depth")
    assert depth[0] == pytest.approx([0.5, 2.0, 9.5, 0.0], rel=1e-2)


def test_depth_compressed_otherwise_is_refused_by_name() -> None:
    for kind, data in (("16UC1; compressedDepth zstd", bytes(100)), ("16UC1; compressedDepth rvl", bytes(12))):
        with pytest.raises(ImageError, match=f"'{kind}' is not supported; record it as compressedDepth png or rvl"):
            depth_from_compressed(compressed(kind, data), "depth")


def test_compressed_depth_in_rvl() -> None:
    depth = np.array([[0, 1234, 1250], [0, 0, 65535]], np.uint16)
    data = bytes(12) + struct.pack("<II", 3, 2) + encode_rvl(depth)
    found = depth_from_compressed(compressed("16UC1; compressedDepth rvl", data), "depth")
    assert found == pytest.approx(depth / 1000)
    a, b = 100.0, -10.0
    data = struct.pack("<iff", 0, a, b) + data[12:]
    inverse = depth_from_compressed(compressed("32FC1; compressedDepth rvl", data), "depth")
    assert inverse[0] == pytest.approx([0, a / (1234 - b), a / (1250 - b)])


def test_rvl_of_no_or_too_large_a_size_is_refused() -> None:
    for size, told in (((0, 2), "no pixels"), ((100_000, 100_000), "is more than 100 megapixels")):
        data = bytes(12) + struct.pack("<II", *size) + bytes(8)
        with pytest.raises(ImageError, match=told):
            depth_from_compressed(compressed("16UC1; compressedDepth rvl", data), "depth")


def test_depth_of_an_integer_fraction_is_repeated() -> None:
    half = np.array([[1, 2], [3, 4]], np.float32)
    full = align_depth(half, 4, 4, "depth")
    assert full.tolist() == [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]
    for width, height in ((4, 2), (3, 3), (1, 1)):
        with pytest.raises(ImageError, match=f"depth of 2x2 is not aligned to an image of {width}x{height}"):
            align_depth(half, width, height, "depth")


@settings(max_examples=200, deadline=None)
@given(
    encoding=st.sampled_from([*IMAGE_ENCODINGS, *DEPTH_ENCODINGS]),
    height=st.integers(0, 5),
    width=st.integers(0, 5),
    step=st.integers(0, 24),
    big=st.integers(0, 1),
    size=st.integers(-2, 2),
)
def test_any_message_is_an_image_or_refused(
    encoding: str, height: int, width: int, step: int, big: int, size: int
) -> None:
    rows = height * 3 // 2 if encoding.startswith("nv") else height
    data = bytes(max(step * rows + (size if abs(size) == 2 else 0), 0))
    fuzzed = SimpleNamespace(encoding=encoding, height=height, width=width, step=step, is_bigendian=big, data=data)
    for read in (rgb_from_image, depth_from_image):
        try:
            image = read(fuzzed, "fuzz")
        except ImageError:
            continue
        assert image.shape[:2] == (height, width)
