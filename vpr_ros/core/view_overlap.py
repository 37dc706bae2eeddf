"""How much two views with depth share: the share of pixels of one that the other sees at a consistent depth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from vpr_ros.core.camera_lens import STRIDE, Lens
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

    def sampled_depth(self) -> FloatArray:
        """float32 [n, m]: metres of the pixels of `lens.sampled`, 0 where unknown."""
        return np.asarray(self.depth_mm[:, ::STRIDE, ::STRIDE].reshape(len(self.depth_mm), -1) * METRE)

    @cached_property
    def projected_from_map(self) -> Array:
        """float64 [n, 3, 4]: rows that take points of the map to what the lens takes."""
        turns = self.lens.projection @ self.map_from_camera[:, :3, :3].transpose(0, 2, 1)
        return np.concatenate([turns, -turns @ self.map_from_camera[:, :3, 3:]], axis=2)

    def some(self, rows: Array) -> Views:
        """Those looks only."""
        chosen = Views(self.lens, self.depth_mm.take(rows, axis=0), self.map_from_camera.take(rows, axis=0))
        object.__setattr__(chosen, "projected_from_map", self.projected_from_map.take(rows, axis=0))
        return chosen

    def reach_m(self) -> Array:
        """[n]: nothing that is seen lies further away."""
        reach = (self.depth_mm * self.lens.lengths).reshape(len(self.depth_mm), -1)
        return np.asarray(reach.max(axis=1, initial=0.0) * METRE)


FURTHEST_M = 65.535
"""The largest number of 16 bits stands for no measurement in many a depth image."""


def depth_on_grid(depth_m: FloatArray, shape: tuple[int, int]) -> npt.NDArray[np.uint16]:
    """Metres -> millimetres on a grid of rows and columns, nearest pixels: a mean of depths would lie where nothing
    is. What is unknown, NaN, endless or further than 65 m, where millimetres end, is 0.
    """
    small: Array = cv2.resize(depth_m, (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST)
    small[~((small > 0) & (small < FURTHEST_M))] = 0  # a copy, also where nothing was to be made smaller
    small *= 1000
    return np.rint(small, out=small).astype(np.uint16)


def mutual_overlap(one: Views, many: Views, least: float = 0.0) -> Array:
    """[n]: the smaller of the two directions for one view (n = 1) and each of many, 0..1.

    Where the first direction is not above `least` the other is not looked at.
    """
    shares = overlap_shares(one, many)
    rest = np.flatnonzero(shares > least)
    if len(rest):
        shares[rest] = np.minimum(shares[rest], overlap_shares(many.some(rest), one))
    return shares


def overlap_shares(seen: Views, by: Views) -> Array:
    """[n]: share of the known pixels of `seen` that land inside `by` at a consistent depth; one of both may be single.

    0 where nothing is known.
    """
    depth = seen.sampled_depth()
    onto = (by.projected_from_map @ seen.map_from_camera).transpose(1, 0, 2)
    x, y, z = _moved(seen.lens.sampled, depth, np.ascontiguousarray(onto, dtype=np.float32))
    consistent, cells = by.lens.cells(x, y, z)
    if len(by.depth_mm) > 1:
        cells += np.arange(0, by.depth_mm.size, by.lens.lengths.size)[:, None]
    there = by.depth_mm.reshape(-1).take(cells, mode="clip") * METRE
    z -= there
    there *= np.float32(CONSISTENT)
    consistent &= np.abs(z, out=z) <= there
    known = depth > 0
    consistent &= known
    return np.asarray(consistent.sum(axis=1) / np.maximum(known.sum(axis=1), 1))


def _moved(rays: FloatArray, depth: FloatArray, rows: FloatArray) -> FloatArray:
    """rays [3, m] of depth [n, m] or [1, m] through rows [3, n, 4] -> [3, n, m]."""
    if len(depth) == 1:
        points = np.ones((4, rays.shape[1]), np.float32)
        np.multiply(rays, depth, out=points[:3])
        return np.asarray(rows @ points)
    moved = rows[:, :, :3] @ rays  # rays of one camera are turned once, then stretched to each view's depth
    moved *= depth
    moved += rows[:, :, 3:]
    return np.asarray(moved)
