"""Which keyframes see the same things: by points they share, or where points come from depth, by places in space."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vpr_ros.core.records import Array, Matrix4

CELL_M = 0.25
"""Points of two keyframes in one such cube of the map are taken for the same surface."""
WIDEST_DEG = 70.0
"""What is seen from further around looks like something else."""


def cells_of(points_map: Array) -> npt.NDArray[np.int64]:
    """float64 [m, 3], finite -> int64 [m]: the same number for points in one cube, other numbers elsewhere."""
    cells = np.floor(points_map / CELL_M).astype(np.int64)
    # 21 bits an axis: half a million metres across, both ways.
    x, y, z = (cells & 0x1FFFFF).T
    return np.asarray((x << 42) | (y << 21) | z)


def most_shared(
    things: npt.NDArray[np.int64],
    keyframes: npt.NDArray[np.int64],
    map_from_camera: Sequence[Matrix4 | None],
    most: int,
) -> npt.NDArray[np.int64]:
    """[n, most] rows of other keyframes that see most of the same things, those first; padded by -1.

    things: numbers, int64 [m], and the keyframe that sees each; the same thing counts once a keyframe.
    """
    seen = np.unique(np.column_stack([things, keyframes]), axis=0)
    order_of_thing = np.cumsum(np.concatenate([[0], (np.diff(seen[:, 0]) != 0).astype(np.int64)]))[: len(seen)]
    starts = np.searchsorted(order_of_thing, np.arange(order_of_thing[-1] + 2 if len(seen) else 1))
    by_keyframe = np.argsort(seen[:, 1], kind="stable")
    spans = np.searchsorted(seen[by_keyframe, 1], np.arange(len(map_from_camera) + 1))
    ahead = np.array([np.zeros(3) if pose is None else pose[:3, 2] for pose in map_from_camera])
    rows = np.full((len(map_from_camera), most), -1, dtype=np.int64)
    for row in range(len(map_from_camera)):
        mine = order_of_thing[by_keyframe[spans[row] : spans[row + 1]]]
        shared = np.bincount(seen[_spans(starts[mine], starts[mine + 1]), 1], minlength=len(map_from_camera))
        shared[row] = 0
        shared[ahead @ ahead[row] < np.cos(np.radians(WIDEST_DEG))] = 0
        best = np.argsort(-shared, kind="stable")[:most]
        best = best[shared[best] > 0]
        rows[row, : len(best)] = best
    return rows


def _spans(starts: Array, ends: Array) -> npt.NDArray[np.int64]:
    """All whole numbers of all these spans, one span after the other."""
    lengths = ends - starts
    if not lengths.sum():
        return np.zeros(0, np.int64)
    first = np.repeat(starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
    return np.asarray(first + np.arange(lengths.sum()), dtype=np.int64)
