"""From the solver's covariance to one that a filter may believe: REP-103, of the base in the map, never too small."""

from __future__ import annotations

import cv2
import numpy as np

from vpr_ros.core.records import Array, Matrix4

SCALE = 1.0
FLOOR_M, FLOOR_RAD = 0.001, np.radians(0.02)


def base_covariance(solver: Array, camera_from_map: Matrix4, camera_from_base: Matrix4) -> Array:
    """pycolmap's 6x6 of camera-from-world -> 6x6 of map_from_base: x, y, z, then turns about the map's axes.

    pycolmap's first three are the vector part of a quaternion that turns in the camera's frame (half angles), its last
    three the translation of camera_from_map. What holds for small changes of it:
    the camera turns by -R^T theta in the map, and its centre c = -R^T t moves by -R^T (dt + t x theta).
    """
    rotation, translation = camera_from_map[:3, :3], camera_from_map[:3, 3]
    arm = rotation.T @ camera_from_base[:3, 3]  # from the camera's centre to the base, in the axes of the map
    turn = -2.0 * rotation.T
    change = np.zeros((6, 6))
    change[3:, :3] = turn
    change[:3, :3] = -2.0 * rotation.T @ _cross(translation) - _cross(arm) @ turn
    change[:3, 3:] = -rotation.T
    return np.asarray(change @ solver @ change.T)


def calibrated(covariance: Array) -> Array:
    """Scaled and with the floor added: symmetric and positive definite, whatever came in."""
    floor = np.diag([FLOOR_M**2] * 3 + [FLOOR_RAD**2] * 3)
    symmetric = (covariance + covariance.T) / 2
    values, vectors = np.linalg.eigh(symmetric)
    # Rounding may leave a direction slightly negative.
    positive = (vectors * np.maximum(values, 0.0)) @ vectors.T
    whole = positive * SCALE**2 + floor
    return np.asarray((whole + whole.T) / 2)


def moved_covariance(covariance: Array, frame_from_map: Matrix4) -> Array:
    """The same covariance along the axes of another frame (REP-103 order)."""
    turn = np.zeros((6, 6))
    turn[:3, :3] = turn[3:, 3:] = frame_from_map[:3, :3]
    moved = turn @ covariance @ turn.T
    return np.asarray((moved + moved.T) / 2)


def moved_pose(pose: Matrix4, change: Array) -> Matrix4:
    """x, y, z, then a turn about the axes of the map."""
    moved = np.eye(4)
    moved[:3, :3] = cv2.Rodrigues(np.asarray(change[3:], dtype=np.float64))[0] @ pose[:3, :3]
    moved[:3, 3] = pose[:3, 3] + change[:3]
    return moved


def pose_change(pose: Matrix4, moved: Matrix4) -> Array:
    """[6], what `moved_pose` moves one into the other by."""
    turn = cv2.Rodrigues(np.ascontiguousarray(moved[:3, :3] @ pose[:3, :3].T))[0]
    return np.concatenate([moved[:3, 3] - pose[:3, 3], turn[:, 0]])


def _cross(vector: Array) -> Array:
    x, y, z = vector
    return np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
