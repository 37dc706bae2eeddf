"""Points from depth, and how well depth, images and poses agree: what one keyframe measured, looked for in another."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.geometry import invert_pose
from vpr_ros.core.pose.reprojection import project_map_points
from vpr_ros.core.records import Array, KeypointMatcher
from vpr_ros.core.spread import spread
from vpr_ros.maps.geometry.gather_keypoints import Gathered
from vpr_ros.maps.geometry.match_keyframes import TOLERANCES_PX, off_lines_px, rays_of, seen_of
from vpr_ros.maps.geometry.placed_points import PlacedPoints

SAMPLE = 40
"""Pairs of keyframes that are compared, spread over the drive: enough for a median."""


def measure_depth(gathered: Gathered, matcher: KeypointMatcher) -> PlacedPoints:
    """The points that depth gave while keyframes went by, with their agreement between neighbours."""
    pairs = [
        (one, one + 1)
        for one in range(len(gathered.cameras) - 1)
        if gathered.cameras[one] is not None and gathered.cameras[one + 1] is not None
    ]
    errors: list[Array] = [np.zeros(0)]
    for one, two in spread(pairs, SAMPLE):
        errors.append(_errors_px(gathered, one, two, matcher))
    points = np.asarray(gathered.points_base)
    return PlacedPoints(points, np.full(len(points), -1, np.int32), np.concatenate(errors))


def _errors_px(gathered: Gathered, one: int, two: int, matcher: KeypointMatcher) -> Array:
    """Where the second camera sees points of the first, against where it should."""
    first, second = gathered.cameras[one], gathered.cameras[two]
    here, there = (seen_of(gathered, each, rays_of(gathered, each)) for each in (one, two))
    if first is None or second is None or here is None or there is None:
        return np.zeros(0)
    matches = matcher.match(gathered.keypoints(one), gathered.keypoints(two))
    matches = matches[off_lines_px(here, there, matches) <= TOLERANCES_PX[1]]
    points = gathered.points_base[gathered.rows(one)][matches[:, 0]].astype(np.float64)
    points_map = points @ first.map_from_base[:3, :3].T + first.map_from_base[:3, 3]
    expected = project_map_points(points_map, invert_pose(second.map_from_camera), second.intrinsics)
    errors = np.linalg.norm(expected - gathered.pixels[gathered.rows(two)][matches[:, 1]], axis=1)
    return np.asarray(errors[np.isfinite(errors)])
