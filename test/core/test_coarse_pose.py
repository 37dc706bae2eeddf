from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.core.coarse_pose import FLOOR_POSITION_M, coarse_pose
from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Candidate, Candidates, Labels


def table_at(*spots: tuple[float, float, float]) -> PlaceTable:
    count = len(spots)
    poses = np.stack([planar_pose(*spot) for spot in spots])
    return PlaceTable(np.arange(count), np.arange(count), ("",) * count, ("",) * count, (Labels(),) * count, poses)


def equally_similar(count: int) -> Candidates:
    return Candidates(tuple(Candidate(place_id, 0.5) for place_id in range(count)))


def test_it_is_where_the_best_candidate_was_seen_from():
    pose = coarse_pose(equally_similar(2), table_at((1, 2, 0.3), (1, 4, 0.3)), voters=5)
    np.testing.assert_allclose(pose.map_from_base, planar_pose(1, 2, 0.3))


def test_disagreement_widens_it_along_its_direction():
    together = coarse_pose(equally_similar(2), table_at((0, 0, 0), (0, 0, 0)), 5).covariance
    apart = coarse_pose(equally_similar(2), table_at((0, 0, 0), (0, 6, 0)), 5).covariance
    np.testing.assert_allclose(together[:3, :3], FLOOR_POSITION_M**2 * np.eye(3))
    assert apart[1, 1] == together[1, 1] + 18
    assert apart[0, 0] == together[0, 0]


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9), st.floats(-3.1, 3.1)), min_size=1, max_size=6))
def test_covariance_is_symmetric_and_positive_definite(spots):
    covariance = coarse_pose(equally_similar(len(spots)), table_at(*spots), 5).covariance
    np.testing.assert_allclose(covariance, covariance.T, atol=1e-12)
    assert np.linalg.eigvalsh(covariance).min() > 0.2


def test_no_pose_from_a_map_without_poses():
    poseless = dataclasses.replace(table_at((0, 0, 0)), map_from_base=None)
    assert coarse_pose(equally_similar(1), poseless, 5) is None
    assert coarse_pose(Candidates(()), table_at((0, 0, 0)), 5) is None
