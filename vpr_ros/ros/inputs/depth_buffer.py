"""Depth beside a camera's images: the newest few, of which one may belong to an image. Knows no rclpy."""

from __future__ import annotations

from collections import deque

import numpy as np

from vpr_ros.core.errors import ImageError, SourceError
from vpr_ros.core.records import FloatArray, Frame
from vpr_ros.ros.inputs.choose_stream import RAW
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog
from vpr_ros.ros.worker.live_localizer import ReceivedImage
from vpr_ros.sources.bags.cdr_header import read_stamped_header
from vpr_ros.sources.bags.message_cdr import deserialize_message
from vpr_ros.sources.folders.nearest_depth import nearest_depth
from vpr_ros.sources.images.image_message import align_depth, depth_from_compressed, depth_from_image

KEPT = 5
COMPRESSED_DEPTH = "compressedDepth"
"""Where image_transport puts it: `<topic>/compressedDepth`."""


class DepthBuffer:
    """From any thread. Depth that does not lie on the image's pixels is not used, and that is said once."""

    def __init__(self, max_megapixels: float, log: ThrottledLog) -> None:
        self._max_megapixels, self._log = max_megapixels, log
        self._kept: deque[ReceivedImage] = deque(maxlen=KEPT)

    def receive(self, topic: str, type_name: str, cdr: bytes) -> None:
        """A message of depth came in."""
        try:
            stamp_ns = read_stamped_header(cdr).stamp_ns
        except SourceError as error:
            self._log.once(topic, f"{topic}: {error}")
            return
        self._kept.append(ReceivedImage(topic, type_name, stamp_ns, cdr))

    def forget(self) -> None:
        """The clock jumped back."""
        self._kept.clear()

    def depth_of(self, frame: Frame, frame_id: str) -> FloatArray | None:
        """Metres as large as the frame's image, which is of the camera `frame_id`; None where none belongs to it."""
        kept = sorted(self._kept.copy(), key=lambda each: each.stamp_ns)
        if not kept:
            return None
        nearest, near = nearest_depth(np.array([each.stamp_ns for each in kept]), np.array([frame.stamp_ns]))
        if not near[0]:
            return None
        depth = kept[int(nearest[0])]
        try:
            return self._decode(depth, frame, frame_id)
        except (ImageError, SourceError) as error:
            told = str(error).removeprefix(f"{depth.topic}: ")
            self._log.once((depth.topic, told), f"{depth.topic}: depth is not used: {told} (said once)")
            return None

    def _decode(self, depth: ReceivedImage, frame: Frame, frame_id: str) -> FloatArray:
        depth_frame = read_stamped_header(depth.cdr).frame_id
        if depth_frame != frame_id:
            raise ImageError(
                f"it is in frame {depth_frame!r}, the images are in {frame_id!r}: not aligned to them; "
                "remap to the depth topic that the driver registers to the images"
            )
        decode = depth_from_image if depth.type_name == RAW else depth_from_compressed
        message = deserialize_message(depth.type_name, depth.cdr)
        height, width = frame.image.shape[:2]
        return align_depth(decode(message, depth.topic, self._max_megapixels), width, height, depth.topic)
