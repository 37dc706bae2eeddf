"""How far from where a pose says they lie the points were seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vpr_ros.core.geometry import invert_pose
from vpr_ros.core.lens import project_points
from vpr_ros.core.pose.correspondences import Correspondences, QueryView
from vpr_ros.core.records import Array, Intrinsics, Matrix4

NEAREST_M = 0.05
"""Points nearer to the camera than this are taken for being behind it."""


def reprojection_errors_px(pairs: Correspondences, map_from_base: Matrix4, views: Sequence[QueryView]) -> Array:
    """float64 [M], pixels; inf for a point behind its camera."""
    errors = np.linalg.norm(residuals_px(pairs, map_from_base, views), axis=1)
    return np.where(np.isfinite(errors), errors, np.inf)


def residuals_px(pairs: Correspondences, map_from_base: Matrix4, views: Sequence[QueryView]) -> Array:
    """float64 [M, 2], pixels; NaN for a point behind its camera."""
    residuals = np.full((len(pairs), 2), np.nan)
    base_from_map = invert_pose(map_from_base)
    for number, view in enumerate(views):
        mine = np.flatnonzero(pairs.views == number)
        projected = project_map_points(pairs.points_map[mine], view.camera_from_base @ base_from_map, view.intrinsics)
        residuals[mine] = projected - pairs.pixels[mine]
    return residuals


def project_map_points(points_map: Array, camera_from_map: Matrix4, intrinsics: Intrinsics) -> Array:
    """[n, 3] -> pixels [n, 2], NaN where a point is behind the camera or unknown."""
    points = np.asarray(points_map, dtype=np.float64) @ camera_from_map[:3, :3].T + camera_from_map[:3, 3]
    pixels = np.full((len(points), 2), np.nan)
    with np.errstate(invalid="ignore"):
        ahead = points[:, 2] > NEAREST_M
    if ahead.any():
        pixels[ahead] = project_points(intrinsics, points[ahead])
    return pixels
