"""The parts that many messages share, as nested mappings of ROS field names."""

from __future__ import annotations

from typing import Any

from vpr_ros.core.geometry import quaternion_from_matrix
from vpr_ros.core.records import Array


def header_fields(stamp_ns: int, frame_id: str) -> dict[str, Any]:
    """The fields of a std_msgs/Header."""
    return {"stamp": {"sec": stamp_ns // 10**9, "nanosec": stamp_ns % 10**9}, "frame_id": frame_id}


def pose_fields(a_from_b: Array) -> dict[str, Any]:
    """The fields of a geometry_msgs/Pose."""
    return {"position": _position(a_from_b), "orientation": _rotation(a_from_b)}


def transform_fields(a_from_b: Array) -> dict[str, Any]:
    """The fields of a geometry_msgs/Transform."""
    return {"translation": _position(a_from_b), "rotation": _rotation(a_from_b)}


def _position(pose: Array) -> dict[str, float]:
    return dict(zip("xyz", pose[:3, 3].tolist(), strict=True))


def _rotation(pose: Array) -> dict[str, float]:
    return dict(zip("xyzw", quaternion_from_matrix(pose).tolist(), strict=True))
