"""A calibrated lens: from points in front of it to pixels, and back.

Going back is checked by going forth again: a distortion that cannot be inverted over the asked pixels is refused.
"""

from __future__ import annotations

import cv2
import numpy as np

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.records import DISTORTION_MODELS, Array, Intrinsics

WIDEST_TANGENT = 11.0
"""x / z and y / z have limits: beyond about 85 degrees from the axis rays run too flat for single precision."""


def project_points(intrinsics: Intrinsics, points: Array) -> Array:
    """[n, 3] points in front of the camera (optical frame, z > 0) -> [n, 2] pixels."""
    return _distorted(intrinsics, points[:, :2] / points[:, 2:3])


def undistort_pixels(intrinsics: Intrinsics, pixels: Array) -> Array:
    """[n, 2] pixels -> [n, 2] x / z and y / z. Raises SettingsError when that has no answer within 0.01 px."""
    _check(intrinsics)
    matrix = np.asarray(intrinsics.matrix, dtype=np.float64)
    focal, centre = matrix[[0, 1], [0, 1]], matrix[:2, 2]
    flat = (pixels - centre) / focal
    if _is_straight(intrinsics):
        points = flat
    elif intrinsics.distortion_model == "equidistant":
        points = _from_fisheye(flat, intrinsics.distortion)
    else:
        coefficients = np.array(intrinsics.distortion, dtype=np.float64)
        points = cv2.undistortPoints(pixels.reshape(-1, 1, 2), matrix, coefficients).reshape(-1, 2).astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):  # what runs away is refused below
            for _ in range(30):  # OpenCV stops after a few rounds; strong lenses want more
                points = points + (pixels - _distorted(intrinsics, points)) / focal
    with np.errstate(over="ignore", invalid="ignore"):
        error = np.abs(_distorted(intrinsics, points) - pixels).max(initial=0.0)
    if not error < 0.01 or np.abs(points).max(initial=0.0) > WIDEST_TANGENT:
        raise SettingsError(
            f"distortion {intrinsics.distortion_model} {list(intrinsics.distortion)} cannot be inverted over the whole "
            f"{intrinsics.width}x{intrinsics.height} image, or looks further than 85 degrees aside; "
            "use weaker coefficients or a narrower field of view"
        )
    return points


def _check(intrinsics: Intrinsics) -> None:
    allowed = {"none": (0,), "plumb_bob": (4, 5), "rational_polynomial": (8,), "equidistant": (4,)}
    if intrinsics.distortion_model not in DISTORTION_MODELS:
        raise SettingsError(
            f"distortion model {intrinsics.distortion_model!r} is not one of {', '.join(DISTORTION_MODELS)}"
        )
    count = len(intrinsics.distortion)
    if count and count not in allowed[intrinsics.distortion_model]:
        wanted = " or ".join(str(number) for number in allowed[intrinsics.distortion_model])
        raise SettingsError(
            f"{intrinsics.distortion_model} wants {wanted} coefficients, got {count}: {list(intrinsics.distortion)}"
        )
    if intrinsics.width < 1 or intrinsics.height < 1 or not np.all(np.diag(intrinsics.matrix) > 0):
        raise SettingsError("camera: width, height and focal lengths must be positive")


def _is_straight(intrinsics: Intrinsics) -> bool:
    # An equidistant lens bends rays even when its coefficients are all zero.
    bends = intrinsics.distortion_model == "equidistant" or any(intrinsics.distortion)
    return intrinsics.rectified or intrinsics.distortion_model == "none" or not bends


def _distorted(intrinsics: Intrinsics, points: Array) -> Array:
    """x / z, y / z -> pixels."""
    matrix = np.asarray(intrinsics.matrix, dtype=np.float64)
    if _is_straight(intrinsics):
        bent = points
    elif intrinsics.distortion_model == "equidistant":
        radius = np.linalg.norm(points, axis=1)
        angle = np.arctan(radius)
        bent = points * (_fisheye_radius(angle, intrinsics.distortion) / np.maximum(radius, 1e-12))[:, None]
    else:
        full = np.column_stack([points, np.ones(len(points))])
        zero = np.zeros(3)
        bent = cv2.projectPoints(full, zero, zero, np.eye(3), np.array(intrinsics.distortion))[0].reshape(-1, 2)
    return np.asarray(bent * matrix[[0, 1], [0, 1]] + matrix[:2, 2])


def _fisheye_radius(angle: Array, coefficients: tuple[float, ...]) -> Array:
    square = angle * angle
    k1, k2, k3, k4 = coefficients or (0.0,) * 4
    return np.asarray(angle * (1 + square * (k1 + square * (k2 + square * (k3 + square * k4)))))


def _from_fisheye(flat: Array, coefficients: tuple[float, ...]) -> Array:
    radius = np.linalg.norm(flat, axis=1)
    angle = radius.copy()
    k1, k2, k3, k4 = coefficients or (0.0,) * 4
    for _ in range(20):
        square = angle * angle
        slope = 1 + square * (3 * k1 + square * (5 * k2 + square * (7 * k3 + square * 9 * k4)))
        angle = angle - (_fisheye_radius(angle, coefficients) - radius) / np.where(np.abs(slope) < 1e-6, 1e-6, slope)
    angle = np.clip(angle, 0.0, np.arctan(WIDEST_TANGENT * 2))
    return np.asarray(flat * (np.tan(angle) / np.maximum(radius, 1e-12))[:, None])
