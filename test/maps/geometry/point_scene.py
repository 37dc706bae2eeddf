"""Keyframes that drive past a cloud of known points: what gathering keypoints would find, exactly or with noise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from vpr_ros.core.geometry import invert_pose, planar_pose, pose_matrix
from vpr_ros.core.lens import project_points
from vpr_ros.core.records import Array, Intrinsics
from vpr_ros.maps.geometry.gather_keypoints import Gathered, KeyframeCamera

MATRIX = np.array([[280.0, 0, 160], [0, 282.0, 121], [0, 0, 1]])
LENSES = {
    "none": Intrinsics(MATRIX, 320, 240),
    "rectified": Intrinsics(MATRIX, 320, 240, "plumb_bob", (0.3, 0.1, 0, 0, 0), rectified=True),
    "plumb_bob": Intrinsics(MATRIX, 320, 240, "plumb_bob", (-0.18, 0.04, 0.0003, -0.0002, 0.0)),
    "rational_polynomial": Intrinsics(
        MATRIX, 320, 240, "rational_polynomial", (0.1, 0.03, 0.002, -0.001, 0.02, 0.15, 0.01, 0.005)
    ),
    "equidistant": Intrinsics(MATRIX, 320, 240, "equidistant", (0.02, -0.01, 0.003, -0.001)),
}
FORWARD = pose_matrix(np.array([0.1, 0.02, 0.4]), np.array([-0.5, 0.5, -0.5, 0.5]))
"""base_from_camera: looks where the base looks, a little ahead and above."""


def cloud(count: int = 200) -> Array:
    """[count, 3] in the map: a wall with depth to it, 3 to 5 m ahead of where the drive is."""
    return np.random.default_rng(5).uniform([3.0, -2.0, -0.6], [5.0, 2.0, 1.4], (count, 3))


def drive_past(points: Array, lens: Intrinsics, noise_px: float = 0.0, keyframes: int = 8) -> tuple[Gathered, Array]:
    """What each keyframe sees of the points, and which point each keypoint is of, [m]."""
    rng = np.random.default_rng(7)
    look = rng.integers(1, 255, (len(points), 64)).astype(np.uint8)
    cameras, pixels, seen, counts = [], [], [], []
    for step in range(keyframes):
        camera = KeyframeCamera(lens, planar_pose(0.05 * step, -0.7 + 0.2 * step, 0.03 * step), FORWARD)
        ahead = points @ invert_pose(camera.map_from_camera)[:3, :3].T + invert_pose(camera.map_from_camera)[:3, 3]
        there = project_points(lens, ahead)
        inside = np.flatnonzero((ahead[:, 2] > 0.5) & (there >= 0).all(1) & (there < [319, 239]).all(1))
        cameras.append(camera)
        counts.append(len(inside))
        pixels.append(there[inside] + rng.normal(0, noise_px, (len(inside), 2)))
        seen.append(inside)
    which = np.concatenate(seen)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    nowhere = np.full((len(which), 3), np.nan, np.float32)
    spots = np.concatenate(pixels).astype(np.float32)
    return Gathered(offsets, tuple(cameras), spots, look[which], nowhere, 0, Counter()), which


def in_map(gathered: Gathered, points_base: Array) -> Array:
    """Points of keyframes -> of the map."""
    out = np.full((len(points_base), 3), np.nan)
    for keyframe, camera in enumerate(gathered.cameras):
        rows = gathered.rows(keyframe)
        assert camera is not None
        out[rows] = points_base[rows] @ camera.map_from_base[:3, :3].T + camera.map_from_base[:3, 3]
    return out


def no_bar(items: Any, _label: str, _total: int | None) -> Iterator[Any]:
    return iter(items)
