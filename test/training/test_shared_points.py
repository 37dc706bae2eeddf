from __future__ import annotations

import numpy as np

from vpr_ros.core.overlap_encoder import GRID
from vpr_ros.core.pose.observed_points import ObservedPoints
from vpr_ros.training.shared_points import PointCovisibility, cells_of_points


def seen(*rows: tuple[int, int]) -> np.ndarray:
    return np.array(rows, np.int64).reshape(-1, 2)


def test_overlap_is_the_smaller_share_of_points():
    view = PointCovisibility([seen((1, 0), (2, 0), (3, 5), (9, 5)), seen((2, 7), (9, 8)), seen((4, 1)), seen()])
    np.testing.assert_allclose(view.overlaps(0), [1, 0.5, 0, 0])
    np.testing.assert_allclose(view.overlaps(1), [0.5, 1, 0, 0])
    np.testing.assert_allclose(view.overlaps(3), [0, 0, 0, 0])


def test_points_join_the_cells_that_they_lie_in():
    view = PointCovisibility([seen((1, 0), (2, 0), (3, 5)), seen((3, 6), (2, 7), (1, 7), (8, 9))])
    shared = view.shared_cells(0, 1)
    assert (shared[0, 7], shared[5, 6], shared.sum()) == (2, 1, 3)
    np.testing.assert_array_equal(shared, view.shared_cells(1, 0).T)
    assert np.flatnonzero(view.known_cells(1)).tolist() == [6, 7, 9]


def test_a_point_seen_twice_in_an_image_counts_once():
    view = PointCovisibility([seen((1, 0), (1, 0)), seen((1, 3))])
    assert view.overlaps(0).tolist() == [1, 1]


def test_pixels_become_cells_and_those_outside_are_left_out():
    pixels = np.array([[-0.5, -0.5], [159.4, 119.4], [9.6, 0.0], [160.0, 5.0], [-0.6, 5.0]])
    points = ObservedPoints(pixels, np.zeros((5, 3)), np.arange(5))
    found = cells_of_points(points, (160, 120))
    assert found.tolist() == [[0, 0], [1, GRID[0] * GRID[1] - 1], [2, 1]]
