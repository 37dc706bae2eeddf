"""One camera: its images, its calibration, where it sits, its depth; and how it does."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from rclpy.node import Node

from vpr_ros.core.errors import ImageError, VprError
from vpr_ros.core.records import Frame, Intrinsics, Matrix4
from vpr_ros.ros.inputs.camera_info_subscription import CameraInfoSubscription
from vpr_ros.ros.inputs.camera_parameters import CameraSetup
from vpr_ros.ros.inputs.camera_watch import CameraHealth, CameraWatch
from vpr_ros.ros.inputs.choose_stream import RAW
from vpr_ros.ros.inputs.decode_frame import decode_frame
from vpr_ros.ros.inputs.depth_buffer import COMPRESSED_DEPTH, DepthBuffer
from vpr_ros.ros.inputs.image_subscription import ImageSubscription
from vpr_ros.ros.inputs.known_encodings import why_unknown
from vpr_ros.ros.inputs.mounting import Mounting
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog
from vpr_ros.ros.worker.live_localizer import ReceivedImage
from vpr_ros.sources.bags.cdr_header import read_image_description, read_stamped_header

KEPT = 3
"""Images of each camera of a rig to hold: the newest may be newer than the one of another camera that is looked at."""


class Camera:
    """Begins when made, ends with `close`.

    on_image: (topic, type name, stamp, CDR bytes) of every image that may be decoded. on_unusable: (topic, why) of
    every other one. keep: how many images are held for `newest_before`.
    """

    def __init__(
        self,
        node: Node,
        setup: CameraSetup,
        mounting: Mounting,
        max_megapixels: float,
        use_depth: bool,
        log: ThrottledLog,
        on_image: Callable[[str, str, int, bytes], None],
        on_unusable: Callable[[str, VprError], None],
        keep: int = 0,
    ) -> None:
        self.name = setup.name
        self._mounting = mounting
        self._max_megapixels = max_megapixels
        self._on_image, self._on_unusable = on_image, on_unusable
        self._watch = CameraWatch()
        self._size: tuple[int, int] | None = None
        self._kept: deque[ReceivedImage] = deque(maxlen=keep)
        self._calibration = CameraInfoSubscription(node, setup, log)
        self._depth = DepthBuffer(max_megapixels, log)
        self._depths = None
        if use_depth:
            self._depths = ImageSubscription(node, setup.depth, "auto", self._depth.receive, COMPRESSED_DEPTH)
        self._images = ImageSubscription(node, setup.image, node.get_parameter("image_transport").value, self._receive)

    def close(self) -> None:
        """Unsubscribe."""
        self._images.close()
        self._calibration.close()
        if self._depths is not None:
            self._depths.close()

    def forget(self) -> None:
        """The clock jumped back."""
        self._kept.clear()
        self._depth.forget()

    @property
    def topics(self) -> tuple[str, str]:
        """Those that its images may come from."""
        return self._images.topics

    @property
    def topic(self) -> str:
        """The one that they come from."""
        return self._images.stream.topic

    def newest_before(self, stamp_ns: int, oldest_ns: int) -> ReceivedImage | None:
        """The newest image that is not newer than the stamp and not older than the other."""
        fitting = [image for image in list(self._kept) if oldest_ns <= image.stamp_ns <= stamp_ns]
        return max(fitting, key=lambda image: image.stamp_ns, default=None)

    def can_solve(self, image: ReceivedImage) -> bool:
        """Whether a pose may be sought in it: calibration and mounting are known."""
        return self._calibration.intrinsics() is not None and self._base_from_camera(image) is not None

    def frame(self, image: ReceivedImage, odom_from_base: Matrix4 | None) -> Frame:
        """The image with all that is known about it. Raises ImageError or SourceError, which the health then tells."""
        try:
            frame = decode_frame(
                image, self._calibration.intrinsics(), self._max_megapixels, self._base_from_camera(image)
            )
        except VprError as error:
            self._watch.failed(str(error))
            raise
        self._watch.used()
        height, width = frame.image.shape[:2]
        self._size = width, height
        depth_m = self._depth.depth_of(frame, read_stamped_header(image.cdr).frame_id)
        return replace(frame, odom_from_base=odom_from_base, depth_m=depth_m)

    def health(self) -> CameraHealth:
        """How it does."""
        return self._watch.health(self.name, self.topic, self._why_no_poses())

    def _why_no_poses(self) -> str | None:
        """None also where no images came yet."""
        if self._size is None or not self._mounting.is_wanted:
            return None
        intrinsics = self._calibration.intrinsics()
        if intrinsics is None:
            return f"no calibration: {self._calibration.why_not()}"
        return _wrong_size(intrinsics, self._size, self._calibration.topic) or self._mounting.why_not()

    def _base_from_camera(self, image: ReceivedImage) -> Matrix4 | None:
        return self._mounting.base_from_camera(read_stamped_header(image.cdr).frame_id, image.topic)

    def _receive(self, topic: str, type_name: str, cdr: bytes) -> None:
        """By the executor, for every image: only headers are read here."""
        self._watch.received()
        try:
            stamp_ns = read_stamped_header(cdr).stamp_ns
            if type_name == RAW:
                why = why_unknown(read_image_description(cdr).encoding)
                if why is not None:
                    raise ImageError(f"{topic}: {why}")
        except VprError as error:
            self._watch.failed(str(error))
            self._on_unusable(topic, error)
            return
        self._kept.append(ReceivedImage(topic, type_name, stamp_ns, cdr))
        self._on_image(topic, type_name, stamp_ns, cdr)


def _wrong_size(intrinsics: Intrinsics, size: tuple[int, int], topic: str) -> str | None:
    if (intrinsics.width, intrinsics.height) == size:
        return None
    return f"{topic} is for images of {intrinsics.width}x{intrinsics.height}, they are {size[0]}x{size[1]}"
