"""Pixels of ROS image messages -> RGB uint8 and depth in metres; shared by the bag reader and the live node.

Messages are anything with the attributes of sensor_msgs/Image and CompressedImage, from whatever library; `data` may be
bytes, an array.array or numpy. What contradicts itself is an ImageError; nothing is guessed.
"""

from __future__ import annotations

from typing import Any, Protocol

import cv2
import numpy as np

from vpr_ros.core.errors import ImageError
from vpr_ros.core.records import Array, FloatArray
from vpr_ros.sources.images.decode_image import check_size, decode_grey16, decode_image, scale_to_8_bit
from vpr_ros.sources.images.decode_rvl import decode_rvl

# ROS names a Bayer pattern by its first row, OpenCV by the second and third pixel of the second row.
_BAYER = {
    "bayer_rggb": cv2.COLOR_BayerBG2RGB,
    "bayer_bggr": cv2.COLOR_BayerRG2RGB,
    "bayer_gbrg": cv2.COLOR_BayerGR2RGB,
    "bayer_grbg": cv2.COLOR_BayerGB2RGB,
}
_BAYER_ENCODINGS = (*(f"{pattern}8" for pattern in _BAYER), *(f"{pattern}16" for pattern in _BAYER))
_INTERLEAVED = {
    "bgr8": (3, cv2.COLOR_BGR2RGB),
    "8UC3": (3, cv2.COLOR_BGR2RGB),  # what a program with OpenCV publishes as it is, blue first
    "rgba8": (4, cv2.COLOR_RGBA2RGB),
    "bgra8": (4, cv2.COLOR_BGRA2RGB),
    "mono8": (1, cv2.COLOR_GRAY2RGB),
    "8UC1": (1, cv2.COLOR_GRAY2RGB),
    "yuv422": (2, cv2.COLOR_YUV2RGB_UYVY),
    "uyvy": (2, cv2.COLOR_YUV2RGB_UYVY),
    "yuv422_yuy2": (2, cv2.COLOR_YUV2RGB_YUY2),
    "yuyv": (2, cv2.COLOR_YUV2RGB_YUY2),
}
# 16 bits a sample; reduced to 8 before colours change places.
_DEEP = {
    "rgb16": (3, None),
    "bgr16": (3, cv2.COLOR_BGR2RGB),
    "rgba16": (4, cv2.COLOR_RGBA2RGB),
    "bgra16": (4, cv2.COLOR_BGRA2RGB),
    "mono16": (1, cv2.COLOR_GRAY2RGB),
}
_SEMIPLANAR = {"nv12": cv2.COLOR_YUV2RGB_NV12, "nv21": cv2.COLOR_YUV2RGB_NV21}
IMAGE_ENCODINGS = ("rgb8", *_INTERLEAVED, *_DEEP, *_BAYER_ENCODINGS, *_SEMIPLANAR)
DEPTH_ENCODINGS = ("16UC1", "32FC1", "mono16")
MILLIMETRES_PER_METRE = 1000.0
_COMPRESSED_DEPTH_HEADER_BYTES = 12
_PNG = b"\x89PNG"


class RawImage(Protocol):
    """sensor_msgs/Image, as far as pixels go."""

    encoding: Any
    height: Any
    width: Any
    step: Any
    is_bigendian: Any
    data: Any


class CompressedImage(Protocol):
    """sensor_msgs/CompressedImage, as far as pixels go."""

    format: Any
    data: Any


def rgb_from_image(message: RawImage, name: str, max_megapixels: float = 100.0) -> Array:
    """sensor_msgs/Image -> RGB uint8 [H, W, 3]; an rgb8 image without padding is a view of its data, not a copy."""
    encoding = message.encoding
    if encoding not in IMAGE_ENCODINGS:
        raise ImageError(f"{name}: encoding {encoding!r} is not supported; these are: {', '.join(IMAGE_ENCODINGS)}")
    check_size(message.width, message.height, name, max_megapixels)
    if encoding == "rgb8":
        return np.ascontiguousarray(_pixels(message, name, np.uint8, 3))
    if encoding in _DEEP:
        channels, conversion = _DEEP[encoding]
        samples = scale_to_8_bit(_pixels(message, name, np.uint16, channels))
        return samples if conversion is None else cv2.cvtColor(samples, conversion)
    if encoding in _BAYER_ENCODINGS:
        return _rgb_from_bayer(message, name)
    if encoding in _SEMIPLANAR:
        return _rgb_from_semiplanar(message, name)
    channels, conversion = _INTERLEAVED[encoding]
    pixels = np.ascontiguousarray(_pixels(message, name, np.uint8, channels))
    return cv2.cvtColor(_even(pixels, message, name) if channels == 2 else pixels, conversion)


def depth_from_image(message: RawImage, name: str, max_megapixels: float = 100.0) -> FloatArray:
    """sensor_msgs/Image of 16UC1 millimetres or 32FC1 metres -> float32 metres [H, W], 0 where unknown."""
    if message.encoding not in DEPTH_ENCODINGS:
        raise ImageError(
            f"{name}: {message.encoding!r} is no encoding of depth; these are: {', '.join(DEPTH_ENCODINGS)}"
        )
    check_size(message.width, message.height, name, max_megapixels)
    if message.encoding == "32FC1":
        return _known(_pixels(message, name, np.float32, 1))
    return metres_from_units(_pixels(message, name, np.uint16, 1))


def rgb_from_compressed(message: CompressedImage, name: str, max_megapixels: float = 100.0) -> Array:
    """sensor_msgs/CompressedImage of JPEG, PNG or WebP -> RGB uint8 [H, W, 3]."""
    if "compressedDepth" in message.format:
        raise ImageError(f"{name}: format {message.format!r} is depth, not an image")
    return decode_image(_bytes(message.data), name, max_megapixels)


def depth_from_compressed(message: CompressedImage, name: str, max_megapixels: float = 100.0) -> FloatArray:
    """CompressedImage of `compressedDepth` (PNG, RVL) or of a 16-bit PNG -> float32 metres [H, W], 0 where unknown."""
    data = _bytes(message.data)
    if data.startswith(_PNG):
        return metres_from_units(decode_grey16(data, name, max_megapixels))
    stored = _stored_depth(message.format, data[_COMPRESSED_DEPTH_HEADER_BYTES:], name, max_megapixels)
    if not message.format.startswith("32FC1"):
        return metres_from_units(stored)
    # image_transport stores metres as inverse depth: stored = a / depth + b.
    a, b = np.frombuffer(data, "<f4", count=2, offset=4)
    with np.errstate(all="ignore"):
        return _known(np.where(stored > 0, a / (stored.astype(np.float32) - b), 0))


def _stored_depth(kind: str, coded: bytes, name: str, max_megapixels: float) -> Array:
    """uint16 [H, W] of what image_transport writes behind its header: a PNG, or RVL behind its width and height."""
    if coded.startswith(_PNG):
        return decode_grey16(coded, name, max_megapixels)
    if not kind.endswith(" rvl") or len(coded) < 8:
        raise ImageError(f"{name}: depth of format {kind!r} is not supported; record it as compressedDepth png or rvl")
    width, height = (int(size) for size in np.frombuffer(coded, "<u4", count=2))
    if not width or not height:
        raise ImageError(f"{name}: the image has no pixels ({width}x{height})")
    check_size(width, height, name, max_megapixels)
    return decode_rvl(coded[8:], width, height, name)


def metres_from_units(depth: Array, units_per_metre: float = MILLIMETRES_PER_METRE) -> FloatArray:
    """uint16 millimetres, or whatever is said -> float32 metres."""
    return depth.astype(np.float32) * np.float32(1 / units_per_metre)


def align_depth(depth_m: FloatArray, width: int, height: int, name: str) -> FloatArray:
    """Depth as large as the image: an integer fraction of it is repeated, anything else is refused as not aligned."""
    rows, columns = depth_m.shape
    factor = height // rows
    if factor < 1 or (rows * factor, columns * factor) != (height, width):
        raise ImageError(
            f"{name}: depth of {columns}x{rows} is not aligned to an image of {width}x{height}; "
            "name the depth topic that the driver registers to this image"
        )
    return depth_m if factor == 1 else depth_m.repeat(factor, axis=0).repeat(factor, axis=1)


def _pixels(message: RawImage, name: str, dtype: type[np.generic], channels: int) -> Array:
    """The data as [H, W] or [H, W, channels] in this machine's byte order, without the padding at the end of rows."""
    wire = np.dtype(dtype).newbyteorder(">" if message.is_bigendian else "<")
    row_bytes = message.width * channels * wire.itemsize
    rows = _rows(message, name, message.height)[:, :row_bytes]
    if rows.shape[1] != row_bytes:
        raise ImageError(
            f"{name}: step {message.step} is too short for {message.width} pixels of {message.encoding}, "
            f"which are {row_bytes} bytes"
        )
    if wire.itemsize > 1:
        rows = np.ascontiguousarray(rows).view(wire).astype(dtype, copy=False)
    return rows.reshape(message.height, message.width, channels) if channels > 1 else rows


def _rows(message: RawImage, name: str, count: int) -> Array:
    """The data as uint8 [count, step], padding included."""
    if message.width < 1 or message.height < 1:
        raise ImageError(f"{name}: the image has no pixels ({message.width}x{message.height})")
    data = np.frombuffer(message.data, np.uint8)
    if message.step < 1 or data.size != message.step * count:
        raise ImageError(
            f"{name}: {data.size} bytes contradict {message.width}x{message.height} {message.encoding} "
            f"with step {message.step}; the driver fills the message wrongly or it was cut off"
        )
    return data.reshape(count, message.step)


def _rgb_from_bayer(message: RawImage, name: str) -> Array:
    deep = message.encoding.endswith("16")
    samples = _even(_pixels(message, name, np.uint16 if deep else np.uint8, 1), message, name)
    return cv2.cvtColor(scale_to_8_bit(samples) if deep else samples, _BAYER[message.encoding.rstrip("0123456789")])


def _rgb_from_semiplanar(message: RawImage, name: str) -> Array:
    if message.width % 2 or message.height % 2:
        raise ImageError(f"{name}: {message.encoding} of odd size {message.width}x{message.height}")
    rows = _rows(message, name, message.height * 3 // 2)[:, : message.width]
    if rows.shape[1] != message.width:
        raise ImageError(f"{name}: step {message.step} is too short for {message.width} pixels of {message.encoding}")
    return cv2.cvtColor(np.ascontiguousarray(rows), _SEMIPLANAR[message.encoding])


def _even(pixels: Array, message: RawImage, name: str) -> Array:
    """Two pixels share their colour: OpenCV wants an even width of yuv422, and two rows of a Bayer pattern."""
    bayer = message.encoding in _BAYER_ENCODINGS
    if (bayer and min(message.width, message.height) < 2) or (not bayer and message.width % 2):
        raise ImageError(f"{name}: {message.encoding} of size {message.width}x{message.height} has no whole colours")
    return np.ascontiguousarray(pixels)


def _known(depth_m: Array) -> FloatArray:
    return np.where(np.isfinite(depth_m) & (depth_m > 0), depth_m, 0).astype(np.float32)


def _bytes(data: Any) -> bytes:
    return data if isinstance(data, bytes) else memoryview(data).tobytes()
