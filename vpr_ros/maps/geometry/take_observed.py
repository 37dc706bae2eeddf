"""The points of a COLMAP model as they are: a keypoint of ours takes the point of the observation beside it.

The model's own descriptors lie in a database that seldom comes along, so keypoints are found anew, with whatever
extractor queries will use; where one lies on an observation of the model, it is of that point.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from vpr_ros.core.geometry import invert_pose
from vpr_ros.core.pose.observed_points import ObservedPoints
from vpr_ros.core.pose.reprojection import project_map_points
from vpr_ros.core.records import Array
from vpr_ros.maps.geometry.gather_keypoints import Gathered, in_base
from vpr_ros.maps.geometry.placed_points import PlacedPoints

SAME_PX = 1.5
"""A keypoint this near to an observation is of the same corner."""


def take_observed(
    gathered: Gathered, names: Sequence[str], observed: Callable[[str], ObservedPoints | None]
) -> PlacedPoints:
    """names: of the keyframes' images, as the source has them."""
    placed = PlacedPoints.nowhere(len(gathered.pixels))
    errors = [np.zeros(0)]
    for keyframe, (name, camera) in enumerate(zip(names, gathered.cameras, strict=True)):
        seen = observed(name) if camera is not None else None
        if camera is None or seen is None or not len(seen.pixels):
            continue
        rows = gathered.rows(keyframe)
        pixels = np.asarray(gathered.pixels[rows], dtype=np.float64)
        mine, theirs = _beside(pixels, seen.pixels)
        expected = project_map_points(seen.points_map[theirs], invert_pose(camera.map_from_camera), camera.intrinsics)
        off = np.linalg.norm(expected - pixels[mine], axis=1)
        good = off <= 2 * SAME_PX  # not so for NaN either: points behind the camera
        placed.points_base[rows.start + mine[good]] = in_base(seen.points_map[theirs[good]], camera.map_from_base)
        placed.tracks[rows.start + mine[good]] = seen.numbers[theirs[good]]
        errors.append(off[good])
    return PlacedPoints(placed.points_base, placed.tracks, np.concatenate(errors))


def _beside(pixels: Array, observations: Array) -> tuple[Array, Array]:
    """Rows of keypoints, and of the nearest observation within SAME_PX of each."""
    mine, theirs = [], []
    order = np.argsort(observations[:, 0], kind="stable")
    sorted_x = observations[order, 0]
    low = np.searchsorted(sorted_x, pixels[:, 0] - SAME_PX)
    high = np.searchsorted(sorted_x, pixels[:, 0] + SAME_PX, side="right")
    for row, (start, end) in enumerate(zip(low.tolist(), high.tolist(), strict=True)):
        if start < end:
            away = np.linalg.norm(observations[order[start:end]] - pixels[row], axis=1)
            best = int(away.argmin())
            if away[best] <= SAME_PX:
                mine.append(row)
                theirs.append(int(order[start + best]))
    return np.array(mine, np.int64), np.array(theirs, np.int64)
