from __future__ import annotations

import numpy as np

from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.named_place import name_first
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Candidate, Candidates, Labels, RelativePose, VerifiedPose

TABLE = PlaceTable(
    place_ids=np.array([1, 4, 9]),
    stamps_ns=np.zeros(3, np.int64),
    source_names=("a", "b", "c"),
    cameras=("camera",) * 3,
    labels=(Labels(),) * 3,
    map_from_base=np.stack([planar_pose(0, 0, 0), planar_pose(5, 0, 0), planar_pose(5, 0, np.pi)]),
)
NO_PIXELS = np.zeros((0, 2), np.float32)


def fix(x: float, yaw: float, place_id: int | None = None) -> VerifiedPose:
    relative = None
    if place_id is not None:
        relative = RelativePose(place_id, np.eye(4), np.eye(6), NO_PIXELS, NO_PIXELS, (8, 6), (8, 6))
    return VerifiedPose(planar_pose(x, 0, yaw), np.eye(6), relative, {})


def order(candidates: list[Candidate], pose: VerifiedPose) -> list[int]:
    return [each.place_id for each in name_first(Candidates(tuple(candidates)), pose, TABLE).ranked]


def test_the_keyframe_of_the_relative_pose_goes_first_and_the_others_keep_their_order():
    ranked = [Candidate(1, 0.9, inliers=80), Candidate(4, 0.8, inliers=20), Candidate(9, 0.7)]
    assert order(ranked, fix(0, 0, 9)) == [9, 1, 4]
    assert order(ranked, fix(0, 0, 1)) == [1, 4, 9]


def test_without_one_the_candidate_with_most_inliers_does_and_of_equal_ones_the_better():
    ranked = [Candidate(1, 0.9, inliers=3), Candidate(4, 0.8, inliers=20), Candidate(9, 0.7, inliers=20)]
    assert order(ranked, fix(0, 0)) == [4, 1, 9]
    assert order(ranked, fix(0, 0, place_id=77)) == [4, 1, 9]


def test_where_nobody_counted_it_is_the_one_seen_from_nearest_and_alike():
    ranked = [Candidate(1, 0.9), Candidate(4, 0.8), Candidate(9, 0.7)]
    assert order(ranked, fix(5.2, np.pi)) == [9, 1, 4]
    assert order(ranked, fix(4.8, 0.1)) == [4, 1, 9]
