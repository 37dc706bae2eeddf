"""What views share by the points of structure from motion that they see: where nobody measured depth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vpr_ros.core.overlap_encoder import GRID
from vpr_ros.core.pose.observed_points import ObservedPoints
from vpr_ros.core.records import Array
from vpr_ros.training.share_cells import CELLS, cell_counts


class PointCovisibility:
    """Views of one model. seen: of each view int64 [k, 2], numbers of points and the cells that they lie in."""

    def __init__(self, seen: Sequence[npt.NDArray[np.int64]]) -> None:
        self._seen = [each[np.unique(each[:, 0], return_index=True)[1]] for each in seen]
        self._counts = np.array([len(each) for each in self._seen])
        self._view_of = np.repeat(np.arange(len(seen)), self._counts)
        numbers = np.concatenate([np.empty(0, np.int64), *(each[:, 0] for each in self._seen)])
        self._numbers = np.unique(numbers, return_inverse=True)[1].ravel()

    def overlaps(self, one: int) -> Array:
        """The share of points that the other sees too, the smaller of the two directions."""
        ours = np.zeros(self._numbers.max(initial=-1) + 1, bool)
        ours[self._numbers[self._view_of == one]] = True
        shared = np.bincount(self._view_of[ours[self._numbers]], minlength=len(self._seen))
        return np.asarray(shared / np.maximum(1, np.maximum(self._counts, self._counts[one])))

    def shared_cells(self, one: int, other: int) -> npt.NDArray[np.int64]:
        ours, theirs = self._seen[one], self._seen[other]
        _, here, there = np.intersect1d(ours[:, 0], theirs[:, 0], assume_unique=True, return_indices=True)
        return cell_counts(ours[here, 1], theirs[there, 1])

    def known_cells(self, one: int) -> npt.NDArray[np.bool_]:
        return np.asarray(np.bincount(self._seen[one][:, 1], minlength=CELLS) > 0)


def cells_of_points(observed: ObservedPoints, size_px: tuple[int, int]) -> npt.NDArray[np.int64]:
    """[k, 2]: the points in an image of this width and height, and the cell of `GRID` that each lies in."""
    where = (observed.pixels + 0.5) / np.array(size_px) * np.array(GRID[::-1])
    inside = (where >= 0).all(axis=1) & (where < GRID[::-1]).all(axis=1)
    columns, rows = where[inside].astype(np.int64).T
    return np.column_stack([observed.numbers[inside], rows * GRID[1] + columns])
