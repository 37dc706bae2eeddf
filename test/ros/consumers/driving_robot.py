"""A robot that drives on a map, as odometry and fixes tell of it, in messages as they come over the wire."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from vpr_ros.core.carry_pose import UncertainPose
from vpr_ros.core.geometry import invert_pose, planar_pose
from vpr_ros.core.message_fields import header_fields, pose_fields, transform_fields
from vpr_ros.core.outputs.topics import POSE
from vpr_ros.core.records import Array, Matrix4
from vpr_ros.ros.inputs.odometry_buffer import OdometrySample
from vpr_ros.ros.inputs.read_odometry import ODOMETRY
from vpr_ros.ros.inputs.static_transforms import TF_MESSAGE
from vpr_ros.sources.bags.message_cdr import serialize_message

SECOND = 10**9
START_NS = 1000 * SECOND
SURE = np.diag([0.03**2] * 3 + [0.02**2] * 3)


def pose_cdr(pose: UncertainPose, frame: str = "map") -> bytes:
    fields = {
        "header": header_fields(pose.stamp_ns, frame),
        "pose": {"pose": pose_fields(pose.map_from_base), "covariance": pose.covariance.reshape(36)},
    }
    return bytes(serialize_message(POSE, fields))


def odometry_cdr(sample: OdometrySample, frame: str = "odom", child: str = "base_link") -> bytes:
    fields = {
        "header": header_fields(sample.stamp_ns, frame),
        "child_frame_id": child,
        "pose": {"pose": pose_fields(sample.odom_from_base)},
    }
    return bytes(serialize_message(ODOMETRY, fields))


def tf_cdr(parent: str, child: str, stamp_ns: int = START_NS, pose: Array | None = None) -> bytes:
    each = {
        "header": header_fields(stamp_ns, parent),
        "child_frame_id": child,
        "transform": transform_fields(np.eye(4) if pose is None else pose),
    }
    return bytes(serialize_message(TF_MESSAGE, {"transforms": [each]}))


@dataclass
class DrivingRobot:
    """Drives an arc, a step of 0.1 s at a time. The odometry's frame lies somewhere on the map."""

    map_from_odom: Matrix4 = field(default_factory=lambda: planar_pose(4.0, -2.0, 0.8))
    odom_from_base: Matrix4 = field(default_factory=lambda: np.eye(4))
    stamp_ns: int = START_NS

    def drive(self, way_m: float = 0.05, turn_rad: float = 0.02) -> OdometrySample:
        """One step; the sample after it."""
        self.odom_from_base = self.odom_from_base @ planar_pose(way_m, 0.0, turn_rad)
        self.stamp_ns += SECOND // 10
        return self.sample()

    def sample(self) -> OdometrySample:
        return OdometrySample(self.stamp_ns, self.odom_from_base)

    def fix(self, x: float = 0.0, y: float = 0.0, yaw: float = 0.0, covariance: Array = SURE) -> UncertainPose:
        """Where it is, or so far beside it in its own axes."""
        off = planar_pose(x, y, yaw)
        return UncertainPose(self.stamp_ns, self.map_from_odom @ self.odom_from_base @ off, covariance)

    def carried_away(self, to: Matrix4) -> None:
        """Somebody puts it elsewhere on the map; its wheels do not know."""
        self.map_from_odom = to @ invert_pose(self.odom_from_base)
