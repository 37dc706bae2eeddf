"""Of the poses that single keyframes and all of them together suggest: the one that most points of all agree on.

Every suggestion is scored on the pairs of all keyframes, so that neighbours help each other, and what suggests
another pose with nearly as many points is known as a rival.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vpr_ros.core.pose.correspondences import Correspondences, QueryView, join
from vpr_ros.core.pose.gates import is_different
from vpr_ros.core.pose.match_places import MatchedPlace
from vpr_ros.core.pose.reprojection import reprojection_errors_px
from vpr_ros.core.pose.solve_absolute import NO_POSE, Solution, refine_absolute, solve_absolute
from vpr_ros.core.records import Matrix4, Rejected

FEWEST_TO_TRY = 8
"""Keyframes with fewer matches are solved together with others only."""
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
    rivals = [support for support, number in scored if is_different(suggested[number], best.map_from_base)]
    rivals += _left_over(pairs.select(~best.inliers), best.map_from_base, views, max_error_px)
    return Chosen(pairs, best, max(rivals, default=0) / max(count, 1))


def _together(places: Sequence[MatchedPlace], views: Sequence[QueryView], max_error_px: float) -> list[Matrix4]:
    """All places at once: keyframes that share little with the query each may be enough together."""
    if len(places) < 2:
        return []
    solution = solve_absolute(join([place.pairs for place in places]), views, max_error_px, POOLED_TRIALS)
    return [solution.map_from_base] if isinstance(solution, Solution) else []


def _left_over(pairs: Correspondences, best: Matrix4, views: Sequence[QueryView], max_error_px: float) -> list[int]:
    """Support of another pose among the pairs that the best one does not explain: repeated things."""
    if pairs.seen() < FEWEST_TO_TRY:
        return []
    solution = solve_absolute(pairs, views, max_error_px, TRIALS)
    if isinstance(solution, Rejected) or not is_different(solution.map_from_base, best):
        return []
    return [pairs.select(solution.inliers).seen()]


def _support(pairs: Correspondences, pose: Matrix4, views: Sequence[QueryView], max_error_px: float) -> int:
    errors = reprojection_errors_px(pairs, pose, views)
    return pairs.select(np.asarray(errors < max_error_px)).seen()
