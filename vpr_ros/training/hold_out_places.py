"""Which views judge the training: whole stretches of space, and nothing beside them trains."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from vpr_ros.core.records import Array

TRAIN, UNUSED, HELD_OUT = 0, 1, 2
SHOWS_THE_SAME = 0.25
"""A view that shares more than this with a held-out one shows a place that is to be judged by."""
FEWEST_LEFT = 0.4
"""A split that leaves less than this share of the views to train on is none: all of it is one place."""
FEWEST = 8
CENTRES = 24
"""Positions that are tried as the middle of what is held out."""


def hold_out_places(positions: Array, overlaps: Array, share: float) -> npt.NDArray[np.int64] | None:
    """[n]: `TRAIN`, `HELD_OUT` for about this share of the views, those nearest to some place, and `UNUSED` for those
    around it that show the same.

    positions: [n, 3], metres. overlaps: [n, n]. Of several places the one that leaves the most to train on is taken.
    None where no place leaves enough: too few views, or all of one place.
    """
    count = round(len(positions) * share)
    if count < FEWEST:
        return None
    tried = np.unique(np.linspace(0, len(positions) - 1, CENTRES).round().astype(int))
    splits = [_around(positions, overlaps, centre, count) for centre in tried]
    left = [np.count_nonzero(split == TRAIN) for split in splits]
    best = int(np.argmax(left))
    return splits[best] if left[best] >= max(FEWEST, FEWEST_LEFT * len(positions)) else None


def fewest_views(share: float) -> int:
    """Of how many views so large a share can be held out."""
    return next(views for views in itertools.count() if round(views * share) >= FEWEST)


def _around(positions: Array, overlaps: Array, centre: int, count: int) -> npt.NDArray[np.int64]:
    away = np.linalg.norm(positions - positions[centre], axis=1)
    split = np.full(len(positions), TRAIN, dtype=np.int64)
    held = np.argsort(away, kind="stable")[:count]
    reach = away[held].max()
    same = (np.nan_to_num(overlaps[held]) > SHOWS_THE_SAME).any(axis=0)
    split[same | (away <= reach)] = UNUSED  # those as far as the last one stand where it stands
    split[held] = HELD_OUT
    return split
