from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("evo")
from vpr_ros.core.errors import UsageError
from vpr_ros.core.geometry import distance_m, planar_pose, rotation_between_rad
from vpr_ros.evaluation.align_frames import align_positions

MOVED = planar_pose(20.0, -7.0, 2.0, z=1.0)


def walk(count: int = 60) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.cumsum(rng.normal(0, 1, (count, 3)) * [1, 1, 0.05], axis=0)


def in_map(positions: np.ndarray) -> np.ndarray:
    return positions @ MOVED[:3, :3].T + MOVED[:3, 3]


def test_exact_answers_give_the_exact_transformation():
    found = align_positions(walk(), in_map(walk()))
    assert found.map_from_source == pytest.approx(MOVED, abs=1e-9)
    assert (found.answers, found.inliers) == (60, 60)
    assert found.rmse_m == pytest.approx(0, abs=1e-9)


def test_a_third_of_wrong_answers_does_not_move_it():
    rng = np.random.default_rng(1)
    answered = in_map(walk()) + rng.normal(0, 0.1, (60, 3))
    answered[::3] += rng.uniform(-30, 30, (20, 3))
    found = align_positions(walk(), answered)
    assert distance_m(found.map_from_source, MOVED) < 0.5
    assert np.degrees(rotation_between_rad(found.map_from_source, MOVED)) < 5
    assert 35 <= found.inliers <= 42


def test_no_scale_is_found():
    found = align_positions(walk(), 2 * in_map(walk()))
    assert np.linalg.det(found.map_from_source[:3, :3]) == pytest.approx(1)


def test_a_straight_line_is_refused():
    line = np.outer(np.arange(30.0), [1.0, 2.0, 0.0])
    with pytest.raises(UsageError, match="lie on one line"):
        align_positions(line, in_map(line))
