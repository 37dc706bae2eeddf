"""Rays of any calibrated camera: every pixel centre undistorted once; casting then knows straight rays only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.lens import undistort_pixels
from vpr_ros.core.records import Array, FloatArray, Intrinsics


@dataclass(frozen=True, eq=False)
class PixelRays:
    """directions: float32 [3, H, W] in the optical frame with z = 1. The bounds hold every ray's x of a column or y of
    a row, made monotonous, so that a range of x and y finds its rectangle of pixels by two searches.

    radians_per_px: float32 [H, W], angle between neighbours; flow_to_px: float32 [2, H, W], pixels a unit of x and y.
    """

    directions: FloatArray
    column_low: Array
    column_high: Array
    row_low: Array
    row_high: Array
    radians_per_px: FloatArray
    flow_to_px: FloatArray


def pixel_rays(intrinsics: Intrinsics) -> PixelRays:
    """The rays through all pixel centres. Raises SettingsError when the distortion cannot be inverted."""
    width, height = intrinsics.width, intrinsics.height
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64))
    pixels = np.stack([columns, rows], axis=-1).reshape(-1, 2)
    points = undistort_pixels(intrinsics, pixels)
    x, y = points[:, 0].reshape(height, width), points[:, 1].reshape(height, width)
    directions = np.stack([x, y, np.ones_like(x)])
    along_x = np.maximum(np.abs(np.gradient(x, axis=1)), 1e-9)
    along_y = np.maximum(np.abs(np.gradient(y, axis=0)), 1e-9)
    # Area of a pixel on the unit sphere: the tangent plane's area shrinks with the cube of the ray's length.
    solid_angle = along_x * along_y / (1 + x * x + y * y) ** 1.5
    return PixelRays(
        directions=directions.astype(np.float32),
        column_low=np.minimum.accumulate(x.min(axis=0)[::-1])[::-1],
        column_high=np.maximum.accumulate(x.max(axis=0)),
        row_low=np.minimum.accumulate(y.min(axis=1)[::-1])[::-1],
        row_high=np.maximum.accumulate(y.max(axis=1)),
        radians_per_px=np.sqrt(solid_angle).astype(np.float32),
        flow_to_px=np.stack([1 / along_x, 1 / along_y]).astype(np.float32),
    )


def intrinsics_from_fov(
    width: int,
    height: int,
    horizontal_fov_deg: float,
    distortion_model: str = "none",
    distortion: tuple[float, ...] = (),
) -> Intrinsics:
    """A centred camera with square pixels; the field of view is that of the undistorted (or equidistant) lens."""
    half = np.radians(horizontal_fov_deg) / 2
    if not 0 < horizontal_fov_deg < 165:
        raise SettingsError(f"field of view {horizontal_fov_deg} degrees: expected 1 to 164")
    reach = half if distortion_model == "equidistant" else np.tan(half)
    focal = width / 2 / reach
    matrix = np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1.0]])
    return Intrinsics(matrix, width, height, distortion_model, distortion)
