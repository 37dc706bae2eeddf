"""Directions that pixels look in."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.lens import undistort_pixels
from vpr_ros.core.records import Array, Intrinsics


def bearing_rays(intrinsics: Intrinsics, pixels: Array) -> Array:
    """[n, 2] pixels -> [n, 3] unit rays in the optical frame; NaN rows where the lens has no answer."""
    pixels = np.asarray(pixels, dtype=np.float64).reshape(-1, 2)
    try:
        flat = undistort_pixels(intrinsics, pixels)
    except SettingsError:
        flat = np.concatenate([_one(intrinsics, pixel) for pixel in pixels])
    rays = np.column_stack([flat, np.ones(len(flat))])
    return np.asarray(rays / np.linalg.norm(rays, axis=1, keepdims=True))


def widest_tangent(intrinsics: Intrinsics) -> float:
    """How far from the axis the picture reaches: the tangent of the angle to its furthest corner; inf if unknown."""
    right, below = intrinsics.width - 0.5, intrinsics.height - 0.5
    rays = bearing_rays(intrinsics, np.array([[-0.5, -0.5], [right, -0.5], [-0.5, below], [right, below]]))
    tangents = np.linalg.norm(rays[:, :2], axis=1) / rays[:, 2]
    return float(tangents.max()) if np.isfinite(tangents).all() else np.inf


def _one(intrinsics: Intrinsics, pixel: Array) -> Array:
    """A rim that cannot be computed with shall not cost the middle of the image."""
    try:
        return undistort_pixels(intrinsics, pixel[None])
    except SettingsError:
        return np.full((1, 2), np.nan)
