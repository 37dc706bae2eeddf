"""What the packages that use our poses check before they believe one, as their sources read in 2024 to 2026.

Not a test file. Each takes the fields of a PoseWithCovarianceStamped and the frames its package knows, and says what
it objects to; nothing means it accepts. AMCL: nav2's validate_messages.hpp and AmclNode::initialPoseReceived (the
newest, which is stricter than Jazzy's). robot_localization: RosFilter::preparePose, copyCovariance. fuse:
common/sensor_proc.h and eigen.h. rtabmap: CoreWrapper::initialPoseCallback, global poses in CoreWrapper::process.
slam_toolbox: LocalizationSlamToolbox::localizePoseCallback.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from vpr_ros.core.records import Array

Fields = Mapping[str, Any]
MOST = 1e9


def fields_of(message: Any) -> dict[str, Any]:
    """A message of rclpy as nested mappings."""
    found: dict[str, Any] = {}
    for name in message.get_fields_and_field_types():
        value = getattr(message, name)
        found[name] = fields_of(value) if hasattr(value, "get_fields_and_field_types") else value
    return found


def amcl(fields: Fields, global_frame: str = "map") -> list[str]:
    """A message that is malformed, or of another frame, is dropped with a line in the log."""
    covariance = _covariance(fields)
    said = []
    if fields["header"]["stamp"]["nanosec"] >= 10**9:
        said.append("nanoseconds beyond a second")
    if fields["header"]["frame_id"] != global_frame:
        said.append("not in the global frame")
    if not (np.isfinite(_position(fields)).all() and np.isfinite(_quaternion(fields)).all()):
        said.append("not a number")
    if abs(_quaternion(fields) @ _quaternion(fields) - 1.0) >= 1e-4:
        said.append("quaternion is not of unit length")
    if not np.isfinite(covariance).all() or np.abs(covariance).max() > MOST:
        said.append("covariance too large")
    if (covariance < 0).any():
        said.append("negative covariance element")
    return said


def robot_localization(fields: Fields, world_frame: str = "map", joined: Collection[str] = ()) -> list[str]:
    """What it drops, and what it changes with a warning in its diagnostics, all axes being used."""
    covariance, quaternion = _covariance(fields), _quaternion(fields)
    said = []
    if fields["header"]["frame_id"] not in (world_frame, *joined):
        said.append("no transform to the world frame")
    if fields["header"]["stamp"] == {"sec": 0, "nanosec": 0}:
        said.append("stamp is older than the last reset")
    if abs(np.linalg.norm(quaternion) - 1.0) > 0.01:
        said.append("quaternion is not of unit length")
    if (np.diagonal(covariance) <= 0).any():
        said.append("variance is not positive")
    if (covariance > 1e3).any():
        said.append("covariance is extremely large")
    if not (np.isfinite(_position(fields)).all() and np.isfinite(covariance).all()):
        said.append("not a number")
    return said


def fuse_2d(fields: Fields) -> list[str]:
    """What throws in validatePartialMeasurement, of x, y and yaw."""
    plane = np.ix_((0, 1, 5), (0, 1, 5))
    covariance = _covariance(fields)[plane]
    said = []
    if not np.isfinite([*_position(fields)[:2], *_quaternion(fields)]).all():
        said.append("invalid partial mean")
    if not np.abs(covariance - covariance.T).max() < 1e-12:
        said.append("non-symmetric partial covariance")
    elif np.linalg.eigvalsh(covariance)[0] <= 0:
        said.append("non-positive-definite partial covariance")
    return said


def rtabmap_initial(fields: Fields, map_frame: str = "map", joined: Collection[str] = ()) -> list[str]:
    """A pose in a frame that TF joins to the map's is moved there; covariances are not looked at."""
    said = []
    if fields["header"]["frame_id"] not in ("", map_frame, *joined):
        said.append("no transform to the map frame")
    if not np.isfinite(_position(fields)).all() or not np.linalg.norm(_quaternion(fields)) > 0:
        said.append("the pose is null")
    return said


def rtabmap_global(fields: Fields, frames_on_robot: Collection[str] = ("base_link",)) -> list[str]:
    """frame_id names the sensor, which TF must join to the robot; its covariance becomes an information matrix."""
    covariance = _covariance(fields)
    said = []
    if fields["header"]["stamp"] == {"sec": 0, "nanosec": 0}:
        said.append("no stamp: there is no pose")
    if fields["header"]["frame_id"] not in frames_on_robot:
        said.append("no transform from the sensor to the robot")
    if not (np.isfinite(covariance).all() and (np.diagonal(covariance) > 0).all()):
        said.append("zero variance aborts")
    elif np.linalg.eigvalsh((covariance + covariance.T) / 2)[0] <= 0:
        said.append("the covariance has no inverse")
    return said


def slam_toolbox(fields: Fields) -> list[str]:
    """x, y and yaw are taken as they are, from any frame."""
    told = [*_position(fields)[:2], *_quaternion(fields)]
    return [] if np.isfinite(told).all() and np.linalg.norm(_quaternion(fields)) > 0 else ["not a pose"]


def _covariance(fields: Fields) -> Array:
    return np.asarray(fields["pose"]["covariance"], dtype=np.float64).reshape(6, 6)


def _position(fields: Fields) -> Array:
    return np.array([fields["pose"]["pose"]["position"][name] for name in "xyz"])


def _quaternion(fields: Fields) -> Array:
    return np.array([fields["pose"]["pose"]["orientation"][name] for name in "xyzw"])
