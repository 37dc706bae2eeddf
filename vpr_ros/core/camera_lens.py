"""A calibrated camera on the coarse grid that maps keep depth on."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

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
    little wider. straight: whether it bends no rays. projection: float64 [3, 3], points in the camera to what `cells`
    takes: column * z, row * z, z of a straight lens; of one that bends the points themselves.
    """

    intrinsics: Intrinsics
    rays: FloatArray
    sampled: FloatArray
    lengths: FloatArray
    low: FloatArray
    high: FloatArray
    straight: bool
    projection: Array

    def cells(self, x: FloatArray, y: FloatArray, z: FloatArray) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
        """Points times `projection`, of any one shape -> (whether seen, flat index of the grid's cell each is seen in).

        The index of what is not seen is any number. x and y are written over.
        """
        shown = z > np.float32(NEAREST_M)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # of what is not shown
            column, row = np.divide(x, z, out=x), np.divide(y, z, out=y)
            if not self.straight:
                self._bend(column, row, shown)
            for place, size, count in zip((column, row), self._size_px(), self.rays.shape[1::-1], strict=True):
                shown &= place >= np.float32(-0.5 * count / size)
                shown &= place < np.float32(count - 0.5 * count / size)
                np.clip(np.rint(place, out=place), 0, count - 1, out=place)
            row *= np.float32(self.rays.shape[1])
            row += column
            return shown, row.astype(np.int64)

    def _size_px(self) -> tuple[int, int]:
        return self.intrinsics.width, self.intrinsics.height

    def _bend(self, right: FloatArray, down: FloatArray, shown: npt.NDArray[np.bool_]) -> None:
        """x / z and y / z -> column and row, in place, of those points only that some ray comes near: far outside the
        image a lens model bends back into it. The others lie outside."""
        near = shown & (right >= self.low[0]) & (right <= self.high[0])
        near &= (down >= self.low[1]) & (down <= self.high[1])
        flat = np.stack([right[near], down[near], np.ones(np.count_nonzero(near))], axis=1)
        right.fill(-np.inf)
        down.fill(-np.inf)
        if len(flat):
            rows, columns = self.rays.shape[:2]
            u, v = project_points(self.intrinsics, flat).T
            right[near], down[near] = u * (columns / self.intrinsics.width), v * (rows / self.intrinsics.height)


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
    projection = _projection(intrinsics, shape)
    straight = projection is not None
    lengths = np.linalg.norm(rays, axis=-1)
    return Lens(
        intrinsics, rays, sampled, lengths, low, high, straight, np.eye(3) if projection is None else projection
    )


def _projection(intrinsics: Intrinsics, shape: tuple[int, int]) -> Array | None:
    """Points to column * z, row * z, z; None for a camera that bends rays."""
    bends = intrinsics.distortion_model == "equidistant" or any(intrinsics.distortion)
    if bends and not intrinsics.rectified:
        return None
    matrix = np.asarray(intrinsics.matrix, dtype=np.float64)
    across, down = shape[1] / intrinsics.width, shape[0] / intrinsics.height
    return np.array(
        [
            [matrix[0, 0] * across, 0, matrix[0, 2] * across],
            [0, matrix[1, 1] * down, matrix[1, 2] * down],
            [0, 0, 1],
        ]
    )
