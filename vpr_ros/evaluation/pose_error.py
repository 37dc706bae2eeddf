"""How far an answered pose is from the true one."""

from __future__ import annotations

import cv2
import numpy as np

from vpr_ros.core.geometry import distance_m, invert_pose
from vpr_ros.core.records import Array, Matrix4
from vpr_ros.evaluation.answered_pose import AnsweredPose
from vpr_ros.evaluation.records import PoseError

SHORTEST_BASELINE_M = 0.1
"""Nearer than this, the direction from one pose to the other is noise."""


def pose_error(answered: AnsweredPose, map_from_base: Matrix4, has_heading: bool = True) -> PoseError:
    """An answer against the truth. An answer that is not finite is infinitely wrong, however it came about.

    has_heading: whether the truth is more than a position.
    """
    said = answered.map_from_base
    if not np.isfinite(said).all():
        return PoseError(np.inf, np.inf, np.full(6, np.inf))
    if not has_heading:
        return PoseError(float(distance_m(said, map_from_base)), np.nan, None)
    turned, _ = cv2.Rodrigues(np.ascontiguousarray(said[:3, :3] @ map_from_base[:3, :3].T))
    axes = np.concatenate([said[:3, 3] - map_from_base[:3, 3], turned[:, 0]])
    distance, angle_deg = float(distance_m(said, map_from_base)), float(np.degrees(np.linalg.norm(turned)))
    covariance = answered.covariance
    if covariance is None or not _usable(covariance):
        return PoseError(distance, angle_deg, axes)
    nees = float(axes @ np.linalg.solve(covariance, axes))
    return PoseError(distance, angle_deg, axes, np.sqrt(np.diag(covariance)), nees)


def direction_error_deg(map_from_place: Matrix4, answered: Matrix4, true: Matrix4) -> float | None:
    """Between the answered and the true direction from a place to the query, None where the place is too near.

    Infinite for an answer that is not finite or lies at the place itself, though the truth does not.
    """
    place_from_map = invert_pose(map_from_place)
    to_true, to_answered = (place_from_map @ true)[:3, 3], (place_from_map @ answered)[:3, 3]
    if not np.linalg.norm(to_true) >= SHORTEST_BASELINE_M:
        return None
    across, along = np.linalg.norm(np.cross(to_true, to_answered)), to_true @ to_answered
    if not np.isfinite(across) or (across == 0 and along == 0):
        return float(np.inf)
    return float(np.degrees(np.arctan2(across, along)))


def _usable(covariance: Array) -> bool:
    if covariance.shape != (6, 6) or not np.isfinite(covariance).all():
        return False
    return bool(np.linalg.eigvalsh((covariance + covariance.T) / 2)[0] > 0)
