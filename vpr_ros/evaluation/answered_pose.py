"""What of an Estimate is judged beyond its places. The one file that knows how accepted poses and probabilities look.

The stages that make them come later: an Estimate without `pose` and `probability` has none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from vpr_ros.core.records import Array, Estimate, Matrix4, Rejected


@dataclass(frozen=True, eq=False)
class AnsweredPose:
    """A pose of the base in the map; covariance 6x6 in REP-103 order, or None."""

    map_from_base: Matrix4
    covariance: Array | None


def accepted_pose(estimate: Estimate) -> AnsweredPose | None:
    """The pose the robot would publish as a fix, None when it would not."""
    pose = getattr(estimate, "pose", None)
    return None if isinstance(pose, Rejected) else _answered(pose)


def guessed_pose(estimate: Estimate) -> AnsweredPose | None:
    """The coarse pose: where the best place was seen from. Never a fix."""
    return _answered(estimate.coarse_pose)


def probability_of(estimate: Estimate) -> float | None:
    """How probable it is that the answer is right, as the robot says; None where it does not say."""
    probability = getattr(estimate, "probability", None)
    return None if probability is None or not math.isfinite(probability) else float(probability)


def _answered(pose: object) -> AnsweredPose | None:
    if pose is None:
        return None
    matrix = np.asarray(getattr(pose, "map_from_base"), dtype=np.float64)  # noqa: B009
    covariance = getattr(pose, "covariance", None)
    return AnsweredPose(matrix, None if covariance is None else np.asarray(covariance, dtype=np.float64))
