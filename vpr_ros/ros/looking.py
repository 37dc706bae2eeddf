"""What an active node does: images in, localized in a thread of their own, answers out."""

from __future__ import annotations

from rclpy.node import Node

from vpr_ros.core.errors import SourceError
from vpr_ros.core.localize import Localizer
from vpr_ros.core.outputs import messages_of, withdrawn_messages
from vpr_ros.core.records import Estimate, Frame, Matrix4
from vpr_ros.core.settings import Settings
from vpr_ros.ros.diagnostics import Health
from vpr_ros.ros.inputs.camera_info_subscription import CameraInfoSubscription
from vpr_ros.ros.inputs.camera_mounting import CameraMounting
from vpr_ros.ros.inputs.decode_frame import decode_frame
from vpr_ros.ros.inputs.image_subscription import ImageSubscription
from vpr_ros.ros.inputs.judge_stamp import BadStamp, judge_stamp
from vpr_ros.ros.outputs.publishers import Publishers
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog
from vpr_ros.ros.worker.live_localizer import LiveLocalizer, ReceivedImage
from vpr_ros.sources.bags.cdr_header import read_stamped_header
from vpr_ros.sources.images.camera_intrinsics import camera_name


class Looking:
    """Begins when made, ends with `close`. base_frame: what poses are of, unless the mounting is the map's."""

    def __init__(
        self, node: Node, localizer: Localizer, settings: Settings, publishers: Publishers, base_frame: str
    ) -> None:
        self._node = node
        self._localizer = localizer
        self._settings = settings
        self._publishers = publishers
        self._log = ThrottledLog(node.get_logger().warning)
        self._live = LiveLocalizer(localizer, self._decode, self._publish, self._judge, self._rate_hz, self._log)
        self._calibration = CameraInfoSubscription(node, self._log)
        by_tf = localizer.solves_poses and settings.node.mounting == "tf"
        self._base_frame = base_frame if by_tf else localizer.place_map.base_frame
        self._mounting = CameraMounting(node, base_frame, self._log) if by_tf else None
        self._images = ImageSubscription(node, node.get_parameter("image_transport").value, self._receive)
        self._live.start()

    def close(self) -> None:
        """Unsubscribe, wait for the image being worked on and withdraw the latched answers."""
        self._images.close()
        self._calibration.close()
        if self._mounting is not None:
            self._mounting.close()
        self._live.stop()
        self._publishers.publish(withdrawn_messages())

    def forget(self) -> None:
        """The clock jumped back: answers about images before it are dropped, latched ones withdrawn."""
        self._live.forget()
        self._publishers.publish(withdrawn_messages())

    def health(self) -> Health:
        """How it goes."""
        stamp_ns, last = self._live.newest_stamp_ns, self._live.last_estimate
        return Health(
            state="active",
            stream=self._images.stream.topic,
            silent_s=self._live.silent_s(),
            fault=self._live.fault,
            image_age_s=None if stamp_ns is None else (self._now_ns() - stamp_ns) / 1e9,
            epoch=self._live.epoch,
            counts=self._live.tally.snapshot(),
            latency_ms={} if last is None else last.latency_ms,
        )

    def _receive(self, topic: str, type_name: str, cdr: bytes) -> None:
        try:
            stamp_ns = read_stamped_header(cdr).stamp_ns
        except SourceError as error:
            self._live.refuse(topic, error)
            return
        self._live.receive(topic, type_name, stamp_ns, cdr)

    def _decode(self, image: ReceivedImage) -> Frame:
        most = self._settings.image.max_megapixels
        return decode_frame(image, self._calibration.intrinsics(), most, self._base_from_camera(image))

    def _base_from_camera(self, image: ReceivedImage) -> Matrix4 | None:
        """Asked for where poses are solved."""
        if self._mounting is not None:
            return self._mounting.base_from_camera(read_stamped_header(image.cdr).frame_id)
        return self._localizer.place_map.mounting(camera_name(image.topic))

    def _publish(self, estimate: Estimate) -> None:
        place_map = self._localizer.place_map
        names = place_map.map_id, place_map.map_frame, self._base_frame
        self._publishers.publish(messages_of(estimate, place_map.table, *names))

    def _now_ns(self) -> int:
        return int(self._node.get_clock().now().nanoseconds)

    def _judge(self, stamp_ns: int) -> BadStamp | None:
        simulated = bool(self._node.get_parameter("use_sim_time").value)
        return judge_stamp(stamp_ns, self._now_ns(), self._setting("max_age_s"), simulated=simulated)

    def _rate_hz(self) -> float:
        return self._setting("rate_hz")

    def _setting(self, name: str) -> float:
        """One that takes effect at once; the rest of the settings is that of configure."""
        return float(self._node.get_parameter(f"node.{name}").value)
