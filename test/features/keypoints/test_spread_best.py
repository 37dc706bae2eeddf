"""Which points are kept."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.features.keypoints.spread_best import best, spread_best


@given(st.integers(0, 300), st.integers(1, 200), st.integers(0, 10**6))
def test_the_best_of_every_cell_come_first(count: int, most: int, seed: int):
    rng = np.random.default_rng(seed)
    size = (64, 48)
    pixels = (rng.random((count, 2)) * size - 0.5).astype(np.float32)
    scores = rng.integers(0, 20, count).astype(np.float32)
    kept = spread_best(pixels, scores, size, most)
    assert len(np.unique(kept)) == len(kept) == min(count, most)
    cells = np.floor((pixels + 0.5) / size * (8, 6)).clip(0, (7, 5)) @ (1, 8)
    left = np.setdiff1d(np.arange(count), kept)
    for cell in np.unique(cells[left]):
        of_cell = kept[cells[kept] == cell]
        # In a cell nothing better is left out, and no other cell got two more than it.
        assert not len(of_cell) or scores[left][cells[left] == cell].max() <= scores[of_cell].min()
        assert np.unique(cells[kept], return_counts=True)[1].max() <= len(of_cell) + 1


def test_few_points_are_all_kept_best_first():
    pixels = np.array([[1, 1], [2, 2], [60, 40]], np.float32)
    assert spread_best(pixels, np.array([1, 3, 2]), (64, 48), 10).tolist() == [1, 2, 0]


def test_the_highest_scores():
    assert best(np.array([1.0, 3.0, 3.0, 2.0]), 3).tolist() == [1, 2, 3]
    assert best(np.zeros(0), 3).tolist() == []
