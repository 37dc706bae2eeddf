"""2D-2D, for maps whose points are not known: a metric pose from two or more keyframes, whose poses give the scale.

Each keyframe alone says how the query is turned and in which direction it lies. Two directions meet in a point; from
there the pose is moved until the epipolar lines of all keyframes together pass through what was seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vpr_ros.core.geometry import invert_pose, quaternion_from_matrix
from vpr_ros.core.pose.colmap_camera import ask_colmap, colmap_camera, import_colmap
from vpr_ros.core.pose.correspondences import QueryView
from vpr_ros.core.pose.epipolar import EpipolarMatches, line_errors_px, refine_epipolar
from vpr_ros.core.pose.match_places import MatchedPlace
from vpr_ros.core.pose.rays import bearing_rays
from vpr_ros.core.records import Array, Matrix4, Rejected

ONE_KEYFRAME = "one keyframe gives a direction but no distance"
NO_BASELINE = "the camera only turned"
NO_AGREEMENT = "keyframes do not agree"
TOO_FEW = "too few matches"

TURN_EXPLAINS = 0.8
"""When turning on the spot explains this share of the inliers, the direction of the movement is noise."""
DENIED_IN_NOISES = 3.0
"""A match of a keyframe further from its line than this many times the noise is not explained: lines forgive much, and
a pose ten metres along them still lies on many.
"""
NARROWEST_RAD = np.radians(3.0)
"""Lines of sight that meet at a smaller angle do not say how far away they meet."""


@dataclass(frozen=True, eq=False)
class TwoView:
    """What one keyframe says. camera_from_place: rotation and a translation of unit length."""

    place: MatchedPlace
    camera_from_place: Matrix4
    inliers: Array


@dataclass(frozen=True, eq=False)
class FlatSolution:
    """map_from_base and its covariance (REP-103, to be calibrated), from the inliers of these keyframes.

    rival_share: matches that another keyframe agrees with by itself and that this pose does not explain, over those of
    the keyframe that agrees best.
    """

    map_from_base: Matrix4
    covariance: Array
    places: tuple[TwoView, ...]
    noise_px: float
    rival_share: float


def solve_relative(
    places: Sequence[MatchedPlace], view: QueryView, max_error_px: float, min_inliers: int
) -> FlatSolution | Rejected:
    """The pose from keyframes without points. places: best first. One camera only.

    Where a single keyframe matches, what it does say is in the refusal's numbers: the turn from the keyframe's camera
    to the query's as a quaternion (qx..qw), and the direction in which the query's camera lies (x, y, z).
    """
    two_views = [_two_view(place, view, max_error_px) for place in places]
    solid = [each for each in two_views if each is not None and each.inliers.sum() >= min_inliers]
    if not solid:
        best = max((int(each.inliers.sum()) for each in two_views if each is not None), default=0)
        return Rejected(TOO_FEW, {"inliers": float(best), "needed": float(min_inliers)})
    moved = [each for each in solid if not _only_turned(each, view, max_error_px)]
    if len(moved) < 2:
        return Rejected(ONE_KEYFRAME, _direction_numbers(moved[0])) if moved else Rejected(NO_BASELINE)
    return _meet(moved, view, max_error_px, min_inliers)


def _two_view(place: MatchedPlace, view: QueryView, max_error_px: float) -> TwoView | None:
    in_query, in_place = place.flat
    if len(in_query) < 8:
        return None
    colmap = import_colmap()
    options = colmap.RANSACOptions()
    options.max_error, options.random_seed, options.max_num_trials = max_error_px, 0, 2000
    found = ask_colmap(
        colmap.estimate_essential_matrix,
        in_place.astype(np.float64),
        in_query.astype(np.float64),
        colmap_camera(place.keyframe.intrinsics),
        colmap_camera(view.intrinsics),
        options,
    )
    if found is None or found.get("cam2_from_cam1") is None:
        return None
    camera_from_place = np.eye(4)
    camera_from_place[:3] = found["cam2_from_cam1"].matrix()
    length = np.linalg.norm(camera_from_place[:3, 3])
    if not np.isfinite(camera_from_place).all() or length < 1e-9:
        return None
    camera_from_place[:3, 3] /= length
    return TwoView(place, camera_from_place, np.asarray(found["inlier_mask"], dtype=bool))


def _only_turned(two_view: TwoView, view: QueryView, max_error_px: float) -> bool:
    """Whether the best turn on the spot brings the rays of most inliers together."""
    in_query, in_place = (each[two_view.inliers] for each in two_view.place.flat)
    a = bearing_rays(two_view.place.keyframe.intrinsics, in_place)
    b = bearing_rays(view.intrinsics, in_query)
    radius = max_error_px / float(view.intrinsics.matrix[0, 0])
    weights = np.ones(len(a))
    for _ in range(10):  # reweighted, so that what stands near does not spoil the turn of what stands far
        u, _, vt = np.linalg.svd((b * weights[:, None]).T @ a)
        turn = u @ np.diag([1.0, 1.0, np.linalg.det(u @ vt)]) @ vt
        away = np.linalg.norm(b - a @ turn.T, axis=1)
        weights = 1 / (1 + (away / radius) ** 2)
    return bool(np.mean(away < radius) >= TURN_EXPLAINS)


def _meet(moved: Sequence[TwoView], view: QueryView, max_error_px: float, min_inliers: int) -> FlatSolution | Rejected:
    """From where the lines of sight of each pair of keyframes meet, the start that most matches agree with."""
    matches = [_epipolar_matches(each, view) for each in moved]
    best: tuple[int, Matrix4] | None = None
    for first in range(len(moved)):
        for second in range(first + 1, len(moved)):
            start = _crossing(moved[first], moved[second])
            if start is None:
                continue
            support = sum(int((line_errors_px(each, start) < max_error_px).sum()) for each in matches)
            if best is None or support > best[0]:
                best = support, start
    if best is None:
        return Rejected(NO_BASELINE, {"places": float(len(moved))})
    refined = refine_epipolar(matches, best[1], max_error_px)
    if refined is None:
        return Rejected(NO_AGREEMENT, {"places": float(len(moved))})
    map_from_camera, covariance, noise_px = refined
    agreeing, denied = [], 0
    for each, match in zip(moved, matches, strict=True):
        errors_px = line_errors_px(match, map_from_camera)
        inliers = np.asarray(errors_px < max_error_px)
        denied = max(denied, int((each.inliers & (errors_px > DENIED_IN_NOISES * noise_px)).sum()))
        if inliers.sum() >= min_inliers:
            agreeing.append(TwoView(each.place, each.camera_from_place, inliers))
    if len(agreeing) < 2:
        return Rejected(NO_AGREEMENT, {"places": float(len(moved)), "agreeing": float(len(agreeing))})
    most = max(int(each.inliers.sum()) for each in agreeing)
    return _of_base(map_from_camera, covariance, view, tuple(agreeing), noise_px, denied / most)


def _crossing(first: TwoView, second: TwoView) -> Matrix4 | None:
    """map_from_camera: turned as the first says, where the two lines of sight come nearest. None where they do not."""
    origins, directions = [], []
    for each in (first, second):
        map_from_place = each.place.keyframe.map_from_camera
        centre = -each.camera_from_place[:3, :3].T @ each.camera_from_place[:3, 3]
        origins.append(map_from_place[:3, 3])
        directions.append(map_from_place[:3, :3] @ centre / np.linalg.norm(centre))
    cosine = float(directions[0] @ directions[1])
    if np.linalg.norm(np.cross(directions[0], directions[1])) < np.sin(NARROWEST_RAD):
        return None
    between = origins[1] - origins[0]
    along = np.linalg.solve(
        np.array([[1.0, -cosine], [cosine, -1.0]]), np.array([directions[0] @ between, directions[1] @ between])
    )
    if np.any(along <= 0):
        return None  # they meet behind: one of the two is wrong
    map_from_camera = np.eye(4)
    map_from_camera[:3, :3] = first.place.keyframe.map_from_camera[:3, :3] @ first.camera_from_place[:3, :3].T
    ends = [origin + length * way for origin, length, way in zip(origins, along, directions, strict=True)]
    map_from_camera[:3, 3] = np.mean(ends, axis=0)
    return map_from_camera


def _epipolar_matches(two_view: TwoView, view: QueryView) -> EpipolarMatches:
    in_query, in_place = two_view.place.flat
    return EpipolarMatches(
        query_rays=bearing_rays(view.intrinsics, in_query),
        place_rays=bearing_rays(two_view.place.keyframe.intrinsics, in_place),
        map_from_place=two_view.place.keyframe.map_from_camera,
        focal_px=float(np.sqrt(view.intrinsics.matrix[0, 0] * view.intrinsics.matrix[1, 1])),
    )


def _of_base(
    map_from_camera: Matrix4,
    covariance: Array,
    view: QueryView,
    places: tuple[TwoView, ...],
    noise_px: float,
    rival_share: float,
) -> FlatSolution:
    """From the camera to the base: its origin swings around the camera as the camera turns."""
    x, y, z = map_from_camera[:3, :3] @ view.camera_from_base[:3, 3]
    change = np.eye(6)
    change[:3, 3:] = -np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    moved = change @ covariance @ change.T
    return FlatSolution(map_from_camera @ view.camera_from_base, moved, places, noise_px, rival_share)


def _direction_numbers(two_view: TwoView) -> dict[str, float]:
    quaternion = quaternion_from_matrix(two_view.camera_from_place[:3, :3].T)
    centre = invert_pose(two_view.camera_from_place)[:3, 3]
    numbers = {"place": float(two_view.place.keyframe.place_id), "inliers": float(two_view.inliers.sum())}
    numbers |= {f"q{name}": float(value) for name, value in zip("xyzw", quaternion, strict=True)}
    return numbers | {name: float(value) for name, value in zip("xyz", centre, strict=True)}
