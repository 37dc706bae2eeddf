"""A calibrated camera on the coarse grid that maps keep depth on."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vpr_ros.core.errors import SettingsError, UsageError
from vpr_ros.core.records import Array, FloatArray, Intrinsics
from vpr_ros.simulation.camera import project_points, undistort_pixels

NEAREST_M = 0.05


@dataclass(frozen=True, eq=False)
class Lens:
    """rays: float32 [rows, columns, 3], z = 1, through the pixels that nearest-pixel resizing picks for the grid.

    low, high: bounds of their x and y, a little wider. straight: the calibration without distortion, else None.
    """

    intrinsics: Intrinsics
    rays: FloatArray
    low: FloatArray
    high: FloatArray
    straight: FloatArray | None

    def cells(self, x: Array, y: Array, z: Array) -> Array:
        """float32 of any one shape, in the camera -> flat index of the grid's cell each is seen in, -1 where unseen."""
        in_front = z > NEAREST_M
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            right, down = x / z, y / z
        # Far outside, lens models bend back into the image: what no ray comes near is not looked at.
        near = in_front & (right >= self.low[0]) & (right <= self.high[0])
        near &= (down >= self.low[1]) & (down <= self.high[1])
        cells = np.full(z.shape, -1, dtype=np.int32)
        cells[near] = self._cells_of(right[near], down[near])
        return cells

    def _cells_of(self, right: Array, down: Array) -> Array:
        rows, columns = self.rays.shape[:2]
        width, height = self.intrinsics.width, self.intrinsics.height
        if self.straight is not None:
            (fx, cx), (fy, cy) = self.straight
            u, v = right * fx + cx, down * fy + cy
        else:
            u, v = project_points(self.intrinsics, np.stack([right, down, np.ones_like(right)], axis=1)).T
        inside = (u >= -0.5) & (u < width - 0.5) & (v >= -0.5) & (v < height - 0.5)
        column = np.clip(np.rint(u * (columns / width)), 0, columns - 1)
        row = np.clip(np.rint(v * (rows / height)), 0, rows - 1)
        return np.where(inside, row * columns + column, -1)


def make_lens(intrinsics: Intrinsics, shape: tuple[int, int], whose: str) -> Lens:
    """Raises UsageError where the calibration cannot be used."""
    rows, columns = shape
    x, y = np.meshgrid(np.arange(columns) * intrinsics.width // columns, np.arange(rows) * intrinsics.height // rows)
    pixels = np.stack([x, y], axis=-1).reshape(-1, 2).astype(np.float64)
    try:
        flat = undistort_pixels(intrinsics, pixels)
    except (SettingsError, cv2.error) as error:
        raise UsageError(f"--positives overlap: the calibration of {whose} cannot be used: {error}") from error
    rays = np.concatenate([flat, np.ones((len(flat), 1))], axis=1).reshape(rows, columns, 3).astype(np.float32)
    low, high = rays[..., :2].min(axis=(0, 1)) - 0.2, rays[..., :2].max(axis=(0, 1)) + 0.2
    return Lens(intrinsics, rays, low, high, _straight(intrinsics))


def _straight(intrinsics: Intrinsics) -> FloatArray | None:
    """(fx, cx), (fy, cy) of a camera that does not bend rays."""
    bends = intrinsics.distortion_model == "equidistant" or any(intrinsics.distortion)
    if bends and not intrinsics.rectified:
        return None
    matrix = np.asarray(intrinsics.matrix, dtype=np.float32)
    return np.array([[matrix[0, 0], matrix[0, 2]], [matrix[1, 1], matrix[1, 2]]], dtype=np.float32)
