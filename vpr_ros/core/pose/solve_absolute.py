"""2D-3D: LO-RANSAC, then least squares over the points that agree, by pycolmap. Any lens; one camera or a rig."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vpr_ros.core.geometry import invert_pose
from vpr_ros.core.pose.colmap_camera import ask_colmap, colmap_camera, import_colmap
from vpr_ros.core.pose.correlated_noise import correlated_noise
from vpr_ros.core.pose.correspondences import Correspondences, QueryView
from vpr_ros.core.pose.covariance import base_covariance
from vpr_ros.core.pose.reprojection import reprojection_errors_px
from vpr_ros.core.records import Array, Matrix4, Rejected

TOO_FEW_MATCHES = "too few matches"
NO_POSE = "no pose explains the matches"
FEWEST = 4
"""Three points leave up to four poses, a fourth chooses."""

SMALLEST_NOISE_PX = 0.3
"""No keypoint lies better than this; a handful of points may agree better by luck."""


@dataclass(frozen=True, eq=False)
class Solution:
    """A pose that some pairs agree on.

    inliers: bool [M]. errors_px: float64 [M], inf behind a camera. covariance: 6x6 of the base in the map (REP-103),
    from the solver and the spread of the residuals: to be calibrated still. noise_px: what a residual's axis spreads.
    """

    map_from_base: Matrix4
    covariance: Array
    inliers: npt.NDArray[np.bool_]
    errors_px: Array
    noise_px: float


def solve_absolute(
    pairs: Correspondences, views: Sequence[QueryView], max_error_px: float, most_trials: int = 2000
) -> Solution | Rejected:
    """The pose that most pairs agree on within max_error_px. The same pairs give the same pose every time.

    Its covariance takes residuals for independent; `refine_absolute` looks whether they are.
    """
    usable = np.isfinite(pairs.pixels).all(1) & np.isfinite(pairs.points_map).all(1)
    chosen = pairs.select(np.asarray(usable))
    if len(chosen) < FEWEST:
        return Rejected(TOO_FEW_MATCHES, {"matches": float(len(chosen)), "needed": float(FEWEST)})
    solver = _Solver(views)
    base_from_map = solver.estimate(chosen, max_error_px, most_trials)
    if base_from_map is None:
        return Rejected(NO_POSE, {"matches": float(len(chosen))})
    return _refined(pairs, base_from_map, solver, max_error_px)


def refine_absolute(
    pairs: Correspondences, map_from_base: Matrix4, views: Sequence[QueryView], max_error_px: float
) -> Solution | Rejected:
    """The same from a pose that is nearly right: no trials, only least squares over what agrees with it."""
    solver = _Solver(views)
    solution = _refined(pairs, invert_pose(map_from_base), solver, max_error_px)
    if isinstance(solution, Rejected):
        return solution
    agreeing, loss_px = pairs.select(solution.inliers).merged(), LOSS_IN_NOISES * solution.noise_px
    together = correlated_noise(agreeing, solution.map_from_base, views, solution.noise_px, loss_px)
    return dataclasses.replace(solution, covariance=solution.covariance * together)


def _refined(
    pairs: Correspondences, base_from_map: Matrix4, solver: _Solver, max_error_px: float
) -> Solution | Rejected:
    """Twice: the first pose decides again who agrees. A keypoint counts once, with the mean of its points."""
    covariance: Array | None = None
    for _ in range(2):
        errors = reprojection_errors_px(pairs, invert_pose(base_from_map), solver.views)
        agreeing = pairs.select(np.asarray(errors < max_error_px)).merged()
        if len(agreeing) < FEWEST:
            return Rejected(NO_POSE, {"matches": float(len(pairs)), "inliers": float(len(agreeing))})
        noise_px = _noise_px(reprojection_errors_px(agreeing, invert_pose(base_from_map), solver.views))
        refined = solver.refine(agreeing, base_from_map, noise_px)
        if refined is None:
            return Rejected(NO_POSE, {"matches": float(len(pairs)), "inliers": float(len(agreeing))})
        base_from_map, covariance = refined
    map_from_base = invert_pose(base_from_map)
    errors = reprojection_errors_px(pairs, map_from_base, solver.views)
    inliers = errors < max_error_px
    noise_px = _noise_px(errors[inliers]) if inliers.any() else np.inf
    assert covariance is not None
    covariance = covariance * noise_px**2
    if not (np.isfinite(map_from_base).all() and np.isfinite(covariance).all()):
        return Rejected(NO_POSE, {"matches": float(len(pairs))})
    return Solution(map_from_base, covariance, inliers, errors, noise_px)


def _noise_px(errors_px: Array) -> float:
    """Of one axis, from the median length of residuals of two axes; outliers move it little."""
    return max(float(np.median(errors_px)) / 1.1774, SMALLEST_NOISE_PX)


class _Solver:
    """pycolmap's functions for one camera and for a rig behind one face: the pose is always map to base."""

    def __init__(self, views: Sequence[QueryView]) -> None:
        self.views = views
        self._colmap = import_colmap()
        self._cameras = [colmap_camera(view.intrinsics) for view in views]

    def estimate(self, pairs: Correspondences, max_error_px: float, most_trials: int) -> Matrix4 | None:
        options = self._colmap.AbsolutePoseEstimationOptions()
        ransac = options.ransac
        ransac.max_error, ransac.random_seed, ransac.max_num_trials = max_error_px, 0, most_trials
        ransac.min_num_trials = min(100, most_trials)
        used = np.unique(pairs.views)
        if len(used) == 1:
            found = ask_colmap(
                self._colmap.estimate_absolute_pose, pairs.pixels, pairs.points_map, self._cameras[used[0]], options
            )
            return _base_from_map(found, "cam_from_world", self.views[used[0]].camera_from_base)
        found = ask_colmap(
            self._colmap.estimate_generalized_absolute_pose,
            pairs.pixels,
            pairs.points_map,
            pairs.views.tolist(),
            self._rig(),
            self._cameras,
            ransac,
        )
        return _base_from_map(found, "rig_from_world", np.eye(4))

    def refine(self, pairs: Correspondences, base_from_map: Matrix4, noise_px: float) -> tuple[Matrix4, Array] | None:
        """base_from_map and the covariance of map_from_base for residuals of unit variance."""
        options = self._colmap.AbsolutePoseRefinementOptions()
        options.gradient_tolerance = 1e-9
        options.loss_function_scale = LOSS_IN_NOISES * noise_px
        everyone = np.ones(len(pairs), dtype=bool)
        used = np.unique(pairs.views)
        if len(used) == 1:
            mount = self.views[used[0]].camera_from_base
            start = self._rigid(mount @ base_from_map)
            found = ask_colmap(
                self._colmap.refine_absolute_pose,
                start,
                pairs.pixels,
                pairs.points_map,
                everyone,
                self._cameras[used[0]],
                options,
                True,
            )
            return _with_covariance(found, "cam_from_world", mount)
        start = self._rigid(base_from_map)
        found = ask_colmap(
            self._colmap.refine_generalized_absolute_pose,
            start,
            pairs.pixels,
            pairs.points_map,
            everyone,
            pairs.views.tolist(),
            self._rig(),
            self._cameras,
            options,
            True,
        )
        return _with_covariance(found, "rig_from_world", np.eye(4))

    def _rig(self) -> list[Any]:
        return [self._rigid(view.camera_from_base) for view in self.views]

    def _rigid(self, pose: Matrix4) -> Any:
        return self._colmap.Rigid3d(np.ascontiguousarray(pose[:3]))


LOSS_IN_NOISES = 2.0
"""Residuals beyond this many times the noise pull less and less (Cauchy)."""


def _base_from_map(found: Any, key: str, camera_from_base: Matrix4) -> Matrix4 | None:
    if found is None or not found.get("num_inliers", 1):
        return None
    pose = np.eye(4)
    pose[:3] = found[key].matrix()
    return invert_pose(camera_from_base) @ pose if np.isfinite(pose).all() else None


def _with_covariance(found: Any, key: str, camera_from_base: Matrix4) -> tuple[Matrix4, Array] | None:
    base_from_map = _base_from_map(found, key, camera_from_base)
    if base_from_map is None or found.get("covariance") is None:
        return None
    covariance = np.asarray(found["covariance"], dtype=np.float64)
    if covariance.shape != (6, 6) or not np.isfinite(covariance).all():
        return None
    return base_from_map, base_covariance(covariance, camera_from_base @ base_from_map, camera_from_base)
