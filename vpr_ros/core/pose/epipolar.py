"""How far from their epipolar lines points were seen, and the pose that brings them nearest.

With keyframes whose poses are known the lines of several keyframes hold all six axes, the distance included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vpr_ros.core.pose.covariance import moved_pose
from vpr_ros.core.pose.solve_absolute import LOSS_IN_NOISES, SMALLEST_NOISE_PX
from vpr_ros.core.records import Array, Matrix4

ROUNDS = 30
STEP = 1e-6
"""Of the numerical derivative, metres and radians."""
CONVERGED = 1e-9


@dataclass(frozen=True, eq=False)
class EpipolarMatches:
    """Unit rays [M, 3] of the same points, from the query's camera and from a keyframe's."""

    query_rays: Array
    place_rays: Array
    map_from_place: Matrix4
    focal_px: float


def line_errors_px(matches: EpipolarMatches, map_from_camera: Matrix4) -> Array:
    """[M] distances of what the query sees from the lines that the keyframe draws in it; inf where there is none."""
    errors = np.abs(_signed_px(matches, map_from_camera))
    return np.where(np.isfinite(errors), errors, np.inf)


def refine_epipolar(
    matches: Sequence[EpipolarMatches], map_from_camera: Matrix4, max_error_px: float
) -> tuple[Matrix4, Array, float] | None:
    """(map_from_camera, its 6x6 covariance in REP-103 order, noise in pixels); None where it runs away."""
    pose = map_from_camera
    covariance: Array = np.full((6, 6), np.nan)
    noise_px = np.nan
    for _ in range(ROUNDS):
        errors = np.concatenate([_signed_px(each, pose) for each in matches])
        near = np.isfinite(errors) & (np.abs(errors) < max_error_px)
        if near.sum() < 12:
            return None
        noise_px = max(float(np.median(np.abs(errors[near]))) * 1.4826, SMALLEST_NOISE_PX)
        jacobian = np.column_stack(
            [
                (np.concatenate([_signed_px(each, moved_pose(pose, step)) for each in matches]) - errors)[near] / STEP
                for step in np.eye(6) * STEP
            ]
        )
        weights = 1 / (1 + np.square(errors[near] / (LOSS_IN_NOISES * noise_px)))
        information = (jacobian * weights[:, None]).T @ jacobian
        try:
            covariance = np.linalg.inv(information) * noise_px**2
        except np.linalg.LinAlgError:
            return None
        change = -covariance @ (jacobian * weights[:, None]).T @ errors[near] / noise_px**2
        if not np.isfinite(change).all() or np.linalg.norm(change) > 10.0:
            return None
        pose = moved_pose(pose, change)
        if np.linalg.norm(change) < CONVERGED:
            break
    return pose, covariance, noise_px


def _signed_px(matches: EpipolarMatches, map_from_camera: Matrix4) -> Array:
    rotation = map_from_camera[:3, :3]
    seen = matches.query_rays @ rotation.T
    drawn = matches.place_rays @ matches.map_from_place[:3, :3].T
    normals = np.cross(matches.map_from_place[:3, 3] - map_from_camera[:3, 3], drawn)
    with np.errstate(invalid="ignore", divide="ignore"):
        away = np.einsum("ij,ij->i", seen, normals) / np.linalg.norm(normals, axis=1)
    return np.asarray(away * matches.focal_px)
