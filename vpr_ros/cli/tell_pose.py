"""Poses in words and in JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from vpr_ros.core.geometry import quaternion_from_matrix, yaw_of
from vpr_ros.core.records import Array, Estimate, Matrix4, Rejected, VerifiedPose

NOT_TRIED = "not tried"


def pose_lines(estimate: Estimate, base_frame: str) -> Iterator[str]:
    """Where the robot is, in the map and seen from the keyframe, or why nobody can say."""
    pose = estimate.pose
    if not isinstance(pose, VerifiedPose):
        yield f"no pose: {NOT_TRIED if pose is None else pose}"
        return
    told = ", ".join(f"{name} {value:.4g}" for name, value in pose.numbers.items())
    yield f"pose of {base_frame}: {_told(pose.map_from_base, pose.covariance)}"
    if pose.relative is not None:
        seen = _told(pose.relative.place_from_base, pose.relative.covariance)
        yield f"from place {pose.relative.place_id}: {seen}, {len(pose.relative.query_px)} points"
    yield f"held by: {told}"


def pose_json(estimate: Estimate) -> dict[str, Any]:
    """Keys `pose` and `pose_refused`; each null where the other is told, both where nobody tried."""
    pose = estimate.pose
    if not isinstance(pose, VerifiedPose):
        return {"pose": None, "pose_refused": str(pose) if isinstance(pose, Rejected) else None}
    told = _numbers(pose.map_from_base, pose.covariance)
    relative = pose.relative
    if relative is not None:
        told["relative"] = {"place_id": relative.place_id, **_numbers(relative.place_from_base, relative.covariance)}
    return {"pose": told | {"numbers": pose.numbers}, "pose_refused": None}


def _told(a_from_b: Matrix4, covariance: Array) -> str:
    x, y, z = a_from_b[:3, 3]
    sigmas = np.sqrt(np.diag(covariance))
    turn = ", ".join(f"{value:.4f}" for value in quaternion_from_matrix(a_from_b))
    return (
        f"x {x:.3f} y {y:.3f} z {z:.3f} m, yaw {np.degrees(yaw_of(a_from_b)):.2f} deg "
        f"(sigma {sigmas[0]:.3f} {sigmas[1]:.3f} {sigmas[2]:.3f} m, {np.degrees(sigmas[5]):.2f} deg; q [{turn}])"
    )


def _numbers(a_from_b: Matrix4, covariance: Array) -> dict[str, Any]:
    return {
        "position": [round(value, 6) for value in a_from_b[:3, 3].tolist()],
        "quaternion": [round(value, 8) for value in quaternion_from_matrix(a_from_b).tolist()],
        "covariance": np.asarray(covariance).reshape(36).tolist(),
    }
