"""Of the poses that single keyframes and all of them together suggest: the one that most points of all agree on.

Every suggestion is scored on the pairs of all keyframes, so that neighbours help each other, and what suggests
another pose with nearly as many points is known as a rival.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vpr_ros.core.geometry import distance_m, invert_pose
from vpr_ros.core.pose.correspondences import Correspondences, QueryView, join
from vpr_ros.core.pose.gates import is_different
from vpr_ros.core.pose.keyframe_points import KeyframePoints
from vpr_ros.core.pose.match_places import MatchedPlace
from vpr_ros.core.pose.reprojection import project_map_points, reprojection_errors_px
from vpr_ros.core.pose.solve_absolute import NO_POSE, Solution, refine_absolute, solve_absolute
from vpr_ros.core.records import Array, Matrix4, Rejected

FEWEST_TO_TRY = 8
"""Keyframes with fewer matches are solved together with others only."""
ELSEWHERE_M, ELSEWHERE_SHARE = 5.0, 0.1
TRIALS = 1000
POOLED_TRIALS = 2000


@dataclass(frozen=True, eq=False)
class Chosen:
    """The best pose on all pairs; rival_share: inliers of the best clearly different pose over its own."""

    pairs: Correspondences
    solution: Solution
    rival_share: float


def solve_alone(place: MatchedPlace, views: Sequence[QueryView], max_error_px: float) -> Solution | None:
    """What one keyframe suggests."""
    if place.pairs.seen() < FEWEST_TO_TRY:
        return None
    solution = solve_absolute(place.pairs, views, max_error_px, TRIALS)
    return solution if isinstance(solution, Solution) else None


def choose_pose(
    places: Sequence[MatchedPlace], alone: Sequence[Solution | None], views: Sequence[QueryView], max_error_px: float
) -> Chosen | Rejected:
    """places and what each suggested alone, in the same order."""
    pairs = join([place.pairs for place in places])
    suggested = [each.map_from_base for each in alone if each is not None]
    suggested += _together(places, views, max_error_px)
    scored = sorted(
        ((_support(pairs, pose, views, max_error_px), number) for number, pose in enumerate(suggested)),
        key=lambda each: (-each[0], each[1]),
    )
    if not scored or not scored[0][0]:
        return Rejected(NO_POSE, {"matches": float(pairs.seen()), "places": float(len(places))})
    best = refine_absolute(pairs, suggested[scored[0][1]], views, max_error_px)
    if isinstance(best, Rejected):
        return best
    count = pairs.select(best.inliers).seen()
    rivals = _rivals(pairs.select(~best.inliers), suggested, best.map_from_base, views, max_error_px)
    return Chosen(pairs, best, max(rivals, default=0) / max(count, 1))


def stands_elsewhere(keyframe: KeyframePoints, map_from_base: Matrix4, points_map: Array) -> bool:
    """Whether a keyframe cannot show the same points as the pose does: far off, or looking elsewhere."""
    if distance_m(keyframe.map_from_base, map_from_base) > ELSEWHERE_M:
        return True
    pixels = project_map_points(points_map, invert_pose(keyframe.map_from_camera), keyframe.intrinsics)
    with np.errstate(invalid="ignore"):
        inside = ((pixels >= 0) & (pixels < [keyframe.intrinsics.width, keyframe.intrinsics.height])).all(1)
    return bool(inside.mean() < ELSEWHERE_SHARE)


def rival_share(
    inliers: Correspondences,
    solution: Solution,
    other: MatchedPlace,
    views: Sequence[QueryView],
    max_error_px: float,
) -> float:
    """Inliers of what another keyframe suggests over these, 0 where it suggests no clearly different pose."""
    rival = solve_alone(other, views, max_error_px)
    if rival is None or not is_different(rival.map_from_base, solution.map_from_base):
        return 0.0
    return other.pairs.select(rival.inliers).seen() / max(inliers.seen(), 1)


def _together(places: Sequence[MatchedPlace], views: Sequence[QueryView], max_error_px: float) -> list[Matrix4]:
    """All places at once: keyframes that share little with the query each may be enough together."""
    if len(places) < 2:
        return []
    solution = solve_absolute(join([place.pairs for place in places]), views, max_error_px, POOLED_TRIALS)
    return [solution.map_from_base] if isinstance(solution, Solution) else []


def _rivals(
    others: Correspondences,
    suggested: Sequence[Matrix4],
    best: Matrix4,
    views: Sequence[QueryView],
    max_error_px: float,
) -> list[int]:
    """Support of clearly different poses among the pairs that the best one does not explain: things that repeat.

    Pairs that agree with both speak for a pose that wobbles, which its covariance tells, not for another place.
    """
    poses = [pose for pose in suggested if is_different(pose, best)]
    if others.seen() >= FEWEST_TO_TRY:
        left_over = solve_absolute(others, views, max_error_px, TRIALS)
        if isinstance(left_over, Solution) and is_different(left_over.map_from_base, best):
            poses.append(left_over.map_from_base)
    return [_support(others, pose, views, max_error_px) for pose in poses]


def _support(pairs: Correspondences, pose: Matrix4, views: Sequence[QueryView], max_error_px: float) -> int:
    errors = reprojection_errors_px(pairs, pose, views)
    return pairs.select(np.asarray(errors < max_error_px)).seen()
