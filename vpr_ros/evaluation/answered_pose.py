"""What of an Estimate is judged beyond its places. The one file that knows how accepted poses and probabilities look.

The stage that makes probabilities comes later: an Estimate without `probability` has none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from vpr_ros.core.records import Array, Estimate, Matrix4, Rejected, VerifiedPose


@dataclass(frozen=True, eq=False)
class AnsweredPose:
    """A pose of the base in the map; covariance 6x6 in REP-103 order, or None."""

    map_from_base: Matrix4
    covariance: Array | None


def accepted_pose(estimate: Estimate) -> AnsweredPose | None:
    """The pose the robot would publish as a fix, None when it would not."""
    pose = estimate.pose
    return _answered(pose.map_from_base, pose.covariance) if isinstance(pose, VerifiedPose) else None


def refused_pose(estimate: Estimate) -> Rejected | None:
    """Why there is no fix, None where there is one and where nobody tried."""
    return estimate.pose if isinstance(estimate.pose, Rejected) else None


def guessed_pose(estimate: Estimate) -> AnsweredPose | None:
    """The coarse pose: where the best place was seen from. Never a fix."""
    pose = estimate.coarse_pose
    return None if pose is None else _answered(pose.map_from_base, pose.covariance)


def probability_of(estimate: Estimate) -> float | None:
    """How probable it is that the answer is right, as the robot says; None where it does not say."""
    probability = getattr(estimate, "probability", None)
    return None if probability is None or not math.isfinite(probability) else float(probability)


def _answered(map_from_base: Matrix4, covariance: Array | None) -> AnsweredPose:
    matrix = np.asarray(map_from_base, dtype=np.float64)
    return AnsweredPose(matrix, None if covariance is None else np.asarray(covariance, dtype=np.float64))
