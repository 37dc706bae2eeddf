"""What views share by depth and pose: pixels of one are looked for in the other, and what hides them is noticed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vpr_ros.core.camera_lens import Lens, make_lens
from vpr_ros.core.geometry import invert_pose
from vpr_ros.core.overlap_encoder import GRID
from vpr_ros.core.records import Array, Intrinsics
from vpr_ros.core.view_overlap import CONSISTENT, METRE, Views, mutual_overlap
from vpr_ros.training.share_cells import CELLS, cell_counts

FINE = (120, 160)
"""Rows and columns of depth that cells are warped by: about 75 pixels a cell."""
COARSE_STEP = 2
"""Every second of them, each way, is the grid that maps keep depth on, and overlap is counted by as evaluation does."""


class DepthCovisibility:
    """Views with depth and poses in one frame of reference.

    intrinsics: of each view, one object for all views of a camera. depth_mm: uint16 [n, *FINE]. map_from_camera:
    [n, 4, 4].
    """

    def __init__(self, intrinsics: Sequence[Intrinsics], depth_mm: npt.NDArray[np.uint16], map_from_camera: Array):
        self._depth_mm = depth_mm
        self._map_from_camera = map_from_camera
        numbers: dict[int, int] = {}
        cameras: list[Intrinsics] = []
        for each in intrinsics:
            if id(each) not in numbers:
                numbers[id(each)] = len(cameras)
                cameras.append(each)
        self._camera_of = np.array([numbers[id(each)] for each in intrinsics])
        coarse = FINE[0] // COARSE_STEP, FINE[1] // COARSE_STEP
        self._fine = [make_lens(each, FINE, "a camera") for each in cameras]
        self._coarse = [make_lens(each, coarse, "a camera") for each in cameras]
        self._reach_m = np.array([float(self._seen(row).reach_m()[0]) for row in range(len(depth_mm))])

    def overlaps(self, one: int) -> Array:
        """What lies further away than either view reaches is not projected."""
        away = np.linalg.norm(self._map_from_camera[:, :3, 3] - self._map_from_camera[one, :3, 3], axis=1)
        within = away <= self._reach_m[one] + (1 + CONSISTENT) * self._reach_m
        overlaps = np.zeros(len(self._depth_mm))
        for camera in np.unique(self._camera_of):
            rows = np.flatnonzero(within & (self._camera_of == camera))
            if len(rows):
                overlaps[rows] = mutual_overlap(self._seen(one), self._coarse_views(rows))
        return overlaps

    def shared_cells(self, one: int, other: int) -> npt.NDArray[np.int64]:
        return self._warped(one, other) + self._warped(other, one).T

    def known_cells(self, one: int) -> npt.NDArray[np.bool_]:
        known = self._depth_mm[one].ravel() > 0
        return np.asarray(np.bincount(_CELL_OF[known], minlength=CELLS) > 0)

    def _warped(self, one: int, other: int) -> npt.NDArray[np.int64]:
        """[P, P] pixels of one that land in the other."""
        lens, by = self._lens(self._fine, one), self._lens(self._fine, other)
        other_from_one = invert_pose(self._map_from_camera[other]) @ self._map_from_camera[one]
        onto = (by.projection @ other_from_one[:3]).astype(np.float32)
        known = np.flatnonzero(self._depth_mm[one])
        points = lens.rays.reshape(-1, 3)[known].T * (self._depth_mm[one].ravel()[known] * METRE)
        x, y, z = onto[:, :3] @ points + onto[:, 3:]
        shown, pixels = by.cells(x, y, z)
        there = self._depth_mm[other].ravel().take(pixels, mode="clip") * METRE
        shown &= np.abs(z - there) <= CONSISTENT * there  # else something else stands before it, or nothing is known
        return cell_counts(_CELL_OF[known[shown]], _CELL_OF[pixels[shown]])

    def _seen(self, row: int) -> Views:
        return self._coarse_views(np.array([row]))

    def _coarse_views(self, rows: Array) -> Views:
        """Of views of one camera."""
        depth = self._depth_mm[rows][:, ::COARSE_STEP, ::COARSE_STEP]
        return Views(self._lens(self._coarse, rows[0]), depth, self._map_from_camera[rows])

    def _lens(self, lenses: Sequence[Lens], row: int) -> Lens:
        return lenses[int(self._camera_of[row])]


def _cells_of_pixels() -> npt.NDArray[np.int64]:
    """[pixels of FINE]: the cell of `GRID` that each lies in."""
    rows = np.arange(FINE[0]) * GRID[0] // FINE[0]
    columns = np.arange(FINE[1]) * GRID[1] // FINE[1]
    return np.asarray((rows[:, None] * GRID[1] + columns[None]).ravel(), dtype=np.int64)


_CELL_OF = _cells_of_pixels()
