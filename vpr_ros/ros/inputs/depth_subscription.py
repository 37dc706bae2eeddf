"""Depth beside a camera's images: the newest few, of which the one that belongs to an image is decoded."""

from __future__ import annotations

from collections import deque

import numpy as np
from rclpy.node import Node

from vpr_ros.core.errors import ImageError, SourceError
from vpr_ros.core.records import FloatArray, Frame
from vpr_ros.ros.inputs.choose_stream import RAW
from vpr_ros.ros.inputs.image_subscription import ImageSubscription
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog
from vpr_ros.sources.bags.cdr_header import read_stamped_header
from vpr_ros.sources.bags.message_cdr import deserialize_message
from vpr_ros.sources.folders.nearest_depth import nearest_depth
from vpr_ros.sources.images.image_message import align_depth, depth_from_compressed, depth_from_image

KEPT = 5
COMPRESSED_DEPTH = "compressedDepth"


class DepthSubscription:
    """Depth that does not lie on the image's pixels is not used, and that is said once."""

    def __init__(self, node: Node, topic: str, max_megapixels: float, log: ThrottledLog) -> None:
        self._max_megapixels, self._log = max_megapixels, log
        # (stamp, type, CDR bytes), as they came.
        self._kept: deque[tuple[int, str, bytes]] = deque(maxlen=KEPT)
        self._images = ImageSubscription(node, topic, "auto", self._receive, COMPRESSED_DEPTH)

    def close(self) -> None:
        """Unsubscribe."""
        self._images.close()

    def forget(self) -> None:
        """The clock jumped back."""
        self._kept.clear()

    def depth_of(self, frame: Frame, frame_id: str) -> FloatArray | None:
        """Metres as large as the frame's image, which is of the camera `frame_id`; None where none belongs to it."""
        kept = sorted(self._kept, key=lambda each: each[0])
        if not kept:
            return None
        nearest, near = nearest_depth(np.array([stamp_ns for stamp_ns, _, _ in kept]), np.array([frame.stamp_ns]))
        if not near[0]:
            return None
        topic = self._images.stream.topic
        try:
            return self._decode(*kept[int(nearest[0])], frame, frame_id, topic)
        except (ImageError, SourceError) as error:
            told = str(error).removeprefix(f"{topic}: ")
            self._log.once((topic, told), f"{topic}: depth is not used: {told} (said once)")
            return None

    def _decode(
        self, _stamp_ns: int, type_name: str, cdr: bytes, frame: Frame, frame_id: str, topic: str
    ) -> FloatArray:
        depth_frame = read_stamped_header(cdr).frame_id
        if depth_frame != frame_id:
            raise ImageError(
                f"it is in frame {depth_frame!r}, the images are in {frame_id!r}: not aligned to them; "
                "remap to the depth topic that the driver registers to the images"
            )
        decode = depth_from_image if type_name == RAW else depth_from_compressed
        depth_m = decode(deserialize_message(type_name, cdr), topic, self._max_megapixels)
        height, width = frame.image.shape[:2]
        return align_depth(depth_m, width, height, topic)

    def _receive(self, topic: str, type_name: str, cdr: bytes) -> None:
        try:
            stamp_ns = read_stamped_header(cdr).stamp_ns
        except SourceError as error:
            self._log.once(topic, f"{topic}: {error}")
            return
        self._kept.append((stamp_ns, type_name, cdr))
