from __future__ import annotations

import numpy as np
import pytest
from made_places import frame_at, table_of

from vpr_ros.core.errors import UsageError
from vpr_ros.core.geometry import distance_m, planar_pose, rotation_between_rad
from vpr_ros.core.records import Labels
from vpr_ros.evaluation.positives.positives_by_distance import DistancePositives

PLACES = [
    planar_pose(0.0, 0.0, 0.0),
    planar_pose(1.0, 0.0, 0.0),
    planar_pose(1.0, 0.0, np.radians(31)),
    planar_pose(9.0, 0.0, 0.0),
]


def test_near_enough_and_the_nearest_is_named():
    positives = DistancePositives(table_of(PLACES), 1.0, None)
    judged = positives.judge(frame_at(planar_pose(0.75, 0.0, 0.0)), 0, [3, 0, 1])
    assert judged.right == (False, True, True)
    assert (judged.has_positive, judged.positive_row) == (True, 1)


def test_the_bounds_themselves_are_within():
    positives = DistancePositives(table_of(PLACES), 1.0, 31.0)
    assert positives.judge(frame_at(planar_pose(2.0, 0.0, 0.0)), 0, [0, 1, 2]).right == (False, True, True)


def test_turned_too_far_is_wrong():
    positives = DistancePositives(table_of(PLACES), 1.5, 30.0)
    assert positives.text == "distance=1.5,angle=30"
    assert positives.judge(frame_at(planar_pose(1.0, 0.0, 0.0)), 0, [0, 1, 2]).right == (True, True, False)


def test_another_floor_is_wrong_where_both_are_named():
    labels = [Labels(floor="ground"), Labels(floor="first"), Labels(), Labels(floor="first")]
    positives = DistancePositives(table_of(PLACES, labels), 1.5, None)
    judged = positives.judge(frame_at(PLACES[0], Labels(floor="first")), 0, [0, 1, 2])
    assert judged.right == (False, True, True)
    assert positives.judge(frame_at(PLACES[0]), 0, [0, 1, 2]).right == (True, True, True)


def test_no_place_near_is_no_positive_and_no_pose_is_no_judgement():
    positives = DistancePositives(table_of(PLACES), 1.0, None)
    lost = positives.judge(frame_at(planar_pose(500.0, 0.0, 0.0)), 0, [])
    assert (lost.right, lost.has_positive, lost.positive_row) == ((), False, None)
    assert positives.judge(frame_at(None), 0, [0]) is None


def test_a_map_without_poses_is_refused():
    with pytest.raises(UsageError, match="the map has no poses; judge places by"):
        DistancePositives(table_of([None]), 1.0, None)


def test_random_poses_agree_with_the_definition():
    rng = np.random.default_rng(0)
    poses = [planar_pose(*rng.uniform(-3, 3, 2), rng.uniform(-3, 3)) for _ in range(200)]
    positives = DistancePositives(table_of(poses), 2.0, 40.0)
    for query in poses[:20]:
        expected = [distance_m(query, p) <= 2 and np.degrees(rotation_between_rad(query, p)) <= 40 for p in poses]
        assert positives.judge(frame_at(query), 0, range(200)).right == tuple(expected)
