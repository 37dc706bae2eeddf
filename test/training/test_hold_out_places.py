from __future__ import annotations

import numpy as np

from vpr_ros.training.hold_out_places import HELD_OUT, SHOWS_THE_SAME, TRAIN, UNUSED, hold_out_places


def corridor(count: int, reach: int) -> tuple[np.ndarray, np.ndarray]:
    """A walk forth and back; views overlap with those less than `reach` steps away."""
    x = np.concatenate([np.arange(count), np.arange(count)[::-1]]).astype(float)
    positions = np.column_stack([x, np.zeros((2 * count, 2))])
    return positions, np.maximum(0, 1 - np.abs(x[:, None] - x[None]) / reach)


def test_whole_stretches_are_held_out_on_every_visit():
    positions, overlaps = corridor(40, 6)
    split = hold_out_places(positions, overlaps, 0.2)
    held = np.unique(positions[split == HELD_OUT, 0])
    assert np.count_nonzero(split == HELD_OUT) == 16
    assert np.ptp(held) == len(held) - 1  # one stretch without gaps
    assert not np.isin(positions[split == TRAIN, 0], held).any()  # the way back is held out as well


def test_nothing_that_shows_a_held_out_place_trains():
    positions, overlaps = corridor(40, 6)
    split = hold_out_places(positions, overlaps, 0.2)
    assert overlaps[np.ix_(split == TRAIN, split == HELD_OUT)].max() <= SHOWS_THE_SAME
    assert (split == UNUSED).any()


def test_one_place_cannot_be_split():
    positions, overlaps = corridor(40, 1000)
    assert hold_out_places(positions, overlaps, 0.2) is None


def test_few_views_cannot_be_split():
    positions, overlaps = corridor(8, 2)
    assert hold_out_places(positions, overlaps, 0.2) is None


def test_unknown_overlap_is_none():
    positions, overlaps = corridor(40, 6)
    overlaps[3, 70] = np.nan
    assert hold_out_places(positions, overlaps, 0.2) is not None
