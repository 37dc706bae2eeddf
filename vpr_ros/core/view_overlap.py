"""How much two views with depth share: the share of pixels of one that the other sees at a consistent depth."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vpr_ros.core.camera_lens import STRIDE, Lens
from vpr_ros.core.geometry import invert_pose
from vpr_ros.core.records import Array, FloatArray

CONSISTENT = 0.1
"""Depths that differ by at most this share of the seen one are of the same surface."""
METRE = np.float32(0.001)


@dataclass(frozen=True, eq=False)
class Views:
    """n looks of one camera. depth_mm: uint16 [n, rows, columns], 0 where unknown; map_from_camera: [n, 4, 4]."""

    lens: Lens
    depth_mm: npt.NDArray[np.uint16]
    map_from_camera: Array

    def points(self) -> FloatArray:
        """float32 [n, 3, m] in the camera: the sampled pixels, at the origin where their depth is unknown."""
        depth = self.depth_mm[:, ::STRIDE, ::STRIDE].reshape(len(self.depth_mm), 1, -1) * METRE
        return np.asarray(self.lens.sampled * depth)

    def reach_m(self) -> Array:
        """[n]: nothing that is seen lies further away."""
        reach = (self.depth_mm * (self.lens.lengths * METRE)).reshape(len(self.depth_mm), -1)
        return np.asarray(reach.max(axis=1, initial=0.0))


def depth_on_grid(depth_m: FloatArray, shape: tuple[int, int]) -> npt.NDArray[np.uint16]:
    """Metres -> millimetres on a grid of rows and columns, nearest pixels: a mean of depths would lie where nothing
    is. What is unknown, NaN or endless is 0.
    """
    small = cv2.resize(depth_m, (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST)
    metres = np.nan_to_num(small, posinf=0.0, neginf=0.0)
    return np.asarray(np.clip(metres * 1000, 0, 65535).round().astype(np.uint16))


def mutual_overlap(one: Views, many: Views, least: float = 0.0) -> Array:
    """[n]: the smaller of the two directions for one view (n = 1) and each of many, 0..1.

    Where the first direction is not above `least` the other is not looked at.
    """
    shares = overlap_shares(one, many)
    rest = np.flatnonzero(shares > least)
    if len(rest):
        some = Views(many.lens, many.depth_mm[rest], many.map_from_camera[rest])
        shares[rest] = np.minimum(shares[rest], overlap_shares(some, one))
    return shares


def overlap_shares(seen: Views, by: Views) -> Array:
    """[n]: share of the known pixels of `seen` that land inside `by` at a consistent depth; one of both may be single.

    0 where nothing is known.
    """
    points = seen.points()
    landed = landing_cells(points, seen.map_from_camera, by) >= 0
    return np.asarray(landed.sum(axis=1) / np.maximum((points[:, 2] > 0).sum(axis=1), 1))


def landing_cells(points: FloatArray, map_from_camera: Array, by: Views) -> Array:
    """int32 [n, m]: the cell of `by`'s grid that shows each point, -1 where none does at a consistent depth.

    points: float32 [n, 3, m] in cameras at [n, 4, 4], at the origin where unknown; one of both sides may be single.
    """
    by_from_seen = (invert_pose(by.map_from_camera) @ map_from_camera).astype(np.float32)
    moved = by_from_seen[:, :3, :3] @ points + by_from_seen[:, :3, 3:]
    z = np.where(points[:, 2] > 0, moved[:, 2], 0)
    cells = by.lens.cells(moved[:, 0], moved[:, 1], z)
    depth = by.depth_mm.reshape(len(by.depth_mm), -1)
    looked_at = np.maximum(cells, 0)
    there = (depth[0][looked_at] if len(depth) == 1 else np.take_along_axis(depth, looked_at, axis=1)) * METRE
    consistent = (cells >= 0) & (there > 0) & (np.abs(z - there) <= CONSISTENT * there)
    return np.where(consistent, cells, np.int32(-1))
