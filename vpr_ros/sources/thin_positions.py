"""Spatial thinning: of positions nearer to each other than some metres, the first stays."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from vpr_ros.core.records import Array

_BLOCK = 4096
_MARGIN = 1.01
"""Cells are this much wider than the distance, so that rounding never puts two near positions two cells apart."""
_MIXERS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)
"""Odd numbers that spread cells over 64 bits. Cells that share a key cost a comparison, never a wrong answer."""


def thin_positions(positions: Array, distance_m: float) -> npt.NDArray[np.bool_]:
    """positions [N, 3] (metres, finite) -> which of them stay, bool [N].

    In their order, a position stays unless one that stayed lies nearer than `distance_m`; so no two that stayed do, and
    each that went has one that stayed nearer than that.
    """
    points = np.asarray(positions, dtype=np.float64).reshape(-1, 3)
    stays: npt.NDArray[np.bool_] = np.ones(len(points), dtype=bool)
    if distance_m <= 0 or len(points) < 2:
        return stays
    points = points - points.min(axis=0)  # coordinates of a whole country would cost digits
    steps = _steps(points)
    cells: dict[int, list[tuple[float, float, float]]] = {}
    for start in range(0, len(points), _BLOCK):
        block = points[start : start + _BLOCK]
        keys = _cell_keys(block, distance_m * _MARGIN, steps)
        for index, (point, around) in enumerate(zip(block.tolist(), keys, strict=True), start):
            near = _is_near(point, around, cells, distance_m * distance_m)
            stays[index] = not near
            if not near:
                cells.setdefault(around[0], []).append(tuple(point))
    return stays


def _steps(points: Array) -> npt.NDArray[np.uint64]:
    """From a cell's key to those of itself (first) and its neighbours; an axis without extent has none."""
    reach = [(0, -1, 1) if extent > 0 else (0,) for extent in points.max(axis=0)]
    steps = np.array(list(itertools.product(*reach)), dtype=np.int64)
    return np.asarray((steps.astype(np.uint64) * _MIXERS).sum(axis=1, dtype=np.uint64))


def _cell_keys(points: Array, side_m: float, steps: npt.NDArray[np.uint64]) -> list[list[int]]:
    cells = np.floor(points / side_m).astype(np.int64).astype(np.uint64)
    keys: list[list[int]] = ((cells * _MIXERS).sum(axis=1, dtype=np.uint64)[:, None] + steps).tolist()
    return keys


def _is_near(
    point: list[float], around: list[int], cells: dict[int, list[tuple[float, float, float]]], near_squared: float
) -> bool:
    x, y, z = point
    for key in around:
        for other_x, other_y, other_z in cells.get(key, ()):
            if (x - other_x) ** 2 + (y - other_y) ** 2 + (z - other_z) ** 2 < near_squared:
                return True
    return False
