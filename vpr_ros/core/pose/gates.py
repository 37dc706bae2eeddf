"""What a solved pose must withstand. Each gate looks at one thing and names it when it refuses."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vpr_ros.core.gate_settings import GateSettings
from vpr_ros.core.geometry import distance_m, rotation_between_rad
from vpr_ros.core.pose.correspondences import Correspondences, QueryView
from vpr_ros.core.pose.rays import bearing_rays
from vpr_ros.core.pose.solve_absolute import Solution
from vpr_ros.core.records import Array, Intrinsics, Matrix4, Rejected

FEW_INLIERS = "too few points agree"
LOW_RATIO = "too small a share of the matches agrees"
CLUSTERED = "the agreeing points lie close together"
NOT_SEEN = "too little is seen of what should be seen"
AMBIGUOUS = "another pose explains the image as well"
UNOBSERVED = "an axis is not observed"
TWO_POSES = "points on a plane leave two poses"

CELLS = 4
DIFFERENT_M, DIFFERENT_RAD = 0.5, np.radians(8.0)
"""Poses further apart than this are two answers, not one that wobbles."""

FLAT_SHARE = 0.02
"""Points are a plane when their thickness is less than this share of their width."""
MIRROR_ERROR_RATIO = 1.5
"""The mirrored pose of a plane must miss this many times further than the true one, or nobody can tell them apart."""


def check_support(
    pairs: Correspondences, inliers: Correspondences, views: Sequence[QueryView], gates: GateSettings
) -> tuple[Rejected | None, dict[str, float]]:
    """How many agree, what share of what was matched, and whether they are spread over the image."""
    count, matched = inliers.seen(), pairs.seen()
    cells = cells_covered(inliers, views)
    numbers = {"inliers": float(count), "ratio": count / max(matched, 1), "cells": float(cells)}
    if count < gates.min_inliers:
        return Rejected(FEW_INLIERS, {**numbers, "needed": float(gates.min_inliers)}), numbers
    if numbers["ratio"] < gates.min_ratio:
        return Rejected(LOW_RATIO, {**numbers, "needed": gates.min_ratio}), numbers
    if cells < gates.min_cells:
        return Rejected(CLUSTERED, {**numbers, "needed": float(gates.min_cells)}), numbers
    return None, numbers


def check_observed(covariance: Array, gates: GateSettings) -> Rejected | None:
    """Whether every axis is known well enough, also those that are not along x, y or z."""
    position_m = float(np.sqrt(max(np.linalg.eigvalsh(covariance[:3, :3])[-1], 0.0)))
    angle_deg = float(np.degrees(np.sqrt(max(np.linalg.eigvalsh(covariance[3:, 3:])[-1], 0.0))))
    if position_m <= gates.max_position_sigma_m and angle_deg <= gates.max_angle_sigma_deg:
        return None
    return Rejected(UNOBSERVED, {"sigma_m": position_m, "sigma_deg": angle_deg})


def cells_covered(inliers: Correspondences, views: Sequence[QueryView]) -> int:
    """Of a 4x4 grid over each image, the cells that hold an inlier; the best view's count."""
    counts = (cells_of(inliers.pixels[inliers.views == number], view.intrinsics) for number, view in enumerate(views))
    return max(counts, default=0)


def cells_of(pixels: Array, intrinsics: Intrinsics) -> int:
    """How many of the 4x4 cells of an image these pixels lie in."""
    size = np.array([intrinsics.width, intrinsics.height])
    cells = np.clip((pixels / size * CELLS).astype(np.int64), 0, CELLS - 1)
    return len(np.unique(cells[:, 0] * CELLS + cells[:, 1]))


def is_different(a: Matrix4, b: Matrix4) -> bool:
    """Whether two poses are two answers."""
    return bool(distance_m(a, b) > DIFFERENT_M or rotation_between_rad(a, b) > DIFFERENT_RAD)


def check_plane(inliers: Correspondences, views: Sequence[QueryView], solution: Solution) -> Rejected | None:
    """A plane far away looks nearly the same from a second, mirrored pose. One camera only: a rig sees more."""
    if len(np.unique(inliers.views)) != 1:
        return None
    view = views[int(inliers.views[0])]
    points = inliers.points_map - inliers.points_map.mean(axis=0)
    _, spread, axes = np.linalg.svd(points, full_matrices=False)
    if len(points) < 4 or spread[2] > FLAT_SHARE * spread[0]:
        return None
    errors = _planar_errors(points @ axes.T, inliers, view)
    if len(errors) < 2 or errors[1] > MIRROR_ERROR_RATIO * max(errors[0], solution.noise_px):
        return None
    return Rejected(TWO_POSES, {"error_px": errors[0], "mirrored_error_px": errors[1]})


def _planar_errors(flat: Array, inliers: Correspondences, view: QueryView) -> list[float]:
    """Reprojection errors (rms, pixels) of the two poses that see a plane like this, the better first."""
    focal = float(np.sqrt(view.intrinsics.matrix[0, 0] * view.intrinsics.matrix[1, 1]))
    rays = bearing_rays(view.intrinsics, inliers.pixels)
    usable = np.isfinite(rays).all(1)
    flat, rays = flat[usable], rays[usable, :2] / rays[usable, 2:]
    on_plane = np.column_stack([flat[:, :2], np.zeros(len(flat))])
    try:
        found = cv2.solvePnPGeneric(on_plane[:, None], rays[:, None], np.eye(3), np.zeros(4), flags=cv2.SOLVEPNP_IPPE)
    except cv2.error:
        return []
    errors = [float(each) * focal for each in np.asarray(found[3]).reshape(-1)]
    return sorted(each for each in errors if np.isfinite(each))
