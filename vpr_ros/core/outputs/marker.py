"""The fields of visualization_msgs/Marker, for displays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vpr_ros.core.message_fields import header_fields, pose_fields
from vpr_ros.core.records import Array, Matrix4

ARROW, LINE_STRIP, TRIANGLE_LIST, TEXT = 0, 4, 11, 9
DELETE_ALL = 3
RGB = Sequence[float]

HERE: Matrix4 = np.eye(4)


def marker(
    kind: int,
    name: str,
    header: Mapping[str, Any],
    pose: Array,
    size_m: tuple[float, float, float],
    colour: RGB,
    opacity: float = 1.0,
) -> dict[str, Any]:
    """One marker of a namespace of its own; colours are 0..1. It stays until it is replaced or deleted."""
    red, green, blue = colour
    return {
        "header": header,
        "ns": name,
        "type": kind,
        "pose": pose_fields(pose),
        "scale": dict(zip("xyz", size_m, strict=True)),
        "color": {"r": red, "g": green, "b": blue, "a": opacity},
    }


def with_points(made: dict[str, Any], points: Array) -> dict[str, Any]:
    """The marker with points [n, 3], metres in its own frame."""
    return {**made, "points": [dict(zip("xyz", point, strict=True)) for point in points.tolist()]}


def delete_all(frame_id: str) -> dict[str, Any]:
    """Takes down every marker that the topic has shown."""
    return {"header": header_fields(0, frame_id), "action": DELETE_ALL, "pose": pose_fields(HERE)}
