"""A robot on level floors: its height and its tilt are the floor's, and the image need not guess them."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.pose.covariance import moved_pose
from vpr_ros.core.pose.robot_gates import floor_under
from vpr_ros.core.records import Array, Matrix4

FLOOR_SIGMA_M, FLOOR_SIGMA_RAD = 0.01, np.radians(0.3)
"""How far floors and suspensions are from what the map's keyframes say."""


def hold_to_floor(map_from_base: Matrix4, covariance: Array, bases: Array) -> tuple[Matrix4, Array]:
    """The pose and its 6x6 (REP-103) once height, roll and pitch are measured by the floor of the nearest bases."""
    height, up = floor_under(map_from_base, bases)
    across = _across(up)
    leaning = np.cross(map_from_base[:3, 2], up)  # the small turn that sets it upright
    seen = np.zeros((3, 6))
    seen[0, :3], seen[1:, 3:] = up, across
    missing = np.concatenate([[-height], across @ leaning])
    noise = np.diag([FLOOR_SIGMA_M**2, FLOOR_SIGMA_RAD**2, FLOOR_SIGMA_RAD**2])
    gain = covariance @ seen.T @ np.linalg.inv(seen @ covariance @ seen.T + noise)
    rest = np.eye(6) - gain @ seen
    held = rest @ covariance @ rest.T + gain @ noise @ gain.T  # this form stays positive definite
    return moved_pose(map_from_base, gain @ missing), np.asarray((held + held.T) / 2)


def _across(up: Array) -> Array:
    """[2, 3], two unit vectors at right angles to it and to each other."""
    first = np.cross(up, np.eye(3)[np.argmin(np.abs(up))])
    first = first / np.linalg.norm(first)
    return np.stack([first, np.cross(up, first)])
