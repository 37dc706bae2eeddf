"""Points of one image with depth, where the depth can be believed: on one surface, within the sensor's range.

Corners are often found where one thing ends before another; there the depth of the pixel may be either's. So a small
window must be one plane. Planes are told in inverse depth, which is linear over pixels however the plane leans.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vpr_ros.core.lens import undistort_pixels
from vpr_ros.core.records import Array, FloatArray, Intrinsics

REACH_PX = 2
"""The window is 5x5 pixels: a bias of half a pixel of depth shows, a corner of a table still has planes beside it."""
LEAST_KNOWN = 0.6
"""Share of the window whose depth must be known: sensors leave holes beside edges."""
MOST_OFF = 0.03
"""A pixel of the window further from the plane than this share of its depth is of something else."""

_STEPS = np.arange(-REACH_PX, REACH_PX + 1)
_DOWN, _ACROSS = (axis.ravel() for axis in np.meshgrid(_STEPS, _STEPS, indexing="ij"))


def points_from_depth(
    pixels: FloatArray, depth_m: FloatArray, intrinsics: Intrinsics, range_m: tuple[float, float]
) -> Array:
    """[N, 2] pixels -> float64 [N, 3] in the camera (optical frame), NaN rows where the depth is not to be believed.

    depth_m: along the optical axis, as large as the image, 0 or not finite where unknown. range_m: nearest and furthest
    depth that is believed. Raises SettingsError when the lens cannot be inverted at these pixels.
    """
    points = np.full((len(pixels), 3), np.nan)
    z = surface_depth(pixels, depth_m)
    rows = np.flatnonzero((z >= range_m[0]) & (z <= range_m[1]))
    if len(rows):
        rays = undistort_pixels(intrinsics, pixels[rows].astype(np.float64))
        points[rows] = np.column_stack([rays, np.ones(len(rows))]) * z[rows, None]
    return points


def surface_depth(pixels: FloatArray, depth_m: FloatArray) -> Array:
    """[N, 2] pixels -> float64 [N], metres at these very points of the surface; NaN at edges, holes and outside."""
    whole = np.rint(pixels).astype(np.int64)
    window = _window(whole, depth_m)
    known = np.isfinite(window) & (window > 0)
    inverse = np.where(known, 1.0 / np.where(known, window, 1.0), 0.0)
    plane = _fit_planes(inverse, known)
    there = plane[:, :1] + plane[:, 1:2] * _ACROSS + plane[:, 2:] * _DOWN
    with np.errstate(divide="ignore", invalid="ignore"):
        off = np.where(known, np.abs(there / inverse - 1), 0.0).max(axis=1)
        away = pixels - whole
        z = 1.0 / (plane[:, 0] + plane[:, 1] * away[:, 0] + plane[:, 2] * away[:, 1])
    middle = known[:, len(_ACROSS) // 2]
    good = middle & (known.mean(axis=1) >= LEAST_KNOWN) & (off <= MOST_OFF) & np.isfinite(z) & (z > 0)
    return np.where(good, z, np.nan)


def _window(whole: npt.NDArray[np.int64], depth_m: FloatArray) -> Array:
    """[N, 25] depths around whole pixels, 0 outside the image."""
    height, width = depth_m.shape
    x, y = whole[:, :1] + _ACROSS, whole[:, 1:] + _DOWN
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return np.where(inside, depth_m[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)], 0.0).astype(np.float64)


def _fit_planes(inverse: Array, known: npt.NDArray[np.bool_]) -> Array:
    """Least squares over the known pixels -> [N, 3]: value in the middle, slope across, slope down."""
    design = np.column_stack([np.ones(len(_ACROSS)), _ACROSS, _DOWN])
    normal = np.einsum("nk,ki,kj->nij", known.astype(np.float64), design, design)
    # A touch of ridge: windows with three known pixels in a row have no plane, and are refused by their count anyway.
    normal += 1e-9 * np.eye(3)
    return np.asarray(np.linalg.solve(normal, (inverse @ design)[..., None])[..., 0])
