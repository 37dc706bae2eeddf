from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.simulation.solids import FACES, Material, SolidBuilder

FRONT, PLAIN = Material(1), Material(0)


@pytest.mark.parametrize(
    ("quarter", "face", "where"), [(0, "+y", (0, 1)), (1, "-x", (-1, 0)), (2, "-y", (0, -1)), (3, "+x", (1, 0))]
)
def test_front_turns_with_its_spot(quarter: int, face: str, where: tuple[int, int]) -> None:
    builder = SolidBuilder()
    builder.spot(0, 0, 0, quarter, 0, "piece").box((-0.5, 0.9, 0), (0.5, 1.1, 1), PLAIN, front=FRONT)
    solids = builder.build()
    assert [FACES[row] for row in np.flatnonzero(solids.texture == 1)] == [face]
    np.testing.assert_allclose(solids.centre[0, :2], where, atol=1e-12)
    deep = 0 if where[0] else 1
    assert solids.half[0, deep] == pytest.approx(0.1)


def test_left_and_right_stay_left_and_right() -> None:
    builder = SolidBuilder()
    builder.spot(0, 0, 0, 1, 0, "piece").box((0, 0, 0), (1, 1, 1), PLAIN, left=Material(2), right=Material(3))
    # A spot turned a quarter anticlockwise has its right (+x) towards +y.
    texture = builder.build().texture
    assert texture[FACES.index("+y")] == 3
    assert texture[FACES.index("-y")] == 2


def test_repeats_are_counted_in_metres_and_join_across_pieces() -> None:
    builder = SolidBuilder()
    spot = builder.spot(0, 0, 0, 0, 0, "wall")
    paper = Material(0, tile_m=0.5, anchored=True)
    spot.box((0, 0, 0), (2, 0.1, 2), paper)
    spot.box((2, 0, 0), (3, 0.1, 2), paper)
    solids = builder.build()
    front = [solids.uv[index * 6 + FACES.index("-y")] for index in (0, 1)]
    right_end = front[0][0] + front[0][1]
    left_end = -front[1][0] + front[1][1]
    assert front[0][0] == pytest.approx(2.0)
    assert right_end % 1 == pytest.approx(left_end % 1, abs=1e-6)


def test_light_grids_follow_each_other_without_gap_or_overlap() -> None:
    builder = SolidBuilder()
    spot = builder.spot(0, 0, 0, 0, 0, "pieces")
    spot.box((0, 0, 0), (3, 1, 2), PLAIN)
    spot.ellipsoid((0, 0, 0), (1, 1, 1), PLAIN)
    spot.box((0, 0, 0), (0.1, 0.1, 0.1), PLAIN)
    lit = builder.build().lit
    cells = lit[:, 1] * lit[:, 2]
    np.testing.assert_array_equal(lit[1:, 0], np.cumsum(cells)[:-1])
    assert cells[6:12].sum() == 0  # curved solids have light cubes instead
