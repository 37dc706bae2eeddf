from __future__ import annotations

import numpy as np
import pytest
from wall import AWAY_M, INTRINSICS, VIEW_M, wall_overlap

from vpr_ros.core.overlap_encoder import GRID
from vpr_ros.training.share_cells import matching_cells
from vpr_ros.training.warp_depth import FINE, DepthCovisibility


def along_the_wall(*x_m: float) -> DepthCovisibility:
    poses = np.stack([np.eye(4) for _ in x_m])
    poses[:, 0, 3] = x_m
    depth = np.full((len(x_m), *FINE), round(AWAY_M * 1000), np.uint16)
    return DepthCovisibility([INTRINSICS] * len(x_m), depth, poses)


def test_overlap_is_the_shared_stretch_of_wall():
    x_m = [0.0, 0.4, 1.0, 1.9, 2.5]
    found = along_the_wall(*x_m).overlaps(0)
    np.testing.assert_allclose(found, [wall_overlap(x) for x in x_m], atol=0.05)


@pytest.mark.parametrize("columns", [1, 3, 7])
def test_cells_move_by_as_much_as_the_camera(columns: int):
    view = along_the_wall(0.0, columns * VIEW_M / GRID[1])
    cells = matching_cells(view.shared_cells(0, 1))
    assert len(cells) == GRID[0] * (GRID[1] - columns)
    np.testing.assert_array_equal(cells[:, 0] - cells[:, 1], columns)


def test_exchanged_views_share_the_same_cells():
    view = along_the_wall(0.0, 0.37)
    np.testing.assert_array_equal(view.shared_cells(0, 1), view.shared_cells(1, 0).T)


def test_what_something_hides_is_shared_by_nobody():
    """A box stands before the right half of the second view; the wall behind it is seen by the first alone."""
    poses = np.stack([np.eye(4)] * 2)
    depth = np.full((2, *FINE), round(AWAY_M * 1000), np.uint16)
    depth[1, :, FINE[1] // 2 :] = 1500
    cells = matching_cells(DepthCovisibility([INTRINSICS] * 2, depth, poses).shared_cells(0, 1))
    assert len(cells) == GRID[0] * GRID[1] // 2
    assert (cells[:, 0] % GRID[1] < GRID[1] // 2).all()


def test_nothing_is_known_where_depth_is_not():
    depth = np.full((2, *FINE), 2000, np.uint16)
    depth[0, : FINE[0] // 2] = 0
    view = DepthCovisibility([INTRINSICS] * 2, depth, np.stack([np.eye(4)] * 2))
    assert view.known_cells(0).reshape(GRID).tolist() == [[row >= 8] * 16 for row in range(16)]
    assert view.known_cells(1).all()
