from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.core.overlap_encoder import GRID
from vpr_ros.training.share_cells import CELLS, cell_counts, flipped_cells, matching_cells


@given(seed=st.integers(0, 100), most=st.integers(1, 6))
def test_cells_match_one_to_one_and_best_both_ways(seed: int, most: int):
    shared = np.random.default_rng(seed).integers(0, most, (30, 30))
    cells = matching_cells(shared)
    assert len(np.unique(cells[:, 0])) == len(np.unique(cells[:, 1])) == len(cells)
    for here, there in cells:
        assert shared[here, there] > 1
        assert shared[here, there] == shared[here].max() == shared[:, there].max()


def test_one_pixel_is_no_match():
    assert len(matching_cells(np.eye(5, dtype=int))) == 0
    assert matching_cells(2 * np.eye(5, dtype=int)).tolist() == [[i, i] for i in range(5)]


def test_counts_are_of_every_pair_of_cells():
    counts = cell_counts(np.array([3, 3, 7]), np.array([5, 5, 0]))
    assert counts.shape == (CELLS, CELLS)
    assert (counts[3, 5], counts[7, 0], counts.sum()) == (2, 1, 3)


def test_a_mirrored_cell_lies_in_its_row_and_twice_mirrored_where_it_was():
    flipped = flipped_cells()
    np.testing.assert_array_equal(flipped[flipped], np.arange(CELLS))
    assert flipped[0] == GRID[1] - 1
    np.testing.assert_array_equal(flipped // GRID[1], np.arange(CELLS) // GRID[1])
