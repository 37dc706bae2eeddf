"""Rigid poses as 4x4 float64 matrices; quaternions are x, y, z, w. All functions broadcast over leading axes."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.records import Array, Matrix4


def matrix_from_quaternion(quaternion: Array) -> Array:
    """[..., 4] x, y, z, w of any length -> [..., 3, 3]. Raises ValueError on a zero or NaN quaternion."""
    q = np.asarray(quaternion, dtype=np.float64)
    length = np.linalg.norm(q, axis=-1, keepdims=True)
    if not np.all(length > 1e-9):
        raise ValueError("quaternion of zero length")
    x, y, z, w = np.moveaxis(q / length, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def quaternion_from_matrix(rotation: Array) -> Array:
    """[..., 3, 3] or [..., 4, 4] -> [..., 4] unit x, y, z, w with w >= 0."""
    r = np.asarray(rotation, dtype=np.float64)[..., :3, :3]
    m00, m11, m22 = r[..., 0, 0], r[..., 1, 1], r[..., 2, 2]
    # Every component times every other; the row of the largest one is the quaternion up to its length.
    table = np.empty((*r.shape[:-2], 4, 4))
    table[..., 0, 0], table[..., 1, 1] = 1 + m00 - m11 - m22, 1 - m00 + m11 - m22
    table[..., 2, 2], table[..., 3, 3] = 1 - m00 - m11 + m22, 1 + m00 + m11 + m22
    table[..., 0, 1] = table[..., 1, 0] = r[..., 0, 1] + r[..., 1, 0]
    table[..., 0, 2] = table[..., 2, 0] = r[..., 0, 2] + r[..., 2, 0]
    table[..., 1, 2] = table[..., 2, 1] = r[..., 1, 2] + r[..., 2, 1]
    table[..., 0, 3] = table[..., 3, 0] = r[..., 2, 1] - r[..., 1, 2]
    table[..., 1, 3] = table[..., 3, 1] = r[..., 0, 2] - r[..., 2, 0]
    table[..., 2, 3] = table[..., 3, 2] = r[..., 1, 0] - r[..., 0, 1]
    largest = np.argmax(np.einsum("...ii->...i", table), axis=-1)[..., None, None]
    q = np.take_along_axis(table, largest, axis=-2)[..., 0, :]
    q = q / np.linalg.norm(q, axis=-1, keepdims=True)
    return np.where(q[..., 3:] < 0, -q, q)


def quaternion_from_roll_pitch_yaw(roll: float, pitch: float, yaw: float) -> Array:
    """Radians about the fixed axes x, then y, then z, as in URDF -> [4] x, y, z, w."""
    (sr, sp, sy), (cr, cp, cy) = (function(np.array([roll, pitch, yaw]) / 2) for function in (np.sin, np.cos))
    return np.array(
        [
            sr * cp * cy - cr * sp * sy,
            cr * sp * cy + sr * cp * sy,
            cr * cp * sy - sr * sp * cy,
            cr * cp * cy + sr * sp * sy,
        ]
    )


def pose_matrix(translation: Array, quaternion: Array) -> Array:
    """[..., 3] metres and [..., 4] x, y, z, w -> [..., 4, 4]."""
    t = np.asarray(translation, dtype=np.float64)
    pose = np.zeros((*t.shape[:-1], 4, 4))
    pose[..., :3, :3] = matrix_from_quaternion(quaternion)
    pose[..., :3, 3] = t
    pose[..., 3, 3] = 1.0
    return pose


def planar_pose(x: float, y: float, yaw: float, z: float = 0.0) -> Matrix4:
    """A robot standing upright at x, y, facing yaw (radians, anticlockwise from x)."""
    return pose_matrix(np.array([x, y, z]), np.array([0.0, 0.0, np.sin(yaw / 2), np.cos(yaw / 2)]))


def invert_pose(pose: Array) -> Array:
    """a_from_b -> b_from_a."""
    rotation = np.swapaxes(pose[..., :3, :3], -1, -2)
    inverse = np.zeros_like(pose, dtype=np.float64)
    inverse[..., :3, :3] = rotation
    inverse[..., :3, 3] = -(rotation @ pose[..., :3, 3:])[..., 0]
    inverse[..., 3, 3] = 1.0
    return inverse


def yaw_of(pose: Array) -> Array:
    """Heading of the pose's x axis in the plane, radians."""
    return np.asarray(np.arctan2(pose[..., 1, 0], pose[..., 0, 0]))


def distance_m(a: Array, b: Array) -> Array:
    """Distance of the origins of two poses, metres."""
    return np.asarray(np.linalg.norm(a[..., :3, 3] - b[..., :3, 3], axis=-1))


def rotation_between_rad(a: Array, b: Array) -> Array:
    """Angle of the rotation from a to b, 0..pi; accurate near zero, where the arc cosine is not."""
    relative = np.swapaxes(a[..., :3, :3], -1, -2) @ b[..., :3, :3]
    q = quaternion_from_matrix(relative)
    return np.asarray(2 * np.arctan2(np.linalg.norm(q[..., :3], axis=-1), q[..., 3]))


def interpolate_poses(a: Array, b: Array, share: Array) -> Array:
    """Between poses a (share 0) and b (share 1): straight in translation, shortest arc in rotation."""
    share = np.asarray(share, dtype=np.float64)[..., None]
    qa, qb = quaternion_from_matrix(a), quaternion_from_matrix(b)
    dot = np.sum(qa * qb, axis=-1, keepdims=True)
    qb, dot = np.where(dot < 0, -qb, qb), np.abs(dot)
    angle = np.arccos(np.clip(dot, 0.0, 1.0))
    near = angle < 1e-6  # the sine is too small to divide by; the chord is the arc
    sine = np.where(near, 1.0, np.sin(angle))
    weight_a = np.where(near, 1 - share, np.sin((1 - share) * angle) / sine)
    weight_b = np.where(near, share, np.sin(share * angle) / sine)
    translation = (1 - share) * a[..., :3, 3] + share * b[..., :3, 3]
    return pose_matrix(translation, weight_a * qa + weight_b * qb)
