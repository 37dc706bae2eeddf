"""Which place is named when geometry has decided: the one that the fix stands on."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.coarse_pose import FLOOR_ANGLE_RAD, FLOOR_POSITION_M
from vpr_ros.core.geometry import distance_m, rotation_between_rad
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Candidate, Candidates, VerifiedPose


def name_first(candidates: Candidates, fix: VerifiedPose, table: PlaceTable) -> Candidates:
    """The candidate that the fix stands on goes first, the others stay in their order.

    That is the one the relative pose is of; without it the one with most inliers, and where none were counted the one
    seen from nearest to where the fix is.
    """
    best = _stood_on(candidates, fix, table)
    return Candidates((best, *(each for each in candidates.ranked if each is not best)))


def _stood_on(candidates: Candidates, fix: VerifiedPose, table: PlaceTable) -> Candidate:
    for each in candidates.ranked:
        if fix.relative is not None and each.place_id == fix.relative.place_id:
            return each
    most = max(candidates.ranked, key=lambda each: each.inliers or 0)
    return most if most.inliers else _nearest(candidates, fix, table)


def _nearest(candidates: Candidates, fix: VerifiedPose, table: PlaceTable) -> Candidate:
    """By distance and turn, weighed as the coarse pose weighs them; a map without poses has no fixes."""
    rows = table.rows_of([each.place_id for each in candidates.ranked])
    poses = np.asarray(table.map_from_base)[rows]
    away = np.square(distance_m(poses, fix.map_from_base) / FLOOR_POSITION_M)
    away += np.square(rotation_between_rad(poses, fix.map_from_base) / FLOOR_ANGLE_RAD)
    return candidates.ranked[int(away.argmin())]
