"""Looking again, now that a pose says where each point of the map should be.

A right pose finds many more points where it looks for them; a wrong one finds what chance finds. How much chance finds
is measured on the same image, by looking beside the right spots.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vpr_ros.core.geometry import invert_pose
from vpr_ros.core.pose.correspondences import Correspondences, QueryView, join
from vpr_ros.core.pose.keyframe_points import KeyframePoints
from vpr_ros.core.pose.match_places import pair_up
from vpr_ros.core.pose.rays import widest_tangent
from vpr_ros.core.pose.reprojection import project_map_points
from vpr_ros.core.records import Array, Matrix4

ASIDE_IN_RADII = ((6.0, 0.0), (-6.0, 0.0), (0.0, 6.0), (0.0, -6.0))
"""Where to look for what is not there: near enough to be the same kind of picture, too far to be the same point."""

GRID = 6
FEW, ENOUGH = 2, 15
"""Cells in which fewer points are expected than half of the mean are not asked, always where there are ENOUGH."""
FEWEST_IN_CELL, SHARE_IN_CELL = 2, 0.03
"""Fewer are chance, whatever is expected."""


@dataclass(frozen=True, eq=False)
class Guided:
    """pairs: what was found. expected: points that should be in the picture. by_chance: what is found beside them.

    expected_in, found_in: the same counted in each cell of a grid over each view's picture, int64 [views, GRID, GRID].
    """

    pairs: Correspondences
    expected: int
    by_chance: float
    expected_in: Array
    found_in: Array

    @property
    def confirmed(self) -> float:
        """Of the cells where something should be seen, the share where it is: all over the picture, or here and there.

        A place that shares a window and a radiator with this one confirms their cells and denies the others.
        """
        asked = self.expected_in >= np.clip(self.expected / self.expected_in.size / 2, FEW, ENOUGH)
        if not asked.any():
            return 0.0
        needed = np.where(self.expected_in < ENOUGH, 1, np.maximum(SHARE_IN_CELL * self.expected_in, FEWEST_IN_CELL))
        return float((self.found_in >= needed)[asked].mean())

    @property
    def share(self) -> float:
        """Of the points that should be seen, the share that was, beyond chance."""
        return max(len(self.pairs) - self.by_chance, 0.0) / self.expected if self.expected else 0.0


def guided_matches(
    keyframes: Sequence[tuple[int, KeyframePoints]],
    views: Sequence[QueryView],
    map_from_base: Matrix4,
    radius_px: float,
    farthest: float,
) -> Guided:
    """Points of these keyframes (row, points) looked for within radius_px of where the pose puts them.

    farthest: the greatest distance of descriptors that is taken for the same point.
    """
    found, expected, by_chance = [], 0, 0.0
    expected_in, found_in = (np.zeros((len(views), GRID, GRID), np.int64) for _ in range(2))
    for number, view in enumerate(views):
        if not len(view.keypoints.pixels):
            continue
        camera_from_map = view.camera_from_base @ invert_pose(map_from_base)
        widest = widest_tangent(view.intrinsics)
        for row, keyframe in keyframes:
            looked_for = _in_picture(keyframe, camera_from_map, view, widest)
            expected += len(looked_for.points)
            pairs = _pairs(keyframe, view, looked_for, radius_px, farthest)
            found.append(pair_up(pairs, number, row, keyframe, view))
            _count(expected_in[number], looked_for.pixels, view)
            _count(found_in[number], found[-1].pixels, view)
            for aside in ASIDE_IN_RADII:
                moved = _LookedFor(looked_for.points, looked_for.pixels + radius_px * np.array(aside))
                by_chance += len(_pairs(keyframe, view, moved, radius_px, farthest)) / len(ASIDE_IN_RADII)
    return Guided(join(found), expected, by_chance, expected_in, found_in)


@dataclass(frozen=True, eq=False)
class _LookedFor:
    points: Array
    pixels: Array


def _count(cells: Array, pixels: Array, view: QueryView) -> None:
    columns = np.clip((pixels[:, 0] / view.intrinsics.width * GRID).astype(np.int64), 0, GRID - 1)
    rows = np.clip((pixels[:, 1] / view.intrinsics.height * GRID).astype(np.int64), 0, GRID - 1)
    np.add.at(cells, (rows, columns), 1)


def _in_picture(keyframe: KeyframePoints, camera_from_map: Matrix4, view: QueryView, widest: float) -> _LookedFor:
    known = np.flatnonzero(np.isfinite(keyframe.points_map).all(1))
    points = keyframe.points_map[known].astype(np.float64) @ camera_from_map[:3, :3].T + camera_from_map[:3, 3]
    # Far beside the picture distortion polynomials turn round and lead back into it.
    known = known[np.linalg.norm(points[:, :2], axis=1) <= widest * points[:, 2]]
    pixels = project_map_points(keyframe.points_map[known], camera_from_map, view.intrinsics)
    size = np.array([view.intrinsics.width, view.intrinsics.height])
    with np.errstate(invalid="ignore"):
        inside = ((pixels >= 0) & (pixels < size)).all(1)
    return _LookedFor(known[inside], pixels[inside])


def _pairs(
    keyframe: KeyframePoints, view: QueryView, looked_for: _LookedFor, radius_px: float, farthest: float
) -> Array:
    """[M, 2] keypoints of the view and points of the keyframe: each the other's best within the radius."""
    near_keypoints, near_points = _neighbours(view.keypoints.pixels, looked_for.pixels, radius_px)
    if not len(near_points):
        return np.zeros((0, 2), np.int64)
    points = looked_for.points[near_points]
    away = descriptor_distances(view.keypoints.descriptors[near_keypoints], keyframe.descriptors[points])
    order = np.argsort(away, kind="stable")
    order = order[away[order] <= farthest]
    ranked = np.column_stack([near_keypoints[order], points[order]])
    _, first_of_keypoint = np.unique(ranked[:, 0], return_index=True)
    _, first_of_point = np.unique(ranked[:, 1], return_index=True)
    return np.asarray(ranked[np.intersect1d(first_of_keypoint, first_of_point)])


def _neighbours(pixels: Array, spots: Array, radius_px: float) -> tuple[Array, Array]:
    """Rows of pixels and of spots that are within the radius of each other; by columns of the image, no tree needed."""
    order = np.argsort(pixels[:, 0], kind="stable")
    xs = pixels[order, 0]
    low, high = np.searchsorted(xs, spots[:, 0] - radius_px), np.searchsorted(xs, spots[:, 0] + radius_px)
    counts = np.maximum(high - low, 0)
    spot = np.repeat(np.arange(len(spots)), counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    pixel = order[np.repeat(low, counts) + within] if len(spot) else np.zeros(0, np.int64)
    near = np.square(pixels[pixel] - spots[spot]).sum(1) < radius_px**2
    return pixel[near], spot[near]


def descriptor_distances(a: Array, b: Array) -> Array:
    """Euclidean, row by row."""
    difference = a.astype(np.float32) - b.astype(np.float32)
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", difference, difference)))
