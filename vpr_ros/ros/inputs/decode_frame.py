"""An image message as it came over the wire -> a Frame, by the same code that reads bags. Knows no rclpy."""

from __future__ import annotations

from vpr_ros.core.records import Frame, Intrinsics, Matrix4
from vpr_ros.ros.inputs.choose_stream import COMPRESSED
from vpr_ros.ros.inputs.known_encodings import rgb_of
from vpr_ros.ros.worker.live_localizer import ReceivedImage
from vpr_ros.sources.bags.message_cdr import deserialize_message
from vpr_ros.sources.images.camera_intrinsics import camera_name
from vpr_ros.sources.images.image_message import rgb_from_compressed


def decode_frame(
    image: ReceivedImage,
    intrinsics: Intrinsics | None,
    max_megapixels: float,
    base_from_camera: Matrix4 | None = None,
) -> Frame:
    """Decode pixels. Raises ImageError or SourceError naming the topic where the message cannot be used."""
    message = deserialize_message(image.type_name, image.cdr)
    to_rgb = rgb_from_compressed if image.type_name == COMPRESSED else rgb_of
    return Frame(
        image=to_rgb(message, image.topic, max_megapixels),
        stamp_ns=image.stamp_ns,
        camera=camera_name(image.topic),
        source_name=f"{image.topic}@{image.stamp_ns}",
        intrinsics=intrinsics,
        base_from_camera=base_from_camera,
    )
