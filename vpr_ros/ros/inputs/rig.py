"""What the other cameras saw when one of them saw its image: a pose is solved from all. Knows no rclpy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Protocol

from vpr_ros.core.errors import VprError
from vpr_ros.core.records import Frame, Matrix4
from vpr_ros.ros.inputs.odometry_buffer import OdometryBuffer
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog
from vpr_ros.ros.worker.live_localizer import ReceivedImage

SIMULTANEOUS_NS = 2_000_000
"""Shutters fired together are stamped a little apart. A robot that turns by 1 rad/s turns by 0.1 degrees meanwhile."""


class RigCamera(Protocol):
    """The part of Camera that is used here."""

    def newest_before(self, stamp_ns: int, oldest_ns: int) -> ReceivedImage | None: ...
    def can_solve(self, image: ReceivedImage) -> bool: ...
    def frame(self, image: ReceivedImage, odom_from_base: Matrix4 | None) -> Frame: ...


def companions(
    frame: Frame, others: Iterable[RigCamera], odometry: OdometryBuffer, window_ns: int, log: ThrottledLog
) -> Iterator[Frame]:
    """The newest image of each other camera within the window before the frame, none of it newer.

    Where the robot was at another stamp only odometry knows; without it only images of the same moment go together. A
    camera that gives nothing of use is left out.
    """
    for camera in others:
        image = camera.newest_before(frame.stamp_ns, frame.stamp_ns - window_ns)
        if image is None or not camera.can_solve(image):
            continue
        stamp_ns, odom_from_base = image.stamp_ns, odometry.at(image.stamp_ns)
        if odom_from_base is None or frame.odom_from_base is None:
            if frame.stamp_ns - stamp_ns > SIMULTANEOUS_NS:
                continue
            stamp_ns, odom_from_base = frame.stamp_ns, frame.odom_from_base
        try:
            yield replace(camera.frame(image, odom_from_base), stamp_ns=stamp_ns)
        except VprError as error:
            log.say(("companion", image.topic), f"{error} (said now and then)")
