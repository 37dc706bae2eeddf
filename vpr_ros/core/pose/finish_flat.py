"""A fix on a map whose points are not known: the pose of several keyframes' epipolar lines, held against the gates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vpr_ros.core.pose.correspondences import QueryView
from vpr_ros.core.pose.covariance import calibrated
from vpr_ros.core.pose.gates import AMBIGUOUS, CLUSTERED, LOW_RATIO, cells_of, check_observed
from vpr_ros.core.pose.match_places import MatchedPlace
from vpr_ros.core.pose.robot_gates import RobotGates
from vpr_ros.core.pose.solve_relative import FlatSolution, solve_relative
from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.core.records import Rejected, VerifiedPose

SCALE = 6.0
"""Lines forgive wrong matches, and one keypoint draws lines in several keyframes: errors were about this many times
what independent residuals say (flat 1 at dusk; flat 2 agrees).
"""


def finish_flat(
    places: Sequence[MatchedPlace],
    view: QueryView,
    settings: PoseSettings,
    robot: RobotGates | None,
    max_error_px: float,
) -> VerifiedPose | Rejected:
    """No relative pose: no keyframe has a scale of its own."""
    gates = settings.gates
    solution = solve_relative(places, view, max_error_px, gates.min_inliers)
    if isinstance(solution, Rejected):
        return solution
    covariance = calibrated(solution.covariance * SCALE**2)
    numbers = _numbers(solution, view)
    if numbers["ratio"] < gates.min_ratio:
        return Rejected(LOW_RATIO, {**numbers, "needed": gates.min_ratio})
    if numbers["cells"] < gates.min_cells:
        return Rejected(CLUSTERED, {**numbers, "needed": float(gates.min_cells)})
    if numbers["rival"] > gates.max_rival:
        return Rejected(AMBIGUOUS, {**numbers, "limit": gates.max_rival})
    refusal = check_observed(covariance, gates)
    if refusal is None and robot is not None:
        refusal = robot.check(solution.map_from_base)
    if refusal is not None:
        return Rejected(refusal.reason, {**numbers, **refusal.numbers})
    return VerifiedPose(solution.map_from_base, covariance, None, numbers)


def _numbers(solution: FlatSolution, view: QueryView) -> dict[str, float]:
    agreeing = [each.place.flat[0][each.inliers] for each in solution.places]
    matched = sum(len(each.inliers) for each in solution.places)
    return {
        "inliers": float(min(len(pixels) for pixels in agreeing)),
        "ratio": sum(len(pixels) for pixels in agreeing) / matched,
        "cells": float(cells_of(np.concatenate(agreeing), view.intrinsics)),
        "places": float(len(agreeing)),
        "noise_px": solution.noise_px,
        "rival": solution.rival_share,
    }
