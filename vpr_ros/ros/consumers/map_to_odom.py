"""What `map_to_odom` makes of poses, odometry and the transforms of others. Knows no rclpy; one call at a time."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from vpr_ros.core.carry_pose import OdometryDrift, UncertainPose
from vpr_ros.core.errors import SourceError, VprError
from vpr_ros.core.geometry import yaw_of
from vpr_ros.core.message_fields import header_fields, transform_fields
from vpr_ros.ros.consumers.map_to_odom_health import MapToOdomHealth
from vpr_ros.ros.consumers.map_to_odom_settings import MapToOdomSettings
from vpr_ros.ros.consumers.other_owner import OtherOwner
from vpr_ros.ros.consumers.pose_on_map import AHEAD, FIRST, REPLACED, PoseOnMap
from vpr_ros.ros.consumers.read_fix import read_fix
from vpr_ros.ros.inputs.read_odometry import read_odometry
from vpr_ros.ros.inputs.static_transforms import StaticTransforms
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog
from vpr_ros.sources.bags.cdr_header import read_stamped_header
from vpr_ros.sources.bags.transform_tree import frame_name

_FUTURE_NS = 10**9


class OwnedTransformError(VprError):
    """Somebody else publishes the transform already."""


class MapToOdom:
    """Messages come as they came over the wire; what cannot be used is counted and said now and then.

    Whatever is heard may raise OwnedTransformError: somebody else owned the transform before the first of ours.
    Later on it is `health`'s problem, and there are no transforms any more.
    """

    def __init__(
        self, settings: MapToOdomSettings, log: ThrottledLog, steady_s: Callable[[], float] = time.monotonic
    ) -> None:
        turned, turning = np.radians([settings.drift_deg, settings.drift_turn_deg]).tolist()
        self._settings, self._log, self._steady_s = settings, log, steady_s
        self._pose = PoseOnMap(OdometryDrift(settings.drift_m, turned, turning), settings.views, settings.planar)
        self._owner, self._static = OtherOwner(), StaticTransforms()
        self._map_frame, self._odom_frame = frame_name(settings.map_frame), frame_name(settings.odom_frame)
        self._early: UncertainPose | None = None
        self._sent_ns = 0
        self._has_sent = False
        self._stopped: str | None = None
        self._fault: str | None = None
        self._counts: Counter[str] = Counter()
        self._fix_at_s: float | None = None
        self._odometry_at_s: float | None = None
        self._begin_at_s = steady_s() + settings.listen_s

    def hear_tf(self, cdr: bytes) -> None:
        """/tf and, after it, /tf_static."""
        try:
            self._owner.hear(cdr)
        except SourceError as error:
            self._say_unusable("tf", error)
        self._look_for_owner()

    def hear_tf_static(self, cdr: bytes) -> None:
        """Also where odometry's own frame sits on the base."""
        with contextlib.suppress(SourceError):  # said by the next line
            self._static.receive(cdr)
        self.hear_tf(cdr)

    def hear_odometry(self, cdr: bytes) -> None:
        """A nav_msgs/Odometry."""
        try:
            frame = _same_frame(self._settings.odom_frame, read_stamped_header(cdr).frame_id, "odom")
            sample = read_odometry(cdr, self._settings.base_frame, self._static.lookup)
        except SourceError as error:
            self._say_unusable("odometry", error)
            return
        self._odom_frame, self._odometry_at_s = frame, self._steady_s()
        if not self._pose.drive(sample):
            self._early = None
            self._log.say("anew", "odometry began anew: waiting for the next pose")
        self._look_for_owner()
        if self._early is not None and self._early.stamp_ns <= sample.stamp_ns:
            early, self._early = self._early, None
            self._add(early)

    def hear_pose(self, cdr: bytes) -> None:
        """A geometry_msgs/PoseWithCovarianceStamped."""
        try:
            frame, fix = read_fix(cdr)
            frame = _same_frame(self._settings.map_frame, frame, "map")
        except SourceError as error:
            self._say_unusable("pose", error)
            return
        if frame != self._map_frame and self._pose.held is not None:
            self._log.say("frame", f"poses are in frame {frame!r} now: beginning anew")
            self._pose.let_go()
        self._map_frame = frame
        self._add(fix)

    def transform(self, now_ns: int) -> dict[str, Any] | None:
        """The fields of a tf2_msgs/TFMessage to publish now; None while there is nothing to say, or nothing new."""
        self._heed_jump(now_ns)
        map_from_odom = self._pose.map_from_odom
        if map_from_odom is None or self._stopped is not None or self._steady_s() < self._begin_at_s:
            return None
        stamp_ns = now_ns + round(self._settings.future_s * 1e9)
        if stamp_ns <= self._sent_ns:  # time stands still; the same stamp twice is an error to those who listen
            return None
        self._sent_ns, self._has_sent = stamp_ns, True
        self._owner.sent(self._odom_frame, stamp_ns, tuple(map_from_odom[:3, 3].tolist()))
        header, transform = header_fields(stamp_ns, self._map_frame), transform_fields(map_from_odom)
        return {"transforms": [{"header": header, "child_frame_id": self._odom_frame, "transform": transform}]}

    def _heed_jump(self, now_ns: int) -> None:
        """Odometry and transforms of the future are of before the clock jumped back."""
        newest_ns = self._pose.newest_ns
        if newest_ns is not None and newest_ns > now_ns + _FUTURE_NS:
            self._pose.forget()
            self._early = None
            self._fault = "odometry is ahead of the clock: it jumped back, or the two are not in step"
            self._log.say("jump", self._fault)
        if self._sent_ns > now_ns + round(self._settings.future_s * 1e9) + _FUTURE_NS:
            self._sent_ns = 0

    def health(self) -> MapToOdomHealth:
        """How it goes."""
        return MapToOdomHealth(
            frames=(self._map_frame, self._odom_frame),
            stopped=self._stopped,
            fault=self._fault,
            odometry_age_s=self._since(self._odometry_at_s),
            fix_age_s=self._since(self._fix_at_s),
            held=self._pose.held,
            counts=dict(self._counts),
        )

    def _add(self, fix: UncertainPose) -> None:
        outcome, self._fault = self._pose.add(fix), None
        if outcome == AHEAD:
            self._early = fix  # odometry is on its way
            return
        self._counts[f"poses {outcome}"] += 1
        self._fix_at_s = self._steady_s()
        if outcome in (FIRST, REPLACED) and self._pose.held is not None:
            (x, y), yaw_deg = self._pose.held.map_from_base[:2, 3], np.degrees(yaw_of(self._pose.held.map_from_base))
            self._log.say(outcome, f"{outcome} pose: x {x:.2f} m, y {y:.2f} m, yaw {yaw_deg:.0f} deg")

    def _look_for_owner(self) -> None:
        parent = self._owner.parent_of(self._odom_frame) if self._odom_frame else None
        if parent is None or self._stopped is not None:
            return
        told = f"somebody else publishes {parent} -> {self._odom_frame} (AMCL, a SLAM, a filter); run one of them only"
        self._stopped = told
        if not self._has_sent:  # said once: what is heard before the process has ended must not raise again
            raise OwnedTransformError(told)
        self._log.say("stopped", f"{told}; nothing is published from here on")

    def _say_unusable(self, what: str, error: SourceError) -> None:
        self._counts[f"{what} unusable"] += 1
        self._fault = f"{what}: {error}"
        self._log.say(self._fault, self._fault)

    def _since(self, at_s: float | None) -> float | None:
        return None if at_s is None else self._steady_s() - at_s


def _same_frame(wanted: str, found: str, which: str) -> str:
    """The frame that was found. Raises SourceError where there is none, or a person said that it is another."""
    found = frame_name(found)
    if not found:
        raise SourceError("header.frame_id is empty; its publisher must set it")
    if wanted and found != frame_name(wanted):
        raise SourceError(f"in frame {found!r}, parameter {which}_frame says {wanted!r}")
    return found
