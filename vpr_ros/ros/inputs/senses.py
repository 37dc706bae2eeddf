"""All that the node hears while it is active: images on their way to the worker, and what makes frames of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rclpy.node import Node

from vpr_ros.core.errors import SettingsError, VprError
from vpr_ros.core.localize import LocalizationMap
from vpr_ros.core.records import Frame
from vpr_ros.core.settings import Settings
from vpr_ros.ros.inputs.camera import KEPT, Camera
from vpr_ros.ros.inputs.camera_parameters import CameraSetup
from vpr_ros.ros.inputs.camera_watch import CameraHealth
from vpr_ros.ros.inputs.mounting import Mounting
from vpr_ros.ros.inputs.odometry_buffer import OdometryBuffer
from vpr_ros.ros.inputs.odometry_subscription import OdometrySubscription
from vpr_ros.ros.inputs.rig import companions
from vpr_ros.ros.inputs.robot_frames import RobotFrames
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog
from vpr_ros.ros.worker.live_localizer import ReceivedImage

PATIENCE_S = 0.06
"""Odometry at 20 Hz and more is here by then."""


class Senses:
    """Begins when made, ends with `close`."""

    def __init__(
        self,
        node: Node,
        settings: Settings,
        setups: Sequence[CameraSetup],
        base_frame: str,
        place_map: LocalizationMap,
        wants_poses: bool,
        log: ThrottledLog,
        on_image: Callable[[str, str, int, bytes], None],
        on_unusable: Callable[[str, VprError], None],
        odometry: OdometryBuffer,
    ) -> None:
        """base_frame: what poses are of. odometry: to be filled; the rest as for Camera.

        Raises SettingsError where two cameras would look at one topic.
        """
        _check_topics(node, setups)
        self._wants_poses = wants_poses
        self._window_ns = round(settings.node.rig_window_s * 1e9)
        self._log = log
        self._buffer = odometry
        self._frames = RobotFrames(node, log)
        by_tf = settings.node.mounting == "tf"
        self._odometry = OdometrySubscription(node, odometry, base_frame, self._frames.lookup, log)
        self._cameras = [
            Camera(
                node,
                setup,
                Mounting(
                    setup,
                    self._frames if by_tf else None,
                    base_frame,
                    place_map,
                    is_only=len(setups) == 1,
                    is_wanted=wants_poses,
                ),
                settings.image.max_megapixels,
                settings.node.use_depth,
                log,
                on_image,
                on_unusable,
                keep=KEPT if wants_poses and len(setups) > 1 else 0,
            )
            for setup in setups
        ]
        self._by_topic = {topic: camera for camera in self._cameras for topic in camera.topics}

    def close(self) -> None:
        """Unsubscribe from everything."""
        for camera in self._cameras:
            camera.close()
        self._odometry.close()
        self._frames.close()

    def forget(self) -> None:
        """The clock jumped back: what was heard over time is of another time."""
        for camera in self._cameras:
            camera.forget()
        self._buffer.clear()

    @property
    def stream(self) -> str:
        """The topics that images are taken from, for diagnostics."""
        return ", ".join(camera.topic for camera in self._cameras)

    def cameras(self) -> list[CameraHealth]:
        """How each camera does, for diagnostics."""
        return [camera.health() for camera in self._cameras]

    @property
    def odometry_fault(self) -> str | None:
        """Why the last odometry could not be used; None when it could, or when there is none."""
        return self._odometry.fault

    def frames(self, image: ReceivedImage) -> list[Frame]:
        """The image as a frame, and after it what other cameras saw. Raises ImageError or SourceError."""
        camera = self._by_topic[image.topic]
        others = [each for each in self._cameras if each is not camera] if self._wants_poses else []
        # Only what joins several images is worth waiting for.
        odom_from_base = self._buffer.wait_for(image.stamp_ns, PATIENCE_S if others else 0.0)
        frame = camera.frame(image, odom_from_base)
        return [frame, *companions(frame, others, self._buffer, self._window_ns, self._log)]


def _check_topics(node: Node, setups: Sequence[CameraSetup]) -> None:
    seen: dict[str, str] = {}
    for setup in setups:
        topic = node.resolve_topic_name(setup.image)
        if topic in seen:
            raise SettingsError(f"cameras {seen[topic]} and {setup.name} both look at {topic}; remap {setup.image}")
        seen[topic] = setup.name
