"""A camera as a process: shows a drive's frames over and over at a rate, stamped with the time at which it shows them.

python -m benchmarks.show_frames BAG --rate 30
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Sequence
from pathlib import Path

import rclpy
from rclpy.executors import ExternalShutdownException

from vpr_ros.core.message_fields import header_fields
from vpr_ros.core.records import Frame
from vpr_ros.ros.plumbing.large_images import use_large_image_profile
from vpr_ros.ros.plumbing.messages import message_class, message_from_fields
from vpr_ros.sources.open_source import open_source
from vpr_ros.sources.source import SourceOptions

IMAGE, CAMERA_INFO = "sensor_msgs/msg/Image", "sensor_msgs/msg/CameraInfo"


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.show_frames", description=__doc__.splitlines()[0])
    parser.add_argument("drive", type=Path)
    parser.add_argument("--rate", type=float, default=30.0, metavar="HZ")
    args = parser.parse_args(argv)
    source = open_source(args.drive, SourceOptions())
    frames = list(source.frames(range(len(source.entries()))))
    use_large_image_profile()
    rclpy.init()
    try:
        _show(frames, args.rate)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    except RuntimeError:  # rclpy's own, when it was told to end while it published
        if rclpy.ok():
            raise
    finally:
        rclpy.try_shutdown()


def _show(frames: Sequence[Frame], rate_hz: float) -> None:
    node = rclpy.create_node("camera")
    images = node.create_publisher(message_class(IMAGE), "image", 10)
    infos = node.create_publisher(message_class(CAMERA_INFO), "camera_info", 10)
    due_s = time.monotonic()
    for frame in itertools.cycle(frames):
        header = header_fields(int(node.get_clock().now().nanoseconds), "camera_optical_frame")
        height, width = frame.image.shape[:2]
        pixels = {"height": height, "width": width, "encoding": "rgb8", "step": 3 * width, "data": frame.image}
        images.publish(message_from_fields(IMAGE, {"header": header, **pixels}))
        if frame.intrinsics is not None:
            model = frame.intrinsics.distortion_model.replace("none", "plumb_bob")
            lens = {"width": width, "height": height, "k": frame.intrinsics.matrix.reshape(9)}
            told = {**lens, "distortion_model": model, "d": list(frame.intrinsics.distortion)}
            infos.publish(message_from_fields(CAMERA_INFO, {"header": header, **told}))
        due_s = max(due_s + 1 / rate_hz, time.monotonic() - 1 / rate_hz)
        time.sleep(max(0.0, due_s - time.monotonic()))


if __name__ == "__main__":
    main()
