"""A calibrated camera on the coarse grid that maps keep depth on."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vpr_ros.core.errors import SettingsError, UsageError
from vpr_ros.core.lens import project_points, undistort_pixels
from vpr_ros.core.records import Array, FloatArray, Intrinsics

NEAREST_M = 0.05
STRIDE = 3
"""Every third pixel of the depth grid, each way, is looked for in another view; finer grids say the same."""


@dataclass(frozen=True, eq=False)
class Lens:
    """rays: float32 [rows, columns, 3], z = 1, through the pixels that nearest-pixel resizing picks for the grid.

    sampled: [3, m], every STRIDE-th of them each way. lengths: of all of them. low, high: bounds of their x and y, a
    little wider. straight: the calibration without distortion, else None.
    """

    intrinsics: Intrinsics
    rays: FloatArray
    sampled: FloatArray
    lengths: FloatArray
    low: FloatArray
    high: FloatArray
    straight: FloatArray | None

    def cells(self, x: Array, y: Array, z: Array) -> Array:
        """float32 of any one shape, in the camera -> flat index of the grid's cell each is seen in, -1 where unseen."""
        shown = z > NEAREST_M
        z = np.where(shown, z, np.float32(1))
        right, down = x / z, y / z
        if self.straight is not None:
            (fx, cx), (fy, cy) = self.straight
            u, v = right * fx + cx, down * fy + cy
        else:
            u, v = self._bent(right, down, shown)
        width, height = self.intrinsics.width, self.intrinsics.height
        shown &= (u >= -0.5) & (u < width - 0.5) & (v >= -0.5) & (v < height - 0.5)
        rows, columns = self.rays.shape[:2]
        column = np.minimum(np.rint(u * np.float32(columns / width)), columns - 1)
        row = np.minimum(np.rint(v * np.float32(rows / height)), rows - 1)
        return np.where(shown, row * columns + column, np.float32(-1)).astype(np.int32)

    def _bent(self, right: Array, down: Array, shown: Array) -> tuple[Array, Array]:
        """Pixels through the lens model, of those points only that some ray comes near: far outside the image it bends
        back into it. The others lie outside."""
        near = shown & (right >= self.low[0]) & (right <= self.high[0])
        near &= (down >= self.low[1]) & (down <= self.high[1])
        u, v = np.full(right.shape, -1, np.float32), np.full(right.shape, -1, np.float32)
        if near.any():
            flat = np.stack([right[near], down[near], np.ones(np.count_nonzero(near))], axis=1)
            u[near], v[near] = project_points(self.intrinsics, flat).T
        return u, v


def make_lens(intrinsics: Intrinsics, shape: tuple[int, int], whose: str) -> Lens:
    """Raises UsageError where the calibration cannot be used."""
    rows, columns = shape
    x, y = np.meshgrid(np.arange(columns) * intrinsics.width // columns, np.arange(rows) * intrinsics.height // rows)
    pixels = np.stack([x, y], axis=-1).reshape(-1, 2).astype(np.float64)
    try:
        flat = undistort_pixels(intrinsics, pixels)
    except (SettingsError, cv2.error) as error:
        raise UsageError(f"overlap by depth: the calibration of {whose} cannot be used: {error}") from error
    rays = np.concatenate([flat, np.ones((len(flat), 1))], axis=1).reshape(rows, columns, 3).astype(np.float32)
    low, high = rays[..., :2].min(axis=(0, 1)) - 0.2, rays[..., :2].max(axis=(0, 1)) + 0.2
    sampled = np.ascontiguousarray(rays[::STRIDE, ::STRIDE].reshape(-1, 3).T)
    return Lens(intrinsics, rays, sampled, np.linalg.norm(rays, axis=-1), low, high, _straight(intrinsics))


def _straight(intrinsics: Intrinsics) -> FloatArray | None:
    """(fx, cx), (fy, cy) of a camera that does not bend rays."""
    bends = intrinsics.distortion_model == "equidistant" or any(intrinsics.distortion)
    if bends and not intrinsics.rectified:
        return None
    matrix = np.asarray(intrinsics.matrix, dtype=np.float32)
    return np.array([[matrix[0, 0], matrix[0, 2]], [matrix[1, 1], matrix[1, 2]]], dtype=np.float32)
