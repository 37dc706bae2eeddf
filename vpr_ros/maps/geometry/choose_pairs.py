"""Which keyframes are matched with which, so that points can be triangulated: those that look at the same things from
different spots, by their poses, and those whose images look alike, where the poses do not contradict it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vpr_ros.core.geometry import invert_pose
from vpr_ros.core.records import Array, FloatArray
from vpr_ros.maps.geometry.gather_keypoints import KeyframeCamera

PAIRS_BY_POSE = 12
PAIRS_BY_LOOKS = 4
"""Partners that a keyframe chooses at most; being chosen by others comes on top."""
LEAST_BASELINE_M = 0.05
"""From nearer spots nothing can be triangulated."""
GOOD_BASELINE_M = 0.4
"""More is no better within a room, and makes images less alike."""
FURTHEST_M = 6.0
WIDEST_DEG = 50.0
"""Between two optical axes; what is further apart is seldom matched."""
LEAST_SHARED = 0.25
DEPTHS_M = (1.5, 3.0, 6.0)
"""Where things are supposed to be while nobody knows."""
_GRID = np.stack(np.meshgrid([0.1, 0.3, 0.5, 0.7, 0.9], [0.1, 0.3, 0.5, 0.7, 0.9]), axis=-1).reshape(-1, 2)


def choose_pairs(cameras: Sequence[KeyframeCamera | None], descriptors: FloatArray) -> list[tuple[int, int]]:
    """Pairs of rows, the smaller first, ascending. descriptors: [n, d], rows of unit length."""
    rows = [row for row, camera in enumerate(cameras) if camera is not None]
    known = [camera for camera in cameras if camera is not None]
    if len(rows) < 2:
        return []
    poses = np.stack([camera.map_from_camera for camera in known])
    samples = np.stack([_frustum(camera) for camera in known])
    half = np.array([_tangents(camera) for camera in known])
    chosen: set[tuple[int, int]] = set()
    for one in range(len(rows)):
        apart = np.linalg.norm(poses[:, :3, 3] - poses[one, :3, 3], axis=1)
        alike_way = poses[:, :3, 2] @ poses[one, :3, 2] >= np.cos(np.radians(WIDEST_DEG))
        near = np.flatnonzero((apart >= LEAST_BASELINE_M) & (apart <= FURTHEST_M) & alike_way)
        if not len(near):
            continue
        shared = _shared(samples[one], poses[one], poses[near], half[near])
        worth = np.where(shared >= LEAST_SHARED, shared * np.minimum(apart[near] / GOOD_BASELINE_M, 1), 0)
        by_pose = near[np.argsort(-worth, kind="stable")][: min(PAIRS_BY_POSE, int(np.count_nonzero(worth)))]
        possible = near[shared > 0]
        looks = descriptors[[rows[each] for each in possible]] @ descriptors[rows[one]]
        by_looks = possible[np.argsort(-looks, kind="stable")[:PAIRS_BY_LOOKS]]
        for other in {*by_pose.tolist(), *by_looks.tolist()}:
            chosen.add((rows[min(one, other)], rows[max(one, other)]))
    return sorted(chosen)


def _frustum(camera: KeyframeCamera) -> Array:
    """[k, 3] points all over what a camera sees, in the camera."""
    matrix = np.asarray(camera.intrinsics.matrix, dtype=np.float64)
    pixels = _GRID * [camera.intrinsics.width, camera.intrinsics.height]
    rays = np.column_stack([(pixels - matrix[:2, 2]) / matrix[[0, 1], [0, 1]], np.ones(len(pixels))])
    return np.concatenate([rays * depth for depth in DEPTHS_M])


def _tangents(camera: KeyframeCamera) -> tuple[float, float]:
    """Half the field of view, across and down; distortion is left out: this only ranks."""
    matrix = camera.intrinsics.matrix
    return camera.intrinsics.width / 2 / float(matrix[0, 0]), camera.intrinsics.height / 2 / float(matrix[1, 1])


def _shared(samples: Array, pose: Array, others: Array, half: Array) -> npt.NDArray[np.float64]:
    """[n]: share of one's sample points that each of the others has in view."""
    other_from_one = invert_pose(others) @ pose
    seen = other_from_one[:, None, :3, :3] @ samples[None, :, :, None]
    seen = seen[..., 0] + other_from_one[:, None, :3, 3]
    ahead = seen[..., 2] > 0.1
    flat = np.abs(seen[..., :2]) / np.where(ahead, seen[..., 2], 1.0)[..., None]
    return np.asarray((ahead & (flat <= half[:, None]).all(axis=-1)).mean(axis=1))
