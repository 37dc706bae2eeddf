"""How much less certain a pose is because neighbouring points are wrong together.

The solver takes every residual for independent. Depth beside its colour image, a lens a little off or a map that is
bent make whole regions miss in the same direction; then hundreds of points know no more than a few. Residuals are
added up within the cells of a grid (cluster-robust standard errors): what cancels out there was independent.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vpr_ros.core.pose.correspondences import Correspondences, QueryView
from vpr_ros.core.pose.covariance import moved_pose
from vpr_ros.core.pose.reprojection import residuals_px
from vpr_ros.core.records import Array, Matrix4

CELLS = 4
"""A side: large enough for what is wrong together, small enough for several of them."""
STEP = 1e-6
LARGEST = 100.0


def correlated_noise(
    pairs: Correspondences, map_from_base: Matrix4, views: Sequence[QueryView], noise_px: float, loss_px: float
) -> float:
    """What the covariance is to be multiplied by, 1 and up. pairs: inliers, each keypoint once."""
    residuals = residuals_px(pairs, map_from_base, views)
    jacobian = np.stack(
        [(residuals_px(pairs, moved_pose(map_from_base, step), views) - residuals) / STEP for step in np.eye(6) * STEP],
        axis=-1,
    )
    usable = np.asarray(np.isfinite(residuals).all(1) & np.isfinite(jacobian).all((1, 2)))
    residuals, jacobian = residuals[usable], jacobian[usable]
    weights = 1 / (1 + np.square(residuals).sum(1) / loss_px**2)
    pulls = np.einsum("n,nki,nk->ni", weights, jacobian, residuals)
    cells = _cells(pairs.select(usable), views)
    count = len(np.unique(cells))
    if 2 * count <= 6:
        return LARGEST  # fewer cells than the pose has axes: nothing to judge by
    summed = np.zeros((cells.max() + 1, 6))
    np.add.at(summed, cells, pulls)
    information = np.einsum("n,nki,nkj->ij", weights, jacobian, jacobian)
    try:
        together = float(np.trace(np.linalg.solve(information, summed.T @ summed))) / 6
    except np.linalg.LinAlgError:
        return LARGEST
    together *= 2 * count / (2 * count - 6)  # the pose was fitted to these residuals
    return float(np.clip(together / noise_px**2, 1.0, LARGEST))


def _cells(pairs: Correspondences, views: Sequence[QueryView]) -> Array:
    """Which cell of which view each pair lies in."""
    sizes = np.array([[view.intrinsics.width, view.intrinsics.height] for view in views])
    cells = np.clip((pairs.pixels / sizes[pairs.views] * CELLS).astype(np.int64), 0, CELLS - 1)
    return np.asarray((pairs.views * CELLS + cells[:, 1]) * CELLS + cells[:, 0])
