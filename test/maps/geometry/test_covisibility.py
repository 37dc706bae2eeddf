from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.maps.geometry.covisibility import CELL_M, cells_of, most_shared

SEES = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 5)), max_size=60)


@given(SEES)
def test_it_counts_what_two_keyframes_share(pairs: list[tuple[int, int]]) -> None:
    things, keyframes = (np.array(column, np.int64) for column in (zip(*pairs, strict=True) if pairs else ((), ())))
    rows = most_shared(things, keyframes, [np.eye(4)] * 6, 3)
    seen = [{thing for thing, keyframe in pairs if keyframe == row} for row in range(6)]
    for row in range(6):
        shared = [0 if other == row else len(seen[row] & seen[other]) for other in range(6)]
        best = sorted((other for other in range(6) if shared[other]), key=lambda other: -shared[other])[:3]
        assert rows[row].tolist() == best + [-1] * (3 - len(best))


def test_what_is_seen_from_the_other_side_does_not_count() -> None:
    behind = np.diag([-1.0, 1.0, -1.0, 1.0])
    things, keyframes = np.array([1, 1, 1]), np.array([0, 1, 2])
    assert most_shared(things, keyframes, [np.eye(4), behind, np.eye(4)], 2).tolist() == [[2, -1], [-1, -1], [0, -1]]


def test_a_keyframe_without_a_camera_shares_nothing() -> None:
    assert most_shared(np.array([1, 1]), np.array([0, 2]), [np.eye(4), None, np.eye(4)], 1).tolist() == [[2], [-1], [0]]


def test_cells_are_the_same_within_a_cube_and_others_elsewhere() -> None:
    points = np.array([[0.01, 0.01, 0.01], [CELL_M - 0.01, 0.01, 0.01], [-0.01, 0.01, 0.01], [0.01, 0.01, -0.01]])
    far = points + np.array([500_000, -300_000, 0])
    for each in (points, far):
        cells = cells_of(each)
        assert cells[0] == cells[1]
        assert len(set(cells.tolist())) == 3
