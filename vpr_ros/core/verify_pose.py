"""From candidates to a pose that geometry holds, or a named refusal. Never a pose that nothing holds."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from vpr_ros.core.describe_image import StageClock
from vpr_ros.core.geometry import invert_pose
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.pose.check_intrinsics import check_intrinsics
from vpr_ros.core.pose.choose_pose import Chosen, choose_pose, rival_share, solve_alone, stands_elsewhere
from vpr_ros.core.pose.colmap_camera import import_colmap
from vpr_ros.core.pose.correspondences import QueryView
from vpr_ros.core.pose.finish_pose import Finisher
from vpr_ros.core.pose.gates import cells_covered
from vpr_ros.core.pose.keyframe_points import KeyframePoints, MapPoints
from vpr_ros.core.pose.match_places import MatchedPlace, match_place
from vpr_ros.core.pose.planar import hold_to_floor
from vpr_ros.core.pose.reprojection import reprojection_errors_px
from vpr_ros.core.pose.robot_gates import learn_robot_gates
from vpr_ros.core.pose.solve_absolute import Solution
from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.core.records import (
    Candidates,
    Frame,
    KeypointExtractor,
    KeypointMatcher,
    Matrix4,
    Rejected,
    VerifiedPose,
)

NO_CANDIDATES = "no candidates"
NO_POINTS = "the map has no points here"
NO_ODOMETRY = "several cameras without odometry between their stamps"

GAUGE_WIDTH_PX = 640
"""Thresholds in pixels are said for images of this width."""


@dataclass(frozen=True, eq=False)
class Verification:
    """candidates: as they came, with `inliers` where a keyframe was matched. pose: the fix, or why there is none."""

    candidates: Candidates
    pose: VerifiedPose | Rejected


class Verifier:
    """Keeps nothing from query to query. Raises SettingsError when pycolmap does not load."""

    def __init__(
        self,
        map_points: MapPoints,
        table: PlaceTable,
        extractor: KeypointExtractor,
        matcher: KeypointMatcher,
        settings: PoseSettings,
    ) -> None:
        import_colmap()  # a robot shall not find out at its first query
        self._map_points = map_points
        self._table = table
        self._extractor = extractor
        self._matcher = matcher
        self._settings = settings
        self._bases = table.map_from_base
        # What is no robot on a floor would be pulled down to one, and be sure of it.
        gates = dataclasses.replace(settings.gates, robot="on") if settings.planar else settings.gates
        robot = learn_robot_gates(table.map_from_base, gates)
        self._finisher = Finisher(map_points, settings, robot)

    def verify(self, frames: Sequence[Frame], candidates: Candidates, clock: StageClock) -> Verification:
        """One frame, or one of each camera of a rig; the pose is the base's at the newest frame's stamp."""
        with clock.stage("verify_pose"):
            views = self._views(frames)
            if isinstance(views, Rejected):
                return Verification(candidates, views)
            places: list[MatchedPlace] = []
            pose = self._solve(views, candidates, places)
            if self._settings.planar and self._bases is not None and isinstance(pose, VerifiedPose):
                held, covariance = hold_to_floor(pose.map_from_base, pose.covariance, self._bases)
                pose = dataclasses.replace(pose, map_from_base=held, covariance=covariance)
        return Verification(self._count_inliers(candidates, places, views, pose), pose)

    def _views(self, frames: Sequence[Frame]) -> list[QueryView] | Rejected:
        """Keypoints of every usable frame, newest first."""
        newest_first = sorted(frames, key=lambda frame: -frame.stamp_ns)
        refusal: Rejected | None = Rejected(NO_CANDIDATES)
        views: list[QueryView] = []
        for frame in newest_first:
            refusal = check_intrinsics(frame) or _check_odometry(frame, newest_first[0])
            if refusal is not None:
                if frame is newest_first[0]:
                    return refusal  # the pose is wanted for this stamp
                continue
            assert frame.intrinsics is not None
            keypoints = self._extractor.extract(frame.image, self._settings.max_keypoints)
            views.append(QueryView(keypoints, frame.intrinsics, _camera_from_base(frame, newest_first[0])))
        return views if views else refusal or Rejected(NO_CANDIDATES)

    def _solve(
        self, views: Sequence[QueryView], candidates: Candidates, places: list[MatchedPlace]
    ) -> VerifiedPose | Rejected:
        """Fills `places` with what was matched. Stops at the first keyframe that is clearly right."""
        alone: list[Solution | None] = []
        max_error_px = self._max_error_px(views)
        for row, keyframe in self._keyframes(candidates):
            place = match_place(row, keyframe, views, self._matcher)
            places.append(place)
            solution = solve_alone(place, views, max_error_px)
            alone.append(solution)
            if solution is not None and self._is_clear(place, solution, views):
                rival = self._rival_share(place, solution, candidates, views)
                pose = self._finisher.finish(Chosen(place.pairs, solution, rival), [place], views, max_error_px)
                if isinstance(pose, VerifiedPose):
                    return pose
        if not places:
            return Rejected(NO_POINTS if candidates.ranked else NO_CANDIDATES)
        if not any(np.isfinite(place.keyframe.points_map).any() for place in places):
            return self._finisher.finish_flat(places, views, max_error_px)
        chosen = choose_pose(places, alone, views, max_error_px)
        return chosen if isinstance(chosen, Rejected) else self._finisher.finish(chosen, places, views, max_error_px)

    def _keyframes(self, candidates: Candidates) -> Iterator[tuple[int, KeyframePoints]]:
        """Row and keypoints of the first candidates that have any."""
        for candidate in candidates.ranked[: self._settings.candidates]:
            row = self._table.row_of(candidate.place_id)
            keyframe = self._map_points.keyframe(row)
            if keyframe is not None:
                yield row, keyframe

    def _rival_share(
        self, place: MatchedPlace, solution: Solution, candidates: Candidates, views: Sequence[QueryView]
    ) -> float:
        """What the best candidate that stands elsewhere finds: things that repeat are retrieved nearly as high."""
        inliers = place.pairs.select(solution.inliers)
        for row, keyframe in self._keyframes(candidates):
            if row != place.row and stands_elsewhere(keyframe, solution.map_from_base, inliers.points_map):
                other = match_place(row, keyframe, views, self._matcher)
                return rival_share(inliers, solution, other, views, self._max_error_px(views))
        return 0.0

    def _is_clear(self, place: MatchedPlace, solution: Solution, views: Sequence[QueryView]) -> bool:
        inliers = place.pairs.select(solution.inliers)
        settings = self._settings
        return bool(
            inliers.seen() >= settings.clear_inliers
            and inliers.seen() >= settings.clear_ratio * place.pairs.seen()
            and cells_covered(inliers, views) >= settings.clear_cells
        )

    def _max_error_px(self, views: Sequence[QueryView]) -> float:
        return float(self._settings.gates.max_error_px) * max(views[0].intrinsics.width / GAUGE_WIDTH_PX, 0.5)

    def _count_inliers(
        self,
        candidates: Candidates,
        places: Sequence[MatchedPlace],
        views: Sequence[QueryView],
        pose: VerifiedPose | Rejected,
    ) -> Candidates:
        """How many points of each matched keyframe agree with the fix; none do where there is no fix."""
        counts = {
            int(self._table.place_ids[place.row]): count_agreeing(place, views, pose, self._max_error_px(views))
            for place in places
            if np.isfinite(place.keyframe.points_map).any()
        }
        ranked = (
            dataclasses.replace(each, inliers=counts.get(each.place_id, each.inliers)) for each in candidates.ranked
        )
        return Candidates(tuple(ranked))


def count_agreeing(
    place: MatchedPlace, views: Sequence[QueryView], pose: VerifiedPose | Rejected, max_error_px: float
) -> int:
    """Keypoints of the query whose point of this keyframe lies where the fix says."""
    if isinstance(pose, Rejected):
        return 0
    errors = reprojection_errors_px(place.pairs, pose.map_from_base, views)
    return place.pairs.select(np.asarray(errors < max_error_px)).seen()


def _check_odometry(frame: Frame, newest: Frame) -> Rejected | None:
    """A camera that fired earlier saw from elsewhere; only odometry knows from where."""
    if frame.stamp_ns == newest.stamp_ns or (frame.odom_from_base is not None and newest.odom_from_base is not None):
        return None
    return Rejected(NO_ODOMETRY)


def _camera_from_base(frame: Frame, newest: Frame) -> Matrix4:
    """The base meant is where it stood at the newest stamp."""
    assert frame.base_from_camera is not None
    camera_from_base = invert_pose(np.asarray(frame.base_from_camera, dtype=np.float64))
    if frame.stamp_ns == newest.stamp_ns:
        return camera_from_base
    assert frame.odom_from_base is not None
    assert newest.odom_from_base is not None
    return np.asarray(camera_from_base @ invert_pose(frame.odom_from_base) @ newest.odom_from_base)
