"""A map asked for the poses of its own keyframes, each without itself: how wrong is what its points say together?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vpr_ros.core.geometry import invert_pose
from vpr_ros.core.pose.correspondences import QueryView, join
from vpr_ros.core.pose.covariance import calibrated, pose_change
from vpr_ros.core.pose.keyframe_points import KeyframePoints
from vpr_ros.core.pose.match_places import match_place
from vpr_ros.core.pose.shared_error import SharedError, fit_shared_error, pairs_apart, views_apart
from vpr_ros.core.pose.solve_absolute import refine_absolute, solve_absolute
from vpr_ros.core.records import Array, FloatArray, KeypointMatcher, Rejected
from vpr_ros.core.spread import spread
from vpr_ros.maps.geometry.gather_keypoints import Gathered

SAMPLE, FEWEST = 40, 8
"""Keyframes that are asked for, spread over the drive; fewer answers say nothing."""
PLACES = 3
APART = (0.05, 0.6)
"""Nearer views see what is wrong as the keyframe itself did; further ones seldom show the same things."""
MAX_ERROR_PX, GAUGE_WIDTH_PX = 6.0, 640
LEAST_INLIERS = 20


@dataclass(frozen=True, eq=False)
class _Answer:
    error: Array
    variances: Array
    apart: float


def ask_itself(gathered: Gathered, points_base: FloatArray, matcher: KeypointMatcher) -> SharedError | None:
    """None where too few of the map's keyframes are found among the others."""
    computable = [number for number, camera in enumerate(gathered.cameras) if camera is not None]
    answers = [_answer(gathered, points_base, number, matcher) for number in spread(computable, SAMPLE)]
    found = [each for each in answers if each is not None]
    if len(found) < FEWEST:
        return None
    return fit_shared_error(
        np.array([each.error for each in found]),
        np.array([each.variances for each in found]),
        np.array([each.apart for each in found]),
    )


def _answer(gathered: Gathered, points_base: FloatArray, number: int, matcher: KeypointMatcher) -> _Answer | None:
    """How far off the pose of one keyframe is by the points of its neighbours."""
    asked = _keyframe(gathered, points_base, number)
    neighbours = {near: _keyframe(gathered, points_base, near) for near in _neighbours(gathered, number)}
    if not neighbours:
        return None
    views = [QueryView(asked.keypoints(), asked.intrinsics, invert_pose(asked.base_from_camera))]
    pairs = join([match_place(near, keyframe, views, matcher).pairs for near, keyframe in neighbours.items()])
    max_error_px = MAX_ERROR_PX * max(asked.intrinsics.width / GAUGE_WIDTH_PX, 0.5)
    solution = solve_absolute(pairs, views, max_error_px)
    if not isinstance(solution, Rejected):
        solution = refine_absolute(pairs, solution.map_from_base, views, max_error_px)
    if isinstance(solution, Rejected) or pairs.select(solution.inliers).seen() < LEAST_INLIERS:
        return None
    cameras = {near: keyframe.map_from_camera for near, keyframe in neighbours.items()}
    return _Answer(
        pose_change(asked.map_from_base, solution.map_from_base),
        np.diag(calibrated(solution.covariance)),
        pairs_apart(pairs.select(solution.inliers), solution.map_from_base, views, cameras),
    )


def _neighbours(gathered: Gathered, number: int) -> list[int]:
    """The nearest that see it from elsewhere."""
    camera = gathered.cameras[number]
    assert camera is not None
    apart = {
        other: views_apart(camera.map_from_camera, each.map_from_camera)
        for other, each in enumerate(gathered.cameras)
        if each is not None and other != number
    }
    usable = [other for other, how_far in apart.items() if APART[0] <= how_far <= APART[1]]
    return sorted(usable, key=lambda other: (apart[other], other))[:PLACES]


def _keyframe(gathered: Gathered, points_base: FloatArray, number: int) -> KeyframePoints:
    camera, keypoints = gathered.cameras[number], gathered.keypoints(number)
    assert camera is not None
    points = points_base[gathered.rows(number)].astype(np.float64)
    return KeyframePoints(
        place_id=number,
        pixels=keypoints.pixels,
        descriptors=keypoints.descriptors,
        points_map=points @ camera.map_from_base[:3, :3].T + camera.map_from_base[:3, 3],
        intrinsics=camera.intrinsics,
        map_from_base=camera.map_from_base,
        base_from_camera=camera.base_from_camera,
    )
