from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.core.coarse_pose import coarse_pose
from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.core.records import Candidate, Candidates, Labels
from vpr_ros.core.weigh_candidates import barycentric_weights, choose_weights, equal_weights, similarity_weights


def test_the_closed_forms():
    assert equal_weights(4) == pytest.approx(0.25)
    assert similarity_weights(np.array([0.8, 0.4]), 3.0) == pytest.approx(np.array([8, 1]) / 9)
    assert similarity_weights(np.array([0.8, -0.4]), 8.0)[0] == pytest.approx(1.0)
    places = np.array([[1.0, 0, 0], [0, 1.0, 0]])
    assert barycentric_weights(np.array([0.75, 0.25, 0.3]), places) == pytest.approx([0.75, 0.25], abs=2e-3)


def test_places_that_look_the_same_share_their_weight():
    places = np.array([[1.0, 0, 0], [1.0, 0, 0], [0, 1.0, 0]])
    weights = barycentric_weights(np.array([0.8, 0.2, 0]), places)
    assert weights[0] == pytest.approx(weights[1])
    assert weights.sum() == pytest.approx(1)


@given(
    st.integers(1, 6).flatmap(
        lambda k: st.lists(st.lists(st.floats(-1, 1), min_size=4, max_size=4), min_size=k + 1, max_size=k + 1)
    )
)
def test_weights_sum_to_one_and_none_is_below_zero(rows):
    descriptor, *places = np.array(rows)
    weights = barycentric_weights(descriptor, np.array(places))
    assert weights.sum() == pytest.approx(1)
    assert weights.min() >= 0


def _coarse(weighting, spots, similarities=(0.9, 0.8, 0.7)):
    poses = np.stack([planar_pose(*spot) for spot in spots])
    count = len(spots)
    table = PlaceTable(np.arange(count), np.arange(count), ("",) * count, ("",) * count, (Labels(),) * count, poses)
    candidates = Candidates(tuple(Candidate(i, s) for i, s in zip(range(count), similarities, strict=False)))
    descriptors = np.eye(count, 4, dtype=np.float32)
    query = descriptors.mean(axis=0)
    weigh = choose_weights(PoseSettings(coarse_weighting=weighting), candidates, query, descriptors, table)
    return coarse_pose(candidates, table, 5, weigh).map_from_base


@pytest.mark.parametrize("weighting", ["equal", "barycentric"])
def test_between_places_is_between_their_poses(weighting):
    between = _coarse(weighting, [(0, 0, 0), (1, 0, 0.4)])
    assert between == pytest.approx(planar_pose(0.5, 0, 0.2), abs=1e-6)


def test_the_more_similar_counts_more_and_best_counts_alone():
    assert _coarse("similarity", [(0, 0, 0), (1, 0, 0)])[0, 3] < 0.4
    assert _coarse("best", [(0, 0, 0), (1, 0, 0)]) == pytest.approx(planar_pose(0, 0, 0))


@pytest.mark.parametrize("weighting", ["equal", "similarity", "barycentric"])
def test_other_floors_and_places_far_away_are_not_averaged_in(weighting):
    upstairs = (0, 0, 0, 3.0)
    assert _coarse(weighting, [(0, 0, 0), upstairs, (30, 0, 0)]) == pytest.approx(planar_pose(0, 0, 0))
    behind = (0, 0, np.pi)
    assert _coarse(weighting, [(0, 0, 0), behind]) == pytest.approx(planar_pose(0, 0, 0))
