"""Which of many points are kept: those of the highest scores, or of the highest scores everywhere in the image."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vpr_ros.core.records import Array

COLUMNS, ROWS = 8, 6


def best(scores: Array, most: int) -> npt.NDArray[np.int64]:
    """Rows of at most `most` of the scores [N], the highest first: for networks, whose scores say what will be found
    again.
    """
    return np.argsort(-scores, kind="stable")[:most].astype(np.int64)


def spread_best(pixels: Array, scores: Array, size_px: tuple[int, int], most: int) -> npt.NDArray[np.int64]:
    """Rows of at most `most` of the points [N, 2]: the best of every cell of a grid, then every cell's second, ...

    For scores that only tell contrast: one poster full of texture shall not take them all.
    scores: [N], higher is better. size_px: (width, height). Best first within each round; the answer depends on the
    order of the points only where scores are equal.
    """
    order = np.argsort(-scores, kind="stable")
    if len(order) > most:
        cells = np.floor((pixels[order] + 0.5) / np.asarray(size_px) * (COLUMNS, ROWS)).astype(np.int64)
        cells = np.clip(cells, 0, (COLUMNS - 1, ROWS - 1))
        rounds = _rank_within(cells[:, 1] * COLUMNS + cells[:, 0])
        order = order[np.argsort(rounds, kind="stable")[:most]]
    return order.astype(np.int64)


def _rank_within(groups: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """For each item how many of its group come before it."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    ranks = np.empty(len(groups), np.int64)
    ranks[order] = np.arange(len(groups)) - np.repeat(starts, np.diff(np.r_[starts, len(groups)]))
    return ranks
