"""Which cells of two images show the same surfaces: what the embeddings shall say alike.

How many pixels (or points of structure from motion) each cell of one shares with each of the other is counted; cells
belong together that share the most with each other, one to one.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from vpr_ros.core.overlap_encoder import GRID
from vpr_ros.core.records import Array

CELLS = GRID[0] * GRID[1]
MORE_THAN = 1
"""Cells that share no more than this only touch."""


class Covisibility(Protocol):
    """What views with a common frame of reference share: by depth, or by points of structure from motion."""

    def overlaps(self, one: int) -> Array:
        """float [n]: the mutual overlap of a view with each, 0..1, NaN where it is not known."""

    def shared_cells(self, one: int, other: int) -> npt.NDArray[np.int64]:
        """[P, P]: how much each cell of one view shares with each of the other; transposed for the two exchanged."""

    def known_cells(self, one: int) -> npt.NDArray[np.bool_]:
        """[P]: whether it is known where a cell lies in the world; nothing can be said of the others."""


def matching_cells(shared: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """[m, 2] cells that share more than a pixel and more with each other than with any other; equals by number."""
    best_there, best_here = shared.argmax(axis=1), shared.argmax(axis=0)
    here = np.arange(len(shared))
    mutual = (best_here[best_there] == here) & (shared[here, best_there] > MORE_THAN)
    return np.stack([here[mutual], best_there[mutual]], axis=1).astype(np.int64)


def cell_counts(here: Array, there: Array) -> npt.NDArray[np.int64]:
    """[P, P] from the cells, of one and of the other image, that each thing seen in both lies in."""
    flat = np.bincount(np.asarray(here) * CELLS + np.asarray(there), minlength=CELLS * CELLS)
    return np.asarray(flat.reshape(CELLS, CELLS), dtype=np.int64)


def flipped_cells() -> npt.NDArray[np.int64]:
    """[P]: where each cell lies once its image is mirrored left to right. Its own inverse."""
    return np.arange(CELLS).reshape(GRID)[:, ::-1].ravel().copy()
