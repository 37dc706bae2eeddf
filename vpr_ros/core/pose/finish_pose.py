"""From a pose that many points agree on to a fix: look again with it, solve once more, hold it against every gate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vpr_ros.core.geometry import invert_pose
from vpr_ros.core.pose.choose_pose import Chosen
from vpr_ros.core.pose.correspondences import Correspondences, QueryView, join
from vpr_ros.core.pose.covariance import calibrated, moved_covariance
from vpr_ros.core.pose.finish_flat import finish_flat
from vpr_ros.core.pose.gates import (
    AMBIGUOUS,
    NOT_SEEN,
    cells_covered,
    check_observed,
    check_plane,
    check_support,
)
from vpr_ros.core.pose.guided_matches import Guided, descriptor_distances, guided_matches
from vpr_ros.core.pose.keyframe_points import KeyframePoints, MapPoints
from vpr_ros.core.pose.match_places import MatchedPlace
from vpr_ros.core.pose.robot_gates import RobotGates
from vpr_ros.core.pose.shared_error import pairs_apart
from vpr_ros.core.pose.solve_absolute import Solution, refine_absolute
from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.core.records import Array, Matrix4, Rejected, RelativePose, VerifiedPose

LIKE_INLIERS = 0.9
"""Looking again, descriptors count as alike that are as near as this share of the inliers' are."""
BEST_PLACES, NEIGHBOURS = 3, 2
"""Keyframes looked into again: those with most inliers, and those that share most with the best."""
LOOKS, PLENTY = 3, 0.1
"""How often it is looked again, and from which share (times the share of cells) on once is enough."""
PLENTY_OF_INLIERS = 50.0
"""A pose that fewer points suggested must find more of what should be seen, in proportion: few agree by chance."""
FEWEST_RELATIVE = 12
"""A single keyframe with fewer inliers gives no relative pose."""


class Finisher:
    """The second half of verifying, for one map."""

    def __init__(self, map_points: MapPoints, settings: PoseSettings, robot: RobotGates | None) -> None:
        self._map_points = map_points
        self._settings = settings
        self._robot = robot

    def finish(
        self, chosen: Chosen, places: Sequence[MatchedPlace], views: Sequence[QueryView], max_error_px: float
    ) -> VerifiedPose | Rejected:
        """The fix, or which gate refuses."""
        gates = self._settings.gates
        inliers = chosen.pairs.select(chosen.solution.inliers)
        refusal, numbers = check_support(chosen.pairs, inliers, views, gates)
        if refusal is not None:
            return refusal
        keyframes = self._keyframes(inliers, places)
        looked = self._look_again(inliers, chosen.solution, keyframes, views, max_error_px)
        if isinstance(looked, Rejected):
            return looked
        pairs, solution, guided = looked
        agreeing = pairs.select(solution.inliers)
        covariance = calibrated(solution.covariance)
        numbers |= _numbers(guided, agreeing, solution, views, chosen.rival_share)
        refusal = (
            self._check_seen(numbers)
            or check_plane(agreeing.merged(), views, solution)
            or check_observed(covariance, gates)
            or (self._robot.check(solution.map_from_base) if self._robot is not None else None)
        )
        if refusal is not None:
            return Rejected(refusal.reason, {**numbers, **refusal.numbers})
        known = {place.row: place.keyframe for place in places} | keyframes
        relative = self._relative(agreeing, solution, known, views, max_error_px)
        covariance = covariance + self._shared(agreeing, solution.map_from_base, known, views)
        return VerifiedPose(solution.map_from_base, covariance, relative, numbers)

    def _shared(
        self,
        agreeing: Correspondences,
        map_from_base: Matrix4,
        keyframes: dict[int, KeyframePoints],
        views: Sequence[QueryView],
    ) -> Array:
        """What the image cannot know: how wrong these keyframes are together, seen from here."""
        cameras = {row: keyframe.map_from_camera for row, keyframe in keyframes.items()}
        apart = pairs_apart(agreeing, map_from_base, views, cameras)
        return self._map_points.shared_error.covariance(apart)

    def _look_again(
        self,
        inliers: Correspondences,
        solution: Solution,
        keyframes: dict[int, KeyframePoints],
        views: Sequence[QueryView],
        max_error_px: float,
    ) -> tuple[Correspondences, Solution, Guided] | Rejected:
        """Where the pose says, and once more where little was found: the first pose may have stood on few points."""
        farthest = _farthest(inliers, keyframes, views)
        rows = list(keyframes.items())
        for _ in range(LOOKS):
            guided = guided_matches(rows, views, solution.map_from_base, max_error_px, farthest)
            pairs = _union(inliers, guided.pairs)
            refined = refine_absolute(pairs, solution.map_from_base, views, max_error_px)
            if isinstance(refined, Rejected):
                return refined
            solution = refined
            if guided.share * guided.confirmed > PLENTY:
                break
        return pairs, solution, guided

    def finish_flat(
        self, places: Sequence[MatchedPlace], views: Sequence[QueryView], max_error_px: float
    ) -> VerifiedPose | Rejected:
        """The same where the map knows no points; from the newest view alone."""
        return finish_flat(places, views[0], self._settings, self._robot, max_error_px)

    def _check_seen(self, numbers: dict[str, float]) -> Rejected | None:
        gates = self._settings.gates
        if numbers["rival"] > gates.max_rival:
            return Rejected(AMBIGUOUS, {"limit": gates.max_rival})
        needed = gates.min_seen * max(1.0, PLENTY_OF_INLIERS / numbers["inliers"])
        if numbers["confirmed"] < gates.min_confirmed or numbers["seen"] * numbers["confirmed"] < needed:
            return Rejected(NOT_SEEN, {"needed": needed, "needed_confirmed": gates.min_confirmed})
        return None

    def _keyframes(self, inliers: Correspondences, places: Sequence[MatchedPlace]) -> dict[int, KeyframePoints]:
        """Row -> keyframe, most inliers first."""
        known = {place.row: place.keyframe for place in places}
        rows, counts = np.unique(inliers.rows, return_counts=True)
        best = [int(row) for row in rows[np.argsort(-counts, kind="stable")][:BEST_PLACES]]
        chosen = {row: known[row] for row in best}
        for row in self._map_points.covisible(best[0], NEIGHBOURS):
            keyframe = known.get(int(row)) or self._map_points.keyframe(int(row))
            if keyframe is not None:
                chosen.setdefault(int(row), keyframe)
        return chosen

    def _relative(
        self,
        agreeing: Correspondences,
        solution: Solution,
        keyframes: dict[int, KeyframePoints],
        views: Sequence[QueryView],
        max_error_px: float,
    ) -> RelativePose | None:
        """From the points of the one keyframe that most agree with; the newest camera's pixels are told."""
        rows, counts = np.unique(agreeing.rows, return_counts=True)
        row = int(rows[np.argmax(counts)])
        own = agreeing.select(agreeing.rows == row)
        if own.seen() < FEWEST_RELATIVE:
            return None
        alone = refine_absolute(own, solution.map_from_base, views, max_error_px)
        if isinstance(alone, Rejected):
            return None
        covariance = calibrated(alone.covariance)
        if check_observed(covariance, self._settings.gates) is not None:
            return None
        covariance = covariance + self._shared(own, alone.map_from_base, keyframes, views)
        return _seen_from(keyframes[row], alone, covariance, own, views[0])


def _seen_from(
    keyframe: KeyframePoints, alone: Solution, covariance: Array, own: Correspondences, view: QueryView
) -> RelativePose:
    place_from_map: Matrix4 = invert_pose(keyframe.map_from_base)
    shown = own.select(alone.inliers & (own.views == 0))
    return RelativePose(
        place_id=keyframe.place_id,
        place_from_base=place_from_map @ alone.map_from_base,
        covariance=moved_covariance(covariance, place_from_map),
        query_px=shown.pixels.astype(np.float32),
        place_px=keyframe.pixels[shown.points],
        query_size_px=view.keypoints.size_px,
        place_size_px=(keyframe.intrinsics.width, keyframe.intrinsics.height),
    )


def _farthest(inliers: Correspondences, keyframes: dict[int, KeyframePoints], views: Sequence[QueryView]) -> float:
    """How far apart descriptors of the same point are in this pair of pictures."""
    away = []
    for row, keyframe in keyframes.items():
        for number, view in enumerate(views):
            mine = inliers.select((inliers.rows == row) & (inliers.views == number))
            away.append(
                descriptor_distances(view.keypoints.descriptors[mine.keypoints], keyframe.descriptors[mine.points])
            )
    return float(np.quantile(np.concatenate(away), LIKE_INLIERS))


def _union(inliers: Correspondences, guided: Correspondences) -> Correspondences:
    """Both, what is in both once."""
    every = join([inliers, guided])
    keys = np.column_stack([every.views, every.keypoints, every.rows, every.points])
    _, first = np.unique(keys, axis=0, return_index=True)
    return every.select(np.sort(first))


def _numbers(
    guided: Guided, agreeing: Correspondences, solution: Solution, views: Sequence[QueryView], rival_share: float
) -> dict[str, float]:
    return {
        "agreeing": float(agreeing.seen()),
        "agreeing_cells": float(cells_covered(agreeing, views)),
        "seen": guided.share,
        "confirmed": guided.confirmed,
        "expected": float(guided.expected),
        "found": float(len(guided.pairs)),
        "by_chance": guided.by_chance,
        "noise_px": solution.noise_px,
        "rival": rival_share,
    }
