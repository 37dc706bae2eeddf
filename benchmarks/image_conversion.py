"""A 640x480 image message as it came over the wire -> RGB array: ours, and as it is done where nobody looks.

Two others in the same run: copying (every field to Python objects as rclpy does, then the pixels once more, as
cv_bridge's Python does) and by a list of the bytes, as many first scripts do. The figure to hold: 0.2 ms.
"""

from __future__ import annotations

import array
from collections.abc import Callable

import cv2
import numpy as np

from benchmarks.timing import medians_ms
from vpr_ros.core.message_fields import header_fields
from vpr_ros.core.records import Array
from vpr_ros.ros.inputs.choose_stream import RAW
from vpr_ros.ros.inputs.decode_frame import decode_frame
from vpr_ros.ros.worker.live_localizer import ReceivedImage
from vpr_ros.sources.bags.message_cdr import deserialize_message, serialize_message

ROUNDS, LIST_ROUNDS = 301, 11
HEIGHT, WIDTH = 480, 640
LIMIT_MS = 0.2
# Channels, and what OpenCV calls the way to RGB.
LIMITED = {"rgb8": (3, None), "bgr8": (3, cv2.COLOR_BGR2RGB), "mono8": (1, cv2.COLOR_GRAY2RGB)}
OTHERS = {"rgba8": 4, "mono16": 2, "bayer_rggb8": 1, "yuv422": 2, "yuv422_yuy2": 2, "bayer_rggb16": 2, "rgb16": 6}


def main() -> None:
    print(f"{WIDTH}x{HEIGHT}, CDR bytes to RGB, median of {ROUNDS} ms:")
    for encoding, (channels, to_rgb) in LIMITED.items():
        cdr = message(encoding, channels)
        ours, copying = converted(cdr), copied(cdr, channels, to_rgb)
        times = medians_ms({"ours": ours, "copying": copying}, ROUNDS)
        listed = medians_ms({"list": by_list(cdr, channels, to_rgb)}, LIST_ROUNDS)["list"]
        held = "held" if times["ours"] <= LIMIT_MS else "MISSED"
        others = f"{times['copying'] / times['ours']:.1f} times as long copying, {listed / times['ours']:.0f} by a list"
        shared = ", no copy of the pixels" if shares(ours(), cdr) else ""
        print(f"  {encoding:12} {times['ours']:.3f} (limit {LIMIT_MS} {held}); {others}{shared}")
    for encoding, pixel_bytes in OTHERS.items():
        time = medians_ms({"ours": converted(message(encoding, pixel_bytes))}, ROUNDS)["ours"]
        print(f"  {encoding:12} {time:.3f}")


def message(encoding: str, pixel_bytes: int) -> bytes:
    """sensor_msgs/Image as CDR."""
    data = np.random.default_rng(0).integers(0, 256, HEIGHT * WIDTH * pixel_bytes, dtype=np.uint8)
    fields = {"header": header_fields(10**9, "lens"), "height": HEIGHT, "width": WIDTH, "encoding": encoding}
    return bytes(serialize_message(RAW, {**fields, "step": WIDTH * pixel_bytes, "data": data}))


def converted(cdr: bytes) -> Callable[[], Array]:
    """As the node does it."""
    image = ReceivedImage("/image", RAW, 10**9, cdr)
    return lambda: decode_frame(image, None, 100.0).image


def copied(cdr: bytes, channels: int, to_rgb: int | None) -> Callable[[], Array]:
    """Data to an array.array, as rclpy's messages hold it, and from there to pixels."""

    def convert() -> Array:
        read = deserialize_message(RAW, cdr)
        held = array.array("B", read.data.tobytes())
        pixels = np.frombuffer(held, np.uint8).reshape(read.height, read.width, channels).copy()
        return pixels if to_rgb is None else cv2.cvtColor(pixels, to_rgb)

    return convert


def by_list(cdr: bytes, channels: int, to_rgb: int | None) -> Callable[[], Array]:
    """Every byte becomes an int on the way."""

    def convert() -> Array:
        read = deserialize_message(RAW, cdr)
        pixels = np.array(list(read.data), np.uint8).reshape(read.height, read.width, channels)
        return pixels if to_rgb is None else cv2.cvtColor(pixels, to_rgb)

    return convert


def shares(image: Array, cdr: bytes) -> bool:
    """Whether the array is a view of the message."""
    return bool(np.shares_memory(image, np.frombuffer(cdr, np.uint8)))


if __name__ == "__main__":
    main()
