"""All that the node hears while it is active: images on their way to the worker, and what makes frames of them."""

from __future__ import annotations

from collections.abc import Callable

from rclpy.node import Node

from vpr_ros.core.localize import LocalizationMap
from vpr_ros.core.records import Frame, Matrix4
from vpr_ros.core.settings import Settings
from vpr_ros.ros.inputs.camera_info_subscription import CameraInfoSubscription
from vpr_ros.ros.inputs.camera_mounting import CameraMounting
from vpr_ros.ros.inputs.decode_frame import decode_frame
from vpr_ros.ros.inputs.image_subscription import ImageSubscription
from vpr_ros.ros.inputs.odometry_buffer import OdometryBuffer
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog
from vpr_ros.ros.worker.live_localizer import ReceivedImage
from vpr_ros.sources.bags.cdr_header import read_stamped_header
from vpr_ros.sources.images.camera_intrinsics import camera_name


class Senses:
    """Begins when made, ends with `close`. on_image: (topic, type name, CDR bytes) of every image, undecoded."""

    def __init__(
        self,
        node: Node,
        settings: Settings,
        base_frame: str,
        place_map: LocalizationMap,
        by_tf: bool,
        log: ThrottledLog,
        on_image: Callable[[str, str, bytes], None],
        odometry: OdometryBuffer,
    ) -> None:
        """by_tf: mountings are sought in TF, from base_frame; else they are the map's. odometry: to be filled."""
        self._most_megapixels = settings.image.max_megapixels
        self._place_map = place_map
        self._calibration = CameraInfoSubscription(node, log)
        self._mounting = CameraMounting(node, base_frame, log) if by_tf else None
        self._odometry = odometry
        self._images = ImageSubscription(node, node.get_parameter("image_transport").value, on_image)

    def close(self) -> None:
        """Unsubscribe from everything."""
        self._images.close()
        self._calibration.close()
        if self._mounting is not None:
            self._mounting.close()

    def forget(self) -> None:
        """The clock jumped back: what was heard over time is of another time."""

    @property
    def stream(self) -> str:
        """The topic that images are taken from, for diagnostics."""
        return self._images.stream.topic

    def frames(self, image: ReceivedImage) -> list[Frame]:
        """The image as a frame, and after it what other cameras saw. Raises ImageError or SourceError."""
        most, mounting = self._most_megapixels, self._base_from_camera(image)
        return [decode_frame(image, self._calibration.intrinsics(), most, mounting)]

    def _base_from_camera(self, image: ReceivedImage) -> Matrix4 | None:
        if self._mounting is not None:
            return self._mounting.base_from_camera(read_stamped_header(image.cdr).frame_id)
        return self._place_map.mounting(camera_name(image.topic))
