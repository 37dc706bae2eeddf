"""A pose from retrieval alone: as uncertain as the candidates disagree. A prior, never a fix."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.pose.covariance import moved_pose
from vpr_ros.core.records import Array, Candidates, CoarsePose

# A query may match a place from this far and still be retrieved first: the least that a coarse pose can be wrong by.
FLOOR_POSITION_M = 1.0
FLOOR_ANGLE_RAD = np.radians(30.0)

# Further from the best candidate than this is another answer: its mean with the best is where nobody ever was.
NEAR_M = 2.0
NEAR_RAD = np.radians(60.0)

Weigh = Callable[[Sequence[int]], Array]
"""Ranks of candidates (0 is the best) -> their weights, summing to 1."""


def coarse_pose(
    candidates: Candidates, table: PlaceTable, voters: int, weigh: Weigh | None = None
) -> CoarsePose | None:
    """The best candidate's pose, or the weighted mean of those near it; never a mean with places far from it.

    covariance: the second moment of all voting candidates about it, plus a floor. None when the map has no poses.
    """
    if table.map_from_base is None or not candidates.ranked:
        return None
    voting = candidates.ranked[:voters]
    poses = np.asarray(table.map_from_base)[[table.row_of(candidate.place_id) for candidate in voting]]
    weights = np.maximum([candidate.similarity for candidate in voting], 1e-6)
    best = np.array(poses[0])
    if weigh is not None:
        best = _mean_near(best, poses, weigh)
    away = np.array([_difference(best, pose) for pose in poses])
    covariance = (away * (weights / weights.sum())[:, None]).T @ away
    covariance += np.diag([FLOOR_POSITION_M**2] * 3 + [FLOOR_ANGLE_RAD**2] * 3)
    return CoarsePose(best, covariance)


def _mean_near(best: Array, poses: Array, weigh: Weigh) -> Array:
    away = np.array([_difference(best, pose) for pose in poses])
    near = np.flatnonzero(
        (np.linalg.norm(away[:, :3], axis=1) <= NEAR_M) & (np.linalg.norm(away[:, 3:], axis=1) <= NEAR_RAD)
    )
    return moved_pose(best, weigh(near.tolist()) @ away[near])


def _difference(a: Array, b: Array) -> Array:
    """Translation and rotation vector from a to b, in the map frame."""
    rotation, _ = cv2.Rodrigues(b[:3, :3] @ a[:3, :3].T)
    return np.concatenate([b[:3, 3] - a[:3, 3], rotation[:, 0]])
