from __future__ import annotations

import numpy as np
import pytest
from made_places import frame_at, table_of
from sample_run import make_query

from vpr_ros.core.geometry import planar_pose
from vpr_ros.evaluation.answered_pose import accepted_pose, guessed_pose, probability_of
from vpr_ros.evaluation.judge_query import Asked, in_map_frame, is_pose, judge_query
from vpr_ros.evaluation.positives.positives_by_distance import DistancePositives

TABLE = table_of([planar_pose(0.0, 0.0, 0.0), planar_pose(3.0, 0.0, 0.0)])
ASKED = Asked(number=17, index=2, sequence=1)


def test_an_answer_beside_the_truth():
    true, said = planar_pose(1.0, 0.0, 0.0), planar_pose(1.0, 0.5, 0.0)
    estimate = make_query(right=(True, True), said=said, true=true).estimate
    query = judge_query(ASKED, frame_at(true), estimate, TABLE, DistancePositives(TABLE, 1.5, None))
    assert (query.number, query.sequence) == (17, 1)
    assert query.right == (True, False)
    assert query.truth.positive_place_id == 0
    assert query.pose_error is not None
    assert query.pose_error.distance_m == pytest.approx(0.5)
    assert query.direction_error_deg == pytest.approx(np.degrees(np.arctan2(0.5, 1.0)))
    assert query.coarse_error is None


def test_nothing_is_known_without_criterion_and_pose():
    query = judge_query(ASKED, frame_at(None), make_query().estimate, TABLE, None)
    assert (query.right, query.place_right, query.truth.has_positive, query.pose_error) == (None, None, None, None)


def test_a_refusal_is_judged_as_no_right_answer():
    estimate = make_query(refused="too few describable patches").estimate
    query = judge_query(ASKED, frame_at(TABLE.map_from_base[0]), estimate, TABLE, DistancePositives(TABLE, 1.0, None))
    assert (query.right, query.place_right, query.answered) == ((), False, False)
    assert query.truth.has_positive


def test_poses_are_brought_into_the_maps_frame():
    moved = in_map_frame(frame_at(planar_pose(1.0, 0.0, 0.0)), planar_pose(5.0, 5.0, np.pi / 2))
    assert moved.map_from_base[:2, 3] == pytest.approx([5, 6])


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("at", [(0, 3), (1, 1)])
def test_a_pose_that_is_not_finite_is_none(value: float, at: tuple[int, int]):
    pose = planar_pose(1.0, 0.0, 0.3)
    pose[at] = value
    assert not is_pose(pose)
    assert in_map_frame(frame_at(pose), None).map_from_base is None


def test_a_matrix_that_stretches_or_mirrors_is_no_pose():
    assert is_pose(planar_pose(1.0, 2.0, 3.0, z=4.0))
    assert not is_pose(np.diag([2.0, 2, 2, 1]))
    assert not is_pose(np.diag([1.0, 1, -1, 1]))
    assert not is_pose(np.zeros((4, 4)))


def test_what_later_stages_fill_is_read_in_one_place(run):
    """Today's estimates have neither an accepted pose nor a probability; both are read where they are there."""
    today = run.queries[0].estimate
    assert accepted_pose(today) is None
    assert guessed_pose(today) is not None
    later = make_query(said=planar_pose(1.0, 0.0, 0.0), probability=0.7).estimate
    assert accepted_pose(later).map_from_base[0, 3] == 1
    assert probability_of(later) == 0.7
    assert probability_of(make_query(probability=float("nan")).estimate) is None
