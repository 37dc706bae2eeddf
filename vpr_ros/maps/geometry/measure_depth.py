"""Points from depth, and how well depth, images and poses agree: what one keyframe measured, looked for in another."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.geometry import invert_pose
from vpr_ros.core.lens import undistort_pixels
from vpr_ros.core.pose.epipolar import EpipolarMatches, line_errors_px
from vpr_ros.core.pose.reprojection import project_map_points
from vpr_ros.core.records import Array, KeypointMatcher
from vpr_ros.core.spread import spread
from vpr_ros.maps.geometry.gather_keypoints import Gathered, KeyframeCamera
from vpr_ros.maps.geometry.placed_points import PlacedPoints

SAMPLE = 40
"""Pairs of keyframes that are compared, spread over the drive: enough for a median."""
MOST_OFF_LINE_PX = 4.0
"""Matches further from their epipolar lines are of different points."""


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
    if first is None or second is None:
        return np.zeros(0)
    matches = matcher.match(gathered.keypoints(one), gathered.keypoints(two))
    points = gathered.points_base[gathered.rows(one)][matches[:, 0]].astype(np.float64)
    here = gathered.pixels[gathered.rows(one)][matches[:, 0]].astype(np.float64)
    there = gathered.pixels[gathered.rows(two)][matches[:, 1]].astype(np.float64)
    known = np.isfinite(points[:, 0]) & on_lines(here, there, first, second)
    points_map = points[known] @ first.map_from_base[:3, :3].T + first.map_from_base[:3, 3]
    expected = project_map_points(points_map, invert_pose(second.map_from_camera), second.intrinsics)
    errors = np.linalg.norm(expected - there[known], axis=1)
    return np.asarray(errors[np.isfinite(errors)])


def on_lines(here: Array, there: Array, one: KeyframeCamera, two: KeyframeCamera) -> Array:
    """bool [m]: pixels of two keyframes that may be of the same point, by where the cameras stood."""
    try:
        rays = [_unit_rays(undistort_pixels(camera.intrinsics, px)) for camera, px in ((one, here), (two, there))]
    except SettingsError:  # a lens that cannot be inverted at some rim: its images tell nothing here
        return np.zeros(len(here), bool)
    focal_px = float(np.mean([camera.intrinsics.matrix[0, 0] for camera in (one, two)]))
    seen = EpipolarMatches(rays[0], rays[1], two.map_from_camera, focal_px)
    return np.asarray(line_errors_px(seen, one.map_from_camera) <= MOST_OFF_LINE_PX)


def _unit_rays(flat: Array) -> Array:
    rays = np.column_stack([flat, np.ones(len(flat))])
    return np.asarray(rays / np.linalg.norm(rays, axis=1, keepdims=True))
